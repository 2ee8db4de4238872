"""C10 step by step: what the notebook shows, each part a table, a sentence and a picture."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pandas as pd

from csresearch import figures, second_road
from csresearch.claims import churn_words as words
from csresearch.claims import common
from csresearch.claims.churn_conditions import at_lapse, frequent_reasons, read_conditions
from csresearch.claims.churn_kinds import (
    AT_LEAST,
    CONDITION,
    LAPSED,
    PHASES,
    RATIO_COLUMNS,
    WITH,
    Kinds,
    conditions_of,
    without_suffix,
)
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate, Part
from csresearch.findings.labels import value_text
from csresearch.survival.incidence import incidence_at
from csresearch.survival.rates import event_rates

MONTHS = (3, 6, 12, 24)
LAPSES_MONTHS = (6, 12, 18)
MOST_REASONS = 8
EVERYBODY = "all who gave a reason"


def parts(
    company: Company, kinds: Kinds, primary: Estimate, reasons: tuple[str, ...]
) -> common.Parts:
    """Every step of the notebook, by name."""
    return common.Parts(
        {
            "data": lambda: common.data_part(company),
            "definitions": lambda: _definitions(company, kinds),
            "first_look": lambda: _first_look(kinds),
            "naive": lambda: _naive(kinds),
            "fair": lambda: _fair(kinds),
            "ratios": lambda: _ratios(kinds),
            "orders": lambda: _orders(kinds),
            "incidence": lambda: _incidence(company, kinds),
            "timing": lambda: _timing(company, kinds),
            "reasons": lambda: _reasons(company, kinds),
            "second_road": lambda: _second_road(kinds, primary),
            "many_analysts": lambda: _many(company, kinds),
            "limits": lambda: common.limits_part((*reasons, words.NOT_TESTED)),
        }
    )


def _definitions(company: Company, kinds: Kinds) -> Part:
    """What each kind means here, and which cannot be told."""
    table = pd.DataFrame(words.definitions(kinds), columns=["kind", "the condition it happens in"])
    missing = words.left_out(company, kinds.given)
    text = f"Cannot be told here: {'; '.join(missing)}." if missing else "All kinds can be told."
    return Part("The kinds, as defined here", table, text, prose=True)


def _first_look(kinds: Kinds) -> Part:
    """Time at risk, churned customers and rate of each condition."""
    rates = event_rates(kinds.table.total([CONDITION]), [CONDITION])
    table = pd.DataFrame(
        {
            "label": rates[CONDITION],
            "customer_months": (rates["exposure"] / DAYS_PER_MONTH).round().astype(int),
            "churned": rates["observed"].astype(int),
            "value": rates["rate"] * DAYS_PER_MONTH,
            "ci_low": rates["ci_low"] * DAYS_PER_MONTH,
            "ci_high": rates["ci_high"] * DAYS_PER_MONTH,
            "scale": "share",
        }
    ).sort_values("churned", ascending=False, kind="stable", ignore_index=True)
    text = "Value is the churn rate per customer-month in the condition, tenure not yet held equal."
    return Part("Conditions", table, text, partial(figures.rates_by_band, table))


def _naive(kinds: Kinds) -> Part:
    """The tempting shares."""
    table = kinds.frame[[CONDITION, "events", "share_of_churn"]].astype({"events": int})
    table = table.rename(columns={CONDITION: "kind", "events": "churned"})
    text = "Shares of those who left, without how many customers are in each condition."
    return Part("Kinds of churn (naive)", table, text)


def _fair(kinds: Kinds) -> Part:
    """Each kind beside the customers at risk in the same condition at the same tenure."""
    frame = kinds.frame
    table = frame[[CONDITION, "events", "expected", "share_of_churn", "share_at_risk", "yours"]]
    table = table.rename(columns={CONDITION: "label", "events": "churned"})
    table = table.astype({"churned": int}).round({"expected": 0}).astype({"expected": int})
    text = (
        "Expected are the churns of each condition if everybody left at one rate at the same "
        "tenure; share at risk is the condition's share of them. A kind is yours if its rate "
        "ratio, below, lies above 1 by an interval widened for so many kinds and 10 or more left."
    )
    shown = table.rename(columns={"share_at_risk": "share_of_customers"})
    draw = partial(figures.share_beside_share, shown)
    return Part("Each kind beside its customers", table, text, draw, (8.0, 1.2 + 0.75 * len(table)))


def _ratios(kinds: Kinds) -> Part:
    """The rate ratio of each kind."""
    early = _rows(kinds.before_results)
    early = early.assign(label=early["label"] + ", against others without a result")
    table = pd.concat([_rows(kinds.frame), early], ignore_index=True)
    clustered = " Customers of one parent are taken together." if kinds.clusters else ""
    text = (
        f"Churn rate in the condition ÷ all other customers at the same tenure.{clustered} The "
        "last rows compare customers without a result with one another only: a kind near 1 there "
        "says no more than that there is no result yet."
    )
    draw = partial(figures.forest, table, name="churn rate ÷ all others, same tenure")
    return Part("Rate ratios", table, text, draw, (8.0, 1.2 + 0.5 * len(table)))


def _rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The ratios of a frame of kinds as labelled rows."""
    named = dict(zip(RATIO_COLUMNS, ("value", "ci_low", "ci_high"), strict=True))
    rows = frame[[CONDITION, *RATIO_COLUMNS]].rename(columns={CONDITION: "label", **named})
    return rows.assign(scale="ratio")


