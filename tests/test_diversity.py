"""Hill numbers, rarefaction, coverage. 1e-10 against vegan (logs of factorials)."""

from itertools import combinations

import numpy as np
import pytest
from survival_frames import oracle

from csresearch.concentration.diversity import diversity_ratio, hill_number, rarefied_hill_number
from csresearch.concentration.unseen import resampled_counts, sample_coverage, unseen_patterns

R = oracle("diversity")
PLOTS = ("girdled", "logged")


# by hand


def test_hill_numbers_by_hand():
    # shares 1/2, 1/4, 1/4: 3 patterns; entropy 3/2 · log 2; Σ p² = 3/8
    assert hill_number([2, 1, 1], 0) == 3
    assert hill_number([2, 1, 1], 1) == pytest.approx(2**1.5)
    assert hill_number([2, 1, 1], 2) == pytest.approx(8 / 3)


def test_rarefaction_by_hand():
    # two of {a, a, b, c}: of 6 pairs one is a, a
    assert rarefied_hill_number([2, 1, 1], 0, 2) == pytest.approx(1 + 5 / 6)
    # expected frequencies: 1/6 patterns seen twice, 10/6 once: Σ (k/2)² f = 1/6 + 10/24
    assert rarefied_hill_number([2, 1, 1], 2, 2) == pytest.approx(12 / 7)
    # entropy: 10/6 patterns with share 1/2
    assert rarefied_hill_number([2, 1, 1], 1, 2) == pytest.approx(2 ** (5 / 6))


def test_coverage_by_hand():
    # n = 4, two seen once and one twice: 1 − 2/4 · (3 · 2) / (3 · 2 + 2)
    assert sample_coverage([2, 1, 1]) == pytest.approx(1 - 0.5 * 6 / 8)
    # at least 3/4 · 2² / 2 = 1.5, so 2 more
    assert unseen_patterns([2, 1, 1]) == 2


# against R and the publication


@pytest.mark.parametrize("plot", PLOTS)
def test_spiders_against_vegan(plot):
    found = [hill_number(R[plot], q) for q in R["q"]]
    np.testing.assert_allclose(found, R[f"hill_{plot}"], rtol=1e-12)
    found = [rarefied_hill_number(R[plot], 0, n) for n in R["n"]]
    np.testing.assert_allclose(found, R[f"rarefy_{plot}"], rtol=1e-10)


@pytest.mark.parametrize("place", range(2))
def test_spiders_as_published(place):
    counts = R[PLOTS[place]]
    found = [hill_number(counts, q) for q in (0, 1, 2)]
    np.testing.assert_allclose(found, R["published"][PLOTS[place]], atol=6e-4)
    assert sample_coverage(counts) == pytest.approx(R["published"]["coverage"][place], abs=6e-5)


# slow reference


@pytest.mark.parametrize(("q", "n"), [(0, 3), (1, 3), (2, 3), (0.5, 4), (1, 5), (2, 6)])
def test_every_possible_draw(q, n):
    """All subsets of n customers: expected abundance frequencies, then the Hill number."""
    counts = [4, 3, 1, 1]
    people = np.repeat(np.arange(4), counts)
    seen = np.zeros(n + 1)
    subsets = list(combinations(range(len(people)), n))
    for subset in subsets:
        for k in np.bincount(people[list(subset)], minlength=4):
            seen[k] += 1 / len(subsets)
    k = np.arange(1, n + 1)
    if q == 1:
        expected = np.exp(-(seen[1:] * k / n * np.log(k / n)).sum())
    else:
        expected = (seen[1:] * (k / n) ** q).sum() ** (1 / (1 - q))
    assert rarefied_hill_number(counts, q, n) == pytest.approx(expected, rel=1e-12)


def test_large_counts_against_moments():
    """Order 2 needs only the hypergeometric mean and variance, whatever the size."""
    counts, n = np.array([700_000, 200_000, 90_000, 3000, 50, 1]), 123_456
    total = counts.sum()
    mean = n * counts / total
    variance = mean * (1 - counts / total) * (total - n) / (total - 1)
    expected = 1 / ((variance + mean**2).sum() / n**2)
    assert rarefied_hill_number(counts, 2, n) == pytest.approx(
        expected, rel=1e-7
    )  # logs of factorials of a million


