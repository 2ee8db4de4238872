"""C8, whom effort keeps, and C16, how customers take a challenge: every verdict, on known truths.

C8's worlds have 24,000 customers: over seeds its ratios come straight from what was drawn, by the
claim's own statistics and rule; one whole company shows that this is the claim's estimate.
"""

import math
from dataclasses import replace
from datetime import date
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from csresearch import claims
from csresearch.claims import challenge
from csresearch.claims.challenge_pairs import Pairs, read_pairs
from csresearch.claims.challenge_steps import matched, not_worse
from csresearch.claims.effort_path import average_hours, effort_changes, hours_by_band, spent
from csresearch.claims.effort_programme import CHOSEN, ROLLOUT, START, read_assignment
from csresearch.claims.effort_signals import signals_table
from csresearch.claims.effort_steps import MARGIN, interaction, ratio_within
from csresearch.claims.effort_study import effort_counts
from csresearch.company import Company
from csresearch.events import EventTable
from csresearch.findings import Estimate
from csresearch.second_road import agreement, poisson_ratio
from csresearch.simulate import draw_lifetimes, simulate
from csresearch.simulate.additions.challenges import Challenges
from csresearch.simulate.additions.efforts import PROGRAMME_DAY, Programme, Touches
from csresearch.simulate.worlds import efforts as worlds
from csresearch.verdicts import ZeroCheck, judge_zero_in_group

EFFORT, CHALLENGE = "effort-by-maturity", "challenge"
SEEDS = range(1, 5)
MONTH = 30.4375


@cache
def tables(world, n=None, seed=1):
    return simulate(world, seed=seed, n_customers=n)


def company_of(world, n=None, *, seed=1, without=(), efforts=None, **config):
    """The company of a world, without some tables or columns, or with other efforts."""
    drawn = tables(world, n, seed)
    frames = {name: frame for name, frame in drawn.tables.items() if name not in without}
    if efforts is not None:
        frames["efforts"] = efforts(frames["efforts"].copy())
    for name in without:
        table, _, column = name.partition(".")
        if column:
            frames[table] = frames[table].drop(columns=column)
    return Company.from_frames(**frames, **{**drawn.config, **config})


@cache
def whole(world, n=None):
    """A company with everything its world has, read once."""
    return company_of(world, n)


@cache
def estimated(claim, world, n=None):
    return claims.get(claim).estimate(whole(world, n))


def quiet_world(effects, **changed):
    """A world of one programme and no other effort, so that files stay small."""
    additions = (Programme(effects=effects, touches=0.0, **changed),)
    return replace(worlds.HELPED_LOW, additions=additions)


# --- the rule


def rule(high, gap):
    """The verdict on (value, std_error) of the high band's ratio and of the interaction."""
    check = ZeroCheck.from_estimate(ratio(*high), MARGIN)
    judged = replace(ratio(*gap), smallest_effect=1.25)
    return judge_zero_in_group(check, judged).verdict


def ratio(value, error):
    low, high = (math.exp(math.log(value) + side * 1.959964 * error) for side in (-1, 1))
    return Estimate("ratio", value, low, high, std_error=error, null=1.0)


@pytest.mark.parametrize(
    ("high", "gap", "verdict"),
    [
        ((1.0, 0.05), (1.6, 0.06), "reproduced"),
        ((0.95, 0.02), (1.1, 0.03), "reproduced"),  # not exactly zero, and a small interaction
        ((0.7, 0.05), (1.6, 0.06), "not reproduced"),  # it keeps the high too
        ((1.5, 0.05), (1.6, 0.06), "not reproduced"),
        ((1.0, 0.05), (1.0, 0.06), "not reproduced"),  # nor the low
        ((1.0, 0.05), (0.7, 0.06), "not reproduced"),  # the low are harmed
        ((1.0, 0.20), (1.6, 0.06), "inconclusive"),
        ((1.0, 0.05), (1.2, 0.15), "inconclusive"),
    ],
)
def test_nothing_here_and_something_there(high, gap, verdict):
    assert rule(high, gap) == verdict


