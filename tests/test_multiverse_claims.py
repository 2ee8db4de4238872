"""Many analyses of C1, C2 and C3: the primary one is the claim's own, others are lifelines'."""

import json
import re
from functools import cache
from html import escape
from itertools import pairwise

import jsonschema
import numpy as np
import pandas as pd
import pytest
from lifelines import CoxTimeVaryingFitter, KaplanMeierFitter
from needs import ROOT
from one_company import SETTINGS, made_frames

from csresearch import claims, load_company
from csresearch.claims.answer_spells import read_counted_answers
from csresearch.claims.histories import default_strata
from csresearch.claims.maturity_multiverse import MaturityMultiverse
from csresearch.claims.ratios import ratio_of
from csresearch.claims.renewal_clock import by_change, renewal_clock, renewals_due
from csresearch.claims.renewal_states import read_renewals
from csresearch.claims.results_multiverse import ResultsMultiverse
from csresearch.claims.satisfaction_multiverse import SatisfactionMultiverse
from csresearch.claims.spells import read_counted_lives
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.findings import Finding, findings_document
from csresearch.findings.finding import SCHEMA_PATH
from csresearch.history import STATES
from csresearch.page.cards import cards_html
from csresearch.simulate import Band, World, simulate

RESULTS, SATISFACTION, MATURITY = "results-retention", "satisfaction-retention", "maturity-churn"
RATIO = "churn-rate ratio per SD of the score"


@cache
def company():
    """Mistakes in the data, parents, missing maturity, odd segments, two scales."""
    frames = made_frames(600)
    settings = SETTINGS | {"key_results": ["saved"]}
    return Company.from_frames(**frames, **settings)


@cache
def finding(claim):
    return claims.get(claim).estimate(company())


@cache
def multiverse(claim):
    """The object the part of a claim is made with."""
    part = finding(claim).part("many_analysts")
    return part.draw.args[0], part


@pytest.mark.parametrize("claim", [RESULTS, SATISFACTION, MATURITY])
def test_the_first_of_at_least_200_analyses_is_the_claims_own(claim):
    table, part = multiverse(claim)
    own = finding(claim).primary if claim != SATISFACTION else finding(claim).named(RATIO)
    assert len(table) >= 200
    assert table["value"].iloc[0] == pytest.approx(own.value, rel=1e-9)
    # parents share fate: intervals are as much wider as the claim's own, and never narrower
    low, high = table.loc[0, ["ci_low", "ci_high"]].astype(float)
    if claim != MATURITY:
        assert low <= own.ci_low * (1 + 1e-9) and own.ci_high <= high * (1 + 1e-9)
    if claim == RESULTS:
        np.testing.assert_allclose([low, high], [own.ci_low, own.ci_high], rtol=1e-6)
    if claim != SATISFACTION:  # which is judged by Somers' D too
        assert table["verdict"].iloc[0] == finding(claim).verdict
    agree = int((table["verdict"] == finding(claim).verdict).sum())
    assert part.text.startswith(f"{agree} of {len(table)} defensible analyses")
    assert {"choice", "lowest", "highest", "share_of_spread"} <= set(part.table.columns)


def lives():
    """Customers as an analyst would have them."""
    columns = ["customer_id", "entry_day", "exit_day", "churned", "maturity", "plan"]
    frame = company().customers.to_pandas()[columns]
    return frame.assign(maturity=frame["maturity"].fillna("?"))


def fitted(rows, covariate, strata=()):
    """lifelines on start–stop rows: log hazard ratio and standard error."""
    rows = rows[rows["stop"] > rows["start"]].reset_index(drop=True)
    fitter = CoxTimeVaryingFitter()
    columns = ["customer_id", "start", "stop", "event", covariate, *strata]
    ends = {"id_col": "customer_id", "start_col": "start", "stop_col": "stop", "event_col": "event"}
    fitter.fit(rows[columns], **ends, strata=list(strata) or None)
    return fitter.params_[covariate], fitter.standard_errors_[covariate]


def assert_same(found, log_ratio, error):
    """lifelines stops at 1e-5 of its step; single precision is not the limit here."""
    np.testing.assert_allclose(np.log(found.value), log_ratio, atol=2e-4)
    np.testing.assert_allclose(found.std_error, error, rtol=2e-3)


ROW = {
    "result": "second result",
    "clock": "by tenure",
    "held equal": "maturity",
    "lag": "28 days",
    "churn date": "30 days earlier",
    "follow-up": "24 months",
    "model": "Cox, Efron",
}


@pytest.mark.parametrize(
    "choice",
    [{}, {"result": "in the last 6 months", "churn date": "30 days later"},
     {"clock": "landmark 6 months", "result": "first key result", "lag": "0 days"}],
)  # fmt: skip
def test_analyses_of_results_are_lifelines(choice):
    row = ROW | choice
    counted = read_counted_lives(company(), default_strata(company()))
    every = ResultsMultiverse(finding(RESULTS).primary, counted=counted)
    found = ratio_of(every.risk(row), every.covariate(row)[:, None], name="")
    known = lives().query("maturity != '?'").dropna(subset="plan")  # what it compares within
    rows = pd.concat([of_one(one, row) for one in known.to_dict("records")])
    rows["without"] = 1.0 - rows["with"]
    assert_same(found, *fitted(rows, "without", ["maturity"]))


