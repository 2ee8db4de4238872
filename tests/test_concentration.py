"""Shares of churn and of customers, concentration, attributable fraction."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from csresearch.concentration import (
    BandChurn,
    attributable_fraction,
    churn_by_horizon,
    concentration_index,
    gini,
    lorenz_curve,
    share_of_churn,
    supported_horizon,
    supported_start,
)
from csresearch.events import EventTable

R = json.loads((Path(__file__).parent / "oracles" / "inequality.json").read_text("utf-8"))
BANDS = ("low", "middle", "high")
RATES = {"low": 0.004, "middle": 0.002, "high": 0.001}
PARTS = {"low": 0.3, "middle": 0.5, "high": 0.2}
HORIZON = 300.0


def table_of(rows):
    rows = rows if "entry" in rows else rows.assign(entry=0.0)
    return EventTable.from_episodes(
        rows, start="entry", stop="exit", event="churned", by=["maturity"]
    )


def company(rng, n, *, delayed=False):
    """Customers with a constant churn rate by band, censored at random, entry delayed or not."""
    maturity = rng.choice(BANDS, n, p=[PARTS[band] for band in BANDS])
    stay = np.ceil(rng.exponential(1 / np.array([RATES[band] for band in maturity])))
    until = np.ceil(rng.uniform(200, 1000, n))
    entry = np.floor(rng.uniform(0, 400, n)) * (rng.random(n) < 0.6) * delayed
    rows = pd.DataFrame({"maturity": maturity, "entry": entry, "exit": np.minimum(stay, until)})
    rows["churned"] = stay <= until
    return rows[rows.exit > rows.entry]


def by_horizon(rows, start=0.0, horizon=HORIZON):
    return churn_by_horizon(
        table_of(rows), "maturity", BANDS, horizon_days=horizon, start_day=start
    )


def true_share():
    """Share of churn of the low band, its share of customers being 0.3; daily rounding up."""
    leaving = {band: PARTS[band] * (1 - np.exp(-RATES[band] * HORIZON)) for band in BANDS}
    return leaving["low"] / sum(leaving.values())


def telco(shared_oracles):
    return pd.read_csv(shared_oracles / "data" / "telco.csv")


def counted(rows, by):
    groups = rows.groupby(by).churn.agg(["size", "sum"])
    return BandChurn.from_counts(groups.index, groups["size"], groups["sum"])


# by hand


def test_shares_by_hand():
    # low: 10 of 20 leave; high: 5 of 30. Share of churn 10/15, of customers 20/50.
    # All 15 leave at F = 0.3; were all like high, F = 1/6: attributable 1 - (1/6) / 0.3 = 4/9.
    churn = BandChurn.from_counts(["low", "high"], [20, 30], [10, 5])
    found = share_of_churn(churn, ["low"])
    assert found.share.value == pytest.approx(10 / 15)
    assert found.share_of_customers.value == pytest.approx(20 / 50)
    assert found.difference.value == pytest.approx(10 / 15 - 20 / 50)
    # of 15 churns, 10 low: binomial; 20 of 50 customers: binomial
    assert found.share.std_error == pytest.approx(np.sqrt(2 / 3 * 1 / 3 / 15))
    assert found.share_of_customers.std_error == pytest.approx(np.sqrt(0.4 * 0.6 / 50))
    # C = 2 (10 * 0.2 + 5 * 0.7) / 15 - 1, midranks 10/50 and 35/50
    assert concentration_index(churn).value == pytest.approx(2 * 5.5 / 15 - 1)
    assert attributable_fraction(churn, ["low"]).fraction.value == pytest.approx(4 / 9)
    assert attributable_fraction(churn, ["low"]).risk_ratio.value == pytest.approx(3.0)


def test_censored_customers_by_hand():
    # low: 4 start; 1 churns on day 2, 1 is censored on 3, 1 churns on 5, 1 stays to 9.
    # F(6) = 1 - 3/4 * 1/2 = 5/8. high: 4 start, 1 churns on 4: F(6) = 1/4.
    # share = (5/8) / (5/8 + 1/4) = 5/7; days at risk to day 6: 2 + 3 + 5 + 6 and 4 + 3 * 6
    rows = pd.DataFrame(
        {
            "maturity": ["low"] * 4 + ["high"] * 4,
            "exit": [2, 3, 5, 9, 4, 8, 8, 9],
            "churned": [1, 0, 1, 0, 1, 0, 1, 0],
        }
    )
    churn = churn_by_horizon(table_of(rows), "maturity", ["low", "high"], horizon_days=6)
    assert churn.failed == pytest.approx([5 / 8, 1 / 4])
    assert share_of_churn(churn, ["low"]).share.value == pytest.approx(5 / 7)
    assert churn.events.tolist() == [2, 1]
    assert churn.exposure_days == pytest.approx([16, 22])
    # Greenwood: S^2 (1/(4*3) + 1/(2*1))
    assert churn.var_failed[0] == pytest.approx((3 / 8) ** 2 * (1 / 12 + 1 / 2))


def test_delayed_entry_by_hand():
    # 2 are there from day 0; 1 of them churns on day 1, so S = 1/2; 2 enter on day 2 and stand
    # for 2 / (1/2) = 4 starters: 6 starters in all
    rows = pd.DataFrame(
        {
            "maturity": ["low"] * 4 + ["high"],
            "entry": [0, 0, 2, 2, 0],
            "exit": [1, 9, 9, 9, 9],
            "churned": [1, 0, 0, 0, 0],
        }
    )
    churn = churn_by_horizon(table_of(rows), "maturity", ["low", "high"], horizon_days=6)
    assert churn.starters == pytest.approx([6, 1])
    assert churn.customers == pytest.approx([4, 1])
    assert churn.failed == pytest.approx([0.5, 0.0])


def test_gini_and_lorenz_by_hand():
    # one of four has all: G = 3/4; the poorest half of (1, 1, 2, 4) holds 2/8
    assert gini([0, 0, 0, 1]) == pytest.approx(0.75)
    assert gini([0, 0, 0, 1], corrected=True) == pytest.approx(1.0)
    curve = lorenz_curve([4, 1, 2, 1])
    assert np.interp(0.5, curve.share_of_customers, curve.share_of_total) == pytest.approx(0.25)


def test_horizon_by_hand():
    # low: 12 start, one leaves every 10 days: 10 or more at risk up to day 30
    # high: 11 start and all stay to day 100
    rows = pd.DataFrame(
        {
            "maturity": ["low"] * 12 + ["high"] * 11,
            "exit": [*range(10, 130, 10), *[100] * 11],
            "churned": 1,
        }
    )
    table = table_of(rows)
    assert supported_start(table, "maturity") == 0.0
    assert supported_horizon(table, "maturity") == 30.0
    assert supported_horizon(table, "maturity", at_least=5) == 80.0
    assert supported_horizon(table, "maturity", longest_days=25) == 25.0


def test_delayed_start_by_hand():
    # 11 of high enter on day 7, so only from then on are both bands supported
    low = pd.DataFrame({"maturity": "low", "entry": 0, "exit": 40, "churned": [0] * 10})
    high = pd.DataFrame({"maturity": "high", "entry": 7, "exit": 20, "churned": [1] * 11})
    table = table_of(pd.concat([low, high], ignore_index=True))
    assert supported_start(table, "maturity") == 7.0
    assert supported_horizon(table, "maturity") == 20.0


# R


@pytest.mark.parametrize("column", ["total", "monthly", "tenure"])
def test_gini_equals_r(column, shared_oracles):
    values, expected = telco(shared_oracles)[column], R["gini"][f"telco_{column}"]
    assert gini(values) == pytest.approx(expected["gini"], rel=1e-12)
    assert gini(values, corrected=True) == pytest.approx(expected["gini_corrected"], rel=1e-12)
    grouped = values.value_counts()
    assert gini(grouped.index, grouped) == pytest.approx(expected["gini"], rel=1e-12)


def test_lorenz_curve_equals_r(shared_oracles):
    curve, expected = lorenz_curve(telco(shared_oracles).total), R["lorenz_telco_total"]
    share = np.interp(expected["p"], curve.share_of_customers, curve.share_of_total)
    assert share == pytest.approx(expected["share"], rel=1e-9)


@pytest.mark.parametrize("by", ["nserv", "monthly", "contract"])
def test_concentration_index_equals_r(by, shared_oracles):
    expected = R["concentration_midrank"][f"telco_churn_by_{by}"]["C"]
    found = concentration_index(counted(telco(shared_oracles), by))
    assert found.value == pytest.approx(expected, rel=1e-10)


def test_standard_error_equals_rineq_without_ties(shared_oracles):
    untied = counted(telco(shared_oracles).drop_duplicates("total"), "total")
    expected = R["rineq_untied"]["direct"]
    found = concentration_index(untied)
    assert found.value == pytest.approx(expected["C"], rel=1e-12)
    assert found.std_error == pytest.approx(expected["se"], rel=1e-11)


def test_bands_equal_r():
    # churn counts by three bands of the number of services
    expected = R["bands_telco_nserv"]
    churn = BandChurn.from_counts(expected["band"], expected["n"], expected["churned"])
    table = churn.summary()
    assert table.share_of_churn.tolist() == pytest.approx(expected["share_churn"], rel=1e-12)
    assert table.share_of_customers.tolist() == pytest.approx(
        expected["share_customers"], rel=1e-12
    )


def test_chance_to_leave_equals_survfit(shared_oracles):
    expected = R["km12_by_contract"]
    rows = telco(shared_oracles).rename(
        columns={"contract": "maturity", "tenure": "exit", "churn": "churned"}
    )
    bands = ["Month-to-month", "One year", "Two year"]
    churn = churn_by_horizon(table_of(rows), "maturity", bands, horizon_days=12)
    assert 1 - churn.failed == pytest.approx(expected["surv"], rel=1e-12)
    assert np.sqrt(churn.var_failed) == pytest.approx(expected["se"], rel=1e-11)
    table = churn.summary().iloc[:2]
    assert (1 - table.churned_ci_high).tolist() == pytest.approx(expected["lower"][:2], rel=1e-10)
    assert (1 - table.churned_ci_low).tolist() == pytest.approx(expected["upper"][:2], rel=1e-10)


# slow references


def test_shares_equal_a_bootstrap_of_customers():
    # 250 resamples: the standard deviation is known to 4.5 %, 0.18 is four of those
    rng = np.random.default_rng(1)
    rows = company(rng, 500)
    draws = []
    for _ in range(250):
        found = by_horizon(rows.iloc[rng.integers(0, len(rows), len(rows))])
        share = share_of_churn(found, ["low"])
        fraction = attributable_fraction(found, ["low"])
        draws.append(
            [
                share.share.value,
                share.difference.value,
                concentration_index(found).value,
                np.log(1 - fraction.fraction.value),
                np.log(fraction.risk_ratio.value),
                np.log(fraction.rate_ratio.value),
            ]
        )
    churn = by_horizon(rows)
    share, fraction = share_of_churn(churn, ["low"]), attributable_fraction(churn, ["low"])
    log_rest = np.log((1 - fraction.fraction.ci_low) / (1 - fraction.fraction.ci_high))
    errors = [
        share.share.std_error,
        share.difference.std_error,
        concentration_index(churn).std_error,
        log_rest / (2 * 1.959964),
        fraction.risk_ratio.std_error,
        fraction.rate_ratio.std_error,
    ]
    assert errors == pytest.approx(np.std(draws, axis=0), rel=0.18)


def test_delayed_entry_has_the_right_centre_spread_and_coverage():
    # 150 companies of 1,200 where survivors alone are seen of the older customers
    rng = np.random.default_rng(2)
    found = [
        share_of_churn(by_horizon(company(rng, 1200, delayed=True)), ["low"]) for _ in range(150)
    ]
    shares = np.array([each.share.value for each in found])
    customers = np.array([each.share_of_customers.value for each in found])
    gaps = np.array([each.difference.value for each in found])
    truth = true_share()
    assert shares.mean() == pytest.approx(truth, abs=4 * shares.std() / np.sqrt(150))
    assert customers.mean() == pytest.approx(0.3, abs=4 * customers.std() / np.sqrt(150))
    for values, name in [
        (shares, "share"),
        (customers, "share_of_customers"),
        (gaps, "difference"),
    ]:
        errors = [getattr(each, name).std_error for each in found]
        assert np.mean(errors) == pytest.approx(values.std(), rel=0.24)  # 4 / sqrt(2 * 150)
    covered = [each.difference.ci_low < truth - 0.3 < each.difference.ci_high for each in found]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.072)  # 4 * sqrt(0.95 * 0.05 / 150)


def test_ignoring_the_weights_of_delayed_entry_would_be_wrong():
    rng = np.random.default_rng(3)
    rows = company(rng, 20_000, delayed=True)
    low = (rows.maturity == "low").mean()
    found = share_of_churn(by_horizon(rows), ["low"]).share_of_customers
    assert low < 0.3 - 0.01  # survivors are mature
    assert abs(found.value - 0.3) < 4 * found.std_error


def test_a_later_start_counts_those_still_there():
    # from day 100 on the bands' shares are those of the survivors to day 100
    rng = np.random.default_rng(4)
    rows = company(rng, 30_000, delayed=True)
    churn = by_horizon(rows, start=100.0)
    survivors = {band: PARTS[band] * np.exp(-RATES[band] * 100) for band in BANDS}
    expected = [survivors[band] / sum(survivors.values()) for band in BANDS]
    assert churn.starters / churn.starters.sum() == pytest.approx(expected, abs=0.012)
    failed = [1 - np.exp(-RATES[band] * 200) for band in BANDS]
    assert churn.failed == pytest.approx(failed, abs=4 * np.sqrt(churn.var_failed.max()))


# invariants


def test_shares_add_up():
    churn = by_horizon(company(np.random.default_rng(5), 400))
    table = churn.summary()
    assert table.share_of_churn.sum() == pytest.approx(1)
    assert table.share_of_customers.sum() == pytest.approx(1)
    parts = [share_of_churn(churn, [band]).difference.value for band in BANDS]
    assert sum(parts) == pytest.approx(0, abs=1e-12)


def test_a_group_and_its_complement_mirror_each_other():
    churn = by_horizon(company(np.random.default_rng(6), 400))
    low, rest = share_of_churn(churn, ["low"]), share_of_churn(churn, ["middle", "high"])
    assert low.share.value == pytest.approx(1 - rest.share.value)
    assert low.share.ci_low == pytest.approx(1 - rest.share.ci_high)
    assert low.difference.std_error == pytest.approx(rest.difference.std_error)


def test_turning_the_bands_round_turns_the_index():
    churn = BandChurn.from_counts(BANDS, [30, 40, 50], [10, 9, 4])
    turned = BandChurn.from_counts(BANDS[::-1], [50, 40, 30], [4, 9, 10])
    one, other = concentration_index(churn), concentration_index(turned)
    assert one.value == pytest.approx(-other.value)
    assert one.value < 0
    assert one.std_error == pytest.approx(other.std_error)


def test_hundred_times_the_customers_give_a_tenth_of_the_error():
    one = BandChurn.from_counts(BANDS, [30, 40, 50], [10, 9, 4])
    many = BandChurn.from_counts(BANDS, [3000, 4000, 5000], [1000, 900, 400])
    for number in (concentration_index, lambda churn: share_of_churn(churn, ["low"]).difference):
        assert number(one).value == pytest.approx(number(many).value)
        assert number(one).std_error == pytest.approx(10 * number(many).std_error)


def test_without_censoring_the_table_says_what_plain_counts_say():
    rows = company(np.random.default_rng(7), 500)
    rows = rows.assign(churned=rows.churned & (rows.exit <= 200), exit=rows.exit.clip(upper=200))
    rows = rows[(rows.exit == 200) | rows.churned]
    churn = by_horizon(rows, horizon=200.0)
    groups = rows.groupby("maturity").churned.agg(["size", "sum"]).loc[list(BANDS)]
    plain = BandChurn.from_counts(BANDS, groups["size"], groups["sum"])
    for one, other in zip(
        (concentration_index(churn), share_of_churn(churn, ["low"]).difference),
        (concentration_index(plain), share_of_churn(plain, ["low"]).difference),
        strict=True,
    ):
        assert one.value == pytest.approx(other.value, rel=1e-10)
        assert one.std_error == pytest.approx(other.std_error, rel=1e-10)


def test_concentration_curve_rises_from_nought_to_one():
    curve = BandChurn.from_counts(BANDS, [30, 40, 50], [10, 9, 4]).curve()
    assert curve.band.tolist() == ["", *BANDS]
    for column in ("share_of_customers", "share_of_churn"):
        assert curve[column].iloc[[0, -1]].tolist() == [0.0, 1.0]
        assert curve[column].is_monotonic_increasing


def test_the_index_is_twice_the_area_between_curve_and_diagonal():
    churn = BandChurn.from_counts(BANDS, [30, 40, 50], [10, 9, 4])
    curve = churn.curve()
    area = np.trapezoid(curve.share_of_churn, curve.share_of_customers)
    assert concentration_index(churn).value == pytest.approx(1 - 2 * area)


def test_all_customers_of_the_counts_are_in_the_rates():
    rows = company(np.random.default_rng(8), 300)
    table = by_horizon(rows, horizon=190.0).summary()
    assert table.customers.sum() == 300
    assert (table.rate_ci_low < table.rate_per_month).all()
    assert (table.rate_per_month < table.rate_ci_high).all()


# limits


def test_all_churn_from_the_low_group():
    churn = BandChurn.from_counts(["low", "high"], [50, 50], [18, 0])
    found = share_of_churn(churn, ["low"])
    # Clopper and Pearson for 18 of 18: 0.025 ** (1 / 18)
    assert (found.share.value, found.share.ci_high) == (1.0, 1.0)
    assert found.share.ci_low == pytest.approx(0.025 ** (1 / 18))
    assert found.difference.ci_low == pytest.approx(found.share.ci_low - 0.5)
    fraction = attributable_fraction(churn, ["low"])
    assert fraction.fraction.value == 1.0
    assert fraction.fraction.ci_low is None
    assert fraction.risk_ratio.value is None


def test_no_churn_from_the_low_group():
    found = share_of_churn(BandChurn.from_counts(["low", "high"], [50, 50], [0, 18]), ["low"])
    assert (found.share.value, found.share.ci_low) == (0.0, 0.0)
    assert found.share.ci_high == pytest.approx(1 - 0.025 ** (1 / 18))


def test_everybody_leaves():
    rows = pd.DataFrame({"maturity": ["low", "middle", "high"] * 5, "exit": 3, "churned": 1})
    churn = by_horizon(rows, horizon=5.0)
    assert churn.failed.tolist() == [1.0, 1.0, 1.0]
    assert churn.var_failed.tolist() == [0.0, 0.0, 0.0]
    found = share_of_churn(churn, ["low"])
    assert found.difference.value == pytest.approx(0)
    assert churn.summary().churned_ci_low.isna().all()


def test_too_few_customers_support_no_horizon():
    rows = pd.DataFrame({"maturity": BANDS, "exit": [5, 6, 7], "churned": 1})
    assert supported_horizon(table_of(rows), "maturity") is None
    assert supported_start(table_of(rows), "maturity") is None


def test_nothing_to_share_out():
    assert np.isnan(gini([0, 0]))
    nobody = BandChurn.from_counts(["low", "high"], [50, 50], [0, 0])
    assert nobody.summary().share_of_churn.isna().all()
    with pytest.raises(ValueError, match="nobody leaves by horizon_days"):
        share_of_churn(nobody, ["low"])
    with pytest.raises(ValueError, match="nobody leaves by horizon_days"):
        concentration_index(nobody)


# messages


def test_a_level_outside_the_bands_is_refused():
    rows = company(np.random.default_rng(9), 100)
    with pytest.raises(ValueError, match=r"bands must name every level.*\['middle'\]"):
        churn_by_horizon(table_of(rows), "maturity", ["low", "high"], horizon_days=300)


def test_a_horizon_without_anybody_at_risk_is_refused():
    rows = company(np.random.default_rng(10), 100)
    with pytest.raises(ValueError, match=r"nobody at risk on some day.*horizon_days 5000"):
        by_horizon(rows, horizon=5000.0)


def test_a_gap_without_anybody_at_risk_is_refused():
    rows = pd.DataFrame(
        {"maturity": BANDS, "entry": [0, 0, 5], "exit": 400.0, "churned": [True] * 3}
    )
    with pytest.raises(ValueError, match="band 'high' has nobody at risk on some day"):
        by_horizon(rows)


def test_a_horizon_before_the_start_is_refused():
    with pytest.raises(ValueError, match="horizon_days must exceed start_day 400, got 300"):
        by_horizon(company(np.random.default_rng(11), 100), start=400.0)


def test_bands_that_change_are_refused():
    counts = table_of(company(np.random.default_rng(12), 100)).counts.assign(moved=1)
    with pytest.raises(ValueError, match="'maturity' must be fixed at the start"):
        churn_by_horizon(EventTable(counts, ("maturity",)), "maturity", BANDS, horizon_days=9)


@pytest.mark.parametrize(
    "low, message",
    [(["poor"], "low must be among the bands"), ([], "some but not all"), (BANDS, "not all")],
)
def test_a_low_group_that_is_none_or_all_is_refused(low, message):
    churn = BandChurn.from_counts(BANDS, [30, 40, 50], [10, 9, 4])
    with pytest.raises(ValueError, match=message):
        share_of_churn(churn, low)


def test_negative_values_are_refused():
    with pytest.raises(ValueError, match="must not be negative or missing"):
        gini([1, -1])
