"""Behaviors, efforts and the judgement at kickoff, from files to clean tables."""

import pandas as pd
from company_files import adds_up, found, load

CUSTOMERS = """customer_id,started_on,ended_on,kickoff_judgement,kickoff_judged_on,\
term_months,renews_on,process
a,2024-01-01,2024-06-30,0.9,2024-01-10,12,2025-01-01,standard
b,2024-02-01,,1.5,2024-02-02,6,2024-08-01,own
c,2024-03-01,,0.2,2024-05-01,,,
"""


def test_behaviors_count_days_from_the_start_and_keep_their_names(tmp_path):
    company = load(
        tmp_path,
        CUSTOMERS,
        behaviors="customer_id,done_on,behavior,quantity\n"
        "a,2024-01-11,plan agreed,\n"
        "a,2023-12-30,usage,4.5\n"  # before the start: counted from it, and told
        "b,2024-02-01,,\n"
        "a,2024-07-01,usage,1\n"  # after the end
        "x,2024-03-03,usage,1\n",
    )
    behaviors = company.behaviors.order_by(["customer_id", "behavior_day"]).to_pandas()
    expected = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b"],
            "behavior_day": [0.0, 10.0, 0.0],
            "behavior": ["usage", "plan agreed", "behavior"],
            "quantity": [4.5, None, None],
        }
    )
    pd.testing.assert_frame_equal(behaviors, expected)
    assert adds_up(company)
    told = found(company, "behaviors")
    assert told[("done_on", "before the customer's start")] == (1, "2023-12-30", "told")
    assert told[("done_on", "after the customer's end")][2] == "row set aside"
    assert told[("customer_id", "unknown customer")][1] == "x"


def test_efforts_before_the_start_are_not_efforts_on_a_customer(tmp_path):
    company = load(
        tmp_path,
        CUSTOMERS,
        efforts="customer_id,spent_on,hours,kind,initiated_by,programme\n"
        "b,2024-03-02,1.5,challenge,customer,pilot\n"
        "b,2024-01-02,2,,team,\n"
        "b,2024-04-01,much,,team,\n",  # hours that can't be read are not used
    )
    efforts = company.efforts.order_by("effort_day").to_pandas()
    assert efforts["effort_day"].tolist() == [30.0, 60.0]
    assert efforts["kind"].tolist() == ["challenge", "effort"]
    assert efforts["hours"].isna().tolist() == [False, True]
    assert efforts["programme"].fillna("").tolist() == ["pilot", ""]
    assert adds_up(company)
    told = found(company, "efforts")
    assert told[("spent_on", "before the customer's start")][2] == "row set aside"
    assert told[("hours", "not a number")] == (1, "much", "value not used")


def test_a_judgement_counts_if_given_by_day_30_and_a_chance(tmp_path):
    company = load(tmp_path, CUSTOMERS)
    customers = company.customers.order_by("customer_id").to_pandas()
    assert customers["kickoff_judgement"].fillna(-1).tolist() == [0.9, -1, -1]
    assert customers["renews_day"].fillna(-1).tolist() == [366.0, 182.0, -1]
    told = found(company)
    assert told[("kickoff_judgement", "not between 0 and 1")] == (1, "1.5", "value not used")
    assert told[("kickoff_judged_on", "judged after day 30")] == (1, "2024-05-01", "value not used")


def test_tables_not_given_are_empty(tmp_path):
    company = load(tmp_path, CUSTOMERS)
    assert company.missing("behaviors", "efforts.hours") == ["behaviors", "efforts.hours"]
    assert not company.behaviors.count().execute()
    assert list(company.efforts.columns) == [
        *("customer_id", "effort_day", "hours", "kind", "initiated_by", "programme")
    ]
