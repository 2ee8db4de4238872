"""The shapes are written in every engine's SQL: nothing in them is DuckDB's own."""

import ibis
import pytest

from csresearch.company.canonical import columns_of
from csresearch.company.config import check_config
from csresearch.company.schema import CompanyConfig
from csresearch.company.shape_settings import ResultRule
from csresearch.company.shapes import marks
from csresearch.company.shapes.inactivity import infer_ends
from csresearch.company.shapes.marks import USABLE, Shaped, one_row_each
from csresearch.company.shapes.metric_results import results_by_rule
from csresearch.company.shapes.scores import merge_scorings, score_customers
from csresearch.company.shapes.snapshots import follow_snapshots
from csresearch.company.shapes.subscriptions import (
    SPOILED,
    in_their_life,
    lives_apart,
    merge_subscriptions,
    still_running,
)
from csresearch.company.shapes.trials import without_trials

TYPES = {"text": "string", "date": "date", "number": "float64", "yes/no": "boolean"}
ENGINES = ("postgres", "snowflake", "bigquery", "trino", "databricks")
PLACED = {name: (column, name) for name, column in columns_of("customers").items()}


def typed(name):
    """A canonical table with typed columns, in no engine yet."""
    columns = {c.name: TYPES[c.kind] for c in columns_of(name).values()}
    return ibis.table({**columns, "plan": "string"}, name=name)


def settings(**keys) -> CompanyConfig:
    tables = {name: {"file": f"{name}.csv"} for name in ("customers", "behaviors")}
    return check_config(
        {"company": "A", "observed_until": "2024-12-31", "segments": ["plan"], **tables, **keys}
    )


def customers(config):
    table = without_trials(typed("customers"), config.trials, "customers.csv")
    table = still_running(table, config)
    return table.mutate(**{USABLE: table.customer_id.notnull(), SPOILED.flag: ibis.literal(False)})


def subscriptions():
    config = settings(subscriptions={"grace_days": 30}, reactivation="separate")
    shaped = merge_subscriptions(customers(config), config, PLACED)
    return in_their_life(typed("results"), lives_apart(shaped.table), "reached_on")


def snapshots():
    config = settings(snapshots={"taken_on": "month", "vanishing": "churned"})
    return follow_snapshots(customers(config), config, PLACED, "customers.csv").table


def trials():
    config = settings(trials={"column": "plan", "values": ["trial"]})
    return one_row_each(customers(config))


def scorings():
    config = settings(maturity={"repeated_rows": True})
    return merge_scorings(customers(config), config, PLACED).table


def scores():
    shaped = one_row_each(customers(settings()))
    return score_customers(shaped, typed("maturity_scores"), {}, ("c", "m"))[0]


def inactivity():
    config = settings(churn_after_inactive_days=90)
    placed = {name: PLACED[name] for name in ("customer_id", "started_on")}
    shaped = Shaped(one_row_each(customers(config)), (), placed)
    return infer_ends(shaped, typed("behaviors"), config, "customers.csv")[0].table


def ruled_results():
    metrics = {"customer_id": "string", "metric_day": "float64", "metric": "string",
               "value": "float64"}  # fmt: skip
    rule = ResultRule(metric="m", change=0.2, direction="up", sustained=2, baseline="median")
    return results_by_rule(ibis.table(metrics, name="metrics"), rule)


SHAPES = (subscriptions, snapshots, trials, scorings, scores, inactivity, ruled_results)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_written_in_every_engines_sql(shape, monkeypatch):
    monkeypatch.setattr(marks, "dialect_of", lambda _: "snowflake")
    expression = shape()
    for engine in ENGINES:
        assert "SELECT" in str(ibis.to_sql(expression, dialect=engine)), engine
