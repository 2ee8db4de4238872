"""Meta-regression, Egger's regression, leave-one-out and the scales effects are pooled on.

1e-7 against R's matrices: its root and ours are found to 1e-14 of tau².
"""

import math

import numpy as np
import pytest
from scipy import optimize
from survival_frames import oracle

from csresearch.pooling import (
    leave_one_out,
    meta_regression,
    model_scale,
    random_effects,
    small_study_effect,
)

BCG, R = oracle("random_effects"), oracle("meta_regression")
Y, V = np.array(BCG["yi"]), np.array(BCG["vi"])
LATITUDE = np.array(R["latitude"], dtype=float)


def made(seed, k=40, tau=0.3, slope=0.5):
    rng = np.random.default_rng(seed)
    v, x = rng.uniform(0.01, 0.2, k), rng.normal(size=k)
    return 0.2 + slope * x + rng.normal(0, np.sqrt(tau**2 + v)), np.sqrt(v), x


# by hand


def test_three_studies_on_a_line_by_hand():
    # 0, 1 and 2 at x = 0, 1 and 2 with variance 1: no gap, so tau² = 0, slope 1, and without
    # a gap the guarded error is the plain one, 1 / sqrt(Σ (x − 1)²) = 1 / sqrt(2)
    fit = meta_regression([0, 1, 2], [1, 1, 1], [0, 1, 2], names=["x"])
    intercept, slope = fit.coefficients.itertuples()
    assert (intercept.value, slope.value) == pytest.approx((0, 1), abs=1e-12)
    assert slope.std_error == pytest.approx(1 / math.sqrt(2))
    assert slope.ci_high == pytest.approx(1 + 12.706204736432095 / math.sqrt(2), rel=1e-9)
    assert (slope.name, fit.tau2, fit.k) == ("x", 0, 3)


# against R


@pytest.mark.parametrize(
    ("name", "moderators"),
    [
        ("by_latitude", LATITUDE),
        ("by_latitude_squared", np.column_stack([LATITUDE, LATITUDE**2 / 100])),
        ("by_standard_error", np.sqrt(V)),
    ],
)
def test_bcg_against_r(name, moderators):
    fit, r = meta_regression(Y, np.sqrt(V), moderators, guard=False), R[name]
    columns = {"b": "value", "se": "std_error", "p": "p_value"}
    for theirs in ("b", "se", "ci_low", "ci_high", "p"):
        ours = fit.coefficients[columns.get(theirs, theirs)].tolist()
        assert ours == pytest.approx(r[theirs], rel=1e-6)
    assert (fit.tau2, fit.f, fit.p_value) == pytest.approx((r["tau2"], r["F"], r["Fp"]), rel=1e-6)


def test_published_latitude_of_the_bcg_trials():
    """metafor's documentation of `rma` prints 0.2515 and −0.0291 for these trials."""
    fit = meta_regression(Y, np.sqrt(V), LATITUDE)
    assert fit.coefficients["value"].round(4).tolist() == [0.2515, -0.0291]
    assert 0.75 < fit.explained < 0.76


def test_leave_one_out_against_r():
    table = leave_one_out(Y, np.sqrt(V)).set_index("left_out").sort_index()
    r = R["leave_one_out"]
    assert table["value"].tolist() == pytest.approx(r["b"], rel=1e-6)
    assert table["tau2"].tolist() == pytest.approx(r["tau2"], rel=1e-6)
    # R's intervals are not guarded: as wide where the effects lie apart by more than chance
    assert (table["ci_high"] >= np.array(r["ci_high"]) - 1e-9).all()
    assert table.loc[3, ["ci_low", "ci_high"]].tolist() == pytest.approx(
        [r["ci_low"][3], r["ci_high"][3]], rel=1e-6
    )


def test_egger_is_the_regression_on_the_standard_error():
    fit = small_study_effect(Y, np.sqrt(V), guard=False).coefficients
    assert fit["p_value"].tolist() == pytest.approx(R["by_standard_error"]["p"], rel=1e-6)
    assert fit["name"].tolist() == ["intercept", "standard error"]


# slow reference


