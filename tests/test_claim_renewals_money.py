"""The renewal clock and money beside C1 to C3, against rows counted one by one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from csresearch import claims
from csresearch.claims import money, renewal_clock
from csresearch.claims.happy import cuts_of
from csresearch.claims.moods import mood_changes
from csresearch.company import Company
from csresearch.simulate import simulate
from csresearch.simulate.additions.contracts import Contracts
from csresearch.simulate.additions.revenue import Revenue
from csresearch.simulate.worlds import WORLDS

MONTH = 30.4375
CONTRACTS, REVENUE = Contracts(((12, 0.7), (6, 0.3))), Revenue(by_band=(1, 1.5, 2.5))


def company_of(world, seed=1, *, n=2500, **more):
    made = simulate(world, seed=seed, n_customers=n)
    return Company.from_frames(
        **made.tables, **{k: v for k, v in made.config.items() if k != "company"}, **more
    )


@pytest.fixture(scope="module")
def steadfast():
    return company_of(replace(WORLDS["steadfast"], additions=(CONTRACTS, REVENUE)))


@pytest.fixture(scope="module")
def plain():
    return company_of(replace(WORLDS["steadfast"], additions=()), n=400)


@pytest.fixture(scope="module")
def findings(steadfast):
    return {one.id: one.estimate(steadfast) for one in claims.all()[:3]}


def made(customers, results=(), **config):
    columns = ["customer_id", "started_on", "ended_on", "term_months", "renews_on"]
    frame = pd.DataFrame(customers, columns=columns)
    frame["ended_on"] = pd.to_datetime(frame["ended_on"])
    reached = pd.DataFrame(list(results), columns=["customer_id", "reached_on", "result"])
    return Company.from_frames(frame, reached, observed_until="2026-06-30", **config)


def due_rows(company):
    due = renewal_clock.renewals_due(company, company.lifetimes(surveys=False))
    state = renewal_clock.by_change("result_day", ("without", "with"))(due)
    rows = due.mutate(state=state).order_by("customer_id", "renewal").to_pandas()
    return rows[["customer_id", "renewal", "state", "lost"]].to_numpy().tolist()


# renewals by hand: started 2024-01-01, renewals on 2024-12-31 (day 365) and about 2025-12-31


def test_who_stays_renews_each_time_and_the_next_one_is_not_known():
    company = made([("a", "2024-01-01", None, 12, "2027-01-01")])
    assert due_rows(company) == [["a", 1, "without", False], ["a", 2, "without", False]]


def test_leaving_at_the_renewal_is_not_renewing_and_between_renewals_is_neither():
    company = made(
        [
            ("at", "2024-01-01", "2025-01-03", 12, "2025-01-01"),
            ("between", "2024-01-01", "2025-06-01", 12, "2025-01-01"),
            ("early", "2024-01-01", "2024-06-01", 12, "2025-01-01"),
        ]
    )
    assert due_rows(company) == [["at", 1, "without", True], ["between", 1, "without", False]]


def test_the_state_is_that_of_the_notice_date():
    # 365.25 − 60 days: the notice date is day 305.25, 2024-11-01
    results = [("in time", "2024-11-01", "x"), ("late", "2024-11-02", "x")]
    customers = [(name, "2024-01-01", "2025-01-01", 12, None) for name in ("in time", "late")]
    assert due_rows(made(customers, results)) == [
        ["in time", 1, "with", True],
        ["late", 1, "without", True],
    ]


def test_a_renewal_whose_grace_time_is_not_over_is_left_out_for_leavers_too():
    customers = [
        ("left", "2025-06-15", "2026-06-16", 12, "2026-06-15"),
        ("stays", "2025-06-15", None, 12, "2026-06-15"),
    ]
    assert due_rows(made(customers)) == []


def test_renews_on_shifts_the_multiples_of_the_term():
    # terms run from July: renewals on days 182 and 547, of which the first has no full term
    company = made([("a", "2024-01-01", None, 12, "2026-07-01")])
    days = renewal_clock.renewals_due(company, company.customers).notice_day.execute()
    assert sorted(days.round()) == pytest.approx([547 - 60], abs=1)


def test_short_terms_have_no_renewal_clock():
    assert due_rows(made([("a", "2024-01-01", None, 1, None)])) == []


# against rows counted one by one


def test_renewals_are_those_a_slow_count_finds(steadfast):
    rows = due_rows(steadfast)
    lives = steadfast.lifetimes(surveys=False).to_pandas()
    until, slow = pd.Timestamp(steadfast.observed_until), []
    for one in lives.itertuples():
        term = one.term_months * MONTH
        shift = one.renews_day - term * np.floor(one.renews_day / term + 0.5)
        seen = (until - pd.Timestamp(one.started_on)).days if one.churned else one.exit_day
        for k in range(1, 20):
            day = k * term + shift
            if one.entry_day <= day - 60 < one.exit_day and day + 30 <= seen:
                state = "with" if one.result_day <= day - 60 else "without"
                slow.append([one.customer_id, k, state, one.churned and one.exit_day <= day + 30])
    assert rows == sorted(slow)


def test_the_latest_answer_on_the_notice_date_counts(steadfast):
    cuts = cuts_of(steadfast)
    due = renewal_clock.renewals_due(steadfast, steadfast.customers)
    changes = mood_changes(steadfast, cuts)
    found = renewal_clock.with_latest(due, changes, ("unhappy", "happy")).to_pandas()
    said, slow = changes.to_pandas().sort_values("day"), []
    by_customer = dict(list(said.groupby("customer_id")))
    for one in found.itertuples():
        rows = by_customer.get(one.customer_id, said.iloc[:0])
        rows = rows[rows["day"] <= one.notice_day]
        slow.append(rows["level"].iloc[-1] if len(rows) else None)
    assert len(found) > 1000
    assert found["latest"].where(found["latest"].notna(), None).tolist() == slow


def test_revenue_sums_are_those_of_the_rows(steadfast):
    lives = steadfast.lifetimes(surveys=False)
    table = money.revenue_table(lives, ("maturity",), change="result_day")
    rows = lives.to_pandas()
    gone = rows[rows["churned"]]
    late = gone["result_day"].isna() | (gone["result_day"] >= gone["exit_day"])
    sums = table.counts.groupby("state")["observed"].sum()
    assert sums["without"] == gone.loc[late, "recurring_revenue"].sum()
    assert sums["with"] == gone.loc[~late, "recurring_revenue"].sum()
    counts = table.counts[["entrance", "observed", "censored", "moved"]].sum()
    assert counts["entrance"] == counts[1:].sum()


def test_with_equal_revenue_money_says_what_customers_say(steadfast):
    lives = steadfast.lifetimes(surveys=False).mutate(recurring_revenue=7.0)
    table = money.revenue_table(lives, ("maturity",), change="result_day")
    ratio = money.revenue_ratio(
        table, "state", lambda s: s == "without", name="x", strata=("maturity",)
    )
    episodes = steadfast.episodes(["maturity"])
    from csresearch.second_road import time_varying_ratio

    lifelines = time_varying_ratio(episodes, ("maturity",))
    assert ratio.value == pytest.approx(lifelines.value, rel=0.02)  # Breslow's ties, not Efron's
    months = 12 * MONTH
    from lifelines import KaplanMeierFitter

    frame = steadfast.durations()
    curve = KaplanMeierFitter().fit(frame["durations"], frame["event_observed"])
    kept = money.gross_retention(table)[0]
    assert kept.value == pytest.approx(float(curve.predict(months)), rel=1e-9)


# the parts of the claims


def test_every_claim_shows_renewals_and_money(findings):
    for finding in findings.values():
        assert "contracts came up" in finding.part("renewals").text
        assert len(finding.part("money").table) >= 2


def test_results_double_as_a_renewal_effect_and_satisfaction_does_not(findings):
    odds = {name: one.part("renewals").table.iloc[-1] for name, one in findings.items()}
    assert odds["results-retention"]["ci_low"] > 3
    assert odds["satisfaction-retention"]["ci_low"] < 1 < odds["satisfaction-retention"]["ci_high"]
    assert odds["maturity-churn"]["ci_high"] < 0.5


def test_the_low_group_pays_less_so_it_loses_less(findings):
    table = findings["maturity-churn"].part("money").table.set_index("label")["value"]
    assert table["its share of revenue"] < table["its share of customers"]
    assert (
        table["share of lost revenue from the low group"]
        < table["share of churn from the low group"]
    )


def test_missing_columns_are_named(plain):
    for one in claims.all()[:3]:
        finding = one.estimate(plain)
        assert "customers.term_months" in finding.part("renewals").text
        assert "customers.recurring_revenue" in finding.part("money").text


def test_too_few_renewals_are_told():
    company = company_of(replace(WORLDS["smallco"], additions=(CONTRACTS, REVENUE)), n=60)
    finding = claims.get("results-retention").estimate(company)
    assert finding.part("renewals").text.startswith("Too few:")
    assert len(finding.part("money").table) >= 2


def test_parents_widen_the_odds():
    world = replace(
        WORLDS["steadfast"],
        additions=(CONTRACTS,),
        accounts_per_parent=8,
        frailty_variance=1.0,
    )
    widths = []
    for parents in (True, False):
        made = simulate(world, seed=3, n_customers=2000)
        frames = dict(made.tables)
        if not parents:
            frames["customers"] = frames["customers"].drop(columns="parent_id")
        company = Company.from_frames(
            **frames, **{k: v for k, v in made.config.items() if k != "company"}
        )
        row = claims.get("maturity-churn").estimate(company).part("renewals").table.iloc[-1]
        widths.append(np.log(row["ci_high"] / row["ci_low"]))
    assert widths[0] > widths[1]
