"""`csresearch init`: roles proposed for known tools' exports, questions, what must stay inert."""

import csv
import datetime
import io
import sqlite3
from collections import defaultdict
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml

from csresearch.cli import main
from csresearch.company import load_company
from csresearch.company.config import read_config
from csresearch.company.sources import connect
from csresearch.errors import CompanyError
from csresearch.setup import init_company
from csresearch.setup.columns import look_at
from csresearch.setup.labels import churn_words, order_of, score_words
from csresearch.setup.questions import Nobody
from csresearch.setup.start import propose_company
from csresearch.setup.tables import best_table, propose
from csresearch.setup.words import likeness
from csresearch.setup.write import as_yaml

EXPORTS = Path(__file__).parent / "exports"
TOGETHER = (
    ("salesforce_accounts.csv", "delighted_responses.csv"),
    ("salesforce_contracts.csv",),
    ("hubspot_companies.csv", "nps_survey.csv"),
    ("hubspot_deals.csv",),
    ("gainsight_company.xlsx", "gainsight_cta.csv", "gainsight_objectives.csv"),
    ("stripe_subscriptions.csv", "zendesk_tickets.csv"),
    ("chargebee_subscriptions.csv",),
    ("zendesk_ratings.jsonl",),
)
COMPLETE = [files for files in TOGETHER if len(files) > 1 or files[0].startswith("chargebee")]
STARTED = (
    ("salesforce_accounts.csv", "delighted_responses.csv", "salesforce_contracts.csv"),
    ("gainsight_company.xlsx", "gainsight_cta.csv", "gainsight_objectives.csv"),
    ("stripe_subscriptions.csv", "zendesk_tickets.csv"),
)


