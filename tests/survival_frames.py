"""Frames, event tables and oracle numbers that the survival tests share."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from lifelines.datasets import load_lung, load_stanford_heart_transplants

from csresearch.events import EventTable
from csresearch.risk_sets import RiskSets

ORACLES = Path(__file__).parent / "oracles"


def oracle(name):
    return json.loads((ORACLES / f"{name}.json").read_text(encoding="utf-8"))


def heart():
    """Stanford heart transplants, start–stop rows."""
    return load_stanford_heart_transplants()


def heart_after(day):
    """Only what happened after a day: left truncation."""
    rows = heart()
    rows = rows[rows["stop"] > day]
    return rows.assign(start=np.maximum(rows["start"], day))


def patients():
    """The same, one row per patient: start, stop, event, first day of the transplant."""
    rows = heart()
    one = rows.groupby("id").agg(stop=("stop", "max"), event=("event", "max"))
    given = rows[rows["transplant"] == 1].groupby("id")["start"].min()
    return one.assign(start=0.0, transplant_day=given.reindex(one.index))


def heart_table(rows=None, by=("transplant",)):
    rows = heart() if rows is None else rows
    return EventTable.from_episodes(rows, start="start", stop="stop", event="event", by=list(by))


def lung(columns=("age", "sex", "ph.ecog")):
    """Lung cancer, complete in these columns."""
    return load_lung().dropna(subset=list(columns)).assign(start=0.0)


def lung_table(rows, by=("sex",), stop="time"):
    return EventTable.from_episodes(rows, start="start", stop=stop, event="status", by=list(by))


def joined(rows, columns, name="who"):
    """One column of tuples: several covariates as one level."""
    return rows.assign(**{name: list(zip(*(rows[column] for column in columns), strict=True))})


def sets(at_risk, observed, levels=None, day=None, stratum=None):
    """Risk sets written out by hand."""
    at_risk, observed = np.array(at_risk, float), np.array(observed, float)
    if levels is None:
        levels = tuple(range(at_risk.shape[1]))
    day = np.arange(1.0, len(at_risk) + 1) if day is None else np.array(day, float)
    stratum = np.zeros(len(at_risk), int) if stratum is None else np.array(stratum)
    return RiskSets(tuple(levels), stratum, day, at_risk, observed)


def random_episodes(seed, n=150, last_day=40, effect=-0.7):
    """Start–stop rows with a state that changes once, delayed entry, strata and many ties."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(n):
        stratum = int(rng.integers(2))
        entry = float(rng.integers(0, 6)) if rng.random() < 0.3 else 0.0
        change = entry + float(rng.integers(1, 25))
        day, state = entry, 0
        while True:
            day += 1.0
            event = rng.random() < 0.05 * (1 + stratum) * np.exp(effect * state)
            over = event or day >= last_day or rng.random() < 0.02
            if over or day == change:
                rows.append((customer, stratum, state, entry, day, bool(event)))
                entry = day
                state = 1 if day >= change else state
            if over:
                break
    columns = ["customer", "stratum", "state", "start", "stop", "event"]
    return pd.DataFrame(rows, columns=columns)


def assert_interval(interval, value, low, high, rel=1e-8):
    """Value and limits agree to ``rel``."""
    np.testing.assert_allclose(
        [interval.value, interval.ci_low, interval.ci_high], [value, low, high], rtol=rel
    )
