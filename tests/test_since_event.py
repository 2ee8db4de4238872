"""Time since an event and the ratio of ratios. 1e-9 against R's coxph."""

import numpy as np
import pandas as pd
import pytest
from survival_frames import oracle, patients

from csresearch.events import EventTable
from csresearch.history import History
from csresearch.survival.contrasts import (
    hazard_contrast,
    hazard_ratios,
    ratio_of_ratios,
    standardised_ratio_of_ratios,
)
from csresearch.survival.since_event import clock_from_event, since_labels, time_since_table

R = oracle("bonding")
LEVELS = {"late": "since 90", "early": "since 0", "reference": "before"}


def history_of(rows, by=()):
    """A history of customers counted one by one."""
    frame = rows.assign(n=rows["n"] if "n" in rows else 1)
    for column in by:
        frame[column] = pd.Categorical(frame[column])
    return History(frame[[*by, "entry", "change", "exit", "churned", "n"]], tuple(by))


def heart_history():
    rows = patients()
    return history_of(
        pd.DataFrame(
            {
                "entry": rows["start"],
                "change": rows["transplant_day"],
                "exit": rows["stop"],
                "churned": rows["event"] == 1,
            }
        ).reset_index(drop=True)
    )


def made(seed, n=2500, bond=1.0, fall=0.5):
    """The rate halves at tenure 300 for all; from 90 days after the event on times ``bond``."""
    rng = np.random.default_rng(seed)
    change = np.floor(rng.exponential(200, n))
    need, exit_ = rng.exponential(1, n), np.full(n, 900.0)
    rate = 0.003
    edges = np.arange(0, 900)
    lived = np.zeros(n)
    for day in edges:
        hazard = rate * (fall if day >= 300 else 1) * np.where(day >= change + 90, bond, 1)
        lived += hazard
        exit_ = np.where((lived >= need) & (exit_ == 900), day + 1.0, exit_)
    until = np.floor(rng.uniform(200, 900, n))
    rows = pd.DataFrame({"entry": 0.0, "change": change, "exit": np.minimum(exit_, until)})
    return history_of(rows.assign(churned=exit_ <= until))


# by hand


def test_two_customers_by_hand():
    # one reaches a result on day 10 and leaves on day 50; the other, seen from day 5, never does
    rows = pd.DataFrame(
        {
            "entry": [0.0, 5.0],
            "change": [10.0, np.nan],
            "exit": [50.0, 30.0],
            "churned": [True, False],
        }
    )
    table = time_since_table(history_of(rows), [20])
    rows = table.at_risk().set_index(["since", "day"])
    assert rows.loc[("before", 10.0), ["at_risk", "moved"]].tolist() == [2, 1]
    assert rows.loc[("before", 30.0), ["at_risk", "censored"]].tolist() == [1, 1]
    assert rows.loc[("since 0", 30.0), ["at_risk", "moved", "observed"]].tolist() == [1, 1, 0]
    assert rows.loc[("since 20", 50.0), ["at_risk", "observed", "moved"]].tolist() == [1, 1, 0]
    exposure = table.at_risk().groupby("since")["exposure"].sum()
    assert exposure.to_dict() == {"before": 10 + 25, "since 0": 20, "since 20": 20}
    clock = clock_from_event(history_of(pd.DataFrame(rows_of_clock())))
    assert clock.counts["day"].tolist() == [0, 15, 40]
    assert clock.counts["entrance"].tolist() == [1, 1, 0]


def rows_of_clock():
    """The first customer again, and one with a result 15 days before being first seen."""
    return {
        "entry": [0.0, 30.0],
        "change": [10.0, 15.0],
        "exit": [50.0, 55.0],
        "churned": [True, False],
    }


def test_ratio_of_ratios_by_hand():
    # rates 2/10 and 4/10 on one day each against 1/10 there: (2/1) ÷ (4/1)
    rows = []
    for day, band, left in ((1, "early", 4), (1, "none", 1), (2, "late", 2), (2, "none", 1)):
        rows += [(band, day - 1.0, float(day), i < left) for i in range(10)]
    frame = pd.DataFrame(rows, columns=["since", "start", "stop", "event"])
    table = EventTable.from_episodes(frame, start="start", stop="stop", event="event", by=["since"])
    bands = {"late": "late", "early": "early", "reference": "none"}
    assert standardised_ratio_of_ratios(table, "since", bands=bands) == pytest.approx(0.5)


# against R


def test_heart_against_r():
    table = time_since_table(heart_history(), [90])
    fit, others = hazard_ratios(table, "since", reference="before")
    assert others == ("since 0", "since 90")
    np.testing.assert_allclose(fit.coef, R["coef"], rtol=1e-9)
    ratio = ratio_of_ratios(table, "since", **LEVELS)
    assert np.log(ratio.value) == pytest.approx(R["log_ratio"], rel=1e-9)
    assert ratio.std_error == pytest.approx(R["se"], rel=1e-9)


