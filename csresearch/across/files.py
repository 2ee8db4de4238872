"""Findings files: read without trusting them, and each company taken once."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csresearch.across.measures import PRIMARY
from csresearch.across.names import ANOTHER, REFUSED
from csresearch.across.plausible import Refused, check_document, plain_name
from csresearch.across.questions import questions
from csresearch.across.side_by_side import side_by_side

POOLED = ("verdict", "evidence_grade", "n_customers", "options")
LARGEST = 5_000_000  # bytes; a report's findings are about a hundred thousand


@dataclass(frozen=True)
class Source:
    """One company's findings, checked.

    Parameters
    ----------
    file : str
        The file's name with its folder's, as it is shown.
    company : str
    fields : mapping of str to object
        What the company says about itself, plain values only.
    observed_until, kit_version, fingerprint : str
    findings : mapping of str to dict
        Of each claim's record in the file what pooling asks for, by claim.
    """

    file: str
    company: str
    fields: Mapping[str, str | float | bool]
    observed_until: str
    kit_version: str
    fingerprint: str
    findings: Mapping[str, Mapping[str, Any]]

    @property
    def n_customers(self) -> int | None:
        """Customers of the company: the most that any finding counts."""
        counts = [one["n_customers"] for one in self.findings.values()]
        return max((n for n in counts if n is not None), default=None)


@dataclass(frozen=True)
class SetAside:
    """A file that is not used, and why: refused, or another file of a company that is."""

    file: str
    why: str
    reason: str


def read_sources(paths: Sequence[Path]) -> tuple[list[Source], list[SetAside]]:
    """Read findings files; of each company the newest is used, and what is not is told.

    Parameters
    ----------
    paths : sequence of pathlib.Path

    Returns
    -------
    (list of Source, list of SetAside)
        The companies by name; files that are not used, in the order given.
    """
    shown = _shown(paths)
    read = side_by_side(_read, paths, shown, meanwhile=_load_what_pools)
    aside = [one for one in read if isinstance(one, SetAside)]
    used, others = _each_once([one for one in read if isinstance(one, Source)])
    order = {name: place for place, name in enumerate(shown)}
    told = sorted([*aside, *others], key=lambda one: order[one.file])
    return sorted(used, key=lambda one: (one.company.casefold(), one.file)), told


def _load_what_pools() -> None:
    """Import what comes next, which takes a second."""
    import statsmodels.stats.meta_analysis  # noqa: F401


def _shown(paths: Sequence[Path]) -> list[str]:
    """Files as a report names them: from the folder they share on, never with the whole path."""
    shared = os.path.commonpath([path.parent for path in paths]) if paths else ""
    names = [path.relative_to(shared) for path in paths]
    whole = [name if len(name.parts) > 1 else Path(path.parent.name, name.name)
             for path, name in zip(paths, names, strict=True)]  # fmt: skip
    return [plain_name(name.as_posix(), 120) for name in whole]


def _read(path: Path, shown: str) -> Source | SetAside:
    """One file, checked; set aside where it cannot be what the kit wrote."""
    try:
        document = _document(path)
        check_document(document)
    except Refused as refusal:
        return SetAside(shown, REFUSED, str(refusal))
    return Source(
        shown,
        plain_name(document["company"]),
        _fields(document["company_fields"]),
        document["observed_until"],
        document["kit_version"],
        document["data_fingerprint"],
        {finding["claim"]: _pooled_part(finding) for finding in document["findings"]},
    )


def _document(path: Path) -> Any:
    """What a file holds."""
    try:
        if path.stat().st_size > LARGEST:
            raise Refused(f"it is larger than {LARGEST // 1_000_000} MB")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Refused(f"it can't be opened ({error.strerror})") from None
    except UnicodeDecodeError:
        raise Refused("it is not UTF-8 text") from None
    try:
        return json.loads(text, parse_constant=_no_number, object_pairs_hook=_no_key_twice)
    except RecursionError:
        raise Refused("it is nested far deeper than findings are") from None
    except Refused:
        raise
    except ValueError as error:
        raise Refused(f"it is no JSON ({plain_name(error)})") from None


def _no_number(text: str) -> float:
    raise Refused(f"{text} is no number of JSON")


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand once each."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise Refused("a key stands in it twice")
    return made


def _pooled_part(finding: Mapping[str, Any]) -> dict[str, Any]:
    """What pooling asks for, a tenth of a record: a thousand whole files would slow all else."""
    names = tuple(measure.name for measure in questions()[finding["claim"]].measures)
    asked = [
        one for one in finding["estimates"]
        if one["role"] == PRIMARY or one["name"].startswith(names)
    ]  # fmt: skip
    return {name: finding[name] for name in POOLED} | {"estimates": asked}


def _fields(fields: Mapping[str, Any]) -> dict[str, str | float | bool]:
    """The plain values among a company's fields."""
    plain = {}
    for name, value in fields.items():
        if isinstance(value, bool) or (isinstance(value, int | float) and abs(value) < 1e300):
            plain[plain_name(name, 40)] = value
        elif isinstance(value, str) and value.strip():
            plain[plain_name(name, 40)] = plain_name(value, 40)
    return plain


def _each_once(sources: Sequence[Source]) -> tuple[list[Source], list[SetAside]]:
    """Each company's newest file; others, and copies under another name, are set aside."""
    newest = sorted(sources, key=lambda one: one.observed_until, reverse=True)
    names: dict[str, Source] = {}
    data: dict[str, Source] = {}
    used, aside = [], []
    for one in newest:
        same = names.get(one.company.casefold())
        copy = next((data[key] for key in _marks(one) if key in data), None)
        if same is None and copy is None:
            names[one.company.casefold()] = one
            data |= dict.fromkeys(_marks(one), one)
            used.append(one)
        else:
            aside.append(_told(one, same, copy))
    return used, aside


def _marks(one: Source) -> list[str]:
    """What two files of the same data have in common: the fingerprint, and all numbers judged."""
    numbers = [
        (name, estimate["value"], estimate["ci_low"], estimate["ci_high"])
        for name, finding in sorted(one.findings.items())
        for estimate in finding["estimates"]
        if estimate["role"] == "primary" and estimate["std_error"]
    ]
    marks = [one.fingerprint] if one.fingerprint else []
    return [*marks, hashlib.sha256(repr(numbers).encode()).hexdigest()] if numbers else marks


def _told(one: Source, same: Source | None, copy: Source | None) -> SetAside:
    """Why a second file is not used."""
    if copy is not None and (same is None or copy.company.casefold() != one.company.casefold()):
        reason = f"the data of {copy.file} under another name"
        return SetAside(one.file, REFUSED, reason)
    other = copy or same
    if copy is not None:
        reason = f"the same data as {other.file}"
    elif other.observed_until > one.observed_until:
        reason = f"older than {other.file}, whose data go to {other.observed_until}"
    else:
        reason = f"{other.file} is of the same company and day; keep one"
    return SetAside(one.file, ANOTHER, reason)
