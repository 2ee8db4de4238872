"""C7 and C12: every verdict, refusals, numbers by hand and customer by customer, rates."""

from dataclasses import replace
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from csresearch.claims import behaviors_paths as paths
from csresearch.claims import key_behaviors, standard_process
from csresearch.claims.behaviors_naive import HAD, ever_tables, plain_shares
from csresearch.claims.behaviors_steps import Adoption, chances, kinds_of
from csresearch.claims.behaviors_study import Study
from csresearch.claims.histories import default_strata
from csresearch.claims.process_steps import Ways
from csresearch.company import Company
from csresearch.events import EventTable
from csresearch.findings import Estimate
from csresearch.resampling import GROUP
from csresearch.simulate import Band, Plan, simulate
from csresearch.simulate.additions.behaviors import Behaviors, Habit
from csresearch.simulate.additions.process import Process
from csresearch.simulate.worlds.behaviors import IDLE, NEEDED, PREPARED, SURVIVORS, WORLDS
from csresearch.verdicts import Bar, Necessity, judge_necessity, leading

C7, C12 = key_behaviors.CLAIM, standard_process.CLAIM
YEAR = 12 * 30.4375
EXPECTED = {world.name: dict(world.verdicts) for world in WORLDS}


@cache
def tables(world, seed=1):
    return simulate(world, seed=seed)


@cache
def company(world, seed=1):
    drawn = tables(world, seed)
    lean = {name: frame for name, frame in drawn.tables.items() if name != "surveys"}
    return Company.from_frames(**lean, **drawn.config)


def changed(world, **frames):
    """The company of a world with some tables replaced by a function of them, or left out."""
    drawn = tables(world)
    given = {k: frames[k](v) if k in frames else v for k, v in drawn.tables.items()}
    given["surveys"] = None
    return Company.from_frames(**{k: v for k, v in given.items() if v is not None}, **drawn.config)


@cache
def study(world, seed=1):
    firm = company(world, seed)
    return Study(Adoption(firm, kinds_of(firm), default_strata(firm), YEAR), key_behaviors.BAR)


def small(world, n=1500, **fields):
    return replace(world, n_customers=n, **fields)


# --- the rule of necessity


def estimate(value, low, high, scale="probability"):
    return Estimate("e", value, low, high, scale=scale)


def candidate(chance, ratio, adjusted=(0.1, 0.05, 0.2), name="training"):
    return Necessity(
        name, estimate(*chance), estimate(*ratio, "ratio"), estimate(*adjusted, "ratio")
    )


MANY = estimate(0.5, 0.48, 0.52)
NEEDED_ONE = ((0.02, 0.01, 0.05), (0.05, 0.02, 0.2))
IDLE_ONE = ((0.5, 0.45, 0.55), (1.0, 0.9, 1.1), (1.0, 0.9, 1.1))
RULES = [
    ([NEEDED_ONE, IDLE_ONE], MANY, "reproduced"),
    ([NEEDED_ONE], estimate(0.15, 0.14, 0.16), "same direction, size unclear"),
    ([(*NEEDED_ONE, (0.9, 0.7, 1.1))], MANY, "not identifiable"),
    ([((0.3, 0.25, 0.35), (0.6, 0.55, 0.7)), IDLE_ONE], MANY, "same direction, smaller"),
    ([((0.08, 0.05, 0.12), (0.4, 0.3, 0.6))], MANY, "same direction, size unclear"),
    ([((0.3, 0.2, 0.4), (0.6, 0.5, 0.7), (1.0, 0.9, 1.1))], MANY, "not identifiable"),
    ([IDLE_ONE, IDLE_ONE], MANY, "not reproduced"),
    ([((0.6, 0.5, 0.7), (1.6, 1.2, 2.0)), IDLE_ONE], MANY, "opposite"),
    ([((0.4, 0.3, 0.5), (0.9, 0.7, 1.2)), IDLE_ONE], MANY, "inconclusive"),
    ([((0.1, None, None), (0.9, 0.7, 1.2))], MANY, "inconclusive"),
    ([((0.0, 0.0, 0.03), (0.0, 0.0, 0.1), (0.0, 0.0, 0.3))], MANY, "reproduced"),
    # nobody comparable with and without it
    ([(*NEEDED_ONE, (None, None, None))], MANY, "not identifiable"),
]


