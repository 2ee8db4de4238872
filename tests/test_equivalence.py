"""Two one-sided tests, and how much data they need."""

import json
from math import exp, log
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from csresearch.equivalence import equivalence
from csresearch.findings.estimates import Estimate

R = json.loads((Path(__file__).parent / "oracles" / "equivalence.json").read_text("utf-8"))
DATA_SETS = [name for name in R if name != "source"]
RATIO_MARGINS = (1 / 1.1, 1.1)


def somers_d(value, std_error):
    return Estimate("Somers' D", value, std_error=std_error, scale="correlation")


# by hand


def test_by_hand():
    # 0.02 with SE 0.04: 0.02 + 1.644854 * 0.04 = 0.0857941 < 0.10, so equivalent;
    # z to the upper margin (0.10 - 0.02) / 0.04 = 2, p = 0.0227501; to the lower 3, p = 0.0013499
    found = equivalence(somers_d(0.02, 0.04), (-0.10, 0.10))
    assert (found.ci_low, found.ci_high) == pytest.approx((-0.0457941, 0.0857941), abs=1e-7)
    assert (found.p_low, found.p_high) == pytest.approx((0.0013499, 0.0227501), abs=1e-7)
    assert found.p_value == found.p_high
    assert found.p_zero == pytest.approx(0.6170751, abs=1e-7)
    assert found.equivalent


# R


@pytest.mark.parametrize("name", DATA_SETS)
def test_ratio_equals_r(name):
    expected = R[name]
    hazard_ratio = Estimate("hazard ratio per SD", expected["hr"], std_error=expected["se"])
    found = equivalence(hazard_ratio, RATIO_MARGINS)
    assert found.p_value == pytest.approx(expected["tost_p"], rel=1e-12)
    # R's optimiser stops at 1e-11, and p_zero of 5e-15 magnifies that
    assert found.p_zero == pytest.approx(expected["p_zero"], rel=1e-10)
    assert (found.ci_low, found.ci_high) == pytest.approx(expected["ci90"], rel=1e-12)


@pytest.mark.parametrize("name", DATA_SETS)
def test_concordance_equals_r(name):
    expected = R[name]
    c = Estimate("C", expected["C"], std_error=expected["C_se"], scale="probability", null=0.5)
    found = equivalence(c, (0.45, 0.55))
    assert found.p_value == pytest.approx(expected["tost_p_C"], rel=1e-9)
    assert (found.ci_low, found.ci_high) == pytest.approx(expected["C_ci90"], rel=1e-12)


# slow reference


def test_a_truth_at_the_margin_is_rarely_called_equivalent():
    values = np.random.default_rng(2).normal(0.1, 0.02, 4000)
    share = np.mean([equivalence(somers_d(v, 0.02), (-0.1, 0.1)).equivalent for v in values])
    assert share == pytest.approx(0.05, abs=0.014)  # 4 * sqrt(0.05 * 0.95 / 4000)


# invariants


@pytest.mark.parametrize("value", np.linspace(-0.2, 0.2, 21))
@pytest.mark.parametrize("alpha", [0.01, 0.05])
def test_tests_and_interval_say_the_same(value, alpha):
    found = equivalence(somers_d(value, 0.03), (-0.1, 0.1), alpha=alpha)
    inside = -0.1 < found.ci_low and found.ci_high < 0.1
    assert found.equivalent == inside == (found.p_value < alpha)
    outside_zero = found.wide_low > 0 or found.wide_high < 0
    assert outside_zero == (found.p_zero < alpha)


def test_turning_a_ratio_round_changes_nothing():
    one = equivalence(Estimate("ratio", 1.05, std_error=0.04), (0.9, 1.2))
    other = equivalence(Estimate("ratio", 1 / 1.05, std_error=0.04), (1 / 1.2, 1 / 0.9))
    assert one.p_value == pytest.approx(other.p_value, rel=1e-12)
    assert one.ci_low == pytest.approx(1 / other.ci_high, rel=1e-12)


def test_exactly_zero_without_error_is_equivalent():
    assert equivalence(somers_d(0.0, 0.0), (-0.1, 0.1)).equivalent


def test_at_the_margin_without_error_is_not():
    assert not equivalence(somers_d(1.0, 0.0), (-0.1, 0.1)).equivalent


def test_an_estimate_without_a_number_is_refused():
    with pytest.raises(ValueError, match="needs a value and a standard error"):
        equivalence(somers_d(None, None), (-0.1, 0.1))


@pytest.mark.parametrize("margins", [(0.1, 0.2), (-0.2, -0.1), (0.1, -0.1)])
def test_margins_that_leave_the_null_out_are_refused(margins):
    with pytest.raises(ValueError, match="margins must enclose 0"):
        equivalence(somers_d(0.0, 0.1), margins)


def test_a_ratio_needs_positive_margins():
    with pytest.raises(ValueError, match="margins must enclose 1, got"):
        equivalence(Estimate("ratio", 1.0, std_error=0.1), (-0.1, 1.1))


def test_a_ratio_must_be_positive():
    with pytest.raises(ValueError, match="a ratio must be positive, got 0"):
        equivalence(Estimate("ratio", 0.0, std_error=0.1), RATIO_MARGINS)


def test_alpha_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"alpha must lie between 0 and 0.5, got 0.9"):
        equivalence(somers_d(0.0, 0.1), (-0.1, 0.1), alpha=0.9)


def test_ratio_interval_is_on_the_log_scale():
    found = equivalence(Estimate("ratio", 1.02, std_error=0.03), (0.9, 1.11))
    assert found.ci_high == pytest.approx(exp(log(1.02) + norm.isf(0.05) * 0.03), rel=1e-12)
