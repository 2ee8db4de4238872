"""A company with nothing suspicious about it, and patterns to plant in its files."""

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import yaml

from csresearch.company import load_company
from csresearch.simulate import WORLDS, SurveyPlan, simulate

KINDS = (("hours saved", 0.4), ("revenue grown", 0.3), ("errors cut", 0.2), ("costs cut", 0.1))
UNTIL = pd.Timestamp("2026-06-30")


def innocent(seed, world="steadfast", n=1200):
    """Frames of a company's five tables by name; nothing in them follows from who left."""
    bare = replace(WORLDS[world], additions=(), surveys=SurveyPlan(), result_kinds=KINDS)
    made, rng = simulate(bare, seed=seed, n_customers=n), np.random.default_rng(seed)
    customers = made.customers
    n = len(customers)
    customers["recurring_revenue"] = np.round(np.exp(rng.normal(7, 1, n)), 2)
    customers["kickoff_judgement"] = rng.integers(0, 11, n) / 10
    customers["kickoff_judged_on"] = customers["started_on"]
    customers["churned"] = customers["ended_on"].notna()
    tables = {"customers": customers, "results": made.results, "surveys": made.surveys}
    tables["behaviors"] = happened(customers, rng, 3, "done_on", behavior=("import", "training"))
    tables["efforts"] = happened(customers, rng, 2, "spent_on", kind=("call", "visit"))
    return tables, made.config


def happened(customers, rng, times, day, **kinds):
    """Events on random days of customers' lives."""
    lived = (customers["ended_on"].fillna(UNTIL) - customers["started_on"]).dt.days.to_numpy()
    row = rng.integers(0, len(customers), times * len(customers))
    row = row[rng.random(len(row)) < lived[row] / lived.max()]  # who stays longer has more
    when = customers["started_on"].to_numpy()[row] + days(rng.random(len(row)) * lived[row])
    frame = pd.DataFrame({"customer_id": customers["customer_id"].to_numpy()[row], day: when})
    return frame.assign(**{k: rng.choice(v, len(row)) for k, v in kinds.items()})


def days(numbers):
    """Whole days as a length of time."""
    return pd.to_timedelta(np.floor(numbers), unit="D")


def load_files(folder, tables, config):
    """The company as its files in a folder tell it."""
    config = {**config, **{name: {"file": f"{name}.csv"} for name in tables}}
    for name, table in tables.items():
        text = io.StringIO()
        table.to_csv(text, index=False, date_format="%Y-%m-%d")
        (folder / f"{name}.csv").write_text(text.getvalue(), encoding="utf-8")
    path = folder / "company.yml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return load_company(path)


# Each of these plants one pattern in the frames; GROUPS puts those that do not touch each other
# into one company.


def leak_label(tables, config):
    customers = tables["customers"]
    gone = customers.index[customers["ended_on"].notna()][:60]
    customers["health"] = np.where(np.arange(len(customers)) % 2, "green", "yellow")
    customers.loc[gone, "health"] = "red"
    config["segments"] = [*config["segments"], "health"]


def leak_judgement(tables, config):
    customers = tables["customers"]
    customers["kickoff_judgement"] = np.where(customers["ended_on"].isna(), 0.9, 0.2)


def leak_effort(tables, config):
    gone = tables["customers"].dropna(subset="ended_on").head(41)
    rows = pd.DataFrame({"customer_id": gone["customer_id"], "spent_on": gone["ended_on"],
                         "kind": "offboarding"})  # fmt: skip
    tables["efforts"] = pd.concat([tables["efforts"], rows])


def filled_for_survivors(tables, config):
    customers = tables["customers"]
    gone = customers["ended_on"].notna() & (np.arange(len(customers)) % 3 > 0)
    customers.loc[gone, "maturity"] = None


def recorded_since_2025(tables, config):
    customers = tables["customers"]
    customers["recurring_revenue"] = customers["recurring_revenue"].where(
        customers["started_on"] >= "2025-01-01"
    )


def events_after_the_end(tables, config):
    results, ends = tables["results"], tables["customers"].set_index("customer_id")["ended_on"]
    end = results["customer_id"].map(ends)
    late = end.notna() & (end + days(9) < UNTIL) & (results.index % 2 == 0)
    results.loc[late, "reached_on"] = end[late] + days(9)


