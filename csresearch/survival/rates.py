"""Occurrence/exposure rates: events per day lived, their ratios, and ratios within tenure."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from csresearch.events import EventTable
from csresearch.survival.intervals import Interval, normal_quantile, ratio_interval

RUNAWAY = 12.0  # a log rate ratio this far out has no finite maximum


def event_rate(observed: float, exposure: float, *, confidence_level: float = 0.95) -> Interval:
    """How many events per unit of exposure, with the exact Poisson interval.

    Parameters
    ----------
    observed : float
        Events, not negative.
    exposure : float
        Time lived, positive.
    confidence_level : float

    Raises
    ------
    ValueError
        If the exposure is not positive or the events are negative.

    Notes
    -----
    Garwood's interval from the chi-square distribution, as R's ``poisson.test``
    (tests/oracles/rates.json).

    Examples
    --------
    >>> rate = event_rate(0, 100.0)
    >>> rate.value, rate.ci_low, round(rate.ci_high, 4)  # -log(0.025) / 100
    (0.0, 0.0, 0.0369)
    """
    _check_counts(observed, exposure)
    normal_quantile(confidence_level)
    tail = (1 - confidence_level) / 2
    low = stats.chi2.ppf(tail, 2 * observed) / 2 if observed > 0 else 0.0
    high = stats.chi2.isf(tail, 2 * observed + 2) / 2
    return Interval(
        observed / exposure,
        float(low / exposure),
        float(high / exposure),
        float(np.sqrt(observed) / exposure),
        confidence_level,
    )


def event_rates(
    table: EventTable, by: Sequence[str] = (), *, confidence_level: float = 0.95
) -> pd.DataFrame:
    """Events, exposure and rate of each cell, columns ``[*by, observed, exposure, rate, …]``.

    A cell that nobody lived in has no rate (``nan``).
    """
    by = list(by)
    rows = table.at_risk()
    columns = ["observed", "exposure"]
    if by:
        frame = rows.groupby(by, sort=True, observed=True)[columns].sum().reset_index()
    else:
        frame = rows[columns].sum().to_frame().T
    lived = frame["exposure"] > 0
    intervals = [
        event_rate(d, t, confidence_level=confidence_level)
        if ok
        else Interval(np.nan, np.nan, np.nan)
        for d, t, ok in zip(frame["observed"], frame["exposure"], lived, strict=True)
    ]
    return frame.assign(
        rate=[float(one.value) for one in intervals],
        ci_low=[float(one.ci_low) for one in intervals],
        ci_high=[float(one.ci_high) for one in intervals],
    )


def rate_ratio(
    observed: tuple[float, float],
    exposure: tuple[float, float],
    *,
    method: str = "exact",
    confidence_level: float = 0.95,
) -> Interval:
    """First rate over second, tenure ignored.

    Parameters
    ----------
    observed, exposure : pair of float
    method : {"exact", "wald"}
        Exact: Clopper–Pearson on the first group's share of the events (R's ``poisson.test``).
        Wald: on the log scale with variance 1/d₁ + 1/d₂.
    confidence_level : float

    Raises
    ------
    ValueError
        If an exposure is not positive, a count is negative or the method unknown.

    Notes
    -----
    A ratio of crude rates compares unlike tenures: claims about time need the ratio within
    tenure (`piecewise_rate_ratio`, or Cox's).
    """
    for d, t in zip(observed, exposure, strict=True):
        _check_counts(d, t)
    if method not in ("exact", "wald"):
        raise ValueError(f"method must be 'exact' or 'wald', got {method!r}")
    (d1, d2), (t1, t2) = observed, exposure
    if d1 + d2 == 0:
        return Interval(None, confidence_level=confidence_level)
    with np.errstate(divide="ignore"):
        log_ratio = float(np.log(np.float64(d1)) - np.log(np.float64(d2)) + np.log(t2 / t1))
        error = float(np.sqrt(1 / np.float64(d1) + 1 / np.float64(d2)))
    wald = ratio_interval(log_ratio, error, confidence_level)
    if method == "wald":
        return wald
    tail = (1 - confidence_level) / 2
    low = stats.beta.ppf(tail, d1, d2 + 1) if d1 else 0.0
    high = stats.beta.isf(tail, d1 + 1, d2) if d2 else 1.0
    odds = [float(p / (1 - p)) if p < 1 else np.inf for p in (low, high)]
    return Interval(wald.value, odds[0] * t2 / t1, odds[1] * t2 / t1, None, confidence_level)


def split_exposure(table: EventTable, cuts_days: Sequence[float]) -> pd.DataFrame:
    """Events and exposure of each cell in each bin of tenure, exact to the day.

    Parameters
    ----------
    table : EventTable
    cuts_days : sequence of float
        Bins are (0, first cut], …, (last cut, inf).

    Returns
    -------
    DataFrame
        Columns ``[*table.by, after_day, up_to_day, observed, exposure]``, bins without exposure
        left out.

    Raises
    ------
    ValueError
        If the cuts do not rise from above 0.
    """
    edges = np.array([0.0, *cuts_days, np.inf])
    if not (np.diff(edges) > 0).all():
        raise ValueError(f"cuts_days must rise from above 0, got {list(cuts_days)}")
    rows, by = table.at_risk(), list(table.by)
    groups = rows.groupby(by, sort=True, observed=True) if by else [((), rows)]
    pieces = [_split(cell, frame, edges, by) for cell, frame in groups]
    frame = pd.concat(pieces, ignore_index=True)
    return frame[frame["exposure"] > 0].reset_index(drop=True)


def _split(cell: tuple, frame: pd.DataFrame, edges: np.ndarray, by: list[str]) -> pd.DataFrame:
    """Bins of one cell; exposure grows linearly between the days of an event table."""
    day = frame["day"].to_numpy()
    lived = np.interp(edges, day, np.cumsum(frame["exposure"]))
    events = np.concatenate([[0.0], np.cumsum(frame["observed"])])
    seen = events[np.searchsorted(day, edges, side="right")]
    columns = {name: [value] * (len(edges) - 1) for name, value in zip(by, cell, strict=True)}
    bins = list(pairwise(edges))
    out = pd.DataFrame(
        columns | {"after_day": edges[:-1], "up_to_day": edges[1:]}, range(len(bins))
    )
    out["observed"], out["exposure"] = np.diff(seen), np.diff(lived)
    return out


@dataclass(frozen=True, eq=False)
class PiecewiseFit:
    """A piecewise-exponential model: rates constant within bins, multiplied by covariates.

    Parameters
    ----------
    coef, std_error : Series
        Log rate ratios by covariate; ``±inf`` where a level saw no event, with no error.
    rates : DataFrame
        Baseline rate per stratum and bin with events, columns
        ``[*strata, after_day, up_to_day, observed, exposure, rate]`` (at covariates zero).
    converged : bool
    """

    coef: pd.Series
    std_error: pd.Series
    rates: pd.DataFrame
    converged: bool

    def ratio(self, column: str, *, confidence_level: float = 0.95) -> Interval:
        """The rate ratio of one covariate."""
        return ratio_interval(
            float(self.coef[column]), float(self.std_error[column]), confidence_level
        )


def piecewise_rate_ratio(
    table: EventTable,
    level: str,
    design: pd.DataFrame,
    *,
    cuts_days: Sequence[float],
    strata: Sequence[str] = (),
) -> PiecewiseFit:
    """By what factor does each covariate multiply the rate within bins of tenure? Poisson GLM.

    Parameters
    ----------
    table : EventTable
    level : str
        Column of ``table.by`` that holds the levels.
    design : DataFrame
        Covariates, one row per level, indexed by level (`level_design`).
    cuts_days : sequence of float
        Bins are (0, first cut], …, (last cut, inf), each with a rate of its own per stratum.
    strata : sequence of str

    Raises
    ------
    ValueError
        If there are no events or a level is missing from the design.

    Notes
    -----
    statsmodels' GLM with a log-exposure offset, exposure split exactly at the cuts; equals R's
    ``glm(d ~ bin + x + offset(log(t)), poisson)`` (tests/oracles/rates.json). Close to Cox's
    ratio where bins are short; coarse bins leave bias where the rate falls steeply. Baseline
    cells without events say nothing about ratios and are left out.
    """
    frame = split_exposure(table.total([*strata, level]), cuts_days)
    cell = frame.groupby([*strata, "after_day", "up_to_day"], sort=True, observed=True)
    frame = frame[cell["observed"].transform("sum") > 0].reset_index(drop=True)
    if not len(frame):
        raise ValueError("no events: a rate ratio cannot be estimated")
    row = design.index.get_indexer(pd.Index(frame[level], tupleize_cols=False))
    if (row < 0).any():
        absent = frame[level][row < 0].tolist()[0]
        raise ValueError(f"level {absent!r} is missing from the design")
    covariates = design.to_numpy(float)[row]
    cell = frame.groupby([*strata, "after_day", "up_to_day"], sort=True, observed=True)
    code = cell.ngroup().to_numpy()
    baseline = np.eye(code.max() + 1)[code]
    model = sm.GLM(
        frame["observed"].to_numpy(float),
        np.column_stack([covariates, baseline]),
        family=sm.families.Poisson(),
        offset=np.log(frame["exposure"].to_numpy()),
    )
    with warnings.catch_warnings():
        # raised whenever every cell is met exactly, as any saturated model does
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        fit = model.fit(tol=1e-13, maxiter=200)
    return _piecewise(fit, design, cell[["observed", "exposure"]].sum().reset_index())


def _piecewise(fit, design: pd.DataFrame, rates: pd.DataFrame) -> PiecewiseFit:
    """Read statsmodels' result; a coefficient that ran away is infinite."""
    size = design.shape[1]
    coef, error = fit.params[:size], fit.bse[:size]
    span = np.ptp(design.to_numpy(float), axis=0)
    away = np.abs(coef * span) > RUNAWAY
    coef = np.where(away, np.copysign(np.inf, coef), coef)
    error = np.where(away, np.nan, error)
    return PiecewiseFit(
        pd.Series(coef, design.columns),
        pd.Series(error, design.columns),
        rates.assign(rate=np.exp(fit.params[size:])),
        bool(fit.converged and not away.any()),
    )


def _check_counts(observed: float, exposure: float) -> None:
    """Refuse negative events and exposure that is not positive."""
    if not observed >= 0:
        raise ValueError(f"observed must not be negative, got {observed}")
    if not exposure > 0:
        raise ValueError(f"exposure must be positive, got {exposure}")
