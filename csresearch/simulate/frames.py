"""A drawn company as the tables a real one would hand over."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from csresearch.simulate.draw import draw_lifetimes, draw_results, draw_surveys, stream
from csresearch.simulate.world import Cast, World

INSTRUMENT = "nps"


@dataclass(frozen=True)
class Simulated:
    """The tables and the configuration of one simulated company.

    Parameters
    ----------
    customers, results, surveys : DataFrame
        Canonical columns; dates as datetime64, missing where not (yet) known.
    config : dict
        What company.yml says beside where the tables are.
    further : dict of str to DataFrame
        The tables the world's additions bring, such as behaviors and efforts.
    """

    customers: pd.DataFrame
    results: pd.DataFrame
    surveys: pd.DataFrame
    config: dict[str, Any]
    further: dict[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """All tables by name."""
        own = {name: getattr(self, name) for name in ("customers", "results", "surveys")}
        return own | self.further


def simulate(world: World, *, seed: int, n_customers: int | None = None) -> Simulated:
    """What would this company's tables hold?

    Parameters
    ----------
    world : World
    seed : int
        The same seed gives the same tables.
    n_customers : int, optional
        Customers who ever started; default: the world's. Left truncation hides some of them.
    """
    n = world.n_customers if n_customers is None else n_customers
    if n < 1:
        raise ValueError(f"n_customers must be at least 1, got {n}")
    lifetimes = draw_lifetimes(world, n, seed)
    width = max(4, len(str(n)))
    identity = "C" + lifetimes["number"].astype(str).str.zfill(width)
    reached = draw_results(world, lifetimes, seed)
    cast = Cast(world, lifetimes, reached, identity, seed)
    more = [addition.columns(cast) for addition in world.additions]
    return Simulated(
        _customers(world, lifetimes, identity, seed).assign(**ChainMap(*more)),
        _results(cast),
        _surveys(cast),
        company_config(world),
        _together([addition.tables(cast) for addition in world.additions]),
    )


def _together(tables: list[dict[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """The further tables by name; rows of one table may come from several additions."""
    names = dict.fromkeys(name for some in tables for name in some)
    rows = {name: [some[name] for some in tables if name in some] for name in names}
    return {
        name: frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
        for name, frames in rows.items()
    }


def company_config(world: World) -> dict[str, Any]:
    """What company.yml says beside where the tables are."""
    config = {
        "company": world.name,
        "observed_until": world.observed_until,
        "company_fields": {"kind": "simulated"},
        "maturity": {
            "order": [band.name for band in world.bands],
            "low": [band.name for band in world.bands if band.low],
        },
        "segments": ["plan"],
    }
    for addition in world.additions:
        config |= addition.config(world)
    return config


def _dates(world: World, lifetimes: pd.DataFrame, days: np.ndarray) -> pd.Series:
    """Days since each customer's start as dates; missing stays missing."""
    since = pd.Series(lifetimes["start_day"].to_numpy() + days)
    return pd.Timestamp(world.first_start) + pd.to_timedelta(since, unit="D")


def _names(names: list[str], positions: pd.Series) -> np.ndarray:
    return np.array(names, dtype=object)[positions.to_numpy()]


def _customers(
    world: World, lifetimes: pd.DataFrame, identity: pd.Series, seed: int
) -> pd.DataFrame:
    started = _dates(world, lifetimes, np.zeros(len(lifetimes)))
    band = _names([band.name for band in world.bands], lifetimes["band"])
    unknown = stream(seed, "maturity").random(len(lifetimes)) < world.maturity_missing
    customers = pd.DataFrame(
        {
            "customer_id": identity,
            "started_on": started,
            "ended_on": _dates(world, lifetimes, lifetimes["exit_day"].to_numpy()).where(
                lifetimes["churned"]
            ),
            "maturity": np.where(unknown, None, band),
            "maturity_on": started.where(~unknown),
            "plan": _names([plan.name for plan in world.plans], lifetimes["plan"]),
        }
    )
    if world.observed_from is not None:
        entry = _dates(world, lifetimes, lifetimes["entry_day"].to_numpy())
        customers["observed_from"] = entry.where(lifetimes["entry_day"] > 0)
    if world.notice_days > 0:
        notice = _dates(world, lifetimes, lifetimes["decision_day"].to_numpy())
        customers["notice_on"] = notice.where(notice <= pd.Timestamp(world.observed_until))
    if world.accounts_per_parent > 1:
        parent = (lifetimes["number"] - 1) // world.accounts_per_parent + 1
        customers["parent_id"] = "P" + parent.astype(str)
    return customers


def _results(cast: Cast) -> pd.DataFrame:
    reached = cast.results
    return pd.DataFrame(
        {
            "customer_id": cast.ids(reached["row"]),
            "reached_on": cast.dates(reached["row"], reached["result_day"].to_numpy()),
            "result": _names([kind for kind, _ in cast.world.result_kinds], reached["kind"]),
        }
    )


def _surveys(cast: Cast) -> pd.DataFrame:
    asked = draw_surveys(cast.world, cast.lifetimes, cast.seed)
    return pd.DataFrame(
        {
            "customer_id": cast.ids(asked["row"]),
            "surveyed_on": cast.dates(asked["row"], asked["survey_day"].to_numpy()),
            "score": asked["score"].astype("Int64"),
            "instrument": INSTRUMENT,
        }
    )
