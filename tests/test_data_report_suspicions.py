"""Suspicious patterns, planted in a company's files: each is found, and nothing else is."""

import planted
import pytest

from csresearch import data_report

# Patterns that do not touch each other share a company; each with where it is told, and words.
GROUPS = {
    "leaks": [
        (planted.leak_label, "customers.health", "'red': 60 of 60 customers left"),
        (planted.leak_judgement, "customers.kickoff_judgement", "lower for those who left"),
        (planted.leak_effort, "efforts.kind", "'offboarding': 41 of 41 customers left"),
        (planted.flag_disagrees, "customers.churned", "10 customers are flagged one way"),
        (planted.no_revenue, "customers.recurring_revenue", "2 customers have less than nothing"),
        (planted.no_revenue, "customers.recurring_revenue", "29 customers (2.4 %) have 0"),
    ],
    "clocks": [
        (planted.filled_for_survivors, "customers.maturity", "of those who left and 0 % of"),
        (planted.recorded_since_2025, "customers.recurring_revenue", "empty for"),
        (planted.month_ends, "customers.ended_on", "are on the last day of a month"),
        (planted.results_recorded_late, "results", "before 2025-06, where the customers of that"),
    ],
    "imports": [
        (planted.migration, "customers.started_on", "starts are dated 2023-10-01"),
        (planted.closed_in_bulk, "customers.ended_on", "departures are dated 2025-03-05"),
        (planted.results_of_survivors, "results", "0 results of customers who later left"),
        (planted.another_scale, "surveys.score", "reach 10 before 2025-02 and 6 from then on"),
    ],
    "cells": [
        (planted.left_on_day_0, "customers.started_on", "60 customers left on the day they"),
        (planted.events_after_the_end, "results.csv, reached_on", "dated after the end"),
        (planted.copied, "customers.customer_id", "pairs of customers who left agree in start"),
        (planted.after_notice, "surveys.score", "on or after the day leaving was announced"),
    ],
    "truncation": [
        (planted.maturity_after_the_end, "customers.maturity_on", "12 customers had it recorded"),
        (planted.exit_surveys, "surveys.surveyed_on", "came in the last 7 days before leaving"),
        (planted.truncated, "customers.ended_on", "0 before 2024-10, where the customers of"),
        (planted.results_in_bulk, "results.reached_on", "147 results are dated 2026-06-01"),
    ],
}
PLANTED = [(group, where, seen) for group, rows in GROUPS.items() for _, where, seen in rows]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What is found in each group's company: {group: [(where, seen, advice)]}."""
    made = {}
    for group, rows in GROUPS.items():
        tables, config = planted.innocent(seed=11)
        for plant in dict.fromkeys(plant for plant, _, _ in rows):
            plant(tables, config)
        company = planted.load_files(tmp_path_factory.mktemp(group), tables, config)
        made[group] = data_report.suspicions(company)
    return made


@pytest.mark.parametrize(("group", "where", "seen"), PLANTED, ids=lambda value: value)
def test_a_planted_pattern_is_found(group, where, seen, found):
    told = [one for one in found[group] if one.where == where and seen in one.seen]
    assert len(told) == 1, found[group]
    assert told[0].advice


@pytest.mark.parametrize("group", GROUPS)
def test_nothing_else_is_told(group, found):
    expected = [(where, seen) for g, where, seen in PLANTED if g == group]
    others = [
        one for one in found[group]
        if not any(one.where == where and seen in one.seen for where, seen in expected)
    ]  # fmt: skip
    assert others == []