def test_the_rule_needs_its_numbers_and_says_what_is_missing():
    check = ZeroCheck.from_estimate(ratio(1.0, 0.05), MARGIN)
    with pytest.raises(ValueError, match="null and smallest_effect must be fixed"):
        judge_zero_in_group(check, Estimate("gap", 1.0))
    nothing = Estimate("gap", None, null=1.0, smallest_effect=1.25)
    judged = judge_zero_in_group(check, nothing, absent="nobody left")
    assert judged.verdict == "inconclusive" and "nobody left" in judged.rule


def test_an_interaction_by_hand():
    # log(0.9 / 0.6), with error √(0.03² + 0.04²) = 0.05
    found = interaction(ratio(0.9, 0.03), ratio(0.6, 0.04), name="gap")
    assert found.value == pytest.approx(1.5) and found.std_error == pytest.approx(0.05)
    assert found.ci_low == pytest.approx(1.5 * math.exp(-1.959964 * 0.05), rel=1e-6)
    assert interaction(ratio(0.9, 0.03), Estimate("low", None), name="gap").value is None


# --- over seeds, from what was drawn


@cache
def drawn_ratios(world, seed, n=None):
    """Intention-to-treat ratios of the high and the low band, straight from the draw."""
    lives = draw_lifetimes(world, n or world.n_customers, seed)
    start = pd.Timestamp(world.first_start) + pd.to_timedelta(lives["start_day"], unit="D")
    rows = pd.DataFrame(
        {
            "maturity": np.array([band.name for band in world.bands])[lives["band"]],
            "plan": np.array([plan.name for plan in world.plans])[lives["plan"]],
            "cohort": start.dt.year.astype(str) + "-" + (start.dt.month > 6).astype(str),
            "state": np.where(lives[PROGRAMME_DAY] == 0, "with", "without"),
            "start": 0.0,
            "stop": lives["exit_day"],
            "event": lives["churned"],
        }
    )
    by = ["maturity", "plan", "cohort", "state"]
    table = EventTable.from_episodes(rows, start="start", stop="stop", event="event", by=by)
    return [
        ratio_within(table, (band,), ("plan", "cohort"), level="state", name=band)
        for band in ("high", "low")
    ]


def drawn_verdict(world, seed, n=None):
    high, low = drawn_ratios(world, seed, n)
    return judge_zero_in_group(
        ZeroCheck.from_estimate(high, MARGIN), interaction(high, low, name="gap")
    ).verdict


@pytest.mark.parametrize("world", [worlds.HELPED_LOW, worlds.HELPED_ALL], ids=lambda w: w.name)
def test_the_verdict_is_no_lucky_seed(world):
    expected = dict(world.verdicts)[EFFORT]
    got = [drawn_verdict(world, seed) for seed in SEEDS]
    assert got.count(expected) == len(got), got


def test_the_programmes_true_ratios_are_recovered():
    found = np.array([[np.log(e.value) for e in drawn_ratios(worlds.HELPED_LOW, s)] for s in SEEDS])
    # truth: 1 in the high and 1 / 1.6 in the low band; the mean of 4 has an error near 0.02
    assert np.exp(found.mean(axis=0)) == pytest.approx([1.0, 1 / 1.6], rel=0.06)


def test_the_claims_estimate_is_the_drawn_one():
    world = quiet_world((1.6, 1.2, 1.0))
    found = estimated(EFFORT, world)
    assert found.verdict == "reproduced", found.rule
    high, low = drawn_ratios(world, 1)
    assert found.primary.value == pytest.approx(high.value, rel=1e-8)
    assert found.named("churn rate, in the programme ÷ not, low").value == pytest.approx(
        low.value, rel=1e-8
    )
    assert found.evidence_grade == "B" and "by lot" in found.evidence_reasons[0]


# --- C8: the other verdicts, and how customers came to a programme


def test_a_programme_that_keeps_everybody_is_not_reproduced():
    found = estimated(EFFORT, quiet_world((1.7, 1.7, 1.7)), 5000)
    assert found.verdict == "not reproduced", found.rule
    assert "best prepared customers too" in found.title


def test_few_customers_are_inconclusive_and_hear_how_many_would_do():
    found = estimated(EFFORT, quiet_world((1.6, 1.2, 1.0)), 600)
    assert found.verdict == "inconclusive"
    assert "would be enough" in found.sentence


