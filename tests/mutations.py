"""Small companies in every format the kit reads, and what can go wrong with their files.

Everything is drawn from a ``random.Random``, so that a seed, or hypothesis, tells the whole story.
"""

import csv
import io
import json
import re
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

HOSTILE = [
    "=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>', "'; DROP TABLE customers; --", '"; DROP TABLE customers; --',
    "../../etc/passwd", "${HOME}", "$HOME", "{{7*7}}", "%s%n", "a\0b", "\u202egnp.exe", "\u200f7",
    "\ufeffx", "\x1b[2J", "a\nb", "a,b;c|d\te", '"', '""', '"open', "\\", "\\N", "NULL", "nan",
    "é", "Ünal", "日本", "🙂", "e\u0301", "\u2028", "\x85", "\x0b", "*x", "&a", "!!python/none",
    "#", "--", "/*", "cell id", "reason", "x" * 1_000_000, "'" * 300,
]  # fmt: skip
NUMBERS = [
    "0", "-1", "1e308", "1e400", "-1e308", "99999999999999999999999999", "0.1", "1,5", "1.000,5",
    "1'000", "١٢", "½", "٣", "inf", "-inf", "Infinity", "NaN", "0x1F", "1_000", " 7 ", "7%", "$5",
    "+7", "007", "7.", ".5", "1e-320", "-0", "9223372036854775808", "true", "--5", "(5)",
]  # fmt: skip
DATES = [
    "2023-02-30", "2023-13-01", "0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01",
    "1899-12-31",
    "2023-1-5", "01.02.2023", "1/2/23", "02/30/2023", "31/12/2023", "12/31/2023", "Jan 5, 2023",
    "5 janvier 2023", "20230105", "45000", "-5", "1672531200", "1672531200000",
    "2023-01-05T23:59:59Z",
    "2023-01-05 10:00+14:00", "2023-01-05T10:00:00+99:99", "2023-W01-1", "2023-06", "24:00",
    "today",
    "2023-01-05T24:00:00", "2023-02-29", "infinity", "epoch", "2023-01-05 (BC)", "'2023-01-05",
]  # fmt: skip
COLUMN_NAMES = [
    *HOSTILE[:-2], "", " ", "customer_id", "CUSTOMER_ID", "started_on ", "reason", "merged",
    "noted 0",
    "cell customer_id", "unreadable score", "source file", "column 1", "select", "x" * 5_000,
    "exit_day", "churned", "maturity", "day", "known", "set aside because", "__index_level_0__",
]  # fmt: skip


@dataclass
class Table:
    """A table as texts, and what was done to it."""

    header: list[str]
    rows: list[list[str]]
    done: list[str] = field(default_factory=list)


@dataclass
class Made:
    """A file that was written: how, and with what in company.yml."""

    file: str
    kind: str
    settings: dict
    encoding: str
    done: list[str]


def company_tables(random: Random, customers: int = 60) -> dict[str, Table]:
    """A valid company of all five tables."""
    day = date(2022, 1, 1)
    people, events = [], {"results": [], "surveys": [], "behaviors": [], "efforts": []}
    for i in range(customers):
        start = day + timedelta(random.randrange(700))
        stayed = random.randrange(60, 900)
        end = start + timedelta(stayed)
        left = end < date(2024, 12, 31)
        band = random.choice(["low", "middle", "high"])
        plan = random.choice(["basic", "pro", "équipe"])
        name = f"C{i:03d}"
        people.append([name, str(start), str(end) if left else "", band, plan])
        last = (min(end, date(2024, 12, 31)) - start).days
        for table, found in events.items():
            when = str(start + timedelta(random.randrange(last + 1)))
            found.append([name, when, *_details(table, random)])
    headers = {
        "results": ["customer_id", "reached_on", "result", "value"],
        "surveys": ["customer_id", "surveyed_on", "score", "instrument"],
        "behaviors": ["customer_id", "done_on", "behavior", "quantity"],
        "efforts": ["customer_id", "spent_on", "hours", "kind"],
    }
    customer = ["customer_id", "started_on", "ended_on", "maturity", "plan"]
    return {
        "customers": Table(customer, people),
        **{name: Table(headers[name], rows) for name, rows in events.items()},
    }


