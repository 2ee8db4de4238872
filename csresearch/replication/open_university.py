"""The Open University's students: what the kit found on them, beside R, lifelines and papers.

The files are not part of the repository, so the kit's own numbers are read from one that holds
nothing but totals, ratios and their errors; a test makes them anew where the files are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from csresearch.findings.estimates import Part
from csresearch.replication.compared import Compared, compared_part, read_json

REGISTRATIONS, WITHOUT_A_DATE, BEFORE_THE_START = 32_593, 93, 3_089  # Kuzilek et al. (2017)
# Churn rate without ÷ with results, as stated with the definition of the cohort before the kit was
# written: value and decimals.
STATED = {
    "ever_at_any_time": (6.7, 1),
    "lag_0_unadjusted": (2.79, 2),
    "lag_0_by_maturity": (2.72, 2),
    "lag_0_by_presentation": (3.34, 2),
    "lag_0_by_both": (3.21, 2),
    "lag_7_unadjusted": (2.38, 2),
    "lag_14_unadjusted": (2.15, 2),
    "lag_28_unadjusted": (1.89, 2),
    "lag_7_by_presentation": (2.90, 2),
    "lag_14_by_presentation": (2.49, 2),
    "lag_28_by_presentation": (2.26, 2),
}
STATED_HAZARD_RATIOS = {"landmark_28": 0.69, "landmark_60": 0.52, "landmark_90": 0.53}
WITHIN = {
    "unadjusted": "compared with everybody",
    "by_maturity": "within maturity bands",
    "by_presentation": "within presentations",
    "by_both": "within both",
}


def students(oracles: str, numbers: str) -> dict[str, Part]:
    """What do the kit, R and lifelines say of the Open University's students?

    Parameters
    ----------
    oracles : str
        Folder with R's numbers: ``open_university.json``, ``open_university_modules.json``.
    numbers : str
        The kit's numbers, as `measured.students_numbers` gives them.

    Returns
    -------
    dict of str to Part
        "cohort", "tempting", "fair", "lags", "landmarks" and "modules".

    Raises
    ------
    PlaceNotFound
        When one of the files is not there.
    """
    kit = read_json(numbers)
    r = read_json(oracles, "open_university.json")
    modules = read_json(oracles, "open_university_modules.json")
    ratio = "Churn rate without results ÷ with."
    shown = {
        "cohort": ("Who was followed", _cohort(kit, r), "One customer is one registration."),
        "tempting": ("Ever had a result, as if known from the start", _tempting(kit, r), ratio),
        "fair": ("A result counts from its day", _fair(kit, r), ratio),
        "lags": ("A result counts some days later", _lags(kit, r), ratio),
        "landmarks": (
            "Those still there on a day, by whether they had a result by then",
            _landmarks(kit, r),
            "Churn rate with results ÷ without, from that day on.",
        ),
        "modules": (
            "Module by module, and pooled",
            _modules(kit["modules"], modules),
            "Churn rate with results ÷ without, as if every module were a company.",
        ),
    }
    return {name: compared_part(*one) for name, one in shown.items()}


def _cohort(kit: Mapping[str, Any], r: Mapping[str, Any]) -> list[Compared]:
    """Students, departures, days, the low band."""
    followed = REGISTRATIONS - WITHOUT_A_DATE - BEFORE_THE_START
    whole = {"decimals": 0, "published_decimals": 0}
    days, left = kit["person_days"], kit["events"]
    return [
        Compared(
            "customers",
            kit["n_customers"],
            r["n_customers"],
            published=followed,
            why=f"of {REGISTRATIONS:,} registrations (Kuzilek et al. 2017), {WITHOUT_A_DATE} were "
            f"withdrawn without a date and {BEFORE_THE_START:,} by the first day",
            **whole,
        ),
        Compared("withdrawn", kit["n_events"], r["n_events"], **whole),
        Compared("days without results", days["without"], r["person_days"]["without"], **whole),
        Compared("days with results", days["with"], r["person_days"]["with"], **whole),
        Compared("withdrawn with results", left["with"], r["events"]["with"], **whole),
        _share("share_of_customers_low", kit, r, what="students", stated=41),
        _share("share_of_churn_low", kit, r, what="withdrawals", stated=47),
    ]


def _share(
    key: str, kit: Mapping[str, Any], r: Mapping[str, Any], *, what: str, stated: float
) -> Compared:
    """A share of the low band, in per cent."""
    return Compared(
        f"low band's share of {what}, %",
        100 * kit[key],
        100 * r[key],
        published=stated,
        decimals=2,
        published_decimals=0,
    )


def _ratio(
    what: str, key: str, kit: Mapping[str, Any], r: Mapping[str, Any], *, why: str = ""
) -> Compared:
    """Churn rate without ÷ with results."""
    by_lifelines = kit["lifelines"].get(key)
    stated, decimals = STATED.get(key, (None, 2))
    return Compared(
        what,
        math.exp(-kit["cox"][key]["coef"]),
        math.exp(-r["cox"][key]["coef"]),
        None if by_lifelines is None else math.exp(-by_lifelines),
        stated,
        published_decimals=decimals,
        why=why,
    )


def _tempting(kit: Mapping[str, Any], r: Mapping[str, Any]) -> list[Compared]:
    """Comparisons that know the future."""
    key = "rate_ratio_ever_at_any_time"
    return [
        _ratio(
            "ratio, handed in at any time",
            "ever_at_any_time",
            kit,
            r,
            why="results handed in after leaving count, as they would in a newsletter's table",
        ),
        _ratio(
            "ratio, before leaving",
            "ever_before_exit",
            kit,
            r,
            why="results after leaving left out, which makes the mistake larger",
        ),
        Compared("withdrawals per day lived", kit[key], r[key], why="the same without a model"),
    ]


def _fair(kit: Mapping[str, Any], r: Mapping[str, Any]) -> list[Compared]:
    """At the same tenure, within several groups."""
    why = dict.fromkeys(WITHIN, "")
    why["unadjusted"] = "all four take Efron's ties"
    why["by_presentation"] = "presentations differ in when results can be had at all"
    return [
        _ratio(f"ratio, {words}", f"lag_0_{name}", kit, r, why=why[name])
        for name, words in WITHIN.items()
    ]


def _lags(kit: Mapping[str, Any], r: Mapping[str, Any]) -> list[Compared]:
    """Results that count later."""
    return [
        _ratio(f"{lag} days later, {WITHIN[name]}", f"lag_{lag}_{name}", kit, r)
        for name in ("unadjusted", "by_presentation")
        for lag in (7, 14, 28)
    ]


def _landmarks(kit: Mapping[str, Any], r: Mapping[str, Any]) -> list[Compared]:
    """Those still there on a day."""
    return [
        Compared(
            f"hazard ratio from day {name.removeprefix('landmark_')} on",
            math.exp(kit["cox"][name]["coef"]),
            math.exp(r["cox"][name]["coef"]),
            published=stated,
        )
        for name, stated in STATED_HAZARD_RATIOS.items()
    ]


def _modules(kit: Mapping[str, Any], r: Mapping[str, Any]) -> list[Compared]:
    """Each module's ratio, and the average of all."""
    one = [
        Compared(f"module {name}", math.exp(fit["coef"]), math.exp(r["logHR"][name]))
        for name, fit in kit["fits"].items()
    ]
    ends, low, high = kit["pooled"], *r["ci"]
    why = "REML stops where it is told to: R's metafor a little earlier"
    return [
        *one,
        Compared("pooled", math.exp(ends["coef"]), r["pooled_HR"], published=0.289,
                 published_decimals=3, why="REML"),
        Compared("pooled, 95 % from", math.exp(ends["ci_low"]), low, published=0.245,
                 published_decimals=3, why="Hartung and Knapp's interval"),
        Compared("pooled, 95 % to", math.exp(ends["ci_high"]), high, published=0.342,
                 published_decimals=3),
        Compared("tau²", kit["tau2"], r["tau2"], published=0.023, published_decimals=3, why=why),
        Compared("I², %", 100 * kit["i2"], r["I2"], published=76, published_decimals=0, why=why),
    ]  # fmt: skip
