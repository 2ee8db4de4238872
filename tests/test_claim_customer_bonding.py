"""C11: every verdict, the numbers by slower roads, and sorting that must not pass for bonding."""

from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from lifelines import CoxTimeVaryingFitter

from csresearch.claims.bonding_study import Study
from csresearch.claims.customer_bonding import CLAIM, TERMS, judge
from csresearch.company import Company
from csresearch.findings import Estimate
from csresearch.history import History
from csresearch.simulate import draw_lifetimes, simulate
from csresearch.simulate.additions.bonding import Bonding
from csresearch.simulate.worlds.customer_bonding import (
    BONDED,
    SORTED_FROM_START,
    SORTED_LATER,
    UNBONDED,
    WORLDS,
)
from csresearch.survival.intervals import Interval

WORSE = replace(BONDED, n_customers=2500, additions=(Bonding((240.0,), 0.4),))
SMALL = replace(BONDED, n_customers=60)


@cache
def company(world, seed=1, **config):
    drawn = simulate(world, seed=seed)
    return Company.from_frames(**drawn.tables, **{**drawn.config, **config})


@cache
def estimated(world, **options):
    return CLAIM.estimate(company(world), **options)


# --- verdicts


@pytest.mark.parametrize(
    ("world", "verdict"),
    [
        (BONDED, "reproduced"),
        (SORTED_LATER, "not identifiable"),
        (SORTED_FROM_START, "not reproduced"),
        (WORSE, "opposite"),
        (SMALL, "inconclusive"),
    ],
    ids=lambda x: getattr(x, "name", x),
)
def test_verdicts_on_companies(world, verdict):
    found = estimated(world)
    assert found.verdict == verdict, found.rule
    assert found.sentence.endswith(".") and found.action.endswith(".") and found.title
    assert found.n_events <= found.n_customers


def stub(naive=(0.4, 0.3, 0.5), clear=True):
    return SimpleNamespace(naive_interval=Interval(*naive), turn=SimpleNamespace(clear=clear))


def primary(value, low, high):
    return Estimate(
        "fall",
        value,
        low,
        high,
        null=TERMS.null,
        smallest_effect=TERMS.smallest_effect,
        claimed_region=TERMS.claimed_region,
    )


@pytest.mark.parametrize(
    ("numbers", "study", "verdict"),
    [
        ((0.4, 0.3, 0.55), stub(), "reproduced"),
        ((0.6, 0.45, 0.79), stub(), "reproduced"),
        ((0.6, 0.45, 0.85), stub(), "same direction, size unclear"),
        ((0.8, 0.7, 0.9), stub(), "same direction, smaller"),
        ((0.4, 0.3, 0.55), stub(clear=False), "not identifiable"),
        ((0.8, 0.7, 0.9), stub(clear=False), "not identifiable"),
        ((1.0, 0.85, 1.2), stub(clear=False), "not reproduced"),
        ((0.9, 0.82, 0.99), stub(clear=False), "not reproduced"),
        ((0.9, 0.6, 1.3), stub(), "inconclusive"),
        ((1.6, 1.3, 2.0), stub((1.5, 1.2, 1.9)), "opposite"),
        # the rate without results falls more than it does with them, nobody's rises
        ((1.6, 1.3, 2.0), stub((0.9, 0.7, 1.1)), "not identifiable"),
        ((None, None, None), stub(), "not identifiable"),  # it falls, nobody to compare with
        ((None, None, None), stub((0.9, 0.7, 1.1)), "inconclusive"),
        ((None, None, None), stub((None, None, None)), "inconclusive"),
    ],
)
def test_every_row_of_the_table(numbers, study, verdict):
    found = judge(study, primary(*numbers))
    assert found.verdict == verdict, found.rule


def test_a_fall_without_a_turn_is_never_more_than_not_identifiable():
    fall = estimated(SORTED_LATER).primary
    assert fall.ci_high < 0.8  # the ratio alone would have said: reproduced
    assert "no clear turn" in estimated(SORTED_LATER).rule


def test_too_little_says_how_much_would_do():
    assert "would be enough" in estimated(SMALL).sentence or "more would be" in (
        estimated(SMALL).sentence
    )


# --- numbers


def split_rows(made):
    """One row per customer and span of time since the first result, from what was drawn."""
    lives = draw_lifetimes(made, made.n_customers, 1)
    month = 30.4375
    rows = []
    for one in lives.itertuples():
        first = np.inf if np.isnan(one.result_day) else one.result_day
        edges = [0, first, *(first + m * month for m in (6, 12, 24)), np.inf]
        names = ["before", "m0", "m6", "m12", "m24"]
        for name, low, high in zip(names, edges[:-1], edges[1:], strict=True):
            stop = min(high, one.exit_day)
            if stop > low:
                event = bool(one.churned) and stop == one.exit_day
                rows.append((one.number, one.band, name, low, stop, event))
    return pd.DataFrame(rows, columns=["id", "band", "span", "start", "stop", "event"])


