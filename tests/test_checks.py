"""Every check: what it finds, how often, an example, what happens to the row; nothing is lost."""

import csv

import pandas as pd
import pytest
from company_files import adds_up, cells_of, found, load, write_company

from csresearch.company import Company, load_company
from csresearch.company.checks import NOT_USED, SET_ASIDE, TOLD
from csresearch.errors import CompanyError

GOOD = "good,2024-01-01,,\n"
HEADER = "customer_id,started_on,ended_on,maturity\n"


def test_customers_that_cannot_be_used_are_set_aside(tmp_path):
    company = load(
        tmp_path,
        HEADER + GOOD + ",2024-01-01,,\n"
        "no-start,,,\n"
        "bad-start,2024-31-01,,\n"
        "bad-end,2024-02-01,soon,\n"
        "backwards,2024-02-01,2024-01-31,\n"
        "starts-later,2025-01-01,,\n"
        "ends-later,2024-02-01,2025-01-02,\n"
        "long-ago,0024-02-01,,\n",
    )
    future = "in the future (after observed_until)"
    assert found(company) == {
        ("customer_id", "no customer id"): (1, "", SET_ASIDE),
        ("started_on", "no start date"): (1, "", SET_ASIDE),
        ("started_on", "not a date"): (1, "2024-31-01", SET_ASIDE),
        ("ended_on", "not a date"): (1, "soon", SET_ASIDE),
        ("ended_on", "end before start"): (1, "2024-01-31", SET_ASIDE),
        ("started_on", future): (1, "2025-01-01", SET_ASIDE),
        ("ended_on", future): (1, "2025-01-02", SET_ASIDE),
        ("started_on", "before 1900"): (1, "0024-02-01", SET_ASIDE),
    }
    assert set(company.problems["file"]) == {"customers.csv"}
    assert company.problems["what_to_do"].str.len().min() > 10
    assert company.customers.customer_id.to_pandas().tolist() == ["good"]
    assert company.row_counts[["rows_in", "used", "set_aside"]].to_numpy().tolist() == [[9, 1, 8]]
    assert adds_up(company)


def test_all_rows_of_a_duplicate_id_are_set_aside(tmp_path):
    company = load(tmp_path, HEADER + GOOD + "a,2024-01-01,,\n a ,2024-02-01,,\nb,2024-01-01,,\n")
    assert found(company) == {("customer_id", "duplicate customer id"): (2, "a", SET_ASIDE)}
    assert sorted(company.customers.customer_id.to_pandas()) == ["b", "good"]
    assert adds_up(company)


@pytest.mark.parametrize("ids", [[1, 2, 2, 3], [10**12, 5, 5, -7], [1.0, 2.0, 2.0, None]])
def test_duplicate_numbers_are_found_too(ids):
    company = Company.from_frames(
        pd.DataFrame({"customer_id": ids, "started_on": "2024-01-01", "ended_on": None}),
        observed_until="2024-12-31",
    )
    assert found(company)["customer_id", "duplicate customer id"][0] == 2
    assert adds_up(company)


def test_contradictions_between_flag_and_date_are_set_aside(tmp_path):
    company = load(
        tmp_path,
        "customer_id,started_on,ended_on,churned\n"
        "good,2024-01-01,,no\na,2024-01-01,,yes\nb,2024-01-01,2024-03-01,no\n",
    )
    assert found(company) == {
        ("churned", "churned, but no end date"): (1, "yes", SET_ASIDE),
        ("churned", "end date, but not churned"): (1, "no", SET_ASIDE),
    }
    assert adds_up(company)


def test_customers_never_observed_are_set_aside(tmp_path):
    company = load(
        tmp_path,
        "customer_id,started_on,ended_on,observed_from\n"
        "good,2023-01-01,,2024-01-01\n"
        "gone,2023-01-01,2023-06-01,2024-01-01\n"  # left before anyone could see it
        "same,2023-01-01,2024-01-01,2024-01-01\n",  # left on the day observation began
    )
    assert found(company) == {
        ("observed_from", "not observed at all"): (2, "2024-01-01", SET_ASIDE)
    }
    assert adds_up(company)