@pytest.mark.parametrize(("found", "overall", "verdict"), RULES)
def test_the_rule_of_necessity(found, overall, verdict):
    found = [candidate(*one) for one in found]
    judged = judge_necessity(found, found, overall, Bar())
    assert judged.verdict == verdict, judged.rule
    assert judged.rule


def test_a_necessary_behaviour_leads_even_where_another_ratio_is_lower():
    fooled = candidate(*NEEDED_ONE, (1.0, 0.8, 1.2), name="fooled")
    real = candidate((0.05, 0.03, 0.08), (0.2, 0.1, 0.4), name="real")
    assert leading([fooled, real], Bar()).name == "real"
    assert judge_necessity([fooled, real], [], MANY, Bar()).verdict == "reproduced"
    assert leading([], Bar()) is None


# --- the worlds


@pytest.mark.parametrize("claim", [C7, C12], ids=lambda claim: claim.id)
def test_the_findings_of_a_world_with_all_their_parts(claim):
    found = claim.estimate(company(small(NEEDED)))
    assert found.verdict == EXPECTED["behaviors-needed"][claim.id], found.rule
    assert found.sentence.endswith(".") and found.action.endswith(".") and found.title
    assert found.evidence_grade == "B"
    for name in found.parts:
        part = found.part(name)
        assert "Not done here" not in part.text, name
        assert part._repr_html_()
        plt.close(part.plot().figure)
    plt.close(found.plot().figure)


@pytest.mark.parametrize("world", [IDLE, SURVIVORS, PREPARED], ids=lambda w: w.name)
def test_the_verdicts_of_the_other_worlds(world):
    assert study(world).judgement.verdict == EXPECTED[world.name][C7.id]
    assert C12.estimate(company(world)).verdict == EXPECTED[world.name][C12.id]


ONE_BAND = (Band("low", 0.5, 0.03, 0.08, low=True), Band("high", 0.5, 0.03, 0.08))
HALF = small(
    NEEDED, 2500, bands=ONE_BAND, additions=(Behaviors((Habit("training", 0.25, needed=0.6),)),)
)
FEW = small(HALF, 60, additions=(Behaviors((Habit("training", 0.2, needed=0.3),)),))


@pytest.mark.parametrize(
    ("world", "verdict"),
    [
        (HALF, "same direction, smaller"),
        (small(NEEDED, 120), "same direction, size unclear"),
        (FEW, "inconclusive"),
    ],
)
def test_further_verdicts_of_key_behaviors(world, verdict):
    found = study(world).judgement
    assert found.verdict == verdict, found.rule


def test_a_behaviour_that_holds_results_up_is_opposite():
    drawn = tables(small(IDLE, 1500))
    first = drawn.results.groupby("customer_id")["reached_on"].min()
    start = drawn.customers.set_index("customer_id")["started_on"]
    # whoever has a result by day 240 trains after it, of the others every second on day 20
    days = (first - start.reindex(first.index)).dt.days
    late = start.index.isin(days.index[days <= 240])
    never = ~late & (np.arange(len(late)) % 2 == 0)
    days = np.where(late, days.reindex(start.index).fillna(0) + 5, np.where(never, 9999, 20))
    done = start + pd.to_timedelta(days, "D")
    end = drawn.customers.set_index("customer_id")["ended_on"]
    end = end.fillna(pd.Timestamp(IDLE.observed_until))
    rows = pd.DataFrame({"customer_id": done.index, "done_on": done.to_numpy()})
    rows = rows[done.to_numpy() < end.to_numpy()].assign(behavior="training")
    firm = changed(small(IDLE, 1500), behaviors=lambda _: rows)
    found = Study(Adoption(firm, kinds_of(firm), (), YEAR), key_behaviors.BAR).judgement
    assert found.verdict == "opposite", found.rule


