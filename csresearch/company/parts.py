"""One company.yml, many companies: one for every value of a column of its customers.

The tables are opened once. Each part gets a folder with a company.yml of its own and its rows as
Parquet, as they stood in the source, so that a part is checked and reported like any company.
"""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import ibis
import yaml

from csresearch.company.cells import place_columns
from csresearch.company.config import check_config, read_config
from csresearch.company.date_words import NATIVE
from csresearch.company.engines import is_embedded
from csresearch.company.part_rows import PART, Assigned, assign_parts, rows_by_part
from csresearch.company.readings import Reading, find_readings
from csresearch.company.scan import scanned_somewhere
from csresearch.company.schema import CompanyConfig
from csresearch.company.settled import Asked
from csresearch.company.source_files import source_key
from csresearch.company.sources import Opened, connect, open_tables
from csresearch.company.split_record import RECORD, record_of
from csresearch.errors import CompanyError
from csresearch.installed import versions
from csresearch.plain_text import printable

NOT_KEPT = ("segments", "data_folders", "scan", "company", "company_fields")
OF_CELLS = ("columns", "values", "date_format", "time_zone", "decimal", "scale")


def split_company(template: Path, column: str, folder: Path) -> list[Path]:
    """Make a company of every value of a column of the customers.

    Parameters
    ----------
    template : Path
        The company.yml.
    column : str
        A segment, or a column of the customers' source that plays no role.
    folder : Path
        Where the parts go, each in a folder of its own; what was made there of the same data is
        kept, parts that are gone are removed.

    Returns
    -------
    list of Path
        The company.yml of each part, in the order of the values; `left_out` says what is in none.

    Raises
    ------
    CompanyError
        When there is no such column, it has too many values or none, customers with several rows
        change it, or the tables are to stay in their database.
    """
    config = read_config(template)
    folder = folder / config.slug / config.model_copy(update={"company": column}).slug
    key = _key(template, column)
    earlier = record_of(folder)
    if key and earlier.get("key") == key and all((folder / f).is_file() for f in earlier["files"]):
        return [folder / name for name in earlier["files"]]
    opened = _opened(config, template.parent)
    placed = {name: place_columns(name, one, config) for name, one in opened.items()}
    readings = {n: find_readings(Asked(n, o.file, o.table, config, placed[n])) for n, o in
                opened.items()}  # fmt: skip
    assigned = assign_parts(config, opened["customers"], placed["customers"], column)
    told = [*assigned.told, *_unread(opened)]
    companies = _companies(config, assigned, column, _sources(config, readings))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RECORD).unlink(missing_ok=True)
    for name, one in opened.items():
        rows, outside = rows_by_part(config, name, one, placed[name], assigned=assigned)
        told += [outside] if outside else []
        for part, company in enumerate(companies):
            _write_rows(rows, part, folder / company.slug / f"{name}.parquet")
    for company in companies:
        _write(folder / company.slug / "company.yml", _as_yaml(company))
    record = {"key": key, "column": column, "told": told}
    record["files"] = [f"{company.slug}/company.yml" for company in companies]
    _remove_gone(folder, earlier, record)
    _write(folder / RECORD, json.dumps(record, indent=2))
    return [folder / name for name in record["files"]]


def _opened(config: CompanyConfig, folder: Path) -> dict[str, Opened]:
    """The tables in the engine of this process."""
    connection = connect()
    opened = scanned_somewhere(connection, config, open_tables(connection, config, folder))
    stays = next((one.file for one in opened.values() if not is_embedded(one.table)), None)
    if stays is not None:
        raise CompanyError(
            f"{stays}: stays in its database, and parts are files of their own; say scan: here in "
            "company.yml to copy the rows, or write a company.yml with a query: for each part"
        )
    return opened


def _unread(opened: dict[str, Opened]) -> list[str]:
    """What was told of the sources as a whole, and no part knows."""
    lines = [
        f"{one.file}: {len(one.unreadable):,} lines can't be read and are in no part"
        for one in opened.values()
        if len(one.unreadable)
    ]
    return lines + [
        f"{one.file}: {told.reason} ({told.rows:,}, e.g. {printable(told.example)!r})"
        for one in opened.values()
        for told in one.told
    ]


