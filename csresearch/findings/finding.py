"""What was found: an estimate with its interval, a finding with its verdict, the published JSON.

Results are frozen dataclasses of plain numbers. They print in a terminal and in a notebook, always
rounded and never with anything that changes from run to run.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from csresearch.findings.estimates import Estimate, Part, new_axes, plain_labels, say, table_html
from csresearch.findings.labels import ROLE_WORDS, count_text, is_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SCHEMA = "csresearch/findings/1"
SCHEMA_PATH = Path(__file__).with_name("findings.schema.json")
VERDICTS = (
    "reproduced",
    "same direction, smaller",
    "same direction, larger",
    "same direction, size unclear",
    "opposite",
    "not reproduced",
    "descriptive",
    "inconclusive",
    "not identifiable",
    "not answerable",
)
MANY = "many_analysts"  # the part with every defensible analysis
TIPS = "The verdict would be another if"  # begins a sentence of the part on wrong data
GRADES = ("A", "B", "C", "D")
BESIDE = {"renewals": "The renewal clock", "money": "Money"}  # parts whose numbers are published


@dataclass(frozen=True, repr=False)
class Finding:
    """What one company's data say about one claim.

    Parameters
    ----------
    claim : str
        Id in the registry, as "results-retention".
    title : str
        The finding as a sentence a customer-success leader understands.
    verdict : str
        One of `VERDICTS`.
    rule : str
        Which rule fired, with its numbers.
    estimates : tuple of Estimate
        At most one of them primary.
    n_customers, n_events : int or None
        Customers counted and how many of them left.
    evidence_grade : {"A", "B", "C", "D"} or None
        What the data could rule out.
    evidence_reasons : tuple of str
        What lowered the grade.
    sentence, action : str
        What it means, and what to do on Monday.
    analyses : str
        How many analyses agree, and which error in the data would matter first; may be empty.
    missing : tuple of str
        Columns that would be needed.
    options : dict
        Choices given to the claim, defaults left out.
    company, company_fields, observed_until : str, dict, str
        Whose data, with the facts that tell companies apart, and the last day observed (ISO).
    parts : dict of str to Part
        What the notebook shows step by step; in the JSON only the numbers of those in `BESIDE`.
    draw : callable or None
        Takes the finding and an Axes: the interval picture; not in the JSON.
    """

    claim: str
    title: str
    verdict: str
    rule: str
    estimates: tuple[Estimate, ...] = ()
    n_customers: int | None = None
    n_events: int | None = None
    evidence_grade: str | None = None
    evidence_reasons: tuple[str, ...] = ()
    sentence: str = ""
    action: str = ""
    analyses: str = ""
    missing: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    company: str = ""
    company_fields: dict[str, Any] = field(default_factory=dict)
    observed_until: str = ""
    parts: dict[str, Part] = field(default_factory=dict, compare=False)
    draw: Callable[[Finding, Axes], Axes] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"verdict must be one of {VERDICTS}, got {self.verdict!r}")
        if self.evidence_grade not in (*GRADES, None):
            raise ValueError(f"evidence_grade must be A to D or None, got {self.evidence_grade!r}")
        for name in ("estimates", "evidence_reasons", "missing"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        for name in ("n_customers", "n_events"):
            count = getattr(self, name)
            object.__setattr__(self, name, int(count) if is_number(count) else None)
        if sum(estimate.role == "primary" for estimate in self.estimates) > 1:
            raise ValueError(f"{self.claim}: at most one estimate can be primary")

    @property
    def primary(self) -> Estimate | None:
        """The estimate that is judged, if there is one."""
        return self.first("primary")

    def first(self, role: str) -> Estimate | None:
        """Return the first estimate of a role."""
        return next((e for e in self.estimates if e.role == role), None)

    def named(self, name: str) -> Estimate | None:
        """Return the estimate of a name; None where it was not made."""
        return next((e for e in self.estimates if e.name == name), None)

    @property
    def text(self) -> str:
        """The finding in words: what it means, its verdict and the rule that fired."""
        return f"{self.sentence or self.title} Verdict: {self.verdict} ({self.rule.rstrip('.')})."

    @property
    def basis(self) -> str:
        """How much stands behind it: customers, how many left, evidence grade."""
        parts = [
            self.n_customers is not None and f"{count_text(self.n_customers)} customers",
            self.n_events is not None and f"{count_text(self.n_events)} left",
            self.evidence_grade is not None and f"evidence {self.evidence_grade}",
        ]
        return " · ".join(part for part in parts if part)

    def part(self, name: str) -> Part:
        """Return one part of the analysis; a name that is not there gives a part that says so."""
        if name in self.parts:
            return self.parts[name]
        return Part(name, text=f"Not done here: {self.rule}")

    def summary(self) -> pd.DataFrame:
        """Return the estimates, one row each, unrounded."""
        columns = ["name", "role", "value", "ci_low", "ci_high", "scale"]
        rows = [[getattr(estimate, column) for column in columns] for estimate in self.estimates]
        return pd.DataFrame(rows, columns=["estimate", *columns[1:]])

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the interval against no difference and against what is claimed."""
        drawable = self.draw is not None and any(e.value is not None for e in self.estimates)
        ax = new_axes((8.0, 2.4 if drawable else 1.2)) if ax is None else ax
        if not drawable:
            return say(ax, f"No interval to draw: {self.rule}")
        return plain_labels(self.draw(self, ax))

    def __repr__(self) -> str:
        estimates = [f"  {ROLE_WORDS[e.role]}: {e}" for e in self.estimates if e.role != "step"]
        lines = [f"{self.title}  [{self.verdict}]", *estimates, self.basis, self.sentence]
        lines += [self.action and f"What to do: {self.action}", f"Rule: {self.rule}"]
        return "\n".join(line for line in lines if line)

    def _repr_html_(self) -> str:
        table = self.summary().replace({"role": ROLE_WORDS})
        rows = [
            f"<p><b>{escape(self.title)}</b><br>Verdict: <b>{escape(self.verdict)}</b></p>",
            f"<p>{escape(self.sentence)}</p>" if self.sentence else "",
            f"<p><b>What to do.</b> {escape(self.action)}</p>" if self.action else "",
            table_html(table) if len(table) else "",
            f"<p>{escape(' · '.join(x for x in (self.basis, self.rule) if x))}</p>",
        ]
        return "".join(rows)

    def to_dict(self, *, smallest_cell: int = 0) -> dict[str, Any]:
        """Return the finding as findings.json holds it; counts below `smallest_cell` are None."""
        record = {name: getattr(self, name) for name in _FINDING_KEYS}
        record["estimates"] = [e.to_dict(smallest_cell=smallest_cell) for e in self.estimates]
        shown = {name: self.parts[name].estimates for name in BESIDE if name in self.parts}
        record["beside"] = {
            name: [e.to_dict(smallest_cell=smallest_cell) for e in estimates]
            for name, estimates in shown.items()
            if estimates
        }
        for name in ("n_customers", "n_events"):
            if record[name] is not None and record[name] < smallest_cell:
                record[name] = None
        return _json_ready(record)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any], **company: Any) -> Finding:
        """Make the finding again from `to_dict`; of parts and pictures only numbers are there."""
        known = {name: value for name, value in record.items() if name in _FINDING_KEYS}
        known["estimates"] = _estimates(record.get("estimates", ()))
        known["parts"] = {
            name: Part(BESIDE[name], estimates=_estimates(rows))
            for name, rows in record.get("beside", {}).items()
            if name in BESIDE
        }
        return cls(**known, **company)

    def save(self, folder: str | Path, *, smallest_cell: int = 5) -> Path:
        """Write <claim>.json, with how many analyses agree, whole or not at all; give its path."""
        about = {name: getattr(self, name) for name in _COMPANY_KEYS}
        counted = replace(self, analyses=self.analyses or self._analyses_counted())
        record = _json_ready(about) | {"finding": counted.to_dict(smallest_cell=smallest_cell)}
        return write_json(record, Path(folder) / f"{self.claim}.json")

    def _analyses_counted(self) -> str:
        """The sentence on many analysts that counts, and that on the error that matters first."""
        found = []
        for part, words in ((MANY, "analyses"), ("wrong_data", TIPS)):
            text = self.parts[part].text if part in self.parts else ""
            found += [s for s in re.split(r"(?<=[.”]) (?=[A-Z])", text) if words in s][:1]
        return " ".join(found)

    @classmethod
    def load(cls, path: str | Path) -> Finding:
        """Read what `save` wrote."""
        record = json.loads(Path(path).read_text(encoding="utf-8"))
        return cls.from_dict(record["finding"], **{name: record[name] for name in _COMPANY_KEYS})


