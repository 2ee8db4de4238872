"""C10 in sentences a customer-success leader understands."""

from __future__ import annotations

from csresearch.claims.churn_conditions import TERM_MONTHS, Definitions
from csresearch.claims.churn_kinds import LACKING, LAPSED, LOW, UNEXPLAINED, WITH, WRONG, Kinds
from csresearch.claims.results_words import listed
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.findings.labels import interval_text, value_text

NOT_TESTED = "whether knowing the kind, or acting on it, reduces churn is not tested here"
NOBODY = "No kind of churn surely comes more often than its customers explain"
FIRST_STEPS = {
    LOW: "who started unprepared and have no result yet",
    WRONG: "who came for another result and have none yet",
    LACKING: "who have not adopted the key behaviours and have no result yet",
    UNEXPLAINED: "without a result whom nothing recorded explains",
    LAPSED: "whose last result is long ago",
    WITH: "with recent results",
}


def yours(kinds: Kinds) -> list[str]:
    """The kinds that come more often than their customers explain, most churn first."""
    frame = kinds.frame
    return frame.loc[frame["yours"], "condition"].tolist()


def title(kinds: Kinds) -> str:
    """The finding as a headline."""
    found = yours(kinds)
    if not found:
        return NOBODY
    more = "kind" if len(found) == 1 else "kinds"
    return f"Your {more} of churn: {listed([f'“{kind}”' for kind in found])}"


def rule(kinds: Kinds) -> str:
    """Which kinds have an interval above 1."""
    found = yours(kinds)
    return (
        f"{len(found)} of {len(kinds.frame)} kinds have a churn-rate ratio whose interval, "
        "widened for so many kinds, lies above 1, with 10 or more who left"
    )


def sentence(kinds: Kinds) -> str:
    """The largest kind beside its customers, what stands out, and what is not tested."""
    top = kinds.frame.iloc[0]
    told = [
        f"{value_text(top['share_of_churn'], 'share')} of those who left were in the condition "
        f"“{top['condition']}”; of customers at risk at the same tenure "
        f"{value_text(top['share_at_risk'], 'share')} were, and they left at "
        f"{interval_text(top['rate_ratio'], (top['ci_low'], top['ci_high']), 'ratio')} times the "
        f"rate of all others{_before_results(kinds, top['condition'])}."
    ]
    found = yours(kinds)
    told.append(
        f"Surely more frequent than their customers explain: {listed(found)}{_orders(kinds)}."
        if found
        else f"{NOBODY}."
    )
    told.append(f"{NOT_TESTED[0].upper()}{NOT_TESTED[1:]}.")
    return " ".join(told)


def _before_results(kinds: Kinds, kind: str) -> str:
    """What the kind's ratio is among customers without a result only, where it is one of theirs."""
    rows = kinds.before_results
    rows = rows[rows["condition"] == kind]
    if rows.empty:
        return ""
    row = rows.iloc[0]
    ratio = interval_text(row["rate_ratio"], (row["ci_low"], row["ci_high"]), "ratio")
    return f", and {ratio} times that of others without a result yet"


def _orders(kinds: Kinds) -> str:
    """Whether that holds in every order of the waterfall."""
    if len(kinds.orders) < 2:
        return ""
    fewer = [kind for kind in yours(kinds) if kinds.in_orders(kind)[0] < len(kinds.orders)]
    if not fewer:
        return f", in all {len(kinds.orders)} orders of typing"
    times = [f"{kind} in {kinds.in_orders(kind)[0]}" for kind in fewer]
    return f" (but not in all {len(kinds.orders)} orders of typing: {listed(times)})"


def action(kinds: Kinds) -> str:
    """What to do on Monday: look at the customers in the condition, and test before believing."""
    found = yours(kinds)
    if not found:
        return (
            "Do not organise retention work by kinds of churn yet; collect more, or other, facts."
        )
    return (
        f"List the {kinds.now(found[0]):,} current customers {FIRST_STEPS[found[0]]}, talk to ten "
        "of them, and try one change on a random half: these numbers do not say that it helps."
    )


def left_out(company: Company, given: Definitions) -> list[str]:
    """The kinds that cannot be told on this company, each with the column it needs."""
    told = []
    if not given.low:
        told.append(f"{LOW} (needs customers.maturity, and which bands are low)")
    if not given.key_results:
        told.append(f"{WRONG} (needs customers.expected_result, and kinds of result)")
    if not given.key_behaviors:
        why = "no behaviour comes before most first results"
        needs = why if company.has("behaviors.behavior") else "needs behaviors.behavior"
        told.append(f"{LACKING} ({needs})")
    if given.lapse_days is None:
        told.append(f"{LAPSED} (needs results.reached_on)")
    return told


def definitions(kinds: Kinds) -> list[tuple[str, str]]:
    """What each kind means on this company: its name and its definition."""
    given = kinds.given
    months = value_text((given.lapse_days or 0) / DAYS_PER_MONTH, "months")
    where = "declared in company.yml" if given.declared else "those that most results are of"
    meaning = {
        LOW: f"no result yet, and started in a low band: {listed(given.low or ('',))}",
        WRONG: f"no result yet, and expects none of {listed(given.key_results or ('',))} ({where})",
        LACKING: f"no result yet, and has not yet done all of "
        f"{listed(given.key_behaviors or ('',))}",
        UNEXPLAINED: "no result yet, and none of the kinds above applies",
        LAPSED: f"had results, the last one {months} or more ago",
        WITH: f"has results, the last one less than {months} ago"
        if given.lapse_days
        else "has had a first result",
    }
    present = set(kinds.table.counts["condition"])
    return [(kind, text) for kind, text in meaning.items() if kind in present]


def timing_text(kinds: Kinds, *, terms: bool) -> str:
    """Where the three spans of tenure end."""
    months = value_text(kinds.given.onboarding_days / DAYS_PER_MONTH, "months")
    term = "the contract's term" if terms else f"{TERM_MONTHS:g} months, no terms being recorded"
    return (
        f"Onboarding ends after {months}, the first renewal 30 days after the first term: {term}. "
        "Shares are of the kind's own churn and of its own time at risk."
    )
