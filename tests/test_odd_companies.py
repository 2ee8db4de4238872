"""Notebooks and commands end on small, lopsided and half-empty companies, with an answer.

Four here; ``python tests/odd_companies.py`` does as many as asked for.
"""

import random

import odd_companies
import pytest

ODD = {
    "hardly anything": (3, "has_hardly_a_row", "customers_maturity_alike"),
    "alike": (60, "surveys_score_alike", "results_result_alike", "every_segment_one"),
    "gone": (15, "everyone_leaves", "every_customer_a_segment", "of_few_parents"),
    "short": (150, "ends_earlier", "starts_together", "customers_recurring_revenue_alike"),
}


@pytest.mark.parametrize("name", ODD)
def test_everything_ends_on(name, tmp_path):
    size, *changes = ODD[name]
    told = odd_companies.odd_company(random.Random(name), tmp_path, *changes, size=size)
    assert len(told) == 1 + len(changes)
    assert odd_companies.run_commands(tmp_path) == []
    assert odd_companies.run_notebooks(tmp_path) == []
