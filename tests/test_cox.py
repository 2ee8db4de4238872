"""Cox partial likelihood on counts: ties, Newton, separation, intervals.

Tolerance against R is 1e-8 relative: both maximise the same concave function to the last digits.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lifelines.datasets import load_rossi
from survival_frames import (
    heart,
    heart_after,
    heart_table,
    joined,
    lung,
    lung_table,
    oracle,
    patients,
    random_episodes,
    sets,
)

from csresearch.events import EventTable
from csresearch.risk_sets import risk_sets
from csresearch.survival.contrasts import hazard_contrast
from csresearch.survival.cox import cox_partial_likelihood
from csresearch.survival.designs import level_design
from csresearch.survival.hazard_ratios import hazard_ratio, profile_contrast, profile_interval
from csresearch.survival.partial_likelihood import PartialLikelihood
from csresearch.survival.ties import breslow_nodes, efron_nodes, gram_gauss_rule

R = oracle("cox")
SEPARATION = oracle("separation")
REL = 1e-8
TWO = np.array([[0.0], [1.0]])


def assert_fit(fit, expected):
    np.testing.assert_allclose(fit.coef, np.atleast_1d(expected["coef"]), rtol=REL)
    np.testing.assert_allclose(fit.covariance, expected["vcov"], rtol=REL)
    np.testing.assert_allclose([fit.loglik_null, fit.loglik], expected["loglik"], rtol=REL)
    np.testing.assert_allclose(fit.score_test, np.atleast_1d(expected["score"])[0], rtol=REL)
    assert fit.converged and not fit.separated


def slow_loglik(risk, design, coef):
    """Efron's log likelihood, one tied event after the other."""
    total = 0.0
    for n, d in zip(risk.at_risk, risk.observed, strict=True):
        weight = [float(np.exp(row @ coef)) for row in design]
        everyone = sum(a * w for a, w in zip(n, weight, strict=True))
        leaving = sum(a * w for a, w in zip(d, weight, strict=True))
        events = round(d.sum())
        total += sum(a * np.log(w) for a, w in zip(d, weight, strict=True))
        for one in range(events):
            total -= np.log(everyone - one / events * leaving)
    return total


def lung_joined(columns, rows=None):
    rows = joined(lung() if rows is None else rows, columns)
    risk = risk_sets(lung_table(rows, ["who"]), "who")
    return risk, level_design(risk.levels, names=columns)


# by hand


def test_two_events_by_hand():
    # day 1: 2 without, 1 with at risk, one without leaves: 1 / (2 + h)
    # day 2: 1 and 1 at risk, the one with leaves: h / (1 + h)
    # d/dh [log h - log(1 + h) - log(2 + h)] = 0 gives h² = 2
    risk = sets([[2, 1], [1, 1]], [[1, 0], [0, 1]])
    fit = cox_partial_likelihood(risk, TWO)
    h = np.sqrt(2.0)
    assert fit.coef[0] == pytest.approx(np.log(h), rel=1e-12)
    # information is Σ p (1 - p): h/(2+h) · 2/(2+h) + h/(1+h) · 1/(1+h)
    information = 2 * h / (2 + h) ** 2 + h / (1 + h) ** 2
    assert fit.covariance[0, 0] == pytest.approx(1 / information, rel=1e-12)
    assert fit.loglik == pytest.approx(np.log(h / (1 + h) / (2 + h)), rel=1e-12)
    assert fit.loglik_null == pytest.approx(np.log(1 / 6), rel=1e-12)
    # score at zero: -1/3 + 1/2 = 1/6, information 2/9 + 1/4 = 17/36
    assert fit.score_test == pytest.approx((1 / 36) / (17 / 36), rel=1e-12)


def test_efron_ties_by_hand():
    # two leave together, one of each: h / ((2 + 2h) (2 + 2h - (1 + h)/2 )) is flat in neither…
    # denominators 2 + 2h and 3/2 + 3h/2, so the likelihood is h / (3 (1 + h)²): maximum at h = 1
    fit = cox_partial_likelihood(sets([[2, 2]], [[1, 1]]), TWO)
    assert fit.coef[0] == pytest.approx(0.0, abs=1e-12)
    assert fit.loglik == pytest.approx(np.log(1 / 12), rel=1e-12)


