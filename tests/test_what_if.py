"""Data that are wrong, causes nobody measured, answers nobody gave, changes that cannot matter."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from csresearch.association import concordance
from csresearch.concentration import churn_by_horizon, share_of_churn
from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate
from csresearch.history import NEVER, TICKS_A_DAY, History
from csresearch.multiverse import Episodes
from csresearch.risk_sets import RiskSets, risk_sets
from csresearch.sensitivity import e_value
from csresearch.sensitivity.bands import BandRecord
from csresearch.sensitivity.confounding import (
    bias_factor,
    corner,
    corrected,
    hazard_ratio_of,
    mixing_factor,
    risk_ratio_of,
    strength_needed,
)
from csresearch.sensitivity.counted import (
    SPAN,
    Changing,
    Counted,
    Spells,
    lives_of,
    sampled_rows,
    two_states,
)
from csresearch.sensitivity.counted_numbers import log_ratio, somers_d
from csresearch.sensitivity.misclassified import ChurnRecord
from csresearch.sensitivity.misdated import had_been_off, had_come
from csresearch.sensitivity.non_response import NonResponse, Scored
from csresearch.sensitivity.placebo import Placebo, summary
from csresearch.sensitivity.placebo_fixed import shuffled_bands, shuffled_scores
from csresearch.survival.cox import cox_partial_likelihood

WITHOUT = (1.0, 0.0)
COUNTS = ["entrance", "observed", "censored", "moved"]


def made(seed, n=600, ratio=3.0):
    """Customers a row, days: prepared ones get results sooner and stay; results keep them too."""
    rng = np.random.default_rng(seed)
    stratum = rng.integers(0, 2, n)
    entry = np.where(rng.random(n) < 0.25, rng.integers(1, 120, n), 0)
    result = np.ceil(rng.exponential(200 / (1 + stratum), n))
    pace = 250 * (1 + stratum)
    before, after = rng.exponential(pace, n), result + rng.exponential(pace * ratio, n)
    leaves = np.ceil(np.where(before <= result, before, after))
    ends = rng.integers(200, 900, n)
    days = {"entry": entry, "change": result, "exit": np.minimum(leaves, ends)}
    frame = pd.DataFrame(days | {"stratum": stratum, "churned": leaves <= ends}, dtype=float)
    frame = frame.astype({"stratum": int, "churned": bool})
    return frame[frame["exit"] > frame["entry"]].reset_index(drop=True)


def history(frame):
    keys = ["stratum", "entry", "change", "exit", "churned"]
    counted = frame.groupby(keys, as_index=False, dropna=False).size()
    counted = counted.rename(columns={"size": "n"})
    counted["stratum"] = pd.Categorical(counted["stratum"])
    return History(counted, ("stratum",))


def lives(frame):
    return lives_of(history(frame), ("stratum",))


def breslow(table):
    """The log ratio and its error as the claims' own Cox model has them."""
    return cox(risk_sets(table, "state", ("stratum",)), [[0.0], [1.0]])


def cox(risk, design):
    fit = cox_partial_likelihood(risk, design, ties="breslow")
    return fit.coef[0], fit.std_error[0]


# -- the counts and the one ratio


def test_a_ratio_by_hand():
    # one of two without and one of one with at risk, who without leaves; then one against one, who
    # with leaves: the score is zero where h² = 2 for h the ratio of with to without
    counted = Counted(np.array([1, 2]), np.array([[2.0, 1], [1, 1]]), np.array([[1.0, 0], [0, 1]]))
    coef, error = log_ratio(counted, (0.0, 1.0))
    assert np.exp(coef) == pytest.approx(2**0.5, abs=1e-9)
    shares = np.array([2**0.5 / (2 + 2**0.5), 2**0.5 / (1 + 2**0.5)])
    assert error == pytest.approx((shares * (1 - shares)).sum() ** -0.5, abs=1e-9)


def test_the_ratio_is_the_claims_own_cox_models():
    frame = made(1)
    counted = Counted.of(two_states(lives(frame)), 2)
    group, day = np.divmod(counted.cells, SPAN)
    risk = RiskSets((0, 1), group, day, counted.at_risk, counted.observed)
    assert log_ratio(counted, WITHOUT) == pytest.approx(cox(risk, [[1.0], [0.0]]), abs=1e-8)
    expected = breslow(history(frame).event_table(by=("stratum",)))
    assert log_ratio(counted, WITHOUT) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(
    "observed", [[[0.0, 0], [0, 0]], [[1.0, 0], [1, 0]]], ids=["nobody left", "one state only"]
)
def test_counts_that_do_not_tell_give_no_ratio(observed):
    counted = Counted(np.array([1, 2]), np.array([[3.0, 3], [2, 3]]), np.array(observed))
    assert np.isnan(log_ratio(counted, WITHOUT)).all()