@cache
def result_days():
    frame = company().results.to_pandas().dropna(subset=["result_day"])
    return {
        "any": frame.groupby("customer_id")["result_day"].unique().map(sorted).to_dict(),
        "saved": frame[frame["result"] == "saved"]
        .groupby("customer_id")["result_day"]
        .unique()
        .map(sorted)
        .to_dict(),
    }


def of_one(one, row):
    """Start–stop rows of one customer, day by day of change."""
    shift = {"30 days earlier": -30, "30 days later": 30}[row["churn date"]]
    lag = float(row["lag"].split()[0])
    end = one["exit_day"] + shift * one["churned"]
    kind = "saved" if "key" in row["result"] else "any"
    days = [d for d in result_days()[kind].get(one["customer_id"], []) if d < one["exit_day"]]
    if row["result"] == "second result":
        days = days[1:]
    days = [max(d, 0.0) + lag for d in days]
    lasts = 6 * DAYS_PER_MONTH if "last 6" in row["result"] else np.inf

    def inside(day):
        return any(d < day <= d + lasts for d in days)

    start, mark = one["entry_day"], None
    if row["clock"] != "by tenure":
        start = max(start, 6 * DAYS_PER_MONTH)
        mark = float(any(d <= 6 * DAYS_PER_MONTH for d in days))
    stop = min(end, 24 * DAYS_PER_MONTH)
    cuts = sorted({d for day in days for d in (day, day + lasts) if start < d < stop})
    ends = [start, *cuts, stop]
    rows = [
        {
            **one,
            "start": a,
            "stop": b,
            "with": float(inside(b)) if mark is None else mark,
            "event": bool(one["churned"] and b == end),
        }
        for a, b in pairwise(ends)
    ]
    return pd.DataFrame(rows)


def test_the_renewal_clock_counts_what_the_claims_own_does():
    firm = load_company(ROOT / "data" / "steadfast")
    due = renewals_due(firm, firm.lifetimes(surveys=False))
    due = due.mutate(state=by_change("result_day", STATES)(due))
    own = renewal_clock(firm, due, ("with", "without"), name="").counts
    counted = read_counted_lives(firm, ("maturity",))
    renewals = read_renewals(firm, counted, (0.0, 28.0))
    found = renewals.risk_sets("first result", 0.0, np.zeros(len(counted.strata.levels), int))
    own = own.assign(lost=own["renewals"] - own["renewed"]).set_index(["number", "state"])
    for number, at_risk, lost in zip(found.day, found.at_risk, found.observed, strict=True):
        for place, state in enumerate(("without", "with")):
            assert at_risk[place] == own["renewals"].get((number, state), 0)
            assert lost[place] == own["lost"].get((number, state), 0)
    lagged = renewals.risk_sets("first result", 28.0, np.zeros(len(counted.strata.levels), int))
    assert lagged.at_risk.sum() == found.at_risk.sum()
    assert lagged.at_risk[:, 1].sum() < found.at_risk[:, 1].sum()


@pytest.mark.parametrize(("answer", "clock"), [
    ("latest answer", "by tenure"), ("first, after month 3", "since the answer"),
])  # fmt: skip
def test_analyses_of_satisfaction_are_lifelines(answer, clock):
    row = {"answer": answer, "score": "in ranks", "held equal": "scale", "clock": clock,
           "lag": "30 days", "churn date": "30 days earlier", "follow-up": "12 months",
           "model": "Cox, Efron"}  # fmt: skip
    counted = read_counted_answers(company(), default_strata(company()))
    every = SatisfactionMultiverse(finding(SATISFACTION).named(RATIO), counted=counted)
    found = ratio_of(every.risk(row), every.covariate(row)[:, None], name="")
    rows = answer_rows(every, row)
    assert_same(found, *fitted(rows, "z", ["instrument"]))