PLAIN = (Plan("one", 1.0),)
PROCESS = [
    (0.75, 6000, "same direction, smaller"),
    (0.8, 1000, "same direction, size unclear"),
    (0.8, 60, "inconclusive"),
]


def with_process(ratio, n, **fields):
    return small(
        IDLE, n, bands=ONE_BAND, plans=PLAIN, additions=(Process((0.5,), ratio),), **fields
    )


@pytest.mark.parametrize(("ratio", "n", "verdict"), PROCESS)
def test_further_verdicts_of_standard_process(ratio, n, verdict):
    found = C12.estimate(company(with_process(ratio, n)))
    assert found.verdict == verdict, found.rule
    if verdict != "inconclusive":
        assert found.primary.ci_low < ratio < found.primary.ci_high
    else:
        assert "first results were reached" in found.sentence


# --- what cannot be answered or identified


@pytest.mark.parametrize(
    ("claim", "missing", "frames"),
    [
        (C7, "behaviors.behavior", {"behaviors": lambda b: b.drop(columns="behavior")}),
        (C12, "customers.process", {"customers": lambda c: c.drop(columns="process")}),
        (
            C12,
            "results.reached_on or customers.first_result_on",
            {"results": lambda r: r.drop(columns="reached_on")},
        ),
    ],
)
def test_a_missing_column_is_named(claim, missing, frames):
    found = claim.estimate(changed(small(NEEDED, 120), **frames))
    assert found.verdict == "not answerable"
    assert found.missing == (missing,)


def test_behaviours_that_are_only_usage_or_processes_that_are_maturity_are_not_identifiable():
    world = small(NEEDED, 120)
    only_usage = changed(world, behaviors=lambda b: b[b["behavior"] == "usage"])
    found = C7.estimate(only_usage)
    assert found.verdict == "not identifiable" and "plain product usage" in found.rule
    low = changed(
        world,
        customers=lambda c: c.assign(process=np.where(c["maturity"] == "low", "own", "standard")),
    )
    assert "all follow the same process" in C12.estimate(low).rule
    assert found.sentence and found.action and found.part("limits").text


@pytest.mark.parametrize(
    ("process", "rule"),
    [("standard", "is 'standard'"), ("agile", "no customer's process is 'own' or 'standard'")],
)
def test_one_process_or_none_that_is_known_is_not_identifiable(process, rule):
    found = C12.estimate(by_hand([process] * 5))
    assert found.verdict == "not identifiable"
    assert rule in found.rule
    assert found.sentence and found.action and found.part("limits").text


def test_nobody_adopting_or_nobody_with_a_result_is_inconclusive():
    world = small(NEEDED, 120)
    late = changed(world, behaviors=lambda b: b[b["behavior"] == "training"].head(3))
    found = Study(Adoption(late, kinds_of(late), (), YEAR), key_behaviors.BAR)
    assert found.judgement.verdict == "inconclusive"
    none = changed(world, results=lambda r: r.head(0))
    found = Study(Adoption(none, ("training",), (), YEAR), key_behaviors.BAR)
    assert found.judgement.verdict == "inconclusive"
    assert C12.estimate(none).verdict == "inconclusive"


def test_behaviours_dated_with_the_result_cannot_be_told_from_it():
    drawn = tables(small(NEEDED, 600))
    first = drawn.results.sort_values("reached_on").drop_duplicates("customer_id")
    handed = first.rename(columns={"reached_on": "done_on"}).assign(behavior="handed in")
    both = pd.concat([drawn.further["behaviors"], handed[["customer_id", "done_on", "behavior"]]])
    found = C7.estimate(changed(small(NEEDED, 600), behaviors=lambda b: both))
    assert found.verdict == "not identifiable"
    assert "100 % of first results are dated on the very day" in found.rule
    assert found.primary.value is not None and "Record behaviours" in found.action


# --- the numbers


