"""Survival and shares by revenue. Values 1e-10 against R; jackknife errors 3 % from R's robust."""

import numpy as np
import pandas as pd
import pytest
from lifelines.datasets import load_lung
from survival_frames import oracle, random_episodes

from csresearch.events import EventTable
from csresearch.risk_sets import risk_sets
from csresearch.survival.cox import cox_partial_likelihood
from csresearch.survival.curves import survival_at, survival_curve
from csresearch.survival.jackknife import jackknife_interval
from csresearch.survival.revenue import ratio_of_sums, revenue_retention
from csresearch.survival.weighted import weighted_hazard_ratio, weighted_survival, weighted_table

R = oracle("revenue")
COLUMNS = {"start": "start", "stop": "stop", "event": "event", "weight": "revenue"}


def lung():
    rows = load_lung()
    rows = rows[rows["ph.ecog"].notna()].reset_index(drop=True)
    row = np.arange(1, len(rows) + 1)
    return rows.assign(
        start=0.0, stop=rows["time"], event=rows["status"], revenue=1 + 7919 * row % 23, group=row
    )


def made(seed, n=400, groups=40):
    """Start–stop rows with a state, uneven revenue and customers in groups."""
    rng = np.random.default_rng(seed)
    rows = random_episodes(seed, n)
    revenue = rng.lognormal(0, 1.2, n)
    return rows.assign(revenue=revenue[rows["customer"]], group=rows["customer"] % groups)


# by hand


def test_jackknife_by_hand():
    # 1, 2, 6 left out in turn of a mean of 3: 4, 3.5, 1.5; (2/3) · (1 + 0.25 + 2.25) = 7/3
    one = jackknife_interval(3.0, [4.0, 3.5, 1.5])
    assert one.std_error == pytest.approx(np.sqrt(7 / 3))
    assert one.ci_high == pytest.approx(3 + 4.302652729696142 * np.sqrt(7 / 3))


def test_retention_by_hand():
    # 300 at the start; 240 of it kept, 330 with growth
    found = revenue_retention([100, 150, 50], [90, 150, 0], [90, 240, 0])
    assert (found.gross.value, found.net.value) == pytest.approx((0.8, 1.1))
    # without each group: 150/200, 90/150, 240/250
    expected = jackknife_interval(0.8, [0.75, 0.6, 0.96], scale="share")
    assert found.gross == expected


def test_weighted_curve_by_hand():
    # 10 of 100 lost on day 1; 30 censored on 2; 20 of the remaining 60 lost on 3
    rows = pd.DataFrame(
        {
            "start": 0.0,
            "stop": [1.0, 2.0, 3.0, 4.0],
            "event": [1, 0, 1, 0],
            "revenue": [10, 30, 20, 40],
            "group": list("abcd"),
        }
    )
    table = weighted_table(rows, **COLUMNS, by=["group"])
    assert weighted_survival(table, "group", 3).value == pytest.approx(0.9 * 2 / 3)


# against R


def test_lung_against_r():
    rows = lung()
    assert len(rows) == R["n"]
    table = weighted_table(rows, **COLUMNS, by=["sex", "group"])
    for day, survival, error in zip(R["day"], R["survival"], R["robust_std_error"], strict=True):
        found = weighted_survival(table, "group", day)
        assert found.value == pytest.approx(survival, rel=1e-10)
        assert found.std_error == pytest.approx(error, rel=0.03)
    found = weighted_hazard_ratio(table, "sex", lambda sex: sex != 1, group="group")
    assert np.log(found.value) == pytest.approx(R["log_ratio"], rel=1e-9)
    # groups folded to 64: the error itself is known within a tenth
    assert found.std_error == pytest.approx(R["robust_se"], rel=0.15)


# slow reference


def test_every_group_left_out():
    rows = made(1, n=150, groups=20)
    table = weighted_table(rows, **COLUMNS, by=["group"])
    found = weighted_survival(table, "group", 20)

    def plain(some):
        stay = 1.0
        for day in sorted(set(some.loc[some["event"] & (some["stop"] <= 20), "stop"])):
            here = some[(some["start"] < day) & (some["stop"] >= day)]
            stay *= 1 - here.loc[here["event"] & (here["stop"] == day), "revenue"].sum() / (
                here["revenue"].sum()
            )
        return stay

    without = [plain(rows[rows["group"] != g]) for g in range(20)]
    turned = np.log(-np.log(without))
    error = np.sqrt(19 / 20 * ((turned - turned.mean()) ** 2).sum())
    value = plain(rows)
    assert found.value == pytest.approx(value, rel=1e-10)
    assert found.std_error == pytest.approx(error * value * -np.log(value), rel=1e-9)


def test_every_group_left_out_of_the_ratio():
    rows = made(6, n=150, groups=12)

    def log_ratio(some):
        risk = risk_sets(weighted_table(some, **COLUMNS, by=["state"]), "state")
        return cox_partial_likelihood(risk, [[0.0], [1.0]], ties="breslow").coef[0]

    table = weighted_table(rows, **COLUMNS, by=["state", "group"])
    found = weighted_hazard_ratio(table, "state", float, group="group")
    without = np.array([log_ratio(rows[rows["group"] != g]) for g in range(12)])
    error = np.sqrt(11 / 12 * ((without - without.mean()) ** 2).sum())
    assert np.log(found.value) == pytest.approx(log_ratio(rows), rel=1e-9)
    assert found.std_error == pytest.approx(error, rel=1e-7)
    assert weighted_hazard_ratio(table, "state", lambda state: 1.0, group="group").value is None


