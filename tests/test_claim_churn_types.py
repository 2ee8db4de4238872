"""C10: kinds found where they are, none where there are none, and every number by a slower road."""

from dataclasses import replace
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from csresearch.claims.churn_conditions import at_lapse, definitions_of, read_conditions
from csresearch.claims.churn_kinds import (
    CONDITION,
    LACKING,
    LAPSED,
    LOW,
    UNEXPLAINED,
    WITH,
    WRONG,
    Kinds,
    conditions_of,
)
from csresearch.claims.churn_types import CLAIM
from csresearch.company import Company
from csresearch.events import EventTable
from csresearch.simulate import simulate
from csresearch.simulate.additions.churn_reasons import ChurnReasons
from csresearch.simulate.worlds.churn_types import (
    MOSTLY_UNPREPARED,
    NO_KIND,
    UNPREPARED_LEAVE,
    WORLDS,
)

MONTH = 30.4375


@cache
def tables(world, seed=1):
    return simulate(world, seed=seed)


@cache
def company(world, seed=1, without=()):
    drawn = tables(world, seed)
    frames = dict(drawn.tables)
    for name in without:
        table, _, column = name.partition(".")
        if column:
            frames[table] = frames[table].drop(columns=column)
        else:
            frames.pop(name)
    return Company.from_frames(**frames, **drawn.config)


@cache
def estimated(world, without=(), **options):
    return CLAIM.estimate(company(world, 1, without), **options)


def small(world, n=300):
    return replace(world, n_customers=n)


# --- what is found


def test_the_kind_that_is_there_is_found_in_every_order():
    found = estimated(UNPREPARED_LEAVE)
    assert found.verdict == "descriptive"
    assert LOW in found.title and "in all 6 orders" in found.sentence
    assert found.primary.value > 3 and found.primary.ci_low > 1
    assert found.first("naive").value > found.first("no_effect").value + 0.2


def test_a_base_rate_is_no_kind():
    found = estimated(MOSTLY_UNPREPARED)
    assert found.first("naive").value > 0.55  # most churn is theirs
    assert found.first("no_effect").value == pytest.approx(found.first("naive").value, abs=0.03)
    assert LOW not in found.title
    assert found.primary.ci_low < 1 < found.primary.ci_high


def test_where_nobody_differs_no_kind_is_yours():
    found = estimated(NO_KIND)
    assert found.title.startswith("No kind of churn surely comes more often")
    assert found.rule.startswith("described, not tested: 0 of 6 kinds")
    assert "No kind" in found.sentence


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_it_never_says_that_knowing_the_kind_helps(world):
    found = estimated(world)
    assert "reduces churn is not tested" in found.sentence
    assert "reduces churn is not tested" in found.part("limits").text
    assert "do not say that it helps" in found.action or "Do not organise" in found.action


# --- verdicts and what is missing


def test_too_few_left_is_inconclusive():
    found = estimated(small(NO_KIND, 12))
    assert found.verdict == "inconclusive" and found.primary is None
    assert found.rule == "no kind of churn has 10 customers who left"


def test_one_condition_is_not_identifiable():
    drawn = tables(small(NO_KIND))
    nothing = drawn.results.iloc[:0]
    config = {k: v for k, v in drawn.config.items() if k not in ("maturity", "key_results")}
    customers = drawn.customers[["customer_id", "started_on", "ended_on"]]
    found = CLAIM.estimate(Company.from_frames(customers, nothing, **config | {"segments": []}))
    assert found.verdict == "not identifiable"
    assert "one condition" in found.rule


def test_without_results_or_their_dates():
    assert estimated(small(NO_KIND), ("results",)).verdict == "not answerable"
    found = estimated(small(NO_KIND), ("results.reached_on",))
    assert (found.verdict, found.evidence_grade) == ("not identifiable", "D")
    assert found.missing == ("results.reached_on",)


@pytest.mark.parametrize(
    ("without", "kind", "column"),
    [
        (("customers.expected_result",), WRONG, "customers.expected_result"),
        (("behaviors",), LACKING, "behaviors.behavior"),
        (("customers.maturity", "customers.maturity_on"), LOW, "customers.maturity"),
    ],
)
def test_kinds_that_cannot_be_told_are_left_out_and_named(without, kind, column):
    found = estimated(small(UNPREPARED_LEAVE, 400), without)
    assert found.verdict == "descriptive"
    assert kind not in set(found.part("fair").table["label"])
    assert f"{kind} (needs {column}" in found.part("definitions").text
    assert any(kind in reason for reason in found.evidence_reasons)
    assert "2 orders" not in found.sentence or "2 orders of typing" in found.sentence