def test_the_no_effect_shares_by_hand():
    # four customers followed 10, 10, 20 and 20 days; one of the first pair adopts on day 5 and
    # one of the second on day 15; a first result came to one adopter of the second pair and to
    # one of the first pair who did not adopt. Adopted before day 10: 1/4; before day 20: of the
    # two still without it at day 15 ... at risk are two, one adopts: 1 − 3/4 · 1/2 = 5/8
    rows = pd.DataFrame(
        [
            ("without", "without", 0.0, 5.0),
            ("without", "with", 5.0, 10.0),
            ("with", "without", 0.0, 10.0),
            ("with", "without", 0.0, 15.0),
            ("with", "with", 15.0, 20.0),
            ("without", "without", 0.0, 20.0),
        ],
        columns=[HAD, "state", "start", "stop"],
    ).assign(moved=[True, False, False, True, False, False])
    starts = rows[[HAD, "state"]].assign(day=rows["start"], entrance=1)
    stops = rows[[HAD, "state"]].assign(
        day=rows["stop"], moved=rows["moved"] * 1, censored=~rows["moved"] * 1
    )
    counts = pd.concat([starts, stops]).fillna(0).assign(observed=0)
    found = plain_shares(EventTable.from_counts(counts, (HAD, "state")), "training")
    assert (found.never.value, found.ever.value) == (1 / 2, 1 / 2)
    adopted = (1 / 4 + 5 / 8) / (1 / 4 + 1 / 4 + 5 / 8 + 5 / 8)
    never = (3 / 4 + 3 / 8) / (3 / 4 + 3 / 4 + 3 / 8 + 3 / 8)
    assert found.ever_no_effect.value == pytest.approx(adopted)
    assert found.never_no_effect.value == pytest.approx(never)


def test_the_plain_comparison_is_as_without_an_effect_where_there_is_none():
    found = ever_tables(study(SURVIVORS).adoption)
    for kind, table in found.items():
        plain = plain_shares(table, kind)
        assert plain.ever.value > 1.6 * plain.never.value  # who stayed did both
        assert plain.ever.value == pytest.approx(plain.ever_no_effect.value, abs=0.03)
        assert plain.never.value == pytest.approx(plain.never_no_effect.value, abs=0.03)


def frame_of(world):
    """Customers in plain pandas: exit, first result and first training, days since the start."""
    drawn = tables(world)
    start = drawn.customers.set_index("customer_id")["started_on"]
    end = drawn.customers.set_index("customer_id")["ended_on"]
    until = end.fillna(pd.Timestamp(world.observed_until))

    def first(frame, column):
        day = frame.groupby("customer_id")[column].min().reindex(start.index)
        return (day - start).dt.days

    done = drawn.tables["behaviors"]
    training = done[done["behavior"] == "training"]
    frame = pd.DataFrame(
        {
            "exit": (until - start).dt.days,
            "left": end.notna(),
            "result": first(drawn.results, "reached_on"),
            "training": first(training, "done_on"),
        }
    )
    days = {
        kind: first(done[done["behavior"] == kind], "done_on") for kind in set(done["behavior"])
    }
    return frame.assign(room=(pd.Timestamp(world.observed_until) - start).dt.days), days


WORLD = small(NEEDED)


def test_the_chance_without_a_behaviour_customer_by_customer():
    frame, _ = frame_of(WORLD)
    reached = frame["result"] < frame["exit"]
    stop = frame["result"].where(reached, frame["exit"])
    own = np.minimum(stop, frame["training"].fillna(np.inf))
    event = reached & ~(frame["training"] < stop)
    stay = 1.0
    for day in sorted(own[event & (own <= YEAR)].unique()):
        stay *= 1 - (event & (own == day)).sum() / (own >= day).sum()
    found = study(WORLD).adoption.chances["training"].unadopted
    assert found.value == pytest.approx(1 - stay, abs=1e-12)


