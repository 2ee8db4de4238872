"""The kit's numbers on the Open University's students: counts and ratios, no student's row."""

from __future__ import annotations

from typing import Any

import ibis

from csresearch.company import Company
from csresearch.events import EventTable
from csresearch.history import History, read_history
from csresearch.pooling import random_effects
from csresearch.risk_sets import risk_sets
from csresearch.survival.cox import cox_partial_likelihood

STRATA = {
    "unadjusted": (),
    "by_maturity": ("maturity",),
    "by_presentation": ("presentation",),
    "by_both": ("maturity", "presentation"),
}
LAGS, LANDMARKS = (0, 7, 14, 28), (28, 60, 90)


def students_numbers(company: Company) -> dict[str, Any]:
    """What does the kit find on the students?

    Parameters
    ----------
    company : Company
        Of data/open-university.

    Returns
    -------
    dict
        Counts of the cohort; under ``cox`` the log churn-rate ratio, with results ÷ without, and
        its standard error, by the keys of tests/oracles/open_university.json; by module, and
        pooled over modules (REML, Hartung and Knapp's interval as it comes).
    """
    lives = company.lifetimes()
    history = read_history(
        lives.mutate(change_day=lives.result_day), ["maturity", "presentation", "module"]
    )
    by_state = {s: history.event_table(by=()).where(state=s) for s in ("without", "with")}
    rates = [float(one.n_events / one.exposure) for one in _ever(lives)]
    return {
        "n_customers": int(history.n_customers),
        "n_events": int(history.n_events),
        "person_days": {name: float(one.exposure) for name, one in by_state.items()},
        "events": {name: int(one.n_events) for name, one in by_state.items()},
        "rate_ratio_ever_at_any_time": rates[0] / rates[1],
        **_low(history),
        "cox": _ratios(history, lives),
        "modules": _modules(history),
    }


def _ever(lives: ibis.Table) -> list[EventTable]:
    """Students without and with a result, as if it were known from the start."""
    table = _known_from_the_start(lives).event_table()
    return [table.where(state=state) for state in ("without", "with")]


def _known_from_the_start(lives: ibis.Table) -> History:
    """A result counts from the first day, whenever it came."""
    day = lives.had_result.ifelse(0.0, ibis.null("float64"))
    return read_history(lives.mutate(change_day=day))


def _low(history: History) -> dict[str, float]:
    """The low band's share of students and of those who left."""
    left = history.event_table(by=["maturity"]).counts.groupby("maturity")["observed"].sum()
    there = history.frame.groupby("maturity", observed=True)["n"].sum()
    return {
        "share_of_customers_low": float(there["low"] / there.sum()),
        "share_of_churn_low": float(left["low"] / left.sum()),
    }


def _ratios(history: History, lives: ibis.Table) -> dict[str, dict[str, float]]:
    """Every log ratio that R was asked for."""
    found = {
        "ever_at_any_time": _log_ratio(_known_from_the_start(lives).event_table()),
        "ever_before_exit": _log_ratio(history.ever_table()),
    }
    for lag in LAGS:
        table = history.event_table(lag_days=float(lag))
        for name, strata in STRATA.items():
            found[f"lag_{lag}_{name}"] = _log_ratio(table, strata)
    for day in LANDMARKS:
        found[f"landmark_{day}"] = _log_ratio(history.landmark_table(float(day)))
    return found


def _modules(history: History) -> dict[str, Any]:
    """The log ratio of each module, and pooled over them."""
    table = history.event_table(by=["module"])
    names = sorted(table.counts["module"].astype(str).unique())
    fits = {name: _log_ratio(table.where(module=name)) for name in names}
    effects, errors = ([one[key] for one in fits.values()] for key in ("coef", "std_error"))
    pooled = random_effects(effects, errors, names=names, guard=False)
    mean = pooled.mean
    return {
        "fits": fits,
        "pooled": {"coef": mean.value, "ci_low": mean.ci_low, "ci_high": mean.ci_high},
        "tau2": pooled.tau2.value,
        "i2": pooled.i2,
    }


def _log_ratio(table: EventTable, strata: tuple[str, ...] = ()) -> dict[str, float]:
    """Log of the churn rate with ÷ without results at the same tenure."""
    sets = risk_sets(table, "state", strata)
    fit = cox_partial_likelihood(sets, [[float(level == "with")] for level in sets.levels])
    return {"coef": float(fit.coef[0]), "std_error": float(fit.std_error[0])}
