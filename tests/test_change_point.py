"""Change point and plateau. 1e-8 against R's glm on the profile."""

import numpy as np
import pandas as pd
import pytest
from survival_frames import oracle

from csresearch.events import EventTable
from csresearch.survival.change_point import change_point
from csresearch.survival.intervals import Interval
from csresearch.survival.plateau import plateau

R = oracle("change_point")


def binned(events, exposure, days=30.0):
    """A table with these events, at the ends of bins in which exposure is spread evenly."""
    at_risk = np.append(np.array(exposure, float) / days, 0)
    rows = [{"day": 0.0, "entrance": at_risk[0], "observed": 0.0, "censored": 0.0, "moved": 0.0}]
    for i, d in enumerate(events):
        gone = at_risk[i] - at_risk[i + 1] - d
        rows.append(
            {
                "day": days * (i + 1),
                "entrance": max(-gone, 0),
                "observed": float(d),
                "censored": max(gone, 0),
                "moved": 0.0,
            }
        )
    return EventTable.from_counts(pd.DataFrame(rows))


def made(seed, n=2000, change=200.0, rates=(0.003, 0.0008), last=800):
    """Customers with a step in their rate, followed for 100 to 800 days."""
    rng = np.random.default_rng(seed)
    need = rng.exponential(1, n)
    early = need / rates[0]
    leave = np.ceil(
        np.where(early <= change, early, change + (need - rates[0] * change) / rates[1])
    )
    until = np.floor(rng.uniform(100, last, n))
    rows = pd.DataFrame({"start": 0.0, "stop": np.minimum(leave, until), "event": leave <= until})
    return EventTable.from_episodes(rows, start="start", stop="stop", event="event")


# by hand


def test_two_rates_by_hand():
    # 20 events in 1,000 days, then 10 in 2,000: 20 log 0.02 + 10 log 0.005
    found = change_point(binned([20, 10], [1000, 2000]), every_days=30, draws=50)
    # one day was tried: the limits are a step of the grid around it
    assert (found.day.value, found.day.ci_low, found.day.ci_high) == (30, 0, 60)
    assert (found.before.value, found.after.value) == pytest.approx((0.02, 0.005))
    assert found.ratio.value == pytest.approx(0.25)
    expected = 20 * np.log(0.02) + 10 * np.log(0.005)
    assert found.profile["loglik"].tolist() == pytest.approx([expected])
    assert found.n_events == 30


def test_shares_past_the_day_by_hand():
    # 4 customers: one leaves on 10, one on 40; two still here, seen for 20 and 60 days
    rows = pd.DataFrame({"start": 0.0, "stop": [10.0, 40, 20, 60], "event": [1, 1, 0, 0]})
    table = EventTable.from_episodes(rows, start="start", stop="stop", event="event")
    found = plateau(table, Interval(30.0))
    assert found.reaching.value == 0.75
    assert found.current_past.value == 0.5
    # 1 of 2: Clopper and Pearson
    assert found.current_past.ci_low == pytest.approx(1 - 0.975**0.5)
    assert found.trend.value is None


# against R


def test_profile_and_trend_against_r():
    table = binned(R["events"], R["exposure"])
    found = change_point(table, every_days=30, draws=200)
    kept = (found.profile["day"] / 30).astype(int).to_numpy() - 1
    d, t = np.array(R["events"]), np.array(R["exposure"])
    flat = d.sum() * np.log(d.sum() / t.sum())
    gain = np.array(R["loglik_gain"])[kept]
    np.testing.assert_allclose(found.profile["loglik"] - flat, gain, rtol=1e-8)
    assert found.day.value == 30 * R["best"] and found.p_value < 0.02
    trend = plateau(table, found.day, every_days=30).trend
    assert np.log(trend.value) == pytest.approx(R["slope"], rel=1e-6)
    assert trend.std_error == pytest.approx(R["slope_se"], rel=1e-6)


