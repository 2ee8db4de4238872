"""Behaviours customers adopt, needed for a first result or not, beside plain product usage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from csresearch.simulate.world import FOREVER, MONTH_DAYS, Addition, Cast, World, stream_of

ADOPTED = "adopts "  # columns of the first days of each behaviour
INTENSITY = "usage intensity"


@dataclass(frozen=True)
class Habit:
    """A behaviour: how soon it is adopted, by how many, and who needs it.

    Parameters
    ----------
    name : str
    per_month : float
        Monthly rate of adopting among those who ever would.
    ever : float
        Share of customers who ever would.
    needed : float
        Share of customers who get no first result before adopting it; 0: it does nothing.
    by_band : tuple of float
        Factors on the rate, a band each; empty: the same for all.
    """

    name: str
    per_month: float = 0.4
    ever: float = 1.0
    needed: float = 0.0
    by_band: tuple[float, ...] = ()


@dataclass(frozen=True)
class Behaviors(Addition):
    """Behaviours and usage. They gate or follow results and have no hand in churn.

    Parameters
    ----------
    habits : tuple of Habit
    usage_days : tuple of int
        Days of tenure on which usage since the last of them is recorded; empty: none is.
    usage_ratio : float
        Factor on the rate of first results per standard deviation of usage. 1: nothing.
    """

    habits: tuple[Habit, ...] = (
        Habit("training", 0.8, ever=0.85, needed=0.97),
        Habit("data connected", 1.0, ever=0.85, needed=0.95),
        Habit("champion named", 0.4),
        Habit("review held", 0.2),
    )
    usage_days: tuple[int, ...] = (30, 90)
    usage_ratio: float = 1.0

    def prepare(self, world: World, drawn: pd.DataFrame, seed: int) -> None:
        """Draw the first day of each behaviour; results wait for those that are needed."""
        for habit in self.habits:
            days = _adoption(habit, drawn, seed)
            drawn[ADOPTED + habit.name] = days
            needs = stream_of(seed, f"needs {habit.name}").random(len(drawn)) < habit.needed
            wait = np.where(needs, days, 0.0)
            drawn["result_from"] = np.maximum(drawn["result_from"].to_numpy(), wait)
        drawn[INTENSITY] = ndtri(stream_of(seed, "usage").random(len(drawn)))
        drawn["result_factor"] *= self.usage_ratio ** drawn[INTENSITY].to_numpy()

    def tables(self, cast: Cast) -> dict[str, pd.DataFrame]:
        """The behaviors table: the first time of each behaviour, and usage on its days."""
        until = cast.lifetimes["active_until"].to_numpy()
        parts = []
        for habit in self.habits:
            day = cast.lifetimes[ADOPTED + habit.name].to_numpy()
            rows = np.flatnonzero(day < until)
            parts.append(_rows(cast, rows, day[rows], habit.name))
        last = 0
        for day in self.usage_days:
            rows = np.flatnonzero(day < until)
            amount = (day - last) / 3 * np.exp(0.6 * cast.lifetimes[INTENSITY].to_numpy()[rows])
            part = _rows(cast, rows, np.full(len(rows), float(day)), "usage")
            parts.append(part.assign(quantity=np.rint(amount).astype("int64")))
            last = day
        table = pd.concat(parts, ignore_index=True)
        table["quantity"] = table["quantity"].astype("Int64")
        order = ["customer_id", "done_on", "behavior"]
        return {"behaviors": table.sort_values(order, ignore_index=True)}

    def truth(self, world: World) -> list[tuple[str, str]]:
        """Who needs what."""
        return [
            (f"share of customers who get no first result before '{habit.name}'", f"{share:.0%}")
            for habit in self.habits
            for share in [habit.needed]
        ]


def _adoption(habit: Habit, drawn: pd.DataFrame, seed: int) -> np.ndarray:
    """The first day of a behaviour, were nobody ever to leave."""
    uniform, would = stream_of(seed, f"adopts {habit.name}").random((2, len(drawn)))
    factors = np.array(habit.by_band or (1.0,))
    factor = factors[drawn["band"].to_numpy()] if habit.by_band else 1.0
    day = np.ceil(-np.log1p(-uniform) * MONTH_DAYS / (habit.per_month * factor))
    return np.where(would < habit.ever, np.maximum(day, 1.0), FOREVER)


def _rows(cast: Cast, rows: np.ndarray, days: np.ndarray, name: str) -> pd.DataFrame:
    """One behaviour's rows."""
    columns: dict[str, Any] = {
        "customer_id": cast.ids(rows),
        "done_on": cast.dates(rows, days),
        "behavior": name,
        "quantity": pd.NA,
    }
    return pd.DataFrame(columns)