def test_everybody_counted_once_is_the_same_as_counting_again():
    people = lives(made(2))
    rng = np.random.default_rng(0)
    on = np.where(rng.random(len(people.n)) < 0.5, rng.integers(-50, 9000, len(people.n)), NEVER)
    found, again = Changing(people).counted(on), Counted.of(two_states(replace(people, on=on)), 2)
    for name in ("cells", "at_risk", "observed"):
        np.testing.assert_allclose(getattr(found, name), getattr(again, name), atol=1e-9)


def test_pairs_are_counted_as_by_concordance():
    one = scored(np.random.default_rng(3), 300)
    frame = pd.DataFrame({"group": one.group, "z": one.level.astype(float), "day": one.day / 16})
    starts = frame.assign(day=0.0, entrance=1, observed=0, censored=0, moved=0)
    stops = frame.assign(entrance=0, observed=one.left * 1, censored=~one.left * 1, moved=0)
    table = EventTable.from_counts(pd.concat([starts, stops]), ["group", "z"])
    expected = concordance(table, "z", strata=["group"]).somers_d.value
    counted = Counted.of(one.spells, 4)
    assert somers_d(counted, np.arange(4.0)) == pytest.approx(expected, abs=1e-12)
    assert somers_d(counted, -np.arange(4.0)) == pytest.approx(-expected, abs=1e-12)


def test_a_sample_is_taken_only_of_many():
    n = np.array([2.0, 0, 3])
    rng = np.random.default_rng(0)
    assert sampled_rows(n, 10, rng).tolist() == [0, 0, 2, 2, 2]
    assert len(sampled_rows(n * 100, 10, rng)) == 10
    assert len(sampled_rows(np.zeros(0), 10, rng)) == 0


# -- results dated wrongly


@pytest.mark.parametrize("days", [-45.0, 0.0, 30.0, 90.0])
def test_moved_dates_are_the_rows_with_moved_dates(days):
    frame = made(4)
    moved = frame.assign(change=frame["change"] + days)  # a change before the start counts from it
    found = log_ratio(had_come(Changing(lives(frame)), days), WITHOUT)
    assert found == pytest.approx(breslow(history(moved).event_table(by=("stratum",))), abs=1e-8)
    if days >= 0:
        lagged = breslow(history(frame).event_table(lag_days=days, by=("stratum",)))
        assert found == pytest.approx(lagged, abs=1e-8)


def test_an_even_error_is_the_average_over_drawn_errors():
    frame, days, rng = made(5, n=1500), 60.0, np.random.default_rng(6)
    changing = Changing(lives_of(history(frame.assign(row=0)), ("stratum",)))
    expected = had_been_off(changing, days)
    drawn = []
    for _ in range(200):
        shift = rng.uniform(-days, days, len(changing.lives.n)) * TICKS_A_DAY
        on = np.where(changing.lives.on < NEVER, changing.lives.on + np.rint(shift), NEVER)
        drawn.append(log_ratio(changing.counted(on.astype(np.int64)), WITHOUT)[0])
    error = np.std(drawn) / len(drawn) ** 0.5
    # six shifts stand for all between: their share of the difference is a few thousandths
    assert log_ratio(expected, WITHOUT)[0] == pytest.approx(np.mean(drawn), abs=4 * error + 0.01)
    with pytest.raises(ValueError, match="days must not be negative"):
        had_been_off(changing, -1.0)


# -- departures recorded wrongly, or not at all


def spells_by_hand():
    """A leaves on day 10 and D on day 30; B is last seen on day 20, C on day 40."""
    day = np.array([10, 20, 40, 30])
    left, ones = np.array([True, False, False, True]), np.ones(4)
    zero = np.zeros(4, dtype=int)
    return Spells(zero, zero, zero, day, left, np.ones(4, dtype=bool), ones)


