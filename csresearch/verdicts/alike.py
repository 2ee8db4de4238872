"""The verdict on a claim that an effect is the same in every segment.

The rows, in the order in which they are asked:

1. *reproduced*: every segment's predicted effect is surely beyond the smallest that counts, and the
   effects spread no more than is called the same;
2. *opposite*: the prediction interval lies wholly beyond no effect on the other side, the average
   past the smallest effect mirrored;
3. *not reproduced*: a segment's own interval lies wholly short of the smallest effect that counts;
   or the prediction interval crosses no effect and the segments differ by more than chance;
4. *same direction, size unclear*: the prediction interval lies wholly beyond no effect;
5. *inconclusive*: anything else. A prediction interval that is only too wide decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from csresearch.findings.labels import value_text
from csresearch.verdicts.judgement import Judgement

CHANCE = 0.05  # a p-value of Cochran's test below it is more than chance


@dataclass(frozen=True)
class SegmentEffect:
    """A ratio in one segment: its own interval, and the one predicted from all segments."""

    name: str
    own: tuple[float, float]
    predicted: tuple[float, float]


@dataclass(frozen=True)
class Spread:
    """How one ratio varies between segments.

    Parameters
    ----------
    segments : sequence of SegmentEffect
    mean : float
        The average ratio.
    prediction : (float, float) or None
        Interval of the next segment's ratio; None with fewer than three segments.
    tau : float
        Standard deviation of the true logs.
    q_p_value : float
        Of Cochran's test that all ratios are equal.
    """

    segments: Sequence[SegmentEffect]
    mean: float
    prediction: tuple[float, float] | None
    tau: float
    q_p_value: float


def judge_alike(spread: Spread, *, smallest: float, most_tau: float) -> Judgement:
    """Say whether a ratio counts as the same in every segment.

    Parameters
    ----------
    spread : Spread
    smallest : float
        The smallest ratio above 1 that counts.
    most_tau : float
        The widest spread that is called the same.

    Returns
    -------
    Judgement
        Exactly one verdict and the rule that fired.
    """
    least, tau = value_text(smallest, "ratio", exact=True), f"tau {spread.tau:.2f}"
    nearest = min(spread.segments, key=lambda one: one.predicted[0])
    if nearest.predicted[0] > smallest and spread.tau <= most_tau:
        rule = (
            f"every segment's predicted ratio is surely past {least}, the nearest "
            f"({nearest.name}) from {value_text(nearest.predicted[0], 'ratio', exact=True)}, and "
            f"{tau} is at most {most_tau:g}"
        )
        return Judgement("reproduced", rule)
    against = _against(spread, smallest)
    if against is not None:
        return against
    if spread.prediction is None:
        rule = f"two segments give no prediction interval; {tau}, and {_nearest(nearest, least)}"
        return Judgement("inconclusive", rule)
    if spread.prediction[0] > 1:
        why = f"{tau} is more than {most_tau:g}"
        why = why if spread.tau > most_tau else _nearest(nearest, least)
        rule = f"the {_words(spread.prediction)} is beyond 1, but {why}"
        return Judgement("same direction, size unclear", rule)
    rule = f"the {_words(spread.prediction)} holds 1, but segments differ no more than by chance"
    return Judgement("inconclusive", rule)


def _against(spread: Spread, smallest: float) -> Judgement | None:
    """Opposite or not reproduced, whichever fits first."""
    least, prediction = value_text(smallest, "ratio", exact=True), spread.prediction
    if prediction is not None and prediction[1] < 1 and spread.mean < 1 / smallest:
        rule = f"the {_words(prediction)} is beyond 1 on the other side"
        return Judgement("opposite", rule)
    short = min(spread.segments, key=lambda one: one.own[1])
    if short.own[1] < smallest:
        ends = " to ".join(value_text(end, "ratio", exact=True) for end in short.own)
        rule = f"in one segment ({short.name}) the 95 % interval {ends} is wholly short of {least}"
        return Judgement("not reproduced", rule)
    if prediction is not None and prediction[0] <= 1 and spread.q_p_value < CHANCE:
        rule = f"the {_words(prediction)} crosses 1, and the segments differ by more than chance"
        return Judgement("not reproduced", rule)
    return None


def _nearest(nearest: SegmentEffect, least: str) -> str:
    """Why a segment keeps the claim from being reproduced."""
    low = value_text(nearest.predicted[0], "ratio", exact=True)
    return f"the predicted ratio of {nearest.name} starts at {low}, where {least} counts"


def _words(prediction: tuple[float, float]) -> str:
    """The prediction interval in words."""
    ends = " to ".join(value_text(end, "ratio", exact=True) for end in prediction)
    return f"prediction interval {ends} of another segment's ratio"