def test_breslow_ties_by_hand():
    # Breslow: h / (2 + 2h)²
    fit = cox_partial_likelihood(sets([[2, 2]], [[1, 1]]), TWO, ties="breslow")
    assert fit.loglik == pytest.approx(np.log(1 / 16), rel=1e-12)


# against R


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_heart_time_dependent(ties):
    risk = risk_sets(heart_table(), "transplant")
    fit = cox_partial_likelihood(risk, level_design(risk.levels), ties=ties)
    assert_fit(fit, R["heart_transplant"][ties])
    assert fit.n_events == R["heart_transplant"][ties]["nevent"]
    if ties == "efron":
        assert hazard_ratio(fit).value == pytest.approx(1.136, abs=5e-4)  # the published number


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_heart_numeric_covariates(ties):
    columns = ["age", "year", "surgery", "transplant"]
    risk = risk_sets(heart_table(joined(heart(), columns), ["who"]), "who")
    fit = cox_partial_likelihood(risk, level_design(risk.levels, names=columns), ties=ties)
    assert_fit(fit, R["heart_full"][ties])


def test_naive_ever_transplanted():
    rows = patients().assign(ever=lambda frame: frame["transplant_day"].notna().astype(int))
    risk = risk_sets(heart_table(rows, ["ever"]), "ever")
    fit = cox_partial_likelihood(risk, level_design(risk.levels))
    assert_fit(fit, R["naive_ever_transplanted"]["efron"])
    assert hazard_ratio(fit).value == pytest.approx(0.266, abs=5e-4)  # the published number


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_lung(ties):
    risk, design = lung_joined(["age", "sex", "ph.ecog"])
    assert_fit(cox_partial_likelihood(risk, design, ties=ties), R["lung"][ties])


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_rossi(ties):
    columns = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]
    rows = joined(load_rossi().assign(start=0.0), columns)
    table = EventTable.from_episodes(rows, start="start", stop="week", event="arrest", by=["who"])
    risk = risk_sets(table, "who")
    fit = cox_partial_likelihood(risk, level_design(risk.levels, names=columns), ties=ties)
    assert_fit(fit, R["rossi"][ties])


def test_strata():
    rows = joined(lung(), ["age", "ph.ecog"])
    risk = risk_sets(lung_table(rows, ["who", "sex"]), "who", ["sex"])
    fit = cox_partial_likelihood(risk, level_design(risk.levels, names=["age", "ph.ecog"]))
    expected = R["lung_strata_sex"]["efron"]
    assert_fit(fit, expected)


def test_strata_of_a_time_dependent_state():
    risk = risk_sets(heart_table(by=["transplant", "surgery"]), "transplant", ["surgery"])
    fit = cox_partial_likelihood(risk, level_design(risk.levels))
    assert_fit(fit, R["heart_strata_surgery"])


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_left_truncation(ties):
    table = heart_table(heart_after(10), ["transplant", "surgery"])
    risk = risk_sets(table, "transplant", ["surgery"])
    fit = cox_partial_likelihood(risk, level_design(risk.levels), ties=ties)
    assert_fit(fit, R["heart_truncated10_strata_surgery"][ties])


def test_categories():
    rows = lung()
    rows = rows[rows["ph.ecog"] < 3].assign(
        sex=lambda frame: frame["sex"].astype(str), ecog=lambda frame: frame["ph.ecog"].astype(str)
    )
    risk, design = lung_joined(["sex", "ecog"], rows.dropna(subset=["ph.ecog"]))
    assert list(design) == ["sex=2", "ecog=1.0", "ecog=2.0"]
    # R used the two rows without age too: lung() drops none here, age is complete
    assert_fit(cox_partial_likelihood(risk, design), R["lung_sex_ecog_categorical"])