def flag_disagrees(tables, config):
    tables["customers"].loc[900:909, "churned"] ^= True


def maturity_after_the_end(tables, config):
    customers = tables["customers"]
    gone = customers.index[customers["ended_on"].notna()][:30]
    customers.loc[gone, "maturity_on"] = customers.loc[gone, "ended_on"] + days(3)


def exit_surveys(tables, config):
    gone = tables["customers"].dropna(subset="ended_on").head(200)
    lived = (gone["ended_on"] - gone["started_on"]).dt.days
    gone = gone[lived > 10]
    rows = pd.DataFrame({"customer_id": gone["customer_id"], "score": 5, "instrument": "nps",
                         "surveyed_on": gone["ended_on"] - days(1)})  # fmt: skip
    tables["surveys"] = pd.concat([tables["surveys"], rows])


def after_notice(tables, config):
    customers = tables["customers"]
    customers["notice_on"] = customers["ended_on"] - days(90)
    customers["notice_on"] = customers["notice_on"].clip(lower=customers["started_on"])


def month_ends(tables, config):
    customers = tables["customers"]
    month_end = customers["ended_on"] + pd.offsets.MonthEnd(0)
    customers["ended_on"] = month_end.where(month_end <= UNTIL, customers["ended_on"])


def migration(tables, config):
    customers = tables["customers"]
    old = customers["started_on"] < "2023-10-01"
    gone = customers["ended_on"] < "2023-10-01"
    customers.loc[old, "started_on"] = pd.Timestamp("2023-10-01")
    customers["kickoff_judged_on"] = customers["maturity_on"] = customers["started_on"]
    tables["customers"] = customers[~gone].reset_index(drop=True)
    only_known(tables)


def truncated(tables, config):
    customers = tables["customers"]
    tables["customers"] = customers[~(customers["ended_on"] < "2024-10-01")].reset_index(drop=True)
    only_known(tables)


def only_known(tables):
    """Events of customers who are in the data, between their start and their end."""
    lives = tables["customers"].set_index("customer_id")
    starts, ends = lives["started_on"], lives["ended_on"].fillna(UNTIL)
    for name, day in (("results", "reached_on"), ("surveys", "surveyed_on"),
                      ("behaviors", "done_on"), ("efforts", "spent_on")):  # fmt: skip
        rows = tables[name]
        customer = rows["customer_id"]
        tables[name] = rows[rows[day].between(customer.map(starts), customer.map(ends))]


def closed_in_bulk(tables, config):
    customers = tables["customers"]
    gone = customers.index[(customers["ended_on"] > "2025-03-05")][:60]
    gone = [i for i in gone if customers.loc[i, "started_on"] < pd.Timestamp("2025-03-04")]
    customers.loc[gone, "ended_on"] = pd.Timestamp("2025-03-05")
    only_known(tables)


def results_in_bulk(tables, config):
    results = tables["results"]
    late = results.index[results["reached_on"] > "2025-01-01"][:150]
    results.loc[late, "reached_on"] = pd.Timestamp("2026-06-01")


def results_recorded_late(tables, config):
    tables["results"] = tables["results"][tables["results"]["reached_on"] >= "2025-06-01"]


def results_of_survivors(tables, config):
    here = tables["customers"].loc[tables["customers"]["ended_on"].isna(), "customer_id"]
    tables["results"] = tables["results"][tables["results"]["customer_id"].isin(here)]


def left_on_day_0(tables, config):
    customers = tables["customers"]
    gone = customers.index[customers["ended_on"].notna()][:40]
    customers.loc[gone, "ended_on"] = customers.loc[gone, "started_on"]
    only_known(tables)


def another_scale(tables, config):
    surveys = tables["surveys"]
    later = surveys["surveyed_on"] >= "2025-02-01"
    surveys.loc[later, "score"] = ((surveys.loc[later, "score"].astype(float) + 1) / 2).round()


def copied(tables, config):
    customers = tables["customers"]
    twice = customers.dropna(subset="ended_on").head(20)
    twice = twice.assign(customer_id="X" + twice["customer_id"])
    tables["customers"] = pd.concat([customers, twice], ignore_index=True)


def no_revenue(tables, config):
    tables["customers"].loc[:28, "recurring_revenue"] = 0
    tables["customers"].loc[30:31, "recurring_revenue"] = -5
