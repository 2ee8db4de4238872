"""The data notebook's parts: what was read, what was set aside, who came and went."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from company_files import load

from csresearch import data_report
from csresearch.company import Company
from csresearch.page import company_page
from csresearch.reports.answers import what_it_can_answer
from csresearch.reports.runs import NotebookRun

CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["a", "b", "c", "d", None],
        "started_on": ["2023-01-10", "2023-02-01", "2023-02-20", "2023-07-01", "2023-07-02"],
        "ended_on": ["2023-08-15", None, "2024-02-29", None, None],
    }
)
PARTS = (
    data_report.overview,
    data_report.rows,
    data_report.problems,
    data_report.coverage,
    data_report.tenure,
    data_report.readings,
    data_report.missingness,
    data_report.activity,
    data_report.responses,
    data_report.looked_for,
    data_report.suspicious,
    data_report.to_collect,
)


def company(customers=CUSTOMERS, **config):
    return Company.from_frames(customers, company="Acme", observed_until="2024-12-31", **config)


def snapshot():
    tenure = {"tenure_days": [100, 20, 400], "churned": [True, False, False]}
    customers = pd.DataFrame({"customer_id": ["a", "b", "c"], **tenure})
    return company(customers, churn_window={"days": 90})


def test_rows_add_up_and_the_one_set_aside_is_told():
    part = data_report.rows(company())
    counts = part.table.set_index("table").loc["customers"]
    assert (counts["rows_in"], counts["used"], counts["set_aside"]) == (5, 4, 1)
    assert part.text == "The steps add up to the rows in."
    problems = data_report.problems(company())
    assert problems.text == "1 row was set aside; the rest is told and kept."
    assert problems.table["column"].tolist() == ["customer_id"]


def test_lines_that_can_t_be_read_are_a_step_of_their_own(tmp_path):
    text = "customer_id,started_on,ended_on\na,2024-01-01,\nb,2024-01-01,,,x\nc,,\n"
    counts = data_report.rows(load(tmp_path, text)).table.iloc[0]
    steps = (counts["rows_in"], counts["unreadable"], counts["set_aside"], counts["used"])
    assert steps == (3, 1, 1, 1)


def test_how_cells_are_written_is_told(tmp_path):
    text = "customer_id;started_on;ended_on;recurring_revenue\na;31.01.2024;;1.234,50\n"
    table = data_report.readings(load(tmp_path, text)).table.set_index("column")
    assert table.loc["started_on", ["written", "cells", "read"]].tolist() == ["%d.%m.%Y", 1, 1]
    assert table.loc["recurring_revenue", "written"] == "decimal comma"


def test_a_clean_company_has_no_problems():
    assert data_report.problems(company(CUSTOMERS.head(4))).text == "The checks found nothing."


def test_overview_names_the_company():
    part = data_report.overview(company())
    assert part.title == "Acme: what was loaded"
    assert "4 customers" in part.text


def test_starts_and_departures_by_quarter_by_hand():
    table = data_report.coverage(company()).table.set_index("quarter")
    # a, b, c start in the first quarter of 2023, d in the third; a leaves in it, c a year later
    assert table["started"][lambda n: n > 0].to_dict() == {"2023Q1": 3, "2023Q3": 1}
    assert table["churned"][lambda n: n > 0].to_dict() == {"2023Q3": 1, "2024Q1": 1}
    assert len(table) == 5  # a quarter with nothing is there too


def test_tenure_by_hand():
    table = data_report.tenure(company()).table
    # a 217 days (month 7), b 699 (22), c 374 (12), d 549 (18)
    left = table.loc[table["left"] > 0, "months"].tolist()
    here = table.loc[table["still_here"] > 0, "months"].tolist()
    assert (left, here) == ([6, 12], [18, 21])
    assert table["months"].tolist() == [0, 3, 6, 9, 12, 15, 18, 21]
    wide = data_report.tenure(company(), width_months=12).table
    assert wide["left"].tolist() == [1, 1] and wide["still_here"].tolist() == [0, 2]


def test_empty_cells_by_hand():
    maturity = ["low", None, None, "high", "low"]
    table = data_report.missingness(company(CUSTOMERS.assign(maturity=maturity))).table
    row = table.set_index("column").loc["customers.maturity"]
    # of the used a and c left, c without maturity; of b and d who stayed b is without
    assert row["empty"] == 2
    assert (row["share_of_all"], row["share_of_left"], row["share_of_stayed"]) == (0.5, 0.5, 0.5)


def test_what_was_recorded_for_every_100_customers():
    results = pd.DataFrame({"customer_id": ["a", "b"], "reached_on": ["2023-03-05", "2023-03-20"]})
    part = data_report.activity(company(CUSTOMERS.head(4), results=results))
    # 2023: a is there from January, b and c from February: 1 + 3 + 3 customer-months, 2 results
    assert part.table.set_index("quarter")["results"]["2023Q1"] == pytest.approx(200 / 7)


def test_surveys_of_nobody_who_was_there():
    left_at_once = CUSTOMERS.head(1).assign(ended_on=CUSTOMERS["started_on"])
    late = pd.DataFrame({"customer_id": ["a"], "surveyed_on": ["2022-09-01"], "score": [5]})
    part = data_report.responses(company(left_at_once, surveys=late))
    assert part.table is None and part.text == "No survey falls within a customer's time."


def test_surveys_asked_and_answered():
    surveys = pd.DataFrame({"customer_id": ["a", "b", "b"], "score": [8, None, 5],
                            "surveyed_on": ["2023-04-05", "2023-04-20", "2023-08-01"]})  # fmt: skip
    part = data_report.responses(company(CUSTOMERS.head(4), surveys=surveys))
    table = part.table.set_index("quarter")
    assert table["asked"].to_dict() == {"2023Q2": 2, "2023Q3": 1}
    assert table["share_answered"].to_dict() == {"2023Q2": 0.5, "2023Q3": 1.0}
    answered = data_report.responses(company(CUSTOMERS.head(4), surveys=surveys.dropna()))
    assert "no invitations" in answered.text


def test_without_dates_there_is_no_calendar():
    part = data_report.coverage(snapshot())
    assert part.table is None
    assert "no calendar" in part.text
    tenure = data_report.tenure(snapshot()).table
    assert int(tenure[["left", "still_here"]].to_numpy().sum()) == 3


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
@pytest.mark.parametrize(
    "one", [company, snapshot, lambda: company(CUSTOMERS[1:2])], ids=["dated", "snapshot", "one"]
)
def test_every_part_is_shown_and_drawn(part, one):
    shown = part(one())
    assert len(repr(shown)) > 10
    assert shown._repr_html_().startswith("<p>")
    shown.plot().figure.canvas.draw()
    plt.close("all")


def test_the_company_page_says_how_many_patterns_and_where_they_are():
    run = NotebookRun("00_data_check", "The data", "done", page="00_data_check.html")
    page = company_page(
        [], company="Acme", observed_until="2024-12-31", runs=[run], data_summary="4 customers",
        suspicious="2 suspicious patterns were found; look at each before reading a verdict.",
    )  # fmt: skip
    assert "2 suspicious patterns were found" in page
    assert '<a href="00_data_check.html">The data, step by step</a>' in page


def test_check_tells_patterns_evidence_and_what_to_collect():
    told = what_it_can_answer(company(CUSTOMERS.assign(recurring_revenue=[5, -1, 3, 4, 2])))
    assert "customers.recurring_revenue: 1 customers have less than nothing" in told
    assert "What to collect next" in told and "lets you test C2" in told
    assert "missing: surveys.score" in told
