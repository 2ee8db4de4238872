"""Somers' D of a score by a yes or no: by hand, against SciPy and a slow reference, its limits."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import somersd

from csresearch.association import difference, score_by_state


def drawn(seed, n=400, shift=0.0, strata=1, scores=11):
    """Answers of customers, some of whom have a result; each is a group of its own."""
    rng = np.random.default_rng(seed)
    state = rng.random(n) < 0.4
    score = np.clip(np.rint(rng.normal(5 + shift * state, 2)), 0, scores - 1)
    return pd.DataFrame(
        {
            "stratum": rng.integers(0, strata, n),
            "score": score,
            "state": state,
            "group": np.arange(n) % 64,
            "n": 1,
        }
    )


def test_pairs_by_hand():
    # with: 7, 9; without: 7, 8 twice. Higher: 9 over all three; lower: 7 under 8, 8; equal: one.
    rows = pd.DataFrame(
        {
            "score": [7, 9, 7, 8],
            "state": [True, True, False, False],
            "group": [0, 1, 2, 3],
            "n": [1, 1, 1, 2],
        }
    )
    found = score_by_state(rows)
    assert found.somers_d.value == pytest.approx((3 - 2) / 5)
    assert found.with_ties.value == pytest.approx((3 - 2) / 6)
    assert (found.n_with, found.n_without) == (2, 3)
    # without the 7 with a result: 3 higher of 3; without the 9: 0 of 2; without the other 7:
    # 2 higher, 2 lower; without both 8: 1 higher, 0 lower
    assert found.without == pytest.approx([1, -1, 0, 1])
    spread = np.sqrt(3 / 4 * ((found.without - 0.25) ** 2).sum())
    assert found.somers_d.std_error == pytest.approx(spread)


@pytest.mark.parametrize("seed", range(3))
def test_with_ties_it_is_what_scipy_calls_somers_d(seed):
    rows = drawn(seed, shift=0.5)
    found = score_by_state(rows)
    oracle = somersd(
        rows["state"].astype(int), rows["score"]
    ).statistic  # scipy 1.x, D(score | state)
    assert found.with_ties.value == pytest.approx(oracle, rel=1e-12)
    assert abs(found.somers_d.value) > abs(found.with_ties.value)


@pytest.mark.parametrize("seed", range(3))
def test_strata_and_groups_against_every_pair(seed):
    rows = drawn(seed, n=60, shift=1, strata=3, scores=6)
    found = score_by_state(rows, strata=["stratum"])

    def slowly(some):
        net = pairs = 0
        for one in some[some["state"]].itertuples():
            for other in some[~some["state"]].itertuples():
                if one.stratum == other.stratum and one.score != other.score:
                    net += np.sign(one.score - other.score)
                    pairs += 1
        return net / pairs

    assert found.somers_d.value == pytest.approx(slowly(rows))
    others = [slowly(rows[rows["group"] != g]) for g in sorted(set(rows["group"]))]
    assert found.without == pytest.approx(others)


def test_counts_are_repeated_rows_and_swapping_the_state_turns_the_sign():
    rows = drawn(1, shift=1)
    keys = ["stratum", "score", "state", "group"]
    counted = rows.groupby(keys, as_index=False)["n"].sum()
    one, same = score_by_state(rows), score_by_state(counted)
    assert same.somers_d == one.somers_d and same.upper == one.upper
    turned = score_by_state(rows.assign(state=~rows["state"]))
    assert turned.somers_d.value == pytest.approx(-one.somers_d.value)
    assert turned.somers_d.ci_low == pytest.approx(-one.somers_d.ci_high)


def test_one_sided_bound_and_interval_hold_their_levels():
    truth, hits, bounds = 0.0, 0, 0
    for seed in range(400):
        found = score_by_state(drawn(seed, n=250))
        hits += found.somers_d.ci_low < truth < found.somers_d.ci_high
        bounds += found.upper > truth
    # binomial errors of 400: 1.1 points
    assert hits / 400 == pytest.approx(0.95, abs=0.033)
    assert bounds / 400 == pytest.approx(0.95, abs=0.033)


def test_copies_in_one_group_know_no_more_than_one():
    rows = drawn(2)
    eight = rows.assign(n=8)
    one, many = score_by_state(rows).somers_d, score_by_state(eight).somers_d
    assert many == one


def test_a_difference_allows_for_the_same_customers():
    rows = drawn(3, shift=1)
    groups = sorted(set(rows["group"]))
    one = score_by_state(rows, groups=groups)
    nothing = difference(one, one, name="none")
    assert (nothing.value, nothing.ci_low, nothing.ci_high) == (0, 0, 0)
    half = score_by_state(rows[rows["group"] < 32], groups=groups)
    found = difference(half, one, name="half − all")
    assert found.value == pytest.approx(half.somers_d.value - one.somers_d.value)
    assert found.ci_low < found.value < found.ci_high


def test_limits():
    rows = drawn(4)
    for some in (rows[rows["state"]], rows[:0], rows.assign(score=5.0)):
        found = score_by_state(some)
        assert found.somers_d.value is None and found.upper is None
    assert difference(found, found, name="none").value is None
    apart = score_by_state(rows.assign(score=rows["state"].astype(float)))
    assert apart.somers_d.value == 1 and apart.somers_d.ci_high == 1
    alone = score_by_state(rows.assign(group=0))
    assert alone.somers_d.value is not None and alone.somers_d.ci_low is None
