"""What the success team spends: regular touches, programmes, and firefighting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from csresearch.simulate.world import FOREVER, MONTH_DAYS, Addition, Cast, World, stream_of

PROGRAMME_DAY, TROUBLE_DAY, HELP_DAY = "programme_day", "trouble_day", "help_day"


def effort_rows(cast: Cast, spent: tuple[np.ndarray, np.ndarray], **columns: Any) -> pd.DataFrame:
    """Rows of the table of efforts: who (positions in ``lifetimes``) and on which day of tenure."""
    row, day = spent
    order = np.lexsort((day, row))
    row, day = row[order], day[order]
    rows = {"customer_id": cast.ids(row), "spent_on": cast.dates(row, day)}
    empty = dict.fromkeys(("hours", "kind", "initiated_by", "programme"))
    return pd.DataFrame(rows | empty | columns)


def steady(
    numbers: np.random.Generator, since: np.ndarray, until: np.ndarray, per_month: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Events at a steady monthly rate after ``since`` and before ``until``: rows and whole days."""
    rows, days = [np.zeros(0, dtype=int)], [np.zeros(0)]
    row = np.flatnonzero((since < until) & (per_month > 0))
    day = since[row].astype(float)
    while len(row):
        gap = -np.log1p(-numbers.random(len(row))) * MONTH_DAYS / per_month[row]
        day = day + np.maximum(np.ceil(gap), 1.0)
        in_time = day < until[row]
        row, day = row[in_time], day[in_time]
        rows.append(row)
        days.append(day)
    return np.concatenate(rows), np.concatenate(days)


@dataclass(frozen=True)
class Touches(Addition):
    """Touches that change nothing: the team's regular ones, and those customers ask for.

    Parameters
    ----------
    team, demand : tuple of float
        Monthly touches by band, the world's order: by the team, and asked for by the customer.
    hours : float
        Of one touch.
    """

    team: tuple[float, ...] = (0.4, 0.4, 0.4)
    demand: tuple[float, ...] = (0.1, 0.2, 0.3)
    hours: float = 1.0

    def tables(self, cast: Cast) -> dict[str, pd.DataFrame]:
        """Team's and customers' touches."""
        band, until = cast.lifetimes["band"].to_numpy(), cast.lifetimes["active_until"].to_numpy()
        since = cast.lifetimes["entry_day"].to_numpy()
        rows = [
            effort_rows(
                cast,
                steady(stream_of(cast.seed, f"{who} touches"), since, until, np.array(rate)[band]),
                hours=self.hours,
                kind=kind,
                initiated_by=who,
            )
            for who, kind, rate in (
                ("team", "call", self.team),
                ("customer", "request", self.demand),
            )
        ]
        return {"efforts": pd.concat(rows, ignore_index=True)}

    def truth(self, world: World) -> list[tuple[str, str]]:
        """How much each band asks for."""
        asked = ", ".join(f"{b.name} {d:g}" for b, d in zip(world.bands, self.demand, strict=True))
        return [("touches a month that customers ask for, by band", asked)]


