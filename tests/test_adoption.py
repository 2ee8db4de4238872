"""Chances of a first result while a behaviour is unadopted. 1e-9 against R."""

import numpy as np
import pandas as pd
import pytest
from survival_frames import heart, oracle

from csresearch.events import EventTable
from csresearch.survival.adoption import chances_by_adoption
from csresearch.survival.limits import log_log_interval

R = oracle("adoption")
STATES = ("unadopted", "adopted")


def table_of(rows, *more):
    return EventTable.from_episodes(
        rows, start="start", stop="stop", event="event", by=["behavior", *more]
    )


def chances(table, **options):
    options = {"horizon_days": 365.0} | options
    return chances_by_adoption(table, "behavior", states=STATES, **options)


def made(seed, n=1500, needed=0.05, churn=0.001, effect=1.0):
    """Adoption at random times; results at 0.003 a day once adopted, ``needed`` of that before.

    Leaving without a result competes; ``effect`` multiplies the rate of results of adopters.
    """
    rng = np.random.default_rng(seed)
    adopt, leave = rng.exponential(150, n), rng.exponential(1 / churn, n)
    need, rates = rng.exponential(1, n), (0.003 * needed, 0.003 * effect)
    early = need / rates[0]
    result = np.where(early <= adopt, early, adopt + (need - rates[0] * adopt) / rates[1])
    until = rng.uniform(200, 800, n)
    adopt, leave, result, until = (np.ceil(day) for day in (adopt, leave, result, until))
    end = np.minimum(np.minimum(result, leave), until)
    kind = np.where(result == end, "result", np.where(leave == end, "left", "-"))
    rows = []
    for a, e, k in zip(adopt, end, kind, strict=True):
        if a < e:
            rows += [("unadopted", 0.0, a, False, "-"), ("adopted", a, e, k != "-", k)]
        else:
            rows.append(("unadopted", 0.0, e, k != "-", k))
    return pd.DataFrame(rows, columns=["behavior", "start", "stop", "event", "kind"])


def only_results(rows):
    return rows.assign(event=rows["kind"] == "result")


# by hand


def test_four_customers_by_hand():
    # unadopted: 4 wait, one has a result on day 1, one adopts on 2, one of 2 has a result on 3:
    # 1 − 3/4 · 1/2. The adopter has a result on day 5; a second one joins from 4 and waits on
    rows = pd.DataFrame(
        [
            ("unadopted", 0.0, 1.0, True),
            ("unadopted", 0.0, 2.0, False),
            ("adopted", 2.0, 5.0, True),
            ("unadopted", 0.0, 3.0, True),
            ("unadopted", 0.0, 4.0, False),
            ("adopted", 4.0, 9.0, False),
        ],
        columns=["behavior", "start", "stop", "event"],
    )
    found = chances(table_of(rows), horizon_days=8, min_at_risk=1)
    assert found.unadopted.value is None  # nobody unadopted is followed to day 8
    found = chances(table_of(rows), horizon_days=3.5, min_at_risk=1)
    assert found.unadopted.value == pytest.approx(1 - 3 / 4 / 2)
    assert found.starts_on == 2 and found.adopters.value == 0
    assert found.unadopted_then.value == pytest.approx(1 / 2)
    assert found.overall.value == pytest.approx(1 - 3 / 4 * 2 / 3)
    assert found.at_risk_at_end == {"unadopted": 1, "adopters": 1}


# against R


def test_heart_against_r():
    rows = heart().assign(behavior=lambda x: np.where(x["transplant"] == 1, *STATES[::-1]))
    found = chances(table_of(rows), horizon_days=R["day"])
    assert found.starts_on == R["from"]
    for name in ("unadopted", "adopters", "unadopted_then"):
        interval, (survival, error, *_) = getattr(found, name), R[name]
        assert interval.value == pytest.approx(1 - survival, rel=1e-9)
        assert interval.std_error == pytest.approx(error, rel=1e-9)


@pytest.mark.parametrize("name", ["unadopted", "adopters"])
def test_the_upper_limit_allows_for_how_few_are_left_as_r_s(name):
    rows = heart().assign(behavior=lambda x: np.where(x["transplant"] == 1, *STATES[::-1]))
    day, value, error, wider = R["thinned"][name]
    found = getattr(chances(table_of(rows), horizon_days=day), name)
    assert found.value == pytest.approx(value, rel=1e-9)
    assert found.ci_low == pytest.approx(log_log_interval(value, error).ci_low, rel=1e-9)
    assert found.ci_high == pytest.approx(log_log_interval(value, error * wider).ci_high, rel=1e-9)


