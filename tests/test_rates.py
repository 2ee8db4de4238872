"""Occurrence/exposure rates and piecewise-exponential ratios.

Closed formulas 1e-8 against R, iterated ones 1e-6 (IRLS stops at a relative deviance of 1e-13).
"""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from survival_frames import (
    assert_interval,
    heart,
    heart_table,
    joined,
    lung,
    lung_table,
    oracle,
    random_episodes,
)

from csresearch.events import EventTable
from csresearch.survival.designs import level_design
from csresearch.survival.piecewise import piecewise_rate_ratio
from csresearch.survival.rates import event_rate, event_rates, rate_ratio, split_exposure

R = oracle("rates")


def made_table(seed=1):
    return EventTable.from_episodes(
        random_episodes(seed), start="start", stop="stop", event="event", by=["stratum", "state"]
    )


# by hand


def test_rates_by_hand():
    # 3 events in 100 customer-days
    assert event_rate(3, 100).value == 0.03
    # at the lower limit 3 or more events have probability 2.5 %, at the upper 3 or fewer
    rate = event_rate(3, 1)
    assert stats.poisson.sf(2, rate.ci_low) == pytest.approx(0.025, rel=1e-10)
    assert stats.poisson.cdf(3, rate.ci_high) == pytest.approx(0.025, rel=1e-10)
    # two events in 10 days against one in 20: ratio 4, error √(1/2 + 1)
    wald = rate_ratio((2, 1), (10, 20), method="wald")
    reach = 1.959963984540054 * np.sqrt(1.5)
    assert_interval(wald, 4, 4 * np.exp(-reach), 4 * np.exp(reach), rel=1e-13)


def test_split_by_hand():
    # (0, 4] and (0, 10], the first ends in churn; cut at 3: 3 + 3 days before, 1 + 7 after
    rows = pd.DataFrame({"start": 0.0, "stop": [4.0, 10.0], "event": [1, 0]})
    table = EventTable.from_episodes(rows, start="start", stop="stop", event="event")
    frame = split_exposure(table, [3])
    assert frame["exposure"].tolist() == [6, 8]
    assert frame["observed"].tolist() == [0, 1]
    assert frame["up_to_day"].tolist() == [3, np.inf]


def test_piecewise_by_hand():
    # one bin: the ratio of crude rates, 2/10 over 1/20, error √(1/2 + 1)
    rows = pd.DataFrame(
        {
            "start": 0.0,
            "stop": [4.0, 6.0, 20.0],
            "event": [1, 1, 1],
            "state": ["with", "with", "without"],
        }
    )
    table = EventTable.from_episodes(rows, start="start", stop="stop", event="event", by=["state"])
    design = level_design(["with", "without"], names=["state"], reference=["without"])
    fit = piecewise_rate_ratio(table, "state", design, cuts_days=[])
    ratio = fit.ratio("state=with")
    assert ratio.value == pytest.approx(4, rel=1e-10)
    assert ratio.std_error == pytest.approx(np.sqrt(1.5), rel=1e-6)
    assert fit.rates["rate"].tolist() == pytest.approx([1 / 20])


# against R


def test_rates_heart():
    frame = event_rates(heart_table(), ["transplant"])
    for row, key in zip(frame.itertuples(), ("pre", "post"), strict=True):
        expected = R["heart"][key]
        assert (row.observed, row.exposure) == (expected["events"], expected["time"])
        found = [row.rate, row.ci_low, row.ci_high]
        np.testing.assert_allclose(
            found, [expected[name] for name in ("rate", "lower", "upper")], rtol=1e-8
        )


def test_rate_ratio_heart():
    expected = R["heart"]["post_vs_pre"]
    events, days = (45, 30), (25998.5, 5955.5)
    exact, wald = rate_ratio(events, days), rate_ratio(events, days, method="wald")
    assert_interval(exact, expected["rr"], expected["lower_exact"], expected["upper_exact"])
    assert_interval(wald, expected["rr"], expected["lower_wald"], expected["upper_wald"])
    assert wald.std_error == pytest.approx(expected["se_log"], rel=1e-8)


