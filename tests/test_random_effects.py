"""Random effects over segments: tau², mean, prediction interval, shrunken segments.

1e-7 against metafor (its REML stops at 1e-11 in tau² scaled by hundreds); 1e-12 where closed.
"""

import numpy as np
import pytest
from scipy import optimize, stats
from statsmodels.stats.meta_analysis import combine_effects
from survival_frames import assert_interval, oracle

from csresearch.pooling import between_variance, random_effects, tau2_interval

R = oracle("random_effects")
Y, V = np.array(R["yi"]), np.array(R["vi"])
METHODS = {"reml": "REML", "paule-mandel": "PM", "dersimonian-laird": "DL"}


def made(seed, k=8, tau=0.4):
    rng = np.random.default_rng(seed)
    v = rng.uniform(0.01, 0.3, k)
    return rng.normal(0.5, np.sqrt(tau**2 + v)), v


# by hand


def test_two_studies_by_hand():
    # 0 and 2 with variance 1/2: Q = 2 · (1 + 1) = 4; DL: (4 − 1) / (4 − 2) = 3/2
    for method in METHODS:
        assert between_variance([0, 2], [0.5, 0.5], method=method) == pytest.approx(1.5, rel=1e-12)
    fit = random_effects([0, 2], np.sqrt([0.5, 0.5]))
    # each study weighs 1/2 and varies by 2, the mean by 1: t on one degree of freedom
    assert_interval(fit.mean, 1, 1 - 12.706204736432095, 1 + 12.706204736432095, rel=1e-9)
    assert (fit.q, fit.k, fit.i2) == (pytest.approx(4), 2, pytest.approx(0.75))
    assert fit.prediction.ci_low is None
    # shrunk to 3/4 of the way from the mean
    assert fit.segments["predicted"].tolist() == pytest.approx([0.25, 1.75])


# against R, and statsmodels where it is right


@pytest.mark.parametrize("method", METHODS)
def test_bcg_against_metafor(method):
    fit = random_effects(Y, np.sqrt(V), method=method, guard=False)
    r = R[f"{METHODS[method]}_knha"]
    assert fit.tau2.value == pytest.approx(r["tau2"], rel=1e-7)
    assert_interval(fit.mean, r["b"], r["ci_lower"], r["ci_upper"], rel=1e-7)
    assert fit.mean.std_error == pytest.approx(r["se"], rel=1e-7)
    assert (fit.q, fit.q_p_value) == pytest.approx((r["QE"], r["QEp"]), rel=1e-9)
    assert fit.i2 * 100 == pytest.approx(r["I2"], rel=1e-7)
    # R predicts with t on k − 1: the same reach in other quantiles
    reach = (r["pi_upper"] - r["b"]) / stats.t.ppf(0.975, 12) * stats.t.ppf(0.975, 11)
    assert fit.prediction.ci_high == pytest.approx(r["b"] + reach, rel=1e-7)


def test_published_bcg_numbers():
    """Viechtbauer 2010, J. Stat. Softw. 36(3): REML on the BCG trials, to the digits printed."""
    fit = random_effects(Y, np.sqrt(V))
    assert round(fit.tau2.value, 4) == 0.3132 and round(fit.mean.value, 4) == -0.7145
    assert round(100 * fit.i2, 1) == 92.2
    assert [round(x, 2) for x in (fit.tau2.ci_low, fit.tau2.ci_high)] == [0.12, 1.11]