def test_many_ties_through_the_gauss_rule():
    rows = lung(["sex"]).assign(quarter=lambda frame: np.ceil(frame["time"] / 91))
    risk = risk_sets(lung_table(rows, ["sex"], stop="quarter"), "sex")
    nodes = PartialLikelihood(risk, TWO).nodes
    assert len(nodes.cell) < risk.n_events  # some sums were shortened
    assert_fit(cox_partial_likelihood(risk, level_design(risk.levels)), R["lung_quarters"])


def test_fractional_events_are_weighted_ties():
    at_risk = [[4.0, 3.0], [2.5, 1.0], [1.0, 0.8]]
    observed = [[0.75, 0.75], [0.5, 1.0], [0.0, 0.8]]
    # what R was given, summed by hand: at risk on day 1 also hold those of days 2 and 3
    at_risk = np.array(at_risk)
    at_risk[1] += at_risk[2]
    at_risk[0] += at_risk[1]
    assert_fit(cox_partial_likelihood(sets(at_risk, observed), TWO), R["weighted"])


def test_monthly_churn_of_a_telephone_company(shared_oracles):
    rows = pd.read_csv(shared_oracles / "data" / "telco.csv").assign(start=0.0)
    columns = ["senior", "paperless", "techsup", "partner"]
    expected = pd.read_json(shared_oracles / "json" / "cox.json", typ="series")["efron"]["telco"]
    columns = expected["terms"]
    rows = joined(rows, columns)
    table = EventTable.from_episodes(rows, start="start", stop="tenure", event="churn", by=["who"])
    risk = risk_sets(table, "who")
    fit = cox_partial_likelihood(risk, level_design(risk.levels, names=columns))
    assert_fit(fit, expected)


def test_results_of_liver_patients(shared_oracles):
    rows = pd.read_csv(shared_oracles / "data" / "pbcseq_tv.csv")
    rows["result"] = (rows["bili"] <= 1).groupby(rows["id"]).cummax().astype(int)
    table = EventTable.from_episodes(
        rows, start="tstart", stop="tstop", event="death", by=["result"]
    )
    risk = risk_sets(table, "result")
    oracles = pd.read_json(shared_oracles / "json" / "tvcox.json", typ="series")
    expected = oracles["pbcseq_result"]["tv"]
    assert_fit(cox_partial_likelihood(risk, level_design(risk.levels)), expected)


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        (["transplant"], "transplant"),
        (["transplant", "age", "surgery"], "transplant_given_age_and_surgery"),
    ],
)
def test_profile_interval(columns, key):
    risk = risk_sets(heart_table(joined(heart(), columns), ["who"]), "who")
    interval = profile_interval(risk, level_design(risk.levels, names=columns))
    np.testing.assert_allclose(
        np.log([interval.ci_low, interval.ci_high]), R["profile"][key], rtol=REL
    )


# slow references


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_maximum_of_the_slow_likelihood(seed):
    rows = random_episodes(seed)
    table = EventTable.from_episodes(
        rows, start="start", stop="stop", event="event", by=["stratum", "state"]
    )
    risk = risk_sets(table, "state", ["stratum"])
    fit = cox_partial_likelihood(risk, TWO)
    assert fit.loglik == pytest.approx(slow_loglik(risk, TWO, fit.coef), rel=1e-12)
    step = 1e-3
    around = [slow_loglik(risk, TWO, fit.coef + shift) for shift in (-step, 0.0, step)]
    # central differences are good to step² relative
    assert (around[2] - around[0]) / (2 * step) == pytest.approx(0.0, abs=1e-4)
    curvature = -(around[2] - 2 * around[1] + around[0]) / step**2
    assert 1 / curvature == pytest.approx(fit.covariance[0, 0], rel=1e-4)


def test_risk_sets_counted_from_rows():
    """The counts give what one row per interval gives, every risk set looked up row by row."""
    rows = random_episodes(7)
    table = EventTable.from_episodes(
        rows, start="start", stop="stop", event="event", by=["stratum", "state"]
    )
    risk = risk_sets(table, "state", ["stratum"])
    for cell in range(len(risk.day)):
        day = risk.day[cell]
        here = rows[
            (rows["stratum"] == risk.stratum[cell]) & (rows["start"] < day) & (rows["stop"] >= day)
        ]
        gone = here[(here["stop"] == day) & here["event"]]
        for level in (0, 1):
            assert risk.at_risk[cell, level] == (here["state"] == level).sum()
            assert risk.observed[cell, level] == (gone["state"] == level).sum()