def test_the_primary_number_is_that_of_a_cox_model_on_rows():
    made = replace(BONDED, n_customers=500, plans=BONDED.plans[:1])
    made = replace(made, plans=(replace(made.plans[0], share=1.0),))
    rows = split_rows(made)
    for name in ("m0", "m6", "m12", "m24"):
        rows[name] = (rows["span"] == name).astype(float)
    fitter = CoxTimeVaryingFitter()
    fitter.fit(
        rows.drop(columns="span"), id_col="id", event_col="event", strata=["band"],
        fit_options={"precision": 1e-10},
    )  # fmt: skip
    fall = CLAIM.estimate(company(made), strata=("maturity",)).primary
    value = np.exp(fitter.params_["m12"] - fitter.params_["m0"])
    at = [list(fitter.params_.index).index(name) for name in ("m12", "m0")]
    (late, both), (_, early) = fitter.variance_matrix_.to_numpy()[np.ix_(at, at)]
    error = np.sqrt(late + early - 2 * both)
    assert fall.value == pytest.approx(value, rel=1e-5)
    assert fall.std_error == pytest.approx(error, rel=1e-4)


def test_other_roads_agree():
    found = estimated(BONDED)
    table = found.part("second_road").table.set_index("road")["value"]
    assert table.to_numpy() == pytest.approx(found.primary.value, rel=0.1)
    assert found.part("second_road").text.startswith("They agree")


def test_the_plain_number_stands_beside_what_no_bonding_would_show():
    found = estimated(SORTED_FROM_START)
    assert found.first("naive").ci_high < 0.85  # the rate falls, and nobody changed
    assert found.first("no_effect").value == pytest.approx(found.first("naive").value, rel=0.15)
    assert found.primary.value == pytest.approx(1, abs=0.15)


def test_the_turn_is_found_where_it_is():
    found = estimated(BONDED)
    day = found.part("change").table.iloc[0]
    assert 6 < day["value"] < 10  # months: the hazard turns on days 180, 240 and 300
    past = found.named("share of current customers with a first result who are past the change")
    lives = draw_lifetimes(BONDED, BONDED.n_customers, 1)
    here = lives[~lives["churned"] & lives["result_day"].notna()]
    since = (here["exit_day"] - here["result_day"]) / 30.4375
    assert past.value == pytest.approx((since > day["value"]).mean(), abs=0.01)
    assert estimated(SORTED_LATER).estimates[-1].scale != "share"


# --- over seeds, straight from what is drawn


def judged(world, seed):
    lives = draw_lifetimes(world, world.n_customers, seed)
    frame = pd.DataFrame(
        {
            "maturity": pd.Categorical(
                np.array([b.name for b in world.bands])[lives["band"]], ordered=True
            ),
            "entry": lives["entry_day"],
            "change": lives["result_day"],
            "exit": lives["exit_day"],
            "churned": lives["churned"],
            "n": 1,
        }
    )
    study = Study(History(frame, ("maturity",)), ("maturity",))
    return judge(study, TERMS.primary(study.fair)).verdict


@pytest.mark.parametrize(
    ("world", "wanted", "at_least"),
    [
        (BONDED, {"reproduced"}, 9),
        (SORTED_LATER, {"not identifiable"}, 10),
        (SORTED_FROM_START, {"not reproduced", "inconclusive", "not identifiable"}, 10),
        (UNBONDED, {"not reproduced", "inconclusive", "not identifiable"}, 10),
    ],
    ids=lambda x: getattr(x, "name", ""),
)
def test_no_lucky_seed(world, wanted, at_least):
    got = [judged(world, seed) for seed in range(11, 21)]
    assert sum(verdict in wanted for verdict in got) >= at_least, got


# --- refusals, parents, parts


def test_without_results_or_their_dates():
    drawn = simulate(SMALL, seed=1)
    none = Company.from_frames(drawn.customers, **drawn.config)
    assert CLAIM.estimate(none).verdict == "not answerable"
    undated = Company.from_frames(
        drawn.customers, drawn.results.drop(columns="reached_on"), **drawn.config
    )
    found = CLAIM.estimate(undated)
    assert (found.verdict, found.evidence_grade) == ("not identifiable", "D")
    assert found.missing == ("results.reached_on",)
    assert "limits" in found.parts


def test_an_unknown_option_is_refused():
    with pytest.raises(ValueError, match="no option 'strat'"):
        estimated(SMALL, strat=())


def test_copies_under_a_parent_know_no_more_than_one():
    made = replace(BONDED, n_customers=500)
    drawn = simulate(made, seed=2)

    def copied(frame):
        copies = [frame.assign(customer_id=frame["customer_id"] + f"-{k}") for k in range(3)]
        return pd.concat(copies, ignore_index=True)

    customers, results = copied(drawn.customers), copied(drawn.results)
    one = Company.from_frames(drawn.customers, drawn.results, **drawn.config)
    fooled = Company.from_frames(customers, results, **drawn.config)
    parents = customers.assign(parent_id=customers["customer_id"].str.partition("-")[0])
    told = Company.from_frames(parents, results, **drawn.config)
    one, fooled, told = (CLAIM.estimate(each).primary for each in (one, fooled, told))
    assert told.value == pytest.approx(fooled.value, rel=1e-9)
    assert fooled.std_error == pytest.approx(one.std_error / 3**0.5, rel=0.05)
    assert 0.8 < told.std_error / one.std_error < 1.6  # a jackknife of few churns is wide


@pytest.mark.parametrize("world", [BONDED, SMALL, replace(SMALL, n_customers=4)])
def test_every_part_shows_something(world):
    found = estimated(world)
    for name in found.parts:
        part = found.part(name)
        assert str(part) and part.plot() is not None
        plt.close("all")


def test_worlds_say_their_truth():
    for world in WORLDS:
        for addition in world.additions:
            assert all(len(row) == 2 for row in addition.truth(world))
    assert Bonding().falls_by == pytest.approx(1.5**3)
