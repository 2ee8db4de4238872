"""Piecewise-exponential models: rates constant within bins of tenure, and their ratio."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from csresearch.events import EventTable
from csresearch.survival.intervals import Interval, ratio_interval
from csresearch.survival.rates import split_exposure

RUNAWAY = 12.0  # a log rate ratio this far out has no finite maximum


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

    Returns
    -------
    PiecewiseFit
        Log rate ratios and baseline rates.

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
    # loaded only where it is needed: it takes a while
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    model = sm.GLM(
        frame["observed"].to_numpy(float),
        np.column_stack([covariates, baseline]),
        family=sm.families.Poisson(),
        offset=np.log(frame["exposure"].to_numpy()),
    )
    # a saturated model meets every cell exactly: not separation, and no scale is needed
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
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
