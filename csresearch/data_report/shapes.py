"""How rows were brought into shape: what was inferred, and how much hangs on it."""

from __future__ import annotations

from csresearch.company import Company
from csresearch.findings.estimates import Part


def inferred_churn(company: Company) -> Part:
    """How much hangs on the number of days without activity that is taken for leaving?"""
    title = "Leaving inferred from inactivity"
    tried = company.shape_tables.get("inactivity")
    if tried is None:
        return Part(title, text="Nothing is inferred: the data say who left.")
    days = company.config.churn_after_inactive_days
    low, high = tried["churn_per_100_months"].min(), tried["churn_per_100_months"].max()
    text = (
        f"A customer left with the last activity that nothing followed for {days:g} days. Over "
        f"the numbers of days tried, {low:.2g} to {high:.2g} of 100 customers leave a month. "
        "Where many of those who left came back later, the number is too small."
    )
    return Part(title, tried.round({"churn_per_100_months": 2}), text)


def ruled_results(company: Company) -> Part:
    """What does each rule on a metric find, and what would chance alone?"""
    title = "Results read from metrics"
    found = company.shape_tables.get("result_rules")
    if found is None:
        return Part(title, text="No result is read from a metric.")
    text = (
        "Each rule compares later values with the customer's own first ones. Chance moves values "
        "both ways: where nearly as many moved as far the other way, the rule finds noise."
    )
    return Part(title, found, text)
