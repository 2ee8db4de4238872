"""Is a behaviour needed for a first result? Chances while it is not adopted, and after."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from csresearch.events import EventTable
from csresearch.survival.incidence import incidence_by
from csresearch.survival.intervals import Interval
from csresearch.survival.rates import event_rate, split_exposure

MIN_AT_RISK = 10


@dataclass(frozen=True, eq=False)
class AdoptionChances:
    """Chances of a first result by the horizon, by whether a behaviour is adopted.

    Parameters
    ----------
    unadopted : Interval
        From the start, while still unadopted: adopting censors.
    adopters : Interval
        Of those who are adopters on ``starts_on`` or join them later, from that day on.
    unadopted_then : Interval
        The unadopted from ``starts_on`` on, to compare with the adopters.
    ratio : Interval
        ``unadopted_then`` ÷ ``adopters``.
    overall : Interval
        All customers from the start, adopted or not.
    starts_on : float or None
        First day after which enough adopters are waiting for a first result; None if there is
        none, and then there are no adopters' numbers.
    at_risk_at_end : dict
        Still waiting at the horizon, by ``unadopted`` and ``adopters``.
    horizon_days : float
    """

    unadopted: Interval
    adopters: Interval
    unadopted_then: Interval
    ratio: Interval
    overall: Interval
    starts_on: float | None
    at_risk_at_end: dict[str, float]
    horizon_days: float


def chances_by_adoption(
    table: EventTable,
    adopted: str,
    *,
    states: tuple[Hashable, Hashable],
    horizon_days: float,
    cause: str | None = None,
    result: Hashable = None,
    min_at_risk: float = MIN_AT_RISK,
    confidence_level: float = 0.95,
) -> AdoptionChances:
    """What is the chance of a first result while a behaviour is unadopted, and once it is adopted?

    Parameters
    ----------
    table : EventTable
        Customers waiting for their first result, on days of tenure. What is observed is the first
        result; adopting moves a customer from one state to the other.
    adopted : str
        Column of ``table.by`` with the two states.
    states : (hashable, hashable)
        Unadopted, adopted.
    horizon_days : float
    cause : str, optional
        Column that names what an interval ends with, if leaving without a result is observed too:
        it then competes, and chances are those of real customers. Without it leaving censors, and
        chances are those of customers who would wait.
    result : hashable
        The first result's level of ``cause``.
    min_at_risk : float
        Adopters at risk from which their curve starts.
    confidence_level : float

    Returns
    -------
    AdoptionChances
        Numbers are None where nobody is followed to the horizon.

    Raises
    ------
    ValueError
        If there are other states, or the result is not named.

    Notes
    -----
    Aalen–Johansen, or Kaplan–Meier without ``cause``, of each state with delayed entry, as R's
    ``survfit(Surv(start, stop, event) ~ state)`` (tests/oracles/adoption.json); the adopters' is
    Simon and Makuch's curve. Who adopts late has waited without a result until then, so "ever
    adopted" would share that time out wrongly (immortal time). With no result at all the upper
    limit is that of a steady rate over the time lived. The ratio's limits are recovered from those
    of the two chances on the log scale (Zou and Donner's MOVER), which are independent; from
    quotients of limits where the unadopted had none.
    """
    other = set(table.counts[adopted]) - set(states)
    if other or (cause is None) != (result is None):
        raise ValueError(
            f"{adopted!r} must have the states {list(states)}, and cause and result come together; "
            f"got {sorted(map(str, other))}, cause {cause!r}, result {result!r}"
        )
    curves = _Curves(cause, result, horizon_days=horizon_days, level=confidence_level)
    start = _supported(table.where(**{adopted: states[1]}), min_at_risk, horizon_days)
    unadopted, adopters = (table.where(**{adopted: state}) for state in states)
    none = Interval(None, confidence_level=confidence_level)
    after = none if start is None else curves.chance(adopters, start)
    before = none if start is None else curves.chance(unadopted, start)
    return AdoptionChances(
        unadopted=curves.chance(unadopted, 0.0),
        adopters=after,
        unadopted_then=before,
        ratio=_ratio(before, after),
        overall=curves.chance(table, 0.0),
        starts_on=start,
        at_risk_at_end={
            "unadopted": _at_risk_after(unadopted, horizon_days),
            "adopters": _at_risk_after(adopters, horizon_days),
        },
        horizon_days=float(horizon_days),
    )


@dataclass(frozen=True)
class _Curves:
    """How the chance of a result by the horizon is read off a table."""

    cause: str | None
    result: Hashable
    horizon_days: float
    level: float

    def chance(self, table: EventTable, start: float) -> Interval:
        """The chance of a result between a day and the horizon."""
        of = (self.cause, self.result) if self.cause else None
        level = {"confidence_level": self.level}
        found = incidence_by(table, self.horizon_days, of=of, starts_on=start, **level)
        return found if found.value != 0.0 else self._none(table, start)

    def _none(self, table: EventTable, start: float) -> Interval:
        """No result: 0, up to what a steady rate over the time lived cannot rule out."""
        frame = split_exposure(table.total(), [x for x in (start, self.horizon_days) if x > 0])
        inside = (frame["after_day"] >= start) & (frame["up_to_day"] <= self.horizon_days)
        lived = float(frame.loc[inside, "exposure"].sum()) if len(frame) else 0.0
        rows = table.total().at_risk()
        followed = (rows.loc[rows["at_risk"] > 0, "day"] >= self.horizon_days).any()
        if lived <= 0 or not followed:
            return Interval(None, confidence_level=self.level)
        rate = event_rate(0, lived, confidence_level=self.level).ci_high
        high = -np.expm1(-rate * (self.horizon_days - start))
        return Interval(0.0, 0.0, float(high), None, self.level)


def _supported(adopters: EventTable, min_at_risk: float, horizon: float) -> float | None:
    """First day before the horizon after which enough adopters are at risk."""
    rows = adopters.total().at_risk()
    after = rows["at_risk"] + rows["entrance"] - rows["removed"]
    days = rows.loc[(after >= min_at_risk) & (rows["day"] < horizon), "day"]
    return float(days.iloc[0]) if len(days) else None


def _at_risk_after(table: EventTable, day: float) -> float:
    """How many are at risk just after a day."""
    counts = table.counts[table.counts["day"] <= day]
    ends = counts[["observed", "censored", "moved"]].to_numpy().sum()
    return float(counts["entrance"].sum() - ends)


def _ratio(unadopted: Interval, adopters: Interval) -> Interval:
    """The quotient of two independent chances."""
    level = adopters.confidence_level
    if unadopted.value is None or not adopters.value:
        return Interval(None, confidence_level=level)
    value = unadopted.value / adopters.value
    if value == 0:
        high = unadopted.ci_high / adopters.ci_low if adopters.ci_low else None
        return Interval(0.0, 0.0, high, None, level)
    if None in (unadopted.ci_low, unadopted.ci_high, adopters.ci_low, adopters.ci_high):
        return Interval(value, confidence_level=level)
    with np.errstate(divide="ignore"):  # a limit may be 0
        logs = np.log([[one.ci_low, one.value, one.ci_high] for one in (unadopted, adopters)])
    (down, up), (low, high) = np.diff(logs, axis=1)
    error = np.hypot(unadopted.std_error / unadopted.value, adopters.std_error / adopters.value)
    ends = value * np.exp([-np.hypot(down, high), np.hypot(up, low)])
    return Interval(value, *map(float, ends), float(error), level)
