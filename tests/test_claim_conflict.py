"""C4 and C14, results against satisfaction: every verdict, slow references, traps, options."""

import json
import re
from dataclasses import replace
from datetime import date
from functools import cache

import jsonschema
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from csresearch import claims
from csresearch.association import score_by_state
from csresearch.claims.answers import BIN_EDGES_MONTHS, BIN_NAMES
from csresearch.claims.conflict_rows import conflict_rows
from csresearch.claims.conflict_steps import SPANS_MONTHS
from csresearch.claims.happy import cut_text, cuts_of
from csresearch.claims.quadrants import HAPPY_FAILING, STATE, UNHAPPY_SUCCEEDING
from csresearch.claims.scores_by_result import scored_answers
from csresearch.claims.wins_steps import (
    CONFLICT_NAME,
    RESULTS_NAME,
    SATISFACTION_NAME,
    conflict_ratio,
)
from csresearch.claims.wins_study import LAGGED_NAME
from csresearch.company import Company, load_company
from csresearch.events import EventTable
from csresearch.findings import findings_document
from csresearch.findings.finding import SCHEMA_PATH
from csresearch.second_road import time_varying_ratio
from csresearch.simulate import (
    STEADFAST,
    Band,
    SurveyPlan,
    draw_lifetimes,
    draw_surveys,
    simulate,
    write_company,
)
from csresearch.simulate.additions.results_in_scores import (
    ResultsInScores,
    score_chances,
    true_association,
    true_conflict_ratio,
)
from csresearch.simulate.worlds import conflict
from csresearch.verdicts import judge_effect
from csresearch.verdicts.bound import judge_at_most

PLEASED, WINS = "results-satisfaction", "which-wins"
BOTH = (PLEASED, WINS)
MONTH = 30.4375


def world(points=0.0, *, ratio=1.0, tilt=1.0, n=1500, **changed):
    """A made company of two bands that are alike, asked often."""
    bands = (Band("low", 0.5, 0.05, 0.10, low=True), Band("high", 0.5, 0.05, 0.10))
    world = replace(
        STEADFAST,
        n_customers=n,
        bands=bands,
        lifetime_ratio=ratio,
        satisfaction_ratio=tilt,
        surveys=SurveyPlan(first_day=60, every_days=90, mean=7.0),
        additions=(ResultsInScores(points),),
    )
    return replace(world, **changed)


@cache
def tables(made, seed=2):
    return simulate(made, seed=seed)


@cache
def company(made, without=()):
    """The company of a world, without some columns or tables of it."""
    drawn = tables(made)
    frames = {name: frame for name, frame in drawn.tables.items() if name not in without}
    for name in without:
        table, _, column = name.partition(".")
        if column:
            frames[table] = frames[table].drop(columns=column)
    settings = {k: v for k, v in drawn.config.items() if k not in without}
    return Company.from_frames(**frames, **settings)


@cache
def estimated(claim, made, without=(), **options):
    return claims.get(claim).estimate(company(made, without), **options)


TINY = world(n=40)
FEW = world(n=100)
LATE = world(-0.8, surveys=SurveyPlan(first_day=400, every_days=90, mean=7.0), n=800)
CASES = [
    (PLEASED, world(-0.6), "reproduced"),
    (PLEASED, world(1.5), "not reproduced"),
    (PLEASED, world(1.0, n=100), "inconclusive"),
    (PLEASED, LATE, "not identifiable"),
    (WINS, world(ratio=4), "reproduced"),
    (WINS, world(ratio=1.9), "same direction, size unclear"),
    (WINS, world(ratio=1.15, n=4000), "same direction, smaller"),
    (WINS, world(tilt=0.55), "opposite"),
    (WINS, world(n=3000), "not reproduced"),
    (WINS, FEW, "inconclusive"),
]


@pytest.mark.parametrize(("claim", "made", "verdict"), CASES)
def test_every_verdict_is_reached(claim, made, verdict):
    found = estimated(claim, made)
    assert found.verdict == verdict, (found.rule, found.primary)
    assert found.primary.value is not None
    assert found.sentence.endswith(".") and found.action.endswith(".") and found.rule
    assert found.n_customers <= made.n_customers