KNOWING = "maturity recorded when notice was given or the customer left"


def test_maturity_rated_in_the_knowledge_of_leaving_is_none(tmp_path):
    company = load(
        tmp_path,
        "customer_id,started_on,ended_on,notice_on,maturity,maturity_on\n"
        "a,2024-01-01,2024-01-21,,low,2024-01-20\n"  # the day before leaving: not yet decided
        "b,2024-01-01,2024-01-21,,low,2024-01-21\n"  # the day of leaving
        "c,2024-01-01,2024-01-21,,low,2024-01-25\n"
        "d,2024-01-01,2024-03-01,2024-01-10,low,2024-01-10\n"  # the day of notice
        "e,2024-01-01,,2024-01-10,low,2024-01-12\n"  # notice given, still a customer
        "f,2024-01-01,2024-03-01,2024-01-10,high,2024-01-09\n"
        "g,2024-01-01,2024-01-01,,high,2024-01-01\n"  # at the start, if gone the same day
        "h,2024-01-01,2024-03-01,2024-01-10,low,2024-02-15\n",  # told once, as late
        maturity={"order": ["low", "high"]},
    )
    assert found(company) == {
        ("maturity_on", "maturity recorded after day 30"): (1, "2024-02-15", NOT_USED),
        ("maturity_on", KNOWING): (4, "2024-01-10", NOT_USED),
    }
    bands = company.customers.order_by("customer_id").maturity.to_pandas().tolist()
    assert bands == ["low", None, None, None, None, "high", "high", None]
    assert adds_up(company)


def test_maturity_that_cannot_be_used_is_told_and_the_customer_stays(tmp_path):
    company = load(
        tmp_path,
        "customer_id,started_on,ended_on,maturity,maturity_on\n"
        "a,2024-01-01,,low,2024-01-31\n"  # day 30 counts
        "b,2024-01-01,,high,2024-02-01\n"  # day 31 does not
        "c,2024-01-01,,lo,2024-01-01\n"
        "d,2024-01-01,,high,whenever\n",
        maturity={"order": ["low", "high"]},
    )
    assert found(company) == {
        ("maturity", "unknown maturity band"): (1, "lo", NOT_USED),
        ("maturity_on", "maturity recorded after day 30"): (1, "2024-02-01", NOT_USED),
        ("maturity_on", "not a date"): (1, "whenever", NOT_USED),
    }
    bands = company.customers.order_by("customer_id").maturity.to_pandas().tolist()
    assert bands == ["low", None, None, "high"]
    assert adds_up(company)


def test_first_results_outside_the_customers_time(tmp_path):
    company = load(
        tmp_path,
        "customer_id,started_on,ended_on,first_result_on\n"
        "a,2024-01-10,2024-03-01,2024-01-01\n"
        "b,2024-01-10,2024-03-01,2024-03-02\n"
        "c,2024-01-10,2024-03-01,2024-03-01\n"
        "d,2024-01-10,2024-03-01,later\n",
    )
    assert found(company) == {
        ("first_result_on", "result before the customer's start"): (1, "2024-01-01", TOLD),
        ("first_result_on", "result after the customer's end"): (1, "2024-03-02", NOT_USED),
        ("first_result_on", "not a date"): (1, "later", SET_ASIDE),
    }
    days = company.customers.order_by("customer_id").first_result_day.to_pandas()
    assert days.fillna(-1).tolist() == [0, -1, 51]  # c: on the day it left, 21 + 29 + 1
    assert adds_up(company)


RESULT_CUSTOMERS = HEADER + GOOD + "left,2024-02-01,2024-06-01,\nbad,2024-02-01,2024-01-01,\n"


