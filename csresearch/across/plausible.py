"""Can these findings be what the kit wrote? What does not follow from itself is refused."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

import fastjsonschema

from csresearch.across.measures import Reading
from csresearch.across.questions import Question, questions
from csresearch.findings import SCHEMA, SCHEMA_PATH
from csresearch.plain_text import in_lines, printable
from csresearch.survival.intervals import normal_quantile

LONGEST_NAME = 200
# what an interval reaches, in standard errors and parts of a normal one's reach: from shares near
# 0 or 1 to Student's t on one degree of freedom
REACH = (0.5, 6.6)
# parts of a 95 % interval that a 90 % one can be: Student's t on three degrees of freedom to normal
PARTS = (0.73, 0.89)
DECIDED_ELSEWHERE = ("not identifiable", "not answerable", "inconclusive")
_NUMBERS = ("value", "ci_low", "ci_high", "std_error")
_SHARES = ("share", "probability")
_VERSION = re.compile(r"\d{1,9}(\.\d{1,9}){1,3}[\w.+-]{0,40}")


class Refused(ValueError):
    """A findings file is not used; the message says why."""


def check_document(document: Any) -> None:
    """Raise `Refused` where a document cannot be what the kit wrote.

    A document whose numbers and verdicts were changed together so that they still agree is not
    found out: nothing in the file is signed.
    """
    _check_schema(document)
    if not document["company"].strip() or len(document["company"]) > LONGEST_NAME:
        raise Refused(f"the company's name is empty or longer than {LONGEST_NAME} characters")
    if document["observed_until"]:
        _check_day(document["observed_until"])
    if not _VERSION.fullmatch(document["kit_version"]):
        raise Refused(f"kit_version {_quoted(document['kit_version'])} is no version")
    names = [finding["claim"] for finding in document["findings"]]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Refused(f"the claim {twice[0]} stands in it more than once")
    for finding in document["findings"]:
        _check_finding(finding)


@cache
def _validator():
    """The schema as a compiled check."""
    schema = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    estimates = schema["$defs"]["finding"]["properties"]["estimates"]
    for later in ("contains", "minContains", "maxContains"):  # not known to this validator
        estimates.pop(later)
    return fastjsonschema.compile(_spelt_out(schema, schema["$defs"]), use_default=False)


def _spelt_out(part: Any, defined: Mapping[str, Any]) -> Any:
    """A schema with definitions in their places: calling them takes longer than checking."""
    if isinstance(part, dict) and "$ref" in part:
        return _spelt_out(defined[part["$ref"].removeprefix("#/$defs/")], defined)
    if isinstance(part, dict):
        return {name: _spelt_out(inner, defined) for name, inner in part.items()}
    return part


def _check_schema(document: Any) -> None:
    """Its format, and that it is this kit's."""
    found = document.get("schema") if isinstance(document, dict) else None
    if found is None:
        raise Refused("it is no findings file: it does not say its schema")
    if found != SCHEMA:
        raise Refused(
            f"its schema is {_quoted(found)}, this kit reads {SCHEMA}; run its report again"
        )
    try:
        _validator()(document)
    except fastjsonschema.JsonSchemaValueException as error:
        raise Refused(f"does not fit the schema: {_short(str(error))}") from None


def _check_day(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise Refused(f"observed_until {_quoted(text)} is no day") from None


def _check_finding(finding: Mapping[str, Any]) -> None:
    """One finding: its claim, counts, estimates and verdict."""
    claim, estimates = finding["claim"], finding["estimates"]
    question = questions().get(claim)
    if question is None:
        raise Refused(f"the claim {_quoted(claim)} is not one this kit knows")
    if sum(one["role"] == "primary" for one in estimates) > 1:
        raise Refused(f"{claim}: more than one estimate is primary")
    n, left = finding["n_customers"], finding["n_events"]
    if question.pools and n is not None and left is not None and left > n:
        raise Refused(f"{claim}: {left} customers left, of {n}")
    beside = finding.get("beside", {}).values()
    for one in (*estimates, *(one for rows in beside for one in rows)):
        problem = _problem(one)
        if problem:
            raise Refused(f"{claim}, {_quoted(one['name'])}: {problem}")
    if question.pools and finding["verdict"] not in DECIDED_ELSEWHERE:
        _check_verdict(question, finding)


def _problem(one: Mapping[str, Any]) -> str:
    """What keeps an estimate from being one; empty if nothing does."""
    value, low, high, error = (one[name] for name in _NUMBERS)
    known = [number for number in (value, low, high, error) if number is not None]
    if not all(map(math.isfinite, known)):
        return "a number is not finite"
    least, most = _limits(one)
    if any(not least <= number <= most for number in (value, low, high) if number is not None):
        return f"a {one['scale']} lies outside {least:g} to {most:g}"
    if error is not None and error < 0:
        return "the standard error is negative"
    if low is None or high is None or value is None:
        return ""
    slack = 1e-9 * max(1.0, abs(value))
    if low > high + slack:
        return "the interval's ends are swapped"
    if error is None:
        return ""
    if not low - slack <= value <= high + slack:
        return "the estimate lies outside its interval"
    return "" if _reach_fits(one) else "the standard error does not fit the interval"


def _limits(one: Mapping[str, Any]) -> tuple[float, float]:
    """Between which values an estimate can lie; plain ends of secondary shares may lie outside."""
    scale = one["scale"]
    if scale == "count" and one["null"] is not None:
        return -math.inf, math.inf  # more or fewer than without: a difference of counts
    if scale in ("ratio", "count", "kinds"):
        return 0.0, math.inf
    if one["role"] != "primary" or scale not in (*_SHARES, "correlation", "points"):
        return -math.inf, math.inf
    return (0.0 if scale in _SHARES else -1.0), 1.0


def _reach_fits(one: Mapping[str, Any]) -> bool:
    """Whether the interval is about as wide as its standard error says."""
    low, high, error = one["ci_low"], one["ci_high"], one["std_error"]
    if one["scale"] == "ratio":
        if low <= 0:
            return True
        low, high = math.log(low), math.log(high)
    if not error or (one["scale"] in _SHARES and not 0.02 < one["value"] < 0.98):
        return True  # exact intervals near an end are not made from the standard error
    reach = (high - low) / (2 * error * normal_quantile(one["confidence_level"]))
    return REACH[0] <= reach <= REACH[1]


def _check_verdict(question: Question, finding: Mapping[str, Any]) -> None:
    """Whether the rule comes to the verdict from the numbers."""
    found = [measure.find(finding["estimates"]) for measure in question.measures]
    verdict, claim = finding["verdict"], finding["claim"]
    if None in found or not (found[0].unbounded or found[0].value is not None):
        raise Refused(f"{claim}: it is called {verdict} without the estimates that would show it")
    possible = []
    for part in PARTS:
        read = {m.name: Reading.of(e, part) for m, e in zip(question.measures, found, strict=True)}
        possible.append(question.judge(read).verdict)
        if verdict == possible[-1]:
            return
    number, follows = _short(found[0].text), " or ".join(dict.fromkeys(possible))
    raise Refused(f"{claim}: it is called {verdict}, but from {number} follows {follows}")


def _quoted(text: object) -> str:
    """A word of the file, short and printable."""
    return f"'{_short(str(text), 60)}'"


def _short(text: str, most: int = 200) -> str:
    """At most so many printable characters of a text."""
    told = printable(in_lines(text[:most]))
    return told if len(text) <= most else f"{told}…"


def plain_name(text: object, most: int = 80) -> str:
    """A name from a file as it is shown: printable and not too long."""
    return _short(str(text).strip(), most)
