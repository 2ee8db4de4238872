"""The same number by another road: lifelines and statsmodels on rows, for every notebook.

Thin wrappers that set what style.md's traps ask for (precision, robust stops) and that answer
"nothing to fit" instead of failing where a company has too little.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate, Part
from csresearch.findings.labels import value_text
from csresearch.survival.piecewise import piecewise_rate_ratio

PRECISE = {"precision": 1e-12, "r_precision": 1e-14}  # lifelines stops a Newton step early
CUTS_MONTHS = (1, 2, 3, 6, 9, 12, 18, 24, 36)  # of the Poisson regression
NO_LIMIT = 50  # a log ratio this far from 0 has no limit: one of the groups had no churn


def time_varying_ratio(episodes: pd.DataFrame, strata: Sequence[str] = ()) -> Estimate:
    """The lifetime ratio by lifelines' CoxTimeVaryingFitter on start–stop rows.

    Parameters
    ----------
    episodes : DataFrame
        As `Company.episodes` gives them: ``customer_id, start, stop, event, state``, strata.
    strata : sequence of str
        Columns within which customers are compared.

    Returns
    -------
    Estimate
        Churn rate "without" ÷ "with"; no value where there is nothing to fit.

    Notes
    -----
    Quadratic in the number of rows on day-level times: meant for tens of thousands of rows.
    """
    name = "lifelines CoxTimeVaryingFitter"
    if not _can_fit(episodes, "event", "state"):
        return Estimate(name, None)
    columns = ["customer_id", "start", "stop", "event", *strata]
    rows = episodes[columns].assign(without=(episodes["state"] == "without").astype(float))
    from lifelines import CoxTimeVaryingFitter  # loaded only where it is needed

    fitter = CoxTimeVaryingFitter()
    fitter.fit(
        rows,
        id_col="customer_id",
        event_col="event",
        start_col="start",
        stop_col="stop",
        strata=list(strata) or None,
        fit_options=PRECISE,
    )
    return _ratio(name, fitter.params_["without"], fitter.standard_errors_["without"])


def cox_ratio(
    durations: pd.DataFrame, covariate: str, strata: Sequence[str] = (), *, entry: bool = False
) -> Estimate:
    """The churn-rate ratio per unit of a covariate by lifelines' CoxPHFitter.

    Parameters
    ----------
    durations : DataFrame
        As `Company.durations` gives them: ``durations, event_observed``, covariates, ``entry``.
    covariate : str
        Numeric column.
    strata : sequence of str
    entry : bool
        Customers come under observation at ``entry`` instead of 0.
    """
    name = "lifelines CoxPHFitter"
    if not _can_fit(durations, "event_observed", covariate):
        return Estimate(name, None)
    columns = ["durations", "event_observed", covariate, *strata, *(["entry"] if entry else [])]
    from lifelines import CoxPHFitter  # loaded only where it is needed

    fitter = CoxPHFitter()
    fitter.fit(
        durations[columns],
        duration_col="durations",
        event_col="event_observed",
        strata=list(strata) or None,
        entry_col="entry" if entry else None,
        fit_options=PRECISE,
    )
    return _ratio(name, fitter.params_[covariate], fitter.standard_errors_[covariate])


def poisson_ratio(
    counts: pd.DataFrame, strata: Sequence[str] = (), *, above: str = "without"
) -> Estimate:
    """The lifetime ratio by a Poisson regression on customer-days, by statsmodels.

    Parameters
    ----------
    counts : DataFrame
        As `Company.event_table` gives them, by the strata and "state".
    strata : sequence of str
        Each has a rate of its own in every span of tenure, a month at first and longer later.
    above : str
        The state whose churn rate is divided by the other's.
    """
    name = "statsmodels Poisson regression"
    table = EventTable.from_counts(counts, (*strata, "state"))
    levels = sorted(set(table.counts["state"]))
    if len(levels) < 2 or not table.n_events:
        return Estimate(name, None)
    design = pd.DataFrame({above: [float(level == above) for level in levels]}, levels)
    cuts = [months * DAYS_PER_MONTH for months in CUTS_MONTHS]
    fit = piecewise_rate_ratio(table, "state", design, cuts_days=cuts, strata=strata)
    ratio = fit.ratio(above)
    return Estimate(name, ratio.value, ratio.ci_low, ratio.ci_high, std_error=ratio.std_error)


def chance_by(durations: pd.DataFrame, day: float) -> Estimate:
    """The chance of the event by a day, by lifelines' KaplanMeierFitter.

    Parameters
    ----------
    durations : DataFrame
        As `Company.durations` gives them: ``durations, event_observed, entry``.
    day : float

    Returns
    -------
    Estimate
        A probability; no value where nobody is followed to the day.
    """
    name = "lifelines KaplanMeierFitter"
    if not len(durations) or durations["durations"].max() < day:
        return Estimate(name, None, scale="probability")
    from lifelines import KaplanMeierFitter  # loaded only where it is needed

    fitter = KaplanMeierFitter()
    fitter.fit(durations["durations"], durations["event_observed"], entry=durations["entry"])
    limits = fitter.confidence_interval_survival_function_.loc[:day].iloc[-1]
    value, (low, high) = 1 - float(fitter.predict(day)), 1 - limits.to_numpy(float)[::-1]
    return Estimate(name, value, float(low), float(high), scale="probability")


def agreement(kit: Estimate | None, *others: Estimate) -> Part:
    """Put the kit's number beside the others and say whether they agree.

    Returns
    -------
    Part
        One row per road, and the largest difference in per cent.
    """
    if kit is None or not kit.value:
        return Part("Two roads", text="No estimate to compare: see the verdict.")
    roads = [("the kit, from counts", kit), *((other.name, other) for other in others)]
    rows = [(name, e.value, e.ci_low, e.ci_high, e.scale) for name, e in roads]
    table = pd.DataFrame(rows, columns=["road", "value", "ci_low", "ci_high", "scale"])
    found = [other for other in others if other.value is not None]
    if not found:
        return Part("Two roads", table, "The other road has nothing to fit on this data.")
    gaps = [abs(other.value / kit.value - 1) for other in found]
    apart = f"at most {100 * max(gaps):.1f} % apart"
    held = all(kit.ci_low <= other.value <= kit.ci_high for other in found if kit.ci_low)
    read = "They agree" if held else "They do not agree; trust neither before knowing why"
    return Part("Two roads", table, f"{read}: {apart}, {value_text(kit.value, kit.scale)} here.")


def _can_fit(rows: pd.DataFrame, event: str, covariate: str) -> bool:
    """Whether someone left and the covariate varies."""
    return len(rows) > 1 and rows[event].sum() > 0 and rows[covariate].nunique() > 1


def _ratio(name: str, coef: float, std_error: float) -> Estimate:
    """A log ratio as an estimate with its 95 % interval; none where a group had no churn."""
    reach = 1.959963984540054 * std_error
    if not abs(coef) + reach < NO_LIMIT:
        return Estimate(name, None)
    return Estimate(
        name,
        math.exp(coef),
        math.exp(coef - reach),
        math.exp(coef + reach),
        std_error=float(std_error),
    )
