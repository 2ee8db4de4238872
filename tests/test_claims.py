"""Every claim from a company's tables to its verdict: all verdicts, refusals, options, parts."""

import json
import re
from functools import cache

import jsonschema
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from csresearch import claims
from csresearch.across.plausible import check_document
from csresearch.claims.results_words import unsteady
from csresearch.company import Company
from csresearch.findings import findings_document
from csresearch.findings.finding import SCHEMA_PATH
from csresearch.second_road import compared, time_varying_ratio
from csresearch.simulate import Band, SurveyPlan, World, simulate

RESULTS, SATISFACTION, MATURITY = "results-retention", "satisfaction-retention", "maturity-churn"
ALL = (RESULTS, SATISFACTION, MATURITY)


def world(low=0.06, rest=0.06, *, share=0.4, ratio=1.0, n=1500, **changed):
    """A made company of two bands: churn of each before results, and what is asked beside it."""
    bands = (Band("low", share, low, 0.05, low=True), Band("high", 1 - share, rest, 0.05))
    settings = {"n_customers": n, "bands": bands, "lifetime_ratio": ratio} | changed
    return World(name="steadfast", story="", **settings)


@cache
def tables(made, seed=1):
    return simulate(made, seed=seed)


@cache
def company(made, without=(), **config):
    """The company of a world, without some columns or tables of it."""
    drawn = tables(made)
    frames = {name: getattr(drawn, name) for name in ("customers", "results", "surveys")}
    frames = {name: frame for name, frame in frames.items() if name not in without}
    for name in without:
        table, _, column = name.partition(".")
        if column:
            frames[table] = frames[table].drop(columns=column)
    settings = {k: v for k, v in drawn.config.items() if k not in without}
    return Company.from_frames(**frames, **{**settings, **config})


@cache
def estimated(claim, made, without=(), **options):
    return claims.get(claim).estimate(company(made, without), **options)


def with_customers(made, change, without=()):
    """The company of a world with its customers changed by a function."""
    drawn = tables(made)
    results = None if "results" in without else drawn.results
    return Company.from_frames(change(drawn.customers), results, drawn.surveys, **drawn.config)


TWO = world(ratio=2)
TINY = world(1e-6, 1e-6, n=5)  # no one leaves
LATE = world(ratio=2.5, n=3000, observed_from=pd.Timestamp("2024-07-01").date())
CASES = [
    (RESULTS, world(ratio=6, n=2500), "reproduced"),
    (RESULTS, TWO, "same direction, smaller"),
    (RESULTS, world(0.1, 0.1, ratio=25), "same direction, larger"),
    (RESULTS, world(ratio=4, n=400), "same direction, size unclear"),
    (RESULTS, world(0.03, 0.03, ratio=0.4), "opposite"),
    (RESULTS, world(n=4000), "not reproduced"),
    (RESULTS, world(ratio=1.5, n=60), "inconclusive"),
    (SATISFACTION, world(n=4000), "reproduced"),
    (SATISFACTION, world(satisfaction_ratio=0.7), "not reproduced"),
    (SATISFACTION, world(ratio=1.5, n=60), "inconclusive"),
    (MATURITY, world(0.12, 0.008), "reproduced"),
    (MATURITY, world(0.09, 0.03), "same direction, smaller"),
    (MATURITY, world(0.12, 0.015, n=150), "same direction, size unclear"),
    (MATURITY, world(0.01, 0.06), "opposite"),
    (MATURITY, world(n=4000), "not reproduced"),
    (MATURITY, world(ratio=1.5, n=60), "inconclusive"),
    (MATURITY, world(share=0.85), "not identifiable"),
]


@pytest.mark.parametrize(("claim", "made", "verdict"), CASES)
def test_every_verdict_is_reached(claim, made, verdict):
    found = estimated(claim, made)
    assert found.verdict == verdict, found.rule
    assert found.primary.value is not None
    assert found.n_events <= found.n_customers <= made.n_customers
    assert found.sentence.endswith(".") and found.action.endswith(".") and found.rule


def test_the_tempting_number_stands_beside_what_no_effect_would_show():
    found = estimated(RESULTS, world(n=4000))
    naive, none = found.first("naive"), found.first("no_effect")
    assert naive.value > 2  # results do nothing, yet the plain comparison says twice or more
    assert none.ci_low * 0.9 < naive.value < none.ci_high * 1.1
    assert "plain comparison" in found.sentence


