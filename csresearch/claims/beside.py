"""Beside C1, C2 and C3: the same question on the renewal clock, and per unit of revenue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import ibis
import numpy as np

from csresearch.claims import money
from csresearch.claims.answers import BIN_EDGES_MONTHS, STRATA, Answers, answered_lives
from csresearch.claims.compared import Compared
from csresearch.claims.happy import cut_text, cuts_of
from csresearch.claims.histories import default_strata, under_contract
from csresearch.claims.maturity_steps import LOW_RATIO, Bands, clustered_share
from csresearch.claims.moods import HAPPY, UNHAPPY, mood_changes
from csresearch.claims.net_retention import retained
from csresearch.claims.renewal_clock import (
    TITLE,
    by_change,
    clock_lacks,
    renewal_clock,
    renewals_due,
    with_latest,
)
from csresearch.claims.renewal_parts import clock_part
from csresearch.claims.results_study import Study
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.concentration import ShareOfChurn, share_of_churn
from csresearch.findings.estimates import Estimate, Part
from csresearch.history import STATES
from csresearch.resampling import jackknifed

LOW_STATES = ("low group", "the others")
Z_STEPS = 10  # of a standard deviation: so finely a score counts in sums of revenue


def results_renewals(company: Company, strata: Sequence[str], who: Compared) -> Part:
    """C1: chance of renewing with and without a result on the notice date."""
    part = _renewals(
        company,
        lambda: who.rows(under_contract(company.lifetimes(surveys=False), "result_day", *strata)),
        by_change("result_day", STATES),
        ("with", "without"),
        by=strata,
    )
    return told_of_left_out(part, who)


def told_of_left_out(part: Part, who: Compared) -> Part:
    """The part, which says who is compared with nobody."""
    if not who.columns:
        return part
    left_out = f"{who.without[0].upper()}{who.without[1:]}"
    return replace(part, text=f"{part.text} {left_out} are compared with nobody.")


def satisfaction_renewals(company: Company) -> Part:
    """C2: chance of renewing by the latest answer before the notice date."""
    if clock_lacks(company):
        return Part(TITLE, text=clock_lacks(company))
    cuts = cuts_of(company)
    due = renewals_due(company, under_contract(company.customers, *default_strata(company)))
    due = with_latest(due, mood_changes(company, cuts), (UNHAPPY, HAPPY)).rename(state="latest")
    name, by = f"odds of renewing, {HAPPY} ÷ {UNHAPPY}", default_strata(company)
    states = (HAPPY, UNHAPPY)
    part = clock_part(renewal_clock(company, due, states, by=by, name=name), states)
    return replace(part, text=f"{part.text} {cut_text(cuts)}")


def maturity_renewals(company: Company, low: Sequence[str]) -> Part:
    """C3: chance of renewing in the low group and in the others."""
    recorded = company.customers.filter(company.customers["maturity"].notnull())
    by = [name for name in default_strata(company) if name != "maturity"]
    recorded = under_contract(recorded, "maturity", *by)
    return _renewals(company, lambda: recorded, by_band(low), LOW_STATES, by=by)


def by_band(low: Sequence[str]) -> Callable[[ibis.Table], ibis.Value]:
    """The state of a customer's maturity: low group or not."""
    return lambda rows: rows["maturity"].isin(list(low)).ifelse(*LOW_STATES)


def in_state(state: Callable[[ibis.Table], ibis.Value]) -> Callable[[ibis.Table], ibis.Table]:
    """Rows with a column ``state``, as `retained` wants them."""
    return lambda rows: rows.mutate(state=state(rows))


def _share_of_revenue(revenue: Bands, share: Estimate) -> Estimate:
    """The low group's share of revenue, with limits that allow for a few large customers."""
    counts = revenue.clustered_table.counts
    entered = counts["entrance"].where(counts["maturity"].isin(revenue.low), 0.0)

    def without(keep: np.ndarray) -> float:
        return float(entered[keep].sum() / counts["entrance"][keep].sum())

    found = jackknifed(share, counts[money.GROUP].to_numpy(), without)
    return replace(found, name="its share of revenue")


def _renewals(
    company: Company,
    lives: Callable[[], ibis.Table],
    state: Callable[[ibis.Table], ibis.Value],
    states: tuple[str, str],
    *,
    by: Sequence[str],
) -> Part:
    """The part of a state that follows from columns of the customer."""
    if clock_lacks(company):
        return Part(TITLE, text=clock_lacks(company))
    own = lives()
    due = renewals_due(company, own)
    name = f"odds of renewing, {states[0]} ÷ {states[1]}"
    due = due.mutate(state=state(due))
    return clock_part(renewal_clock(company, due, states, by=by, name=name, customers=own), states)