def test_effort_that_follows_trouble_is_not_identifiable_whatever_it_shows():
    found = estimated(EFFORT, worlds.FIREFIGHTING, 2000)
    assert found.verdict == "not identifiable"
    assert found.evidence_grade == "C"
    assert any("effort follows trouble" in reason for reason in found.evidence_reasons)
    # help divides the rate of those in trouble by three, and shows as about nothing
    assert 0.6 < found.primary.value < 1.5
    low = found.named("churn rate, more ÷ less effort, low")
    assert 0.75 < low.value < 1.35
    table = found.part("signals").table.set_index("label")["value"]
    assert table["after an answer below the mean"] > 1.3
    assert "Nothing to show" in found.part("fair").text


def test_a_rollout_by_date_is_told_from_choice():
    everybody = quiet_world((1.6, 1.0, 1.0), rolled_out_on=date(2024, 7, 1))
    one = company_of(everybody, 2500)
    assert read_assignment(one).design == ROLLOUT
    found = claims.get(EFFORT).estimate(one)
    assert found.verdict in ("reproduced", "inconclusive")
    low = found.named("churn rate, in the programme ÷ not, low")
    assert low.ci_low < 1 / 1.6 < low.ci_high
    assert "different times" in found.evidence_reasons[0]
    some = company_of(everybody, 2500, efforts=lambda rows: rows[rows["customer_id"] > "C1250"])
    assert read_assignment(some).design == CHOSEN  # half were left out: who, and why?


def test_entries_at_any_time_are_a_choice():
    def scattered(rows):
        days = np.random.default_rng(5).integers(40, 400, len(rows))
        return rows.assign(spent_on=rows["spent_on"] + pd.to_timedelta(days, unit="D"))

    one = company_of(quiet_world((1.6, 1.2, 1.0)), 600, efforts=scattered)
    found = read_assignment(one)
    assert found.design == CHOSEN and "chosen" in found.why
    assert claims.get(EFFORT).estimate(one).verdict == "not identifiable"


def test_two_named_arms_are_compared_by_hours_and_a_wrong_name_is_refused():
    drawn = tables(quiet_world((1.6, 1.2, 1.0)), 600)
    others = drawn.customers[
        ~drawn.customers["customer_id"].isin(drawn.further["efforts"]["customer_id"])
    ]
    light = pd.DataFrame(
        {
            "customer_id": others["customer_id"],
            "spent_on": others["started_on"],
            "hours": 0.5,
            "programme": "by mail",
        }
    )
    both = pd.concat([drawn.further["efforts"], light], ignore_index=True)
    one = Company.from_frames(drawn.customers, efforts=both, **drawn.config)
    found = read_assignment(one)
    assert found.design == START
    plain = read_assignment(company_of(quiet_world((1.6, 1.2, 1.0)), 600))
    pd.testing.assert_frame_equal(found.table().counts, plain.table().counts)
    with pytest.raises(ValueError, match=r"no programme 'by male'.*by mail"):
        read_assignment(one, "by male")


def test_options_are_checked():
    one = company_of(quiet_world((1.6, 1.2, 1.0)), 600)
    with pytest.raises(ValueError, match="lag_days must be at least 30"):
        claims.get(EFFORT).estimate(one, lag_days=7)


@pytest.mark.parametrize(
    ("claim", "without", "missing"),
    [
        (EFFORT, ("efforts",), ("efforts",)),
        (EFFORT, ("customers.maturity", "customers.maturity_on"), ("customers.maturity",)),
        (CHALLENGE, ("efforts.kind",), ("efforts.kind",)),
        (CHALLENGE, ("surveys",), ("surveys.score",)),
    ],
)
def test_a_missing_column_is_named(claim, without, missing):
    config = {"maturity": {}} if "customers.maturity" in without else {}
    world = worlds.TAKEN_WELL
    found = claims.get(claim).estimate(company_of(world, 300, without=without, **config))
    assert found.verdict == "not answerable" and found.missing == missing
    assert effort_counts(company_of(world, 300, without=("efforts",))).empty


def test_one_group_cannot_be_compared():
    one = company_of(quiet_world((1.6, 1.2, 1.0)), 300, maturity={"order": ["low"]})
    found = claims.get(EFFORT).estimate(one)
    assert found.verdict == "not identifiable" and "one group" in found.rule