def test_first_results_alone_do_not_lapse():
    drawn = tables(small(UNPREPARED_LEAVE, 400))
    first = drawn.results.groupby("customer_id")["reached_on"].min().rename("first_result_on")
    customers = drawn.customers.merge(first.reset_index(), how="left", on="customer_id")
    found = CLAIM.estimate(Company.from_frames(customers, **drawn.config))
    assert LAPSED not in set(found.part("fair").table["label"])
    assert f"{LAPSED} (needs results.reached_on)" in found.part("definitions").text


def test_an_unknown_option_is_refused():
    with pytest.raises(ValueError, match="no option 'lapse_month'"):
        estimated(small(NO_KIND), lapse_month=3)


# --- numbers


def condition_on(day, one, lapse, order):
    """One customer's condition just before the end of a day of tenure, in plain Python."""
    dates = [r for r in one["results"] if r < day]
    if dates:
        return WITH if max(dates) + lapse >= day else LAPSED
    applies = {
        LOW: one["low"],
        WRONG: one["wrong"],
        LACKING: not all(first < day for first in one["adopted"]),
    }
    return next((kind for kind in order if applies[kind]), UNEXPLAINED)


def plain_customers(drawn, key_results, key_behaviors):
    """Every customer as plain Python values, from the files' rows."""
    until = pd.Timestamp(drawn.config["observed_until"])
    results = drawn.results.groupby("customer_id")["reached_on"].apply(list)
    done = drawn.tables["behaviors"].groupby(["customer_id", "behavior"])["done_on"].min()
    for one in drawn.customers.itertuples():
        end = until if pd.isna(one.ended_on) else one.ended_on
        first = [done.get((one.customer_id, kind), pd.NaT) for kind in key_behaviors]
        yield {
            "low": one.maturity == "low",
            "wrong": one.expected_result is not None and one.expected_result not in key_results,
            "results": [(r - one.started_on).days for r in results.get(one.customer_id, [])],
            "adopted": [np.inf if pd.isna(d) else (d - one.started_on).days for d in first],
            "exit": (end - one.started_on).days,
            "churned": not pd.isna(one.ended_on),
        }


def test_events_and_time_at_risk_are_those_counted_day_by_day():
    world = small(UNPREPARED_LEAVE, 120)
    one, drawn = company(world), tables(world)
    given = definitions_of(one, lapse_months=6, onboarding_months=3)
    assert set(given.key_behaviors) == {"training", "data connected"}
    kinds = Kinds(read_conditions(one, given), given)
    people = list(plain_customers(drawn, given.key_results, given.key_behaviors))
    assert kinds.n_customers == len(people)
    for order in kinds.orders:
        table = kinds.typed(order)
        rows = table.total([CONDITION]).at_risk().groupby(CONDITION)
        lived, events = {}, {}
        for person in people:
            for day in range(1, person["exit"] + 1):
                now = condition_on(day, person, given.lapse_days, order)
                lived[now] = lived.get(now, 0) + 1
            if person["churned"]:
                events[now] = events.get(now, 0) + 1
        got = rows["observed"].sum()
        assert got[got > 0].to_dict() == events
        # a result lapses after 182.625 days, and the rest of that day is lapsed
        months = rows["exposure"].sum()
        assert months.sum() == sum(lived.values())
        assert months.to_dict() == pytest.approx(lived, abs=len(drawn.results))


def test_several_ages_of_lapsing_read_at_once_are_those_read_one_by_one():
    one = company(small(UNPREPARED_LEAVE, 120))
    months = (3, 6)
    given = [definitions_of(one, lapse_months=n, onboarding_months=3) for n in months]
    together = read_conditions(one, given[0], lapses=[each.lapse_days for each in given])
    for number, each in enumerate(given):
        found = Kinds(at_lapse(together, number), each).table.total([CONDITION]).at_risk()
        alone = Kinds(read_conditions(one, each), each).table.total([CONDITION]).at_risk()
        columns = ["observed", "exposure"]
        got = found.groupby(CONDITION)[columns].sum()
        pd.testing.assert_frame_equal(got, alone.groupby(CONDITION)[columns].sum())


def test_the_orders_of_the_waterfall_differ_only_before_a_result():
    frames = Kinds(*parts_of(UNPREPARED_LEAVE)).by_order.values()
    rows = pd.concat([f[f[CONDITION].isin([WITH, LAPSED, UNEXPLAINED])] for f in frames])
    assert rows.groupby(CONDITION)["events"].nunique().max() == 1
    assert len(list(frames)) == 6


def parts_of(world):
    one = company(world)
    given = definitions_of(one, lapse_months=12, onboarding_months=3)
    return read_conditions(one, given), given