def _estimates(records: Sequence[Mapping[str, Any]]) -> tuple[Estimate, ...]:
    """Estimates as JSON holds them."""
    names = [f.name for f in fields(Estimate)]
    return tuple(Estimate(**{name: e[name] for name in names if name in e}) for e in records)


_COMPANY_KEYS = ("company", "company_fields", "observed_until")
_FINDING_KEYS = tuple(
    f.name for f in fields(Finding) if f.name not in (*_COMPANY_KEYS, "parts", "draw")
)


def findings_document(
    findings: Sequence[Finding],
    *,
    kit_version: str,
    data_fingerprint: str,
    company: str | None = None,
    company_fields: Mapping[str, Any] | None = None,
    observed_until: str | None = None,
    smallest_cell: int = 5,
) -> dict[str, Any]:
    """Return what findings.json holds: every finding of one company and no customer's row.

    Company, fields and date are the first finding's unless given. Counts below `smallest_cell`
    become None, and so do numbers that are not finite. ``findings.schema.json`` describes it.
    """
    first = findings[0] if findings else Finding("", "", "not answerable", "")
    about = {
        "schema": SCHEMA,
        "company": first.company if company is None else company,
        "company_fields": dict(first.company_fields if company_fields is None else company_fields),
        "observed_until": first.observed_until if observed_until is None else observed_until,
        "kit_version": kit_version,
        "data_fingerprint": data_fingerprint,
        "smallest_cell": smallest_cell,
    }
    records = [finding.to_dict(smallest_cell=smallest_cell) for finding in findings]
    return _json_ready(about) | {"findings": records}


def write_json(record: Mapping[str, Any], path: Path) -> Path:
    """Write JSON so that a reader sees the whole file or the one before it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)
    try:
        partial.write_text(text + "\n", encoding="utf-8")
        partial.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            partial.unlink()  # what a full disk cut off
        raise
    return path


def _json_ready(value: Any) -> Any:
    """Lists for tuples, plain numbers for numpy's, None for what is not finite, text for dates."""
    if isinstance(value, Mapping):
        return {str(key): _json_ready(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value) if isinstance(value, (set, frozenset)) else value
        return [_json_ready(item) for item in items]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return value if is_number(value) else None
    return value if isinstance(value, (str, bool, int, type(None))) else str(value)
