"""Survival curves, medians and restricted means.

Closed formulas: 1e-12 against R on curves, 1e-8 on restricted means (sums of areas).
"""

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from survival_frames import (
    assert_interval,
    heart,
    heart_after,
    heart_table,
    lung,
    lung_table,
    oracle,
    random_episodes,
)

from csresearch.events import EventTable
from csresearch.survival.curves import (
    longest_horizon,
    median_survival,
    survival_at,
    survival_curve,
    survival_curves,
)
from csresearch.survival.restricted_means import compare_restricted_means, restricted_mean

R = oracle("curves")


def table_of(days, observed, start=0.0):
    rows = pd.DataFrame({"start": start, "stop": days, "event": observed})
    return EventTable.from_episodes(rows, start="start", stop="stop", event="event")


def made_table(seed=1):
    return EventTable.from_episodes(
        random_episodes(seed), start="start", stop="stop", event="event", by=["state"]
    )


# by hand


def test_four_customers_by_hand():
    # 4 at risk, one leaves on day 1: 3/4; one censored on day 2; 2 at risk, one leaves on 3: 3/8
    curve = survival_curve(table_of([1, 2, 3, 4], [1, 0, 1, 0]), min_at_risk=1)
    assert curve.frame["day"].tolist() == [0, 1, 2, 3, 4]
    assert curve.frame["at_risk"].tolist() == [4, 4, 3, 2, 1]
    assert curve.frame["survival"].tolist() == [1, 0.75, 0.75, 0.375, 0.375]
    # Greenwood: 3/8 · √(1/(4·3) + 1/(2·1))
    error = 0.375 * np.sqrt(1 / 12 + 1 / 2)
    assert curve.frame["std_error"].iloc[-1] == pytest.approx(error, rel=1e-14)
    width = 1.959963984540054 * np.sqrt(7 / 12) / np.log(8 / 3)
    at = survival_at(curve, 3.5)
    assert_interval(at, 0.375, 0.375 ** np.exp(width), 0.375 ** np.exp(-width), rel=1e-13)
    assert median_survival(curve).value == 3
    # area to day 4: 1 + 3/4 + 3/4 + 3/8
    mean = restricted_mean(curve, 4)
    assert mean.value == pytest.approx(2.875, rel=1e-14)
    # areas after days 1 and 3: 15/8 and 3/8
    assert mean.std_error == pytest.approx(
        np.sqrt((15 / 8) ** 2 / 12 + (3 / 8) ** 2 / 2), rel=1e-14
    )


# against R


def test_kaplan_meier_lung():
    curve = survival_curve(lung_table(lung(["sex"])))
    assert curve.starts_on == 0 and curve.condition == "from the start"
    expected = R["lung_all"]
    assert len(curve.frame) == expected["n_days"] + 1
    rows = curve.frame.set_index("day").loc[expected["day"]]
    for column in ("at_risk", "observed", "survival", "ci_low", "ci_high"):
        np.testing.assert_allclose(
            rows[column], np.array(expected[column], float), rtol=1e-12, err_msg=column
        )
    quantile = expected["quantile"]
    assert_interval(
        median_survival(curve),
        quantile["quantile"],
        quantile["quantile_lower"],
        quantile["quantile_upper"],
    )


@pytest.mark.parametrize("tau", ["365", "730", "1000"])
def test_restricted_mean_lung(tau):
    mean = restricted_mean(survival_curve(lung_table(lung(["sex"]))), float(tau))
    assert [mean.value, mean.std_error] == pytest.approx(R["lung_all"]["rmst"][tau], rel=1e-8)


@pytest.mark.parametrize("tau", ["365", "730"])
def test_restricted_means_by_sex(tau):
    curves = survival_curves(lung_table(lung(["sex"])), "sex")
    for curve, expected in zip(curves.values(), R["lung_sex_rmst"][tau], strict=True):
        mean = restricted_mean(curve, float(tau))
        assert [mean.value, mean.std_error] == pytest.approx(expected, rel=1e-8)
    both = compare_restricted_means(curves[2], curves[1], float(tau))
    assert_interval(both.difference, *R["survRM2"][tau]["diff"])
    assert_interval(both.ratio, *R["survRM2"][tau]["ratio"])


