"""Errors when customers share fate: R's clustered Cox fit, a slow sandwich, a jackknife by hand."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t
from survival_frames import heart, oracle

from csresearch.claims.ratios import rate_ratio
from csresearch.events import EventTable
from csresearch.findings import Estimate
from csresearch.resampling import GROUP, jackknifed
from csresearch.risk_sets import risk_sets
from csresearch.survival.clusters import cluster_influences
from csresearch.survival.cox import cox_partial_likelihood

R = oracle("clusters")


@cache
def rows(months=False):
    """Stanford heart transplants by the last digit of the patient's number."""
    frame = heart().assign(group=lambda f: f["id"] % 10)
    if months:
        start, stop = np.ceil(frame["start"] / 30), np.ceil(frame["stop"] / 30)
        frame = frame.assign(start=start, stop=np.maximum(stop, start + 1))
    return frame


def fitted(frame, strata=()):
    """The fit and its clustered error."""
    by = [*strata, "group", "transplant"]
    table = EventTable.from_episodes(frame, start="start", stop="stop", event="event", by=by)
    risk = risk_sets(table, "transplant", strata)
    fit = cox_partial_likelihood(risk, [[float(level)] for level in risk.levels])
    values = {level: float(level) for level in risk.levels}
    shares = cluster_influences(
        table, values, fit, level="transplant", cluster="group", strata=strata
    )
    return fit, np.linalg.norm(shares)


@pytest.mark.parametrize(
    ("name", "frame", "strata"),
    [("plain", rows(), ()), ("by_surgery", rows(), ("surgery",)), ("months", rows(True), ())],
)
def test_equals_r(name, frame, strata):
    coef, std_error, clustered = R[name]
    fit, error = fitted(frame, strata)
    assert fit.coef[0] == pytest.approx(coef, abs=1e-8)
    assert fit.covariance[0, 0] ** 0.5 == pytest.approx(std_error, abs=1e-8)
    assert error == pytest.approx(clustered, abs=1e-8)


def slow_error(frame, coef, variance):
    """Lin and Wei's sandwich interval by interval, Efron's ties as in Therneau and Grambsch."""
    start, stop = frame["start"].to_numpy(float), frame["stop"].to_numpy(float)
    event, x = frame["event"].to_numpy(bool), frame["transplant"].to_numpy(float)
    residual, weight = np.zeros(len(frame)), np.exp(coef * x)
    for day in np.unique(stop[event]):
        risk, dead = (start < day) & (day <= stop), event & (stop == day)
        for k in range(dead.sum()):
            share = k / dead.sum()
            here = weight * (risk - share * dead)  # those who die today count less and less
            mean = (here @ x) / here.sum()
            residual += dead * (x - mean) / dead.sum()
            residual -= here / here.sum() * (x - mean)
    total = pd.Series(residual).groupby(frame["group"].to_numpy()).sum()
    return float(np.sqrt((total**2).sum()) * variance)


@pytest.mark.parametrize("seed", range(5))
def test_equals_an_interval_by_interval_sandwich(seed):
    rng = np.random.default_rng(seed)
    n = 60
    start = rng.integers(0, 5, n)
    frame = pd.DataFrame(
        {
            "start": start,
            "stop": start + rng.integers(1, 9, n),  # many ties
            "event": rng.random(n) < 0.6,
            "transplant": rng.integers(0, 2, n),
            "group": rng.integers(0, 12, n),
        }
    )
    fit, error = fitted(frame)
    slow = slow_error(frame, float(fit.coef[0]), float(fit.covariance[0, 0]))
    assert error == pytest.approx(slow, rel=1e-9)


def test_order_and_names_of_the_groups_do_not_matter():
    frame = rows()
    error = fitted(frame)[1]
    renamed = frame.assign(group=(frame["group"] * 7 + 3).astype(str)).sample(
        frac=1, random_state=1
    )
    assert fitted(renamed)[1] == pytest.approx(error, rel=1e-12)