def test_results(tmp_path):
    company = load(
        tmp_path,
        RESULT_CUSTOMERS,
        "customer_id,reached_on,value\n"
        "good,2024-03-01,1\n"
        ",2024-03-01,5\n"
        "who,2024-03-01,5\n"
        "bad,2024-03-01,5\n"
        "left,,5\n"
        "left,1.3.24,5\n"
        "left,2025-03-01,5\n"
        "left,2024-06-02,5\n"
        "left,2024-01-31,5\n"
        "left,2024-03-01,much\n",
    )
    assert found(company, "results") == {
        ("customer_id", "no customer id"): (1, "", SET_ASIDE),
        ("customer_id", "unknown customer"): (1, "who", SET_ASIDE),
        ("customer_id", "its customer is set aside"): (1, "bad", SET_ASIDE),
        ("reached_on", "no date"): (1, "", SET_ASIDE),
        ("reached_on", "not a date"): (1, "1.3.24", SET_ASIDE),
        ("reached_on", "in the future (after observed_until)"): (1, "2025-03-01", SET_ASIDE),
        ("reached_on", "after the customer's end"): (1, "2024-06-02", SET_ASIDE),
        ("reached_on", "before the customer's start"): (1, "2024-01-31", TOLD),
        ("value", "not a number"): (1, "much", NOT_USED),
    }
    results = company.results.order_by(["customer_id", "result_day"]).to_pandas()
    assert results["result_day"].tolist() == [60, 0, 29]
    assert adds_up(company)


def test_surveys(tmp_path):
    company = load(
        tmp_path,
        RESULT_CUSTOMERS,
        surveys="customer_id,surveyed_on,score\n"
        "good,2024-03-01,\n"
        "who,2024-03-01,5\n"
        "left,,5\n"
        "left,2024-01-31,5\n"
        "left,2024-06-02,5\n"
        "left,2025-03-01,5\n"
        "left,2024-03-01,happy\n",
    )
    assert {key: rows for key, (rows, _, _) in found(company, "surveys").items()} == {
        ("customer_id", "unknown customer"): 1,
        ("surveyed_on", "no date"): 1,
        ("surveyed_on", "before the customer's start"): 1,
        ("surveyed_on", "after the customer's end"): 1,
        ("surveyed_on", "in the future (after observed_until)"): 1,
        ("score", "not a number"): 1,
    }
    surveys = company.surveys.to_pandas()
    assert surveys[["customer_id", "survey_day"]].to_numpy().tolist() == [["good", 60]]
    assert surveys["score"].isna().all()  # an invitation nobody answered
    assert adds_up(company)


def test_snapshot_rows_without_tenure_or_flag_are_set_aside(tmp_path):
    company = load(
        tmp_path,
        "customer_id,tenure_months,churned\na,3,no\nb,,no\nc,-1,yes\nd,4,\ne,x,no\nf,4,perhaps\n",
        churn_window={"months": 1},
    )
    assert {key: rows for key, (rows, *_) in found(company).items()} == {
        ("tenure_months", "no tenure"): 1,
        ("tenure_months", "negative tenure"): 1,
        ("churned", "nothing says whether the customer left"): 1,
        ("tenure_months", "not a number"): 1,
        ("churned", "not a yes/no"): 1,
    }
    assert adds_up(company)


def test_lines_that_do_not_fit_the_header_are_set_aside_and_written(tmp_path):
    company = load(
        tmp_path,
        (HEADER + GOOD).encode()
        + b"a,2024-01-01\n"
        + b"b,2024-01-01,,,too,many\n"
        + b'c,2024-01-01,,"un"quoted\n'
        + b"d\xff\xfe,2024-01-01,,\n"
        + b"e,2024-01-01,,\n",
        on_customers={"encoding": "utf-8"},  # else a guess: no other line is beyond ASCII
    )
    assert found(company)["", "line can't be read"] == (4, "line 3: a,2024-01-01", SET_ASIDE)
    assert sorted(company.customers.customer_id.to_pandas()) == ["e", "good"]
    assert adds_up(company)
    (written,) = company.write_set_aside(tmp_path / "out")
    assert written.name == "customers_lines.csv"
    lines = pd.read_csv(written)
    assert lines["line"].tolist() == [3, 4, 5, 6]
    assert lines["text"].tolist()[:2] == ["a,2024-01-01", "b,2024-01-01,,,too,many"]


