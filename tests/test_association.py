"""Concordance, Somers' D and the naive correlations."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines.datasets import load_lung, load_rossi
from scipy.stats import kendalltau, pearsonr, spearmanr

from csresearch.association import concordance, naive_correlations, somers_d_without_each
from csresearch.events import EventTable

ORACLES = Path(__file__).parent / "oracles"
R = json.loads((ORACLES / "concordance.json").read_text(encoding="utf-8"))
R_NAIVE = json.loads((ORACLES / "equivalence.json").read_text(encoding="utf-8"))
FIVE = ("concordant", "discordant", "tied_x", "tied_y", "tied_xy")


def table_of(frame, time, status, by):
    rows = frame[[time, status, *by]].dropna().assign(start=0.0)
    return EventTable.from_episodes(rows, start="start", stop=time, event=status, by=by)


def made_customers():
    return pd.DataFrame(R["made"]["customers"])


def random_customers(seed, n=60):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "time": rng.integers(1, 12, n),
            "status": rng.random(n) < 0.6,
            "score": rng.integers(0, 5, n),
            "group": rng.choice(["a", "b"], n),
        }
    )


# by hand


def test_four_customers_by_hand():
    # score 1 churns on day 2; 2 churns on 5; 2 is censored on 5; 3 churns on 9.
    # Day 2: three later, all higher -> 3 concordant. Day 5: the censored one is later with the
    # same score -> 1 tied; score 3 later -> 1 concordant. C = (4 + 0.5) / 5, D = 1.
    rows = pd.DataFrame({"time": [2, 5, 5, 9], "status": [1, 1, 0, 1], "score": [1, 2, 2, 3]})
    found = concordance(table_of(rows, "time", "status", ["score"]), "score")
    assert [getattr(found, name) for name in FIVE] == [4, 0, 1, 0, 0]
    assert found.concordance.value == pytest.approx(0.9)
    assert found.somers_d.value == 1.0
    assert found.somers_d.std_error == 0.0
    assert (found.n_customers, found.n_events) == (4, 3)


# R


@pytest.mark.parametrize("weighting", ["n", "n/G2"])
@pytest.mark.parametrize(
    "name, score", [("lung_age", "age"), ("lung_ecog", "ph.ecog")], ids=["age", "ecog"]
)
def test_equals_r_on_lung(name, score, weighting):
    table = table_of(load_lung(), "time", "status", [score])
    assert_equals_r(concordance(table, score, weighting=weighting), R[name][weighting])


@pytest.mark.parametrize("weighting", ["n", "n/G2"])
@pytest.mark.parametrize("score", ["nserv", "monthly"])
def test_equals_r_on_telco(score, weighting, shared_oracles):
    telco = pd.read_csv(shared_oracles / "data" / "telco.csv")
    table = table_of(telco, "tenure", "churn", [score])
    assert_equals_r(concordance(table, score, weighting=weighting), R[f"telco_{score}"][weighting])


def assert_equals_r(found, expected):
    # the oracle was made with reverse = TRUE, which swaps the two directions; sums of up to 9e6
    # weighted pairs leave 1e-12 relative
    assert found.n_customers == expected["n"]
    swapped = ("discordant", "concordant", "tied.x", "tied.y", "tied.xy")
    counts = [getattr(found, name) for name in FIVE]
    assert counts == pytest.approx([expected[name] for name in swapped], rel=1e-11)
    assert found.concordance.value == pytest.approx(1 - expected["C_reversed"], rel=1e-11)
    assert found.concordance.std_error == pytest.approx(expected["std_error"], rel=1e-11)


def test_strata_equal_r_on_lung():
    expected = R["lung_ecog_strata_sex"]
    table = table_of(load_lung(), "time", "status", ["sex", "ph.ecog"])
    found = concordance(table, "ph.ecog", strata=["sex"])
    assert found.concordance.value == pytest.approx(1 - expected["C"], rel=1e-12)
    assert found.concordance.std_error == pytest.approx(expected["se"], rel=1e-12)
    discordant, concordant, *ties = np.sum(expected["counts"], axis=0)
    assert [getattr(found, name) for name in FIVE] == [concordant, discordant, *ties]


@pytest.mark.parametrize("fit", R["made"]["fits"], ids=lambda fit: json.dumps(fit["C"]))
def test_strata_horizon_and_uno_weights_equal_r(fit):
    strata = ["group"] if fit["strata"] else []
    found = concordance(
        table_of(made_customers(), "time", "status", [*strata, "score"]),
        "score",
        strata=strata,
        weighting=fit["weighting"],
        horizon_days=fit["horizon_days"],
    )
    assert [getattr(found, name) for name in FIVE] == pytest.approx(fit["counts"], rel=1e-12)
    assert found.concordance.value == pytest.approx(fit["C"], rel=1e-12)
    assert found.concordance.std_error == pytest.approx(fit["std_error"], rel=1e-12)


@pytest.mark.parametrize(
    "name, load, columns",
    [
        ("lung_age", load_lung, ("time", "status", "age")),
        ("lung_wtloss", load_lung, ("time", "status", "wt.loss")),
        ("rossi_age", load_rossi, ("week", "arrest", "age")),
    ],
)
def test_naive_correlations_equal_r(name, load, columns):
    *when, score = columns
    found = naive_correlations(table_of(load(), *when, [score]), score)
    expected = R_NAIVE[name]
    assert found["pearson"].value == pytest.approx(expected["pearson_naive"], rel=1e-11)
    assert found["spearman"].value == pytest.approx(expected["spearman_naive"], rel=1e-11)
    assert found["pearson"].role == "naive"
    c = concordance(table_of(load(), *when, [score]), score).concordance
    assert (c.value, c.std_error) == pytest.approx((expected["C"], expected["C_se"]), rel=1e-11)


# slow references


def pair_loop(rows, horizon=np.inf, weights=None):
    """Weighted counts of pairs, one pair at a time."""
    n = len(rows)
    weights = np.ones(n) if weights is None else weights
    plus = minus = tied = 0.0
    for i in range(n):
        for j in range(n):
            first, later = rows.iloc[i], rows.iloc[j]
            if not first.status or first.time > horizon or first.group != later.group:
                continue
            if later.time > first.time or (later.time == first.time and not later.status):
                pair = weights[i] * weights[j]
                plus += pair * (later.score > first.score)
                minus += pair * (later.score < first.score)
                tied += pair * (later.score == first.score)
    return plus, minus, tied


def test_pairs_equal_a_loop_over_pairs():
    rows = random_customers(1)
    table = table_of(rows, "time", "status", ["group", "score"])
    found = concordance(table, "score", strata=["group"], horizon_days=7)
    assert (found.concordant, found.discordant, found.tied_x) == pair_loop(rows, horizon=7)


def test_standard_error_of_somers_d_is_the_infinitesimal_jackknife():
    # derivative of D in each customer's weight, by central differences: exact but for rounding
    rows = random_customers(2, n=18)

    def somers_d(weights):
        plus, minus, _ = pair_loop(rows, weights=weights)
        return (plus - minus) / (plus + minus)

    steps = 1e-4 * np.eye(len(rows))
    slopes = [(somers_d(1 + step) - somers_d(1 - step)) / 2e-4 for step in steps]
    table = table_of(rows, "time", "status", ["group", "score"])
    found = concordance(table, "score", strata=["group"]).somers_d
    assert found.std_error == pytest.approx(np.sqrt(np.sum(np.square(slopes))), rel=1e-6)


def test_standard_error_of_somers_d_is_near_the_delete_one_jackknife():
    # the two differ by terms of order 1/n
    rows = random_customers(3, n=150)

    def somers_d(kept):
        return concordance(table_of(kept, "time", "status", ["score"]), "score").somers_d

    left_out = np.array([somers_d(rows.drop(index=i)).value for i in rows.index])
    jackknife = np.sqrt((len(rows) - 1) * left_out.var())
    assert somers_d(rows).std_error == pytest.approx(jackknife, rel=0.03)


def test_leaving_parents_out_equals_comparing_the_rest():
    rows = random_customers(9, n=80)
    rows["parent"] = np.append(99, np.random.default_rng(9).integers(0, 6, len(rows) - 1))
    found = somers_d_without_each(
        rows["score"].to_numpy(float),
        rows["time"].to_numpy(float),
        np.ones(len(rows)),
        churned=rows["status"].to_numpy(bool),
        strata=(rows["group"] == "a").to_numpy(int),
        groups=rows["parent"].to_numpy(),
    )
    for d, parent in zip(found, sorted(set(rows["parent"])), strict=True):
        rest = table_of(rows[rows["parent"] != parent], "time", "status", ["group", "score"])
        expected = concordance(rest, "score", strata=["group"]).somers_d.value
        assert d == pytest.approx(expected, rel=1e-12)


def test_interval_of_somers_d_covers_the_truth():
    # 200 companies of 150 in which the score does nothing: 95 % within four standard errors of
    # the share, 0.062 = 4 * sqrt(0.95 * 0.05 / 200)
    rng = np.random.default_rng(4)
    covered = 0
    for _ in range(200):
        rows = random_customers(rng.integers(1 << 30), n=150)
        d = concordance(table_of(rows, "time", "status", ["score"]), "score").somers_d
        covered += d.ci_low <= 0 <= d.ci_high
    assert covered / 200 == pytest.approx(0.95, abs=0.062)


def test_uno_weights_remove_the_dependence_on_censoring():
    # low scores leave evenly, high scores all around day 6, looked at to day 10: early pairs
    # favour the high score and late ones do not. Harrell's C moves with the censoring, Uno's
    # stays where it is without
    rng = np.random.default_rng(5)
    n = 40_000
    score = rng.integers(0, 2, n)
    stay = np.where(score == 1, 5 + rng.geometric(0.5, n), rng.geometric(0.1, n))
    gone = rng.geometric(0.15, n)

    def d(censor, weighting):
        rows = pd.DataFrame(
            {"time": np.minimum(stay, censor), "status": stay <= censor, "s": score}
        )
        rows = table_of(rows, "time", "status", ["s"])
        return concordance(rows, "s", weighting=weighting, horizon_days=10)

    full = d(np.full(n, 10_000), "n").concordance
    uno = d(gone, "n/G2").concordance
    harrell = d(gone, "n").concordance
    assert abs(uno.value - full.value) < 4 * uno.std_error
    assert abs(harrell.value - full.value) > 4 * harrell.std_error


def test_correlations_and_intervals_equal_scipy():
    rows = random_customers(6, n=200)
    found = naive_correlations(table_of(rows, "time", "status", ["score"]), "score")
    pearson = pearsonr(rows.score, rows.time)
    interval = pearson.confidence_interval(0.95)
    assert found["pearson"].value == pytest.approx(pearson.statistic, rel=1e-12)
    assert (found["pearson"].ci_low, found["pearson"].ci_high) == pytest.approx(interval, rel=1e-9)
    assert found["spearman"].value == pytest.approx(
        spearmanr(rows.score, rows.time).statistic, rel=1e-12
    )


def test_without_censoring_c_counts_as_kendall_does():
    rows = random_customers(7, n=80).assign(status=True)
    found = concordance(table_of(rows, "time", "status", ["score"]), "score")
    pairs = sum(getattr(found, name) for name in FIVE)
    assert pairs == 80 * 79 / 2
    x, y = pairs - found.tied_x - found.tied_xy, pairs - found.tied_y - found.tied_xy
    tau = (found.concordant - found.discordant) / np.sqrt(x * y)
    assert tau == pytest.approx(kendalltau(rows.score, rows.time).statistic, rel=1e-12)


# invariants


def test_turning_the_score_round_turns_the_sign():
    rows = random_customers(8)
    d = concordance(table_of(rows, "time", "status", ["score"]), "score").somers_d
    turned = rows.assign(score=10 - 2 * rows.score)
    turned = concordance(table_of(turned, "time", "status", ["score"]), "score").somers_d
    assert turned.value == pytest.approx(-d.value, rel=1e-12)
    assert turned.std_error == pytest.approx(d.std_error, rel=1e-12)


@pytest.mark.parametrize("weighting", ["n", "n/G2"])
def test_order_of_rows_and_unit_of_time_do_not_matter(weighting):
    rows = random_customers(9)
    mixed = rows.sample(frac=1, random_state=1).assign(time=rows.time * 30.4375)
    one, other = (
        concordance(table_of(frame, "time", "status", ["score"]), "score", weighting=weighting)
        for frame in (rows, mixed)
    )
    assert one == other


def test_c_and_d_agree_when_no_two_scores_are_equal():
    rows = random_customers(10).assign(score=np.random.default_rng(10).permutation(60))
    found = concordance(table_of(rows, "time", "status", ["score"]), "score")
    assert found.somers_d.value == pytest.approx(2 * found.concordance.value - 1, rel=1e-12)
    assert found.somers_d.std_error == pytest.approx(2 * found.concordance.std_error, rel=1e-12)


def test_extra_columns_of_the_table_are_summed_over():
    rows = random_customers(11)
    wide = concordance(table_of(rows, "time", "status", ["group", "score"]), "score")
    assert wide == concordance(table_of(rows, "time", "status", ["score"]), "score")


def test_ten_million_customers_are_compared_from_counts():
    # 4 strata x 1,500 days x 101 scores, about 16 customers in each of 606,000 cells
    rng = np.random.default_rng(12)
    grid = pd.MultiIndex.from_product(
        [range(4), np.arange(101.0), np.arange(1.0, 1501)], names=["bin", "score", "day"]
    )
    cells = grid.to_frame(index=False).assign(
        entrance=0,
        observed=rng.poisson(8, len(grid)),
        censored=rng.poisson(8, len(grid)),
        moved=0,
    )
    starts = cells.groupby(["bin", "score"], as_index=False)[["observed", "censored"]].sum()
    starts["entrance"] = starts.observed + starts.censored
    starts = starts.assign(day=0.0, observed=0, censored=0, moved=0)
    table = EventTable.from_counts(pd.concat([starts, cells]), ["bin", "score"])
    found = concordance(table, "score", strata=["bin"])
    assert found.n_customers > 9_000_000
    assert abs(found.somers_d.value) < 4 * found.somers_d.std_error


# limits


@pytest.mark.parametrize(
    "rows",
    [
        {"time": [3, 4], "status": [0, 0], "score": [1, 2]},
        {"time": [3], "status": [1], "score": [1]},
        {"time": [3, 3], "status": [1, 1], "score": [1, 2]},
    ],
    ids=["no churn", "one customer", "all leave at once"],
)
def test_without_a_comparable_pair_there_is_no_number(rows):
    found = concordance(table_of(pd.DataFrame(rows), "time", "status", ["score"]), "score")
    assert found.concordance.value is None
    assert found.somers_d.ci_low is None


def test_one_score_for_all_gives_c_of_a_half_and_no_d():
    rows = random_customers(13).assign(score=1.0)
    table = table_of(rows, "time", "status", ["score"])
    found = concordance(table, "score")
    assert (found.concordance.value, found.concordance.std_error) == (0.5, 0.0)
    assert found.somers_d.value is None
    assert naive_correlations(table, "score")["pearson"].value is None


def test_nobody_at_all():
    empty = random_customers(14).iloc[:0]
    table = table_of(empty, "time", "status", ["group", "score"])
    assert concordance(table, "score", strata=["group"]).somers_d.value is None
    assert naive_correlations(table, "score")["spearman"].value is None


def test_perfect_correlation_has_no_interval():
    rows = pd.DataFrame({"time": [1, 2, 3, 4, 5], "status": 1, "score": [1, 2, 3, 4, 5]})
    found = naive_correlations(table_of(rows, "time", "status", ["score"]), "score")
    assert found["pearson"].value == pytest.approx(1.0)


# messages


def test_delayed_entry_is_refused():
    rows = random_customers(15).assign(start=0.5)
    late = EventTable.from_episodes(rows, start="start", stop="time", event="status", by=["score"])
    with pytest.raises(ValueError, match=r"enter on day 0.*got 60 entries later"):
        concordance(late, "score")


def test_a_score_that_moves_is_refused():
    counts = table_of(random_customers(16), "time", "status", ["score"]).counts
    moving = EventTable(counts.assign(moved=1), ("score",))
    with pytest.raises(ValueError, match="fixed at entry"):
        concordance(moving, "score")


def test_a_score_that_is_not_a_number_is_refused():
    with pytest.raises(ValueError, match=r"score 'group' must be a number.*leave out"):
        concordance(table_of(random_customers(17), "time", "status", ["group"]), "group")


def test_an_unknown_weighting_is_refused():
    table = table_of(random_customers(18), "time", "status", ["score"])
    with pytest.raises(ValueError, match="weighting must be 'n' or 'n/G2', got 'S'"):
        concordance(table, "score", weighting="S")