def test_copies_in_one_group_know_no_more():
    once = rows().assign(group=rows()["id"])
    twice = pd.concat([once, once], ignore_index=True)
    # not equal: Efron treats a copy as a tie
    assert fitted(twice)[1] == pytest.approx(fitted(once)[1], rel=0.05)
    apart = twice.assign(group=np.arange(len(twice)))
    assert fitted(apart)[1] < 0.8 * fitted(twice)[1]


def test_no_finite_coefficient_no_error():
    frame = rows().assign(event=lambda f: f["event"].astype(bool) & (f["transplant"] == 1))
    fit, error = fitted(frame)
    assert not np.isfinite(fit.coef[0])
    assert np.isnan(error)


VALUES, GROUPS = np.array([1.0, 2.0, 6.0]), np.array(["a", "b", "c"])


def test_jackknife_of_a_mean_by_hand():
    mean = Estimate("mean", 3.0, 0.0, 9.0, scale="difference")
    found = jackknifed(mean, GROUPS, lambda keep: VALUES[keep].mean())
    # leaving one out: 4, 3.5, 1.5, their mean 3; 2/3 · (1 + 0.25 + 2.25) = 7/3 = s² / n
    assert found.std_error == pytest.approx((7 / 3) ** 0.5)
    reach = t.ppf(0.975, 2) * (7 / 3) ** 0.5
    assert (found.ci_low, found.ci_high) == pytest.approx((3 - reach, 3 + reach))
    assert (found.value, found.name) == (3.0, "mean")


def test_jackknife_of_a_share_is_made_on_the_logit_scale():
    share = Estimate("share", 0.5, scale="share")
    left = {"a": 0.4, "b": 0.5, "c": 0.6}
    found = jackknifed(share, GROUPS, lambda keep: left[GROUPS[~keep][0]])
    # logits −0.405, 0, 0.405: variance 2/3 · 2 · 0.1644 = 0.2192, error 0.4682
    error = (4 / 3) ** 0.5 * np.log(1.5)
    assert found.std_error == pytest.approx(0.25 * error)
    odds = np.exp(t.ppf(0.975, 2) * error)
    assert found.ci_high == pytest.approx(odds / (1 + odds))
    assert found.ci_low == pytest.approx(1 / (1 + odds))


def test_a_jackknife_with_nothing_to_leave_out_changes_nothing():
    one, none = Estimate("one", 3.0, 2.0, 4.0, scale="difference"), Estimate("none", None)
    assert jackknifed(one, np.array(["a", "a"]), lambda keep: 3.0) == one
    assert jackknifed(none, GROUPS, lambda keep: 1.0) == none
    unknown = jackknifed(one, GROUPS, lambda keep: None)  # what a group does is not known
    assert (unknown.value, unknown.ci_low, unknown.ci_high) == (one.value, None, None)
    sure = Estimate("sure", 1.0, scale="share")
    assert jackknifed(sure, GROUPS, lambda keep: 1.0) == sure


def test_at_most_64_groups_are_left_out():
    seen = []
    groups = np.array([f"{i:02x}" for i in range(256)])
    flat = Estimate("flat", 0.0, scale="difference")
    jackknifed(flat, groups, lambda keep: seen.append((~keep).sum()) or 0.0)
    assert seen == [4] * 64


def test_few_parents_leave_wide_limits():
    def ratio(groups):
        frame = rows().assign(**{GROUP: rows()["id"] % groups})
        table = EventTable.from_episodes(
            frame, start="start", stop="stop", event="event", by=[GROUP, "transplant"]
        )
        return rate_ratio(table, "transplant", float, name="ratio")

    coef, plain, _ = R["plain"]
    alone, two = ratio(1), ratio(2)
    assert alone.std_error == pytest.approx(plain, abs=1e-8)  # not 0, as its one share would say
    reach = np.log(two.ci_high) - coef
    assert reach == pytest.approx(t.ppf(0.975, 1) * two.std_error, rel=1e-8)