@pytest.mark.parametrize("claim", BOTH)
@pytest.mark.parametrize(
    ("without", "missing"),
    [
        (("surveys",), "surveys.score"),
        (("results",), "results or customers.first_result_on or customers.had_result"),
    ],
)
def test_a_missing_table_is_named(claim, without, missing):
    found = estimated(claim, FEW, without)
    assert found.verdict == "not answerable" and found.missing == (missing,)


@pytest.mark.parametrize("claim", BOTH)
def test_results_without_dates_are_not_identifiable(claim):
    found = estimated(claim, FEW, ("results.reached_on",))
    assert found.verdict == "not identifiable"
    assert found.missing == ("results.reached_on",)
    assert found.evidence_grade == "D"
    assert claims.get(claim).foreseen(company(FEW, ("results.reached_on",)))


@pytest.mark.parametrize("claim", BOTH)
def test_no_one_left_or_no_one_to_compare_is_inconclusive(claim):
    bands = tuple(replace(band, churn=1e-9, first_result=1e-9) for band in FEW.bands)
    nobody = replace(FEW, bands=bands)
    found = estimated(claim, nobody)
    assert found.verdict == "inconclusive"
    assert found.primary is None or found.primary.value is None


# --- the counts, by slow references


def answers_slowly(made):
    """Every answer given while at risk, customer by customer, in pandas."""
    drawn = tables(made)
    people = drawn.customers.set_index("customer_id")
    start = people["started_on"]
    end = people["ended_on"].fillna(pd.Timestamp(made.observed_until))
    first = drawn.results.groupby("customer_id")["reached_on"].min()
    said = drawn.surveys.dropna(subset="score").copy()
    for name, column in (("start", start), ("end", end), ("result", first)):
        said[name] = said["customer_id"].map(column)
    said = said[said["surveyed_on"] < said["end"]]
    months = (said["surveyed_on"] - said["start"]).dt.days / MONTH
    said["bin"] = np.array(BIN_NAMES)[np.searchsorted(BIN_EDGES_MONTHS, months, side="right")]
    return said.assign(state=said["result"] < said["surveyed_on"], score=said["score"].astype(int))


def test_answers_are_counted_as_one_by_one():
    made = world(0.5, tilt=0.7)
    slow = answers_slowly(made)
    frame = scored_answers(company(made)).frame
    keys = ["months_at_survey", "score", "state"]
    counted = frame.groupby(keys)["n"].sum().sort_index()
    expected = slow.rename(columns={"bin": "months_at_survey"}).groupby(keys).size().sort_index()
    assert counted.to_dict() == expected.to_dict()
    first = slow.drop_duplicates("customer_id")
    assert frame.loc[frame["first"], "n"].sum() == len(first)
    old = slow["result"] + pd.Timedelta(days=28) < slow["surveyed_on"]
    assert frame.loc[frame["old"], "n"].sum() == old.sum()
    here = tables(made).customers.set_index("customer_id")["ended_on"].isna()
    last = slow.drop_duplicates("customer_id", keep="last")
    assert frame.loc[frame["latest"], "n"].sum() == last["customer_id"].map(here).sum()


def test_the_earliest_stratum_is_judged():
    made = world(0.5, tilt=0.7)
    slow = answers_slowly(made)
    early = slow[slow["bin"] == BIN_NAMES[0]]
    ups = early.loc[early["state"], "score"].to_numpy()[:, None]
    gap = np.sign(ups - early.loc[~early["state"], "score"].to_numpy())
    found = estimated(PLEASED, made)
    assert found.primary.value == pytest.approx(gap.sum() / (gap != 0).sum(), rel=1e-9)
    assert f"month {BIN_NAMES[0]}" in found.primary.name
    assert found.part("second_road").text.startswith("They agree")