def test_the_number_shown_has_the_interval_it_is_judged_by():
    """It was picked among several, so both hold for all of them at once."""
    found = study(WORLD)
    shown, judged = found.primary, found.best.chance
    assert (shown.value, shown.ci_low, shown.ci_high) == (
        judged.value,
        judged.ci_low,
        judged.ci_high,
    )
    assert shown.confidence_level == pytest.approx(1 - 0.05 / len(found.adoption.kinds))
    alone = found.adoption.alone[found.best.name].unadopted
    assert shown.ci_low < alone.ci_low < alone.ci_high < shown.ci_high


def test_patterns_customer_by_customer():
    frame, days = frame_of(WORLD)
    adoption = study(WORLD).adoption
    reached = frame["result"] < frame["exit"]
    stop = frame["result"].where(reached, frame["exit"])
    here = (stop > paths.LANDMARK_DAYS) & (frame["room"] >= YEAR)
    won = here & reached & (stop <= YEAR)
    lost = here & ~won & ((stop > YEAR) | (frame["left"] & ~reached))
    sets, orders = [], []
    for customer in frame.index:
        done = [(days[k].get(customer, np.nan), i) for i, k in enumerate(adoption.kinds)]
        done = sorted((day, i) for day, i in done if day <= paths.LANDMARK_DAYS)
        orders.append(tuple(i for _, i in done))
        sets.append(frozenset(orders[-1]))
    found = paths.outcomes(adoption)
    for patterns, seen in ((sets, found.sets), (orders, found.paths)):
        patterns = pd.Series(patterns, index=frame.index)
        for who, column in ((lost, "failed"), (won, "succeeded")):
            expected = sorted(patterns[who].value_counts())
            assert sorted(seen.loc[seen[column] > 0, column]) == expected


def test_concordance_of_behaviours_and_usage_pair_by_pair():
    frame, days = frame_of(WORLD)
    adoption = study(WORLD).adoption
    reached = frame["result"] < frame["exit"]
    stop = frame["result"].where(reached, frame["exit"])
    here = stop > paths.LANDMARK_DAYS
    week = np.ceil((stop - paths.LANDMARK_DAYS) / 7)[here].to_numpy()
    event = reached[here].to_numpy()
    adopted = sum((days[k] <= paths.LANDMARK_DAYS).astype(int) for k in adoption.kinds)
    score = adopted.reindex(frame.index)[here].to_numpy()
    sooner = event[:, None] & ((week[:, None] < week) | ((week[:, None] == week) & ~event))
    sooner &= (week <= (YEAR - paths.LANDMARK_DAYS) / 7)[:, None]
    gap = np.sign(score[:, None] - score)[sooner]
    both, used, apart = paths.concordances(adoption)
    assert both.value == pytest.approx((gap.mean() + 1) / 2, abs=1e-12)
    assert apart.value == pytest.approx(both.value - used.value, abs=1e-12)
    assert apart.ci_low < apart.value < apart.ci_high


def test_usage_tells_more_where_it_drives_results_and_nothing_where_it_does_not():
    used = study(IDLE).usage
    assert used[2].ci_high < 0 and used[1].ci_low > 0.55
    idle = study(small(NEEDED)).usage
    assert idle[2].ci_low > 0 and idle[1].ci_low < 0.5 < idle[1].ci_high


def test_failures_show_more_patterns_only_where_behaviours_are_needed():
    needed, idle = study(small(NEEDED)), study(IDLE)
    assert needed.patterns_judged.verdict == "reproduced"
    assert idle.patterns_judged.verdict == "not reproduced"


def test_late_entry_left_truncates_and_early_results_do_not_count():
    world = small(NEEDED, 1500, observed_from=pd.Timestamp("2023-09-01").date())
    found = Adoption(company(world), ("training",), (), YEAR)
    lives = found.lives
    assert bool((lives.exit_day > lives.entry_day).all().execute())
    near = study(WORLD).adoption.chances["training"].unadopted
    value = found.chances["training"].unadopted.value
    assert near.ci_low - 0.02 < value < near.ci_high + 0.02


