"""Scores on any scale: stated, checked against the answers, turned so that high is good."""

import ibis
import pytest
from company_files import adds_up, found, load

from csresearch.company.scales import find_scale
from csresearch.errors import CompanyError

CUSTOMERS = "customer_id,started_on,ended_on\na,2024-01-01,\nb,2024-01-01,\n"
SURVEYS = (
    "customer_id,surveyed_on,score,instrument\n"
    "a,2024-02-01,10,NPS\na,2024-02-02,11,NPS\na,2024-02-03,,NPS\n"
    "b,2024-02-01,1,CES\nb,2024-02-02,7,CES\nb,2024-02-03,0,CES\n"
)
OUTSIDE = ("score", "outside its scale")


def scores(company):
    """The scores used, in order of day and customer."""
    table = company.surveys.order_by(["customer_id", "survey_day"])
    return table.score.to_pandas().fillna(-1).tolist()


def test_scores_outside_their_scale_are_set_aside_and_reversed_ones_turned(tmp_path):
    scale = {"NPS": "nps", "CES": {"min": 1, "max": 7, "reversed": True}}
    company = load(tmp_path, CUSTOMERS, surveys=SURVEYS, on_surveys={"scale": scale})
    assert found(company, "surveys") == {OUTSIDE: (2, "0", "row set aside")}
    assert scores(company) == [10, -1, 7, 1]  # CES: 1 + 7 - 1 = 7, 1 + 7 - 7 = 1
    assert adds_up(company)


@pytest.mark.parametrize(
    ("scale", "outside"),
    [("nps", 1), ("csat", 4), ("percent", 0), ([0, 10], 1), ({"min": 1, "max": 11}, 1)],
)
def test_one_scale_for_all(tmp_path, scale, outside):
    company = load(tmp_path, CUSTOMERS, surveys=SURVEYS, on_surveys={"scale": scale})
    assert found(company, "surveys").get(OUTSIDE, (0,))[0] == outside
    assert adds_up(company)


def test_without_a_scale_scores_stay_as_they_are(tmp_path):
    company = load(tmp_path, CUSTOMERS, surveys=SURVEYS)
    assert scores(company) == [10, 11, -1, 1, 7, 0]


def test_a_scale_settles_what_a_point_means(tmp_path):
    surveys = "customer_id,surveyed_on,score\na,2024-02-01,4.333\nb,2024-02-01,5\n"
    with pytest.raises(CompanyError, match=r"'4.333' may be 4.333 .* or 4333"):
        load(tmp_path, CUSTOMERS, surveys=surveys)
    company = load(tmp_path, CUSTOMERS, surveys=surveys, on_surveys={"scale": "csat"})
    assert scores(company) == [4.333, 5]


def test_answers_in_words_are_mapped_and_named_where_they_are_not(tmp_path):
    surveys = "customer_id,surveyed_on,score\na,2024-02-01,Very satisfied\nb,2024-02-01,Fair\n"
    company = load(tmp_path, CUSTOMERS, surveys=surveys)
    told = company.problems.set_index("reason").loc["not a number"]
    assert told["rows"] == 2
    assert "values: {<column>: {Fair: …, Very satisfied: …}}" in told["what_to_do"]
    values = {"score": {"Very satisfied": 5, "Fair": 3}}
    company = load(tmp_path, CUSTOMERS, surveys=surveys, on_surveys={"values": values})
    assert scores(company) == [5, 3]


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"scale": "stars"}, "'stars' is no scale; say nps, csat, ces, percent"),
     ({"scale": [5, 1]}, "min must be below max"),
     ({"scale": [1]}, "give the lowest and the highest score"),
     ({"scale": {"NPSS": "nps"}}, "no instrument is called 'NPSS'; did you mean 'NPS'"),
     ({"scale": {"NPS": "nps"}, "columns": {"instrument": "kind"}}, "column 'kind' is missing")],
)  # fmt: skip
def test_scales_that_cannot_be(tmp_path, settings, message):
    with pytest.raises(CompanyError, match=message):
        load(tmp_path, CUSTOMERS, surveys=SURVEYS, on_surveys=settings)


def test_a_scale_by_instrument_needs_instruments_and_surveys(tmp_path):
    surveys = "customer_id,surveyed_on,score\na,2024-02-01,4\n"
    with pytest.raises(CompanyError, match="no column says which instrument"):
        load(tmp_path, CUSTOMERS, surveys=surveys, on_surveys={"scale": {"NPS": "nps"}})
    with pytest.raises(CompanyError, match="customers: scale: is for surveys"):
        load(tmp_path, CUSTOMERS, on_customers={"scale": "nps"})


@pytest.mark.parametrize(
    ("cells", "low", "high", "whole", "like"),
    [(["1", "5", "3"], 1, 5, True, "csat"), (["1", "7"], 1, 7, True, "ces"),
     (["0", "10", ""], 0, 10, True, "nps"), (["2,5", "99,5"], 2.5, 99.5, False, "percent"),
     (["-100", "100"], -100, 100, True, None), ([3, 4], 3, 4, True, "csat")],
)  # fmt: skip
def test_the_scale_a_column_may_be_on(cells, low, high, whole, like):
    reading = find_scale(ibis.memtable({"score": cells}), "score")
    assert (reading.min, reading.max, reading.whole, reading.like) == (low, high, whole, like)
    assert find_scale(ibis.memtable({"score": ["good"]}), "score").min is None