def test_poisson_test():
    expected = R["poisson_test"]
    none, some = rate_ratio((0, 5), (100, 50)), rate_ratio((3, 5), (100, 50))
    np.testing.assert_allclose([none.ci_low, none.ci_high], expected["zero"], rtol=1e-8)
    np.testing.assert_allclose([some.ci_low, some.ci_high], expected["three"], rtol=1e-8)
    seven = event_rate(7, 2.5)
    np.testing.assert_allclose([seven.ci_low, seven.ci_high], expected["seven"], rtol=1e-8)


def test_piecewise_lung():
    columns = ["age", "sex", "ph.ecog"]
    rows = joined(lung(), columns)
    design = level_design(sorted(set(rows["who"])), names=columns)
    expected = R["lung_piecewise"]
    table = lung_table(rows, ["who"])
    fit = piecewise_rate_ratio(table, "who", design, cuts_days=expected["cuts"])
    found = [*np.log(fit.rates["rate"]), *fit.coef]
    np.testing.assert_allclose(found, expected["coef"], rtol=1e-6)
    np.testing.assert_allclose(fit.std_error, expected["se"][-3:], rtol=1e-6)
    assert fit.rates["observed"].tolist() == expected["rates"]["events"]
    assert fit.rates["exposure"].tolist() == expected["rates"]["exposure"]
    assert fit.converged


def test_piecewise_heart():
    expected = R["heart_piecewise"]
    table = heart_table(by=["transplant", "surgery"])
    design = level_design([0, 1], names=["transplant"])
    fit = piecewise_rate_ratio(table, "transplant", design, cuts_days=expected["cuts"])
    # the coefficient itself is near 0: absolute
    assert fit.coef["transplant"] == pytest.approx(expected["coef"], abs=1e-9)
    assert fit.std_error["transplant"] == pytest.approx(expected["se"], rel=1e-6)
    assert np.log(fit.rates["rate"][0]) == pytest.approx(expected["log_rate_first_bin"], rel=1e-6)
    within = piecewise_rate_ratio(
        table, "transplant", design, cuts_days=expected["cuts"], strata=["surgery"]
    )
    assert within.coef["transplant"] == pytest.approx(expected["stratified"]["coef"], rel=1e-6)
    assert within.std_error["transplant"] == pytest.approx(expected["stratified"]["se"], rel=1e-6)


def test_split_heart():
    frame = split_exposure(heart_table(by=["surgery"]), R["heart_piecewise"]["cuts"])
    for surgery, part in frame.groupby("surgery"):
        expected = R["heart_split"][f"surgery_{surgery}"]
        assert part["observed"].tolist() == expected["event"]
        # R printed the days rounded
        np.testing.assert_allclose(part["exposure"], expected["t"], atol=0.51)


# slow reference


def test_exposure_customer_by_customer():
    rows = random_episodes(5)
    table = EventTable.from_episodes(
        rows, start="start", stop="stop", event="event", by=["stratum", "state"]
    )
    cuts = [2.5, 7.0, 20.0]
    frame = split_exposure(table, cuts)
    for row in frame.itertuples():
        own = rows[(rows["stratum"] == row.stratum) & (rows["state"] == row.state)]
        days = events = 0.0
        for one in own.itertuples():
            days += max(0.0, min(one.stop, row.up_to_day) - max(one.start, row.after_day))
            events += one.event and row.after_day < one.stop <= row.up_to_day
        assert row.exposure == pytest.approx(days, rel=1e-12)
        assert row.observed == events


