"""The renewal model. 1e-6 against R (IRLS), 1e-12 in closed forms."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize
from scipy.special import expit
from statsmodels.stats.contingency_tables import StratifiedTable
from survival_frames import oracle

from csresearch.survival.renewals import compare_renewals

R = oracle("renewals")


def r_counts():
    return pd.DataFrame(R["counts"])


def table(*rows, names=("state", "renewals", "renewed")):
    return pd.DataFrame(rows, columns=list(names))


def made(seed, strata=5, effect=0.8, n=300):
    rng = np.random.default_rng(seed)
    rows = []
    for stratum in range(strata):
        for state in ("with", "without"):
            size = int(rng.integers(20, n))
            chance = expit(rng.normal(0.5, 0.1) + 0.3 * stratum + effect * (state == "with"))
            rows.append((stratum, state, size, int(rng.binomial(size, chance))))
    return table(*rows, names=("renewal", "state", "renewals", "renewed"))


def compare(counts, strata=("renewal",), **options):
    return compare_renewals(counts, "state", reference="without", strata=strata, **options)


# by hand


def test_one_table_by_hand():
    # 40 of 50 against 20 of 50: odds 4 over 2/3; variance of the log 1/40 + 1/10 + 1/20 + 1/30
    found = compare(table(("with", 50, 40), ("without", 50, 20)), strata=())
    error = np.sqrt(1 / 40 + 1 / 10 + 1 / 20 + 1 / 30)
    assert found.odds_ratio.value == pytest.approx(6, rel=1e-10)
    assert found.odds_ratio.std_error == pytest.approx(error, rel=1e-7)
    assert (found.chance.value, found.reference_chance.value) == pytest.approx((0.8, 0.4))
    # two independent binomial shares
    assert found.chance.std_error == pytest.approx(np.sqrt(0.16 / 50), rel=1e-7)
    assert found.difference.value == pytest.approx(0.4)
    assert found.difference.std_error == pytest.approx(np.sqrt(0.16 / 50 + 0.24 / 50), rel=1e-7)
    assert (found.n_renewals, found.n_lost) == (100, 40)


# against R, and Mantel and Haenszel's estimate


def test_against_r():
    found = compare(r_counts(), strata=("renewal", "maturity"))
    assert np.log(found.odds_ratio.value) == pytest.approx(R["log_or"], rel=1e-7)
    assert found.odds_ratio.std_error == pytest.approx(R["se"], rel=1e-6)
    for name, interval in (
        ("chance", found.chance),
        ("reference", found.reference_chance),
        ("difference", found.difference),
    ):
        assert interval.value == pytest.approx(R[name], rel=1e-7)
        assert interval.std_error == pytest.approx(R[f"{name}_se"], rel=1e-6)


def test_near_mantel_and_haenszel():
    """Two estimators of the same odds ratio: within a fifth of a standard error."""
    counts = made(3)
    wide = counts.assign(lost=counts["renewals"] - counts["renewed"])
    tables = [
        group.set_index("state").loc[["with", "without"], ["renewed", "lost"]].to_numpy(float)
        for _, group in wide.groupby("renewal")
    ]
    found = compare(counts).odds_ratio
    pooled = StratifiedTable(tables).logodds_pooled
    assert np.log(found.value) == pytest.approx(pooled, abs=0.2 * found.std_error)


# slow reference


@pytest.mark.parametrize("seed", range(3))
def test_customer_by_customer(seed):
    """The likelihood of single renewals, maximised without derivatives."""
    counts = made(seed, strata=2, n=60)
    rows = counts.loc[counts.index.repeat(counts["renewals"])].copy()
    rows["up"] = rows.groupby(level=0).cumcount() < rows["renewed"]

    def minus(b):
        eta = b[1 + rows["renewal"].to_numpy()] + b[0] * (rows["state"] == "with").to_numpy()
        return -np.log(expit(np.where(rows["up"], eta, -eta))).sum()

    best = optimize.minimize(minus, np.zeros(3), method="BFGS", options={"gtol": 1e-9})
    found = compare(counts)
    assert np.log(found.odds_ratio.value) == pytest.approx(best.x[0], abs=1e-5)
    share = rows.groupby("renewal").size() / len(rows)
    kept = share @ expit(best.x[1:] + best.x[0])
    assert found.chance.value == pytest.approx(kept, abs=1e-5)


def test_the_interval_holds_the_true_odds():
    """120 tries at 95 % have a standard error of 2 points."""
    hits = [
        f.odds_ratio.ci_low < np.exp(0.8) < f.odds_ratio.ci_high
        for f in (compare(made([4, s])) for s in range(120))
    ]
    assert np.mean(hits) > 0.88


# invariants


def test_order_and_reference():
    counts = made(5)
    one, other = compare(counts), compare(counts.sample(frac=1, random_state=1))
    assert one.odds_ratio.value == pytest.approx(other.odds_ratio.value, rel=1e-9)
    turned = compare_renewals(counts, "state", reference="with", strata=["renewal"])
    assert turned.odds_ratio.inverse().value == pytest.approx(one.odds_ratio.value, rel=1e-9)
    assert turned.difference.value == pytest.approx(-one.difference.value, rel=1e-9)


def test_a_stratum_where_all_renewed_counts_in_the_chances_only():
    counts = made(6)
    sure = table((9, "with", 100, 100), (9, "without", 50, 50), names=counts.columns)
    one, more = compare(counts), compare(pd.concat([counts, sure]))
    assert more.odds_ratio.value == pytest.approx(one.odds_ratio.value, rel=1e-9)
    n = one.n_renewals
    assert more.chance.value == pytest.approx((n * one.chance.value + 150) / (n + 150), rel=1e-9)
    assert more.strata["chance"].iloc[-1] == 1


def test_fitted_chances_meet_the_counts():
    found = compare(made(7)).strata
    fitted = (found["renewals"] * found["chance"]).groupby(found["renewal"]).sum()
    np.testing.assert_allclose(fitted, found.groupby("renewal")["renewed"].sum(), rtol=1e-8)


# limits and errors


def test_one_state_always_renews():
    counts = table(("with", 30, 30), ("without", 30, 10))
    found = compare(counts, strata=())
    assert found.odds_ratio.value == np.inf and found.odds_ratio.ci_low is None
    assert found.chance.value == 1 and found.chance.ci_low is None
    turned = compare_renewals(counts, "state", reference="with")
    assert turned.odds_ratio.value == 0


def test_no_stratum_has_both_states_or_nobody_is_lost():
    apart = table((1, "with", 9, 5), (2, "without", 9, 5), names=made(0).columns)
    found = compare(apart)
    assert found.odds_ratio.value is None and found.difference.value is None
    kept = compare(table(("with", 9, 9), ("without", 9, 9)), strata=())
    assert kept.odds_ratio.value is None and kept.chance.value == 1
    assert kept.difference.value == 0 and kept.difference.ci_low is None


def test_errors():
    counts = table(("with", 5, 3), ("without", 5, 2))
    with pytest.raises(ValueError, match="must have two states, 'never' among them"):
        compare_renewals(counts, "state", reference="never")
    with pytest.raises(ValueError, match="renewed must lie between 0 and renewals"):
        compare(counts.assign(renewed=9), strata=())
    with pytest.raises(ValueError, match="missing values among"):
        compare(counts.assign(renewal=[1.0, np.nan]))