def test_q_profile_against_metafor():
    assert_interval(tau2_interval(Y, V), *R["qprofile_REML"]["tau2"], rel=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_statsmodels_agrees_where_tau2_is_above_zero(seed):
    y, v = made(seed, tau=1.0)
    theirs = combine_effects(y, v, method_re="dl", use_t=True)
    fit = random_effects(y, np.sqrt(v), method="dersimonian-laird", guard=False)
    assert fit.tau2.value == pytest.approx(theirs.tau2, rel=1e-10)
    assert fit.mean.value == pytest.approx(theirs.mean_effect_re, rel=1e-10)
    assert fit.mean.std_error == pytest.approx(theirs.sd_eff_w_re_hksj, rel=1e-10)


# slow reference


@pytest.mark.parametrize("seed", range(5))
def test_reml_by_brute_force(seed):
    y, v = made(seed, tau=0.2 * seed)

    def minus(tau2):
        covariance = np.diag(v + tau2)
        inverse = np.linalg.inv(covariance)
        one = np.ones(len(y))
        mean = one @ inverse @ y / (one @ inverse @ one)
        gap = y - mean
        logs = np.linalg.slogdet(covariance)[1] + np.log(one @ inverse @ one)
        return logs + gap @ inverse @ gap

    best = optimize.minimize_scalar(minus, bounds=(0, 5), method="bounded", options={"xatol": 1e-9})
    assert between_variance(y, v) == pytest.approx(best.x, abs=1e-5)


def test_the_prediction_interval_holds_the_next_effect():
    """95 % of next effects lie inside; 400 tries have a standard error of 1.1 points."""
    hits = []
    for seed in range(400):
        rng = np.random.default_rng([7, seed])
        v = np.full(8, 0.01)
        fit = random_effects(rng.normal(0, np.sqrt(0.3**2 + v)), np.sqrt(v))
        hits.append(fit.prediction.ci_low < rng.normal(0, 0.3) < fit.prediction.ci_high)
    assert 0.91 < np.mean(hits) < 0.98


# invariants


@pytest.mark.parametrize("method", METHODS)
def test_shift_scale_and_order(method):
    y, v = made(11)
    fit = random_effects(y, np.sqrt(v), method=method)
    moved = random_effects(10 * y[::-1] + 3, 10 * np.sqrt(v[::-1]), method=method)
    assert moved.mean.value == pytest.approx(10 * fit.mean.value + 3, rel=1e-9)
    assert moved.tau2.value == pytest.approx(100 * fit.tau2.value, rel=1e-7)
    assert moved.i2 == pytest.approx(fit.i2, rel=1e-7)
    assert fit.segments["weight"].sum() == pytest.approx(1)
    spread = np.ptp(fit.segments["predicted"])
    assert spread < np.ptp(fit.segments["effect"])
    assert fit.prediction.ci_low < fit.mean.ci_low < fit.mean.ci_high < fit.prediction.ci_high


# limits and errors


@pytest.mark.parametrize("method", METHODS)
def test_effects_closer_than_chance(method):
    """DerSimonian–Laird's formula is negative here, which pooled outside all inputs elsewhere."""
    y, v = np.array([0.30, 0.31, 0.29, 0.305]), np.array([0.04, 0.05, 0.06, 0.04])
    free = random_effects(y, np.sqrt(v), method=method, guard=False)
    held = random_effects(y, np.sqrt(v), method=method)
    assert free.tau2.value == free.i2 == free.tau2.ci_low == 0
    assert y.min() < free.mean.value < y.max()
    # unguarded, four alike estimates would pretend to a precision that their own errors deny
    assert free.mean.std_error < 0.1 / np.sqrt((1 / v).sum())
    assert held.mean.std_error == pytest.approx(1 / np.sqrt((1 / v).sum()))
    assert (held.segments["predicted"] == held.mean.value).all()


def test_names_and_one_segment_far_off():
    fit = random_effects([0.1, 0.1, 5.0], [0.1, 0.1, 0.1], names=["a", "b", "c"])
    assert fit.segments["segment"].tolist() == ["a", "b", "c"]
    assert fit.tau > 2 and fit.i2 > 0.99


def test_errors():
    with pytest.raises(ValueError, match="at least two effects are needed to tell how they differ"):
        random_effects([1.0], [1.0])
    with pytest.raises(ValueError, match="standard errors must be positive"):
        random_effects([1.0, 2.0], [1.0, 0.0])
    with pytest.raises(ValueError, match="finite"):
        random_effects([1.0, np.nan], [1.0, 1.0])
    with pytest.raises(ValueError, match="one variance for each effect"):
        between_variance([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="method must be one of reml"):
        random_effects([1.0, 2.0], [1.0, 1.0], method="sj")


# --- errors that go together


def test_two_effects_with_correlated_errors_by_hand():
    # variance of the difference 0.5 + 0.5 − 2 · 0.25 = 0.5, so tau² = (2² − 0.5) / 2; by symmetry
    # the mean is 1, and its variance the shared 0.25 + (0.25 + tau²) / 2
    fit = random_effects([0, 2], np.sqrt([0.5, 0.5]), correlation=[[1, 0.5], [0.5, 1]])
    assert fit.tau2.value == pytest.approx(1.75)
    assert fit.q == pytest.approx(2**2 / 0.5)
    assert fit.mean.value == pytest.approx(1.0)
    assert fit.mean.std_error == pytest.approx(np.sqrt(0.25 + (0.25 + 1.75) / 2))


def random_correlation(rng, k):
    roots = rng.normal(size=(k, k + 2))
    product = roots @ roots.T
    error = np.sqrt(np.diag(product))
    return product / np.outer(error, error)


@pytest.mark.parametrize("seed", range(5))
def test_correlated_errors_by_slow_matrices(seed):
    rng, k = np.random.default_rng(seed), 6
    correlation, errors = random_correlation(rng, k), rng.uniform(0.2, 0.6, k)
    y, one, v = rng.normal(0, 0.7, k), np.ones(k), correlation * np.outer(errors, errors)

    def parts(tau2):
        inverse = np.linalg.inv(v + tau2 * np.eye(k))
        mean = one @ inverse @ y / (one @ inverse @ one)
        return inverse, mean, y - mean

    def minus_loglik(tau2):
        inverse, _, gap = parts(tau2)
        at = np.linalg.slogdet(inverse)[1] - np.log(one @ inverse @ one)
        return -0.5 * (at - gap @ inverse @ gap)

    fit = random_effects(y, errors, correlation=correlation, guard=False)
    best = optimize.minimize_scalar(
        minus_loglik, bounds=(0, 5), method="bounded", options={"xatol": 1e-9}
    )
    assert fit.tau2.value == pytest.approx(best.x, abs=1e-5)
    inverse, mean, gap = parts(fit.tau2.value)
    assert fit.mean.value == pytest.approx(mean)
    factor = gap @ inverse @ gap / (k - 1)
    assert fit.mean.std_error == pytest.approx(np.sqrt(factor / (one @ inverse @ one)))
    predicted = mean + fit.tau2.value * inverse @ gap
    np.testing.assert_allclose(fit.segments["predicted"], predicted, atol=1e-9)
    assert fit.q == pytest.approx(parts(0.0)[2] @ parts(0.0)[0] @ parts(0.0)[2])
    np.testing.assert_allclose(fit.segments[["effect", "std_error"]], np.stack([y, errors], 1))


@pytest.mark.parametrize("method", ["reml", "paule-mandel", "dersimonian-laird"])
def test_no_correlation_is_the_same_as_none_given(method):
    plain = random_effects(Y, np.sqrt(V), method=method)
    same = random_effects(Y, np.sqrt(V), method=method, correlation=np.eye(len(Y)))
    for name in ("i2", "q", "tau"):
        assert getattr(same, name) == pytest.approx(getattr(plain, name), rel=1e-6)
    assert same.prediction.ci_low == pytest.approx(plain.prediction.ci_low, rel=1e-6)
    np.testing.assert_allclose(
        same.segments.select_dtypes(float), plain.segments.select_dtypes(float), rtol=1e-5
    )


def test_effects_of_the_same_customers_know_no_more_than_one():
    one = random_effects([0.7, 0.7, 0.7], [0.2] * 3, correlation=np.ones((3, 3)))
    assert one.tau2.value == 0 and one.mean.value == pytest.approx(0.7)
    assert one.mean.std_error == pytest.approx(0.2, rel=1e-4)
    assert random_effects([0.7] * 3, [0.2] * 3).mean.std_error == pytest.approx(0.2 / 3**0.5)


def test_what_is_no_correlation_is_refused():
    for wrong, words in (([[1, 0], [0.5, 1]], "symmetric"), ([[1, 2], [2, 1]], "beyond ±1")):
        with pytest.raises(ValueError, match=words):
            random_effects([1.0, 2.0], [1.0, 1.0], correlation=wrong)