@pytest.mark.parametrize(
    ("largest", "terms"), [(0.01, 3), (0.05, 4), (0.25, 8), (0.9, 130), (1.0, 130)]
)
def test_gauss_rule_equals_the_full_expansion(largest, terms):
    rng = np.random.default_rng(11)
    at_risk = np.floor(rng.integers(2000, 40_000, (60, 3)) / (1 if largest < 0.2 else 10))
    observed = np.floor(at_risk * rng.uniform(0.2, 1, (60, 3)) * largest)
    observed[0] = np.floor(largest * at_risk[0])  # with 1: everybody leaves
    events = observed.sum(axis=1)
    assert (events > 8).all()
    nodes = efron_nodes(events, (observed / at_risk).max(axis=1))
    assert np.bincount(nodes.cell).max() <= terms
    for coef in ([0.0, 0.0, 0.0], [0.0, 3.0, -4.0]):
        risk = np.exp(np.array(coef))
        everyone, leaving = at_risk @ risk, observed @ risk
        for function in (np.log, np.reciprocal, lambda value: 1 / value**2):
            short = nodes.sum(
                nodes.weight * function(everyone[nodes.cell] - nodes.fraction * leaving[nodes.cell])
            )
            full = [
                function(a - np.arange(d) / d * b).sum()
                for a, b, d in zip(everyone, leaving, events, strict=True)
            ]
            # rounding of sums of up to 10,000 terms; the rule itself is better
            np.testing.assert_allclose(short, full, rtol=2e-12)


@pytest.mark.parametrize("size", [17, 40, 1000, 250_000])
def test_gauss_rule_has_the_moments_of_its_measure(size):
    nodes, shares = gram_gauss_rule(np.array([size]), 8)
    values = np.arange(size) / size
    assert shares.sum() == pytest.approx(1, rel=1e-13)
    assert (nodes >= 0).all() and (nodes <= size - 1).all()
    for degree in range(16):
        exact = float(np.mean(values**degree))
        assert (shares * (nodes / size) ** degree).sum() == pytest.approx(exact, rel=1e-11)


# invariants


def made_risk(seed=5):
    table = EventTable.from_episodes(
        random_episodes(seed), start="start", stop="stop", event="event", by=["stratum", "state"]
    )
    return risk_sets(table, "state", ["stratum"])


def test_swapping_levels_turns_the_sign():
    risk = made_risk()
    swapped = replace(
        risk, at_risk=risk.at_risk[:, ::-1].copy(), observed=risk.observed[:, ::-1].copy()
    )
    here, there = cox_partial_likelihood(risk, TWO), cox_partial_likelihood(swapped, TWO)
    assert there.coef[0] == pytest.approx(-here.coef[0], rel=1e-10)
    assert there.covariance[0, 0] == pytest.approx(here.covariance[0, 0], rel=1e-10)


def test_units_and_shifts_of_a_covariate():
    risk = made_risk()
    here = cox_partial_likelihood(risk, TWO)
    scaled = cox_partial_likelihood(risk, 1e4 + 250 * TWO)
    assert scaled.coef[0] * 250 == pytest.approx(here.coef[0], rel=1e-9)
    assert scaled.loglik == pytest.approx(here.loglik, rel=1e-12)


def test_order_of_cells_and_duplicated_strata():
    risk = made_risk()
    order = np.random.default_rng(0).permutation(len(risk.day))
    mixed = replace(
        risk,
        stratum=risk.stratum[order],
        day=risk.day[order],
        at_risk=risk.at_risk[order],
        observed=risk.observed[order],
    )
    twice = replace(
        risk,
        stratum=np.tile(risk.stratum, 2),
        day=np.tile(risk.day, 2),
        at_risk=np.tile(risk.at_risk, (2, 1)),
        observed=np.tile(risk.observed, (2, 1)),
    )
    here = cox_partial_likelihood(risk, TWO)
    assert cox_partial_likelihood(mixed, TWO).coef[0] == pytest.approx(here.coef[0], rel=1e-11)
    double = cox_partial_likelihood(twice, TWO)
    assert double.coef[0] == pytest.approx(here.coef[0], rel=1e-11)
    assert double.covariance[0, 0] == pytest.approx(here.covariance[0, 0] / 2, rel=1e-10)


