"""The same company in another shape gives the same answers, but for what the shape loses."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from csresearch import claims
from csresearch.company import Company
from csresearch.simulate import STEADFAST, simulate

UNTIL = pd.Timestamp(STEADFAST.observed_until)
SETTLED = UNTIL - pd.Timedelta(days=30)


@cache
def drawn():
    return simulate(STEADFAST, seed=3, n_customers=1000)


def company(customers, results=None, **more):
    """A company with the tables as they are, in another row order."""
    made = drawn()
    results = made.results if results is None else results
    config = {name: value for name, value in made.config.items() if name != "company"}
    mixed = customers.sample(frac=1, random_state=1)
    return Company.from_frames(mixed, results, **{**config, **more})


def answers(made):
    """The numbers of C1 and C3."""
    found = [claims.get(c).estimate(made) for c in ("results-retention", "maturity-churn")]
    numbers = [(e.value, e.ci_low, e.ci_high) for finding in found for e in finding.estimates]
    return [finding.verdict for finding in found], np.array(numbers, dtype=float)


@cache
def original(until=UNTIL):
    """The answers of the tables as drawn, each customer observed up to a day."""
    return answers(company(drawn().customers.assign(observed_until=until)))


def assert_same(made, expected):
    verdicts, numbers = answers(made)
    assert verdicts == expected[0]
    np.testing.assert_allclose(numbers, expected[1], rtol=1e-9)


def split(customers):
    """Each lifetime as subscriptions that overlap or follow within 30 days."""
    numbers, rows = np.random.default_rng(5), []
    for customer in customers.to_dict("records"):
        start, end = customer["started_on"], customer["ended_on"]
        while True:
            stop = start + pd.Timedelta(days=int(numbers.integers(5, 400)))
            last = stop >= (UNTIL if pd.isna(end) else end) - pd.Timedelta(days=1)
            rows.append({**customer, "started_on": start, "ended_on": end if last else stop})
            if last:
                break
            following = stop + pd.Timedelta(days=int(numbers.integers(-4, 31)))
            start = min(following, (UNTIL if pd.isna(end) else end) - pd.Timedelta(days=1))
    return pd.DataFrame(rows)


def test_split_subscriptions_give_the_answers_of_the_whole():
    rows = split(drawn().customers)
    assert len(rows) > 1.3 * len(drawn().customers)
    taken = {"grace_days": 30, "unsettled": "churned"}
    made = company(rows, subscriptions=taken)
    assert_same(made, original())
    assert made.row_counts.loc[0, ["rows_in", "used", "merged"]].tolist() == [
        len(rows), 1000, len(rows) - 1000,
    ]  # fmt: skip
    assert_same(company(rows, subscriptions={"grace_days": 30}), original(SETTLED))


def test_weekly_activity_gives_the_answers_of_known_ends():
    customers, rows = drawn().customers, []
    for customer in customers.itertuples():
        end = UNTIL if pd.isna(customer.ended_on) else customer.ended_on
        days = [*pd.date_range(customer.started_on, end, freq="7D"), end]
        rows.append(pd.DataFrame({"customer_id": customer.customer_id, "done_on": days}))
    made = company(
        customers.drop(columns="ended_on"), behaviors=pd.concat(rows).assign(behavior="usage"),
        churn_after_inactive_days=30,
    )  # fmt: skip
    assert_same(made, original(SETTLED))
    tried = made.shape_tables["inactivity"]
    assert tried["returned"].sum() == 0  # whoever is weekly active never pauses for 30 days


def test_maturity_scored_again_and_again_gives_the_answers_of_the_one_that_counts():
    customers = drawn().customers
    known = customers[customers["maturity"].notna()]
    scores = pd.concat(
        known[["customer_id"]].assign(
            scored_on=known["started_on"] + pd.Timedelta(days=days), maturity=maturity
        )
        for days, maturity in ((-5, "high"), (0, known["maturity"]), (31, "low"), (400, "middle"))
    )
    scores = scores[scores["scored_on"] <= UNTIL]
    made = company(customers.drop(columns=["maturity", "maturity_on"]), maturity_scores=scores)
    assert_same(made, original())


def test_a_metric_that_moves_on_the_day_of_the_result_gives_the_answer_of_the_result():
    customers = drawn().customers[["customer_id", "started_on"]]
    first = drawn().results.groupby("customer_id", as_index=False)["reached_on"].min()
    first = first.merge(customers)
    first = first[(first["reached_on"] - first["started_on"]).dt.days > 30]
    plain = answers(company(drawn().customers, first[["customer_id", "reached_on"]]))
    measured = pd.concat(
        [
            customers.assign(measured_on=customers["started_on"], value=10.0),
            first.assign(measured_on=first["reached_on"], value=12.0),
            first.assign(measured_on=first["reached_on"] - pd.Timedelta(days=1), value=11.9),
        ]
    )[["customer_id", "measured_on", "value"]].assign(metric="m")
    rule = {"metric": "m", "change": 0.2, "direction": "up", "baseline_days": 29}
    config = {k: v for k, v in drawn().config.items() if k != "company"}
    made = Company.from_frames(drawn().customers, metrics=measured, result_rules=[rule], **config)
    assert_same(made, plain)


def months_of(customers):
    """Each customer on the last day of each month, up to the one that shows them gone."""
    days = pd.date_range("2022-07-31", UNTIL, freq="ME")
    rows = customers.merge(pd.DataFrame({"taken_on": days}), how="cross")
    rows = rows[rows["started_on"] <= rows["taken_on"]]
    rows["churned"] = rows["ended_on"] <= rows["taken_on"]
    gone_before = rows["ended_on"] <= rows["taken_on"] - pd.offsets.MonthEnd(1)
    return rows[~gone_before].drop(columns="ended_on")


@pytest.mark.parametrize("vanishing", [None, "churned"])
def test_monthly_snapshots_lose_the_day_and_who_was_never_seen_and_nothing_else(vanishing):
    customers = drawn().customers
    rows = months_of(customers)
    snapshots = {"taken_on": "taken_on"}
    if vanishing:  # the same without the flag: who left is only missing
        rows = rows[~rows["churned"]].drop(columns="churned")
        snapshots["vanishing"] = vanishing
    made = company(rows, snapshots=snapshots)
    first = customers["started_on"] + pd.offsets.MonthEnd(0)
    coarse = customers.assign(
        ended_on=customers["ended_on"] + pd.offsets.MonthEnd(0),
        observed_from=first.where(first > customers["started_on"]),
        observed_until=UNTIL,
    )
    coarse = coarse[~(coarse["ended_on"] <= first)]  # gone before the first snapshot
    exact = company(coarse)
    assert_same(made, answers(exact))
    verdicts, numbers = answers(made)
    assert verdicts == original()[0]
    ratio, whole = numbers[0, 0], original()[1][0, 0]
    assert abs(np.log(ratio / whole)) < 0.1  # half a month of a lifetime of a year and more
