"""Cumulative incidence of competing causes, and limits of shares.

Closed formulas: 1e-12 against R on values, 1e-9 on standard errors (sums that nearly cancel).
"""

import numpy as np
import pandas as pd
import pytest
from lifelines import AalenJohansenFitter
from scipy import stats
from survival_frames import heart_after, oracle, random_episodes

from csresearch.events import EventTable
from csresearch.survival.curves import survival_curve
from csresearch.survival.incidence import cumulative_incidence, incidence_at, incidence_by
from csresearch.survival.limits import (
    binomial_interval,
    log_log_interval,
    log_log_limits,
    logit_interval,
)

R = oracle("incidence")


def table_of(rows, cause="kind"):
    rows = rows if "start" in rows else rows.assign(start=0.0)
    return EventTable.from_episodes(rows, start="start", stop="stop", event="event", by=[cause])


def made(seed=1, ties=True):
    """Random customers with delayed entry and two causes."""
    rng = np.random.default_rng(seed)
    rows = random_episodes(seed)
    if not ties:
        rows["stop"] += rng.uniform(0, 0.5, len(rows))
    return rows.assign(kind=np.where(rows["event"], rng.choice(["fit", "price"], len(rows)), "-"))


# by hand


def test_four_customers_by_hand():
    # day 1: 1/4 leave for fit; day 2: 3/4 · 1/3 for price; 3 censored; day 4: 1/2 · 1/1 for fit
    rows = pd.DataFrame({"stop": [1.0, 2, 3, 4], "event": [1, 1, 0, 1]})
    curves = cumulative_incidence(table_of(rows.assign(kind=["fit", "price", "-", "fit"])), "kind")
    assert curves.causes == ("fit", "price")
    assert curves.of("fit")["incidence"].tolist() == [0, 0.25, 0.25, 0.25, 0.75]
    assert curves.of("price")["incidence"].tolist() == [0, 0, 0.25, 0.25, 0.25]
    # day 1 is one binomial draw: √(1/4 · 3/4 / 4)
    assert curves.of("fit")["std_error"][1] == pytest.approx(np.sqrt(3 / 64), rel=1e-14)
    # no censoring up to day 2, so price on day 2 is binomial too: 1 of 4
    assert curves.of("price")["std_error"][2] == pytest.approx(np.sqrt(3 / 64), rel=1e-14)


def test_limits_by_hand():
    # log(-log 1/2) ± 1.96 · 0.1 / (1/2 · log 2)
    width = 1.959963984540054 * 0.1 / (0.5 * np.log(2))
    one = log_log_interval(0.5, 0.1)
    assert (one.ci_low, one.ci_high) == pytest.approx(
        (0.5 ** np.exp(width), 0.5 ** np.exp(-width)), rel=1e-14
    )
    # odds 1 · exp(± 1.96 · 0.1 / (1/4))
    odds = np.exp(1.959963984540054 * 0.4)
    assert logit_interval(0.5, 0.1).ci_high == pytest.approx(odds / (1 + odds), rel=1e-14)


# against R and lifelines


def test_mgus2_against_r():
    day = np.array(R["month"], float)
    parts = [
        pd.DataFrame({"kind": kind, "day": day, "n": R[kind]})
        for kind in ("censored", "pcm", "death")
    ]
    long = pd.concat(parts)
    long = long.assign(
        entrance=0,
        observed=np.where(long["kind"] == "censored", 0, long["n"]),
        censored=np.where(long["kind"] == "censored", long["n"], 0),
        moved=0,
    )
    first = {"kind": "censored", "day": 0.0, "n": 0, "entrance": long["n"].sum()}
    first |= {"observed": 0, "censored": 0, "moved": 0}
    table = EventTable.from_counts(pd.concat([pd.DataFrame([first]), long]), ["kind"])
    curves = cumulative_incidence(table, "kind")
    for place, cause in enumerate(("pcm", "death")):
        found = [incidence_at(curves, cause, day) for day in R["at"]]
        for field, name, rel in (
            ("value", "pstate", 1e-12),
            ("std_error", "std_error", 1e-9),
            ("ci_low", "ci_low", 1e-9),
            ("ci_high", "ci_high", 1e-9),
        ):
            values = [getattr(at, field) for at in found]
            np.testing.assert_allclose(values, np.array(R[name])[:, place], rtol=rel)