def test_copies_under_one_parent_know_no_more_than_one():
    one = rows_of(np.random.default_rng(3), 0.8, n=600)
    parent = one["customer"] % 25
    copied = pd.concat([one.assign(**{GROUP: parent.astype(str)})] * 6, ignore_index=True)
    told, fooled = chances(table_of(copied, GROUP), YEAR), chances(table_of(copied), YEAR)
    known = chances(table_of(one), YEAR)
    for name in ("unadopted", "adopters"):
        wide, narrow, own = (getattr(x, name) for x in (told, fooled, known))
        assert wide.value == pytest.approx(own.value, rel=1e-9)
        assert (own.ci_high - own.ci_low) > 2 * (narrow.ci_high - narrow.ci_low)
        assert wide.ci_high - wide.ci_low == pytest.approx(own.ci_high - own.ci_low, rel=0.4)


def test_parents_are_counted_by_their_hash():
    parented = changed(WORLD, customers=lambda c: c.assign(parent_id=c["customer_id"].str[:4]))
    assert GROUP in Adoption(parented, ("training",), (), YEAR).results.by
    assert GROUP in Ways(parented, ()).results.by


def by_hand(process):
    """Five customers; the first gets a result on day 10, the third on day 20."""
    customers = pd.DataFrame(
        {"customer_id": list("abcde"), "started_on": "2024-01-01", "ended_on": None}
    )
    results = pd.DataFrame(
        {"customer_id": ["a", "c"], "reached_on": ["2024-01-11", "2024-01-21"], "result": "x"}
    )
    customers = customers.assign(process=process)
    return Company.from_frames(customers, results, observed_until="2024-12-31")


def test_own_way_against_standard_by_hand():
    ways = Ways(by_hand(["standard", "standard", "own", "own", "own"]), ())
    # day 10: 1/(2 + 3h); day 20: h/(1 + 3h); the product is largest where 2 = 9h²
    assert ways.ratio().value == pytest.approx(2**0.5 / 3, rel=1e-6)
    assert ways.plain[0].value == pytest.approx((1 / 3) / (1 / 2))
    assert ways.plain[1].value == pytest.approx(1.0)
    # from day 10 on only the second result is left: h/(1 + 3h) rises for ever
    assert ways.ratio(since=10.0).value is None or ways.ratio(since=10.0).ci_high is None


def test_what_only_maturity_decides_is_what_the_plain_ratio_shows_where_it_does():
    ways = Ways(company(SURVIVORS), ("maturity", "plan"))
    plain, alike = ways.plain
    assert plain.value < 0.75
    assert plain.value == pytest.approx(alike.value, abs=0.08)


# --- rates over seeds: arrays only


def rows_of(rng, needed, n=1000):
    """Adoption at 0.01 a day, results at 0.003 a day, for a share of customers only after it."""
    adopt = np.ceil(rng.exponential(100, n))
    needs = rng.random(n) < needed
    result = np.ceil(np.where(needs, adopt, 0) + rng.exponential(333, n))
    leave = np.ceil(rng.exponential(900, n))
    end = np.minimum(np.minimum(result, leave), 700)
    event, before = result == end, adopt < end
    both = {"customer": np.arange(n), "start": 0.0, "state": "without"}
    first = pd.DataFrame({**both, "stop": np.where(before, adopt, end), "event": event & ~before})
    second = {**both, "start": adopt, "state": "with", "stop": end, "event": event}
    return pd.concat([first, pd.DataFrame(second)[before]], ignore_index=True)


def table_of(rows, *more):
    return EventTable.from_episodes(
        rows, start="start", stop="stop", event="event", by=["state", *more]
    )


@pytest.mark.parametrize(("needed", "low", "high"), [(1.0, 0.9, 1.0), (0.8, 0.0, 0.1)])
def test_how_often_a_behaviour_is_called_necessary(needed, low, high):
    bar, called = Bar(), []
    for seed in range(10):
        found = chances(table_of(rows_of(np.random.default_rng([7, seed]), needed)), YEAR)
        numbers = ((i.value, i.ci_low, i.ci_high) for i in (found.unadopted, found.ratio))
        called.append(bar.cleared(candidate(*numbers)))
    assert low <= np.mean(called) <= high
