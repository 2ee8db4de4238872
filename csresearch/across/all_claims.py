"""All claims over all companies: what notebook 21 shows and what ``csresearch pool`` writes."""

from __future__ import annotations

import contextlib
import csv
import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from csresearch import __version__
from csresearch.across import parts_data, parts_pooled
from csresearch.across.files import SetAside, Source, read_sources
from csresearch.across.measures import Reading
from csresearch.across.moderators import fields_of
from csresearch.across.names import POOLED_CSV, POOLED_JSON
from csresearch.across.pooled import General, Pooled, generalise
from csresearch.across.questions import questions
from csresearch.across.words import SCARCE
from csresearch.claims.common import Parts
from csresearch.findings import GRADES, write_json
from csresearch.findings.estimates import Part
from csresearch.findings.labels import is_number
from csresearch.places import find_findings

SCHEMA = "csresearch/pooled/1"


@dataclass(frozen=True, eq=False)
class Across:
    """Every claim over all companies.

    Parameters
    ----------
    sources : tuple of Source
        The companies used.
    aside : tuple of SetAside
        Files that are not.
    generals : dict of str to General
        What is found on each claim, by its id.
    fields : dict of str to Series
        Company-level fields looked at as moderators.
    parts : mapping of str to Part
        What the notebook shows, each made when it is asked for.
    """

    sources: tuple[Source, ...]
    aside: tuple[SetAside, ...]
    generals: Mapping[str, General]
    fields: Mapping[str, pd.Series]
    parts: Mapping[str, Part]

    def part(self, name: str) -> Part:
        """One step of the notebook."""
        return self.parts[name]

    def save(self, folder: str | Path) -> Path:
        """Write pooled.json and pooled.csv into a folder, and return the former's path."""
        records = [_record(one) for one in self.generals.values()]
        path = write_json(self._document(records), Path(folder) / POOLED_JSON)
        _write_csv(records, path.with_name(POOLED_CSV))
        return path

    def _document(self, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """What pooled.json holds: no customer's row, no company's estimates."""
        compared = self.part("moderators").table
        rows = [] if compared is None else compared.to_dict("records")
        return {
            "schema": SCHEMA,
            "kit_version": __version__,
            "companies": [
                {
                    "company": one.company,
                    "observed_until": one.observed_until,
                    "kit_version": one.kit_version,
                    "file": one.file,
                }
                for one in self.sources
            ],
            "set_aside": [asdict(one) for one in self.aside],
            "claims": list(records),
            "moderators": [{key: _plain(value) for key, value in row.items()} for row in rows],
        }


def pool(
    findings: Iterable[str | Path],
    *,
    claim: str = "results-retention",
    lowest_grade: str = "B",
    moderators: Sequence[str] = (),
) -> Across:
    """What do many companies' findings say together, of every claim?

    Parameters
    ----------
    findings : iterable of str or Path
        Findings files, folders of reports, or patterns.
    claim : str
        The claim shown step by step.
    lowest_grade : {"A", "B", "C", "D"}
        Findings graded lower are shown apart and not pooled.
    moderators : sequence of str
        Company-level fields to look at; empty: all there are.

    Returns
    -------
    Across
        Also where no file can be used: then every part says so.

    Raises
    ------
    PlaceNotFound
        Where one of the words means no file.
    ValueError
        If there is no such claim, grade or field.
    """
    asked = questions()
    if claim not in asked:
        raise ValueError(f"there is no claim {claim!r}; there are: {', '.join(asked)}")
    if lowest_grade not in GRADES:
        raise ValueError(f"lowest_grade must be one of {', '.join(GRADES)}, got {lowest_grade!r}")
    with _not_collecting():
        sources, aside = read_sources(find_findings(findings))
        fields = fields_of(sources, moderators)
        generals = {
            name: generalise(question, sources, lowest_grade=lowest_grade)
            for name, question in asked.items()
        }
    parts = _parts(sources, aside, generals, fields=fields, shown=claim, grade=lowest_grade)
    return Across(tuple(sources), tuple(aside), generals, fields, parts)


@contextlib.contextmanager
def _not_collecting() -> Iterator[None]:
    """Cyclic garbage is left lying: walking through a million parts of files takes a quarter."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()


def _parts(
    sources: Sequence[Source],
    aside: Sequence[SetAside],
    generals: Mapping[str, General],
    *,
    fields: Mapping[str, pd.Series],
    shown: str,
    grade: str,
) -> Parts:
    """What the notebook shows, by name."""
    every, one = list(generals.values()), generals[shown]
    pooled = parts_pooled
    return Parts(
        {
            "data": lambda: parts_data.data_part(sources, aside),
            "aside": lambda: parts_data.aside_part(aside),
            "verdicts": lambda: parts_data.verdicts_part(every),
            "tempting": lambda: pooled.tempting_part(one),
            "averages": lambda: pooled.average_part(every),
            "forest": lambda: pooled.forest_part(one),
            "spread": lambda: pooled.spread_part(one),
            "counted": lambda: parts_data.counted_part(every, sources),
            "leave_one_out": lambda: pooled.leave_one_out_part(one),
            "influence": lambda: pooled.influence_part(every),
            "moderators": lambda: pooled.moderators_part(every, fields),
            "small_studies": lambda: pooled.small_studies_part(every),
            "second_road": lambda: pooled.second_road_part(every),
            "many_analysts": lambda: pooled.many_part(one, sources, grade),
            "answers": lambda: pooled.verdict_part(every),
            "rules": lambda: pooled.rules_part(every),
            "actions": lambda: pooled.actions_part(every),
            "limits": lambda: parts_data.left_out_part(every),
        }
    )


def _record(general: General) -> dict[str, Any]:
    """One claim as pooled.json holds it."""
    return {
        "claim": general.claim,
        "number": general.question.claim.number,
        "companies": general.k,
        "graded_low": sum(general.answers["why"] == "graded low"),
        "verdicts": dict(sorted(general.verdicts.items())),
        "on_average": asdict(general.on_average),
        "next_company": asdict(general.next_company) if general.question.pools else None,
        "counted_because": general.question.why_counted or None,
        "measures": [_measure(one) for one in general.numbers.values()],
        "told": SCARCE if 0 < general.k < 5 else "",
    }


def _measure(one: Pooled) -> dict[str, Any]:
    """One pooled number as pooled.json holds it."""
    model = one.model
    return {
        "measure": one.measure.name,
        "scale": one.measure.scale,
        "pooled_on": one.measure.model.name,
        "companies": model.k,
        "average": _ends(one.average),
        "next_company": _ends(one.next) if one.next is not None else None,
        "tau2": {"value": model.tau2.value, "ci_low": model.tau2.ci_low,
                 "ci_high": model.tau2.ci_high},
        "i2": model.i2,
        "q": model.q,
        "q_p_value": model.q_p_value,
        "method": model.method,
    }  # fmt: skip


def _ends(reading: Reading) -> dict[str, float | None]:
    """A reading's value and its 95 % interval."""
    one = reading.estimate
    return {"value": one.value, "ci_low": one.ci_low, "ci_high": one.ci_high}


def _plain(value: Any) -> Any:
    """None for a number that is none."""
    if isinstance(value, str):
        return value
    return float(value) if is_number(value) else None


def _write_csv(records: Sequence[Mapping[str, Any]], path: Path) -> None:
    """One row a claim: what a spreadsheet needs. Nothing in it comes from a file."""
    heads = ["claim", "companies", "scale", "average", "ci_low", "ci_high", "next_low",
             "next_high", "tau2", "i2", "on_average", "next_company"]  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heads)
        for one in records:
            writer.writerow(_csv_row(one))


def _csv_row(one: Mapping[str, Any]) -> list[Any]:
    """A claim's row; empty cells where it is not pooled."""
    verdicts = [one["on_average"]["verdict"], (one["next_company"] or {}).get("verdict", "")]
    if not one["measures"]:
        return [one["claim"], one["companies"], *[""] * 8, *verdicts]
    main = one["measures"][0]
    average, following = main["average"], main["next_company"] or {}
    ends = [average["value"], average["ci_low"], average["ci_high"]]
    ends += [following.get("ci_low", ""), following.get("ci_high", "")]
    spread = [main["tau2"]["value"], main["i2"]]
    return [one["claim"], one["companies"], main["scale"], *ends, *spread, *verdicts]