def test_unnoticed_departures_by_hand():
    record = ChurnRecord(spells_by_hand(), 1)
    found = record.had(unnoticed=[1.0])
    # by day 10: half of B's 20 days and a quarter of C's 40; from 10 to 30: half of C's, and B is
    # no longer followed on day 30, where a quarter of C has gone before
    np.testing.assert_allclose(found.observed[:, 0], [1 + 0.5 + 0.25, 1 + 0.5])
    np.testing.assert_allclose(found.at_risk[:, 0], [4, 2 - 0.25])
    some = record.had(wrong=[0.5], unnoticed=[0.2])
    np.testing.assert_allclose(some.observed[:, 0], [0.5 + 0.2 * 0.75, 0.5 + 0.2 * 0.5])
    with pytest.raises(ValueError, match="shares must be between 0 and 1, got"):
        record.had(wrong=[1.2])


def test_departures_that_are_none_move_a_ratio_only_where_one_state_has_more_of_them():
    record = ChurnRecord(two_states(lives(made(7))), 2)
    plain, error = log_ratio(record.recorded, WITHOUT)
    same, wider = log_ratio(record.had(wrong=[0.36]), WITHOUT)
    assert (same, wider) == pytest.approx((plain, error / 0.8), abs=1e-9)
    # a fifth fewer departures without: in each risk set d stays what it was but for its state
    less = log_ratio(record.had(wrong=[0.2, 0.0]), WITHOUT)[0]
    assert less < plain - 0.1


def test_unnoticed_departures_are_the_average_over_drawn_ones():
    frame, share, rng = made(8, n=2000), 0.3, np.random.default_rng(9)
    people = lives(frame)
    record = ChurnRecord(two_states(people), 2)
    expected = log_ratio(record.had(unnoticed=[share]), WITHOUT)[0]
    came = np.where(people.on < people.exit, np.maximum(people.on, people.entry), people.entry)
    drawn = []
    for _ in range(60):
        gone = ~people.churned & (rng.random(len(people.n)) < share)
        day = np.ceil(came + rng.random(len(people.n)) * (people.exit - came)).astype(np.int64)
        one = replace(people, exit=np.where(gone, day, people.exit), churned=people.churned | gone)
        drawn.append(log_ratio(Counted.of(two_states(one), 2), WITHOUT)[0])
    assert abs(expected - log_ratio(record.recorded, WITHOUT)[0]) > 0.2  # it matters much
    # expected counts date a departure to the next known one, drawn ones to their own day
    assert expected == pytest.approx(np.mean(drawn), abs=4 * np.std(drawn) / 60**0.5 + 0.02)


# -- causes nobody measured


def test_bias_factors_by_hand():
    assert bias_factor(3.0, 2.0) == pytest.approx(6 / 4)
    # 60 % and 20 % have a cause that triples the risk: (0.6·3 + 0.4) ÷ (0.2·3 + 0.8)
    assert mixing_factor(0.6, 0.2, 3.0) == pytest.approx(2.2 / 1.4)
    # everybody in one group has it, a third in the other: the most that 3 and 2 can do
    assert mixing_factor(1.0, 1 / 3, 2.0) == pytest.approx(bias_factor(3.0, 2.0))


def test_no_prevalence_does_more_than_the_bias_factor():
    shares = np.linspace(0.01, 1.0, 40)
    for more_common, multiplies in product((1.2, 2.0, 7.0), (1.5, 4.0)):
        factors = mixing_factor(shares, shares / more_common, multiplies)
        assert factors.max() <= bias_factor(more_common, multiplies) + 1e-12


@pytest.mark.parametrize("ratio", [1.2, 2.0, 6.0, 40.0])
def test_the_curve_passes_the_e_value_at_its_corner(ratio):
    known = e_value(Estimate("hazard ratio", ratio)).value
    factor = float(risk_ratio_of(ratio))
    assert corner(factor) == pytest.approx(known)
    assert strength_needed(factor, [known])[0] == pytest.approx(known)
    assert corrected(factor, [known]).iloc[0, 0] == pytest.approx(1.0)
    assert hazard_ratio_of(factor) == pytest.approx(ratio, rel=1e-6)
    assert strength_needed(factor, [factor * 0.999])[0] == np.inf


def test_the_published_e_value():
    # VanderWeele and Ding (2017): a risk ratio of 3.9 has the E-value 7.26
    assert corner(3.9) == pytest.approx(7.26, abs=0.005)
    with pytest.raises(ValueError, match="the factor must be at least 1, got"):
        strength_needed(0.5, [2.0])


