"""The same number by another road: lifelines and statsmodels on rows, for every notebook.

Thin wrappers that set what style.md's traps ask for (precision, robust stops) and that answer
"nothing to fit" instead of failing where a company has too little.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.events import NOT_RECORDED, EventTable, comparable
from csresearch.findings.estimates import Estimate, Part
from csresearch.findings.labels import value_text
from csresearch.survival.rates import split_exposure

PRECISE = {"precision": 1e-12, "r_precision": 1e-14}  # lifelines stops a Newton step early
CUTS_MONTHS = (1, 2, 3, 6, 9, 12, 18, 24, 36)  # of the Poisson regression
_SIDES = pd.MultiIndex.from_product([("observed", "exposure"), ("above", "below")])
CLOSE = 0.15  # roads that cut time otherwise are seldom further apart, but with few customers
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
    rows = episodes[["customer_id", "start", "stop", "event"]].assign(
        without=(episodes["state"] == "without").astype(float), stratum=_numbered(episodes, strata)
    )
    from lifelines import CoxTimeVaryingFitter  # loaded only where it is needed

    return _fitted(
        name, CoxTimeVaryingFitter(), rows, "without",
        id_col="customer_id", event_col="event", start_col="start", stop_col="stop",
        strata=["stratum"],
    )  # fmt: skip


def compared(rows: pd.DataFrame, strata: Sequence[str]) -> pd.DataFrame:
    """Only rows of customers who can be compared with their like, as C1 compares them.

    Parameters
    ----------
    rows : DataFrame
        As `Company.episodes` or `Company.event_table` give them, by the strata.
    strata : sequence of str

    Returns
    -------
    DataFrame
        Its rows that `csresearch.events.comparable` keeps.
    """
    missing = [(rows[name].isna() | (rows[name] == NOT_RECORDED)).to_numpy(bool) for name in strata]
    if "customer_id" in rows:
        n = ~rows["customer_id"].duplicated()
    else:  # who changes state leaves one and enters the other
        n = rows["entrance"] - rows["moved"]
    return rows[comparable(missing, n.to_numpy())]


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
    late = entry and bool((durations["entry"] > 0).any())  # lifelines takes longer over entries
    columns = ["durations", "event_observed", covariate, *(["entry"] if late else [])]
    from lifelines import CoxPHFitter  # loaded only where it is needed

    rows = durations[columns].assign(stratum=_numbered(durations, strata))
    return _fitted(
        name, CoxPHFitter(), rows, covariate,
        duration_col="durations", event_col="event_observed",
        entry_col="entry" if late else None, strata=["stratum"],
    )  # fmt: skip


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

    Notes
    -----
    Of independent Poisson counts with a known total, one is binomial: with the churn of each span
    and stratum given, the regression on its customer-days is a binomial one with a single
    coefficient. Ratio and error are those of the Poisson regression with a column for every span.
    """
    name = "statsmodels Poisson regression"
    if counts.empty:
        return Estimate(name, None)
    left, lived = _by_side(EventTable.from_counts(counts, (*strata, "state")), above)
    if not (left.sum(axis=0) > 0).all():
        return Estimate(name, None)
    # loaded only where they are needed: they take a while
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    offset = np.log(lived[:, 0] / lived[:, 1])
    model = GLM(left, np.ones(len(left)), family=Binomial(), offset=offset)
    # one span is met exactly: not separation, and no scale is needed
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        fit = model.fit(tol=1e-13, maxiter=200)
    return _ratio(name, fit.params[0], fit.bse[0])


def _by_side(table: EventTable, above: str) -> tuple[np.ndarray, np.ndarray]:
    """Churn and customer-days of a state and of the others: a row a span in which both lived."""
    rows = split_exposure(table, [months * DAYS_PER_MONTH for months in CUTS_MONTHS])
    spans = rows.assign(side=np.where(rows["state"] == above, "above", "below")).pivot_table(
        ["observed", "exposure"],
        index=[*(name for name in table.by if name != "state"), "after_day"],
        columns="side",
        aggfunc="sum",
        observed=True,
    )
    spans = spans.reindex(columns=_SIDES).dropna()
    spans = spans[spans["observed"].sum(axis=1) > 0]
    return spans["observed"].to_numpy(float), spans["exposure"].to_numpy(float)


def chance_by(durations: pd.DataFrame, day: float, *, confidence_level: float = 0.95) -> Estimate:
    """The chance of the event by a day, by lifelines' KaplanMeierFitter.

    Parameters
    ----------
    durations : DataFrame
        As `Company.durations` gives them: ``durations, event_observed, entry``.
    day : float
    confidence_level : float

    Returns
    -------
    Estimate
        A probability; no value where nobody is followed to the day, or the first events come
        when all who are there leave.
    """
    name = "lifelines KaplanMeierFitter"
    if not len(durations) or durations["durations"].max() < day:
        return Estimate(name, None, scale="probability")
    from lifelines import KaplanMeierFitter  # loaded only where it is needed
    from lifelines.exceptions import StatError

    fitter = KaplanMeierFitter(alpha=1 - confidence_level)
    try:
        fitter.fit(durations["durations"], durations["event_observed"], entry=durations["entry"])
    except StatError:  # so few had come by the first events that all seem to be gone
        return Estimate(name, None, scale="probability")
    limits = fitter.confidence_interval_survival_function_.loc[:day].iloc[-1]
    value, (low, high) = 1 - float(fitter.predict(day)), 1 - limits.to_numpy(float)[::-1]
    return Estimate(name, value, float(low), float(high), confidence_level, scale="probability")


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
        text = "The other road finds nothing on this data: too few left, or none of a group."
        return Part("Two roads", table, text)
    gaps = [abs(other.value / kit.value - 1) for other in found]
    apart, here = f"at most {100 * max(gaps):.1f} % apart", value_text(kit.value, kit.scale)
    held = all(kit.ci_low <= other.value <= kit.ci_high for other in found if kit.ci_low)
    if held and kit.ci_low is not None and max(gaps) > CLOSE:
        text = f"They are {apart}, {here} here: no more than the wide interval allows."
        return Part("Two roads", table, text)
    read = "They agree" if held else "They do not agree; trust neither before knowing why"
    return Part("Two roads", table, f"{read}: {apart}, {here} here.")


def _numbered(rows: pd.DataFrame, strata: Sequence[str]) -> np.ndarray | int:
    """The stratum of each row as one number: lifelines takes twice as long over several columns."""
    if not strata:
        return 0
    return rows.groupby(list(strata), observed=True, dropna=False).ngroup().to_numpy()


def _fitted(name: str, fitter: Any, rows: pd.DataFrame, covariate: str, **columns: Any) -> Estimate:
    """The ratio a fitter of lifelines finds; no value where the likelihood has no maximum.

    There lifelines warns and goes far out, or meets a matrix it cannot invert.
    """
    from lifelines.exceptions import ConvergenceError, ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        try:
            fitter.fit(rows, fit_options=PRECISE, **columns)
        except (ConvergenceError, np.linalg.LinAlgError):
            return Estimate(name, None)
    return _ratio(name, fitter.params_[covariate], fitter.standard_errors_[covariate])


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
