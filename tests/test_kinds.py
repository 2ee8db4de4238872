"""Kinds of churn beside the customers at risk. 1e-8 against R."""

import numpy as np
import pandas as pd
import pytest
from survival_frames import lung, oracle, random_episodes

from csresearch.events import EventTable
from csresearch.survival.kinds import kinds_of_churn

R = oracle("kinds")
KINDS = ("unprepared", "bad fit", "lapsed", "left anyway")


def table_of(rows, *by):
    rows = rows if "start" in rows else rows.assign(start=0.0)
    return EventTable.from_episodes(rows, start="start", stop="stop", event="event", by=list(by))


def made(seed, n=2000, rates=(0.004, 0.002, 0.002, 0.001)):
    """Customers in one condition each, as many in every one; rates differ."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 4, n)
    leave = np.ceil(rng.exponential(1 / np.array(rates)[kind]))
    until = np.floor(rng.uniform(50, 700, n))
    rows = pd.DataFrame({"kind": np.array(KINDS)[kind], "stop": np.minimum(leave, until)})
    return rows.assign(event=leave <= until)


# by hand


def test_two_days_by_hand():
    # day 1: one of 2 in a leaves, 2 in b stay; day 2: one of 1 in a, one of 2 in b
    rows = pd.DataFrame({"kind": list("aabb"), "stop": [1.0, 2, 2, 3], "event": [1, 1, 1, 0]})
    found = kinds_of_churn(table_of(rows, "kind"), "kind")
    # expected in a: 1 · 2/4 + 2 · 1/3
    row = found.frame.set_index("condition").loc["a"]
    assert row["events"] == 2 and row["expected"] == pytest.approx(1 / 2 + 2 / 3)
    assert row["share_of_churn"] == pytest.approx(2 / 3)
    assert row["share_at_risk"] == pytest.approx((1 / 2 + 2 / 3) / 3)
    assert found.n_events == 3


# against R


def test_lung_against_r():
    rows = lung(["ph.ecog"])
    rows = rows[rows["ph.ecog"] < 3].assign(stop=lambda x: x["time"], event=lambda x: x["status"])
    found = kinds_of_churn(table_of(rows, "ph.ecog"), "ph.ecog")
    frame = found.frame.set_index("condition")
    for level, expected in enumerate(R["one_against_rest"]):
        ratio = found.ratios[level]
        assert np.log(ratio.value) == pytest.approx(expected["log_ratio"], rel=1e-8)
        assert ratio.std_error == pytest.approx(expected["se"], rel=1e-8)
        assert frame.loc[level, "events"] == expected["observed"]
        assert frame.loc[level, "expected"] == pytest.approx(expected["expected"], rel=1e-10)
        assert frame.loc[level, "p_value"] == pytest.approx(expected["p"], rel=1e-6)
    apart = kinds_of_churn(table_of(rows, "ph.ecog", "sex"), "ph.ecog", strata=["sex"]).ratios[1]
    assert np.log(apart.value) == pytest.approx(R["stratified"]["log_ratio"], rel=1e-8)
    assert apart.std_error == pytest.approx(R["stratified"]["se"], rel=1e-8)


# slow reference


def test_expected_event_by_event():
    rows = random_episodes(3).rename(columns={"state": "kind"})
    frame = kinds_of_churn(table_of(rows, "kind"), "kind").frame.set_index("condition")
    expected = dict.fromkeys((0, 1), 0.0)
    for day in rows.loc[rows["event"], "stop"]:
        here = rows[(rows["start"] < day) & (rows["stop"] >= day)]
        for kind in expected:
            expected[kind] += (here["kind"] == kind).mean()
    for kind, value in expected.items():
        assert frame.loc[kind, "expected"] == pytest.approx(value, rel=1e-12)


def test_the_truth_comes_back():
    """One condition against all others: a rate of 0.004 against their average, which falls."""
    ratios = [kinds_of_churn(table_of(made(s), "kind"), "kind").ratios for s in range(10)]
    unprepared = np.mean([np.log(one["unprepared"].value) for one in ratios])
    assert 2.0 < np.exp(unprepared) < 2.9  # 0.004 over 0.0017 at first, later over less
    assert all(one["unprepared"].ci_low > 1 > one["left anyway"].ci_high for one in ratios)


# invariants


def test_shares_add_up_and_no_effect_is_one():
    same = made(4, n=4000, rates=(0.002,) * 4)
    found = kinds_of_churn(table_of(same, "kind"), "kind")
    assert found.frame["share_of_churn"].sum() == pytest.approx(1)
    assert found.frame["share_at_risk"].sum() == pytest.approx(1)
    assert found.frame["expected"].sum() == pytest.approx(found.n_events)
    assert all(one.ci_low < 1.05 and one.ci_high > 0.95 for one in found.ratios.values())
    assert found.frame["events"].is_monotonic_decreasing


def test_two_conditions_mirror_each_other():
    rows = made(5).assign(kind=lambda x: np.where(x["kind"] == "unprepared", "a", "b"))
    ratios = kinds_of_churn(table_of(rows, "kind"), "kind").ratios
    assert ratios["a"].value == pytest.approx(1 / ratios["b"].value, rel=1e-9)


# limits and errors


def test_a_condition_without_churn():
    rows = made(7)
    rows.loc[rows["kind"] == "lapsed", "event"] = False
    found = kinds_of_churn(table_of(rows, "kind"), "kind")
    row = found.frame.set_index("condition").loc["lapsed"]
    assert (
        row["rate_ratio"] == 0 and np.isnan(row["p_value"]) and found.frame["events"].iloc[-1] == 0
    )


def test_errors():
    rows = made(8)
    with pytest.raises(ValueError, match=r"'kind' needs two conditions, got \['lapsed'\]"):
        kinds_of_churn(table_of(rows[rows["kind"] == "lapsed"], "kind"), "kind")