def results_money(company: Company, study: Study, fair: Estimate) -> Part:
    """C1 per unit of revenue: lifetime ratio, retention, and revenue lost without a result."""
    if money.money_lacks(company):
        return Part(money.TITLE, text=money.money_lacks(company))
    strata = study.strata
    lives = under_contract(company.lifetimes(surveys=False), "result_day", *strata)
    table = money.revenue_table(lives, strata, change="result_day")
    ratio = money.revenue_ratio(
        study.who.of(table),
        "state",
        lambda state: state == "without",
        name="lifetime ratio per unit of revenue",
        strata=strata,
    )
    lost = money.share_of_lost(
        table, lambda rows: rows["state"] == "without", "share of lost revenue: without a result"
    )
    kept = money.gross_retention(table)
    plain = replace(fair, name="lifetime ratio per customer")
    by_then = ("without a result", "with a result")
    stayed = retained(company, lives, in_state(by_change("result_day", by_then)), by_then)
    part = money.money_part(company, [plain, ratio, lost, *kept, *stayed])
    return told_of_left_out(part, study.who)


def satisfaction_money(company: Company, answers: Answers, ratio: Estimate) -> Part:
    """C2 per unit of revenue: the churn-rate ratio per SD of the score."""
    if money.money_lacks(company):
        return Part(money.TITLE, text=money.money_lacks(company))
    lives = answered_lives(company)
    edges = [edge * DAYS_PER_MONTH for edge in BIN_EDGES_MONTHS]
    bins = ibis.cases(
        *((lives["answer_day"] < d, i) for i, d in enumerate(edges)), else_=len(edges)
    )
    scale = answers.per_instrument[answers.per_instrument["std"] > 0].itertuples()
    z = [(lives["instrument"] == s.instrument, (lives["score"] - s.mean) / s.std) for s in scale]
    if not z:
        return Part(money.TITLE, text="All answers are the same.")
    z = ibis.cases(*z, else_=0.0)
    clock = lives.mutate(
        entry_day=ibis.literal(0.0),
        exit_day=lives["exit_day"] - lives["answer_day"],
        months_at_survey=bins.cast("string"),
        z=(z * Z_STEPS + 0.5).floor() / Z_STEPS,
    )
    table = money.revenue_table(clock, (*STRATA, "z"))
    name = "churn-rate ratio per SD, per unit of revenue"
    weighted = money.revenue_ratio(table, "z", float, name=name, strata=STRATA)
    plain = replace(ratio, name="churn-rate ratio per SD, per customer")
    changes = mood_changes(company, cuts_of(company))
    stayed = retained(
        company,
        under_contract(company.customers),
        lambda rows: with_latest(rows, changes, (UNHAPPY, HAPPY)).rename(state="latest"),
        (HAPPY, UNHAPPY),
    )
    return money.money_part(company, [plain, weighted, *stayed])


def maturity_money(company: Company, bands: Bands, found: ShareOfChurn) -> Part:
    """C3 per unit of revenue: the low group's share of lost revenue beside its share of revenue."""
    if money.money_lacks(company):
        return Part(money.TITLE, text=money.money_lacks(company))
    lives = under_contract(company.customers, "maturity")
    lives = lives.filter(lives["maturity"].notnull())
    table = money.revenue_table(lives, ("maturity",))
    known = table.where(state="without").total(["maturity", money.GROUP])
    if set(known.counts["maturity"]) != set(bands.order):
        return Part(money.TITLE, text="A band has no customer with revenue.")
    ratio = money.revenue_ratio(
        table, "maturity", lambda band: band in bands.low, name=f"{LOW_RATIO}, per unit of revenue"
    )
    revenue = replace(bands, table=known.total(["maturity"]), clustered_table=known)
    lost = clustered_share(revenue, share_of_churn(revenue.churn, bands.low))
    rows = [
        replace(found.share, name="share of churn from the low group"),
        replace(lost.share, name="share of lost revenue from the low group"),
        replace(found.share_of_customers, name="its share of customers"),
        _share_of_revenue(revenue, lost.share_of_customers),
        replace(lost.difference, name="share of lost revenue − share of revenue"),
        ratio,
        *money.gross_retention(table),
        *retained(company, lives, in_state(by_band(bands.low)), LOW_STATES),
    ]
    return money.money_part(company, rows)
