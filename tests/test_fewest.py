"""The fewest kinds that carry 80 % of the gain. Draws agree with R's within their errors."""

from itertools import combinations

import numpy as np
import pytest
from survival_frames import oracle

from csresearch.concentration.fewest import fewest_kinds

R = oracle("fewest_kinds")


def r_case():
    v = np.full((6, 6), R["covariance"])
    np.fill_diagonal(v, R["variance"])
    return np.array(R["log_ratios"]), v, np.array(R["at_risk"])


def sure(ratios, at_risk=None, **options):
    """Estimates with errors too small to matter."""
    k = len(ratios)
    at_risk = np.ones(k) if at_risk is None else at_risk
    return fewest_kinds(np.log(ratios), 1e-10 * np.eye(k), at_risk, draws=200, **options)


# by hand


def test_three_kinds_by_hand():
    # 100 days at 0.1: gains 10 · (0.5, 0.25, −0.2) = 5, 2.5, −2; shares of 7.5
    found = sure([0.5, 0.75, 1.2], [100, 100, 100], base_rate=0.1, names=["a", "b", "c"])
    assert found.kinds["kind"].tolist() == ["a", "b", "c"]
    assert found.kinds["gain"].tolist() == pytest.approx([5, 2.5, -2])
    assert found.kinds["share"].tolist() == pytest.approx([2 / 3, 1 / 3, 0])
    assert found.fewest == 2 and found.kinds["chosen"].tolist() == [True, True, False]
    assert found.joint_gain.value == pytest.approx(5.5)
    # 80 % of 3 kinds is 2.4
    assert found.if_equal == 3
    assert found.distribution.tolist() == [0, 0, 1, 0] and found.chance_of_at_most(2) == 1


def test_equal_kinds_need_their_share_exactly():
    for k in (5, 6, 10):
        found = sure([0.5] * k)
        assert found.fewest == found.if_equal == int(np.ceil(0.8 * k - 1e-9))


# against R


@pytest.mark.parametrize("draws", [40_000])
def test_distribution_against_r(draws):
    """Two shares of 40,000 and 200,000 draws: four standard errors are 0.011."""
    b, v, n = r_case()
    found = fewest_kinds(b, v, n, base_rate=R["rate"], draws=draws)
    np.testing.assert_allclose(found.distribution, R["distribution"], atol=0.011)
    np.testing.assert_allclose(found.if_noise, R["noise"], atol=0.011)
    alone = fewest_kinds(b, np.eye(6), n, draws=draws)
    np.testing.assert_allclose(alone.if_noise, R["independent_noise"], atol=0.011)


# slow reference


@pytest.mark.parametrize("seed", range(20))
def test_every_subset(seed):
    rng = np.random.default_rng(seed)
    ratios, time = np.exp(rng.normal(-0.2, 0.6, 6)), rng.uniform(1, 9, 6)
    gains = np.maximum(time * (1 - ratios), 0)
    least = min(
        k
        for k in range(1, 7)
        if max(sum(gains[list(some)]) for some in combinations(range(6), k)) >= 0.8 * gains.sum()
    )
    assert sure(ratios, time).fewest == least


# invariants


def test_order_units_and_seeds():
    b, v, n = r_case()
    one = fewest_kinds(b, v, n, draws=500, seed=1)
    assert one.kinds.equals(fewest_kinds(b, v, n, draws=500, seed=1).kinds)
    scaled = fewest_kinds(b, v, 10 * n, base_rate=3.0, draws=500, seed=1)
    assert scaled.distribution.tolist() == one.distribution.tolist()
    turned = fewest_kinds(b[::-1], v, n[::-1], draws=500)
    assert turned.fewest == one.fewest
    assert turned.kinds["gain"].tolist() == one.kinds["gain"].tolist()
    assert one.distribution.sum() == pytest.approx(1)
    assert one.kinds["cumulative"].iloc[-1] == pytest.approx(1)
    assert one.kinds["stability"].between(0, 1).all()


def test_errors_alone_look_like_few_kinds():
    """The trap: without any effect most draws need three kinds or fewer of six, not five."""
    found = fewest_kinds(np.zeros(6), 0.04 * np.eye(6), np.ones(6), draws=4000)
    assert found.if_equal == 5 and found.chance_of_at_most(3, noise=True) > 0.8
    assert found.joint_gain.ci_low < 0 < found.joint_gain.ci_high
    assert found.fewest is None


# limits and errors


def test_one_kind_and_no_gain():
    assert sure([0.5]).fewest == 1
    found = sure([1.5, 2.0])
    assert found.fewest is None and found.chance_of_at_most(2) == 0
    assert not found.kinds["chosen"].any() and (found.kinds["share"] == 0).all()
    assert found.distribution[0] == 1


def test_errors():
    eye = np.eye(2)
    with pytest.raises(ValueError, match=r"got \(2,\), \(3, 3\) and \(2,\)"):
        fewest_kinds([0, 0], np.eye(3), [1, 1])
    with pytest.raises(ValueError, match="without a finite estimate"):
        fewest_kinds([0, -np.inf], eye, [1, 1])
    with pytest.raises(ValueError, match="covariance must be symmetric"):
        fewest_kinds([0, 0], [[1, 2], [2, 1]], [1, 1])
    with pytest.raises(ValueError, match="share must lie between 0 and 1, got 1"):
        fewest_kinds([0, 0], eye, [1, 1], share=1)
    with pytest.raises(ValueError, match="confidence_level"):
        fewest_kinds([0, 0], eye, [1, 1], confidence_level=0)
