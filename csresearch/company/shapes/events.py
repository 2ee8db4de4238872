"""What the shapes do to the tables of events."""

from __future__ import annotations

import ibis
import pandas as pd

from csresearch.company.canonical import columns_of
from csresearch.company.checks import Check
from csresearch.company.schema import CompanyConfig
from csresearch.company.shapes.metric_results import (
    metric_rules,
    results_by_rule,
    rule_summary,
    with_baseline_flags,
)
from csresearch.company.shapes.scores import score_rules, with_score_flags
from csresearch.company.sources import stage

RESULT_RULES = "result_rules"


def shape_events(
    name: str, table: ibis.Table, config: CompanyConfig
) -> tuple[ibis.Table, list[Check]]:
    """What else is to be looked at in a table of events.

    Parameters
    ----------
    name : str
        Canonical table.
    table : ibis Table
        Its typed rows beside their customer's dates.
    config : CompanyConfig

    Returns
    -------
    (ibis Table, list of Check)
        The table, with what the checks look at.
    """
    if name == "maturity_scores":
        table = with_score_flags(table)
        return table, score_rules(table)
    if name == "metrics" and config.result_rules:
        table = with_baseline_flags(table, config.result_rules)
        return table, metric_rules(table, config.result_rules)
    return table, []


def with_ruled_results(
    tables: dict[str, ibis.Table], placed: dict[str, dict], config: CompanyConfig
) -> tuple[dict[str, ibis.Table], dict[str, dict], dict[str, pd.DataFrame]]:
    """The results listed and those the rules find in the metrics.

    Parameters
    ----------
    tables : dict of str to ibis Table
        Clean tables.
    placed : dict of str to dict
    config : CompanyConfig

    Returns
    -------
    (dict, dict, dict)
        Tables, placed, and what is to be shown: ``RESULT_RULES``.
    """
    if not config.result_rules:
        return tables, placed, {}
    metrics, results = tables["metrics"], tables["results"]
    shown = {RESULT_RULES: rule_summary(metrics, config.result_rules)}
    for rule in config.result_rules:
        results = results.union(results_by_rule(metrics, rule).select(*results.columns))
    results = stage("results_and_ruled", results, keep=True)
    known = columns_of("results")
    names = ("customer_id", "reached_on", "result", "value")
    found = {name: (known[name], name) for name in names}
    placed = {**placed, "results": {**found, **placed.get("results", {})}}
    return {**tables, "results": results}, placed, shown