def test_shares_expected_and_timing_add_up():
    found = estimated(UNPREPARED_LEAVE)
    fair = found.part("fair").table
    assert fair["churned"].sum() == found.n_events
    assert fair["expected"].sum() == pytest.approx(found.n_events, abs=3)  # rounded, a row each
    timing = found.part("timing").table
    assert timing["churned"].sum() == found.n_events
    both = timing.groupby("condition")[["share_of_churn", "share_of_time"]].sum()
    assert both.to_numpy() == pytest.approx(1)
    left = Kinds(*parts_of(UNPREPARED_LEAVE)).incidence().frame.groupby("day")["incidence"].sum()
    assert left.is_monotonic_increasing and left.iloc[-1] < 1


def test_the_other_road_agrees():
    found = estimated(UNPREPARED_LEAVE)
    assert found.part("second_road").text.startswith("They agree")


def test_reasons_say_what_was_drawn():
    found = estimated(UNPREPARED_LEAVE)
    table = found.part("reasons").table.set_index("reason")
    left = tables(UNPREPARED_LEAVE).customers["churn_reason"].value_counts()
    assert table["gave_it"].drop("all who gave a reason").to_dict() == left.to_dict()
    assert table.loc["not ready", "share unprepared"] == 1.0
    assert table.loc["price", "share unprepared"] < 0.9
    assert "No reasons are recorded" in estimated(
        small(NO_KIND), ("customers.churn_reason",)
    ).part("reasons").text  # fmt: skip
    assert ChurnReasons().truth(NO_KIND)[0][1] == "40%"


def test_parents_widen_the_intervals_and_move_no_number():
    drawn = tables(small(UNPREPARED_LEAVE, 400))
    number = np.arange(len(drawn.customers)) // 8
    customers = drawn.customers.assign(parent_id=[f"P{i}" for i in number])
    frames = {**drawn.tables, "customers": customers}
    told = CLAIM.estimate(Company.from_frames(**frames, **drawn.config)).primary
    plain = estimated(small(UNPREPARED_LEAVE, 400)).primary
    assert told.value == pytest.approx(plain.value, rel=1e-9)
    assert told.ci_low != plain.ci_low


def test_false_kinds_are_rare_over_companies():
    """Rate ratios of made conditions that mean nothing: at most one company in forty, or so."""
    rng = np.random.default_rng(5)
    given = definitions_of(company(NO_KIND), lapse_months=12, onboarding_months=3)
    found = [Kinds(nothing_there(rng), given).frame["yours"].any() for _ in range(40)]
    assert sum(found) <= 4  # binomial: at 1/40 more than 4 of 40 comes one time in 300


def nothing_there(rng, n=600):
    """Conditions of customers who all leave at the same rate."""
    churn, end = np.ceil(rng.exponential(600, n)), rng.integers(30, 900, n)
    result = np.ceil(rng.exponential(500, n))
    rows = pd.DataFrame({"unprepared": rng.choice(["yes", "no"], n, p=[0.6, 0.4])})
    rows["unfit"] = rng.choice(["yes", "no"], n, p=[0.2, 0.8])
    rows["adopted"], rows["renewed"] = rng.choice(["with", "without"], n), "without"
    stop = np.minimum(churn, end)
    before = rows.assign(
        level="no result", start=0.0, stop=np.minimum(stop, result),
        event=(churn <= end) & (result >= stop),
    )  # fmt: skip
    after = rows.assign(level="recent", start=result, stop=stop, event=churn <= end)
    both = pd.concat([before, after[result < stop]], ignore_index=True)
    by = ["unprepared", "unfit", "adopted", "renewed", "level"]
    return EventTable.from_episodes(both, start="start", stop="stop", event="event", by=by)


@pytest.mark.parametrize("world", [UNPREPARED_LEAVE, small(NO_KIND, 60)])
def test_every_part_shows_something(world):
    found = estimated(world)
    for name in found.parts:
        part = found.part(name)
        assert str(part) and part.plot() is not None
        plt.close("all")


def test_the_first_that_applies_is_the_kind():
    rows = pd.DataFrame(
        {
            "unprepared": ["yes", "yes", "no", "no", "yes"],
            "unfit": ["yes", "yes", "yes", "no", "no"],
            "adopted": ["without", "with", "without", "with", "without"],
            "level": ["no result", "lapsed", "no result", "no result", "recent"],
        }
    )
    assert conditions_of(rows, (LOW, WRONG, LACKING)).tolist() == [
        LOW,
        LAPSED,
        WRONG,
        UNEXPLAINED,
        WITH,
    ]
    assert conditions_of(rows, (LACKING, LOW, WRONG)).tolist()[2] == LACKING