@pytest.mark.parametrize("landmark", [0, 30, 60])
def test_simon_makuch_heart(landmark):
    """Starting the full table later and cutting the rows give R's curve alike."""
    expected = R["simon_makuch"][f"L{landmark}"]
    for table in (heart_table(), heart_table(heart_after(landmark))):
        curves = survival_curves(table, "transplant", starts_on=landmark)
        for state, curve in curves.items():
            six = slice(6 * state, 6 * state + 6)
            found = [survival_at(curve, day) for day in expected["time"][six]]
            for field, name in (
                ("value", "surv"),
                ("std_error", "se"),
                ("ci_low", "lower"),
                ("ci_high", "upper"),
            ):
                values = [getattr(at, field) for at in found]
                np.testing.assert_allclose(values, expected[name][six], rtol=1e-11, atol=1e-15)
            median = median_survival(curve)
            names = ("median", "median_lower", "median_upper")
            assert (median.value, median.ci_low, median.ci_high) == tuple(
                expected[name][state] for name in names
            )


def test_delayed_entry_heart():
    expected = R["delayed_entry"]
    table = heart_table(heart_after(10))
    curve = survival_curve(table)
    for name in ("survival", "std_error", "ci_low", "ci_high"):
        field = "value" if name == "survival" else name
        found = [getattr(survival_at(curve, day), field) for day in expected["day"]]
        np.testing.assert_allclose(found, expected[name], rtol=1e-12, err_msg=name)
    curves = survival_curves(table, "transplant", starts_on=0)
    means = [restricted_mean(curve, 365) for curve in curves.values()]
    found = [[mean.value, mean.std_error] for mean in means]
    np.testing.assert_allclose(found, expected["rmst_365_by_transplant"], rtol=1e-8)


@pytest.mark.parametrize("row", R["flat_medians"]["rows"])
def test_flat_at_one_half_as_in_r(row):
    median = median_survival(survival_curve(table_of(row["day"], row["observed"]), starts_on=0))
    assert (median.value, median.ci_low, median.ci_high) == (
        row["median"],
        row["ci_low"],
        row["ci_high"],
    )


def test_lifelines_agrees():
    """A second tool that knows delayed entry."""
    rows = random_episodes(4)
    rows = rows[rows["state"] == 0]
    fitter = KaplanMeierFitter().fit(rows["stop"], rows["event"], entry=rows["start"])
    table = EventTable.from_episodes(rows, start="start", stop="stop", event="event")
    for day in (3, 10, 20):
        found = survival_at(survival_curve(table, starts_on=0), day).value
        assert found == pytest.approx(fitter.predict(day), rel=1e-12)


# slow reference


@pytest.mark.parametrize("seed", [1, 2])
def test_product_limit_row_by_row(seed):
    rows = random_episodes(seed)
    table = EventTable.from_episodes(
        rows, start="start", stop="stop", event="event", by=["stratum", "state"]
    )
    curves = survival_curves(table, "state")
    for state, curve in curves.items():
        own = rows[rows["state"] == state]
        survival, total = 1.0, 0.0
        for day in sorted(own.loc[own["event"], "stop"].unique()):
            if day <= curve.starts_on:
                continue
            n = ((own["start"] < day) & (own["stop"] >= day)).sum()
            d = ((own["stop"] == day) & own["event"]).sum()
            survival *= 1 - d / n
            total += d / (n * (n - d)) if n > d else 0
            row = curve.frame.set_index("day").loc[day]
            assert (row["at_risk"], row["observed"]) == (n, d)
            assert row["survival"] == pytest.approx(survival, rel=1e-12)
            assert row["std_error"] == pytest.approx(survival * np.sqrt(total), rel=1e-12)
        daily = [survival_at(curve, day).value for day in np.arange(curve.starts_on, 20)]
        assert restricted_mean(curve, 20.0).value == pytest.approx(sum(daily), rel=1e-12)


def test_start_of_the_curves_row_by_row():
    rows = random_episodes(6)
    table = EventTable.from_episodes(rows, start="start", stop="stop", event="event", by=["state"])
    days = sorted({*rows["start"], *rows["stop"]})
    for least in (1, 10, 25):
        enough = [
            day
            for day in days
            if all(
                ((own["start"] <= day) & (own["stop"] > day)).sum() >= least
                for _, own in rows.groupby("state")
            )
        ]
        curves = survival_curves(table, "state", min_at_risk=least)
        assert {curve.starts_on for curve in curves.values()} == {enough[0]}
        assert all(curve.frame["at_risk"].iloc[0] >= least for curve in curves.values())


# invariants


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_curve_falls_from_one_within_its_limits(seed):
    for curve in survival_curves(made_table(seed), "state").values():
        frame = curve.frame
        assert frame["survival"].iloc[0] == 1
        assert frame["survival"].between(0, 1).all()
        assert (frame["survival"].diff().dropna() <= 0).all()
        known = frame.dropna()
        assert (known["ci_low"] <= known["survival"]).all()
        assert (known["survival"] <= known["ci_high"]).all()