@pytest.mark.parametrize("seed", range(3))
def test_by_brute_force(seed):
    y, se, x = made(seed)
    design = np.column_stack([np.ones(len(y)), x])

    def minus(tau2):
        inverse = np.diag(1 / (se**2 + tau2))
        normal = design.T @ inverse @ design
        gap = y - design @ np.linalg.solve(normal, design.T @ inverse @ y)
        return np.log(se**2 + tau2).sum() + np.linalg.slogdet(normal)[1] + gap @ inverse @ gap

    best = optimize.minimize_scalar(minus, bounds=(0, 3), method="bounded", options={"xatol": 1e-9})
    assert meta_regression(y, se, x).tau2 == pytest.approx(best.x, abs=1e-5)


def test_the_interval_of_a_slope_holds_it():
    """95 % of the intervals hold the slope; 300 tries have a standard error of 1.3 points."""
    rows = [meta_regression(*made([3, seed], k=12)).coefficients.loc[1] for seed in range(300)]
    held = [row["ci_low"] < 0.5 < row["ci_high"] for row in rows]
    assert 0.91 < np.mean(held) < 0.99


# invariants and limits


def test_shift_and_scale():
    y, se, x = made(5)
    fit, moved = meta_regression(y, se, x), meta_regression(10 * y + 3, 10 * se, 2 * x)
    assert moved.coefficients.loc[1, "value"] == pytest.approx(5 * fit.coefficients.loc[1, "value"])
    assert (moved.p_value, moved.explained) == pytest.approx((fit.p_value, fit.explained), rel=1e-6)


def test_without_a_moderator_that_matters_it_is_the_plain_model():
    y, se, _ = made(6, slope=0)
    centred = np.tile([-1.0, 1.0], 20)
    assert meta_regression(y, se, centred).tau2_without == random_effects(y, se).tau2.value


def test_the_most_influential_of_many_are_left_out():
    y, se, _ = made(8, k=60, slope=0)
    y[17] = 9.0
    table = leave_one_out(y, se, names=[f"c{n}" for n in range(60)])
    assert len(table) == 20 and table["left_out"][0] == "c17"
    assert table["moved"].abs().is_monotonic_decreasing
    without = random_effects(np.delete(y, 17), np.delete(se, 17))
    assert table["value"][0] == pytest.approx(without.mean.value, rel=1e-12)


@pytest.mark.parametrize(
    ("moderators", "told"),
    [
        ([[1, 2], [1, 2], [2, 4], [3, 6], [5, 10]], "told apart"),
        ([1, 1, 1, 1, 1], "told apart"),
        ([1, 2, 3, np.nan, 5], "finite"),
        ([1, 2, 3], "one row of moderators"),
        (np.eye(5)[:, :4], "5 effects are too few for 5"),
    ],
)
def test_moderators_that_can_not_be_used(moderators, told):
    with pytest.raises(ValueError, match=told):
        meta_regression(np.arange(5.0), np.ones(5), moderators)


def test_two_studies_leave_nothing_out_and_errors_must_be_positive():
    with pytest.raises(ValueError, match="at least three"):
        leave_one_out([0, 1], [1, 1])
    with pytest.raises(ValueError, match="positive"):
        meta_regression([0, 1, 2], [1, 0, 1], [0, 1, 2])


# scales


@pytest.mark.parametrize(
    ("scale", "value"),
    [("ratio", 3.2), ("correlation", -0.4), ("share", 0.93), ("probability", 0.02), ("points", 5)],
)
def test_scales_go_there_and_back(scale, value):
    one = model_scale(scale)
    assert one.holds(value) and one.back(one.to(value)) == pytest.approx(value, rel=1e-12)
    slope = (one.to(value * (1 + 1e-6)) - one.to(value * (1 - 1e-6))) / (2e-6 * value)
    # the standard error of a ratio is of its log already
    assert one.per_unit(value) == pytest.approx(1.0 if scale == "ratio" else slope, rel=1e-6)


def test_ends_of_a_scale_do_not_stand_on_it():
    assert not any(model_scale("share").holds(end) for end in (0.0, 1.0))
    assert not model_scale("ratio").holds(0.0) and not model_scale("correlation").holds(-1.0)
    assert model_scale("share").back(-800.0) == 0.0 and model_scale("ratio").back(800) == math.inf