def quadrants_slowly(made):
    """Each day of each customer who had answered by then: which field, at which tenure."""
    slow = answers_slowly(made)
    people = tables(made).customers.set_index("customer_id")
    end = people["ended_on"].fillna(pd.Timestamp(made.observed_until))
    length = (end - people["started_on"]).dt.days
    first = tables(made).results.groupby("customer_id")["reached_on"].min()
    result = (first - people["started_on"].reindex(first.index)).dt.days
    slow["day"] = (slow["surveyed_on"] - slow["start"]).dt.days
    edges = [month * MONTH for month in SPANS_MONTHS]
    rows = []
    for customer, own in slow.groupby("customer_id"):
        days = np.arange(own["day"].iloc[0], length[customer])  # each the interval (day, day + 1]
        said = np.searchsorted(own["day"], days, side="right") - 1
        happy = own["score"].to_numpy()[said] >= 7
        had = result.get(customer, np.inf) <= days
        span = np.searchsorted(edges, days, side="right")
        rows.append(pd.DataFrame({"happy": happy, "had": had, "span": span}))
    return pd.concat(rows)


def test_time_in_the_fields_and_independence_day_by_day():
    made = world(0.5, n=150)
    slow = quadrants_slowly(made)
    table = estimated(PLEASED, made).part("quadrants").table.set_index("label")
    assert table.loc[HAPPY_FAILING, "share_of_months"] == pytest.approx(
        (slow["happy"] & ~slow["had"]).mean()
    )
    assert table.loc[UNHAPPY_SUCCEEDING, "share_of_months"] == pytest.approx(
        (~slow["happy"] & slow["had"]).mean()
    )
    spans = slow.groupby("span")
    happy, had = spans["happy"].mean(), spans["had"].mean()
    expected = (happy * (1 - had) * spans.size()).sum() / len(slow)
    # a span's edge lies within a day, which the kit splits and this loop does not
    assert table.loc[HAPPY_FAILING, "share_if_independent"] == pytest.approx(expected, rel=2e-3)


def test_the_rows_of_the_second_road_are_the_counted_states():
    made = world(0.5, ratio=3, tilt=0.8, n=600)
    rows = conflict_rows(company(made))
    names = {"without": HAPPY_FAILING, "with": UNHAPPY_SUCCEEDING}
    lived = (rows["stop"] - rows["start"]).groupby(rows["state"].map(names)).sum()
    left = rows["event"].groupby(rows["state"].map(names)).sum()
    shown = estimated(WINS, made).part("first_look").table.set_index("label")
    for name in names.values():
        assert shown.loc[name, "churned"] == left[name]
        assert shown.loc[name, "customer_months"] == round(lived[name] / MONTH)
    # alone, the two groups form their own risk sets: the same states make the same number
    strata = ["maturity", "plan"]
    table = EventTable.from_episodes(
        rows.assign(**{STATE: rows["state"].map(names)}),
        start="start",
        stop="stop",
        event="event",
        by=[*strata, STATE],
    )
    alone, road = conflict_ratio(table, strata), time_varying_ratio(rows, strata)
    assert alone.value == pytest.approx(road.value, rel=2e-3)  # Efron in both
    judged = estimated(WINS, made).primary
    assert judged.ci_low < road.value < judged.ci_high
    assert len(conflict_rows(company(FEW, ("surveys",)))) == 0
    assert len(conflict_rows(company(FEW, ("results.reached_on",)))) == 0


# --- which of the two the rates follow


def test_each_side_is_adjusted_for_the_other():
    found = estimated(WINS, world(1.5, ratio=3, n=2500))
    results, satisfaction = found.named(RESULTS_NAME), found.named(SATISFACTION_NAME)
    # scores follow results, so unhappy customers leave faster unless results are held equal
    assert results.value == pytest.approx(3, rel=0.3)
    assert satisfaction.value == pytest.approx(1, rel=0.25)
    other = estimated(WINS, world(1.5, tilt=0.55))
    assert other.named(SATISFACTION_NAME).ci_low > 1.3
    assert other.named(RESULTS_NAME).value < 1.4