def _sources(config: CompanyConfig, readings: dict[str, dict[str, Reading]]) -> dict[str, dict]:
    """What each part's company.yml says of a table: read as the whole was, not each its own way."""
    sources = {}
    for name, source in config.tables.items():
        kept = source.model_dump(mode="json", include=set(OF_CELLS), exclude_defaults=True)
        found = {c: r for c, r in readings[name].items() if r.format not in ("", NATIVE)}
        for kind, key in (("date", "date_format"), ("number", "decimal")):
            formats = {c: r.format for c, r in found.items() if r.kind == kind}
            if formats:
                kept[key] = kept.get(key, {}) | formats
        sources[name] = {"file": f"{name}.parquet", **kept}
    return sources


def _companies(
    config: CompanyConfig, assigned: Assigned, column: str, sources: dict[str, dict]
) -> list[CompanyConfig]:
    """The settings of every part, each with a name, and so a folder, of its own."""
    left_out = {*NOT_KEPT, *sources}
    shared = config.model_dump(mode="json", exclude=left_out, exclude_defaults=True)
    shared |= sources | {"segments": [s for s in config.segments if s != column]}
    if column in config.segments:
        shared["customers"]["columns"] = _without(shared["customers"].get("columns", {}), column)
        shared["customers"]["values"] = _without(shared["customers"].get("values", {}), column)

    def company(name: str, value: str) -> CompanyConfig:
        fields = {**config.company_fields, column: value}
        return check_config({**shared, "company": name, "company_fields": fields}, name)

    named = [company(_name(config.company, value), value) for value in assigned.values]
    slugs = [one.slug for one in named]
    return [
        one if slugs.count(one.slug) == 1 else company(_unlike(config.company, value), value)
        for one, value in zip(named, assigned.values, strict=True)
    ]


def _without(given: dict[str, Any], column: str) -> dict[str, Any]:
    """Settings by column, without one of them."""
    return {name: value for name, value in given.items() if name != column}


def _name(company: str, value: str) -> str:
    """What a part is called."""
    return f"{company[:90]}, {' '.join(printable(value).split())[:90]}"


def _unlike(company: str, value: str) -> str:
    """The name of a part whose plain name makes the same folder as another's."""
    return _name(company[:20], f"{sha256(value.encode()).hexdigest()[:8]} {value}")


def _write_rows(rows: ibis.Table, part: int, path: Path) -> None:
    """One part's rows of a table, in an order of their own: the same rows make the same file."""
    path.parent.mkdir(exist_ok=True)
    partial = path.with_name(f".{path.name}")
    own = rows.filter(rows[PART] == part).drop(PART)
    own.order_by(own.columns).to_parquet(partial)
    partial.replace(path)


def _write(path: Path, text: str) -> None:
    """A text file, whole or not at all."""
    partial = path.with_name(f".{path.name}")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def _as_yaml(company: CompanyConfig) -> str:
    """company.yml, without the short forms (&, *) that the kit refuses."""
    content = company.model_dump(mode="json", exclude_defaults=True)
    return "# Made by csresearch from another company.yml.\n" + yaml.dump(
        content, Dumper=_Dumper, sort_keys=False, allow_unicode=True
    )


class _Dumper(yaml.SafeDumper):
    """Writes every value out, also one that stands twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _key(template: Path, column: str) -> str:
    """What the parts are made of; empty where a database is read."""
    data = source_key(template)
    told = [data, column, versions()]
    return sha256(json.dumps(told).encode()).hexdigest() if data else ""


def _remove_gone(folder: Path, earlier: dict[str, Any], record: dict[str, Any]) -> None:
    """Take away the parts of an earlier call whose value is no longer there."""
    for name in set(earlier.get("files", ())) - set(record["files"]):
        own = folder / Path(name).parent.name
        if (own / "company.yml").is_file():
            shutil.rmtree(own)
