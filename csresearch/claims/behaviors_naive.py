"""C7's tempting number: who ever adopted against who never did, and what no effect would show."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from csresearch.claims.behaviors_steps import Adoption, habits
from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate
from csresearch.history import STATES
from csresearch.states import read_each

HAD = "had_first_result"


@dataclass(frozen=True)
class Plain:
    """Shares with a first result among customers who never and who ever adopted a behaviour.

    Parameters
    ----------
    never, ever : Estimate
        As a plain comparison sees them.
    never_no_effect, ever_no_effect : Estimate
        What it would see if adopting had nothing to do with results.
    """

    never: Estimate
    ever: Estimate
    never_no_effect: Estimate
    ever_no_effect: Estimate


def ever_tables(adoption: Adoption) -> dict[str, EventTable]:
    """For each behaviour, all customers to the end of their time, by whether they had a result."""
    lives = adoption.company.lifetimes(surveys=False)
    had = (lives.result_day < lives.exit_day).fill_null(False)
    own = dict.fromkeys(("customer_id", "exit_day", "churned", *adoption.strata))
    had = had.ifelse(STATES[1], STATES[0])
    lives = lives.select(*own, entry_day=ibis.literal(0.0), **{HAD: had})
    names = habits(len(adoption.kinds))
    table = read_each(adoption.joined(lives), names, [HAD], known={HAD: STATES})
    return {k: table.where(kind=h) for k, h in zip(adoption.kinds, names, strict=True)}


def plain_shares(table: EventTable, kind: str) -> Plain:
    """The plain comparison of one behaviour, beside what no effect would show.

    Parameters
    ----------
    table : EventTable
        By ``had_first_result`` and ``state``, from day 0 to the end of each customer's time.
    kind : str

    Notes
    -----
    Were adopting unrelated to results, a customer followed for T days would have adopted with
    the chance F(T) that adoption by tenure gives (Kaplan and Meier), whatever became of the
    customer. Who stays longer adopts more often and has had more time for a result: the two
    shares differ without any effect (immortal time).
    """
    table = table.total([HAD, "state"])
    counts = table.counts.assign(n=table.counts["observed"] + table.counts["censored"])
    ends = counts[counts["n"] > 0]
    had = (ends[HAD] == STATES[1]).to_numpy(float)
    n, with_it = ends["n"].to_numpy(float), (ends["state"] == STATES[1]).to_numpy(float)
    chance = _adopted_before(table, ends["day"].to_numpy(float))
    names = (f"share with a result, never {kind}", f"share with a result, ever {kind}")
    found = [
        _share(name, had, n * weight, role)
        for role, weights in (("naive", with_it), ("no_effect", chance))
        for name, weight in zip(names, (1 - weights, weights), strict=True)
    ]
    return Plain(*found)


def _share(name: str, had: np.ndarray, weight: np.ndarray, role: str) -> Estimate:
    """The share with a result among so many customers; no value without any."""
    total = weight.sum()
    value = float(had @ weight / total) if total > 0.5 else None
    return Estimate(name, value, scale="probability", role=role)


def _adopted_before(table: EventTable, days: np.ndarray) -> np.ndarray:
    """The chance of having adopted before each day, from adoption by tenure of those followed."""
    rows = table.total(["state"]).where(state=STATES[0]).at_risk()
    day, at_risk, moved = (rows[c].to_numpy(float) for c in ("day", "at_risk", "moved"))
    everybody = float(table.counts.loc[table.counts["day"] == 0, "entrance"].sum())
    without = float(rows.loc[rows["day"] == 0, "entrance"].sum())
    stay = 1 - np.divide(moved, at_risk, out=np.zeros_like(moved), where=at_risk > 0)
    still = (without / everybody if everybody else 1.0) * np.append(1.0, np.cumprod(stay))
    return 1 - still[np.searchsorted(day, days, side="left")]


def naive_table(plain: dict[str, Plain]) -> pd.DataFrame:
    """The plain comparisons of all behaviours, beside what no effect would show.

    Returns
    -------
    DataFrame
        Columns ``label, share_never, share_ever, share_never_no_effect, share_ever_no_effect``.
    """
    names = ("never", "ever", "never_no_effect", "ever_no_effect")
    rows = [
        {"label": kind} | {f"share_{name}": getattr(one, name).value for name in names}
        for kind, one in plain.items()
    ]
    return pd.DataFrame(rows, columns=["label", *(f"share_{name}" for name in names)])
