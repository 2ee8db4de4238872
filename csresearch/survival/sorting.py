"""The sorting null: rates that fall only because the weak leave first (shifted-beta-geometric)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlog1py, xlogy

from csresearch.survival.intervals import Interval, ratio_interval

FAR = 14.0  # log of alpha + beta beyond which customers do not differ any more
_CLOSE = {"xatol": 1e-10, "fatol": 1e-12, "maxiter": 4000, "maxfev": 4000}


@dataclass(frozen=True, eq=False)
class BetaGeometricFit:
    """Customers each with a constant chance of leaving per period, which differs between them.

    Parameters
    ----------
    alpha, beta : float
        Of the beta distribution of those chances; both ``inf`` where customers do not differ.
    mean : float
        Average chance of leaving in the first period.
    polarisation : float
        1 / (alpha + beta + 1): 0 all alike, towards 1 either stayers or leavers.
    loglik, loglik_constant : float
        Of this model, and of one constant rate.
    covariance : float array, shape (2, 2)
        Of (log alpha, log beta); ``nan`` where they have no finite maximum.
    """

    alpha: float
    beta: float
    mean: float
    polarisation: float
    loglik: float
    loglik_constant: float
    covariance: np.ndarray

    def hazards(self, periods: int) -> np.ndarray:
        """Return the chance to leave in each period of those who got there."""
        return _hazards(self.mean, self._weight, np.arange(1, periods + 1))

    def survival(self, periods: int) -> np.ndarray:
        """Return the share still there after 0, 1, …, `periods` periods."""
        return np.append(1.0, np.cumprod(1 - self.hazards(periods)))

    def hazard_ratio(
        self, late: tuple[int, int], early: tuple[int, int], *, confidence_level: float = 0.95
    ) -> Interval:
        """Return the mean hazard of late periods (first, last) over that of early ones."""
        weight = self._weight
        value, slope = _log_ratio(self.mean, weight, late=late, early=early)
        variance = slope @ self.covariance @ slope if np.isfinite(self.alpha) else np.nan
        return ratio_interval(value, float(np.sqrt(variance)), confidence_level)

    @property
    def _weight(self) -> float:
        """1 / (alpha + beta), 0 where customers do not differ."""
        return 1 / (self.alpha + self.beta) if np.isfinite(self.alpha) else 0.0


def fit_beta_geometric(at_risk: ArrayLike, lost: ArrayLike) -> BetaGeometricFit:
    """How would the rate fall if customers only differed and nobody ever changed?

    Parameters
    ----------
    at_risk, lost : array of float, shape (periods,)
        Customers who came to each period and who left in it. Periods are of equal length, from
        the first on; who is lost from sight is at risk up to then.

    Returns
    -------
    BetaGeometricFit
        The maximum-likelihood fit.

    Raises
    ------
    ValueError
        With fewer than two periods with customers, no or only leavers, or impossible counts.

    Notes
    -----
    Fader and Hardie's (2007) shifted-beta-geometric: the hazard is alpha / (alpha + beta + t − 1).
    The likelihood is a product of binomials over periods, so cohorts of any length and delayed
    entry add up. Their published fits are in tests/oracles/sorting.json. A hazard that rises has
    its maximum at equal customers, where ``alpha`` is infinite.

    Examples
    --------
    >>> fit = fit_beta_geometric([1000, 869, 743], [131, 126, 90])
    >>> round(float(fit.hazards(1)[0]), 3)
    0.136
    """
    from scipy.optimize import minimize  # loaded only where it is needed: it takes a while

    n, d = _counts(at_risk, lost)
    t = np.arange(1, len(n) + 1)

    def minus(at: np.ndarray) -> float:
        a, b = np.exp(at)
        return -_loglik(n, d, a / (a + b + t - 1))

    constant = float(d.sum() / n.sum())
    flat = _loglik(n, d, np.full(len(n), constant))
    starts = [np.log([constant, 1 - constant]) + np.log(size) for size in (0.5, 2.0, 10.0, 100.0)]
    found = [minimize(minus, start, method="Nelder-Mead", options=_CLOSE) for start in starts]
    best = min(found, key=lambda one: one.fun)
    alpha, beta = np.exp(best.x)
    if -best.fun <= flat + 1e-9 or np.log(alpha + beta) > FAR:
        unknown = np.full((2, 2), np.nan)
        return BetaGeometricFit(np.inf, np.inf, constant, 0.0, flat, flat, unknown)
    return BetaGeometricFit(
        float(alpha),
        float(beta),
        float(alpha / (alpha + beta)),
        float(1 / (alpha + beta + 1)),
        float(-best.fun),
        flat,
        np.linalg.inv(_information(n, d, alpha, beta)),
    )


def _counts(at_risk: ArrayLike, lost: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Counts of the periods up to the last with customers, or an error."""
    n, d = np.asarray(at_risk, dtype=float), np.asarray(lost, dtype=float)
    if n.shape != d.shape or n.ndim != 1:
        raise ValueError(f"one number lost for each period is needed, got {n.shape} and {d.shape}")
    if not ((d >= 0) & (d <= n)).all():
        raise ValueError("lost must lie between 0 and at_risk in every period")
    if (n > 0).sum() < 2:
        raise ValueError(f"at least two periods with customers are needed, got {(n > 0).sum()}")
    if not 0 < d.sum() < n.sum():
        raise ValueError("the model needs customers who leave and customers who stay")
    return n, d


def _loglik(n: np.ndarray, d: np.ndarray, hazard: np.ndarray) -> float:
    """Log likelihood of binomial losses."""
    return float((xlogy(d, hazard) + xlog1py(n - d, -hazard)).sum())


def _hazards(mean: float, weight: float, t: np.ndarray) -> np.ndarray:
    """alpha / (alpha + beta + t − 1), with weight = 1 / (alpha + beta)."""
    return mean / (1 + (t - 1) * weight)


def _information(n: np.ndarray, d: np.ndarray, alpha: float, beta: float) -> np.ndarray:
    """Observed information of (log alpha, log beta), by the chain rule."""
    t = np.arange(1, len(n) + 1)
    stay, total = beta + t - 1, alpha + beta + t - 1
    # log likelihood: d log alpha + (n − d) log(stay) − n log(total)
    first = np.array([d.sum() / alpha - (n / total).sum(), ((n - d) / stay - n / total).sum()])
    second = np.full((2, 2), (n / total**2).sum())
    second[0, 0] -= d.sum() / alpha**2
    second[1, 1] -= ((n - d) / stay**2).sum()
    scale = np.array([alpha, beta])
    return -(second * np.outer(scale, scale) + np.diag(first * scale))


def _log_ratio(
    mean: float, weight: float, *, late: tuple[int, int], early: tuple[int, int]
) -> tuple[float, np.ndarray]:
    """Log ratio of mean hazards and its slopes in (log alpha, log beta)."""
    value, slopes = 0.0, np.zeros(2)
    for (first, last), sign in ((late, 1), (early, -1)):
        if not 1 <= first <= last:
            raise ValueError(f"periods must be (first, last) from 1 on, got {(first, last)}")
        t = np.arange(first, last + 1)
        hazards = _hazards(mean, weight, t)
        value += sign * float(np.log(hazards.mean()))
        # the mean drops out of the ratio, so only the weight's slope matters
        by_weight = -(t - 1) * hazards / (1 + (t - 1) * weight)
        slope = by_weight.sum() / hazards.sum() * -weight
        slopes += sign * slope * np.array([mean, 1 - mean])
    return value, slopes
