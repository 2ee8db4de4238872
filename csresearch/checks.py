"""Checks before any statistics: each counts, shows an example and says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import ibis
import pandas as pd

from csresearch.cells import CELL, always_readable, as_text, is_filled, mapped
from csresearch.schema import RECORDED_BY_DAY, CompanyConfig
from csresearch.sources import Opened, stage
from csresearch.tenure import since_start

SET_ASIDE, NOT_USED, TOLD = "row set aside", "value not used", "told"
EARLIEST = "1900-01-01"
NOTED = "noted "  # prefix of the marks of checks that leave the row in
PROBLEM_COLUMNS = (
    "table", "file", "column", "reason", "rows", "example", "effect", "what_to_do",
)  # fmt: skip


@dataclass(frozen=True)
class Check:
    """One thing that can be wrong with a row.

    Parameters
    ----------
    column : str
        Canonical column to blame.
    reason : str
        What is wrong.
    bad : ibis boolean
        True on the rows it is wrong with.
    advice : str
        What to do about it.
    effect : str
        "row set aside", "value not used" or "told".
    """

    column: str
    reason: str
    bad: ibis.Value
    advice: str
    effect: str = SET_ASIDE


@dataclass(frozen=True)
class Checked:
    """A table after its checks.

    Parameters
    ----------
    marked : ibis Table
        All rows with ``reason``: the number of the first check that sets the row aside, or NULL.
    reasons : tuple of str
        Reason of each of those checks.
    rows_in, rows_used : int
        Unreadable lines are among the rows in.
    problems : DataFrame
        What was found, columns ``PROBLEM_COLUMNS``.
    unreadable : DataFrame
        Lines no row could be made of.
    facts : dict
        Aggregates over the rows used.
    """

    marked: ibis.Table
    reasons: tuple[str, ...]
    rows_in: int
    rows_used: int
    problems: pd.DataFrame
    unreadable: pd.DataFrame
    facts: dict = field(default_factory=dict)

    @property
    def used(self) -> ibis.Table:
        """The rows that are used."""
        if self.rows_used == self.rows_in:
            return self.marked.drop("reason")
        return self.marked.filter(self.marked.reason.isnull()).drop("reason")

    @property
    def set_aside(self) -> ibis.Table:
        """The other rows, as they stand in the file, with the reason."""
        kept = self.marked.filter(self.marked.reason.notnull())
        named = kept.reason.cases(*enumerate(self.reasons), else_="")
        cells = {c.removeprefix(CELL): kept[c] for c in kept.columns if c.startswith(CELL)}
        return kept.select(**{"set aside because": named, **cells})


def run_checks(
    name: str, opened: Opened, placed: dict, table: ibis.Table, checks: Sequence[Check], **facts
) -> Checked:
    """Count what each check finds, in one pass over the table."""
    drops = [c for c in checks if c.effect == SET_ASIDE]
    others = [c for c in checks if c.effect != SET_ASIDE]
    reason = ibis.cases(*((c.bad, ibis.literal(i, "int8")) for i, c in enumerate(drops)))
    noted = {f"{NOTED}{i}": c.bad.fill_null(False) for i, c in enumerate(others)}
    marked = stage(f"marked_{name}", table.mutate(reason=reason, **noted), keep=False)
    counted = marked.group_by("reason").agg(
        rows=marked.count(),
        **{column: marked.count(where=marked[column]) for column in noted},
        **{key: fact(marked) for key, fact in facts.items()},
    )
    counted = counted.order_by("reason").to_pandas()
    used = counted[counted["reason"].isna()]
    kept = used.iloc[0].to_dict() if len(used) else {}
    dropped = counted[counted["reason"].notna()]
    found = [(drops[int(r)], int(n)) for r, n in zip(dropped["reason"], dropped["rows"])]
    found += [(c, int(kept.get(column, 0))) for column, c in zip(noted, others)]
    found = [(check, rows) for check, rows in found if rows]
    examples = _examples(marked, placed, found, drops, others)
    problems = [
        _problem(name, opened, placed, found_check, example)
        for found_check, example in zip(found, examples, strict=True)
    ]
    unread = len(opened.unreadable)
    return Checked(
        marked=marked,
        reasons=tuple(c.reason for c in drops),
        rows_in=int(counted["rows"].sum()) + unread,
        rows_used=int(kept.get("rows", 0)),
        problems=pd.DataFrame(
            problems + _unreadable_lines(name, opened), columns=list(PROBLEM_COLUMNS)
        ),
        unreadable=opened.unreadable,
        facts={key: kept.get(key) for key in facts},
    )


def _examples(
    marked: ibis.Table, placed: dict, found: list, drops: list[Check], others: list[Check]
) -> list[str]:
    """A cell for each check that found something: the first in alphabetical order."""
    if not found:
        return []
    first = {}
    for i, (check, _) in enumerate(found):
        in_file = placed[check.column if check.column in placed else "customer_id"][1]
        cell = as_text(marked[CELL + in_file]).substr(0, 80)
        if check.effect == SET_ASIDE:
            bad = marked.reason == drops.index(check)
        else:
            bad = marked[f"{NOTED}{others.index(check)}"] & marked.reason.isnull()
        first[f"example {i}"] = cell.min(where=bad)
    shown = marked.agg(**first).to_pandas().iloc[0]
    return [printable(text) if isinstance(text, str) else "" for text in shown]


def customer_checks(
    table: ibis.Table, config: CompanyConfig, placed: dict, *, dated: bool
) -> list[Check]:
    """What can be wrong with a customer."""
    checks = [
        _missing(table, "customer_id", "the row has no customer id"),
        Check("customer_id", "duplicate customer id", table.duplicate,
              "keep one row per customer; all rows of the id are set aside, as none can be trusted"),
        *cell_checks("customers", table, config, placed),
    ]  # fmt: skip
    checks += _dated_checks(table, config, placed) if dated else _snapshot_checks(table)
    checks.append(
        Check("observed_from" if dated else "churned", "not observed at all",
              table.entry_day >= table.exit_day,
              "the customer left, or observation ended, before observation began; nothing to do "
              "if that is so")
    )  # fmt: skip
    return checks + _customer_values(table, placed, dated)


def event_checks(
    name: str, table: ibis.Table, day: str, config: CompanyConfig, placed: dict
) -> list[Check]:
    """What can be wrong with a result or a survey; ``day`` is its date column."""
    until = ibis.literal(config.observed_until)
    after = "correct the date, the customer's end, or observed_until in company.yml"
    checks = [
        _missing(table, "customer_id", "the row has no customer id"),
        Check("customer_id", "its customer is set aside", table.customer_set_aside,
              "see set_aside/customers.csv"),
        Check("customer_id", "unknown customer", ~table.known,
              "add the customer to the customers table or correct the id"),
        *cell_checks(name, table, config, placed),
    ]  # fmt: skip
    if day not in placed:
        return checks
    early = table[day] < table.started_on
    checks += [
        _missing(table, day, "the row has no date"),
        Check(day, "in the future (after observed_until)", table[day] > until, after),
        Check(day, "after the customer's end", table[day] > table.exit_on, after),
    ]
    if name == "results":
        checks.append(Check(day, "before the customer's start", early,
                            "counted from the start; correct the date if that is wrong", TOLD))  # fmt: skip
    else:
        checks.append(Check(day, "before the customer's start", early,
                            "correct the date or the customer's start"))  # fmt: skip
        checks.append(Check(day, "customer has no start date", table.started_on.isnull(),
                            "give customers started_on: without it the day of tenure of a survey "
                            "is unknown"))  # fmt: skip
    return checks


def cell_checks(name: str, table: ibis.Table, config: CompanyConfig, placed: dict) -> list[Check]:
    """Cells that can't be read as the date, number or yes/no they should be."""
    source = getattr(config, name)
    checks = []
    for column, (spec, in_file) in placed.items():
        cell, values = table[CELL + in_file], source.values.get(column)
        if not values and always_readable(cell, spec.kind):
            continue
        kinds = {
            "date": f"write dates as {source.date_format or 'YYYY-MM-DD'}, or set date_format",
            "number": "write plain numbers with a decimal point",
            "yes/no": "write yes or no, or map the values",
        }
        if spec.kind in kinds:
            bad = is_filled(mapped(cell, values)) & table[column].isnull()
            advice = f"{kinds[spec.kind]} in company.yml under {name}:"
            effect = SET_ASIDE if spec.essential else NOT_USED
            checks.append(Check(column, f"not a {spec.kind}", bad, advice, effect))
    return checks