# -- changes, scores and bands that cannot matter


def test_a_dealt_change_goes_to_who_is_at_risk_on_its_day_in_its_stratum():
    people = lives(made(10))
    placebo = Placebo.of(people, most=10_000, seed=1)
    on = placebo.dealt(np.random.default_rng(2))
    own, dealt = placebo.lives, on < NEVER
    assert ((on[dealt] >= own.entry[dealt]) & (on[dealt] < own.exit[dealt])).all()
    real = own.on < own.exit
    for stratum in (0, 1):
        days = np.maximum(own.on, own.entry)[real & (own.stratum == stratum)]
        assert set(on[dealt & (own.stratum == stratum)]) <= set(days)
    assert 0.5 * real.sum() < dealt.sum() <= real.sum()


def test_the_order_of_the_rows_changes_nothing_that_is_dealt():
    people = lives(made(10))
    turned = people.taken(np.random.default_rng(0).permutation(len(people.n)))
    both = [Placebo.of(one, most=200, seed=1).draws(3, 2, dealt=True) for one in (people, turned)]
    pd.testing.assert_frame_equal(*both)


@pytest.mark.parametrize("dealt", [True, False])
def test_placebo_intervals_hold_one_nineteen_times_in_twenty(dealt):
    # in worlds where results matter much and prepared customers get them sooner, with late entry
    draws, worlds = 50, 8
    each = [Placebo.of(lives(made(seed)), most=10_000, seed=1) for seed in range(20, 20 + worlds)]
    found = pd.concat([one.draws(draws, seed, dealt=dealt) for seed, one in enumerate(each)])
    _, _, _, excluded, known = summary(found)
    assert known == draws * worlds
    error = (0.05 * 0.95 / known) ** 0.5
    assert abs(excluded / known - 0.05) < 3 * error
    assert abs(found["log_ratio"].mean()) < 3 * found["log_ratio"].std() / known**0.5 + 0.005
    assert np.exp(found["tempting"].median()) > 1.3  # the plain comparison is fooled
    real = [log_ratio(Changing(one.lives).counted(one.lives.on), WITHOUT)[0] for one in each]
    assert np.mean(real) > 0.8


def test_dealt_scores_and_bands_find_nothing():
    rng = np.random.default_rng(11)
    one = scored(rng, 800, link=0.5)
    counted = Counted.of(one.spells, 4)
    assert somers_d(counted, np.arange(4.0)) < -0.1
    found = shuffled_scores(one, np.arange(4.0), draws=200, seed=1, most=10_000)
    outside = (found["log_ratio"].abs() > 1.959964 * found["std_error"]).mean()
    assert abs(outside - 0.05) < 3 * (0.05 * 0.95 / 200) ** 0.5
    assert abs(found["somers_d"].mean()) < 3 * found["somers_d"].std() / 200**0.5
    people = lives(made(12))
    drawn = shuffled_bands(people, [0], (0.0, 365.0), draws=100, seed=1, most=10_000)
    assert abs(drawn.mean()) < 3 * drawn.std() / 10
    record = BandRecord.of(people, [0], (0.0, 365.0))
    assert record.share(record.recorded) - record.share_of_customers > 4 * drawn.std()


# -- those who never answered


def scored(rng, n, link=0.0, groups=2):
    """Answers in groups, scores 0 to 3; a higher score leaves sooner where the link is positive."""
    group, level = rng.integers(0, groups, n), rng.integers(0, 4, n)
    leaves = np.ceil(rng.exponential(300 * np.exp(-link * level), n))
    ends = rng.integers(100, 600, n)
    day = np.minimum(leaves, ends).astype(np.int64) * TICKS_A_DAY
    return Scored(group, level, day, leaves <= ends, np.ones(n))


def non_response(one, answers):
    zero = np.zeros(4, dtype=int)
    score = np.arange(4.0)
    return NonResponse(one.taken(answers), one.taken(~answers), score, zero, zero[:2])