def test_breslow_and_efron_agree_without_ties():
    risk = made_risk()
    one = risk.observed.sum(axis=1) == 1
    risk = replace(
        risk,
        stratum=risk.stratum[one],
        day=risk.day[one],
        at_risk=risk.at_risk[one],
        observed=risk.observed[one],
    )
    efron, breslow = (cox_partial_likelihood(risk, TWO, ties=ties) for ties in ("efron", "breslow"))
    assert efron.coef[0] == pytest.approx(breslow.coef[0], rel=1e-12)
    assert breslow_nodes(np.ones(3)).weight.sum() == 3


def test_inverse_of_a_ratio():
    ratio = hazard_ratio(cox_partial_likelihood(made_risk(), TWO), confidence_level=0.9)
    inverse = ratio.inverse()
    assert inverse.ci_low < inverse.value < inverse.ci_high
    assert inverse.ci_low == pytest.approx(1 / ratio.ci_high)
    assert inverse.inverse().value == pytest.approx(ratio.value)
    assert ratio.confidence_level == 0.9


# limits


@pytest.mark.parametrize(
    ("at_risk", "observed", "design"),
    [
        (np.zeros((0, 2)), np.zeros((0, 2)), TWO),  # no events
        ([[5, 0], [4, 0]], [[1, 0], [1, 0]], TWO),  # nobody at risk in one level
        ([[5], [4]], [[1], [1]], TWO[:1]),  # one level
        ([[2, 3]], [[2, 3]], TWO),  # everybody leaves together: one level of risk left at the end
    ],
)
def test_nothing_to_compare(at_risk, observed, design):
    risk = sets(at_risk, observed)
    fit = cox_partial_likelihood(risk, design, ties="breslow" if len(at_risk) == 1 else "efron")
    if len(at_risk) == 1:
        assert fit.converged and fit.coef[0] == pytest.approx(0, abs=1e-10)
        return
    assert np.isnan(fit.coef).all() and np.isnan(fit.covariance).all()
    assert not fit.converged and not fit.separated and fit.df == 0
    assert hazard_ratio(fit).value is None and hazard_ratio(fit).ci_low is None
    assert profile_interval(risk, design).value is None


@pytest.mark.parametrize(("left", "limit", "sign"), [(0, 0.0, -1), (1, np.inf, 1)])
def test_separated(left, limit, sign):
    observed = np.zeros((2, 2))
    observed[:, left] = 1
    risk = sets([[5, 5], [4, 5]], observed)
    fit = cox_partial_likelihood(risk, TWO)
    assert fit.separated and not fit.converged
    assert fit.coef[0] == sign * np.inf
    # the limit of the likelihood as the coefficient runs off: 1/5 · 1/4, or 1/5 · 1/5
    n = np.array([[5, 4], [5, 5]])[left]
    assert fit.loglik == pytest.approx(-np.log(n).sum(), abs=1e-10)
    ratio = hazard_ratio(fit)
    profile = profile_interval(risk, TWO)
    assert ratio == profile and ratio.value == limit and ratio.std_error is None
    assert (ratio.ci_low if left == 0 else ratio.ci_high) == limit  # open on that side
    finite = profile.ci_high if left == 0 else profile.ci_low
    assert 0 < finite < np.inf  # the likelihood still bounds the other side
    at = slow_loglik(risk, TWO, np.log([finite]))
    assert at == pytest.approx(fit.loglik - 3.841458820694124 / 2, rel=1e-9)


def nobody_of_group_a_left():
    rows = pd.DataFrame(SEPARATION["rows"], columns=SEPARATION["columns"])
    table = EventTable.from_episodes(
        rows, start="start", stop="stop", event="event", by=["stratum", "group"]
    )
    return risk_sets(table, "group", ["stratum"])