def test_the_plain_number_finds_results_winning_where_neither_matters():
    found = estimated(WINS, world(n=3000))
    naive, none = found.first("naive"), found.first("no_effect")
    assert naive.value > 1.7
    assert naive.ci_low < none.value < naive.ci_high
    assert found.primary.ci_low < 1 < found.primary.ci_high
    assert "if neither mattered" in found.sentence


def test_strata_change_what_is_held_equal():
    made = replace(conflict.NEITHER_WINS, n_customers=1200)
    fair, crude = estimated(WINS, made), estimated(WINS, made, strata=())
    assert crude.primary.value > 1.2 * fair.primary.value
    rows = fair.part("many_analysts").table.set_index("label")
    assert rows.loc["nothing but tenure", "value"] == pytest.approx(crude.primary.value)
    assert rows.loc["maturity and plan", "value"] == pytest.approx(fair.primary.value)
    with pytest.raises(ValueError, match="'region' is no stratum"):
        estimated(WINS, made, strata=("region",))


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


def test_copies_under_a_parent_know_no_more_than_one():
    made = world(0.5, ratio=2, tilt=0.8, n=250)
    one = estimated(WINS, made, strata=()).primary
    told = claims.get(WINS).estimate(copied(made, 4, parents=True), strata=()).primary
    assert told.value == pytest.approx(one.value, rel=0.02)  # more departures on one day
    assert told.std_error == pytest.approx(one.std_error, rel=0.5)
    together = scored_answers(copied(made, 4, parents=True)).somers_d().somers_d
    alone = scored_answers(company(made)).somers_d().somers_d
    assert together.value == pytest.approx(alone.value)
    assert together.std_error == pytest.approx(alone.std_error, rel=1e-6)


# --- what counts as happy


def asked(**instruments):
    """Customers c0, c1, …, each asked once by each instrument, with the scores given."""
    rows = [
        (f"c{i}", "2024-02-01", score, name)
        for name, scores in instruments.items()
        for i, score in enumerate(scores)
    ]
    surveys = pd.DataFrame(rows, columns=["customer_id", "surveyed_on", "score", "instrument"])
    n = max(len(scores) for scores in instruments.values())
    customers = pd.DataFrame({"customer_id": [f"c{i}" for i in range(n)]})
    customers = customers.assign(started_on="2024-01-01", ended_on=None)
    return Company.from_frames(customers, surveys=surveys, observed_until="2024-12-31")


@pytest.mark.parametrize(
    ("name", "scores", "cut", "why"),
    [
        ("nps", [6, 10], 7, "by its name"),
        ("csat", [2, 3], 4, "by its name"),
        ("pulse", [1, 3, 5], 4, "guessed"),
        ("mood", [0, 1], 2 / 3, "as given"),
        ("index", [-50, 100], 50, "as given"),
    ],
)
def test_happy_is_two_thirds_up_the_scale(name, scores, cut, why):
    one = cuts_of(asked(**{name: scores}))[name]
    assert one.why == why
    lowest = min(s for s in np.arange(-100, 101) / (1 if cut > 1 else 100) if s >= one.at)
    assert lowest == pytest.approx(cut, abs=0.01)


def test_a_stated_scale_and_a_given_cut_lead(tmp_path):
    yml = write_company(TINY, tmp_path)
    said = yml.read_text(encoding="utf-8")
    yml.write_text(said.replace("surveys.csv", "surveys.csv\n  scale: [0, 20]"), encoding="utf-8")
    stated = load_company(yml)
    assert cuts_of(stated)["nps"].at == pytest.approx(40 / 3)
    assert "9 or more on 0 to 10" in cut_text(cuts_of(company(FEW), 9))
    with pytest.raises(ValueError, match="happy_from must lie on every scale, got 11"):
        estimated(WINS, FEW, happy_from=11)