def test_ratio_error_is_near_the_linearised_one():
    rng = np.random.default_rng(0)
    start = rng.lognormal(3, 1, 2000)
    kept = start * (rng.random(2000) < 0.8)
    found = ratio_of_sums(kept, start)
    gap = kept - found.value * start
    linear = np.sqrt(2000 / 1999 * (gap**2).sum()) / start.sum()
    assert found.std_error * found.value == pytest.approx(linear, rel=0.02)


def test_intervals_hold_the_true_share_of_revenue():
    """100 companies of 60 groups; revenue is uneven, a binomial error would be too small."""
    hits, plain = [], []
    for seed in range(100):
        rng = np.random.default_rng([5, seed])
        start = rng.lognormal(0, 1, 1500)
        stayed = rng.random(1500) < 0.85
        group = np.arange(1500) % 60
        found = revenue_retention(*(np.bincount(group, x) for x in (start, *[start * stayed] * 2)))
        hits.append(found.gross.ci_low < 0.85 < found.gross.ci_high)
        plain.append(found.gross.std_error > 1.3 * np.sqrt(0.85 * 0.15 / 1500))
    assert np.mean(hits) > 0.88 and np.mean(plain) > 0.8


# invariants


def test_equal_revenue_is_the_plain_curve_and_ratio():
    rows = made(2).assign(revenue=7.0)
    table = weighted_table(rows, **COLUMNS, by=["state", "group"])
    counted = EventTable.from_episodes(
        rows, start="start", stop="stop", event="event", by=["state", "group"]
    )
    names = ["entrance", "observed", "censored"]
    np.testing.assert_allclose(table.counts[names], 7 * counted.counts[names])
    curve = survival_curve(counted, starts_on=0)
    found = weighted_survival(table, "group", 15)
    assert found.value == pytest.approx(survival_at(curve, 15).value, rel=1e-12)
    assert found.std_error == pytest.approx(survival_at(curve, 15).std_error, rel=0.4)
    risk_of = weighted_hazard_ratio(table, "state", float, group="group")
    plain = cox_partial_likelihood(
        risk_sets(counted, "state"), np.array([[0.0], [1.0]]), ties="breslow"
    )
    assert np.log(risk_of.value) == pytest.approx(plain.coef[0], rel=1e-9)
    assert risk_of.std_error == pytest.approx(plain.std_error[0], rel=0.4)


def test_currency_does_not_matter():
    rows = made(3)
    one, other = (
        weighted_table(
            rows.assign(revenue=factor * rows["revenue"]), **COLUMNS, by=["state", "group"]
        )
        for factor in (1.0, 100.0)
    )
    for number in (
        lambda t: weighted_survival(t, "group", 20),
        lambda t: weighted_hazard_ratio(t, "state", float, group="group"),
    ):
        a, b = number(one), number(other)
        assert (a.value, a.ci_low, a.ci_high) == pytest.approx((b.value, b.ci_low, b.ci_high))
    turned = weighted_hazard_ratio(one, "state", lambda state: 1 - state, group="group").inverse()
    same = weighted_hazard_ratio(one, "state", float, group="group")
    assert turned.ci_low == pytest.approx(same.ci_low)


# limits and errors


def test_nothing_lost_nobody_left_and_beyond_the_data():
    rows = made(4).assign(event=False)
    table = weighted_table(rows, **COLUMNS, by=["group"])
    found = weighted_survival(table, "group", 10)
    assert (found.value, found.ci_low) == (1, None)
    assert weighted_survival(table, "group", 1000).value is None
    assert ratio_of_sums([0, 0], [0, 0]).value is None
    whole = revenue_retention([5, 5], [5, 5], [5, 5])
    assert (whole.gross.value, whole.gross.ci_low) == (1, None)
    assert whole.net.ci_low == whole.net.ci_high == 1


def test_errors():
    rows = made(1)
    with pytest.raises(ValueError, match="must not be negative or missing"):
        weighted_table(rows.assign(revenue=np.nan), **COLUMNS)
    with pytest.raises(ValueError, match="do not end after they start"):
        weighted_table(rows.assign(start=99.0), **COLUMNS)
    table = weighted_table(rows.assign(group=1), **COLUMNS, by=["state", "group"])
    with pytest.raises(ValueError, match="at least two groups are needed, got 1"):
        weighted_survival(table, "group", 5)
    with pytest.raises(ValueError, match="at least two groups are needed, got 1"):
        weighted_hazard_ratio(table, "state", float, group="group")
    with pytest.raises(ValueError, match="got 6 with 5 and 9 in group 0"):
        revenue_retention([5, 5], [6, 5], [9, 9])
    with pytest.raises(ValueError, match="one numerator a denominator"):
        ratio_of_sums([1, 2], [1])
    with pytest.raises(ValueError, match="scale must be one of"):
        jackknife_interval(1.0, [1.0, 2.0], scale="odds")