@pytest.mark.parametrize(("seed", "days"), [(1, 1.0), (2, 1.0), (2, 0.001)])
def test_piecewise_is_a_poisson_regression(seed, days):
    """With a column for every bin of each stratum, by statsmodels; the ratio has no unit."""
    table = made_table(seed)
    table = EventTable(table.counts.assign(day=table.counts["day"] * days), table.by)
    design = level_design([0, 1], names=["state"])
    cuts = [5 * days, 15 * days]
    fit = piecewise_rate_ratio(table, "state", design, cuts_days=cuts, strata=["stratum"])
    frame = split_exposure(table, cuts)
    cell = frame.groupby(["stratum", "after_day"]).ngroup()
    columns = np.column_stack([frame["state"], np.eye(cell.max() + 1)[cell]])
    model = sm.GLM(
        frame["observed"], columns, family=sm.families.Poisson(), offset=np.log(frame["exposure"])
    )
    found = model.fit(tol=1e-13)
    assert fit.coef["state"] == pytest.approx(found.params.iloc[0], rel=1e-8)
    assert fit.std_error["state"] == pytest.approx(found.bse.iloc[0], rel=1e-6)
    rates = np.exp(found.params.iloc[1:])
    np.testing.assert_allclose(fit.rates["rate"], rates[rates > 1e-6], rtol=1e-6)


# invariants


def test_bins_share_out_events_and_exposure():
    table = made_table()
    frame = split_exposure(table, [3, 9, 27])
    assert frame["observed"].sum() == table.n_events
    assert frame["exposure"].sum() == pytest.approx(table.exposure, rel=1e-12)
    assert event_rates(table)["exposure"].tolist() == pytest.approx([table.exposure])


def test_swapping_turns_the_ratio():
    here, there = rate_ratio((7, 3), (50, 90)), rate_ratio((3, 7), (90, 50))
    inverse = there.inverse()
    assert_interval(inverse, here.value, here.ci_low, here.ci_high, rel=1e-10)


def test_units_of_exposure():
    days, months = event_rate(5, 304.375), event_rate(5, 10)
    assert days.ci_low * 30.4375 == pytest.approx(months.ci_low, rel=1e-12)


# limits


def test_no_events():
    rate = event_rate(0, 10)
    assert (rate.value, rate.ci_low) == (0, 0)
    assert rate.ci_high == pytest.approx(-np.log(0.025) / 10, rel=1e-12)
    assert rate_ratio((0, 0), (1, 1)).value is None
    one = rate_ratio((4, 0), (10, 10))
    assert one.value == np.inf and one.ci_high == np.inf and 0 < one.ci_low < np.inf
    wald = rate_ratio((0, 4), (10, 10), method="wald")
    assert wald.value == 0 and wald.ci_low is None
    table = EventTable.from_episodes(
        heart().assign(event=0), start="start", stop="stop", event="event", by=["transplant"]
    )
    with pytest.raises(ValueError, match="no events: a rate ratio cannot be estimated"):
        piecewise_rate_ratio(table, "transplant", level_design([0, 1]), cuts_days=[30])


def test_a_level_without_events_is_infinite():
    rows = heart().assign(event=lambda frame: frame["event"] * (1 - frame["transplant"]))
    fit = piecewise_rate_ratio(
        heart_table(rows), "transplant", level_design([0, 1]), cuts_days=[30]
    )
    assert fit.coef["level"] == -np.inf and not fit.converged
    assert fit.ratio("level").value == 0 and fit.ratio("level").ci_low is None


def test_a_cell_nobody_lived_in_has_no_rate():
    counts = pd.DataFrame(
        {"state": ["a", "b"], "day": [0.0, 0.0], "entrance": 0, "observed": 0, "censored": 0}
    ).assign(moved=0)
    frame = event_rates(EventTable(counts, ("state",)), ["state"])
    assert frame["rate"].isna().all()


# errors


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: event_rate(-1, 10), "observed must not be negative, got -1"),
        (lambda: event_rate(1, 0), "exposure must be positive, got 0"),
        (lambda: event_rate(np.nan, 1), "observed must not be negative, got nan"),
        (lambda: rate_ratio((1, 1), (1, 1), method="score"), "'exact' or 'wald', got 'score'"),
        (lambda: split_exposure(heart_table(), [30, 30]), r"must rise from above 0, got \[30, 30"),
        (
            lambda: piecewise_rate_ratio(
                heart_table(), "transplant", level_design([0, 2]), cuts_days=[30]
            ),
            "level 1 is missing from the design",
        ),
    ],
)
def test_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