def test_limits_without_events_are_the_likelihoods_own():
    risk = nobody_of_group_a_left()
    alone = cox_partial_likelihood(risk, [[1.0], [0.0], [0.0]])
    both = cox_partial_likelihood(risk, [[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]])
    found = {
        "a_against_the_rest": hazard_ratio(alone),
        "a_against_the_rest_90": hazard_ratio(alone, confidence_level=0.90),
        "a_against_b": hazard_ratio(both),
        "a_against_c": hazard_contrast(both, [1.0, -1.0]),
    }
    for name, ratio in found.items():
        assert (ratio.value, ratio.ci_low) == (0.0, 0.0)
        assert np.log(ratio.ci_high) == pytest.approx(SEPARATION[name], abs=1e-6), name
    turned = hazard_contrast(both, [-2.0, 2.0])  # the other way round, squared
    assert (turned.value, turned.ci_high) == (np.inf, np.inf)
    assert turned.ci_low == pytest.approx(found["a_against_c"].ci_high ** -2, rel=1e-6)
    assert hazard_ratio(both, 1).std_error is not None  # where people left, Wald's as ever


@pytest.mark.parametrize("left", [20, 100_000])
def test_the_limit_without_events_by_hand(left):
    # as many at risk in both, nobody of one left: the likelihood is (1 + ratio) ** -left
    risk = sets([[1e7, 1e7]], [[left, 0]])
    ratio = profile_interval(risk, TWO, ties="breslow")
    assert ratio.ci_low == ratio.value == 0
    assert ratio.ci_high == pytest.approx(np.expm1(3.841458820694124 / 2 / left), rel=1e-6)


def test_the_limit_where_several_coefficients_run_off():
    # who leaves first is of level 1, who leaves then of level 4: a rises with −b, c without end
    design = [[1, 0, 0], [0, 0, 0], [1, 0, 1], [0, 0, 1], [1, 1, 0], [0, 1, 0]]
    risk = sets([[8, 3, 1, 1, 2, 0], [7, 3, 1, 1, 2, 0]], [[0, 1] + [0] * 4, [0] * 4 + [1, 0]])
    fit = cox_partial_likelihood(risk, np.array(design, dtype=float))
    found = profile_contrast(fit, [0.0, 1.0, 0.0])
    assert (found.value, found.ci_high) == (np.inf, np.inf)

    def loglik(a, b):  # by hand, c at its limit
        rest = [n * np.exp(a) + 3 + 2 * np.exp(a + b) for n in (8, 7)]
        return a + b - np.log(rest).sum()

    at = np.log(found.ci_low)
    highest = max(loglik(a, at) for a in np.linspace(-20, 20, 400_001))
    # the fit ends where the largest reaches e^30, a little below the limit
    assert highest == pytest.approx(np.log(1.5 / 36) - 3.841458820694124 / 2, abs=1e-4)


def test_crumbs_of_large_weights_are_no_information():
    # money at risk and lost: what differences leave in an empty level is 1e-12 of the rest
    at_risk = np.array([[33317.0, 11765.0, 1e-11], [33269.0, 15401.0, 0.0]])
    lost = np.array([[0.0, 11765.0, 0.0], [33269.0, 0.0, 0.0]])
    fit = cox_partial_likelihood(sets(at_risk, lost), np.eye(3)[:, 1:], ties="breslow")
    assert np.isfinite(fit.coef[0]) and np.isnan(fit.coef[1])