def _details(table, random):
    if table == "results":
        return [random.choice(["costs cut", "hours saved"]), str(random.randrange(1, 99))]
    if table == "surveys":
        return [random.choice(["", *map(str, range(11))]), "nps"]
    if table == "behaviors":
        return [random.choice(["usage", "invited others"]), str(random.randrange(1, 9))]
    return [f"{random.randrange(1, 40) / 4}", random.choice(["call", "challenge"])]


# -- what can go wrong with rows and columns


def drop_column(random, table):
    i = random.randrange(len(table.header))
    for row in (table.header, *table.rows):
        del row[i]


def duplicate_column(random, table):
    i = random.randrange(len(table.header))
    for row in (table.header, *table.rows):
        row.append(row[i])
    if random.randrange(2):
        table.header[-1] += " 2"


def rename_column(random, table):
    table.header[random.randrange(len(table.header))] = random.choice(COLUMN_NAMES)


def add_column(random, table):
    table.header.append(random.choice(COLUMN_NAMES))
    for row in table.rows:
        row.append(random.choice(["", "1", "x", "2023-01-05"]))


def reorder_columns(random, table):
    order = random.sample(range(len(table.header)), len(table.header))
    table.header[:] = [table.header[i] for i in order]
    table.rows[:] = [[row[i] for i in order] for row in table.rows]


def swap_columns(random, table):
    i, j = random.randrange(len(table.header)), random.randrange(len(table.header))
    for row in table.rows:
        row[i], row[j] = row[j], row[i]


def shuffle_rows(random, table):
    table.rows[:] = random.sample(table.rows, len(table.rows))


def duplicate_rows(random, table):
    table.rows += [list(row) for row in table.rows[: random.randrange(1, 9)]]


def delete_rows(random, table):
    del table.rows[random.randrange(len(table.rows) + 1) :]


def empty_cells(random, table):
    _put(random, table, [""])


def hostile_cells(random, table):
    _put(random, table, HOSTILE)


def odd_numbers(random, table):
    _put(random, table, NUMBERS)


def odd_dates(random, table):
    _put(random, table, DATES)


def other_date_format(random, table):
    written = random.choice(["%d.%m.%Y", "%m/%d/%Y", "%d/%m/%y", "%Y%m%d", "%b %d, %Y", "%s000"])
    for row in table.rows[: random.choice([1, 5, None])]:
        for i, cell in enumerate(row):
            if re.fullmatch(r"\d{4}-\d\d-\d\d", cell):
                with suppress(ValueError):  # 2023-02-30
                    row[i] = date.fromisoformat(cell).strftime(written)


def _put(random, table, values):
    """Values into some cells, or into the whole of a column."""
    if not table.rows or not table.header:
        return
    column = random.randrange(len(table.header))
    several = random.choice([1, 3, len(table.rows)])
    for row in random.sample(table.rows, min(several, len(table.rows))):
        row[column] = random.choice(values)


TABLE_MUTATIONS = [
    drop_column, duplicate_column, rename_column, add_column, reorder_columns, swap_columns,
    shuffle_rows, duplicate_rows, delete_rows, empty_cells, hostile_cells, hostile_cells,
    odd_numbers, odd_dates, other_date_format,
]  # fmt: skip


# -- what can go wrong with bytes


def truncate(random, content):
    return content[: random.randrange(len(content) + 1)]


def flip(random, content):
    changed = bytearray(content)
    for _ in range(random.choice([1, 3, 30])):
        if changed:
            changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def insert(random, content):
    at = random.randrange(len(content) + 1)
    inserted = random.choice(
        [b"\0", b'"', b"\xff\xfe", b"\xef\xbb\xbf", b"\n", b"\r", b"\r\n", b",", b";;;", b"\t",
         b"\\", b"\x1a", b"\xc3", b"{", b"]", b"\0" * 4096, b"a" * 1_000_000, b"\n" * 50]
    )  # fmt: skip
    return content[:at] + inserted + content[at:]