def test_a_quote_that_swallows_other_rows_is_refused(tmp_path):
    with pytest.raises(CompanyError, match=r'customers\.csv line 3: a quote \("\) is opened'):
        load(tmp_path, HEADER + GOOD + 'a,2024-01-01,,"low\n' + "b,2024-01-01,,\n" * 20_000)


def test_rows_set_aside_are_written_as_they_stand_with_the_reason(tmp_path):
    company = load(
        tmp_path,
        "id,started_on,ended_on,note\ngood,2024-01-01,,\n"
        'a,2024-02-01,2024-01-01,=cmd|\'/c calc\'!A0\nb,01.02.2024,,"say ""hi"", ok"\n',
        "customer_id,reached_on\nwho,2024-03-01\n",
        on_customers={"columns": {"customer_id": "id"}},
    )
    folder = tmp_path / "set_aside"
    folder.mkdir()
    (folder / "surveys.csv").write_text("of an earlier run")
    written = company.write_set_aside(folder)
    assert [path.name for path in written] == ["customers.csv", "results.csv"]
    with written[0].open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert rows == [
        {"set aside because": "ended_on: end before start", "id": "a",
         "started_on": "2024-02-01", "ended_on": "2024-01-01", "note": "'=cmd|'/c calc'!A0"},
        {"set aside because": "started_on: not a date", "id": "b",
         "started_on": "01.02.2024", "ended_on": "", "note": 'say "hi", ok'},
    ]  # fmt: skip
    assert not (folder / "surveys.csv").exists()


HOSTILE = [
    "=1+1", "+1", "-1", "@x", "\tx", "\ry", "<script>alert(1)</script>", "a\x00b", "\u202eabc",
    "'; DROP TABLE customers;--", '"; DROP TABLE customers;--', "../../etc/passwd", "%s%n",
    "{{7*7}}", "$HOME", "x" * 1_000_000,
]  # fmt: skip


def test_hostile_cells_are_only_text(tmp_path):
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in HOSTILE]
    company = load(
        tmp_path,
        "customer_id,started_on,ended_on,maturity,plan\n"
        + "".join(f"{cell},2024-01-01,,{cell},{cell}\n" for cell in quoted)
        + "".join(f"bad{i},{cell},,{cell},{cell}\n" for i, cell in enumerate(quoted)),
        "customer_id,reached_on\n" + "".join(f"{cell},{cell}\n" for cell in quoted),
        segments=["plan"],
        maturity={"order": ["low", "high"]},
        company="=../../<script>",
    )
    customers = company.customers.to_pandas()
    assert set(customers["customer_id"]) == {cell.strip() for cell in HOSTILE}
    assert found(company)["started_on", "not a date"][0] == len(HOSTILE)
    assert adds_up(company)
    assert company.problems["example"].map(str.isprintable).all()
    assert company.problems["example"].str.len().max() <= 600
    out = tmp_path / "deep" / "out" / company.slug
    written = company.write_set_aside(out)
    assert [path.parent for path in written] == [out, out]
    for path in written:
        cells = [value for row in cells_of(path) for value in row]
        assert not any(value.startswith(("=", "+", "-", "@", "\t", "\r")) for value in cells)
        assert not any("\0" in value for value in cells)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "company.yml", "customers.csv", "deep", "results.csv",
    ]  # fmt: skip