@pytest.mark.parametrize("q", [0, 1, 2])
def test_the_interval_holds_the_true_ratio(q):
    """Two groups from known shares; 60 tries at 95 % have a standard error of 3 points."""
    shares = [np.array([0.5, *np.full(20, 0.025)]), np.full(8, 1 / 8)]
    rng = np.random.default_rng(5)
    n, inside = 150, []
    many = [rng.multinomial(n, shares[0], 4000), rng.multinomial(n, shares[1], 4000)]
    means = [np.mean([hill_number(x, q) for x in group]) for group in many]
    for draw in range(60):
        ratio = diversity_ratio(many[0][draw], many[1][draw], q, draws=80, seed=draw)
        inside.append(ratio.ci_low < means[0] / means[1] < ratio.ci_high)
    assert np.mean(inside) > 0.86


# invariants


@pytest.mark.parametrize("plot", PLOTS)
@pytest.mark.parametrize("q", [0, 0.5, 1, 2])
def test_rarefaction_rises_from_one_to_all(plot, q):
    counts = R[plot]
    curve = [rarefied_hill_number(counts, q, n) for n in (1, 5, 40, 120, sum(counts))]
    assert curve[0] == pytest.approx(1)
    assert (np.diff(curve) > 0).all()
    assert curve[-1] == pytest.approx(hill_number(counts, q), rel=1e-10)
    assert hill_number(counts, q) == pytest.approx(hill_number([*counts[::-1], 0, 0], q))


def test_higher_orders_are_smaller_and_one_is_the_limit():
    orders = [hill_number(R["logged"], q) for q in (0, 0.5, 1, 1.5, 2, 10)]
    assert orders == sorted(orders, reverse=True)
    assert hill_number(R["logged"], 1 + 1e-6) == pytest.approx(orders[2], rel=1e-4)


def test_equal_numbers_are_compared():
    """The same shares at ten times the customers are as diverse, once rarefied."""
    small, large = np.array([30, 10, 5, 5]), np.array([300, 100, 50, 50])
    for q in (0, 1, 2):
        ratio = diversity_ratio(large, small, q, draws=200)
        assert ratio.ci_low < 1 < ratio.ci_high and ratio.value == pytest.approx(1, abs=0.05)
        turned = diversity_ratio(small, large, q, draws=200).inverse()
        assert turned.value == pytest.approx(ratio.value)


def test_seeds_give_the_same_and_other_numbers():
    one, same, other = (diversity_ratio([9, 5, 1, 1], [8, 8], 1, seed=s) for s in (1, 1, 2))
    assert one == same and one.ci_low != other.ci_low and one.value == other.value


def test_resampled_counts_keep_the_number_and_find_new_patterns():
    rng = np.random.default_rng(0)
    draws = [resampled_counts(R["girdled"], rng) for _ in range(300)]
    assert {int(draw.sum()) for draw in draws} == {168}
    assert {len(draw) for draw in draws} == {26 + unseen_patterns(R["girdled"])}
    # plain resampling would show about 20.5 patterns on average, this one stays near the 26 seen
    assert np.mean([(draw > 0).sum() for draw in draws]) == pytest.approx(26, abs=2.5)


# limits and errors


def test_one_pattern_and_no_customers():
    assert [hill_number([7], q) for q in (0, 1, 2)] == [1, 1, 1]
    assert np.isnan(hill_number([], 1)) and np.isnan(sample_coverage([0]))
    assert diversity_ratio([3], [], 0).value is None
    assert sample_coverage([1]) == sample_coverage([5, 5]) == 1 and unseen_patterns([5, 5]) == 0
    assert unseen_patterns([0]) == 0
    one = diversity_ratio([40], [50], 1, draws=20)
    assert (one.value, one.ci_low, one.ci_high) == (1, 1, 1)


def test_errors():
    with pytest.raises(ValueError, match="n must lie between 1 and the 4 customers, got 5"):
        rarefied_hill_number([2, 2], 0, 5)
    with pytest.raises(ValueError, match="whole customers"):
        rarefied_hill_number([2.5, 2], 0, 2)
    with pytest.raises(ValueError, match="must not be negative"):
        hill_number([-1, 2], 0)
    with pytest.raises(ValueError, match="q must not be negative, got -1"):
        hill_number([1, 2], -1)
    with pytest.raises(ValueError, match="confidence_level"):
        diversity_ratio([1, 2], [1, 2], 0, confidence_level=2)
