"""Two pictures of what a claim takes: power against customers, precision against months."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from csresearch.findings.labels import value_text
from csresearch.findings.strip import round_values
from csresearch.page.curves import Axis, Chart, Curve
from csresearch.planning.conditions import REACH_95
from csresearch.sample_size.needs import DEPARTURES
from csresearch.sample_size.plan import ClaimPlan, Plan
from csresearch.sample_size.words import power_text

_POINTS = 61
_SHARES = tuple((share / 100, f"{share} %") for share in (0, 25, 50, 75, 100))
_MOST_MONTHS = 120.0
_REACHES = (1, 1.01, 1.02, 1.03, 1.05, 1.07, 1.1, 1.15, 1.2, 1.3, 1.4, 1.5, 1.7, 2, 2.5, 3, 4, 5, 7,
            10, 20, 30, 50, 100, 1000)  # fmt: skip


def power_chart(one: ClaimPlan, plan: Plan) -> Chart | None:
    """The chance of the right verdict, by customers; None without a number."""
    needs = one.needs
    if needs.truth is None or needs.truth.question is None or needs.why_not:
        return None
    reached = [needed for p in plan.powers if (needed := one.needed(p)).times is not None]
    n = max(one.pace.customers, 1)
    ends = [1.0, *(needed.times for needed in reached)]
    low, high = n * min(ends) / 3, n * max(ends) * 3
    customers = np.geomspace(low, high, _POINTS)
    curves = [Curve("true", f"“{needs.truth.verdict}” if it is true",
                    _known((x, needs.power(x / n)) for x in customers))]  # fmt: skip
    if needs.false is not None:
        known = _known(
            (x, None if needs.power(x / n) is None else needs.false.power(x / n)) for x in customers
        )
        name = f"“{needs.false.verdict}” if it is false"
        curves.append(Curve("false", name, known, dashed=True))
    return Chart(
        _customers_axis(low, high),
        Axis(0.0, 1.0, "chance", _SHARES),
        tuple(curves),
        tuple((power, "") for power in plan.powers),
        (n, f"now {n:,}"),
        tuple((needed.customers, needs.power(needed.times)) for needed in reached),
        f"chance now {power_text(needs.power(1.0))}",
    )


def precision_chart(one: ClaimPlan, plan: Plan) -> Chart | None:
    """The reach of the 95 % interval, by months from now; None without a standard error."""
    needs = one.needs
    if not needs.std_error:
        return None
    needed = one.needed(plan.powers[-1])
    longest = _longest(needed.months, plan.months)
    months = np.linspace(0.0, longest, _POINTS)
    curves = [Curve("with", "with new customers as now", _reaches(one, months, newcomers=True))]
    if needs.clock == DEPARTURES:
        alone = _reaches(one, months, newcomers=False)
        if alone[-1][1] > 1.01 * curves[0].points[-1][1]:
            curves.append(Curve("without", "present customers only", alone, dashed=True))
    wanted = ()
    if needed.times is not None:
        aim = reach_of(needs.std_error / math.sqrt(needed.times), needs.scale)
        wanted = ((aim, f"needed: {reach_text(aim, needs.scale)}"),)
    heights = [y for curve in curves for _, y in curve.points] + [level for level, _ in wanted]
    return Chart(
        Axis(0.0, longest, "months from now", _months(longest)),
        _reach_axis(heights, needs.scale),
        tuple(curves),
        wanted,
        None,
        (),
        f"reach of the interval now {reach_text(curves[0].points[0][1], needs.scale)}",
    )


def _known(points: Iterable[tuple[float, float | None]]) -> tuple[tuple[float, float], ...]:
    """Those points whose height is known."""
    return tuple((x, y) for x, y in points if y is not None)


def reach_of(std_error: float, scale: str) -> float:
    """How far a 95 % interval reaches on either side: a factor for ratios, else a difference."""
    reach = REACH_95 * std_error
    return math.exp(min(reach, 50.0)) if scale == "ratio" else reach


def reach_text(reach: float, scale: str) -> str:
    """The reach in words: "× or ÷ 1.50", "± 9 points"."""
    if scale == "ratio":
        return f"× or ÷ {value_text(reach, 'ratio', exact=True)}" if reach < 1e4 else "any factor"
    shown = {"share": "points", "probability": "points"}.get(scale, scale)
    return f"± {value_text(reach, shown, exact=True)}"


def _reaches(one: ClaimPlan, months: np.ndarray, *, newcomers: bool) -> tuple:
    """The reach after each month."""
    times = one.pace.times_after(months, one.needs.clock, newcomers=newcomers)
    errors = one.needs.std_error / np.sqrt(times)
    return tuple(
        (month, reach_of(error, one.needs.scale))
        for month, error in zip(months.tolist(), errors.tolist(), strict=True)
    )


def _longest(needed: float | None, ahead: float) -> float:
    """How many months the picture shows."""
    wanted = max(24.0, ahead, 1.2 * (needed or 0.0))
    return float(math.ceil(min(wanted, max(_MOST_MONTHS, ahead)) / 12) * 12)


def _months(longest: float) -> tuple[tuple[float, str], ...]:
    """Ticks at whole years or half ones."""
    step = next(s for s in (6, 12, 24, 60, 120, 240) if longest / s <= 6 or s == 240)
    return tuple((month, f"{month:g}") for month in np.arange(0, longest + 1, step).tolist())


def _customers_axis(low: float, high: float) -> Axis:
    """Customers on a log axis, the powers of ten first among its ticks."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    values = [step * 10.0**decade for step in (1, 3, 2, 5) for decade in decades]
    ticks = tuple((v, _short(v)) for v in values if low <= v <= high and v >= 1)
    return Axis(low, high, "customers, at the present mix and rates", ticks, log=True).thinned(0.14)


def _short(value: float) -> str:
    """A count, millions shortened."""
    return f"{value / 1e6:,g} mn" if value >= 1e6 else f"{value:,.0f}"


def _reach_axis(heights: list[float], scale: str) -> Axis:
    """From no reach at all to the widest interval."""
    most = max(heights)
    if scale == "ratio":
        high = min(1 + 1.08 * (most - 1), 1e4)
        ticks = tuple((v, f"×÷{v:g}") for v in _REACHES if v <= high)
        return Axis(1.0, high, "", ticks, log=True).thinned(0.1)
    ticks = round_values((0.0, most * 1.08), "points" if scale != "correlation" else scale, 5)
    shown = {"share": "points", "probability": "points"}.get(scale, scale)
    words = ((v, "± " + _bare(v, shown)) for v in ticks)
    return Axis(0.0, most * 1.08, "", tuple(words))


def _bare(value: float, scale: str) -> str:
    """A tick without its unit."""
    return f"{100 * value if scale == 'points' else value:g}"