def test_delayed_entry_against_r():
    rows = heart_after(10)
    rows["kind"] = np.where(rows["event"] == 1, np.where(rows["transplant"] == 1, "b", "a"), "-")
    curves = cumulative_incidence(table_of(rows), "kind", starts_on=0)
    expected = R["heart_delayed"]
    for place, cause in enumerate("ab"):
        found = [incidence_at(curves, cause, day) for day in expected["day"]]
        values = [at.value for at in found]
        np.testing.assert_allclose(values, np.array(expected["pstate"])[:, place], rtol=1e-12)
        jackknife = np.array(expected["jackknife_std_error"])[:, place]
        np.testing.assert_allclose([at.std_error for at in found], jackknife, rtol=0.1)


def test_untied_days_against_lifelines():
    rows = made(3, ties=False)
    rows = rows[rows["start"] == 0].assign(code=lambda x: x["kind"].map({"-": 0, "fit": 1}))
    rows["code"] = rows["code"].fillna(2).astype(int)
    fitter = AalenJohansenFitter(calculate_variance=False)
    fitter.fit(rows["stop"], rows["code"], event_of_interest=1)
    frame = cumulative_incidence(table_of(rows), "kind").of("fit")
    theirs = fitter.cumulative_density_.iloc[:, 0].reindex(frame["day"]).to_numpy()
    np.testing.assert_allclose(frame["incidence"], theirs, rtol=1e-12)


def test_clopper_pearson_against_r():
    one = binomial_interval(7, 23)
    assert (one.ci_low, one.ci_high) == pytest.approx(R["binom"]["limits"], rel=1e-10)


# slow reference


@pytest.mark.parametrize("seed", range(4))
def test_customer_by_customer(seed):
    rows = made(seed)
    frame = cumulative_incidence(table_of(rows), "kind").of("price")
    stay, total, steps = 1.0, 0.0, []
    for day in sorted(set(rows["stop"])):
        here = rows[(rows["start"] < day) & (rows["stop"] >= day)]
        leaving = here[(here["stop"] == day) & here["event"]]
        steps.append((len(here), (leaving["kind"] == "price").sum(), len(leaving), stay))
        total += stay * steps[-1][1] / len(here)
        stay *= 1 - steps[-1][2] / len(here)
    assert frame["incidence"].iloc[-1] == pytest.approx(total, rel=1e-12)
    # gradients by differences: how much does F at the end move with each day's two hazards?
    n, d, g = (np.array([step[i] for step in steps], float) for i in range(3))

    def end(price, fit):
        before = np.append(1.0, np.cumprod(1 - price - fit)[:-1])
        return (before * price).sum()

    price, fit = d / n, (g - d) / n
    variance = 0.0
    for i in range(len(n)):
        slopes = []
        for which in (0, 1):
            ends = []
            for step in (1e-6, -1e-6):
                hazards = [price.copy(), fit.copy()]
                hazards[which][i] += step
                ends.append(end(*hazards))
            slopes.append((ends[0] - ends[1]) / 2e-6)
        p = np.array([price[i], fit[i]])
        variance += slopes @ ((np.diag(p) - np.outer(p, p)) / n[i]) @ slopes
    assert frame["std_error"].iloc[-1] == pytest.approx(np.sqrt(variance), rel=1e-6)


# invariants


@pytest.mark.parametrize("seed", range(3))
def test_causes_add_up_to_kaplan_meier(seed):
    table = table_of(made(seed))
    curves = cumulative_incidence(table, "kind", starts_on=2.0)
    curve = survival_curve(table, starts_on=2.0).frame
    total = curves.frame.groupby("day")["incidence"].sum()
    np.testing.assert_allclose(total, 1 - curve["survival"], atol=1e-14)
    assert (curves.of("fit")["incidence"].diff().dropna() >= 0).all()