def test_the_ratio_s_limits_are_recovered_from_those_of_its_parts():
    rows = heart().assign(behavior=lambda x: np.where(x["transplant"] == 1, *STATES[::-1]))
    found = chances(table_of(rows), horizon_days=R["day"])
    one, two, ratio = found.unadopted_then, found.adopters, found.ratio
    assert ratio.value == pytest.approx(one.value / two.value)
    for end, of_one, of_two in (("ci_low", "ci_low", "ci_high"), ("ci_high", "ci_high", "ci_low")):
        apart = [np.log(getattr(x, e) / x.value) for x, e in ((one, of_one), (two, of_two))]
        assert abs(np.log(getattr(ratio, end) / ratio.value)) == pytest.approx(np.hypot(*apart))
    assert ratio.std_error == pytest.approx(
        np.hypot(one.std_error / one.value, two.std_error / two.value)
    )


def test_two_who_are_left_say_little():
    """Two of a hundred leave early, all but two adopt: a chance of 2 % is not all that is known."""
    rows = [("unadopted", 0.0, 5.0, True)] * 2 + [("unadopted", 0.0, 300.0, False)] * 96
    rows = pd.DataFrame(
        [*rows, *[("unadopted", 0.0, 400.0, False)] * 2],
        columns=["behavior", "start", "stop", "event"],
    )
    many = chances(table_of(rows), horizon_days=200.0).unadopted
    few = chances(table_of(rows), horizon_days=350.0).unadopted
    assert (few.value, few.ci_low) == (many.value, many.ci_low)
    error = many.std_error * np.sqrt(100 / 2)
    assert many.ci_high < 0.08 < few.ci_high == log_log_interval(0.02, error).ci_high


# slow reference and truth


def test_customer_by_customer():
    rows = only_results(made(1, n=120))
    found = chances(table_of(rows), horizon_days=150.0, min_at_risk=5)
    own = rows[rows["behavior"] == "unadopted"]
    stay = 1.0
    for day in sorted(own.loc[own["event"] & (own["stop"] <= 150), "stop"]):
        stay *= 1 - 1 / ((own["start"] < day) & (own["stop"] >= day)).sum()
    assert found.unadopted.value == pytest.approx(1 - stay, rel=1e-10)


def test_the_truth_comes_back_with_and_without_leaving_as_a_rival():
    """Rates 0.00015 and 0.003 of results, 0.001 of leaving: closed forms."""
    waiting, real = [], []
    for seed in range(8):
        rows = made([2, seed], n=800)
        waiting.append(chances(table_of(only_results(rows))))
        real.append(chances(table_of(rows, "kind"), cause="kind", result="result"))
    rate, leaving = 0.003 * 0.05, 0.001
    truth = 1 - np.exp(-rate * 365)
    rival = rate / (rate + leaving) * (1 - np.exp(-(rate + leaving) * 365))
    for found, value in ((waiting, truth), (real, rival)):
        inside = [one.unadopted.ci_low < value < one.unadopted.ci_high for one in found]
        assert np.mean(inside) > 0.6
        assert np.mean([one.unadopted.value for one in found]) == pytest.approx(value, rel=0.2)
    start = np.array([one.starts_on for one in waiting])
    assert (start < 10).all()
    adopters = 1 - np.exp(-0.003 * (365 - start.mean()))
    found = [one.adopters.value for one in waiting]
    assert np.mean(found) == pytest.approx(adopters, abs=0.03)


def test_a_behaviour_that_does_nothing_has_ratio_one():
    """Ever-adopters have more results because they waited longer; the ratio is not fooled."""
    found = [
        chances(table_of(only_results(made([3, s], n=800, needed=1.0)))).ratio for s in range(8)
    ]
    assert np.exp(np.mean([np.log(one.value) for one in found])) == pytest.approx(1, abs=0.1)
    assert np.mean([one.ci_low < 1 < one.ci_high for one in found]) > 0.6


# invariants


def test_a_rival_lowers_the_chances_and_one_state_is_the_whole():
    rows = made(4)
    waiting = chances(table_of(only_results(rows)))
    real = chances(table_of(rows, "kind"), cause="kind", result="result")
    assert real.unadopted.value < waiting.unadopted.value
    assert real.adopters.value < waiting.adopters.value
    alone = only_results(rows).assign(behavior="unadopted")
    found = chances(table_of(alone))
    assert found.unadopted == found.overall and found.starts_on is None
    assert found.adopters.value is None and found.ratio.value is None


# limits and errors


def test_no_result_while_unadopted():
    rows = only_results(made(5))
    rows.loc[rows["behavior"] == "unadopted", "event"] = False
    found = chances(table_of(rows))
    own = rows[rows["behavior"] == "unadopted"]
    lived = np.minimum(own["stop"], 365).sum()
    assert found.unadopted.value == 0
    # 3.69 events cannot be ruled out: −log(0.025)
    expected = 1 - np.exp(np.log(0.025) / lived * 365)
    assert found.unadopted.ci_high == pytest.approx(expected, rel=1e-9)
    assert found.ratio.value == 0 and found.ratio.ci_high < 0.1


def test_errors():
    table = table_of(made(1, n=50), "kind")
    with pytest.raises(ValueError, match="must have the states"):
        chances_by_adoption(table, "behavior", states=("a", "b"), horizon_days=9)
    with pytest.raises(ValueError, match="cause and result come together"):
        chances(table, cause="kind")