def test_moving_the_cut_moves_the_fields_and_the_many_analysts():
    made = world(ratio=2, tilt=0.8, n=400)
    default, higher = estimated(WINS, made), estimated(WINS, made, happy_from=8)
    rows = default.part("many_analysts").table.set_index("label")
    assert higher.options == {"happy_from": 8}
    # the cut is at 6.67, so a step up is 7.67: the same whole scores as from 8 on
    assert rows.loc["maturity and plan, higher cut", "value"] == pytest.approx(higher.primary.value)
    share = [estimated(PLEASED, made, happy_from=cut).part("quadrants").table for cut in (5, 9)]
    happy = [t.loc[t["label"].str.startswith("happy"), "share_of_months"].sum() for t in share]
    assert happy[0] > 0.75 > 0.35 > happy[1]


# --- the traps


def test_survivors_make_two_protective_things_look_opposed():
    made = world(0.0, ratio=8, tilt=0.35, n=3000, last_start=date(2024, 6, 30))
    bands = tuple(replace(band, churn=0.12) for band in made.bands)
    found = estimated(PLEASED, replace(made, bands=bands))
    rows = found.part("fair").table
    assert rows["value"].iloc[0] > -0.1 > rows["value"].iloc[-1]
    assert any("only survivors answer" in why for why in found.evidence_reasons)
    assert found.evidence_grade == "B"
    assert found.first("naive").value < -0.1


def test_silence_and_leaving_lower_the_grade():
    silent = replace(world().surveys, response=0.08)
    for claim in BOTH:
        found = estimated(claim, world(ratio=3, n=400, surveys=silent))
        assert any("never answered" in why for why in found.evidence_reasons)
    # nothing matters but who gave notice reaches nothing more: older results count for less
    noticed = estimated(WINS, world(n=1500, notice_days=90))
    assert noticed.primary.value > noticed.named(LAGGED_NAME).value


def test_points_change_the_scores_and_nothing_else():
    plain, moved = world(0.0), world(1.0)
    a, b = tables(plain), tables(moved)
    pd.testing.assert_frame_equal(a.customers, b.customers)
    pd.testing.assert_frame_equal(a.results, b.results)
    lives = draw_lifetimes(moved, 1500, 1)
    first, second = draw_surveys(plain, lives, 1), draw_surveys(moved, lives, 1)
    had = lives["result_day"].to_numpy()[first["row"]] < first["survey_day"]
    assert (second["score"] - first["score"])[~had].fillna(0).eq(0).all()
    assert (second["score"] - first["score"])[had & first["score"].between(1, 8)].eq(1).all()


def test_true_estimands_are_what_a_large_draw_shows():
    plan = SurveyPlan(mean=7.0)
    score = np.arange(11)
    counts = [
        pd.DataFrame({"score": score, "state": state, "group": score, "n": score_chances(one)})
        for state, one in ((False, plan), (True, replace(plan, mean=8.0)))
    ]
    drawn = score_by_state(pd.concat(counts, ignore_index=True))
    assert true_association(plan, 1.0) == pytest.approx(drawn.somers_d.value)
    assert true_association(plan, 0.0) == pytest.approx(0, abs=1e-12)
    made = world(0.0, ratio=2, tilt=0.5)
    rng = np.random.default_rng(1)
    lasting, passing = rng.normal(size=(2, 400_000))
    score = np.rint(7 + 2 * (lasting * 0.7**0.5 + passing * 0.3**0.5))
    hazard = 0.5**lasting
    ratio = 2 * hazard[score >= 7].mean() / hazard[score < 7].mean()
    assert true_conflict_ratio(made, 0.0) == pytest.approx(ratio, rel=0.01)
    truth = dict(made.additions[0].truth(made))
    assert len(truth) == 2


# --- what is shown

SHOWN = {
    "full": (world(0.5, ratio=2, n=150), ()),
    "tiny": (TINY, ()),
    "without surveys": (FEW, ("surveys",)),
    "undated": (FEW, ("results.reached_on",)),
}


@pytest.mark.parametrize("name", SHOWN)
def test_every_part_can_be_shown_and_drawn_and_fits_the_schema(name):
    found = [estimated(claim, *SHOWN[name]) for claim in BOTH]
    for one in found:
        for part in [one, *one.parts.values(), one.part("no such part")]:
            assert len(repr(part)) > 10 and part._repr_html_().startswith("<p>")
            assert part.plot().figure is not None
            plt.close("all")
    document = findings_document(found, kit_version="0", data_fingerprint="f" * 64)
    jsonschema.validate(document, json.loads(SCHEMA_PATH.read_text(encoding="utf-8")))


