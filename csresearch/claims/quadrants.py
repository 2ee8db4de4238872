"""Happy or not, with results or without: the states C4 and C14 count time and churn in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from csresearch.claims.happy import Cut, score_level
from csresearch.claims.histories import LIFE, known_levels
from csresearch.company import Company
from csresearch.events import EventTable
from csresearch.history import MIN_LEVEL_EVENTS, OTHER
from csresearch.resampling import GROUP, with_groups
from csresearch.states import read_paths

RESULT, LEVEL, STATE = "result_day", "level", "state"
NOT_ASKED = "no answer yet"
BANDS = ("far below the cut", "just below the cut", "just above the cut", "far above the cut")
SHIFTS = (-1, 0, 1)  # steps the cut may be moved by; 0 is the primary one
FAILING, SUCCEEDING = "no results", "results"
HAPPY_FAILING, UNHAPPY_SUCCEEDING = "happy, no results", "unhappy, results"
QUADRANTS = ("happy, results", HAPPY_FAILING, UNHAPPY_SUCCEEDING, "unhappy, no results")
STATES = (*QUADRANTS, f"{NOT_ASKED}, results", f"{NOT_ASKED}, no results")
CONFLICT = (HAPPY_FAILING, UNHAPPY_SUCCEEDING)


def read_scores_and_results(
    company: Company,
    cuts: Mapping[str, Cut],
    by: Sequence[str] = (),
    *,
    hex_digits: int = 0,
    lag_days: float = 0.0,
    weight: str | None = None,
) -> EventTable:
    """Count customers by the band of their last answer and whether they had a result: one scan.

    Parameters
    ----------
    company : Company
    cuts : mapping of str to Cut
    by : sequence of str
        Strata.
    hex_digits : int
        Count by hashed groups of customers too, parents together: 1 for 16 groups, 2 for 256.
    lag_days : float
        How old an answer or a result must be before it counts.
    weight : str, optional
        Column of customers that is summed instead of counting them; who has none is left out.

    Returns
    -------
    EventTable
        Over ``(*by, "result_day", "level")``, with ``cluster_group`` before them where asked for.
        Who has not answered (asked or not) is at a level of its own.
    """
    own = (*LIFE, "parent_id") if hex_digits else LIFE
    own = own if weight is None else (*own, weight)
    lives = company.lifetimes(surveys=False).select(*dict.fromkeys((*own, RESULT, *by)))
    if weight is not None:
        lives = lives.filter(lives[weight] > 0)
    if hex_digits:
        lives = with_groups(lives)
        lives = lives.mutate(**{GROUP: lives[GROUP].substr(0, hex_digits)})
    surveys = company.surveys.filter(company.surveys["score"].notnull())
    level = score_level(surveys, cuts, BANDS, SHIFTS)
    said = surveys.select("customer_id", day="survey_day", level=level)
    cells = (*by, GROUP) if hex_digits else tuple(by)
    return read_paths(
        lives,
        said,
        (NOT_ASKED, *BANDS),
        [RESULT],
        by=cells,
        lag_days=lag_days,
        known=known_levels(company, by),
        weight=weight,
    )


def quadrants(table: EventTable, *, shift: int = 0, strata: Sequence[str] = ()) -> EventTable:
    """The same by one column of states: happy or unhappy, with or without results.

    Parameters
    ----------
    table : EventTable
        As `read_scores_and_results` gives it.
    shift : int
        Steps by which the cut is moved.
    strata : sequence of str
        Their levels with fewer than 10 churned customers become "(other)".
    """
    happy = BANDS[SHIFTS.index(shift) + 1 :]
    counts = table.counts
    mood = counts[LEVEL].map({one: _mood(one, happy) for one in (NOT_ASKED, *BANDS)})
    results = counts[RESULT].map({"with": SUCCEEDING, "without": FAILING})
    counts = counts.assign(**{STATE: mood + ", " + results})
    for name in strata:
        counts[name] = _rare_merged(counts, name)
    kept = [name for name in table.by if name not in (RESULT, LEVEL)]
    return EventTable(counts, (*table.by, STATE)).total((*kept, STATE))


def _mood(level: str, happy: Sequence[str]) -> str:
    """Happy, unhappy or not asked."""
    return level if level == NOT_ASKED else "happy" if level in happy else "unhappy"


def _rare_merged(counts: pd.DataFrame, name: str) -> pd.Series:
    """Levels with fewer than 10 churned customers as one."""
    churned = counts.groupby(name, observed=True)["observed"].transform("sum")
    return counts[name].where(churned >= MIN_LEVEL_EVENTS, OTHER)