def _dated_checks(table: ibis.Table, config: CompanyConfig, placed: dict) -> list[Check]:
    """What can be wrong with a customer's dates."""
    until = ibis.literal(config.observed_until)
    future = "in the future (after observed_until)"
    correct = "correct the date, or observed_until in company.yml"
    checks = [
        _missing(table, "started_on", "the customer has no start date"),
        Check("started_on", future, table.started_on > until, correct),
        Check("started_on", "before 1900", table.started_on < ibis.date(EARLIEST),
              "correct the date; an empty date may have been exported as day 0"),
        Check("ended_on", "end before start", table.ended_on < table.started_on,
              "correct one of the two dates"),
        Check("ended_on", future, table.ended_on > until,
              f"{correct}; an end that is only announced belongs into notice_on, with ended_on "
              "empty"),
        Check("observed_until", future, table.observed_until > until, correct),
    ]  # fmt: skip
    if "churned" in placed:
        gone, dateless = table.says_churned, table.ended_on.isnull()
        checks += [
            Check("churned", "churned, but no end date", gone & dateless,
                  "add the day the customer left"),
            Check("churned", "end date, but not churned", ~gone & ~dateless,
                  "correct one of the two; if the date is where observation ended, it belongs "
                  "into observed_until"),
        ]  # fmt: skip
    return checks