def _orders(kinds: Kinds) -> Part:
    """Shares of churn in every order of the waterfall."""
    title = "The waterfall in all orders"
    if len(kinds.orders) < 2:
        return Part(title, text="Only one order is possible with the kinds that can be told.")
    names = kinds.frame[CONDITION].tolist()
    rows = []
    for order, frame in kinds.by_order.items():
        share = frame.set_index(CONDITION)["share_of_churn"]
        label = " → ".join(without_suffix(kind) for kind in order)
        rows.append({"label": label, **share.reindex(names).fillna(0.0)})
    table = pd.DataFrame(rows)
    told = [f"“{kind}” in {kinds.in_orders(kind)[0]}" for kind in names]
    text = f"Of {len(kinds.orders)} orders, a kind is yours: {', '.join(told)}."
    shown = table.rename(columns={name: f"share {without_suffix(name)}" for name in names})
    draw = partial(figures.stacked_shares, table)
    return Part(title, shown.rename(columns={"label": "order"}), text, draw, (8.0, 4.6))


def _incidence(company: Company, kinds: Kinds) -> Part:
    """Cumulative incidence of each kind (Aalen and Johansen)."""
    title = "Has left, by kind (cumulative incidence)"
    if kinds.starts_on is None:
        return Part(title, text=f"There is no day with {AT_LEAST} customers at risk.")
    curves = kinds.incidence()
    rows = [
        (f"{kind}, month {month}", one.value, one.ci_low, one.ci_high, "share")
        for kind in kinds.frame[CONDITION]
        if kind in curves.causes
        for month in MONTHS
        for one in [incidence_at(curves, kind, month * DAYS_PER_MONTH)]
        if one.value is not None
    ]
    table = pd.DataFrame(rows, columns=["label", "value", "ci_low", "ci_high", "scale"])
    text = "The kinds compete: at any month they add up to the share that has left."
    if kinds.starts_on > 0:
        text += f" Of those still there on day {kinds.starts_on:.0f}."
    named = {kind: curves.of(kind) for kind in kinds.frame[CONDITION] if kind in curves.causes}
    horizon = min(company.config.horizon_months, curves.last_day / DAYS_PER_MONTH)
    draw = partial(figures.stacked_incidence, named, horizon_months=horizon)
    return Part(title, table, text, draw, (8.0, 4.4))


def _timing(company: Company, kinds: Kinds) -> Part:
    """When each kind comes."""
    table = kinds.timing
    wide = table.pivot(index=CONDITION, columns="when", values="share_of_churn")
    wide = wide.reindex(columns=list(PHASES)).loc[kinds.frame[CONDITION]].dropna()
    shown = wide.reset_index().rename(columns={CONDITION: "label"})
    text = words.timing_text(kinds, terms=company.has("customers.term_months"))
    draw = partial(figures.stacked_shares, shown, name="share of the kind's churn")
    return Part("When it comes", table, text, draw, (8.0, 1.4 + 0.5 * len(shown)))


