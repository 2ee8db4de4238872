"""Dates that come too late, or contradict each other."""

from __future__ import annotations

from csresearch.data_report.chance import poisson_at_least
from csresearch.data_report.suspicions.base import IMPROBABLE, MANY, Suspicion
from csresearch.data_report.tallies import FLAG, NEAR_DAYS, Tallies
from csresearch.findings.labels import fixed, value_text

OUTSIDE_SHARE, OUTSIDE_ROWS = 0.01, 5  # of a table's rows, from which it is no stray mistake
EARLY = ("before the customer's start", "result before the customer's start")
LATE = ("after the customer's end", "result after the customer's end")
DISAGREE = ("churned, but no end date", "end date, but not churned")
TIMES_EXPECTED = 5  # so many times the usual number of answers in the last days


def outside(tallies: Tallies) -> list[Suspicion]:
    """Events dated before the start or after the end of their customer."""
    rows_in = tallies.company.row_counts.set_index("file")["rows_in"]
    early = "a start date may be the day of an import; find out what the dates are"
    late = "dates may be when rows were entered, or customers came back under the same id"
    found = []
    for reasons, side, advice in (
        (EARLY, "before the start", early),
        (LATE, "after the end", late),
    ):
        for (file, column), rows in tallies.set_aside(*reasons).items():
            share = rows / int(rows_in[file])
            if rows >= OUTSIDE_ROWS and share >= OUTSIDE_SHARE:
                share_text = value_text(share, "share", exact=True)
                seen = f"{rows:,} rows ({share_text}) are dated {side} of their customer"
                found.append(Suspicion(f"{file}, {column}", seen, advice))
    return found


def flags(tallies: Tallies) -> list[Suspicion] | None:
    """Churn flags that disagree with the dates."""
    company = tallies.company
    if not (company.dated and company.has("customers.churned")):
        return None
    found = tallies.set_aside(*DISAGREE)
    rows = sum(found.values())
    if not rows:
        return []
    seen = f"{rows:,} customers are flagged one way and dated the other; they are set aside"
    advice = "ask which of the two the company trusts, and correct or leave out the other"
    return [Suspicion("customers.churned", seen, advice)]


def after_the_end(tallies: Tallies) -> list[Suspicion] | None:
    """Maturity or the judgement at kickoff recorded when the customer had left."""
    columns = [
        c for c in ("maturity_on", "kickoff_judged_on") if tallies.company.has(f"customers.{c}")
    ]
    if not columns:
        return None
    found = []
    for column in columns:
        rows = int(tallies.customers[FLAG + column].sum())
        if rows:
            seen = f"{rows:,} customers had it recorded or changed after they had left"
            advice = (
                "it is hindsight: it is not used for them; get the first value recorded, for all"
            )
            found.append(Suspicion(f"customers.{column}", seen, advice))
    return found


def late_scores(tallies: Tallies) -> list[Suspicion] | None:
    """Scores collected when the customer had decided to leave, or had left."""
    if "surveys" not in tallies.events or not tallies.company.has("surveys.score"):
        return None
    surveys = tallies.events["surveys"]
    answered = int(surveys[FLAG + "answered"].sum())
    found = []
    noticed = int(surveys[FLAG + "after notice"].sum())
    if noticed >= OUTSIDE_ROWS and noticed >= OUTSIDE_SHARE * answered:
        seen = f"{noticed:,} answers came on or after the day leaving was announced"
        found.append(Suspicion("surveys.score", seen, "leave them out: they follow the decision"))
    near = int(surveys[FLAG + "near the end"].sum())
    expected = _expected_near(tallies, answered_by_churned(tallies) - near)
    many = near >= MANY and near >= TIMES_EXPECTED * expected
    if many and poisson_at_least(near, max(expected, 1e-9)) < IMPROBABLE:
        seen = (
            f"{near:,} answers came in the last {NEAR_DAYS} days before leaving, where about "
            f"{fixed(expected, 0)} would by the usual pace"
        )
        advice = "these are exit surveys: give them an instrument of their own, or leave them out"
        found.append(Suspicion("surveys.surveyed_on", seen, advice))
    return found


def answered_by_churned(tallies: Tallies) -> int:
    """Answers of customers who left."""
    surveys = tallies.events["surveys"]
    return int(surveys.loc[surveys["churned"], FLAG + "answered"].sum())


def _expected_near(tallies: Tallies, before: int) -> float:
    """Answers in the last days at the pace of the days before them."""
    tenure = tallies.tenure[tallies.tenure["churned"]]
    days = (tenure["n"] * (tenure["day"] - NEAR_DAYS).clip(lower=0)).sum()
    last = (tenure["n"] * tenure["day"].clip(upper=NEAR_DAYS)).sum()
    return float(before / days * last) if days else 0.0
