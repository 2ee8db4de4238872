"""``csresearch init``: from files to a proposed company.yml."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from csresearch.company.canonical import columns_of
from csresearch.company.schema import CompanyConfig
from csresearch.company.sources import connect
from csresearch.errors import CompanyError
from csresearch.plain_text import printable
from csresearch.setup.columns import File, look_at
from csresearch.setup.days import Days
from csresearch.setup.draft import Draft, Said, Source
from csresearch.setup.further import Further, further_columns
from csresearch.setup.questions import Answers, Nobody, Person, ask_day, ask_roles, meaning
from csresearch.setup.settings import last_day, maturity, segments, value_maps
from csresearch.setup.tables import Fed, known_ids, lacks, propose
from csresearch.setup.write import as_yaml, relative

FILE_NAME = "company.yml"
GRACE_DAYS = 30


def init_company(
    folder: str | Path, files: Sequence[str | Path], *, ask: bool = True, force: bool = False
) -> Path:
    """Write a commented company.yml for files exported from other tools.

    Parameters
    ----------
    folder : path
        Where company.yml goes; made if it is not there.
    files : sequence of paths
        The exports, of any kind the kit reads.
    ask : bool
        Ask on the terminal where the proposal is not sure; otherwise the best is taken.
    force : bool
        Overwrite a company.yml that is there.

    Returns
    -------
    pathlib.Path
        The company.yml.

    Raises
    ------
    CompanyError
        If company.yml is there already, a file can't be used, or no file holds customers.
    """
    folder = Path(folder)
    target = folder / FILE_NAME
    if target.exists() and not force:
        raise CompanyError(f"{target}: is there already; --force overwrites it")
    looked = look([Path(file) for file in files], folder)
    text = as_yaml(propose_company(folder, looked, Person() if ask else Nobody()))
    folder.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


def look(files: Sequence[Path], folder: Path) -> list[File]:
    """Look at the files, each once, and at what company.yml in a folder would call them."""
    connection = connect()
    each = {path.resolve(): path for path in files}
    for path in each.values():
        relative(path, folder)
    looked = [look_at(connection, number, path) for number, path in enumerate(each.values())]
    return [file for files in looked for file in files]


def propose_company(folder: Path, files: Sequence[File], answers: Answers) -> Draft:
    """What company.yml should say about these files."""
    fed = propose(files)
    sources = {table: _source(one, answers) for table, one in fed.items()}
    _add_further(sources["customers"], further_columns(fed, files, known_ids(fed)))
    for source in sources.values():
        source.date_formats = _date_formats(source, answers)
    _refuse_without_customers(sources["customers"])
    day, why = last_day(sources)
    day = ask_day(day, answers)
    name = printable(folder.resolve().name)[:200] or "company"
    until = "Say here on which day the data were exported: who had not left by then is still here"
    draft = Draft(
        folder,
        Said(name, "the folder's name, as it will stand on the report"),
        Said(f"{day:%Y-%m-%d}", f"{why}. {until}"),
        sources,
        files=tuple(files),
    )
    for source in sources.values():
        value_maps(source)
    maturity(draft, answers)
    segments(draft)
    _shape(draft, answers)
    return draft


def _source(fed: Fed, answers: Answers) -> Source:
    """A table's source with its columns, after asking."""
    chosen = ask_roles(fed, answers)
    in_order = [role for role in columns_of(fed.table) if role in chosen]
    source = Source(Fed(fed.table, fed.file, chosen, fed.found, fed.fit))
    for role in in_order:
        one = chosen[role]
        why = "; ".join(one.reasons) or "its values would do"
        check = "" if one.sure else "not sure, check it: "
        source.columns[role] = Said(
            one.column, f"{check}{why}. {meaning(fed.table, role, chosen)}", one.confidence
        )
    if {"started_on", "ended_on"} <= set(chosen):  # dates say more than a count of months
        for role in ("tenure_days", "tenure_months"):
            source.columns.pop(role, None)
    return source


def _add_further(source: Source, further: list[Further]) -> None:
    """Add what second files say about the customers."""
    for one in further:
        source.further.append(one)
        for role, candidate in one.chosen.items():
            why = "; ".join((*candidate.reasons, f"stands in {one.file.name}"))
            source.columns[role] = Said(
                candidate.column, f"{why}. {meaning('customers', role)}", candidate.confidence
            )


def _date_formats(source: Source, answers: Answers) -> dict[str, Said]:
    """How a table's dates are written, asked where day and month can't be told apart."""
    columns = {role: source.seen(role) for role in source.columns}
    written = {role: seen.written for role, seen in columns.items() if seen.written}
    certain = {how.format for how in written.values() if not how.rivals}
    formats, agreed = {}, ""
    for role, how in written.items():
        if not how.stated:
            continue
        elsewhere = certain & {how.format, *how.rivals}
        if not how.rivals or len(elsewhere) == 1:
            found = how.format if not how.rivals else min(elsewhere)
            formats[role] = Said(found, "how this column's dates are written", 0.95)
            continue
        agreed = agreed or _ask_format(source, how, answers)
        told = "not sure, check it: day and month can't be told apart"
        if not isinstance(answers, Nobody):
            told = "you said so"
        formats[role] = Said(agreed, told, 0.5 if isinstance(answers, Nobody) else 1.0)
    return formats


def _ask_format(source: Source, how: Days, answers: Answers) -> str:
    """Day before month, or month before day."""
    formats = [how.format, *how.rivals]
    question = f"{source.fed.file.name}: how is the date {printable(how.example[:40])} written?"
    return formats[answers.choose(question, formats)]


def _refuse_without_customers(source: Source) -> None:
    """The answers must leave customers the kit can use."""
    missing = lacks(source.columns)
    if missing:
        raise CompanyError(
            f"{source.fed.file.name}: without {missing} nothing can be said about how long "
            "customers stay; run init again and name a column for it"
        )


def _shape(draft: Draft, answers: Answers) -> None:
    """Several rows per customer, or a snapshot: what must be said about them."""
    source = draft.sources["customers"]
    roles = set(source.columns)
    seen = source.seen("customer_id")
    dated = {"started_on", "ended_on"} <= roles
    if dated and not seen.unique and "subscriptions" in CompanyConfig.model_fields:
        draft.settings["subscriptions"] = Said(
            {"grace_days": GRACE_DAYS},
            f"{int((seen.distinct > 1).sum()):,} customers stand on several rows: each is read as "
            f"a subscription, and one that starts within {GRACE_DAYS} days after the end of "
            "another continues it",
            0.7,
        )
    if dated:
        return
    spans = ("left out: survival claims are not answered until it is said", "a month", "a quarter",
             "a year")  # fmt: skip
    question = "Customers have no dates. In which window before the export could churn be recorded?"
    months = (None, 1, 3, 12)[answers.choose(question, spans)]
    if months:
        draft.settings["churn_window"] = Said({"months": months}, "you said so", 1.0)
    else:
        draft.notes.append(
            "churn_window: customers have no dates, so the kit must know in which window before "
            "the export churn could have been recorded, such as churn_window: {months: 1}"
        )
