"""C5 step by step: what the notebook shows, each part a table, a sentence and a picture."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pandas as pd

from csresearch import figures
from csresearch.claims import common
from csresearch.claims.key_study import MOST_KINDS, KindStudy
from csresearch.claims.key_words import chosen, listed
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.concentration import FewestKinds
from csresearch.findings.estimates import Part
from csresearch.findings.labels import interval_text, value_text
from csresearch.survival.joint_states import LEVEL, joint_design, with_joint_level
from csresearch.survival.piecewise import piecewise_rate_ratio

FEW = 3
LAGS_DAYS = (0.0, 28.0, 90.0)
SHARES = (0.7, 0.9)
CUTS_MONTHS = (1, 2, 3, 6, 9, 12, 18, 24, 36)
TOLD = 20  # kinds in the first look


def parts(company: Company, study: KindStudy, reasons: tuple[str, ...]) -> common.Parts:
    """Every step of the notebook, by name."""
    makers = {
        "data": lambda: common.data_part(company),
        "first_look": lambda: _first_look(study),
        "limits": lambda: common.limits_part(reasons),
    }
    if study.names:
        makers["naive"] = lambda: _naive(study)
        makers["fair"] = lambda: _fair(study)
    if study.names and study.fewest() is not None:
        makers["gains"] = lambda: _gains(study.fewest())
        makers["fewest"] = lambda: _fewest(study)
        makers["second_road"] = lambda: _second_road(study)
        makers["many_analysts"] = lambda: _many(study)
    return common.Parts(makers)


def _first_look(study: KindStudy) -> Part:
    """Which kinds there are, who reached them and how many of those left."""
    table = study.counts.head(TOLD).drop(columns="days").rename(columns={"left": "left_later"})
    seen = [kind in study.names for kind in table["kind"]]
    table = table.assign(one_by_one=seen)
    more = len(study.counts) - len(table)
    text = f"The {MOST_KINDS} kinds most customers reached are looked at one by one"
    text += ", the others together." if study.rest else "."
    text += f" {more} rarer kinds are not listed." if more > 0 else ""
    return Part("Kinds of result", table, text)


def _naive(study: KindStudy) -> Part:
    """The tempting ratios, each beside what it would be if the kind did nothing."""
    table = study.plain.assign(scale="ratio")
    believed, none = study.plain_fewest("plain"), study.plain_fewest("no_effect")
    text = (
        "Times longer those who ever reached a kind seem to stay (naive), and what the same "
        "comparison would say if the kind did nothing: who stays longer reaches more. Believed, "
        f"{_number(believed)} would carry 80 % of it; if no kind did anything, {_number(none)}."
    )
    draw = partial(figures.naive_beside_no_effect, table)
    size = (8.0, 1.2 + 0.6 * len(table))
    columns = ["label", "customers", "plain", "no_effect", "no_effect_low", "no_effect_high"]
    return Part("Whoever ever reached it (naive)", table[columns], text, draw, size)


def _number(kinds: int | None) -> str:
    return "none" if kinds is None else f"{kinds} {'kind' if kinds == 1 else 'kinds'}"


def _fair(study: KindStudy) -> Part:
    """Hazard ratios of the joint states."""
    found = study.ratios().frame().assign(label=study.labels, scale="ratio")
    table = found[["label", "value", "ci_low", "ci_high", "observed", "expected", "scale"]]
    table = table.rename(columns={"observed": "left", "expected": "left_if_without"})
    text = (
        "Churn rate with ÷ without the kind, all other kinds, tenure"
        f"{''.join(f', {name}' for name in study.strata)} held equal; below 1 the kind keeps "
        "customers."
    )
    draw = partial(figures.forest, table, name="churn rate with ÷ without the kind")
    size = (8.0, 1.2 + 0.45 * len(table))
    return Part("Each kind, the others held equal", table, text, draw, size)


def gains_table(found: FewestKinds) -> pd.DataFrame:
    """The gains as shown: ``label, value, ci_low, ci_high, share, share_so_far, chosen, …``."""
    names = {"kind": "label", "gain": "value", "cumulative": "share_so_far"}
    table = found.kinds.rename(columns={**names, "stability": "share_of_draws_chosen"})
    order = ["label", "value", "ci_low", "ci_high", "share", "share_so_far", "chosen"]
    return table[[*order, "share_of_draws_chosen"]].assign(scale="count")


def _gains(found: FewestKinds) -> Part:
    """The Pareto picture, losses shown."""
    table, gain = gains_table(found), found.joint_gain
    losing = table.loc[table["value"] < 0, "label"].tolist()
    text = "Departures avoided among those who reached each kind. All together: "
    text += f"{interval_text(gain.value, (gain.ci_low, gain.ci_high), 'count')}."
    text += f" Below zero, so counted as nothing in the shares: {listed(losing)}." if losing else ""
    draw = partial(figures.gains_by_kind, table)
    return Part("What each kind gains", table, text, draw, (8.0, 1.3 + 0.45 * len(table)))


def _fewest(study: KindStudy) -> Part:
    """The distribution of the number, beside what luck would show."""
    found = study.fewest()
    alike = study.if_alike if found.joint_gain.ci_low > 0 else None
    if_alike = found.distribution * float("nan") if alike is None else alike.distribution
    table = pd.DataFrame(
        {
            "kinds": found.distribution.index,
            "chance": found.distribution.to_numpy(),
            "if_alike": if_alike.to_numpy(),
            "if_none": found.if_noise.to_numpy(),
        }
    )
    held = found.kinds[found.kinds["chosen"]]
    chances = [(found.chance_of_at_most(FEW), "here")]
    if alike is not None:
        chances.append((alike.chance_of_at_most(FEW), "if all kinds gained alike"))
    chances.append((found.chance_of_at_most(FEW, noise=True), "if none did anything"))
    text = f"Chance of {FEW} or fewer: "
    text += ", ".join(f"{value_text(p, 'probability')} {words}" for p, words in chances) + "."
    if len(held):
        least = value_text(held["stability"].min(), "probability")
        text += f" {listed(chosen(found))} would be chosen again in at least {least} of draws."
    shown = {"chance": "share_of_draws", "if_alike": "share_if_alike", "if_none": "share_if_none"}
    shown = table.rename(columns=shown)
    draw = partial(figures.numbers_of_kinds, table, few=FEW)
    return Part("How few kinds carry 80 % of it", shown, text, draw, (8.0, 3.4))


def _second_road(study: KindStudy) -> Part:
    """The same ratios from a Poisson regression with a rate of its own in spans of tenure."""
    found = study.ratios().frame()
    table = with_joint_level(study.table(), study.codes, study.strata)
    levels = sorted(set(table.counts[LEVEL]))
    cuts = [months * DAYS_PER_MONTH for months in CUTS_MONTHS]
    design = joint_design(levels, study.codes)
    fit = piecewise_rate_ratio(table, LEVEL, design, cuts_days=cuts, strata=study.strata)
    poisson = [fit.ratio(code).value for code in study.codes]
    shown = pd.DataFrame({"label": study.labels, "cox": found["value"], "poisson": poisson})
    apart = (shown["poisson"] / shown["cox"] - 1).abs().max()
    text = f"Cox model and Poisson regression on customer-days: at most {100 * apart:.1f} % apart."
    return Part("Two roads", shown, text)


def analyses(study: KindStudy) -> pd.DataFrame:
    """The number over defensible choices: ``label, value, ci_low, ci_high, share_few, scale``."""
    plain = ((), study.strata) if study.strata else ((),)
    choices: list[tuple[str, Mapping]] = []
    for strata in plain:
        held = f"same {' and '.join(strata)}" if strata else "only tenure held equal"
        for lag in LAGS_DAYS:
            age = f", results {lag:.0f} days old" if lag else ""
            choices.append((held + age, {"strata": strata, "lag_days": lag}))
    choices += [(f"{100 * share:.0f} % of the gain", {"share": share}) for share in SHARES]
    rows = []
    for label, options in choices:
        found = study.fewest(**options)
        if found is None or not found.fewest:
            continue
        low, high = number_limits(found)
        chance, sure = found.chance_of_at_most(FEW), found.joint_gain.ci_low > 0
        rows.append((label, found.fewest, low, high, chance, bool(sure)))
    columns = ["label", "value", "ci_low", "ci_high", "share_few", "gain_beyond_none"]
    return pd.DataFrame(rows, columns=columns).assign(scale="kinds")


def number_limits(found: FewestKinds) -> tuple[int, int]:
    """Between which numbers of kinds 95 % of the draws lie, the number found among them."""
    reached = found.distribution.cumsum()
    low = int((reached <= 0.025 + 1e-12).sum())
    high = int((reached < 0.975 - 1e-12).sum())
    return min(low, found.fewest or low), max(high, found.fewest or high)


def _many(study: KindStudy) -> Part:
    """Defensible choices, and how many agree."""
    table = analyses(study)
    agree = int(((table["share_few"] >= 0.95) & table["gain_beyond_none"]).sum())
    text = (
        f"{agree} of {len(table)} analyses find a gain beyond none of which {FEW} kinds or fewer "
        "carry the share with probability 95 % or more."
    )
    look = {"scale": "kinds", "null": study.fewest().if_equal, "region": (None, FEW)}
    draw = partial(figures.forest, table, **look, name="kinds that carry the share")
    return Part("Many analysts: key results", table, text, draw, (8.0, 1.2 + 0.4 * len(table)))