@pytest.mark.parametrize("starts_on", [0.0, 4.0])
def test_one_day_is_a_point_of_the_curve(starts_on):
    table = table_of(made(4))
    curves = cumulative_incidence(table, "kind", starts_on=starts_on)
    all_causes = EventTable.from_counts(table.total().counts.assign(kind="any"), ["kind"])
    together = cumulative_incidence(all_causes, "kind", starts_on=starts_on)
    days = sorted({0.0, 1.5, starts_on, *curves.frame["day"], curves.last_day + 1})
    for day in days:
        for cause in curves.causes:
            found = incidence_by(table, day, of=("kind", cause), starts_on=starts_on)
            assert_same(found, incidence_at(curves, cause, day))
        found = incidence_by(table, day, starts_on=starts_on)
        assert_same(found, incidence_at(together, "any", day))
    assert incidence_by(table, curves.last_day, of=("kind", "no such")).value == 0


def assert_same(found, expected):
    """But for the upper limit, which allows for how few are left."""
    names = ("value", "ci_low", "std_error", "ci_high")
    pairs = [
        np.array([np.nan if (x := getattr(one, name)) is None else x for name in names])
        for one in (found, expected)
    ]
    np.testing.assert_allclose(*(one[:3] for one in pairs), rtol=1e-12, atol=1e-15)
    assert np.isnan(pairs[1][3]) or pairs[0][3] >= pairs[1][3] * (1 - 1e-12)


def test_one_cause_is_kaplan_meier_with_its_limits():
    rows = made(5)
    table = table_of(rows.assign(kind=np.where(rows["event"], "left", "-")))
    frame = cumulative_incidence(table, "kind").of("left")
    curve = survival_curve(table, starts_on=0).frame
    np.testing.assert_allclose(frame["std_error"], curve["std_error"], rtol=1e-9, atol=1e-15)
    low, high = log_log_limits(curve["survival"], curve["std_error"])
    np.testing.assert_allclose(low, curve["ci_low"].where(curve["survival"] < 1), rtol=1e-12)
    np.testing.assert_allclose(high, curve["ci_high"].where(curve["survival"] < 1), rtol=1e-12)


def test_the_label_of_customers_still_here_does_not_matter():
    rows = made(6)
    other = rows.assign(kind=np.where(rows["event"], rows["kind"], "fit"))
    pd.testing.assert_frame_equal(
        cumulative_incidence(table_of(rows), "kind").frame,
        cumulative_incidence(table_of(other), "kind").frame,
    )


# limits and errors


def test_nobody_left_and_everybody_left():
    rows = pd.DataFrame({"stop": [1.0, 2.0], "event": [0, 0], "kind": "-"})
    curves = cumulative_incidence(table_of(rows), "kind")
    assert curves.causes == () and len(curves.frame) == 0
    curves = cumulative_incidence(table_of(rows.assign(event=1, kind=["a", "b"])), "kind")
    at = incidence_at(curves, "a", 50)
    assert (at.value, at.std_error) == (0.5, pytest.approx(np.sqrt(1 / 8)))
    assert incidence_at(curves, "b", 1).ci_low is None


def test_beyond_the_data_there_is_no_number():
    curves = cumulative_incidence(table_of(made(7)), "kind", starts_on=3)
    assert incidence_at(curves, "fit", 2).value is None
    assert incidence_at(curves, "fit", curves.last_day + 1).value is None


def test_binomial_limits_at_the_ends():
    assert binomial_interval(0, 10).ci_low == 0 and binomial_interval(10, 10).ci_high == 1
    for count in range(1, 10):
        one = binomial_interval(count, 10)
        assert stats.binom.sf(count - 1, 10, one.ci_low) == pytest.approx(0.025, rel=1e-9)
        assert stats.binom.cdf(count, 10, one.ci_high) == pytest.approx(0.025, rel=1e-9)
    for one in (log_log_interval(0.0, 0.0), logit_interval(1.0, 0.0)):
        assert (one.ci_low, one.ci_high) == (None, None)


def test_errors():
    curves = cumulative_incidence(table_of(made(1)), "kind")
    with pytest.raises(ValueError, match=r"cause must be one of \['fit', 'price'\], got 'none'"):
        incidence_at(curves, "none", 10)
    with pytest.raises(ValueError, match="count must lie between 0 and n"):
        binomial_interval(3, 2)