def test_inconclusive_says_how_much_data_would_do():
    for claim in ALL:
        told = estimated(claim, world(ratio=1.5, n=60)).sentence
        assert re.search(r"customers left; (about [\d,]+ would be enough|more would be)", told)


# --- what cannot be answered or identified


@pytest.mark.parametrize(
    ("claim", "without", "missing"),
    [
        (RESULTS, ("results",), "results or customers.first_result_on or customers.had_result"),
        (SATISFACTION, ("surveys",), "surveys.score"),
        (MATURITY, ("customers.maturity", "maturity"), "customers.maturity"),
    ],
)
def test_a_missing_column_is_named(claim, without, missing):
    found = estimated(claim, TWO, without)
    assert found.verdict == "not answerable"
    assert found.missing == (missing,)
    assert missing in found.rule
    assert found.sentence and found.action
    assert found.primary is None


@pytest.mark.parametrize("undated", ["had_result", "results"])
def test_undated_results_give_only_the_naive_number_and_its_benchmark(undated):
    drawn = tables(TWO)
    ever = drawn.customers["customer_id"].isin(drawn.results["customer_id"])
    customers, results = drawn.customers, drawn.results.drop(columns="reached_on")
    if undated == "had_result":
        customers, results = customers.assign(had_result=ever), None
    one = Company.from_frames(customers, results, drawn.surveys, **drawn.config)
    found = claims.get(RESULTS).estimate(one)
    assert found.verdict == "not identifiable"
    assert [e.role for e in found.estimates] == ["naive", "no_effect"]
    assert found.missing == ("results.reached_on",)
    assert found.evidence_grade == "D"
    # the benchmark without dates is near the one with dates: results come at a steady rate here
    dated = estimated(RESULTS, TWO)
    assert found.first("naive").value == pytest.approx(dated.first("naive").value, rel=1e-9)
    assert found.first("no_effect").value == pytest.approx(dated.first("no_effect").value, rel=0.1)


def snapshot(n=800, seed=3, **config):
    """One row per customer, without dates; the low band leaves three times as often."""
    rng = np.random.default_rng(seed)
    low = rng.random(n) < 0.5
    tenure = rng.integers(30, 900, n)
    churned = rng.random(n) < np.where(low, 0.3, 0.1)
    customers = pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(n)],
            "tenure_days": tenure,
            "churned": churned,
            "had_result": rng.random(n) < 0.5,
            "maturity": np.where(low, "low", "high"),
        }
    )
    maturity = {"order": ["low", "high"], "low": ["low"]}
    settings = {"observed_until": "2026-06-30", "maturity": maturity, **config}
    return Company.from_frames(customers, **settings)


@pytest.mark.parametrize("claim", [RESULTS, MATURITY])
def test_a_snapshot_needs_its_churn_window(claim):
    found = claims.get(claim).estimate(snapshot())
    assert found.verdict == "not identifiable"
    assert found.missing == ("customers.churn_window",)


def test_a_snapshot_with_its_churn_window_is_answered():
    one = snapshot(churn_window={"days": 365})
    found = claims.get(MATURITY).estimate(one)
    assert found.verdict in (
        "same direction, smaller",
        "same direction, size unclear",
        "reproduced",
    )
    assert found.named("churn rate, low group ÷ rest, at the same tenure").ci_low > 1.5
    assert "the day maturity was recorded is not known, so it may be hindsight" in (
        found.evidence_reasons
    )
    assert claims.get(RESULTS).estimate(one).verdict == "not identifiable"
    assert claims.get(SATISFACTION).estimate(one).verdict == "not answerable"


def test_one_band_or_no_band_known_is_not_identifiable():
    one = with_customers(TWO, lambda c: c.assign(maturity="low"))
    assert claims.get(MATURITY).estimate(one).rule.startswith("all customers with a recorded")
    none = with_customers(TWO, lambda c: c[c["maturity"] == "high"])
    found = claims.get(MATURITY).estimate(none)
    assert found.verdict == "not identifiable"
    assert found.primary is None
    unlisted = with_customers(TWO, lambda c: c.assign(maturity="unheard of"))
    assert claims.get(MATURITY).estimate(unlisted).verdict == "not identifiable"