def test_repeated_customers_narrow_the_curve_only():
    table = made_table()
    counts = table.counts.copy()
    counts[["entrance", "observed", "censored", "moved"]] *= 4
    here, there = survival_curve(table), survival_curve(EventTable(counts, table.by))
    np.testing.assert_allclose(there.frame["survival"], here.frame["survival"], rtol=1e-12)
    np.testing.assert_allclose(2 * there.frame["std_error"], here.frame["std_error"], rtol=1e-12)


def test_units_of_tenure():
    rows = random_episodes(8)
    months = rows.assign(start=rows["start"] / 30.4375, stop=rows["stop"] / 30.4375)
    curves = [
        survival_curve(EventTable.from_episodes(part, start="start", stop="stop", event="event"))
        for part in (rows, months)
    ]
    days, other = (restricted_mean(curves[0], 20.0), restricted_mean(curves[1], 20 / 30.4375))
    assert other.value * 30.4375 == pytest.approx(days.value, rel=1e-12)
    assert other.std_error * 30.4375 == pytest.approx(days.std_error, rel=1e-12)


def test_swapping_groups_turns_difference_and_ratio():
    curves = survival_curves(made_table(), "state")
    here = compare_restricted_means(curves[0], curves[1], 20)
    there = compare_restricted_means(curves[1], curves[0], 20)
    assert here.difference.value == pytest.approx(-there.difference.value)
    assert here.difference.ci_low == pytest.approx(-there.difference.ci_high)
    assert here.ratio.value == pytest.approx(1 / there.ratio.value)


def test_longest_horizon_is_where_ten_are_left():
    curves = survival_curves(made_table(), "state")
    horizon = longest_horizon(curves.values())
    for curve in curves.values():
        later = curve.frame[curve.frame["day"] >= horizon]
        assert later["at_risk"].iloc[0] >= 10
    assert longest_horizon(curves.values(), 10_000) is None
    assert longest_horizon([]) is None


# limits


def test_no_events():
    curve = survival_curve(table_of(range(1, 21), [0] * 20))
    assert (curve.frame["survival"] == 1).all() and (curve.frame["std_error"] == 0).all()
    assert curve.n_events == 0 and median_survival(curve).value is None
    mean = restricted_mean(curve, 15)
    assert (mean.value, mean.std_error) == (15, 0)


def test_everybody_leaves():
    curve = survival_curve(table_of([5.0] * 12, [1] * 12))
    assert curve.extinct and curve.frame["survival"].iloc[-1] == 0
    assert curve.frame[["std_error", "ci_low", "ci_high"]].iloc[-1].isna().all()
    assert median_survival(curve).value == 5
    assert restricted_mean(curve, 30).value == 5  # nobody is left: the curve is known beyond
    assert survival_at(curve, 100).value == 0


def test_too_few_at_risk():
    curves = survival_curves(heart_table(), "transplant", min_at_risk=1000)
    for curve in curves.values():
        assert curve.starts_on is None and curve.frame.empty and curve.last_day is None
        assert curve.condition == "no day with at least 1000 at risk in every group"
        assert median_survival(curve).value is None and survival_at(curve, 5).value is None


def test_conditional_curve_says_so():
    curves = survival_curves(heart_table(), "transplant")
    assert {curve.condition for curve in curves.values()} == {
        f"from day {curves[0].starts_on:g} on, among those still there on that day"
    }
    assert curves[1].level == 1


def test_unknown_outside_the_curve():
    curve = survival_curve(heart_table(heart()))
    assert survival_at(curve, -1).value is None
    assert survival_at(curve, curve.last_day + 1).value is None
    assert survival_at(curve, curve.last_day).value is not None


# errors


def test_horizons_that_are_refused():
    curve = survival_curve(heart_table())
    with pytest.raises(ValueError, match=r"tau must lie between .* last day 1800, got 5000"):
        restricted_mean(curve, 5000)
    with pytest.raises(ValueError, match="got 0"):
        restricted_mean(curve, 0)
    with pytest.raises(ValueError, match="the curve is empty"):
        restricted_mean(survival_curve(heart_table(), min_at_risk=1000), 5)
    later = survival_curve(heart_table(), starts_on=30)
    with pytest.raises(ValueError, match=r"must start on the same day, got 0\.0 and 30\.0"):
        compare_restricted_means(curve, later, 100)
    with pytest.raises(ValueError, match="confidence_level must lie between 0 and 1, got 1"):
        survival_curve(heart_table(), confidence_level=1)
