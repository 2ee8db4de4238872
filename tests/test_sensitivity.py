"""Naive ratios, their no-effect benchmark, E-values and the bias waterfall."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines.datasets import load_stanford_heart_transplants

from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate
from csresearch.history import History
from csresearch.risk_sets import risk_sets
from csresearch.sensitivity import (
    bias_waterfall,
    e_value,
    naive_ratios,
    no_effect_benchmark,
    undated_benchmark,
)
from csresearch.sensitivity.expected_counts import (
    grid_of,
    hazard_variances,
    hazards_of,
    ratios,
    redrawn,
)
from csresearch.sensitivity.expected_spread import expected_ratios
from csresearch.sensitivity.naive import log_spread, plain_ratios
from csresearch.survival.cox import cox_partial_likelihood

R = json.loads((Path(__file__).parent / "oracles" / "sensitivity.json").read_text("utf-8"))
HAZARD, RATE, MEAN, MEDIAN = NAMES = (
    "inverse hazard ratio",
    "churn-rate ratio",
    "mean tenure of churned",
    "median tenure",
)
COUNTS = ["entrance", "observed", "censored", "moved"]


def table_of(rows, by=("state",)):
    return EventTable.from_counts(pd.DataFrame(rows, columns=[*by, "day", *COUNTS]), by)


def history(rows):
    keys = ["segment", "entry", "change", "exit", "churned"]
    frame = rows.groupby(keys, dropna=False, as_index=False).size().rename(columns={"size": "n"})
    return History(frame.assign(segment=frame.segment.astype("category")), ("segment",))


def null_world(rng, n, *, delayed=False):
    """Two segments that differ in churn and in results; results do nothing."""
    slow = rng.random(n) < 0.5
    stay = np.ceil(rng.exponential(np.where(slow, 160, 50)))
    result = np.ceil(rng.exponential(np.where(slow, 30, 100)))
    until = np.ceil(rng.uniform(30, 300, n))
    leave = np.minimum(stay, until)
    rows = pd.DataFrame(
        {
            "segment": np.where(slow, "slow", "fast"),
            "entry": np.floor(rng.uniform(0, 60, n)) * (rng.random(n) < 0.5) * delayed,
            "change": np.where(result < leave, result, np.nan),
            "exit": leave,
            "churned": stay <= until,
        }
    )
    return rows[rows.exit > rows.entry]


def heart():
    rows = load_stanford_heart_transplants()
    one = rows.groupby("id").agg(
        stop=("stop", "max"), event=("event", "max"), ever=("transplant", "max")
    )
    one["state"] = one.ever.map({0: "without", 1: "with"})
    return EventTable.from_episodes(
        one.assign(start=0.0), start="start", stop="stop", event="event", by=["state"]
    )


# by hand


def test_naive_ratios_by_hand():
    # never: 4 start, 2 churn on day 1, 1 on day 2, 1 is censored on day 2: 3 in 6 days
    # ever: 4 start, 1 churns on day 2, 3 on day 4: 4 in 14 days
    table = table_of(
        [
            ("without", 0, 4, 0, 0, 0),
            ("without", 1, 0, 2, 0, 0),
            ("without", 2, 0, 1, 1, 0),
            ("with", 0, 4, 0, 0, 0),
            ("with", 2, 0, 1, 0, 0),
            ("with", 4, 0, 3, 0, 0),
        ]
    )
    found = naive_ratios(table)
    assert list(found) == list(NAMES)
    assert found[RATE].value == pytest.approx((3 / 6) / (4 / 14))
    assert found[RATE].std_error == pytest.approx(np.sqrt(1 / 3 + 1 / 4))
    assert found[MEAN].value == pytest.approx(((2 + 3 * 4) / 4) / ((2 * 1 + 2) / 3))
    assert found[MEDIAN].value == pytest.approx(4 / 1)
    assert {e.role for e in found.values()} == {"naive"}


def test_no_effect_benchmark_by_hand():
    # Day 1: 10 without, 2 churn, then 4 of 8 get a result. Day 2: of 4 without 3 churn, of 4 with
    # 1 churns, the others are censored. Pooled: half of both churn on day 2.
    # never: 2 + 2 churned in 2 * 1 + 4 * 2 days; ever: 2 churned in 4 * 2 days
    table = table_of(
        [
            ("without", 0, 10, 0, 0, 0),
            ("without", 1, 0, 2, 0, 4),
            ("without", 2, 0, 3, 1, 0),
            ("with", 1, 4, 0, 0, 0),
            ("with", 2, 0, 1, 3, 0),
        ]
    )
    for ignore_entry in (True, False):
        found = no_effect_benchmark(table, ignore_entry=ignore_entry)
        assert found[RATE].value == pytest.approx((4 / 10) / (2 / 8))
        # KM never: 4/6 after day 1, 2/6 after day 2; ever: 1/2 after day 2
        assert found[MEDIAN].value == pytest.approx(2 / 2)
        assert found[MEAN].value == pytest.approx(2 / ((2 * 1 + 2 * 2) / 4))
        assert {e.role for e in found.values()} == {"no_effect"}


def test_a_result_on_the_day_of_churn_comes_after_it():
    # all 6 without on day 1: 3 churn first, so the result hazard is 3 of 3, not 3 of 6
    table = table_of(
        [
            ("without", 0, 6, 0, 0, 0),
            ("without", 1, 0, 3, 0, 3),
            ("with", 1, 3, 0, 0, 0),
            ("with", 2, 0, 3, 0, 0),
        ]
    )
    found = no_effect_benchmark(table)
    # never: 3 in 3 days; ever: 3 in 6 days
    assert found[RATE].value == pytest.approx(2.0)


def test_late_entry_by_hand():
    # 4 without from day 0; 4 more, with a result already, from day 1; everybody churns on day 3,
    # when half of those without have got theirs (day 2).
    # observed only: never 2 * 3 days, ever 2 * 3 + 4 * 2; as if from day 0: ever 6 * 3
    table = table_of(
        [
            ("without", 0, 4, 0, 0, 0),
            ("without", 2, 0, 0, 0, 2),
            ("without", 3, 0, 2, 0, 0),
            ("with", 1, 4, 0, 0, 0),
            ("with", 2, 2, 0, 0, 0),
            ("with", 3, 0, 6, 0, 0),
        ]
    )
    seen = no_effect_benchmark(table, ignore_entry=False)
    ignored = no_effect_benchmark(table, ignore_entry=True)
    assert seen[RATE].value == pytest.approx((2 / 6) / (6 / 14))
    assert ignored[RATE].value == pytest.approx((2 / 6) / (6 / 18))


def test_e_value_by_hand():
    # HR 4: sqrt 2, risk ratio (1 - 1/4) / (1 - 0.5 ** 0.5) = 2.5606602;
    # E = 2.5606602 + sqrt(2.5606602 * 1.5606602) = 4.5597400
    assert e_value(Estimate("hazard ratio", 4.0)).value == pytest.approx(4.5597400, abs=1e-7)


def test_waterfall_by_hand():
    steps = [("plain", 6.0), ("from its day", 3.0), ("unknown", None), ("same band", 2.4)]
    found = bias_waterfall([(label, Estimate("ratio", value)) for label, value in steps])
    assert found.factors == (None, 0.5, None, pytest.approx(0.8))
    table = found.summary()
    assert table.columns.tolist() == ["label", "value", "ci_low", "ci_high", "factor", "scale"]
    assert table.label.tolist() == [label for label, _ in steps]
    assert {step.role for step in found.steps} == {"step"}


# R and closed forms


@pytest.mark.parametrize("row", R["e_values"]["rows"], ids=lambda row: str(row["hazard_ratio"]))
def test_e_values_equal_r(row):
    found = e_value(Estimate("ratio", row["hazard_ratio"], row["ci_low"], row["ci_high"]))
    assert found.value == pytest.approx(row["e_value"], rel=1e-14)
    assert found.ci_low == pytest.approx(row["e_value_of_limit"], rel=1e-14)
    turned = Estimate("ratio", 1 / row["hazard_ratio"], 1 / row["ci_high"], 1 / row["ci_low"])
    assert e_value(turned).value == pytest.approx(found.value, rel=1e-14)
    assert e_value(turned).ci_low == pytest.approx(found.ci_low, rel=1e-14)


def test_naive_ratios_of_the_heart_data_equal_r():
    expected, found = R["heart_ever_transplanted"], naive_ratios(heart())
    assert found[HAZARD].value == pytest.approx(np.exp(-expected["coef"]), rel=1e-9)
    assert found[HAZARD].std_error == pytest.approx(expected["std_error"], rel=1e-9)
    without, with_ = expected["medians"]  # R's jasa counts from 0, the heart rows from 1
    assert found[MEDIAN].value == pytest.approx((with_ + 1) / (without + 1))


@pytest.mark.parametrize("p", [0.5, 0.8, 0.9])
def test_with_constant_rates_the_benchmark_is_one_plus_one_over_one_minus_p(p):
    # exact in whole days too: p = s g / (h + s g), s = 1 - h, is the share who get a result
    churn = 0.002
    result = churn * p / ((1 - p) * (1 - churn))
    days = np.arange(1.0, 12_001)  # e ** -24 are left then, and censored
    without = 1e6 * ((1 - churn) * (1 - result)) ** (days - 1)
    both = 1e6 * (1 - churn) ** (days - 1)
    moved = without * (1 - churn) * result
    rows = [
        pd.DataFrame(
            {"state": "without", "day": days, "observed": churn * without, "moved": moved}
        ),
        pd.DataFrame({"state": "with", "day": days, "observed": churn * (both - without)}),
        pd.DataFrame({"state": "with", "day": days, "entrance": moved}),
        pd.DataFrame({"state": ["without"], "day": [0.0], "entrance": [1e6]}),
        pd.DataFrame({"state": ["with"], "day": days[-1] + 1, "censored": both[-1] * (1 - churn)}),
    ]
    rows = pd.concat(rows).reindex(columns=["state", "day", *COUNTS]).fillna(0.0)
    found = no_effect_benchmark(EventTable.from_counts(rows, ["state"]))
    assert found[RATE].value == pytest.approx(1 + 1 / (1 - p), rel=1e-8)


# slow references


def test_benchmark_equals_customers_simulated_one_by_one_from_the_pooled_rates():
    # results do work here; the reference lives every customer's days with pooled daily chances
    rng = np.random.default_rng(1)
    rows = short_lives(rng, 3000)
    table = history(rows).event_table()
    many = rows.iloc[rng.integers(0, len(rows), 400_000)]
    simulated = history(relived(rng, many, table))
    for ignore_entry in (True, False):
        found = no_effect_benchmark(table, ["segment"], ignore_entry=ignore_entry)
        reference = naive_ratios(simulated.ever_table(ignore_entry=ignore_entry, by=()))
        for name in NAMES:
            # four standard errors of the reference; ties of 5 % a day leave 1e-3 in the hazard
            error = 4 * reference[name].std_error + 1e-3
            assert np.log(found[name].value / reference[name].value) == pytest.approx(0, abs=error)


def short_lives(rng, n):
    """Forty days at most, late entry, two segments, results that halve the churn."""
    rows = {name: [] for name in ("segment", "entry", "change", "exit", "churned")}
    for _ in range(n):
        slow, entry, change, day = rng.random() < 0.5, rng.integers(0, 8) * 1.0, np.nan, 0.0
        churned = False
        while not churned and day < 40:
            day += 1
            churned = rng.random() < (0.03 if slow else 0.08) / (1 if np.isnan(change) else 2)
            if not churned and day < 40 and np.isnan(change) and rng.random() < 0.06:
                change = day
        if day > entry:
            lived = ("slow" if slow else "fast", entry, change, day, churned)
            for name, value in zip(rows, lived, strict=True):
                rows[name].append(value)
    return pd.DataFrame(rows)


def relived(rng, rows, table):
    """The same entries lived again, with daily chances that ignore the state."""
    counts = table.at_risk()
    lives = rows[["segment", "entry", "change"]].reset_index(drop=True)
    lives["change"] = lives.change.where(lives.change <= lives.entry)
    lives["exit"], lives["churned"] = np.nan, False
    for segment, cells in counts.groupby("segment", observed=True):
        mine = (lives.segment == segment).to_numpy()
        for day, both in cells.groupby("day"):
            both = both.set_index("state")
            here = mine & (lives.entry < day) & lives.exit.isna()
            n, gone, left = both.at_risk.sum(), both.observed.sum(), both.censored.sum()
            churn = here & (rng.random(len(lives)) < (gone / n if n else 0))
            leave = (
                here & ~churn & (rng.random(len(lives)) < (left / (n - gone) if n > gone else 0))
            )
            lives.loc[churn | leave, "exit"] = day
            lives.loc[churn, "churned"] = True
            if "without" in both.index:
                own = both.loc["without"]
                could = own.at_risk - own.observed - own.censored
                chance = own.moved / could if could else 0
                result = here & ~churn & ~leave & lives.change.isna()
                lives.loc[result & (rng.random(len(lives)) < chance), "change"] = day
    return lives


@pytest.mark.parametrize("delayed", [False, True], ids=["from the start", "late entry"])
def test_where_results_do_nothing_the_naive_ratio_is_the_benchmark_on_average(delayed):
    rng = np.random.default_rng(2)
    gaps = {(name, ignore): [] for name in NAMES for ignore in (True, False)}
    for _ in range(16):
        lives = history(null_world(rng, 3000, delayed=delayed))
        table = lives.event_table()
        for ignore in (True, False):
            naive = naive_ratios(lives.ever_table(ignore_entry=ignore, by=()))
            none = no_effect_benchmark(table, ["segment"], ignore_entry=ignore)
            for name in NAMES:
                gaps[name, ignore].append(np.log(naive[name].value / none[name].value))
    for values in gaps.values():
        error = np.std(values, ddof=1) / np.sqrt(len(values))
        assert np.mean(values) == pytest.approx(0, abs=4 * error)
        assert error < 0.04


def test_interval_of_the_benchmark_is_its_scatter_over_companies():
    # 40 companies: their scatter is known to 11 %; that the entries of the segments differ from
    # company to company is no part of the interval, hence one company resampled within segments
    rng = np.random.default_rng(3)
    whole = null_world(rng, 40_000)
    segments = [rows for _, rows in whole.groupby("segment")]
    found = []
    for _ in range(40):
        lives = history(pd.concat([rows.sample(1500, random_state=rng) for rows in segments]))
        found.append(no_effect_benchmark(lives.event_table(), ["segment"]))
    for name in NAMES:
        scatter = np.std([np.log(each[name].value) for each in found], ddof=1)
        error = np.mean([each[name].std_error for each in found])
        assert error == pytest.approx(scatter, rel=0.45)


@pytest.mark.parametrize("ignore_entry", [True, False], ids=["from day 0", "while observed"])
def test_slopes_of_the_benchmark_equal_differences(ignore_entry):
    # one daily hazard up and down by a millionth: the slow way to the slopes, hence to the errors
    lives = history(short_lives(np.random.default_rng(11), 3000))
    grid = grid_of(lives.event_table(), ["segment"])
    hazards, variances = hazards_of(grid), hazard_variances(grid)
    total = dict.fromkeys(NAMES[:3], 0.0)
    for stage, day, segment in zip(*np.nonzero(variances), strict=True):
        ends = []
        for side in (1, -1):
            turned = [hazard.copy() for hazard in hazards]
            turned[stage][day, segment] += side * 1e-6
            ends.append(ratios(grid, tuple(turned), ignore_entry))
        for name in total:
            slope = np.log(ends[0][name][0] / ends[1][name][0]) / 2e-6
            total[name] += slope**2 * variances[stage, day, segment]
    found = expected_ratios(grid, ignore_entry)
    for name, variance in total.items():
        assert found[name][1] == pytest.approx(np.sqrt(variance), rel=1e-6)


@pytest.mark.parametrize("ignore_entry", [True, False], ids=["from day 0", "while observed"])
def test_error_of_the_benchmark_is_its_scatter_over_redrawn_days(ignore_entry):
    # 1,000 draws know a standard deviation to 2 %; a median jumps in whole days, here 2 % of it
    lives = history(null_world(np.random.default_rng(12), 20_000, delayed=True))
    grid = grid_of(lives.event_table(), ["segment"])
    drawn = ratios(grid, redrawn(grid, np.random.default_rng(13), 1000), ignore_entry)
    found = expected_ratios(grid, ignore_entry)
    for name in NAMES:
        tolerance = 0.25 if name == MEDIAN else 0.08
        assert found[name][1] == pytest.approx(log_spread(drawn[name]), rel=tolerance)


def test_error_of_a_median_ratio_is_its_scatter_over_samples():
    rng = np.random.default_rng(14)
    rows = null_world(rng, 4000)
    drawn = []
    for _ in range(60):
        sample = history(rows.iloc[rng.integers(0, len(rows), len(rows))])
        drawn.append(naive_ratios(sample.ever_table(by=()))[MEDIAN].value)
    found = naive_ratios(history(rows).ever_table(by=()))[MEDIAN].std_error
    assert found == pytest.approx(log_spread(np.array(drawn)), rel=0.35)


def test_hazard_ratio_on_counts_is_coxs():
    rng = np.random.default_rng(4)
    table = history(null_world(rng, 5000)).ever_table(by=())
    exact = cox_partial_likelihood(risk_sets(table, "state"), np.array([[0.0], [1.0]]))
    counts = table.at_risk().pivot(index="day", columns="state", values=["at_risk", "observed"])
    at_risk, observed = backfilled(table, counts)
    found = plain_ratios(counts.index.to_numpy(), at_risk, observed)[HAZARD][0]
    # ties of up to 3 % of those at risk: Efron's to first order
    assert found == pytest.approx(np.exp(exact.coef[0]), rel=2e-4)


def backfilled(table, counts):
    """At risk on days without a row of their own, and churned, (D, 2, 1), never first."""
    columns = ["without", "with"]
    observed = counts["observed"][columns].fillna(0).to_numpy()
    change = table.counts.assign(
        net=table.counts.entrance - table.counts.observed - table.counts.censored
    ).pivot(index="day", columns="state", values="net")
    net = change[columns].fillna(0).to_numpy()
    return (np.cumsum(net, axis=0) - net)[..., None], observed[..., None]


# invariants


def test_results_that_work_stand_above_the_benchmark():
    rng = np.random.default_rng(5)
    lives = history(short_lives(rng, 3000))
    naive = naive_ratios(lives.ever_table(by=()))
    none = no_effect_benchmark(lives.event_table(), ["segment"], ignore_entry=False)
    assert naive[RATE].ci_low > none[RATE].ci_high


def test_one_stratum_for_all_is_no_strata():
    table = history(null_world(np.random.default_rng(6), 2000).assign(segment="all")).event_table()
    assert no_effect_benchmark(table, ["segment"]) == no_effect_benchmark(table)


def test_labels_and_order_of_strata_do_not_matter():
    rows = null_world(np.random.default_rng(7), 2000)
    turned = rows.assign(segment=rows.segment.map({"slow": "a", "fast": "z"}))[::-1]
    one, other = (
        no_effect_benchmark(history(each).event_table(), ["segment"]) for each in (rows, turned)
    )
    for name in NAMES:
        assert one[name].value == pytest.approx(other[name].value, rel=1e-12)


def test_the_unit_of_time_does_not_matter():
    table = history(null_world(np.random.default_rng(8), 2000)).event_table(by=())
    months = EventTable(table.counts.assign(day=table.counts.day / 16), table.by)
    one, other = no_effect_benchmark(table), no_effect_benchmark(months)
    for name in NAMES:
        assert one[name].value == pytest.approx(other[name].value, rel=1e-12)
        assert one[name].std_error == pytest.approx(other[name].std_error, rel=1e-9)


def test_a_thousand_days_and_ten_strata_have_an_interval():
    rng = np.random.default_rng(10)
    rows = null_world(rng, 100_000)
    rows[["change", "exit"]] = np.ceil(rows[["change", "exit"]] * 3.3)
    rows["segment"] = rng.integers(0, 10, len(rows)).astype(str)
    table = history(rows).event_table()
    found = no_effect_benchmark(table, ["segment"])
    assert found[RATE].ci_low < found[RATE].value < found[RATE].ci_high


# limits


def test_nobody_ever_had_a_result():
    table = table_of([("without", 0, 3, 0, 0, 0), ("without", 4, 0, 2, 1, 0)])
    for found in (naive_ratios(table), no_effect_benchmark(table)):
        assert list(found) == list(NAMES)
        assert {e.value for e in found.values()} == {None}


def test_nobody_churns():
    table = table_of(
        [
            ("without", 0, 4, 0, 0, 0),
            ("without", 2, 0, 0, 1, 3),
            ("with", 2, 3, 0, 0, 0),
            ("with", 5, 0, 0, 3, 0),
        ]
    )
    assert {e.value for e in no_effect_benchmark(table).values()} == {None}
    assert {e.value for e in naive_ratios(table).values()} == {None}


def test_a_median_that_is_not_reached_is_none():
    table = table_of(
        [
            ("without", 0, 4, 0, 0, 0),
            ("without", 2, 0, 3, 1, 0),
            ("with", 0, 4, 0, 0, 0),
            ("with", 5, 0, 1, 3, 0),
        ]
    )
    found = naive_ratios(table)
    assert found[MEDIAN].value is None
    assert found[RATE].value == pytest.approx((3 / 8) / (1 / 20))


def test_an_empty_table_has_no_numbers():
    empty = table_of([])
    assert {e.value for e in no_effect_benchmark(empty).values()} == {None}


def test_e_value_of_no_effect_is_one():
    found = e_value(Estimate("ratio", 1.2, 0.8, 1.9))
    assert found.ci_low == 1.0
    assert e_value(Estimate("ratio", None)).value is None
    assert e_value(Estimate("ratio", 2.0)).ci_low is None


def test_a_single_step_has_no_factor():
    found = bias_waterfall([("plain", Estimate("ratio", 6.0))])
    assert found.factors == (None,)
    assert found.summary().factor.isna().all()


# messages


def test_other_states_are_refused():
    table = table_of([("maybe", 0, 1, 0, 0, 0), ("maybe", 2, 0, 1, 0, 0)])
    with pytest.raises(ValueError, match=r"'state' must hold the levels .* got also \['maybe'\]"):
        no_effect_benchmark(table)
    with pytest.raises(ValueError, match=r"'state' must hold the levels .* got also \['maybe'\]"):
        naive_ratios(table)


def test_a_result_that_is_lost_again_is_refused():
    table = table_of([("with", 0, 1, 0, 0, 0), ("with", 2, 0, 0, 0, 1)])
    with pytest.raises(ValueError, match="a result must stay with the customer"):
        no_effect_benchmark(table)


@pytest.mark.parametrize(
    "bad", [Estimate("D", 0.1, scale="correlation"), Estimate("ratio", -1.0)], ids=["scale", "sign"]
)
def test_an_e_value_of_anything_but_a_ratio_is_refused(bad):
    with pytest.raises(ValueError, match="needs a positive ratio"):
        e_value(bad)


def test_a_waterfall_needs_ratios():
    with pytest.raises(ValueError, match="at least one step"):
        bias_waterfall([])
    with pytest.raises(ValueError, match="step 'D' must be a ratio, got scale 'correlation'"):
        bias_waterfall([("D", Estimate("D", 0.1, scale="correlation"))])


@pytest.mark.parametrize("share", [0.3, 0.6, 0.8])
def test_undated_benchmark_at_constant_rates_is_one_plus_one_over_the_share_without(share):
    # everyone leaves at 1 % a day and is followed to the end; who had a result does not matter
    days = np.arange(1.0, 2500)
    left = np.rint(1e6 * (0.99 ** (days - 1) - 0.99**days))
    days, left = days[left > 0], left[left > 0]
    rows = []
    for state, part in (("without", 1 - share), ("with", share)):
        rows.append((state, 0.0, part * left.sum(), 0.0, 0.0, 0.0))
        rows += [(state, day, 0.0, n, 0.0, 0.0) for day, n in zip(days, part * left, strict=True)]
    table = table_of(rows)
    found = undated_benchmark(table, draws=4)
    # results come on a day after churn on it, which takes half a per cent of the rates
    assert found[RATE].value == pytest.approx(1 + 1 / (1 - share), rel=0.01)
    assert found[RATE].role == "no_effect"
    assert found[RATE].ci_low < found[RATE].value < found[RATE].ci_high


@pytest.mark.parametrize("state", ["with", "without"])
def test_undated_benchmark_without_both_groups_has_no_value(state):
    rows = [(state, 0.0, 9, 0, 0, 0), (state, 5.0, 0, 9, 0, 0)]
    table = table_of(rows)
    found = undated_benchmark(table, draws=2)
    assert found and all(one.value is None for one in found.values())
