"""The plan as JSON holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from csresearch.sample_size.plan import ClaimPlan, Plan

SCHEMA = "csresearch/plan/1"


def plan_document(plan: Plan, *, kit_version: str) -> dict[str, Any]:
    """The plan as JSON holds it: numbers unrounded, counts below the cell size left out.

    Parameters
    ----------
    plan : Plan
    kit_version : str

    Returns
    -------
    dict
        With ``schema``, the company's rates in ``pace``, and a record a claim.
    """
    cell = plan.company.config.smallest_cell
    pace = asdict(plan.pace)
    return {
        "schema": SCHEMA,
        "company": plan.company.name,
        "observed_until": plan.company.observed_until.isoformat(),
        "kit_version": kit_version,
        "data_fingerprint": plan.company.fingerprint,
        "powers": list(plan.powers),
        "months_ahead": plan.months,
        "pace": pace | {"departures": _cell(plan.pace.departures, cell)},
        "claims": [_claim(one, plan, cell) for one in plan.claims],
    }


def _claim(one: ClaimPlan, plan: Plan, cell: int) -> dict[str, Any]:
    """One claim's record."""
    needs, truth, false = one.needs, one.needs.truth, one.needs.false
    return {
        "claim": one.claim.id,
        "number": one.claim.number,
        "verdict": one.verdict,
        "state": one.state(plan.powers[-1]),
        "why_not": needs.why_not,
        "missing": list(one.missing),
        "if_true": truth and {"value": truth.value, "words": truth.words},
        "std_error": needs.std_error,
        "scale": needs.scale,
        "counted": {words: _cell(n, cell) for words, n in needs.counted},
        "rules": [floor.words for floor in needs.floors],
        "power_now": needs.power(1.0),
        "power_ahead": one.power_after(plan.months),
        "needed": [_needed(one, power, cell) for power in plan.powers],
        "if_false": false
        and {
            "value": false.value,
            "words": false.words,
            "power_now": false.power(1.0),
            "times": [false.needed(power) for power in plan.powers],
        },
        "notes": list(needs.notes),
    }


def _needed(one: ClaimPlan, power: float, cell: int) -> Mapping[str, Any]:
    """What one power takes; nothing that would tell a small count of today."""
    needed, today = one.needed(power), dict(one.needs.counted)
    return asdict(needed) | {
        "counted": {words: n for words, n in needed.counted if today[words] >= cell}
    }


def _cell(count: int, smallest: int) -> int | None:
    """A count, unless so small that it may tell of somebody."""
    return None if count < smallest else count
