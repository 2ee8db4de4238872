"""The Stanford heart transplants: does a transplant lengthen life, or do the long-lived get one?

It is the oldest well-known example of the mistake this kit exists for: patients had to live long
enough to get a heart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from csresearch.events import EventTable
from csresearch.findings.estimates import Part
from csresearch.replication.compared import Compared, compared_part, read_json
from csresearch.risk_sets import risk_sets
from csresearch.survival.comparisons import log_rank
from csresearch.survival.cox import cox_partial_likelihood
from csresearch.survival.designs import level_design
from csresearch.survival.rates import rate_ratio

COVARIATES = ["age", "year", "surgery", "transplant"]
LANDMARK = 30  # days after acceptance
PATIENTS, TRANSPLANTS, DEATHS = 103, 69, 75  # Crowley and Hu (1977)


def heart_transplants(oracles: str) -> dict[str, Part]:
    """What do the kit, R and lifelines say of the Stanford heart transplants?

    Parameters
    ----------
    oracles : str
        Folder with R's numbers: ``cox.json``, ``comparisons.json``, ``landmarks.json`` and
        ``rates.json``, which name version and calls.

    Returns
    -------
    dict of str to Part
        "cohort", "tempting", "fair" and "roads".

    Raises
    ------
    PlaceNotFound
        When a file of R's numbers is not there.
    """
    from lifelines.datasets import load_stanford_heart_transplants

    rows = load_stanford_heart_transplants()
    names = ("cox", "comparisons", "landmarks", "rates")
    r = {name: read_json(oracles, f"{name}.json") for name in names}
    found = {
        "cohort": (_cohort(rows), "Patients, of the start–stop rows that lifelines comes with."),
        "tempting": (_tempting(rows, r), "Death rate of the transplanted ÷ the others'."),
        "fair": (_fair(rows, r), "Death rate after the transplant ÷ before it, on the same day."),
        "roads": (_roads(rows, r), "The same question asked in other ways."),
    }
    titles = {
        "cohort": "Who was followed",
        "tempting": "Ever transplanted, as if known from the start",
        "fair": "A transplant counts from its day",
        "roads": "Other roads",
    }
    return {name: compared_part(titles[name], *shown) for name, shown in found.items()}


def patients_of(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a patient: ``stop, event``, the day of the transplant, and whether there was one."""
    one = rows.groupby("id").agg(stop=("stop", "max"), event=("event", "max"))
    given = rows[rows["transplant"] == 1].groupby("id")["start"].min().reindex(one.index)
    return one.assign(start=0.0, transplant_day=given, ever=given.notna().astype(int))


def _log_ratio(
    rows: pd.DataFrame, level: str, *, names: Sequence[str] = (), ties: str = "efron"
) -> float:
    """The last coefficient of Cox's model on start–stop rows."""
    table = EventTable.from_episodes(rows, start="start", stop="stop", event="event", by=[level])
    risk = risk_sets(table, level)
    design = level_design(risk.levels, names=list(names) or [level])
    return float(cox_partial_likelihood(risk, design, ties=ties).coef[-1])


def _cohort(rows: pd.DataFrame) -> list[Compared]:
    """Patients, transplants, deaths."""
    one = patients_of(rows)
    numbers = {"patients": (len(one), PATIENTS), "transplanted": (one["ever"].sum(), TRANSPLANTS)}
    numbers["died while followed"] = (one["event"].sum(), DEATHS)
    why = "Crowley and Hu (1977)"
    return [
        Compared(name, kit, published=published, decimals=0, published_decimals=0, why=why)
        for name, (kit, published) in numbers.items()
    ]


def _tempting(rows: pd.DataFrame, r: dict) -> list[Compared]:
    """Cox's model as if it were known at acceptance who gets a heart, and crude rates."""
    one = patients_of(rows)
    cox = Compared(
        "hazard ratio, ever transplanted",
        math.exp(_log_ratio(one, "ever")),
        math.exp(r["cox"]["naive_ever_transplanted"]["efron"]["coef"]),
        _lifelines_plain(one, "ever"),
        why="lifelines stops its steps early unless fit_options ask for more. All are wrong alike: "
        "who died early had no time to get a heart",
    )
    died, days = _deaths_and_days(rows)
    crude = Compared(
        "deaths per day lived, after ÷ before",
        rate_ratio(died[::-1], days[::-1]).value,
        r["rates"]["heart"]["post_vs_pre"]["rr"],
        why="days are counted rightly, but those after are later days, when fewer die anyway",
    )
    return [cox, crude]