# --- C8: what the numbers are made of


def small(efforts, **columns):
    customers = pd.DataFrame(
        {
            "customer_id": ["a", "b"],
            "started_on": pd.to_datetime(["2024-01-01", "2024-01-01"]),
            "ended_on": pd.to_datetime(["2024-07-01", None]),
            "maturity": ["low", "high"],
        }
    ).assign(**columns)
    rows = pd.DataFrame(efforts, columns=["customer_id", "spent_on", "hours", "initiated_by"])
    rows["spent_on"] = pd.to_datetime(rows["spent_on"])
    return Company.from_frames(
        customers, efforts=rows, observed_until="2024-12-31", maturity={"order": ["low", "high"]}
    )


def test_effort_by_hand():
    one = small(
        [
            ("a", "2024-01-11", 2.0, "team"),
            ("a", "2024-02-10", None, "Customer "),  # of unknown length: the mean, 3 hours
            ("a", "2024-06-25", 4.0, "team"),  # after notice
            ("b", "2024-03-01", 3.0, None),
        ],
        notice_on=pd.to_datetime(["2024-06-20", None]),
    )
    assert sorted(spent(one).to_pandas()["hours"]) == [2.0, 3.0, 3.0]
    bands = hours_by_band(one).set_index("band")
    assert bands.loc["low", ["hours", "team_hours", "asked"]].tolist() == [5.0, 2.0, 1]
    assert bands.loc["high", ["hours", "team_hours", "asked"]].tolist() == [3.0, 3.0, 0]
    # 5 hours of the team in 182 + 365 days
    assert average_hours(bands.reset_index(), 90) == pytest.approx(5 / 547 * 90)


def test_effort_comes_and_goes_by_hand():
    one = small([("a", "2024-01-11", 1.0, "team"), ("a", "2024-02-10", 1.0, "team")])
    changes = effort_changes(one, 90, 1.5).to_pandas().sort_values("day")
    # day 10: 1 hour; day 40: 2; day 100: 1 again; day 130: none
    assert changes[["day", "level"]].to_numpy().tolist() == [
        [10.0, "less"],
        [40.0, "more"],
        [100.0, "less"],
        [130.0, "less"],
    ]


def test_hours_with_a_sign_against_a_slow_reference():
    drawn = tables(worlds.FIREFIGHTING, 400)
    one = whole(worlds.FIREFIGHTING, 400)
    found = signals_table(one).set_index("label").loc["without a result so far", "value"]
    lives = one.lifetimes(surveys=False).to_pandas().set_index("customer_id")
    edges = [0, *(m * MONTH for m in (3, 6, 12, 24)), 1e9]
    days, hours = {}, {}
    for who, life in lives.iterrows():
        turn = (
            min(life["exit_day"], life["result_day"])
            if life["result_day"] == life["result_day"]
            else life["exit_day"]
        )
        for sign, low, high in ((True, 0.0, turn), (False, turn, life["exit_day"])):
            for k in range(5):
                cell = (life["maturity"], k, sign)
                lived = max(0.0, min(high, edges[k + 1]) - max(low, edges[k]))
                days[cell] = days.get(cell, 0.0) + lived
        lives.loc[who, "turn"] = turn
    efforts = drawn.further["efforts"]
    efforts = efforts[efforts["initiated_by"] == "team"]
    starts = drawn.customers.set_index("customer_id")["started_on"]
    for who, on, spent_hours in efforts[["customer_id", "spent_on", "hours"]].itertuples(
        index=False
    ):
        day = (on - starts[who]).days
        k = int(np.searchsorted(edges, day, side="right")) - 1
        cell = (lives.loc[who, "maturity"], k, day < lives.loc[who, "turn"])
        hours[cell] = hours.get(cell, 0.0) + spent_hours
    pairs = [(b, k) for b in ("low", "middle", "high") for k in range(5)]
    pairs = [p for p in pairs if days.get((*p, True), 0) > 0 and days.get((*p, False), 0) > 0]
    expected = sum(hours.get((*p, False), 0) / days[(*p, False)] * days[(*p, True)] for p in pairs)
    assert found == pytest.approx(sum(hours.get((*p, True), 0) for p in pairs) / expected, rel=1e-9)