# slow reference


def test_customer_by_customer():
    history = made(1, n=150)
    rows = history.frame
    pieces = []
    for row in rows.itertuples():
        change = row.change if row.change < row.exit else np.inf
        for label, low, high in (
            ("before", -np.inf, change),
            ("since 0", change, change + 90),
            ("since 90", change + 90, np.inf),
        ):
            start, stop = max(row.entry, low), min(row.exit, high)
            if stop > start:
                pieces.append(
                    (label, start, stop, row.churned and stop == row.exit, stop < row.exit)
                )
    frame = pd.DataFrame(pieces, columns=["since", "start", "stop", "event", "moves"])
    slow = EventTable.from_episodes(frame, start="start", stop="stop", event="event", by=["since"])
    fast = time_since_table(history, [90])
    wide = slow.counts.assign(ends=slow.counts["censored"] + slow.counts["moved"])
    assert fast.counts["moved"].sum() == frame["moves"].sum()
    for column in ("since", "day", "entrance", "observed"):
        assert wide[column].tolist() == fast.counts[column].tolist()
    assert wide["ends"].tolist() == (fast.counts["censored"] + fast.counts["moved"]).tolist()


@pytest.mark.parametrize("bond", [1.0, 0.5])
def test_the_truth_comes_back_whatever_tenure_does(bond):
    """The plain fall after the event is mostly tenure's; the ratio of ratios takes that out."""
    found = [
        ratio_of_ratios(time_since_table(made([3, s], bond=bond), [90]), "since", **LEVELS)
        for s in range(8)
    ]
    mean = np.mean([np.log(one.value) for one in found])
    error = np.sqrt(np.mean([one.std_error**2 for one in found]) / 8)
    assert abs(mean - np.log(bond)) < 3 * error
    assert np.mean([one.ci_low < bond < one.ci_high for one in found]) > 0.6
    table = time_since_table(made([3, 0], bond=bond), [90])
    other = standardised_ratio_of_ratios(table, "since", bands=LEVELS)
    assert np.log(other) == pytest.approx(np.log(found[0].value), abs=2 * found[0].std_error)


# invariants


def test_counts_match_the_plain_table():
    """Bands summed are the two states of the history, and the clock has the same events."""
    history = made(4, n=300)
    table, plain = time_since_table(history, [30, 90]), history.event_table()
    with_events = table.n_events - table.where(since="before").n_events
    assert table.n_events == plain.n_events
    assert with_events == plain.where(state="with").n_events
    assert table.exposure == pytest.approx(plain.exposure)
    clock = clock_from_event(history)
    assert clock.n_events == with_events
    assert clock.exposure == pytest.approx(plain.exposure - plain.where(state="without").exposure)


def test_turning_late_and_early_and_weights_of_customers():
    history = made(5, n=800)
    table = time_since_table(history, [90])
    ratio = ratio_of_ratios(table, "since", **LEVELS)
    turned = ratio_of_ratios(table, "since", late="since 0", early="since 90", reference="before")
    assert turned.inverse().value == pytest.approx(ratio.value, rel=1e-9)
    assert turned.inverse().ci_low == pytest.approx(ratio.ci_low, rel=1e-9)
    twice = History(history.frame.assign(n=2), ())
    double = time_since_table(twice, [90]).counts
    pd.testing.assert_series_equal(double["observed"], 2 * table.counts["observed"])


def test_strata_stay():
    rows = made(6, n=200).frame.assign(maturity=["low", "high"] * 100)
    table = time_since_table(history_of(rows, ["maturity"]), [90], by=["maturity"])
    assert table.by == ("maturity", "since")
    assert table.total(["since"]).n_events == time_since_table(history_of(rows), [90]).n_events
    assert clock_from_event(history_of(rows, ["maturity"]), by=["maturity"]).by == ("maturity",)


# limits and errors


def test_nobody_has_the_event():
    history = history_of(made(7, n=50).frame.assign(change=np.nan))
    assert len(clock_from_event(history).counts) == 0
    with pytest.raises(ValueError, match="needs 'before' and another level"):
        ratio_of_ratios(time_since_table(history, [90]), "since", **LEVELS)


def test_errors():
    with pytest.raises(ValueError, match="cuts_days must rise"):
        since_labels([90, 30])
    table = time_since_table(heart_history(), [90])
    with pytest.raises(ValueError, match="has no level 'never'"):
        ratio_of_ratios(table, "since", late="never", early="since 0", reference="before")
    fit, _ = hazard_ratios(table, "since", reference="before")
    with pytest.raises(ValueError, match="2 weights are needed, got 1"):
        hazard_contrast(fit, [1.0])
    assert hazard_contrast(fit, [0.0, 0.0]).value == 1
