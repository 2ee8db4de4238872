"""Piecewise-exponential models: rates constant within bins of tenure, and their ratio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from csresearch.events import EventTable
from csresearch.risk_sets import RiskSets
from csresearch.survival.cox import cox_partial_likelihood
from csresearch.survival.intervals import Interval, ratio_interval
from csresearch.survival.rates import split_exposure


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
    With each bin's rate at its most likely value, what is left to maximise is Cox's partial
    likelihood (Breslow's) with customer-days in the place of customers at risk: no column per
    bin is needed. Exposure is split exactly at the cuts. Equals R's
    ``glm(d ~ bin + x + offset(log(t)), poisson)`` (tests/oracles/rates.json) and statsmodels'.
    Close to Cox's ratio where bins are short; coarse bins leave bias where the rate falls
    steeply. Baseline cells without events say nothing about ratios and are left out.
    """
    bins = [*strata, "after_day", "up_to_day"]
    frame = split_exposure(table.total([*strata, level]), cuts_days)
    happened = frame.groupby(bins, observed=True)["observed"].transform("sum") > 0
    frame = frame[happened].reset_index(drop=True)
    if not len(frame):
        raise ValueError("no events: a rate ratio cannot be estimated")
    levels = pd.Index(frame[level].unique(), tupleize_cols=False)
    row = design.index.get_indexer(levels)
    if (row < 0).any():
        raise ValueError(f"level {levels[row < 0].tolist()[0]!r} is missing from the design")
    covariates = design.to_numpy(float)[row]
    baseline = frame.groupby(bins, sort=True, observed=True)
    lived = _customer_days(frame, baseline.ngroup().to_numpy(), levels.get_indexer(frame[level]))
    fit = cox_partial_likelihood(_in_small_units(lived), covariates, ties="breslow")
    rates = baseline[["observed", "exposure"]].sum().reset_index()
    return PiecewiseFit(
        pd.Series(fit.coef, design.columns),
        pd.Series(fit.std_error, design.columns),
        rates.assign(rate=_rates_at_zero(lived, covariates, fit.coef)),
        fit.converged,
    )


def _customer_days(frame: pd.DataFrame, code: np.ndarray, level: np.ndarray) -> RiskSets:
    """Events and exposure, a row per baseline cell and a column per level."""
    shape = (code.max() + 1, level.max() + 1)
    observed, exposure = np.zeros(shape), np.zeros(shape)
    observed[code, level], exposure[code, level] = frame["observed"], frame["exposure"]
    levels, stratum = tuple(range(shape[1])), np.arange(shape[0])
    return RiskSets(levels, stratum, np.zeros(shape[0]), exposure, observed)


def _in_small_units(lived: RiskSets) -> RiskSets:
    """The same in units of time of which no one who left lived less than one.

    The likelihood does not know the unit, but nobody's risk set has fewer members than leave it.
    """
    rate = np.divide(
        lived.observed, lived.at_risk, where=lived.at_risk > 0, out=np.ones_like(lived.at_risk)
    )
    return replace(lived, at_risk=lived.at_risk * max(1.0, float(rate.max())))


def _rates_at_zero(lived: RiskSets, covariates: np.ndarray, coef: np.ndarray) -> np.ndarray:
    """The rate of each baseline cell at covariates zero; a column without information adds none."""
    added = np.where((covariates != 0) & ~np.isnan(coef), covariates, 0.0)
    # a level that saw events only where nobody else lived says nothing of the rate at zero: inf
    with np.errstate(invalid="ignore", divide="ignore"):
        risk = np.exp(np.where(added != 0, added * coef, 0.0).sum(axis=1))
        return lived.observed.sum(axis=1) / (lived.at_risk @ risk)