def _snapshot_checks(table: ibis.Table) -> list[Check]:
    """What can be wrong with a row of a snapshot export."""
    return [
        Check("tenure_days", "no tenure", table.exit_day.isnull(), "add how long the customer stayed"),
        Check("tenure_days", "negative tenure", table.exit_day < 0, "correct the tenure"),
        _missing(table, "churned", "nothing says whether the customer left"),
    ]  # fmt: skip


def _customer_values(table: ibis.Table, placed: dict, dated: bool) -> list[Check]:
    """Values of a customer that are not used, or used differently; the row stays."""
    checks = []
    if "maturity" in placed:
        checks.append(Check("maturity", "unknown maturity band", table.maturity_unknown,
                            "add the band to maturity: order: or map it under customers: values:; "
                            "until then it counts as not recorded", NOT_USED))  # fmt: skip
    if "started_on" not in placed:
        return checks
    if "maturity" in placed and "maturity_on" in placed:
        late = since_start(table, "maturity_on") > RECORDED_BY_DAY
        checks.append(Check("maturity_on", f"maturity recorded after day {RECORDED_BY_DAY}", late,
                            "nothing to do: what is recorded later may follow from how it went, so "
                            "it counts as not recorded", NOT_USED))  # fmt: skip
    if "first_result_on" in placed:
        early = table.first_result_on < table.started_on
        checks.append(Check("first_result_on", "result before the customer's start", early,
                            "counted from the start; correct the date if that is wrong", TOLD))  # fmt: skip
    if "first_result_on" in placed and dated:
        late = table.first_result_on > table.exit_on
        checks.append(Check("first_result_on", "result after the customer's end", late,
                            "correct the date or the end; until then the customer counts as "
                            "without result", NOT_USED))  # fmt: skip
    return checks


def _missing(table: ibis.Table, column: str, reason: str) -> Check:
    """An empty cell where one is needed."""
    return Check(column, reason, table[column].isnull(), f"fill in {column}")


def _problem(
    name: str, opened: Opened, placed: dict, found: tuple[Check, int], example: str
) -> tuple:
    """One row of the problems table."""
    check, rows = found
    column = placed[check.column][1] if check.column in placed else check.column
    return (name, opened.file, column, check.reason, rows, example, check.effect, check.advice)


def _unreadable_lines(name: str, opened: Opened) -> list[tuple]:
    """Lines no row could be made of, as a problem."""
    lines = opened.unreadable
    if lines.empty:
        return []
    first = lines.iloc[0]
    return [
        (name, opened.file, "", "line can't be read", len(lines),
         printable(f"line {first['line']}: {first['text'][:60]}"), SET_ASIDE,
         f"{printable(first['reason'])}: correct the line's delimiters and quotes"),
    ]  # fmt: skip


def printable(text: str) -> str:
    """Text with control characters and direction marks spelled out.

    >>> printable("a\\x00b")
    'a\\\\x00b'
    """
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
