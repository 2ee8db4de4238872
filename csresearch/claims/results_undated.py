"""Where results are known only as yes or no: what C1 shows, and what the others cannot say."""

from __future__ import annotations

from dataclasses import replace

from csresearch.claims import common
from csresearch.claims.grades import grade
from csresearch.claims.histories import history_of, plain_table
from csresearch.claims.results_steps import LEADING
from csresearch.company import Company
from csresearch.findings import Finding
from csresearch.findings.estimates import Part
from csresearch.findings.labels import value_text
from csresearch.sensitivity import naive_ratios, undated_benchmark

RULE = "results are known only as yes or no, without the day they were measured"
RECORD_FIRST = "Record the day of each customer's first measurable result from now on."


def undated_reasons() -> list[tuple[bool, str]]:
    """What lowers the grade: nothing weighs more, so to the lowest at once."""
    return [(True, RULE)] * 3


def without_dates(
    company: Company, claim: str, *, title: str, sentence: str, action: str = RECORD_FIRST
) -> Finding:
    """The finding of a claim that says nothing where results have no dates."""
    letter, reasons = grade(undated_reasons())
    return Finding(
        claim=claim,
        title=title,
        verdict="not identifiable",
        rule=RULE,
        n_customers=company.data_summary.customers,
        evidence_grade=letter,
        evidence_reasons=reasons[:1],
        sentence=sentence,
        action=action,
        missing=("results.reached_on",),
        parts={"data": common.data_part(company), "limits": common.limits_part(reasons[:1])},
    )


def undated_finding(company: Company) -> Finding:
    """What can be said without dates: the tempting number, and what it would be without effect."""
    history = history_of(company)
    table = plain_table(company, history)
    naive, none = naive_ratios(table), undated_benchmark(table)
    leading, benchmark = naive[LEADING], none[LEADING]
    letter, reasons = grade(undated_reasons())
    estimates = [leading, replace(benchmark, role="no_effect")]
    sentence = (
        f"A plain comparison says {value_text(leading.value, 'ratio')} times, and had results done "
        f"nothing it would say about {value_text(benchmark.value, 'ratio')}. Without the day each "
        "result was measured the two cannot be told apart."
    )
    return Finding(
        claim="results-retention",
        title="Without dates, results cannot be told from staying",
        verdict="not identifiable",
        rule=RULE,
        estimates=tuple(estimates),
        n_customers=history.n_customers,
        n_events=history.n_events,
        evidence_grade=letter,
        evidence_reasons=reasons[:1],
        sentence=sentence,
        action=RECORD_FIRST,
        missing=("results.reached_on",),
        parts={
            "data": common.data_part(company),
            "naive": Part("Plain comparison (naive)", common.estimate_table(estimates), sentence),
            "limits": common.limits_part(reasons[:1]),
        },
    )
