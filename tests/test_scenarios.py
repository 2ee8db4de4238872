"""Expected customers kept under scenarios. 1e-6 against R (IRLS, numeric slopes there)."""

import numpy as np
import pandas as pd
import pytest
from survival_frames import oracle

from csresearch.events import EventTable
from csresearch.survival.kept import fit_kept
from csresearch.survival.rates import split_exposure
from csresearch.survival.scenarios import expected_kept

R = oracle("scenarios")


def r_case():
    """The rates and customers of the oracle, and its four scenarios."""
    split = pd.DataFrame(R["split"])
    split["up_to_day"] = split["up_to_day"].replace(99999, np.inf)
    customers = pd.DataFrame(R["customers"]).rename(
        columns={"tenure": "tenure_days", "n": "customers"}
    )
    now = customers["state"]
    scenarios = {
        "now": now,
        "everyone": ["with"] * 16,
        "low": np.where(customers["maturity"] == "low", "with", now),
        "nobody": ["without"] * 16,
    }
    return split, customers, scenarios


def rates(*rows):
    return pd.DataFrame(rows, columns=["state", "after_day", "up_to_day", "observed", "exposure"])


def two_states():
    """Rates 0.002 and 0.001 a day whatever the tenure."""
    return rates(("without", 0, np.inf, 20, 10_000), ("with", 0, np.inf, 10, 10_000))


def made(seed, n=3000):
    """Customers in one of two states for good, rates 0.002 and 0.0008, seen for up to 700 days."""
    rng = np.random.default_rng(seed)
    state = rng.choice(["with", "without"], n)
    leave = np.ceil(rng.exponential(np.where(state == "with", 1250, 500)))
    until = np.floor(rng.uniform(50, 700, n))
    rows = pd.DataFrame({"state": state, "start": 0.0, "stop": np.minimum(leave, until)})
    return EventTable.from_episodes(
        rows.assign(event=leave <= until), start="start", stop="stop", event="event", by=["state"]
    )


# by hand


def test_one_rate_by_hand():
    # 100 customers, 50 of them with: 50 · e^-0.2 + 50 · e^-0.1 over 100 days
    customers = pd.DataFrame({"tenure_days": [0.0, 50.0], "customers": [50, 50]})
    model = fit_kept(two_states(), "state", reference="without")
    found = expected_kept(
        model,
        customers,
        {"now": ["without", "with"], "all": ["with", "with"]},
        days=100,
    ).frame
    now, everyone = 50 * np.exp(-0.2) + 50 * np.exp(-0.1), 100 * np.exp(-0.1)
    assert found["kept"].tolist() == pytest.approx([now, everyone])
    assert found["difference"].tolist() == pytest.approx([0, everyone - now])
    # two independent rates with relative variances 1/20 and 1/10
    error = np.hypot(50 * np.exp(-0.2) * 0.2 / np.sqrt(20), 50 * np.exp(-0.1) * 0.1 / np.sqrt(10))
    share = now / 100
    reach = 1.959963984540054 * error / 100 / (share * (1 - share))
    odds = share / (1 - share) * np.exp(reach)
    assert found["ci_high"][0] == pytest.approx(100 * odds / (1 + odds), rel=1e-8)


def test_bins_and_tenures_by_hand():
    # rate 0.002 up to day 100, 0.0005 after: who is at day 60 lives 40 days and then 60
    split = rates(
        ("without", 0, 100, 20, 10_000),
        ("without", 100, np.inf, 5, 10_000),
        ("with", 100, np.inf, 5, 10_000),
    )
    model = fit_kept(split, "state", reference="without")
    customers = pd.DataFrame({"tenure_days": [60.0]})
    chance, slopes = model.chances(customers, ["without"], days=100)
    assert chance[0] == pytest.approx(np.exp(-0.08 - 0.03))
    assert slopes[0] == pytest.approx([-chance[0] * 0.08, -chance[0] * 0.03, 0])


# against R


@pytest.mark.parametrize(("name", "modifier"), [("common", None), ("by_maturity", "maturity")])
def test_against_r(name, modifier):
    split, customers, scenarios = r_case()
    model = fit_kept(split, "state", reference="without", strata=["maturity"], modifier=modifier)
    found = expected_kept(model, customers, scenarios).frame.set_index("scenario")
    for scenario, expected in R[name].items():
        row = found.loc[scenario]
        assert row["kept"] == pytest.approx(expected["kept"], rel=1e-7)
        reach = (row["difference_ci_high"] - row["difference_ci_low"]) / 2 / 1.959963984540054
        assert reach == pytest.approx(expected["diff_se"], rel=1e-5, abs=1e-9)
        odds = [row[end] / (row_total(customers) - row[end]) for end in ("ci_low", "ci_high")]
        share = row["share"]
        error = np.log(odds[1] / odds[0]) / 2 / 1.959963984540054 * share * (1 - share)
        assert error * row_total(customers) == pytest.approx(expected["se"], rel=1e-5)


def row_total(customers):
    return customers["customers"].sum()


# slow reference


