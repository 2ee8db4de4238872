"""How many departures would have been enough to decide."""

from __future__ import annotations

import math
from statistics import NormalDist

from csresearch.findings import Estimate
from csresearch.verdicts.judgement import has_interval, turned


def enough_events(estimate: Estimate, n_events: int, *, power: float = 0.8) -> int | None:
    """Say how many departures would have decided an effect, had they looked like these.

    The standard error falls with the square root of the events. An interval narrower than the way
    from the null to the smallest effect that counts always decides; one that keeps the null out
    with the given power does so sooner where the estimate is far from it. The fewer of the two,
    rounded up to two digits; None where there is no standard error.
    """
    if not has_interval(estimate) or not estimate.std_error or not n_events:
        return None
    turn, normal = turned(estimate.scale, 1), NormalDist()
    reach = normal.inv_cdf(0.5 + estimate.confidence_level / 2)
    always = abs(turn(estimate.smallest_effect) - turn(estimate.null)) / (2 * reach)
    likely = abs(turn(estimate.value) - turn(estimate.null)) / (reach + normal.inv_cdf(power))
    return round_up(n_events * (estimate.std_error / max(always, likely)) ** 2)


def enough_events_for_zero(
    estimate: Estimate, n_events: int, margin: tuple[float, float], *, power: float = 0.8
) -> int | None:
    """Say how many departures would show a measure to be practically zero, were it exactly zero."""
    if not estimate.std_error or not n_events:
        return None
    turn, normal = turned(estimate.scale, 1), NormalDist()
    width = min(abs(turn(bound) - turn(estimate.null)) for bound in margin)
    wanted = width / (normal.inv_cdf(0.95) + normal.inv_cdf(0.5 + power / 2))
    return round_up(n_events * (estimate.std_error / wanted) ** 2)


def round_up(count: float) -> int:
    """Round a count up to two digits.

    Examples
    --------
    >>> round_up(843.2), round_up(7.1)
    (850, 8)
    """
    step = 10 ** max(0, math.floor(math.log10(max(count, 1))) - 1)
    return math.ceil(count / step) * step
