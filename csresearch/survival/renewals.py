"""The renewal clock: the chance of renewing by state on the notice date, a model on counts."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from csresearch.survival.intervals import Interval, ratio_interval, wald_interval
from csresearch.survival.limits import logit_interval

RUNAWAY = 12.0  # log odds this far out have no finite maximum


@dataclass(frozen=True, eq=False)
class RenewalComparison:
    """Chances of renewing in two states at the same renewal, within the same strata.

    Parameters
    ----------
    odds_ratio : Interval
        Odds of renewing, state over reference; 0 or ``inf`` without limits where one of them
        always or never renewed.
    chance, reference_chance : Interval
        Chance of renewing if all were in the state, and if all were in the reference, averaged
        over the strata of all renewals counted.
    difference : Interval
        Of the two chances, in points.
    strata : DataFrame
        The counts with the fitted chances, columns ``[*strata, state, renewals, renewed, chance]``.
    n_renewals, n_lost : float
    """

    odds_ratio: Interval
    chance: Interval
    reference_chance: Interval
    difference: Interval
    strata: pd.DataFrame
    n_renewals: float
    n_lost: float


def compare_renewals(
    counts: pd.DataFrame,
    state: str,
    *,
    reference: Hashable,
    strata: Sequence[str] = (),
    confidence_level: float = 0.95,
) -> RenewalComparison:
    """How much likelier is a renewal in one state than in the other, at the same renewal?

    Parameters
    ----------
    counts : DataFrame
        One row per stratum and state: ``[*strata, state, "renewals", "renewed"]``, customers whose
        contract came up and those of them who renewed. Put the number of the renewal among the
        strata; the state is that of the notice date.
    state : str
        Column with the two states.
    reference : hashable
        The state the other is divided by.
    strata : sequence of str
    confidence_level : float

    Returns
    -------
    RenewalComparison
        Odds ratio, standardised chances and their difference.

    Raises
    ------
    ValueError
        If there are not two states, the reference is not one of them, or more renewed than came
        up.

    Notes
    -----
    A discrete-time model: logit(chance) = stratum + state, as R's ``glm(cbind(renewed, lost) ~
    factor(stratum) + state, binomial)`` (tests/oracles/renewals.json). Standardised chances by
    the delta method, the strata's shares taken as given. Strata where all or none renewed say
    nothing about the odds ratio; they enter the standardised chances with 1 or 0.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"state": ["with", "without"], "renewals": [50, 50],
    ...                        "renewed": [40, 20]})
    >>> round(compare_renewals(counts, "state", reference="without").odds_ratio.value, 6)
    6.0
    """
    frame = _checked(counts, state, reference, list(strata))
    totals = frame.groupby("_cell")[["renewals", "renewed"]].sum()
    share = (totals["renewed"] / totals["renewals"]).to_numpy()
    mixed, weight = (share > 0) & (share < 1), (totals["renewals"] / frame["renewals"].sum())
    fit = _fit(frame[mixed[frame["_cell"]]])
    chances, slopes = np.tile(share, (2, 1)), np.zeros((2, len(fit.coef)))
    for other in (0, 1):  # everybody in the reference, everybody in the other state
        inside = expit(fit.coef[1:] + (fit.coef[0] if other else 0.0))
        slope = weight.to_numpy()[mixed] * inside * (1 - inside)
        chances[other, mixed], slopes[other] = inside, np.append(other * slope.sum(), slope)
    means = chances @ weight.to_numpy()
    errors = [_error(fit, slope) for slope in (*slopes, slopes[1] - slopes[0])]
    known = not np.isnan(means).any()
    return RenewalComparison(
        odds_ratio=ratio_interval(fit.log_odds, fit.std_error, confidence_level),
        chance=_share(means[1], errors[1], confidence_level),
        reference_chance=_share(means[0], errors[0], confidence_level),
        difference=wald_interval(means[1] - means[0], errors[2], confidence_level)
        if known and np.isfinite(errors[2])
        else Interval(_plain(means[1] - means[0]), confidence_level=confidence_level),
        strata=frame.assign(chance=chances[frame["_other"].astype(int), frame["_cell"]]).drop(
            columns=["_cell", "_other"]
        ),
        n_renewals=float(frame["renewals"].sum()),
        n_lost=float((frame["renewals"] - frame["renewed"]).sum()),
    )


@dataclass(frozen=True)
class _Fit:
    """Coefficients (state first, then strata) with their covariance; nan where unknown."""

    coef: np.ndarray
    covariance: np.ndarray

    @property
    def log_odds(self) -> float:
        return float(self.coef[0])

    @property
    def std_error(self) -> float:
        return float(np.sqrt(self.covariance[0, 0]))


def _fit(frame: pd.DataFrame) -> _Fit:
    """Logit of the chance of renewing on state and stratum, over strata that saw both ends."""
    # loaded only where they are needed: they take a while
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    cells = frame["_cell"].unique()
    dummies = (frame["_cell"].to_numpy()[:, None] == cells).astype(float)
    design = np.column_stack([frame["_other"].to_numpy(float), dummies])
    unknown = np.full((len(cells) + 1, len(cells) + 1), np.nan)
    if np.linalg.matrix_rank(design) < design.shape[1]:  # no stratum has both states
        return _Fit(unknown[0], unknown)
    ends = np.column_stack([frame["renewed"], frame["renewals"] - frame["renewed"]])
    # a saturated model meets every cell exactly: not separation
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        fit = GLM(ends, design, family=Binomial()).fit(tol=1e-14, maxiter=100)
    coef, covariance = fit.params.copy(), fit.cov_params()
    if abs(coef[0]) > RUNAWAY:
        coef[0] = np.copysign(np.inf, coef[0])
        covariance = unknown
    return _Fit(coef, covariance)


def _share(value: float, error: float, level: float) -> Interval:
    """A share with logit limits, without where the error is unknown."""
    if np.isnan(value) or np.isnan(error):
        return Interval(_plain(value), confidence_level=level)
    return logit_interval(value, error, level)


def _plain(value: float) -> float | None:
    """A float, or None for a missing one."""
    return None if np.isnan(value) else float(value)


def _error(fit: _Fit, slope: np.ndarray) -> float:
    """Standard error of a function with these slopes."""
    return float(np.sqrt(slope @ fit.covariance @ slope))


def _checked(
    counts: pd.DataFrame, state: str, reference: Hashable, strata: list[str]
) -> pd.DataFrame:
    """One row per stratum and state with renewals, or an error."""
    keys = [*strata, state]
    frame = counts.groupby(keys, as_index=False, observed=True)[["renewals", "renewed"]].sum()
    states = sorted(counts[state].unique(), key=str)
    if len(states) != 2 or reference not in states:
        raise ValueError(f"{state!r} must have two states, {reference!r} among them, got {states}")
    bad = (counts["renewed"] > counts["renewals"]) | (counts["renewed"] < 0)
    if bad.any():
        row = counts[bad].iloc[0].to_dict()
        raise ValueError(f"renewed must lie between 0 and renewals, got {row}")
    if counts[keys].isna().any(axis=None):
        raise ValueError(f"missing values among {keys}: give them a level of their own first")
    frame = frame[frame["renewals"] > 0].reset_index(drop=True)
    cell = frame.groupby(strata, sort=True).ngroup() if strata else 0
    return frame.assign(_cell=cell, _other=frame[state] != reference)