def test_the_second_road_agrees():
    for world, n in ((quiet_world((1.6, 1.2, 1.0)), 2500), (worlds.FIREFIGHTING, 2000)):
        found = estimated(EFFORT, world, n)
        other = poisson_ratio(effort_counts(whole(world, n)), ["cell"], above="with")
        assert other.value == pytest.approx(found.primary.value, rel=0.03)
        assert "They agree" in agreement(found.primary, other).text


def test_the_prepared_reach_results_with_little_effort():
    found = estimated(EFFORT, worlds.FIREFIGHTING, 2000)
    gap = found.named("first results by 12 months at low effort, high − low band")
    # 1 − e^(−12 h) less what leaves first: 0.09 against 0.03 a month
    assert gap.ci_low > 0.2 and gap.scale == "points"


# --- C16


@pytest.mark.parametrize(
    ("world", "n"),
    [(worlds.TAKEN_WELL, 2500), (worlds.TAKEN_BADLY, 2500), (worlds.BOUNCE, None)],
    ids=lambda w: getattr(w, "name", ""),
)
def test_a_challenge_gets_its_verdict(world, n):
    found = estimated(CHALLENGE, world, n)
    assert found.verdict == dict(world.verdicts)[CHALLENGE], found.rule
    assert found.first("no_effect").scale == found.primary.scale
    assert found.n_customers <= world.n_customers


def with_challenges(n, **changed):
    return replace(worlds.TAKEN_WELL, n_customers=n, additions=(Challenges(**changed),))


def probability(value, error, scale="probability"):
    return Estimate("x", value, value - 2 * error, value + 2 * error, std_error=error, scale=scale)


@pytest.mark.parametrize(
    ("share", "without", "gap", "verdict"),
    [
        ((0.80, 0.02), (0.62, 0.02), (0.18, 0.03), "reproduced"),
        ((0.57, 0.01), (0.50, 0.01), (0.07, 0.01), "same direction, smaller"),
        ((0.58, 0.02), (0.50, 0.01), (0.08, 0.02), "same direction, size unclear"),
        ((0.80, 0.02), (0.80, 0.02), (0.00, 0.03), "not identifiable"),  # as many without
        ((0.87, 0.005), (0.86, 0.005), (0.013, 0.006), "not identifiable"),  # nearly as many
        ((0.80, 0.02), (0.70, 0.15), (0.10, 0.15), "inconclusive"),  # too few without
        ((0.65, 0.02), (0.85, 0.02), (-0.20, 0.03), "not reproduced"),  # worse than without
        ((0.50, 0.01), (0.64, 0.01), (-0.14, 0.02), "not reproduced"),
        ((0.30, 0.02), (0.64, 0.01), (-0.34, 0.02), "opposite"),
        ((0.30, 0.02), (0.31, 0.01), (-0.01, 0.02), "not identifiable"),  # they fall anyway
        ((0.60, 0.10), (0.50, 0.01), (0.10, 0.10), "inconclusive"),
    ],
)
def test_the_share_stands_only_beside_the_unchallenged(share, without, gap, verdict):
    beside = {"matched": probability(*without), "gap": probability(*gap, scale="points")}
    judged = challenge.judge(challenge.TERMS.primary(probability(*share)), **beside)
    assert judged.verdict == verdict


def test_nobody_to_compare_with_and_few_challenges():
    nobody = {"matched": None, "gap": Estimate("gap", None, scale="points")}
    judged = challenge.judge(challenge.TERMS.primary(probability(0.8, 0.02)), **nobody)
    assert judged.verdict == "not identifiable" and "no customer without" in judged.rule
    found = estimated(CHALLENGE, with_challenges(60))
    assert found.verdict == "inconclusive"
    assert "answered before and after a challenge" in found.sentence


def test_only_happy_customers_challenged_proves_nothing():
    world = replace(worlds.BOUNCE, additions=(Challenges(scores=(8, 10)),), satisfaction_ratio=0.7)
    found = estimated(CHALLENGE, world)
    assert found.verdict in ("not identifiable", "inconclusive"), found.rule
    assert found.first("naive").value < 0.8  # though the challenge does nothing


def test_no_challenge_at_all_is_named():
    found = claims.get(CHALLENGE).estimate(company_of(worlds.FIREFIGHTING, 300))
    assert found.verdict == "not answerable"
    assert found.missing == ("efforts of kind challenge",)