def test_no_one_left_is_inconclusive_not_zero():
    for claim in ALL:
        found = estimated(claim, world(1e-6, 1e-6, n=60))
        assert found.verdict == "inconclusive"
        assert found.primary is None or found.primary.value is None


# --- options


@pytest.mark.parametrize(
    ("claim", "option", "meant"),
    [
        (RESULTS, "lag_day", "lag_days"),
        (RESULTS, "strat", "strata"),
        (SATISFACTION, "horizon_month", "horizon_months"),
        (MATURITY, "horizon", "horizon_months"),
    ],
)
def test_an_unknown_option_is_refused_with_the_nearest(claim, option, meant):
    with pytest.raises(ValueError, match=f"no option '{option}'. Did you mean '{meant}'"):
        estimated(claim, TWO, **{option: 1})


def test_an_unknown_stratum_is_refused():
    with pytest.raises(ValueError, match="'region' is no stratum"):
        estimated(RESULTS, TWO, strata=("region",))


def test_strata_change_what_customers_are_compared_within():
    confounded = world(0.12, 0.02)
    crude = estimated(RESULTS, confounded, strata=())
    fair = estimated(RESULTS, confounded)
    assert "same tenure, leaves" in crude.sentence
    assert "same tenure, maturity and plan" in fair.sentence
    assert crude.options == {"strata": ()} and fair.options == {}
    assert fair.primary.value != crude.primary.value
    within = estimated(RESULTS, confounded, strata=("maturity",))
    assert within.primary.value == pytest.approx(fair.primary.value, rel=0.1)


def test_a_lag_is_the_lagged_row_of_the_lag_table():
    found = estimated(RESULTS, TWO, lag_days=28)
    rows = estimated(RESULTS, TWO).part("lags").table.set_index("lag_days")
    assert found.primary.value == pytest.approx(rows.loc[28, "value"], rel=1e-12)
    assert found.primary.value != rows.loc[0, "value"]


def test_horizons_are_taken_and_shortened_to_what_the_data_support():
    share = estimated(MATURITY, TWO, horizon_months=6)
    assert "by month 6" in share.sentence
    assert "by month 24" in estimated(MATURITY, TWO).sentence
    assert "by month 200" not in estimated(MATURITY, TWO, horizon_months=200).sentence
    assert estimated(SATISFACTION, TWO, horizon_months=9).named("Uno's C to month 9") is not None


# --- parents, plain results, late entry


def copied(made, copies, parents):
    """Every customer so many times over, the copies of one under one parent (or none)."""
    drawn = tables(made)

    def many(frame):
        parts = [frame.assign(customer_id=frame["customer_id"] + f"-{k}") for k in range(copies)]
        return pd.concat(parts, ignore_index=True)

    customers = many(drawn.customers)
    if parents:
        customers["parent_id"] = customers["customer_id"].str.partition("-")[0]
    return Company.from_frames(customers, many(drawn.results), many(drawn.surveys), **drawn.config)


def width(estimate):
    turn = np.log if estimate.scale == "ratio" else float
    return turn(estimate.ci_high) - turn(estimate.ci_low)


@pytest.mark.parametrize("claim", ALL)
def test_eight_copies_under_a_parent_know_no_more_than_one(claim):
    made = world(0.08, 0.04, ratio=2, n=200, satisfaction_ratio=0.8)
    one = estimated(claim, made).primary
    fooled = claims.get(claim).estimate(copied(made, 8, parents=False)).primary
    told = claims.get(claim).estimate(copied(made, 8, parents=True)).primary
    assert told.value == pytest.approx(fooled.value, rel=1e-9)
    # √8 = 2.83 narrower for those who take copies for customers; 64 groups give the rest ± 25 %
    assert width(one) / width(fooled) == pytest.approx(8**0.5, rel=0.1)
    assert width(told) / width(one) == pytest.approx(1, abs=0.25)


def test_the_plain_share_has_an_interval_that_allows_for_parents():
    made = world(n=800, accounts_per_parent=8, frailty_variance=2.0)
    told = claims.get(MATURITY).estimate(with_customers(made, lambda c: c)).first("naive")
    untold = with_customers(made, lambda c: c.drop(columns="parent_id"))
    plain = claims.get(MATURITY).estimate(untold).first("naive")
    customers = tables(made).customers
    left = customers[customers["ended_on"].notna()]
    exact = binomtest(int((left["maturity"] == "low").sum()), len(left)).proportion_ci()
    assert (plain.ci_low, plain.ci_high) == pytest.approx((exact.low, exact.high), rel=1e-9)
    assert told.value == pytest.approx(plain.value) and told.ci_low < told.value < told.ci_high
    assert told.ci_low != plain.ci_low