def _fair(rows: pd.DataFrame, r: dict) -> list[Compared]:
    """Cox's model with a transplant that counts from its day."""
    simple, full = r["cox"]["heart_transplant"], r["cox"]["heart_full"]
    joined = rows.assign(who=list(zip(*(rows[name] for name in COVARIATES), strict=True)))
    breslow = Compared(
        "the same, Breslow's ties",
        math.exp(_log_ratio(rows, "transplant", ties="breslow")),
        math.exp(simple["breslow"]["coef"]),
        why="another rule for deaths on the same day; lifelines has Efron's only",
    )
    return [
        Compared(
            "hazard ratio, transplanted by then",
            math.exp(_log_ratio(rows, "transplant")),
            math.exp(simple["efron"]["coef"]),
            _lifelines_varying(rows[["id", "start", "stop", "event", "transplant"]]),
            why="Efron's ties in all three",
        ),
        breslow,
        Compared(
            "the same, with age, year and surgery",
            math.exp(_log_ratio(joined, "who", names=COVARIATES)),
            math.exp(full["efron"]["coef"][-1]),
            _lifelines_varying(rows),
            why="nearer to no effect still; none of the three can tell it from none",
        ),
    ]


def _roads(rows: pd.DataFrame, r: dict) -> list[Compared]:
    """Mantel and Byar's test, and a landmark."""
    table = EventTable.from_episodes(
        rows, start="start", stop="stop", event="event", by=["transplant"]
    )
    byar, scores = r["comparisons"]["heart_mantel_byar"], r["comparisons"]["heart_cox_score"]
    later = _after_landmark(rows)
    scores_told = f"{scores['breslow']:.4f} and {scores['efron']:.4f}"
    return [
        Compared(
            "Mantel and Byar's chi-square",
            log_rank(risk_sets(table, "transplant")).statistic,
            byar["chisq"],
            why="R's from the score test of Cox's exact likelihood; the score tests of Breslow's "
            f"and Efron's are {scores_told}, neither of them wrong",
        ),
        Compared(
            f"hazard ratio from day {LANDMARK} on, transplanted by then",
            math.exp(_log_ratio(later, "by_then")),
            math.exp(r["landmarks"][f"L{LANDMARK}"]["coef"]),
            _lifelines_plain(later, "by_then"),
            why="only those alive on that day; later transplants count as none",
        ),
    ]


def _deaths_and_days(rows: pd.DataFrame) -> tuple[tuple[float, float], tuple[float, float]]:
    """Deaths, and days lived, before and after the transplant."""
    by = rows.assign(days=rows["stop"] - rows["start"]).groupby("transplant")
    died, days = by["event"].sum(), by["days"].sum()
    return (float(died[0]), float(died[1])), (float(days[0]), float(days[1]))


def _after_landmark(rows: pd.DataFrame) -> pd.DataFrame:
    """Patients still there after the landmark, from then on; day 1 here is the acceptance."""
    one = patients_of(rows)
    one = one[one["stop"] > LANDMARK + 1]
    by_then = (one["transplant_day"] <= LANDMARK + 1).astype(int)
    return one.assign(start=LANDMARK + 1.0, by_then=by_then)


def _lifelines_plain(one: pd.DataFrame, covariate: str) -> float:
    """lifelines' CoxPHFitter as it comes, one row a patient."""
    from lifelines import CoxPHFitter

    fitter = CoxPHFitter()
    columns = one[["stop", "event", covariate]].assign(stop=one["stop"] - one["start"])
    fitter.fit(columns, duration_col="stop", event_col="event")
    return math.exp(float(fitter.params_[covariate]))


def _lifelines_varying(rows: pd.DataFrame) -> float:
    """lifelines' CoxTimeVaryingFitter as it comes, on start–stop rows."""
    from lifelines import CoxTimeVaryingFitter

    fitter = CoxTimeVaryingFitter()
    fitter.fit(rows, id_col="id", event_col="event", start_col="start", stop_col="stop")
    return math.exp(float(fitter.params_["transplant"]))