def delete(random, content):
    at = random.randrange(len(content) + 1)
    return content[:at] + content[at + random.choice([1, 7, 300]) :]


def repeat(random, content):
    at = random.randrange(len(content) + 1)
    return content[:at] + content[at : at + random.choice([5, 500])] + content[at:]


def mixed_line_ends(random, content):
    ends = [b"\n", b"\r\n", b"\r"][: random.choice([2, 3])]
    return b"".join(line + random.choice(ends) for line in content.split(b"\n"))


def lead(random, content):
    return (
        random.choice([b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\n", b"sep=;\n", b"#"])
        + content
    )


BYTE_MUTATIONS = [truncate, flip, insert, insert, delete, repeat, mixed_line_ends, lead]


# -- the formats


def delimited(delimiter, encoding="utf-8", end="\n", quoting=csv.QUOTE_MINIMAL):
    """A writer of delimited text."""

    def write(path, table):
        stream = io.StringIO(newline="")
        returns = any("\r" in cell for row in (table.header, *table.rows) for cell in row)
        how = csv.QUOTE_ALL if returns else quoting  # Python 3.11 leaves a lone \r unquoted
        writer = csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=how)
        writer.writerows([table.header, *table.rows])
        path.write_bytes(stream.getvalue().encode(encoding, "replace"))

    return write


def native(cell: str):
    """A cell with the type a database or sheet would give it."""
    if cell == "":
        return None
    if re.fullmatch(r"-?[1-9]\d{0,14}|0", cell):
        return int(cell)
    if re.fullmatch(r"-?\d{1,9}\.\d{1,6}", cell):
        return float(cell)
    return cell


def write_lines(path, table):
    rows = [dict(zip(table.header, map(native, row), strict=True)) for row in table.rows]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def write_array(path, table):
    rows = [dict(zip(table.header, map(native, row), strict=True)) for row in table.rows]
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")


def arrow(table):
    """The table with a type for each column: its own where all cells fit one, else text."""
    return pa.table([_array([row[i] for row in table.rows]) for i in range(len(table.header))],
                    names=table.header)  # fmt: skip


def _array(cells):
    if cells and all(re.fullmatch(r"(?:[1-9]\d{3}-\d\d-\d\d)?", cell) for cell in cells):
        try:
            return pa.array([date.fromisoformat(c) if c else None for c in cells], pa.date32())
        except ValueError:
            pass
    values = [native(cell) for cell in cells]
    if values and all(isinstance(v, int | float | None) for v in values):
        return pa.array(values, pa.float64() if any(isinstance(v, float) for v in values) else None)
    return pa.array([cell or None for cell in cells], pa.string())


def write_parquet(path, table):
    pq.write_table(arrow(table), path)


def write_xlsx(path, table):
    book = openpyxl.Workbook()
    sheet = book.active
    for r, row in enumerate([table.header, *table.rows], 1):
        for c, text in enumerate(row, 1):
            value = native(openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", text)[:32_000])
            if value is not None:
                cell = sheet.cell(r, c, value)
                cell.data_type = "s" if isinstance(value, str) else "n"
    book.save(path)


def _columns_of_database(table):
    """Names a database takes: filled and, whatever their case, there once."""
    taken = set()
    for name in table.header:
        name = name.replace("\0", "").strip() or "unnamed"
        while name.casefold() in taken:
            name += "_"
        taken.add(name.casefold())
        yield name


def write_sqlite(path, table):
    names = ", ".join('"' + n.replace('"', '""') + '"' for n in _columns_of_database(table))
    with closing(sqlite3.connect(path)) as database:
        database.execute(f'CREATE TABLE "{path.stem}" ({names})')
        marks = ", ".join("?" * len(table.header))
        rows = [[native(cell) for cell in row] for row in table.rows]
        database.executemany(f'INSERT INTO "{path.stem}" VALUES ({marks})', rows)
        database.commit()


def write_duckdb(path, table):
    given = arrow(table).rename_columns(list(_columns_of_database(table)))
    with closing(duckdb.connect(path)) as database:
        database.register("given", given)
        database.execute(f'CREATE TABLE "{path.stem}" AS SELECT * FROM given')


FORMATS = {  # name: ending, writer, encoding
    "csv": (".csv", delimited(","), "utf-8"),
    "csv crlf quoted": (".csv", delimited(",", end="\r\n", quoting=csv.QUOTE_ALL), "utf-8"),
    "csv semicolon cp1252": (".csv", delimited(";", "cp1252", "\r\n"), "cp1252"),
    "csv pipe bom": (".txt", delimited("|", "utf-8-sig"), "utf-8-sig"),
    "csv latin-1": (".csv", delimited(",", "latin-1"), "latin-1"),
    "tsv": (".tsv", delimited("\t"), "utf-8"),
    "tsv utf-16": (".tsv", delimited("\t", "utf-16", "\r\n"), "utf-16"),
    "csv utf-16 without mark": (".csv", delimited(",", "utf-16-le"), "utf-16-le"),
    "json lines": (".jsonl", write_lines, "utf-8"),
    "json array": (".json", write_array, "utf-8"),
    "parquet": (".parquet", write_parquet, ""),
    "xlsx": (".xlsx", write_xlsx, ""),
    "sqlite": (".sqlite", write_sqlite, ""),
    "duckdb": (".duckdb", write_duckdb, ""),
}
TEXT_FORMATS = ("csv", "csv crlf quoted", "csv pipe bom", "tsv", "tsv utf-16")
DELIMITER = {"csv semicolon cp1252": ";", "csv pipe bom": "|", "tsv": "\t", "tsv utf-16": "\t"}


def write(folder, name: str, table: Table, kind: str) -> Made:
    """A table as a file of a format."""
    ending, writer, encoding = FORMATS[kind]
    path = folder / f"{name}{ending}"
    path.unlink(missing_ok=True)
    writer(path, table)
    settings = {"file": path.name}
    if kind in ("sqlite", "duckdb"):
        settings["table"] = name
    return Made(path.name, kind, settings, encoding, table.done)


def mutated(random: Random, folder, name: str, table: Table) -> Made:
    """A table as a file with one to three things wrong with it."""
    kind = random.choice(list(FORMATS))
    wrong = [
        random.choice(BYTE_MUTATIONS if random.randrange(3) == 0 else TABLE_MUTATIONS)
        for _ in range(random.randrange(1, 4))
    ]
    for change in (w for w in wrong if w in TABLE_MUTATIONS):
        if len(table.header) > 1 and table.rows:
            change(random, table)
            table.done.append(change.__name__)
    made = write(folder, name, table, kind)
    for change in (w for w in wrong if w in BYTE_MUTATIONS):
        path = folder / made.file
        path.write_bytes(change(random, path.read_bytes()))
        made.done.append(change.__name__)
    return made


# -- how many rows there are, by other readers than the kit's


def independent_rows(folder, made: Made) -> int | None:
    """Rows of a file that is whole; None where another reader would not take it either."""
    path = folder / made.file
    try:
        return _ROWS.get(made.kind, _delimited_rows)(path, made)
    except Exception:
        return None


def _delimited_rows(path, made):
    """Records of a file that keeps to RFC 4180, each as long as the header, blank lines aside."""
    text = path.read_bytes().decode(made.encoding).removeprefix("\ufeff")
    apart = re.escape(DELIMITER.get(made.kind, ","))
    cell = rf'(?:"(?:[^"]|"")*"|[^"{apart}\r\n]*)'
    record = re.compile(rf"({cell}(?:{apart}{cell})*)(?:\r\n|\r|\n|$)")
    widths, at = [], 0
    while at < len(text):
        found = record.match(text, at)
        if found is None:
            return None
        if found[1].strip():
            widths.append(len(re.findall(rf"(?:^|{apart}){cell}", found[1])))
        at = found.end()
    return len(widths) - 1 if len(set(widths)) == 1 and widths[0] > 1 else None


def _lines(path, made):
    return sum(1 for line in path.read_bytes().split(b"\n") if line.decode().strip())


def _elements(path, made):
    content = json.loads(path.read_text("utf-8-sig"))
    return len(content) if isinstance(content, list) else None


def _sheet_rows(path, made):
    rows = openpyxl.load_workbook(path, data_only=True).active.iter_rows(values_only=True)
    return sum(any(cell not in (None, "") for cell in row) for row in rows) - 1


def _sqlite_rows(path, made):
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
        return database.execute(f'SELECT count(*) FROM "{path.stem}"').fetchone()[0]


def _duckdb_rows(path, made):
    with closing(duckdb.connect(path, read_only=True)) as database:
        return database.execute(f'SELECT count(*) FROM "{path.stem}"').fetchone()[0]


_ROWS = {
    "json lines": _lines,
    "json array": _elements,
    "parquet": lambda path, made: pq.read_table(path).num_rows,
    "xlsx": _sheet_rows,
    "sqlite": _sqlite_rows,
    "duckdb": _duckdb_rows,
}


# -- company.yml

YAML_VALUES = [
    "!!python/object/apply:os.system ['touch pwned']", "!!python/name:os.system", "&a [*a]", "*a",
    "{", "[", "'", '"', "- -", "!!binary aGk=", "!!int x", "null", "~", "yes", "1e400", "-1",
    "2023-02-30", "9999-12-31", "0001-01-01", "[[[[]]]]", "{a: {b: {c: d}}}", "? x", "%TAG !",
    "<<: *x",
    "|", ">", "\t", "a: b: c", "@x", "`", "[a, [b]]", "''", "'a\0b'", '"\\ud800"', '"\\x1b[2J"',
    "é",
    "\u202eabc", "../../etc/passwd", "=1+1", "<script>", "${HOME}", "[" * 3000, "{a: " * 1500,
    "x" * 1_000_000, "'" + "y" * 100_000 + "'", "12" * 3000, "0x10", ".inf", ".nan", "- a\n- b",
    "#",
]  # fmt: skip
YAML_KEYS = ["scale", "maturity", "segments", "horizon_months", "smallest_cell", "churn_window",
             "result_rules", "trials", "snapshots", "subscriptions", "time_zone", "data_folders",
             "company_fields", "nonsense", "<<", "company", "activity", "scan", "reactivation",
             "churn_after_inactive_days", "values", "columns", "date_format", "decimal", "join",
             "unpivot", "query", "database", "sheet", "encoding", "quote",
             "delimiter"]  # fmt: skip


def mutated_settings(random: Random, settings: dict) -> bytes:
    """company.yml with one to three things wrong with it."""
    lines = yaml.safe_dump(settings, allow_unicode=True, sort_keys=False).split("\n")
    for _ in range(random.randrange(1, 4)):
        i = random.randrange(len(lines))
        said = f"{random.choice(YAML_KEYS)}: {random.choice(YAML_VALUES)}"
        key = lines[i].partition(":")[0]
        lines[i : i + 1] = random.choice([
            [f"{key}: {random.choice(YAML_VALUES)}"],
            [f"{key}: {random.choice(YAML_VALUES)}"],
            [said, lines[i]],
            [f"  {said}", lines[i]],
            [lines[i], lines[i]],
            ["  " + lines[i]],
            [random.choice(["---", "...", "- x", "\t", "%YAML 9"])],
            [""],
        ])  # fmt: skip
    content = "\n".join(lines).encode("utf-8")
    return random.choice(BYTE_MUTATIONS)(random, content) if random.randrange(4) == 0 else content