def answer_rows(every, row):
    """Start–stop rows of every answer of a definition, from the company's own tables."""
    given = company().surveys.to_pandas().dropna(subset=["score"])
    given = given.merge(lives(), on="customer_id")
    given = given[
        (given["survey_day"] >= given["entry_day"]) & (given["survey_day"] < given["exit_day"])
    ]
    keys = ["customer_id", "survey_day", "instrument"]
    given = given.groupby([*keys, "exit_day", "churned"], as_index=False)["score"].mean()
    given = given.sort_values(keys, ignore_index=True)
    given["next"] = given.groupby("customer_id")["survey_day"].shift(-1).fillna(np.inf)
    if row["answer"] != "latest answer":
        given = given.groupby("customer_id", as_index=False).first()
        given = given[given["survey_day"] >= 3 * DAYS_PER_MONTH].assign(next=np.inf)
    levels = every.counted.levels[["instrument", "value", "ranks"]]
    levels = levels.set_axis(["instrument", "score", "z"], axis=1)
    given = given.merge(levels, on=["instrument", "score"])
    end = given["exit_day"] - 30 * given["churned"]
    start = given["survey_day"] + 30
    stop = np.minimum(end, given["survey_day"] + 12 * DAYS_PER_MONTH)
    stop = np.minimum(stop, given["next"] + 30)
    zero = given["survey_day"] if row["clock"] == "since the answer" else 0.0
    rows = given.assign(
        start=start - zero, stop=stop - zero, event=given["churned"] & (stop == end)
    )
    return rows.assign(customer_id=np.arange(len(rows)))


def test_an_analysis_of_maturity_is_lifelines():
    table, part = multiverse(MATURITY)
    row = {"low group": "low", "horizon": "12 months", "not recorded": "counted as low",
           "compared": "all together", "from": "month 1", "churn date": "30 days earlier",
           "model": "Kaplan–Meier"}  # fmt: skip
    every = maturity_multiverse()
    found = every.share_under(row).share.value
    leaving = {}
    for band, some in lives().groupby("maturity"):
        end = some["exit_day"] - 30 * some["churned"]
        some = some.assign(end=end)[end > some["entry_day"]]
        curve = KaplanMeierFitter().fit(some["end"], some["churned"], entry=some["entry_day"])
        start, stop = (curve.predict(m * DAYS_PER_MONTH) for m in (1, 12))
        starters = (some["end"] > DAYS_PER_MONTH).sum()
        leaving[band] = starters * (1 - stop / start)
    low = leaving["low"] + leaving["?"]
    assert found == pytest.approx(low / sum(leaving.values()), rel=1e-9)
    assert len(table) == len(part.draw.args[0])


def maturity_multiverse():
    made = []
    original = MaturityMultiverse.run
    try:
        MaturityMultiverse.run = lambda self, *a, **k: made.append(self) or original(self, *a, **k)
        claims.get(MATURITY).estimate(company()).part("many_analysts")
    finally:
        MaturityMultiverse.run = original
    return made[0]


def test_what_is_held_equal_matters_most_where_prepared_customers_get_results_and_stay():
    bands = (
        Band("low", 0.5, 0.10, 0.01, low=True),
        Band("high", 0.5, 0.02, 0.15),
    )
    made = simulate(
        World("confounded", "", n_customers=800, bands=bands, lifetime_ratio=1.0), seed=1
    )
    firm = Company.from_frames(made.customers, made.results, **made.config)
    part = claims.get(RESULTS).estimate(firm).part("many_analysts")
    most = part.table.iloc[0]
    assert most["choice"] == "held equal"
    assert float(most["from"]) < 1.3 < 2 < float(most["to"])
    assert "held equal" in part.text


def test_the_picture_names_every_choice_that_was_made():
    _, part = multiverse(RESULTS)
    ax = part.plot()
    top, below = ax.child_axes
    shown = {label.get_text() for label in below.get_yticklabels()}
    assert {"first key result", "landmark 6 months", "nothing", "Poisson rates"} <= shown
    known = part.draw.args[0]["value"].notna().sum()
    assert ax.get_title(loc="left").startswith(f"{known} analyses in order")
    assert "primary analysis" in {text.get_text() for text in top.texts}


def test_a_saved_finding_says_how_many_analyses_agree_and_its_card_shows_it(tmp_path):
    saved = Finding.load(finding(RESULTS).save(tmp_path))
    assert re.fullmatch(
        r"\d+ of 200 defensible analyses, drawn from [\d,]+, agree with “.+”(; .+)?\."
        r"( The verdict would be another if .+\.)?",
        saved.analyses,
    )
    assert escape(saved.analyses) in cards_html([saved])
    document = findings_document([saved], kit_version="", data_fingerprint="")
    jsonschema.validate(document, json.loads(SCHEMA_PATH.read_text()))
    assert finding(RESULTS).analyses == ""  # an estimate alone does not wait for them


@pytest.mark.parametrize("claim", [RESULTS, SATISFACTION])
def test_where_nobody_left_no_analysis_says_anything(claim):
    n = 30
    customers = pd.DataFrame({"customer_id": range(n), "started_on": "2023-01-01"})
    results = pd.DataFrame({"customer_id": [1, 2], "reached_on": "2023-02-01", "result": "a"})
    surveys = pd.DataFrame({"customer_id": [1, 2], "surveyed_on": "2023-02-01", "score": [1, 2]})
    firm = Company.from_frames(
        customers.assign(ended_on=None), results, surveys, observed_until="2024-12-31"
    )
    part = claims.get(claim).estimate(firm).part("many_analysts")
    assert part.text.startswith("200 of 200 defensible analyses")
    assert part.draw.args[0]["value"].isna().all()
