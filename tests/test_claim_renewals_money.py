"""The renewal clock and money beside C1-C3, C8 and C14, against rows counted one by one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from csresearch import claims
from csresearch.claims import beside_conflict, money, net_retention, renewal_clock
from csresearch.claims.happy import cuts_of
from csresearch.claims.moods import mood_changes
from csresearch.claims.quadrants import HAPPY_FAILING
from csresearch.claims.wins_study import Study
from csresearch.company import Company
from csresearch.findings import Finding
from csresearch.simulate import simulate
from csresearch.simulate.additions.contracts import Contracts
from csresearch.simulate.additions.efforts import Firefighting, Programme, Touches
from csresearch.simulate.additions.growth import Growth
from csresearch.simulate.additions.revenue import Revenue
from csresearch.simulate.worlds import WORLDS

MONTH = 30.4375
CONTRACTS, REVENUE = Contracts(((12, 0.7), (6, 0.3))), Revenue(by_band=(1, 1.5, 2.5))
EFFORTS = (Touches(), Programme(effects=(1.6, 1.2, 1.0)))
BESIDE = [
    claims.get(one)
    for one in (
        "results-retention",
        "satisfaction-retention",
        "maturity-churn",
        "effort-by-maturity",
        "which-wins",
    )
]


def company_of(world, seed=1, *, n=1500, **more):
    made = simulate(world, seed=seed, n_customers=n)
    return Company.from_frames(
        **made.tables, **{k: v for k, v in made.config.items() if k != "company"}, **more
    )


@pytest.fixture(scope="module")
def steadfast():
    additions = (CONTRACTS, REVENUE, Growth(), *EFFORTS)
    return company_of(replace(WORLDS["steadfast"], additions=additions))


@pytest.fixture(scope="module")
def plain():
    return company_of(replace(WORLDS["steadfast"], additions=EFFORTS), n=400)


@pytest.fixture(scope="module")
def findings(steadfast):
    return {one.id: one.estimate(steadfast) for one in BESIDE}


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


# net retention: what is paid on two days


def test_net_retention_by_hand():
    # there on 2025-06-30: a paid 100, pays 150; b paid 200 (raised before), left; c came later
    customers = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c", "d"],
            "started_on": pd.to_datetime(["2024-01-01", "2024-01-01", "2025-09-01", "2024-01-01"]),
            "ended_on": pd.to_datetime([None, "2026-01-01", None, "2025-03-01"]),
            "recurring_revenue": [100, 50, 70, 90],
        }
    )
    rows = [("a", "2025-12-01", 150), ("b", "2025-01-01", 200), ("b", "2025-01-01", 180)]
    revenues = pd.DataFrame(rows, columns=["customer_id", "changed_on", "recurring_revenue"])
    company = Company.from_frames(customers, revenues=revenues, observed_until="2026-06-30")
    seen = net_retention.year_ago(company, company.customers).order_by("customer_id").execute()
    assert seen[["customer_id", "then", "now", "kept"]].to_numpy().tolist() == [
        ["a", 100, 150, 100],
        ["b", 200, 0, 0],
    ]


def test_net_retention_is_that_of_the_rows(steadfast):
    found = {e.name: e.value for e in net_retention.retained(steadfast, steadfast.customers)}
    lives = steadfast.customers.execute().set_index("customer_id")
    changes = steadfast.revenues.execute().sort_values("revenue_day")
    until = pd.Timestamp(steadfast.observed_until)
    today = (until - pd.to_datetime(lives["started_on"])).dt.days.astype(float)

    def pays(day):
        by_then = changes[changes["revenue_day"] <= changes["customer_id"].map(day)]
        last = by_then.groupby("customer_id")["recurring_revenue"].last()
        return last.reindex(lives.index).fillna(lives["recurring_revenue"])

    there = (today >= 365) & (today - 365 < lives["exit_day"])
    then, now = pays(today - 365)[there], pays(today).mask(lives["churned"], 0.0)[there]
    assert found[net_retention.NET] == pytest.approx(now.sum() / then.sum())
    assert found[net_retention.GROSS] == pytest.approx(np.minimum(now, then).sum() / then.sum())
    assert found[net_retention.GROSS] < found[net_retention.NET]


def test_revenue_below_zero_is_set_aside_and_before_the_start_counts_from_it():
    customers = pd.DataFrame({"customer_id": ["a"], "started_on": ["2024-01-01"], "ended_on": [""]})
    rows = [("a", "2023-12-01", 5), ("a", "2024-02-01", -1), ("a", "2024-03-01", None)]
    revenues = pd.DataFrame(rows, columns=["customer_id", "changed_on", "recurring_revenue"])
    company = Company.from_frames(customers, revenues=revenues, observed_until="2024-12-31")
    assert company.revenues.execute()["revenue_day"].tolist() == [0, 60]
    assert company.set_aside["reason"].tolist() == ["below 0"]


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


def test_whose_revenue_grows_is_told_by_state(findings):
    table = findings["results-retention"].part("money").table.set_index("label")["value"]
    label = "net revenue retention, last year"
    assert table[f"{label}: with a result"] > 1 > table[f"{label}: without a result"]


def test_the_conflict_is_the_same_in_money_when_all_pay_the_same(steadfast):
    study = Study(steadfast, cuts_of(steadfast), ("maturity",))
    same = steadfast.customers.mutate(recurring_revenue=7.0)
    alike = replace(steadfast, tables=steadfast.tables | {"customers": same})
    table = beside_conflict.conflict_money(replace(study, company=alike)).table.set_index("label")
    name = study.wins.conflict.name
    each = table.loc[f"{name}, per unit of revenue"]
    # ties are Breslow's instead of Efron's: nearly, not exactly, the same
    assert each["value"] == pytest.approx(study.wins.conflict.value, rel=0.03)
    left = study.table.counts.groupby("state")["observed"].sum()
    assert table.loc[f"share of lost revenue: {HAPPY_FAILING}", "value"] == pytest.approx(
        left[HAPPY_FAILING] / left.sum()
    )


def test_effort_in_money_and_at_renewals_is_by_band(findings):
    found = findings["effort-by-maturity"]
    odds = found.part("renewals").table.set_index("label")
    assert odds.loc["odds of renewing, in the programme ÷ not in it, low", "value"] > 1
    money_of = found.part("money").table.set_index("label")
    for band in ("low", "high"):
        name = f"churn rate, in the programme ÷ not, {band}"
        each = money_of.loc[f"{name}, per unit of revenue"]
        assert each["ci_low"] < money_of.loc[f"{name}, per customer", "value"] < each["ci_high"]


def test_effort_that_nobody_was_assigned_to_is_compared_by_its_amount():
    world = replace(
        WORLDS["firefighting"], additions=(Touches(), Firefighting(), CONTRACTS, REVENUE)
    )
    found = claims.get("effort-by-maturity").estimate(company_of(world, n=1200))
    assert "renewing, more effort, low" in found.part("renewals").table["label"].tolist()
    labels = found.part("money").table["label"].tolist()
    assert "churn rate, more ÷ less effort, high, per unit of revenue" in labels
    assert "Net retention needs revenues.recurring_revenue" in found.part("money").text


def test_the_numbers_beside_are_published_and_read_again(findings, tmp_path):
    for finding in findings.values():
        again = Finding.load(finding.save(tmp_path))
        record = again.to_dict()
        assert record["beside"] == finding.to_dict(smallest_cell=5)["beside"]
        assert [e["name"] for e in record["beside"]["renewals"]] == (
            finding.part("renewals").table["label"].tolist()
        )
        assert len(record["beside"]["money"]) == len(finding.part("money").table)


def test_the_low_group_pays_less_so_it_loses_less(findings):
    table = findings["maturity-churn"].part("money").table.set_index("label")["value"]
    assert table["its share of revenue"] < table["its share of customers"]
    assert (
        table["share of lost revenue from the low group"]
        < table["share of churn from the low group"]
    )


def test_missing_columns_are_named(plain):
    for one in (BESIDE[0], *BESIDE[3:]):
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