@pytest.mark.parametrize("claim", [RESULTS, MATURITY])  # satisfaction: the copies above
def test_accounts_that_share_fate_widen_the_interval(claim):
    made = world(ratio=2, n=800, accounts_per_parent=8, frailty_variance=2.0)
    drawn = tables(made)
    # what is compared belongs to the parent too, as maturity mostly does
    number = drawn.customers["parent_id"].str[1:].astype(int)
    customers = drawn.customers.assign(maturity=np.where(number % 5 < 2, "low", "high"))
    reached = drawn.results.groupby("customer_id")["reached_on"].min()
    start = customers.set_index("customer_id")["started_on"]
    owner = customers.set_index("customer_id")["parent_id"]
    tenure = (reached - start.reindex(reached.index)).groupby(owner.reindex(reached.index))
    shared = owner.map(tenure.min()) + start  # the parent's first result is everybody's
    end = customers.set_index("customer_id")["ended_on"].fillna(made.observed_until)
    shared = shared[shared < pd.to_datetime(end)]
    results = shared.rename("reached_on").reset_index()
    told = Company.from_frames(customers, results, **drawn.config)
    untold = customers.drop(columns="parent_id")
    fooled = Company.from_frames(untold, results, **drawn.config)
    wide = claims.get(claim).estimate(told).primary
    narrow = claims.get(claim).estimate(fooled).primary
    assert wide.value == pytest.approx(narrow.value, rel=1e-9)
    assert width(wide) > 1.25 * width(narrow)


def test_results_after_leaving_count_in_the_plain_number_only():
    drawn = tables(TWO)
    ever = drawn.customers["customer_id"].isin(drawn.results["customer_id"])
    left = drawn.customers["ended_on"].notna() & ~ever
    after = ever | (left & (np.arange(len(left)) % 3 == 0))  # a third got theirs after leaving
    said = with_customers(TWO, lambda c: c.assign(had_result=after))
    found, before = claims.get(RESULTS).estimate(said), estimated(RESULTS, TWO)
    assert found.primary == before.primary
    assert found.first("naive").value < before.first("naive").value
    steps = [e.name for e in found.estimates if e.role == "step"]
    assert steps[:2] == ["plain: ever had a result", "only results before leaving"]
    assert "only results before leaving" not in [e.name for e in before.estimates]
    assert found.named("only results before leaving").value == before.first("naive").value


def test_late_entry_is_at_risk_from_its_day():
    found = estimated(RESULTS, LATE)
    one = company(LATE)
    assert one.customers.filter(one.customers["entry_day"] > 0).count().execute() > 500
    assert found.primary.ci_low < 2.5 < found.primary.ci_high
    assert "only while under observation" in [e.name for e in found.estimates]
    road = time_varying_ratio(one.episodes(["maturity", "plan"]), ["maturity", "plan"])
    assert road.value == pytest.approx(found.primary.value, rel=2e-3)  # Efron in both
    share = estimated(MATURITY, LATE)
    assert share.primary.ci_low < 0.42 and share.primary.ci_high > 0.38


# --- evidence grades


def test_grades_fall_with_what_the_data_cannot_rule_out():
    assert estimated(RESULTS, TWO).evidence_grade == "A"
    assert estimated(RESULTS, TWO).evidence_reasons == ()
    for claim in (RESULTS, MATURITY):
        undated = estimated(claim, TWO, ("customers.maturity_on",))
        assert undated.evidence_grade == "B"
        assert "hindsight" in undated.evidence_reasons[0]
    none = estimated(RESULTS, TWO, ("customers.maturity", "customers.maturity_on", "maturity"))
    assert none.evidence_grade == "B"
    assert none.evidence_reasons[0].startswith("no maturity recorded")