def test_inconclusive_says_how_much_data_would_do():
    told = estimated(WINS, FEW).sentence
    assert re.search(r"customers left; (about [\d,]+ would be enough|more would be)", told)
    told = estimated(PLEASED, world(1.0, n=100)).sentence
    assert re.search(r"The smaller side has [\d,]+ answers", told)


# --- over seeds, straight from what was drawn

SEEDS = range(2, 8)


def counted(made, lives, asked):
    """Answers and the table of states of one draw, without the engine."""
    life = lives.iloc[asked["row"]].reset_index(drop=True)
    had = (life["result_day"] < asked["survey_day"].to_numpy()).to_numpy()
    months = asked["survey_day"].to_numpy() / MONTH
    answers = pd.DataFrame(
        {
            "score": asked["score"].to_numpy(),
            "state": had,
            "group": asked["row"].to_numpy() % 64,
            "n": 1,
            "early": months < BIN_EDGES_MONTHS[0],
        }
    )
    turns = pd.concat(
        [
            lives[[]].assign(row=lives.index, day=0.0),
            pd.DataFrame(
                {
                    "row": asked["row"],
                    "day": asked["survey_day"],
                    "happy": asked["score"].ge(7).astype(float),
                }
            ),
            lives["result_day"].dropna().rename("day").rename_axis("row").reset_index(),
        ]
    ).sort_values(["row", "day"], kind="stable", ignore_index=True)
    turns["happy"] = turns.groupby("row")["happy"].ffill()
    until = turns.groupby("row")["day"].shift(-1)
    of = lives.loc[turns["row"]].reset_index(drop=True)
    turns["stop"] = until.fillna(of["exit_day"])
    turns["event"] = until.isna() & of["churned"]
    mood = turns["happy"].map({1.0: "happy", 0.0: "unhappy"}).fillna("no answer yet")
    turns[STATE] = mood + np.where(of["result_day"] <= turns["day"], ", results", ", no results")
    turns["cell"] = of["band"].astype(str) + of["plan"].astype(str)
    rows = turns[turns["day"] < turns["stop"]]
    table = EventTable.from_episodes(
        rows, start="day", stop="stop", event="event", by=["cell", STATE]
    )
    return answers, table


def judged(made, seed):
    lives = draw_lifetimes(made, made.n_customers, seed)
    asked = draw_surveys(made, lives, seed).dropna(subset="score").reset_index(drop=True)
    answers, table = counted(made, lives, asked)
    early = score_by_state(answers[answers["early"]])
    pleased = replace(early.somers_d, smallest_effect=0.10)
    ratio = replace(
        conflict_ratio(table, ["cell"]), smallest_effect=1.25, claimed_region=(1.5, None)
    )
    verdicts = {
        PLEASED: judge_at_most(pleased, early.upper).verdict,
        WINS: judge_effect(ratio, near_miss=1.25).verdict,
    }
    return verdicts, pleased.value, ratio.value


@pytest.mark.parametrize("made", conflict.WORLDS, ids=lambda made: made.name)
def test_the_verdicts_of_the_worlds_are_no_lucky_seed(made):
    found = [judged(made, seed)[0] for seed in SEEDS]
    for claim, verdict in made.verdicts:
        got = [one[claim] for one in found]
        assert np.mean([one == verdict for one in got]) >= 5 / 6, pd.Series(got).value_counts()


def test_the_fast_road_over_seeds_is_the_claims():
    made = replace(conflict.RESULTS_WIN, n_customers=800)
    _, pleased, ratio = judged(made, 2)
    assert estimated(PLEASED, made).primary.value == pytest.approx(pleased, rel=1e-9)
    assert estimated(WINS, made).primary.value == pytest.approx(ratio, rel=1e-6)
    assert {one.name for one in estimated(WINS, made).estimates} >= {RESULTS_NAME, CONFLICT_NAME}
