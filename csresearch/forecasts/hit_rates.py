"""Of those judged to fail, how many failed; of those judged to make it, how many stayed?"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np

from csresearch.concentration.bands import BandChurn
from csresearch.concentration.delta import Functional, delta
from csresearch.survival.intervals import Interval, wald_interval
from csresearch.survival.limits import binomial_interval, log_log_interval, logit_interval
from csresearch.survival.rates import event_rate


@dataclass(frozen=True)
class HitRates:
    """How often a judgement "will" / "will not" turned out right by the horizon.

    Parameters
    ----------
    failed_given_will_not, stayed_given_will : Interval
        The two hit rates.
    failed_at_all, stayed_at_all : Interval
        Their base rates, among all customers judged, the undecided included.
    failed_above_base, stayed_above_base : Interval
        Hit rate minus base rate, with an interval that respects that both come together.
    sensitivity, specificity : Interval
        Of those who failed (stayed) and were judged either way, the share judged so.
    balanced_accuracy : Interval
        Mean of sensitivity and specificity; 0.5 for a judgement that tells nothing.
    undecided : float
        Share of customers judged neither way.
    """

    failed_given_will_not: Interval
    stayed_given_will: Interval
    failed_at_all: Interval
    stayed_at_all: Interval
    failed_above_base: Interval
    stayed_above_base: Interval
    sensitivity: Interval
    specificity: Interval
    balanced_accuracy: Interval
    undecided: float


def hit_rates(
    churn: BandChurn, *, will: Hashable, will_not: Hashable, confidence_level: float = 0.95
) -> HitRates:
    """How often was the judgement right, in both directions, censoring respected?

    Parameters
    ----------
    churn : BandChurn
        One band for each judgement (`churn_by_horizon`); others than the two named are undecided.
    will, will_not : hashable
        The bands judged to make it, and not to.
    confidence_level : float

    Returns
    -------
    HitRates
        Chances and shares between 0 and 1.

    Raises
    ------
    ValueError
        If one of the two bands is missing, or nobody judged either way failed, or stayed.

    Notes
    -----
    Kaplan–Meier within each judgement; hit rates get log-log limits, shares logit ones and
    differences plain ones, all by the delta method over shares of customers and chances together
    (`csresearch.concentration.delta`). A judgement nobody of whom failed has an exact limit from
    the time they were followed. With nobody censored sensitivity and specificity are the plain
    shares of a two-by-two table.
    """
    yes, no = _places(churn, will, will_not)
    judged = np.isin(np.arange(len(churn.bands)), [yes, no])

    def base(w: np.ndarray, f: np.ndarray) -> np.ndarray:
        return (w * f).sum() / w.sum()

    def sensitivity(w: np.ndarray, f: np.ndarray) -> np.ndarray:
        return (w * f)[no] / (w * f)[judged].sum()

    def specificity(w: np.ndarray, f: np.ndarray) -> np.ndarray:
        return (w * (1 - f))[yes] / (w * (1 - f))[judged].sum()

    def read(functional: Functional, limits: Callable = logit_interval) -> Interval:
        return limits(*delta(functional, churn), confidence_level)

    return HitRates(
        failed_given_will_not=chance_to_fail(churn, no, confidence_level=confidence_level),
        stayed_given_will=_turned(chance_to_fail(churn, yes, confidence_level=confidence_level)),
        failed_at_all=read(base),
        stayed_at_all=_turned(read(base)),
        failed_above_base=read(lambda w, f: f[no] - base(w, f), wald_interval),
        stayed_above_base=read(lambda w, f: base(w, f) - f[yes], wald_interval),
        sensitivity=read(sensitivity),
        specificity=read(specificity),
        balanced_accuracy=read(lambda w, f: (sensitivity(w, f) + specificity(w, f)) / 2),
        undecided=float(churn.starters[~judged].sum() / churn.starters.sum()),
    )


def chance_to_fail(churn: BandChurn, place: int, *, confidence_level: float = 0.95) -> Interval:
    """What is one band's chance of having left by the horizon?

    Parameters
    ----------
    churn : BandChurn
    place : int
        Of the band.
    confidence_level : float

    Returns
    -------
    Interval
        Log-log limits. Where nobody left, the upper limit is what a steady rate over the time
        followed cannot rule out, or Clopper and Pearson's where all were followed to the end;
        where all left, None unless all were followed.
    """
    failed, n = float(churn.failed[place]), float(churn.customers[place])
    if 0 < failed < 1:
        error = float(np.sqrt(churn.var_failed[place]))
        return log_log_interval(failed, error, confidence_level)
    exposure = float(churn.exposure_days[place])
    if np.isnan(exposure) or churn.events[place] == n:
        return binomial_interval(round(failed * n), n, confidence_level=confidence_level)
    if failed == 1:
        return Interval(1.0, confidence_level=confidence_level)
    days = churn.horizon_days - churn.start_day
    rate = event_rate(0, exposure, confidence_level=confidence_level).ci_high
    return Interval(0.0, 0.0, float(-np.expm1(-rate * days)), None, confidence_level)


def _places(churn: BandChurn, will: Hashable, will_not: Hashable) -> tuple[int, int]:
    """Where the two judgements are, or an error."""
    if {will, will_not} - set(churn.bands) or will == will_not:
        raise ValueError(
            f"will and will_not must be two of {list(churn.bands)}, got {will!r} and {will_not!r}"
        )
    places = churn.bands.index(will), churn.bands.index(will_not)
    for chances, word in ((churn.failed, "failed"), (1 - churn.failed, "stayed")):
        if chances[list(places)].sum() <= 0:
            raise ValueError(f"nobody judged either way {word} by day {churn.horizon_days:g}")
    return places


def _turned(chance: Interval) -> Interval:
    """The chance of the opposite."""
    turned = (None if x is None else 1 - x for x in (chance.value, chance.ci_high, chance.ci_low))
    return Interval(*turned, chance.std_error, chance.confidence_level)