# slow reference and behaviour over seeds


def test_every_day_by_brute_force():
    table = made(1)
    found = change_point(table, every_days=10, draws=20)
    rows = table.at_risk()
    best = []
    for day in found.profile["day"]:
        total = 0.0
        for side in (rows["day"] <= day, rows["day"] > day):
            d = rows.loc[side, "observed"].sum()
            # exposure of a row reaches back to the row before; days are close enough to split
            start = rows["day"] - rows["exposure"] / rows["at_risk"].clip(lower=1)
            low, high = (0, day) if side.iloc[0] else (day, np.inf)
            lived = (np.minimum(rows["day"], high) - np.maximum(start, low)).clip(lower=0)
            total += d * np.log(d / (lived * rows["at_risk"]).sum())
        best.append(total)
    np.testing.assert_allclose(found.profile["loglik"], best, rtol=1e-10)


def test_the_interval_holds_the_day_of_the_change():
    """60 companies: at 95 % the share has a standard error of 3 points."""
    found = [change_point(made([2, s], n=1500), draws=200, seed=s) for s in range(60)]
    hits = [one.day.ci_low <= 200 <= one.day.ci_high for one in found]
    assert np.mean(hits) > 0.86
    assert np.median([one.day.value for one in found]) == pytest.approx(200, abs=15)
    assert np.mean([one.p_value < 0.05 for one in found]) > 0.95
    assert np.median([one.day.ci_high - one.day.ci_low for one in found]) < 60


def test_a_rate_that_never_changes_is_rarely_called_changed():
    """60 companies: 5 % have a standard error of 3 points."""
    found = [
        change_point(made([3, s], n=800, rates=(0.002, 0.002)), draws=200, seed=s)
        for s in range(60)
    ]
    assert np.mean([one.p_value < 0.05 for one in found]) < 0.14


# invariants


def test_units_order_and_seeds():
    table = made(4)
    one, same = (change_point(table, draws=100, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(one.profile, same.profile)
    assert (one.day, one.p_value) == (same.day, same.p_value)
    hours = EventTable(table.counts.assign(day=table.counts["day"] * 24))
    other = change_point(hours, every_days=7 * 24, draws=100, seed=3)
    assert other.day.value == 24 * one.day.value
    assert other.ratio.value == pytest.approx(one.ratio.value)
    assert one.profile["inside"].any() and one.ratio.ci_low < one.ratio.value < one.ratio.ci_high


def test_limits_of_the_day_widen_the_shares():
    table = made(5)
    sure = plateau(table, Interval(200.0))
    unsure = plateau(table, Interval(200.0, 150.0, 260.0))
    assert unsure.reaching.value == sure.reaching.value
    assert unsure.reaching.ci_low < sure.reaching.ci_low
    assert unsure.current_past.ci_high > sure.current_past.ci_high
    level = plateau(table, Interval(200.0), confidence_level=0.999).trend
    assert level.ci_low < 1 < level.ci_high


# limits and errors


def test_nobody_followed_past_the_day():
    found = plateau(made(6), Interval(5000.0))
    assert found.trend.value is None and found.current_past.value == 0
    everybody = binned([50, 50], [3000, 1500])
    assert plateau(everybody, Interval(45.0)).current_past.value is None


def test_errors():
    with pytest.raises(ValueError, match="no day has 10 events on both sides: 12 events in all"):
        change_point(binned([6, 6], [1000, 1000]), every_days=30)
    with pytest.raises(ValueError, match="no day has 10 events on both sides: 0 events"):
        change_point(EventTable.from_counts(made(1).counts.iloc[:0]))
    with pytest.raises(ValueError, match="every_days must be positive"):
        change_point(made(1), every_days=0)
    with pytest.raises(ValueError, match="confidence_level"):
        change_point(made(1), confidence_level=1.2)
    with pytest.raises(ValueError, match="not known"):
        plateau(made(1), Interval(None))