def truth():
    """What each column means: {file: {column: role}}, and the table of each file."""
    roles, tables = defaultdict(dict), {}
    with (EXPORTS / "roles.csv").open(newline="", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            roles[row["file"]][row["column"]] = row["role"]
            tables[row["file"]] = row["table"]
    return roles, tables


@pytest.fixture(scope="module")
def looked():
    """Every export, looked at once."""
    connection = connect()
    names = [name for files in TOGETHER for name in files]
    return {name: look_at(connection, i, EXPORTS / name)[0] for i, name in enumerate(names)}


def proposals(looked):
    """{file: (table, {column: (role, whether without a question)})} for all exports."""
    proposed = {}
    for names in TOGETHER:
        files = [looked[name] for name in names]
        if names in COMPLETE:
            draft = propose_company(EXPORTS, files, Nobody())
            for source in draft.sources.values():
                roles = {
                    said.value: (role, source.fed.chosen[role].sure)
                    for role, said in source.columns.items()
                }
                if source.fed.table == "customers":
                    roles |= {said.value: ("segment", True) for said in draft.segments.values()}
                proposed[source.fed.file.path.name] = (source.fed.table, roles)
        else:  # by itself such a file says too little for a company.yml
            fed = best_table(files[0])
            roles = {one.column: (role, one.sure) for role, one in fed.chosen.items()}
            proposed[names[0]] = (fed.table, roles)
    return proposed


def test_roles_are_right_without_a_question_in_nine_of_ten_columns_that_matter(looked):
    expected, tables = truth()
    proposed = proposals(looked)
    missed, right, total = [], defaultdict(int), defaultdict(int)
    for file, roles in expected.items():
        table, found = proposed[file]
        assert table == tables[file], file
        matter = {column: role for column, role in roles.items() if role != "either"}
        matter |= {c: "unused" for c in found if c not in roles and found[c][0] != "segment"}
        total[file] = len(matter)
        for column, role in matter.items():
            got, sure = found.get(column, ("unused", True))
            if got == role and sure:
                right[file] += 1
            else:
                missed.append(
                    f"{file:30} {column:40.40} {role:18} {got} {'' if sure else '(asked)'}"
                )
    for file in expected:
        print(f"{file:30} {right[file]:3d} of {total[file]:3d}")
    print("\n".join(["missed:", *missed]))
    assert sum(right.values()) >= 0.9 * sum(total.values())


def test_the_truth_names_columns_that_are_there(looked):
    expected, _ = truth()
    assert set(expected) == set(looked)
    for file, roles in expected.items():
        assert set(roles) <= set(looked[file].columns), file


def test_the_exports_are_what_the_script_makes(monkeypatch):
    monkeypatch.syspath_prepend(str(EXPORTS))
    make = __import__("make")
    assert {n: c for n, c in make.contents().items() if (EXPORTS / n).read_bytes() != c} == {}
    assert max(len(content) for content in make.contents().values()) < 20_000


@pytest.fixture(scope="module")
def started(tmp_path_factory, looked):
    """Sets of exports after `init --yes`: folder, exit code and output by the first file.

    Only the last goes all the way; the others don't look at the same files once more.
    """
    done = {}
    for names in STARTED:
        folder = tmp_path_factory.mktemp("exports") / Path(names[0]).stem
        command = ["init", str(folder), "--yes", "--from", *(str(EXPORTS / n) for n in names)]
        if names != STARTED[-1]:
            folder.mkdir()
            draft = propose_company(folder, [looked[name] for name in names], Nobody())
            (folder / "company.yml").write_text(as_yaml(draft), encoding="utf-8")
            command = ["check", str(folder)]
        with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
            code = main(command)
        done[names[0]] = folder, code, out.getvalue(), err.getvalue()
    return done


def test_init_writes_a_company_that_loads_and_says_what_it_answers(started):
    for names in STARTED:
        folder, code, out, err = started[names[0]]
        assert (code, err) == (0, ""), names
        assert f"customers from {names[0]}" in out and "Claims" in out, out
        assert "56 rows, 56 used, 0 set aside" in out
        config = read_config(folder / "company.yml")
        assert config.company == Path(names[0]).stem
        assert config.customers.file.startswith("../")
        assert len(config.tables) + len(config.customers.join) == len(names)
        assert out.count("can be tested") >= 1


def test_days_labels_and_order_come_out_right(started):
    config = read_config(started["salesforce_accounts.csv"][0] / "company.yml")
    assert config.maturity.order == ["Low", "Medium", "High"] and config.maturity.low == ["Low"]
    assert config.observed_until == datetime.date(2026, 6, 30)  # LastActivityDate's last day
    config = read_config(started["stripe_subscriptions.csv"][0] / "company.yml")
    assert config.customers.values["churned"] == {
        "canceled": "yes",
        "active": "no",
        "past_due": "no",
    }
    assert config.surveys.values["score"] == {"Good": "1", "Bad": "0", "Offered": ""}


CUSTOMERS = {
    "account_id": [f"a-{i}" for i in range(40)],
    "customer since": [f"2024-{i % 12 + 1:02d}-{i % 28 + 1:02d}" for i in range(40)],
    "churn date": [f"2025-{i % 12 + 1:02d}-15" if i % 3 == 0 else "" for i in range(40)],
}


def write(folder, name="accounts.csv", **columns):
    """A CSV of customers with further columns; returns its path."""
    path = folder / name
    pd.DataFrame({**CUSTOMERS, **columns}).to_csv(path, index=False)
    return path


def roles_of(path):
    """{column: role} of the table a file is proposed for."""
    fed = propose([look_at(connect(), 0, path)[0]])["customers"]
    return {one.column: role for role, one in fed.chosen.items()}


def test_names_that_mislead_are_seen_through(tmp_path):
    rows = range(40)
    path = write(
        tmp_path,
        id=[i // 8 for i in rows],  # repeats: no customer's id
        score=[i % 2 for i in rows],
        status_date=["2023-01-01"] * 40,  # before everybody's start
        created=["2026-01-05"] * 40,  # after many an end: the day of a migration
        AnnualRevenue=[1000 * i for i in rows],  # their own
        status=["open", "waiting"] * 20,  # says nothing about leaving
        contract_end_date=["2099-01-01"] * 40,
    )
    roles = roles_of(path)
    assert roles["account_id"] == "customer_id" and roles["customer since"] == "started_on"
    assert roles["churn date"] == "ended_on"
    assert not {"id", "score", "status_date", "created", "AnnualRevenue", "status"} & set(roles)
    assert roles.get("contract_end_date") in (None, "renews_on")


def test_a_start_after_the_end_is_not_taken(tmp_path):
    swapped = {"start": CUSTOMERS["churn date"], "end": CUSTOMERS["customer since"]}
    path = tmp_path / "swapped.csv"
    pd.DataFrame({"customer_id": CUSTOMERS["account_id"], **swapped}).to_csv(path, index=False)
    with pytest.raises(CompanyError, match="no file holds customers the kit can use"):
        propose([look_at(connect(), 0, path)[0]])


def test_a_wide_file_feeds_customers_and_surveys(tmp_path):
    days = [f"2024-12-{i % 28 + 1:02d}" for i in range(40)]
    path = write(tmp_path, **{"Last NPS Score": [i % 11 for i in range(40)], "Last NPS Date": days})
    fed = propose([look_at(connect(), 0, path)[0]])
    assert {role: one.column for role, one in fed["surveys"].chosen.items()} == {
        "customer_id": "account_id", "surveyed_on": "Last NPS Date", "score": "Last NPS Score",
    }  # fmt: skip


def sqlite_file(path, frames):
    with closing(sqlite3.connect(path)) as database:
        for name, frame in frames.items():
            frame.to_sql(name, database, index=False)
        database.commit()


def duckdb_file(path, frames):
    with duckdb.connect(path) as database:
        for name, frame in frames.items():
            database.register("frame", frame)
            database.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")


@pytest.mark.parametrize(("write", "name"), [(sqlite_file, "crm.db"), (duckdb_file, "crm.duckdb")])
def test_the_tables_of_a_database_file_are_looked_at_one_by_one(tmp_path, write, name):
    files = {"accounts": "salesforce_accounts.csv", "answers": "delighted_responses.csv"}
    frames = {table: pd.read_csv(EXPORTS / file, dtype=str) for table, file in files.items()}
    write(tmp_path / name, frames | {"nobody": frames["accounts"][:0]})
    config = read_config(init_company(tmp_path / "ours", [tmp_path / name], ask=False))
    texts = [EXPORTS / file for file in files.values()]
    from_text = read_config(init_company(tmp_path / "text", texts, ask=False))
    for table, kept_in in (("customers", "accounts"), ("surveys", "answers")):
        source = getattr(config, table)
        assert (source.file, source.table) == (f"../{name}", kept_in)
        assert source.columns == getattr(from_text, table).columns
    used = load_company(tmp_path / "ours").row_counts.set_index("table")["used"]
    assert (used > 0).all()


def test_contracts_beside_accounts_are_joined(started):
    config = read_config(started["salesforce_accounts.csv"][0] / "company.yml")
    (joined,) = config.customers.join
    assert joined.on == {"Id": "Account ID"}
    assert config.customers.columns["renews_on"] == "Contract End Date"
    assert config.customers.columns["term_months"] == "Contract Term (months)"
    assert config.customers.date_format["renews_on"] == "%m/%d/%Y"


def test_several_subscriptions_a_customer_are_told(tmp_path):
    accounts = [f"a-{i // 2}" for i in range(40)]
    path = write(tmp_path, account_id=accounts)
    written = init_company(tmp_path / "s", [path], ask=False)
    assert read_config(written).subscriptions.grace_days == 30
    assert "20 customers stand on several rows" in " ".join(written.read_text().split("# "))


HOSTILE = {
    "=cmd|' /C calc'!A0": ["x"] * 40,
    'say "no": {yes}, [*a] & #b': [f"t{i % 3}" for i in range(40)],
    "two\nlines": ["plan A", "plan B"] * 20,
    "<script>alert(1)</script>": ["'; DROP TABLE customers; --"] * 40,
    "\u202eright to left\u2028plan": ["x", "y"] * 20,
    "Gr\u00f6\u00dfe plan \u4e2d": ["\N{PILE OF POO}", "=1+1"] * 20,
    "- item: plan": ["no", "~"] * 20,
    "../../etc/plan": ["../../etc/passwd", "C:\\x"] * 20,
}


def test_hostile_names_and_values_come_out_inert(tmp_path):
    path = write(tmp_path, name="a \u00fc 'b' #c.csv", **HOSTILE)
    written = init_company(tmp_path / "- : #x", [path], ask=False)
    text = written.read_text(encoding="utf-8")
    lines = text.split("\n")
    assert text.splitlines() == lines[:-1]  # nothing in it breaks a line
    config = read_config(written)
    assert config.company == "- : #x" and config.customers.file == "../a \u00fc 'b' #c.csv"
    assert set(config.customers.columns.values()) <= {*CUSTOMERS, *HOSTILE}
    plain = yaml.safe_load(text)
    assert set(plain) <= {"company", "observed_until", "customers", "segments"}
    assert "=cmd" not in str(plain) and "\u202e" not in "".join(
        line for line in lines if line.lstrip().startswith("#")
    )
    company = load_company(written)
    assert company.row_counts["used"].tolist() == [40]


def test_questions_are_asked_where_unsure_and_answers_count(tmp_path, monkeypatch, capsys):
    rows = {"account_id": CUSTOMERS["account_id"], "created": CUSTOMERS["customer since"],
            "go live": CUSTOMERS["customer since"], "churn date": CUSTOMERS["churn date"],
            "maturity": ["spring", "autumn"] * 20}  # fmt: skip
    path = tmp_path / "accounts.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    answers = iter(["7", "2", "x", "2025-12-31", "1 1", "2 1"])
    monkeypatch.setattr("builtins.input", lambda prompt: next(answers))
    written = init_company(tmp_path / "ours", [path])
    printed = capsys.readouterr().out
    assert (
        "accounts.csv: which column is customers.started_on (First day as a customer)?" in printed
    )
    assert "none of them" in printed and "please" in printed
    config = read_config(written)
    assert config.customers.columns["started_on"] == "created"
    assert config.maturity.order == ["spring", "autumn"]  # offered as 1 autumn, 2 spring
    assert str(config.observed_until) == "2025-12-31"
    assert "1.00: you said so" in written.read_text()
    with pytest.raises(StopIteration):
        next(answers)


def test_nobody_there_to_answer_is_told(tmp_path, monkeypatch):
    def nobody(prompt):
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    with pytest.raises(CompanyError, match="run it with --yes"):
        init_company(tmp_path / "ours", [write(tmp_path)])
    assert not (tmp_path / "ours").exists()


def test_day_and_month_that_can_not_be_told_apart_are_asked_about(tmp_path, monkeypatch):
    days = [f"0{i % 9 + 1}/0{i % 7 + 1}/2024" for i in range(40)]
    path = write(tmp_path, **{"customer since": days, "churn date": [""] * 40})
    asked = []

    def answer(prompt):
        asked.append(prompt)
        return "2" if prompt.startswith("Number") else ""

    monkeypatch.setattr("builtins.input", answer)
    other = read_config(init_company(tmp_path / "asked", [path]))
    taken = init_company(tmp_path / "taken", [path], ask=False)
    formats = [c.customers.date_format["started_on"] for c in (other, read_config(taken))]
    assert set(formats) == {"%d/%m/%Y", "%m/%d/%Y"}
    assert asked.count("Number [1]: ") == 1
    assert "not sure, check it" in taken.read_text()


def test_what_is_there_is_not_overwritten(tmp_path, capsys):
    path = write(tmp_path)
    init_company(tmp_path / "o", [path], ask=False)
    (tmp_path / "o" / "company.yml").write_text("mine")
    assert main(["init", str(tmp_path / "o"), "--yes", "--from", str(path)]) == 2
    assert "--force" in capsys.readouterr().err
    assert (tmp_path / "o" / "company.yml").read_text() == "mine"
    init_company(tmp_path / "o", [path], ask=False, force=True)
    assert (tmp_path / "o" / "company.yml").read_text() != "mine"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("gone.csv", None, "no such file"),
        ("empty.csv", b"", "is empty"),
        ("header.csv", b"account,start\n", "holds no rows"),
        ("notes.docx", b"x", "are not read"),
        ("crm.sqlite", b"x", "neither a SQLite nor a DuckDB file"),
        ("dates.csv", b"color,size\nred,3\nblue,4\n", "no file holds customers"),
        ("no_end.csv", b"customer_id,start date\na,2024-01-01\nb,2024-02-01\n", "ended_on"),
        ("cost$.csv", b"customer_id,start date\na,2024-01-01\n", "rename it"),
    ],
)
def test_files_that_can_not_be_used_exit_with_2_and_a_sentence(
    tmp_path, capsys, name, content, told
):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert main(["init", str(tmp_path / "o"), "--yes", "--from", str(tmp_path / name)]) == 2
    printed = capsys.readouterr()
    assert told in printed.err and printed.err.startswith("csresearch: ") and printed.out == ""
    assert not (tmp_path / "o" / "company.yml").exists()


def test_names_are_compared_by_their_words():
    assert likeness("Canceled At (UTC)", "cancel") == 1
    assert likeness("account_created_at", "customer create") == 1
    assert likeness("CustomerSince__c", "customer since") == 1
    assert likeness("annual revenue", "annual recurring revenue") < 0.75
    assert likeness("custmer sinse", "customer since") > 0.75  # spelling mistakes
    assert likeness("colour", "churn") < 0.4


def test_labels_are_known_or_left_alone():
    assert churn_words(["Active", "Churned"]) == {"Active": "no", "Churned": "yes"}
    assert churn_words(["Active", "Blue"]) == {}
    assert score_words(["Promoter", "Detractor", "Passive"])["Passive"] == "1"
    assert score_words(["red", "blue"]) == {}
    assert order_of(["walk", "Crawl", "run"]) == ["Crawl", "walk", "run"]
    assert order_of(["spring", "autumn"]) == []
