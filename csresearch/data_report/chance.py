"""How likely is it that so much comes by chance? Tails of the usual counts.

From `scipy.special`: the distributions of scipy.stats are the same functions and take most of a
second to import.
"""

from __future__ import annotations

from scipy.special import betainc, gammainc


def poisson_at_least(number: int, expected: float) -> float:
    """The chance of so many or more where so many are expected.

    Parameters
    ----------
    number : int
    expected : float
        Above 0.

    Examples
    --------
    >>> round(poisson_at_least(1, 0.5), 6)  # 1 - exp(-0.5)
    0.393469
    """
    return float(gammainc(number, expected))


def binomial_at_least(number: int, n: int, chance: float) -> float:
    """The chance of so many or more of n.

    Parameters
    ----------
    number, n : int
        The number at least 1 and at most n.
    chance : float
        Of each of the n.

    Examples
    --------
    >>> round(binomial_at_least(2, 2, 0.5), 6)
    0.25
    """
    return float(betainc(number, n - number + 1, chance))