@dataclass(frozen=True)
class Programme(Addition):
    """A programme of the team, given by lot at the start or to everybody from a date on.

    Parameters
    ----------
    name : str
    share : float
        Chance to be in it; with ``rolled_out_on`` everybody is.
    effects : tuple of float
        By band: churn hazard without ÷ with the programme.
    touches : float
        A month, of two hours each, on top of the first.
    rolled_out_on : date, optional
        In the programme from this day or from the start, whichever is later.
    """

    name: str = "guided start"
    share: float = 0.5
    effects: tuple[float, ...] = (1.0, 1.0, 1.0)
    touches: float = 0.25
    rolled_out_on: date | None = None

    def prepare(self, world: World, drawn: pd.DataFrame, seed: int) -> None:
        """The day each customer enters the programme."""
        if self.rolled_out_on is not None:
            since = (self.rolled_out_on - world.first_start).days
            drawn[PROGRAMME_DAY] = np.maximum(since - drawn["start_day"].to_numpy(), 0.0)
        else:
            lot = stream_of(seed, "programme").random(len(drawn)) < self.share
            drawn[PROGRAMME_DAY] = np.where(lot, 0.0, FOREVER)

    def turns(
        self, world: World, drawn: pd.DataFrame, seed: int
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """What the programme does to leaving, by band."""
        return [(drawn[PROGRAMME_DAY].to_numpy(), np.array(self.effects)[drawn["band"]])]

    def tables(self, cast: Cast) -> dict[str, pd.DataFrame]:
        """The first touch on the day of entering, and further ones."""
        day = cast.lifetimes[PROGRAMME_DAY].to_numpy()
        until = cast.lifetimes["active_until"].to_numpy()
        joined = np.flatnonzero(day < until)
        more = steady(
            stream_of(cast.seed, "programme touches"),
            np.where(day < until, day, until),
            until,
            np.full(len(day), self.touches),
        )
        spent = tuple(
            np.concatenate(both) for both in zip((joined, day[joined]), more, strict=True)
        )
        about = {"hours": 2.0, "kind": "programme", "initiated_by": "team"}
        return {"efforts": effort_rows(cast, spent, programme=self.name, **about)}

    def truth(self, world: World) -> list[tuple[str, str]]:
        """The ratio within each band, and high against low."""
        ratios = [1 / effect for effect in self.effects]
        by_band = [f"{b.name} {r:.2f}" for b, r in zip(world.bands, ratios, strict=True)]
        return [
            ("churn rate with ÷ without the programme, by band", ", ".join(by_band)),
            ("that ratio, highest ÷ lowest band", f"{ratios[-1] / ratios[0]:.2f}"),
        ]


@dataclass(frozen=True)
class Firefighting(Addition):
    """Confounding by indication: the team helps who is in trouble, and helping works.

    Parameters
    ----------
    monthly : float
        Hazard of getting into trouble.
    worse : float
        Churn hazard in trouble ÷ before.
    helped : float
        Share of customers in trouble who are helped.
    after_days : int
        Days from trouble to help.
    benefit : float
        Churn hazard in trouble without ÷ with help.
    touches : float
        A month, of two hours each, while helped.
    loss : float
        Points that answers fall from the day trouble begins.
    """

    monthly: float = 0.08
    worse: float = 4.0
    helped: float = 0.9
    after_days: int = 15
    benefit: float = 3.0
    touches: float = 2.0
    loss: float = 2.5

    def prepare(self, world: World, drawn: pd.DataFrame, seed: int) -> None:
        """The day trouble begins and the day help comes."""
        waiting, lot = stream_of(seed, "trouble").random((2, len(drawn)))
        trouble = np.ceil(-np.log1p(-waiting) / self.monthly * MONTH_DAYS)
        drawn[TROUBLE_DAY] = trouble
        drawn[HELP_DAY] = np.where(lot < self.helped, trouble + self.after_days, FOREVER)

    def turns(self, world: World, drawn: pd.DataFrame, seed: int) -> list[tuple[np.ndarray, float]]:
        """Trouble raises the hazard, help lowers it again."""
        return [
            (drawn[TROUBLE_DAY].to_numpy(), 1 / self.worse),
            (drawn[HELP_DAY].to_numpy(), self.benefit),
        ]

    def score_points(
        self, world: World, lifetimes: pd.DataFrame, asked: pd.DataFrame
    ) -> np.ndarray:
        """Trouble shows in the answers."""
        since = lifetimes[TROUBLE_DAY].to_numpy()[asked["row"].to_numpy()]
        return np.where(asked["survey_day"].to_numpy() > since, -self.loss, 0.0)

    def tables(self, cast: Cast) -> dict[str, pd.DataFrame]:
        """Touches from the day help comes."""
        day = cast.lifetimes[HELP_DAY].to_numpy() - 1
        until = cast.lifetimes["active_until"].to_numpy()
        rate = np.full(len(day), self.touches)
        numbers = stream_of(cast.seed, "help")
        spent = steady(numbers, np.where(day < until, day, until), until, rate)
        about = {"hours": 2.0, "kind": "rescue", "initiated_by": "team"}
        return {"efforts": effort_rows(cast, spent, **about)}

    def truth(self, world: World) -> list[tuple[str, str]]:
        """What help does to those in trouble, whom alone it reaches."""
        return [
            ("churn rate in trouble ÷ before", f"{self.worse:g}"),
            ("churn rate in trouble with ÷ without help", f"{1 / self.benefit:.2f}"),
        ]