@pytest.mark.parametrize("seed", range(6))
def test_bounds_hold_every_answer_that_could_have_been_given(seed):
    rng = np.random.default_rng(seed)
    one = scored(rng, 14)
    answers = np.arange(14) >= (1 if seed < 3 else 3)
    both = non_response(one, answers)
    every = []
    for levels in product(range(4), repeat=int((~answers).sum())):
        level = one.level.copy()
        level[~answers] = levels
        every.append(somers_d(Counted.of(replace(one, level=level).spells, 4), both.score))
    low, high = both.bounds()
    assert low <= np.nanmin(every) + 1e-9
    assert high >= np.nanmax(every) - 1e-9
    if seed < 3:  # one silent customer: nothing that cannot come together, so nothing to spare
        assert (low, high) == pytest.approx((np.nanmin(every), np.nanmax(every)), abs=1e-9)


def test_bounds_hold_the_truth_where_the_unhappy_who_leave_do_not_answer():
    fooled = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        one = scored(rng, 500, link=-0.3)
        truth = somers_d(Counted.of(one.spells, 4), np.arange(4.0))
        silent = (one.level <= 1) & one.left & (rng.random(500) < 0.7)
        both = non_response(one, ~silent)
        low, high = both.bounds()
        assert low <= truth <= high
        plain = somers_d(Counted.of(both.answered.spells, 4), both.score)
        (found, _, _), *_, (lower, _, _) = both.shifted(np.array([0.0, 1.0]))
        fooled += plain < truth - 0.03
        assert abs(lower - truth) < abs(plain - truth)  # a shift goes the right way
        assert found < lower
    assert fooled == 30


def test_imputed_answers_are_the_average_over_drawn_ones():
    rng = np.random.default_rng(13)
    one = scored(rng, 700, link=-0.25)
    both = non_response(one, rng.random(700) > 0.3)
    silent, chance = both._chances
    assert chance.sum(axis=1) == pytest.approx(1.0)
    rows = np.repeat(np.arange(len(silent.n)), silent.n.astype(int))
    upto, drawn = np.cumsum(chance[rows], axis=1), []
    for _ in range(60):
        level = (rng.random(len(rows))[:, None] > upto).sum(axis=1)
        parts = both.answered, replace(silent.taken(rows), level=level, n=np.ones(len(rows)))
        merged = Scored(
            *(np.concatenate([getattr(p, k) for p in parts]) for k in Scored.__dataclass_fields__)
        )
        counted = Counted.of(merged.spells, 4)
        drawn.append((somers_d(counted, both.score), log_ratio(counted, both.score)[0]))
    d, coef, _ = next(both.shifted(np.zeros(1)))
    errors = np.std(drawn, axis=0) / 60**0.5
    assert (np.abs(np.mean(drawn, axis=0) - (d, coef)) < 4 * errors + 0.003).all()
    truth = log_ratio(Counted.of(one.spells, 4), both.score)
    assert abs(coef - truth[0]) < 2 * truth[1]  # silent by chance: nothing is lost but numbers


# -- bands


def test_shares_of_churn_are_the_claims_own():
    frame = made(14).assign(entry=0.0)
    people = lives(frame)
    rows = frame.assign(start=0.0, band=frame["stratum"])
    table = EventTable.from_episodes(rows, by=["band"], start="start", stop="exit", event="churned")
    churn = churn_by_horizon(table, "band", [0, 1], horizon_days=365.0)
    expected = share_of_churn(churn, [0])
    record = BandRecord.of(people, [0], (0.0, 365.0))
    assert record.share(record.recorded) == pytest.approx(expected.share.value, abs=1e-9)
    assert record.share_of_customers == pytest.approx(expected.share_of_customers.value)
    fewer = record.share(record.record.had(wrong=[0.0, 0.2]))
    assert fewer < expected.share.value


def test_bounds_of_bands_nobody_recorded_by_hand():
    # four low and four other customers, followed to the end: 3 and 1 leave; of 2 unknown one does
    def some(stratum, exits, churned):
        n = len(exits)
        day = np.array(exits) * TICKS_A_DAY
        return Episodes(np.array(stratum), np.zeros(n, int), day, np.array(churned), np.ones(n))

    people = some([0] * 4 + [1] * 4, [5, 6, 7, 20, 8, 20, 20, 20], [1, 1, 1, 0, 1, 0, 0, 0])
    people = replace(people, churned=people.churned.astype(bool))
    unknown = some([0, 0], [9, 20], [True, False])
    record = BandRecord.of(people, [0], (0.0, 10.0))
    assert record.share(record.recorded) == pytest.approx(3 / 4)
    assert record.share_bounds(unknown) == pytest.approx((3 / 5, 4 / 5))