def test_missing_maturity_and_silence_lower_the_grade():
    few = estimated(MATURITY, world(0.09, 0.03, maturity_missing=0.4))
    assert few.evidence_grade == "B"
    assert re.search(r"(39|40|41) % of customers have no maturity", few.evidence_reasons[0])
    silent = SurveyPlan(response=0.15)
    found = estimated(SATISFACTION, world(surveys=silent))
    assert any("never answered" in reason for reason in found.evidence_reasons)


def test_a_ratio_that_a_lag_takes_away_lowers_the_grade():
    found = estimated(RESULTS, world(notice_days=60, n=2500))
    assert found.primary.ci_low > 1  # results do nothing; who gave notice stops getting them
    assert any("28 days old" in reason for reason in found.evidence_reasons)


def test_a_link_that_changes_with_tenure_lowers_the_grade():
    drawn = tables(world(n=2500))
    day = drawn.surveys.groupby("customer_id")["surveyed_on"].transform("min")
    ends = drawn.customers.set_index("customer_id")["ended_on"]
    left = drawn.surveys["customer_id"].map(ends).notna()
    start = drawn.surveys["customer_id"].map(drawn.customers.set_index("customer_id")["started_on"])
    # half of the customers are first asked in month 13, and there only the unhappy leave
    late = drawn.surveys["customer_id"].str[-1].astype(int) % 2 == 0
    keep = ~late | ((drawn.surveys["surveyed_on"] - start).dt.days > 365)
    score = drawn.surveys["score"].where(~(late & left), 3)
    score = score.where(drawn.surveys["score"].notna())
    surveys = drawn.surveys.assign(score=score)[keep & (day == day)]
    one = Company.from_frames(drawn.customers, drawn.results, surveys, **drawn.config)
    found = claims.get(SATISFACTION).estimate(one)
    assert any("tenure at which customers were asked" in why for why in found.evidence_reasons)


# --- small companies, parts and the published JSON

MISSING = ("customers.maturity", "customers.maturity_on", "maturity", "surveys")
SHOWN = {
    "full": (world(0.09, 0.03, ratio=2, n=500), ()),
    "tiny": (TINY, ()),
    "without surveys and maturity": (world(ratio=2, n=500), MISSING),
    "without results": (world(n=500), ("results",)),
}


@pytest.mark.parametrize("name", SHOWN)
def test_every_part_can_be_shown_and_drawn(name):
    for claim in ALL:
        found = estimated(claim, *SHOWN[name])
        for part in [found, *found.parts.values(), found.part("no such part")]:
            assert len(repr(part)) > 10
            assert part._repr_html_().startswith("<p>")
            axes = part.plot()
            assert axes.figure is not None
            plt.close("all")


@pytest.mark.parametrize("name", SHOWN)
def test_findings_fit_the_published_schema(name):
    found = [estimated(claim, *SHOWN[name]) for claim in ALL]
    document = findings_document(found, kit_version="0", data_fingerprint="f" * 64)
    jsonschema.validate(document, json.loads(SCHEMA_PATH.read_text(encoding="utf-8")))
    assert json.loads(json.dumps(document, allow_nan=False)) == document


@cache
def spared():
    """A company in which nobody with a result ever left."""
    made = world(0.06, 0.03, n=300)
    had = set(tables(made).results["customer_id"])

    def kept(customers):
        ended = customers["ended_on"].mask(customers["customer_id"].isin(had))
        return customers.assign(ended_on=ended)

    return claims.get(RESULTS).estimate(with_customers(made, kept))


def test_where_nobody_with_results_left_there_is_still_a_limit():
    found = spared()
    low = found.primary.ci_low
    assert found.primary.value is None and found.primary.unbounded and low > 8
    assert found.verdict == "same direction, larger" and "or more is beyond 1" in found.rule
    assert f"even longer than claimed: at least {low:.0f} times" in found.title
    assert f"nobody left while with results: a ratio of {low:.0f} times or more" in found.sentence
    document = findings_document([found], kit_version="0.0.1", data_fingerprint="f" * 64)
    check_document(json.loads(json.dumps(document, allow_nan=False)))
    for part in (found, *found.parts.values()):
        assert len(repr(part)) > 10 and part.plot().figure is not None
        plt.close("all")


def test_a_spell_in_which_nobody_of_a_side_left_is_not_told_as_a_ratio():
    rows = pd.DataFrame({"label": ["month 0–3", "month 3–6", "month 6–12"]})
    told = unsteady(rows.assign(value=[9.04, 3.0, 0.0]))
    assert told.strip() == "It is an average: 9.0 in month 0–3, 3.0 in month 3–6."
    assert unsteady(rows.assign(value=[9.04, np.nan, 0.0])) == ""