def _reasons(company: Company, kinds: Kinds) -> Part:
    """Reasons given against the kind found."""
    title = "Reasons given against the kind found"
    if not company.has("customers.churn_reason"):
        return Part(title, text="No reasons are recorded (customers.churn_reason).")
    named = frequent_reasons(company, MOST_REASONS, company.config.smallest_cell)
    if not named:
        return Part(title, text="No reason is given by enough customers to be shown.")
    counts = read_conditions(company, kinds.given, reasons=named).counts
    typed = counts.assign(**{CONDITION: conditions_of(counts, kinds.known)})
    table = typed.pivot_table(
        index="churn_reason", columns=CONDITION, values="observed", aggfunc="sum", fill_value=0
    )
    order = [kind for kind in kinds.frame[CONDITION] if kind in table]
    table = table.reindex([*named, *(["(other)"] if "(other)" in table.index else [])])[order]
    table.loc[EVERYBODY] = table.sum()
    given = table.sum(axis=1)
    shares = table.div(given, axis=0)
    left = kinds.table.n_events
    text = (
        f"{value_text(float(given[EVERYBODY]) / left, 'share')} of those who left gave a reason. "
        "Shares are of the customers who gave the reason; rows that look alike mean that the "
        "reason says nothing about the condition they left in."
    )
    shown = shares.rename(columns={kind: f"share {without_suffix(kind)}" for kind in order})
    shown.insert(0, "gave_it", given.astype(int))
    draw = partial(figures.stacked_shares, _labelled(shares), name="share of who gave the reason")
    size = (8.0, 1.6 + 0.45 * len(shares))
    return Part(title, shown.rename_axis("reason").reset_index(), text, draw, size)


def _labelled(shares: pd.DataFrame) -> pd.DataFrame:
    """Shares with their row names as a column of labels."""
    named = shares.rename_axis("label").reset_index()
    return named.rename_axis(columns=None)


def _second_road(kinds: Kinds, primary: Estimate) -> Part:
    """The largest kind's ratio by a Poisson regression on customer-days."""
    if primary.value is None:
        return second_road.agreement(None)
    top = kinds.frame[CONDITION].iloc[0]
    counts = kinds.table.total([CONDITION]).counts
    own = (counts[CONDITION] == top).map({True: "without", False: "with"}).astype(object)
    pair = EventTable.from_counts(counts.assign(state=own).drop(columns=CONDITION), ["state"])
    return second_road.agreement(primary, second_road.poisson_ratio(pair.counts))


def _many(company: Company, kinds: Kinds) -> Part:
    """Every kind typed after other kinds, and with results lapsing sooner or later."""
    rows = [_of_orders(kinds), _of_lapses(company, kinds)]
    table = pd.concat(rows, ignore_index=True)
    table = table[table["value"].notna()].reset_index(drop=True)
    above = int((table["ci_low"] > 1).sum())
    text = f"{above} of {len(table)} analyses of one kind have an interval above 1."
    draw = partial(figures.specification_dots, table)
    return Part("Many analysts", table, text, draw, (8.0, 1.0 + 0.42 * max(len(table), 1)))


def _of_orders(kinds: Kinds) -> pd.DataFrame:
    """Each kind once for every set of kinds that are typed before it."""
    rows = {}
    for order, frame in kinds.by_order.items():
        found = _rows(frame).set_index("label")
        for place, kind in enumerate(order):
            before = " and ".join(sorted(map(without_suffix, order[:place]))) or "nothing"
            if kind in found.index:
                rows[f"{without_suffix(kind)}, typed after {before}"] = found.loc[kind]
    return pd.DataFrame(rows).T.rename_axis("label").reset_index()


def _of_lapses(company: Company, kinds: Kinds) -> pd.DataFrame:
    """The kinds with results, for other ages from which on a result has lapsed."""
    empty = pd.DataFrame(columns=["label", "value", "ci_low", "ci_high", "scale"])
    if not kinds.given.lapse_days:
        return empty
    days, rows = [months * DAYS_PER_MONTH for months in LAPSES_MONTHS], []
    conditions = read_conditions(company, kinds.given, lapses=days)
    for number, months in enumerate(LAPSES_MONTHS):
        given = replace(kinds.given, lapse_days=days[number])
        found = _rows(Kinds(at_lapse(conditions, number), given).frame)
        with_results = found[found["label"].isin([LAPSED, WITH])]
        rows.append(with_results.assign(label=with_results["label"] + f", lapse {months} months"))
    return pd.concat(rows, ignore_index=True)
