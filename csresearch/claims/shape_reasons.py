"""What the shape of a company's rows means for the evidence of any claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from csresearch.claims.common import Parts
from csresearch.company import Company
from csresearch.findings import GRADES, Finding
from csresearch.findings.estimates import Part

ON_RESULTS = ("results", "customers.first_result_on", "customers.had_result")


def leans_on_results(needs: Sequence[Sequence[str]]) -> bool:
    """Whether a claim with these needs can only be tested with results."""
    return any(
        name in ON_RESULTS or name.startswith("results.") for any_of in needs for name in any_of
    )


def tested_by_itself(claim: str, title: str) -> Finding:
    """The finding where a result is itself the activity whose absence is called leaving."""
    return Finding(
        claim=claim,
        title=f"{title}: these data cannot say",
        verdict="not identifiable",
        rule=(
            "leaving is inferred from inactivity, and a result is itself activity, so a customer "
            "with a result has not left by definition"
        ),
        sentence=(
            "Who did nothing for some time is taken to have left, and reaching a result is doing "
            "something: results would seem to keep customers even if they did not."
        ),
        action=(
            "Count as activity what is no result (activity: kinds), or find out when customers "
            "really left."
        ),
    )


def with_shape_reasons(finding: Finding, company: Company, *, on_results: bool) -> Finding:
    """The finding with what lowers its grade because of how rows were brought into shape.

    Parameters
    ----------
    finding : Finding
    company : Company
    on_results : bool
        Whether the claim leans on results.
    """
    reasons = shape_reasons(company, on_results=on_results)
    if not reasons or finding.evidence_grade is None:
        return finding
    place = min(GRADES.index(finding.evidence_grade) + len(reasons), len(GRADES) - 1)
    return replace(
        finding,
        evidence_grade=GRADES[place],
        evidence_reasons=(*finding.evidence_reasons, *reasons),
        parts=_with_limits(finding.parts, reasons),
    )


def shape_reasons(company: Company, *, on_results: bool) -> list[str]:
    """What lowers the grade because of how rows were brought into shape; known beforehand."""
    return [*_of_leaving(company), *(_of_results(company) if on_results else ())]


def _of_leaving(company: Company) -> list[str]:
    """Why leaving is not quite known."""
    config, tried = company.config, company.shape_tables.get("inactivity")
    reasons = []
    if tried is not None:
        rates = ", ".join(f"{rate:.2g}" for rate in tried["churn_per_100_months"])
        days = ", ".join(f"{days:g}" for days in tried["inactive_days"])
        unseen = "; earlier pauses are not seen" if config.activity.table == "customers" else ""
        reasons.append(
            f"leaving is inferred from {config.churn_after_inactive_days:g} days without activity: "
            f"with {days} days, {rates} of 100 customers leave a month{unseen}"
        )
    if config.snapshots and config.snapshots.vanishing == "churned":
        reasons.append("a customer missing from a snapshot is taken to have left")
    return reasons


def _of_results(company: Company) -> list[str]:
    """Why results read from a metric may be none."""
    found = company.shape_tables.get("result_rules")
    if found is None:
        return []
    shares = [
        f"{row.reached / row.customers:.0%} of customers reached '{row.result}' and "
        f"{row.reached_other_way / row.customers:.0%} moved as far the other way"
        for row in found.itertuples()
        if row.customers
    ]
    return [
        "results are changes against a customer's own first values, and who is measured low by "
        f"chance rises by itself (regression to the mean): {'; '.join(shares)}"
    ]


def _with_limits(parts: dict[str, Part], reasons: Sequence[str]) -> Parts | dict[str, Part]:
    """The parts, in which the limits say these reasons too; still made when asked for."""
    if "limits" not in parts:
        return parts
    told = " ".join(f"{reason[0].upper()}{reason[1:]}." for reason in reasons)

    def limits() -> Part:
        part = parts["limits"]
        return replace(part, text=f"{part.text} {told}")

    makers = {name: (lambda name=name: parts[name]) for name in parts}
    return Parts({**makers, "limits": limits})