def test_hostile_column_names_are_only_names(tmp_path):
    plan = 'plan"; DROP TABLE customers;--'
    company = load(
        tmp_path,
        f'customer_id,started_on,ended_on,"{plan.replace(chr(34), chr(34) * 2)}"\n'
        "a,2024-01-01,,p\nb,2024-01-01,x,q\n",
        segments=["plan"],
        on_customers={"columns": {"plan": plan}},
    )
    assert company.customers.plan.to_pandas().tolist() == ["p"]
    (written,) = company.write_set_aside(tmp_path / "out")
    with written.open(newline="", encoding="utf-8") as stream:
        assert plan in next(csv.reader(stream))


@pytest.mark.parametrize(
    ("customers", "settings", "message"),
    [
        (b"", {}, r"customers\.csv: is empty"),
        (b"\n", {}, "starts with an empty line"),
        (b"customer_id,started_on,ended_on\n", {}, "holds no rows"),
        (b"customer_id,start_on,ended_on\na,2024-01-01,\n", {},
         "nothing says how long customers stayed.*not found: started_on"),
        (b"id,started_on,ended_on\na,2024-01-01,\n", {},
         r"column 'customer_id' is missing.*there are: id, started_on, ended_on"),
        (b"customer_id,started_on,ended_on,level\na,2024-01-01,,x\n",
         {"on_customers": {"columns": {"maturity": "levle"}}},
         "column 'levle' is missing.*did you mean 'level'"),
        (b"customer_id,started_on,ended_on\na,2024-01-01,\n", {"segments": ["plan"]},
         "column 'plan' is missing"),
        (b"customer_id,started_on,ended_on,Started_On\na,2024-01-01,,\n", {},
         "column 'Started_On' stands twice"),
        ("customer_id,started_on\na,2024-01-01\n".encode("utf-16"), {},
         "nothing says how long customers stayed"),
        (b"PAR1 customer_id", {}, r"customers\.csv: is no text but Parquet; name it \.parquet"),
        (b"customer_id,started_on,ended_on\na,later,\nb,soon,\n", {},
         r"none of its 2 rows can be used:\n  not a date \(started_on\): 2 rows, e\.g\. "
         r"'later': write dates as YYYY-MM-DD, or set date_format"),
        (b"customer_id,started_on,ended_on\na,2024-01-01,\n", {"churn_window": {"months": 1}},
         "churn_window is for snapshot exports"),
        (b"customer_id,started_on,ended_on,maturity\na,2024-01-01,,x\n",
         {"maturity": {"low": ["y"]}}, "maturity: low: 'y' is not a band; there are: x"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_stops_with_what_to_do(tmp_path, customers, settings, message):
    with pytest.raises(CompanyError, match=f"(?s){message}"):
        load(tmp_path, customers, **settings)


def test_a_missing_file_names_where_it_was_looked_for(tmp_path, monkeypatch):
    monkeypatch.delenv("CSRESEARCH_NOWHERE", raising=False)
    path = write_company(
        tmp_path, HEADER + GOOD, data_folders=["sub", "$CSRESEARCH_NOWHERE/x", "."]
    )
    (tmp_path / "customers.csv").rename(tmp_path / "customer.csv")
    with pytest.raises(
        CompanyError,
        match=r"(?s)customers\.csv: no such file in .*sub, \$CSRESEARCH_NOWHERE/x, .*set the \$NAME"
        r".*did you mean 'customer\.csv'",
    ):
        load_company(path)


def test_other_kinds_of_files_are_refused(tmp_path):
    path = write_company(tmp_path, HEADER + GOOD, on_customers={"file": "customers.docx"})
    (tmp_path / "customers.csv").rename(tmp_path / "customers.docx")
    with pytest.raises(CompanyError, match=r"'\.docx' files are not read; save it as \.csv"):
        load_company(path)
    (tmp_path / "customers.docx").rename(tmp_path / "customers.parquet")
    path.write_text(path.read_text().replace("docx", "parquet"))
    with pytest.raises(CompanyError, match="is not Parquet"):
        load_company(path)