def test_the_interval_is_the_spread_over_companies():
    """40 made companies: estimates spread as their errors say, around the truth."""
    customers = pd.DataFrame({"tenure_days": [0.0, 100.0], "customers": [700, 300]})
    found = []
    for seed in range(40):
        split = split_exposure(made([1, seed], n=2000), [120, 300])
        model = fit_kept(split, "state", reference="without")
        scenarios = {"none": ["without"] * 2, "all": ["with"] * 2}
        found.append(expected_kept(model, customers, scenarios, draws=10).frame)
    truth = 1000 * (np.exp(-365.25 / 1250) - np.exp(-365.25 / 500))
    gaps = np.array([one["difference"][1] for one in found])
    errors = [(one["difference_ci_high"] - one["difference_ci_low"])[1] / 3.92 for one in found]
    assert gaps.mean() == pytest.approx(truth, abs=4 * gaps.std() / np.sqrt(40))
    assert np.mean(errors) == pytest.approx(gaps.std(ddof=1), rel=0.3)


def test_slopes_by_differences():
    split, customers, scenarios = r_case()
    model = fit_kept(split, "state", reference="without", strata=["maturity"])
    chance, slopes = model.chances(customers, scenarios["now"])
    for p in range(len(model.coef)):
        ends = []
        for step in (1e-6, -1e-6):
            moved = model.coef.copy()
            moved[p] += step
            other = type(model)(**{**vars(model), "coef": moved})
            ends.append(other.chances(customers, scenarios["now"])[0])
        np.testing.assert_allclose(slopes[:, p], (ends[0] - ends[1]) / 2e-6, atol=1e-8)
    assert ((chance > 0) & (chance < 1)).all()


# invariants


def test_grouping_order_and_units():
    split, customers, scenarios = r_case()
    model = fit_kept(split, "state", reference="without", strata=["maturity"])
    one = expected_kept(model, customers, scenarios, seed=1)
    again = expected_kept(model, customers, scenarios, seed=1)
    pd.testing.assert_frame_equal(one.frame, again.frame)
    double = customers.assign(customers=2 * customers["customers"])
    two = expected_kept(model, double, scenarios, seed=1)
    np.testing.assert_allclose(two.frame["kept"], 2 * one.frame["kept"])
    np.testing.assert_allclose(two.frame["ci_high"], 2 * one.frame["ci_high"])
    halves = customers.loc[customers.index.repeat(2)].assign(customers=lambda x: x["customers"] / 2)
    split_up = {name: np.repeat(np.asarray(states), 2) for name, states in scenarios.items()}
    same = expected_kept(model, halves, split_up, seed=1)
    np.testing.assert_allclose(same.frame["kept"], one.frame["kept"])
    assert one.frame["best"].sum() == pytest.approx(1) == one.rankings["share"].sum()
    kept = one.frame.set_index("scenario")["kept"]
    assert kept["nobody"] < kept["now"] < kept["low"] < kept["everyone"]
    assert one.frame.set_index("scenario").loc["everyone", "best"] > 0.99
    assert one.rankings["order"][0].startswith("everyone > low > now")
    assert one.kept("now").value == pytest.approx(kept["now"])


def test_revenue_is_another_weight():
    split, customers, scenarios = r_case()
    model = fit_kept(split, "state", reference="without", strata=["maturity"])
    priced = customers.assign(revenue=customers["customers"] * 7.0)
    revenue = expected_kept(model, priced, scenarios, weight="revenue").frame
    plain = expected_kept(model, customers, scenarios).frame
    np.testing.assert_allclose(revenue["share"], plain["share"])
    np.testing.assert_allclose(revenue["difference_ci_low"], 7 * plain["difference_ci_low"])


# limits and errors


def test_a_bin_without_events_loses_nobody():
    split = pd.concat([two_states().assign(up_to_day=100.0), rates(("without", 100, 999, 0, 500))])
    model = fit_kept(split, "state", reference="without")
    chance, _ = model.chances(pd.DataFrame({"tenure_days": [100.0]}), ["without"], days=300)
    assert chance[0] == 1
    frame = expected_kept(
        model,
        pd.DataFrame({"tenure_days": [100.0], "customers": [5]}),
        {"now": ["with"]},
        days=300,
    ).frame
    assert frame["kept"][0] == 5 and np.isnan(frame["ci_low"][0])


def test_errors():
    model = fit_kept(two_states(), "state", reference="without")
    who = pd.DataFrame({"tenure_days": [0.0], "customers": [1]})
    with pytest.raises(ValueError, match="nothing is known of state 'other'"):
        model.chances(who, ["other"])
    short = fit_kept(two_states().assign(up_to_day=100.0), "state", reference="without")
    with pytest.raises(ValueError, match=r"1 rows need rates at tenures nobody was observed at"):
        short.chances(who, ["with"])
    with pytest.raises(ValueError, match="must hold 'never'"):
        fit_kept(two_states(), "state", reference="never")
    with pytest.raises(ValueError, match="no events"):
        fit_kept(two_states().assign(observed=0), "state", reference="without")
    apart = rates(("without", 0, 9, 20, 1000), ("with", 0, 9, 0, 1000))
    with pytest.raises(ValueError, match="no finite effect"):
        fit_kept(apart, "state", reference="without")
    with pytest.raises(ValueError, match="a scenario and customers with weights"):
        expected_kept(model, who, {})
    with pytest.raises(ValueError, match="a scenario and customers with weights"):
        expected_kept(model, who.assign(customers=-1), {"now": ["with"]})