def pairs_of(rows):
    columns = ["before", "challenged", "not_worse", "n"]
    frame = pd.DataFrame(rows, columns=columns)
    return Pairs(
        frame.assign(
            maturity="low", months="0–3", instrument="nps", earlier=-1, answered=True,
            better=False, cluster_group=[f"{i:02x}" for i in range(len(frame))],
        )
    )  # fmt: skip


def test_matching_by_hand():
    pairs = pairs_of(
        [
            (3, True, True, 30), (3, True, False, 10), (3, False, True, 60), (3, False, False, 40),
            (8, True, True, 10), (8, True, False, 10), (8, False, True, 25), (8, False, False, 75),
            (9, True, True, 5),  # no match
        ]
    )  # fmt: skip
    share = not_worse(pairs, clustered=False)
    assert share.value == pytest.approx(45 / 65)
    level, gap, found = matched(pairs)
    assert level.value == pytest.approx((40 * 0.6 + 20 * 0.25) / 60)
    assert gap.value == pytest.approx(40 / 60 - 29 / 60)
    assert found == pytest.approx(60 / 65)


def test_pairs_by_hand():
    customers = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c"],
            "started_on": pd.to_datetime(["2024-01-01"] * 3),
            "ended_on": pd.NaT,
        }
    )
    asked = [
        ("a", "2024-02-01", 5), ("a", "2024-05-01", 5), ("a", "2024-09-01", 9),
        ("b", "2024-02-01", 8), ("b", "2024-05-01", 7),
        ("c", "2024-02-01", 0), ("c", "2024-03-01", 10), ("c", "2024-04-01", None),
    ]  # fmt: skip
    surveys = pd.DataFrame(asked, columns=["customer_id", "surveyed_on", "score"])
    surveys["surveyed_on"] = pd.to_datetime(surveys["surveyed_on"])
    efforts = pd.DataFrame(
        {
            "customer_id": ["a", "a", "c", "b"],
            "spent_on": pd.to_datetime(["2024-05-01", "2024-06-01", "2024-03-15", "2024-01-05"]),
            "kind": ["Challenge ", "challenge", "challenge", "call"],
        }
    )
    one = Company.from_frames(
        customers, surveys=surveys, efforts=efforts, observed_until="2024-12-31"
    )
    found = read_pairs(one)
    rows = found.frame[["before", "earlier", "challenged", "answered", "not_worse", "better"]]
    assert sorted(map(tuple, rows.to_numpy().tolist())) == sorted(
        [
            (5, -1, False, True, True, False),  # a's first two, before the challenge
            (5, 2, True, True, True, True),  # a: the answer of that day is before it
            (8, -1, False, True, False, False),  # b
            (0, -1, False, True, True, True),  # c before the challenge
            (10, 0, True, False, False, False),  # c never answered again
        ]
    )
    assert (found.n_challenged, found.n_silent) == (1, 1)


# --- parts

ONLY_REQUESTS = replace(worlds.FIREFIGHTING, additions=(Touches(team=(0, 0, 0), demand=(1, 1, 1)),))


@pytest.mark.parametrize(
    ("claim", "world", "n"),
    [
        (EFFORT, quiet_world((1.6, 1.2, 1.0)), 2500),
        (EFFORT, ONLY_REQUESTS, 60),
        (CHALLENGE, worlds.BOUNCE, None),
        (CHALLENGE, with_challenges(60), None),
    ],
    ids=["programme", "only requests", "bounce", "few"],
)
def test_every_part_can_be_shown(claim, world, n):
    found = estimated(claim, world, n)
    for part in [found, *found.parts.values(), found.part("no such part")]:
        assert len(repr(part)) > 10
        assert part._repr_html_().startswith("<p>")


@pytest.mark.parametrize(
    ("claim", "world", "n"),
    [(EFFORT, quiet_world((1.6, 1.2, 1.0)), 2500), (CHALLENGE, worlds.BOUNCE, None)],
)
def test_every_part_can_be_drawn(claim, world, n):
    found = estimated(claim, world, n)
    for part in [found, *(part for part in found.parts.values() if part.draw)]:
        assert part.plot().figure is not None
        plt.close("all")