def small():
    """Eleven customers, three of whom left."""

    def some(customers):
        left = customers["ended_on"].notna()
        return pd.concat([customers[left].head(3), customers[~left].head(8)])

    return with_customers(TWO, some)


@pytest.mark.parametrize("made", ["tiny", "small"])
def test_no_small_count_leaves_the_company(made):
    one = company(TINY) if made == "tiny" else small()
    for claim in ALL:
        found = claims.get(claim).estimate(one)
        record = found.to_dict(smallest_cell=5)
        assert record["n_events"] is None or record["n_events"] >= 5
        counts = [e["value"] for e in record["estimates"] if e["scale"] == "count"]
        assert all(value is None or abs(value) >= 5 for value in counts)
        for text in (found.sentence, found.rule, found.title, found.action):
            told = re.findall(r"\b([0-4]) (?:customers?|left|churned|departures?)", text)
            assert told == [], text
            assert "ewer than 5 customers left" in text or "customers left" not in text


def unknown_every_seventh(customers):
    return customers.assign(maturity=customers["maturity"].where(customers.index % 7 > 0))


def test_who_has_no_maturity_is_not_held_equal_to_others_who_have_none():
    some, known = (
        claims.get(RESULTS).estimate(with_customers(TWO, change))
        for change in (
            unknown_every_seventh,
            lambda c: unknown_every_seventh(c).dropna(subset="maturity"),
        )
    )
    value = some.primary.value
    assert value == pytest.approx(known.primary.value, rel=1e-12)
    assert value != pytest.approx(estimated(RESULTS, TWO).primary.value)
    for part in ("landmarks", "lags", "proportionality"):
        pd.testing.assert_frame_equal(some.part(part).table, known.part(part).table)
    assert some.first("naive").value != known.first("naive").value  # the tempting number takes all
    assert some.n_customers == estimated(RESULTS, TWO).n_customers
    assert "recorded" not in " ".join(some.evidence_reasons)  # every seventh is not much


def test_the_waterfall_and_the_notebook_tell_who_has_no_maturity():
    firm = with_customers(TWO, unknown_every_seventh)
    found = claims.get(RESULTS).estimate(firm)
    steps = [one.name for one in found.estimates if one.role == "step"]
    assert "only customers with maturity recorded" in steps
    left_out = firm.customers.filter(firm.customers["maturity"].isnull()).count().to_pandas()
    told = f"; {left_out} customers without a recorded maturity are left out"
    assert told in found.part("fair").text
    roads = found.part("many_analysts").draw.args[0]
    assert roads["value"].iloc[0] == pytest.approx(found.primary.value, rel=1e-9)
    by = ["maturity", "plan"]
    other = time_varying_ratio(compared(firm.episodes(by), by), by)
    assert other.value == pytest.approx(found.primary.value, rel=1e-4)
    kept = compared(firm.event_table(by=[*by, "state"]), by)
    assert (kept["entrance"] - kept["moved"]).sum() == found.n_customers - left_out


@pytest.mark.parametrize("known", [0, 40])
def test_a_column_that_hardly_anybody_has_leaves_nobody_out(known):
    firm = with_customers(TWO, lambda c: c.assign(maturity=c["maturity"].where(c.index < known)))
    found = claims.get(RESULTS).estimate(firm)
    plain = claims.get(RESULTS).estimate(company(TWO), strata=("plan",))
    assert found.primary.value == pytest.approx(plain.primary.value, rel=0.05)
    told = "of customers have no recorded maturity and are compared among themselves"
    assert any(told in reason for reason in found.evidence_reasons)
    assert found.evidence_grade != "A"


@pytest.mark.parametrize(("parents", "told"), [
    (lambda c: "one", "All customers have one parent, so the interval takes them for independent"),
    (lambda c: c.index % 40, "Customers of one parent are taken together."),
])  # fmt: skip
def test_the_notebook_tells_how_parents_enter_the_interval(parents, told):
    firm = with_customers(TWO, lambda c: c.assign(parent_id=parents(c)))
    assert told in claims.get(RESULTS).estimate(firm).part("fair").text