def test_limits_of_a_contrast_do_not_depend_on_the_reference():
    risk = sets([[9, 8, 7], [8, 8, 7], [8, 7, 7]], [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    first, last = np.eye(3)[:, 1:], np.eye(3)[:, :2]
    one = profile_contrast(cox_partial_likelihood(risk, first), [1.0, -1.0])
    other = profile_interval(risk, last, 1)  # the second level against the third
    for name in ("value", "ci_low", "ci_high"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-8)
    infinite = cox_partial_likelihood(sets([[5, 4, 4]] * 2, [[1, 0, 0]] * 2), first)
    assert profile_contrast(infinite, [1.0, -1.0]).value is None  # two infinities


def test_a_level_without_events_leaves_the_others_alone():
    at_risk, observed = [[9, 8, 7], [8, 8, 7], [8, 7, 7]], [[1, 0, 0], [0, 1, 0], [1, 0, 0]]
    design = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    fit = cox_partial_likelihood(sets(at_risk, observed), design)
    without = cox_partial_likelihood(sets(np.array(at_risk)[:, :2], np.array(observed)[:, :2]), TWO)
    assert fit.separated and fit.coef[1] == -np.inf
    # with risk e^-30 the third level is gone
    assert fit.coef[0] == pytest.approx(without.coef[0], rel=1e-8)
    assert fit.covariance[0, 0] == pytest.approx(without.covariance[0, 0], rel=1e-8)
    assert np.isnan(fit.covariance[1]).all()


def test_collinear_columns_are_left_out():
    risk = made_risk()
    fit = cox_partial_likelihood(risk, np.column_stack([TWO, 2 * TWO, np.ones(2)]))
    assert fit.coef[0] == pytest.approx(cox_partial_likelihood(risk, TWO).coef[0], rel=1e-10)
    assert np.isnan(fit.coef[1:]).all() and fit.df == 1


def test_huge_effects_and_counts_do_not_overflow():
    at_risk = np.full((3, 2), 1e7)
    risk = sets(at_risk, [[3e6, 1], [2e6, 0], [1e6, 0]])
    fit = cox_partial_likelihood(risk, 1000 * TWO)
    assert fit.converged
    # one event where Σ -log(1 - d/n) · n = 1e7 · (0.3567 + 0.2231 + 0.1054) were to be expected
    assert np.exp(-1000 * fit.coef[0]) == pytest.approx(6.852e6, rel=1e-3)


def test_a_thousand_days_in_fifteen_strata_converge():
    rng = np.random.default_rng(1)
    at_risk = rng.integers(2000, 5000, (15_000, 2)).astype(float)
    observed = rng.binomial(at_risk.astype(int), [0.05, 0.02]).astype(float)
    risk = sets(at_risk, observed, day=np.tile(np.arange(1000.0), 15))
    fit = cox_partial_likelihood(risk, TWO)
    assert fit.converged and fit.n_events > 1e6


# errors


@pytest.mark.parametrize(
    ("design", "message"),
    [
        (np.zeros((3, 1)), r"one row for each of the 2 levels.*got shape \(3, 1\)"),
        (np.zeros(2), r"got shape \(2,\)"),
        (np.array([[0.0], [np.nan]]), r"design must be finite, got \[nan\] for level 1"),
    ],
)
def test_bad_design(design, message):
    with pytest.raises(ValueError, match=message):
        cox_partial_likelihood(sets([[1, 1]], [[1, 0]]), design)


def test_bad_ties_counts_and_confidence():
    with pytest.raises(ValueError, match="ties must be 'efron' or 'breslow', got 'exact'"):
        cox_partial_likelihood(sets([[1, 1]], [[1, 0]]), TWO, ties="exact")
    with pytest.raises(ValueError, match="2 events among 1 at risk on day 1 in level 0"):
        cox_partial_likelihood(sets([[1, 1]], [[2, 0]]), TWO)
    fit = cox_partial_likelihood(made_risk(), TWO)
    with pytest.raises(ValueError, match=r"between 0 and 1, got 95"):
        hazard_ratio(fit, confidence_level=95)


# designs


def test_level_design():
    levels = [("high", "with", 2.0), ("low", "without", 3.0)]
    design = level_design(
        levels, names=["maturity", "state", "score"], reference=["low", "without", None]
    )
    assert list(design) == ["maturity=high", "state=with", "score"]
    assert design.to_numpy().tolist() == [[1, 1, 2], [0, 0, 3]]
    assert list(design.index) == levels


@pytest.mark.parametrize(
    ("levels", "reference", "message"),
    [
        (["a", "b"], ["c"], r"reference 'c' of 'level' is not among \['a', 'b'\]"),
        ([("a", 1), ("b", 2)], None, "one entry for each of"),
    ],
)
def test_bad_levels(levels, reference, message):
    with pytest.raises(ValueError, match=message):
        level_design(levels, reference=reference)
