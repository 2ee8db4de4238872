"""Log-rank tests on risk sets; with time-dependent states, Mantel and Byar's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from csresearch.risk_sets import RiskSets

SINGULAR = 1e-10  # eigenvalues below this part of the largest are zero but for rounding


@dataclass(frozen=True, eq=False)
class LogRank:
    """Observed events against those expected if all levels had the same rate at each tenure.

    Parameters
    ----------
    frame : DataFrame
        One row per level, columns ``level, observed, expected``.
    variance : float array, shape (L, L)
        Hypergeometric covariance of observed - expected.
    statistic : float or None
        Chi-square on ``df`` degrees of freedom; None where nothing is compared.
    df : int
    p_value : float or None
    """

    frame: pd.DataFrame
    variance: np.ndarray
    statistic: float | None
    df: int
    p_value: float | None


def log_rank(risk: RiskSets) -> LogRank:
    """Could the levels all have the same churn rate at the same tenure?

    Parameters
    ----------
    risk : RiskSets
        Two or more levels, within strata if it has any. With time-dependent states as levels
        this is Mantel and Byar's test.

    Returns
    -------
    LogRank
        Observed and expected events with the chi-square test.

    Notes
    -----
    Hypergeometric variance, as R's ``survdiff``, which refuses delayed entry
    (tests/oracles/comparisons.json). Equals the score test of Cox's exact-ties likelihood;
    Breslow's and Efron's score tests differ a little under ties.

    Examples
    --------
    >>> import numpy as np
    >>> risk = RiskSets(("a", "b"), np.zeros(1, int), np.array([1.0]),
    ...                 np.array([[1.0, 1.0]]), np.array([[1.0, 0.0]]))
    >>> round(log_rank(risk).statistic, 9)  # (1 - 1/2)² / (1/4)
    1.0
    """
    n, d = risk.at_risk.sum(axis=1), risk.observed.sum(axis=1)
    share = risk.at_risk / n[:, None]
    expected = d @ share
    factor = d * np.divide(n - d, n - 1, out=np.zeros_like(n), where=n > 1)
    variance = np.diag(factor @ share) - share.T @ (share * factor[:, None])
    observed = risk.observed.sum(axis=0)
    gap = observed - expected
    df = int(np.linalg.matrix_rank(variance, rtol=SINGULAR, hermitian=True))
    statistic = float(gap @ np.linalg.pinv(variance, rtol=SINGULAR, hermitian=True) @ gap)
    return LogRank(
        frame=pd.DataFrame({"level": risk.levels, "observed": observed, "expected": expected}),
        variance=variance,
        statistic=statistic if df else None,
        df=df,
        p_value=float(chdtrc(df, statistic)) if df else None,
    )
