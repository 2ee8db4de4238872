"""C4 step by step: what the notebook shows, each part a table, a sentence and a picture."""

from __future__ import annotations

from functools import partial

from csresearch import figures
from csresearch.claims import common
from csresearch.claims import conflict_steps as steps
from csresearch.claims.conflict_study import Study
from csresearch.claims.happy import cut_text
from csresearch.company import Company
from csresearch.findings.estimates import Part
from csresearch.findings.labels import interval_text, p_value_phrase, value_text

REGION = (None, 0.10)


def parts(company: Company, study: Study, reasons: tuple[str, ...]) -> common.Parts:
    """Every step of the notebook, by name."""
    return common.Parts(
        {
            "data": lambda: _data(company, study),
            "first_look": lambda: _first_look(study),
            "naive": lambda: _naive(study),
            "fair": lambda: _fair(study),
            "quadrants": lambda: _quadrants(study),
            "second_road": lambda: _second_road(study),
            "many_analysts": lambda: _many(study),
            "limits": lambda: common.limits_part(reasons),
        }
    )


def too_little_parts(company: Company, why: str) -> dict[str, Part]:
    """The parts when nothing can be compared: what was loaded, and why nothing follows."""
    return {"data": common.data_part(company), "limits": common.limits_part((why,))}


def _data(company: Company, study: Study) -> Part:
    """What was loaded, who answered, and what counts as happy."""
    frame = study.answers.frame
    with_result = int(frame.loc[frame["state"], "n"].sum())
    text = (
        f"{company.data_summary.text} {study.answers.n_customers:,} customers gave "
        f"{int(frame['n'].sum()):,} answers while at risk, {with_result:,} of them after their "
        f"first result. {cut_text(study.cuts)}"
    )
    return Part("What was loaded", company.row_counts, text)


def _first_look(study: Study) -> Part:
    """Scores with and without results in the earliest stratum."""
    table = steps.score_shares(study.answers, study.lead)
    title = f"Scores given in month {study.lead}"
    shown = table.drop(columns=["with_results", "without"]).assign(
        without=table["without"], with_results=table["with_results"]
    )
    shown = shown.rename(columns={"without": "answers_without", "with_results": "answers_with"})
    return Part(title, shown, "", partial(figures.scores_by_result, table))


def _naive(study: Study) -> Part:
    """The tempting number beside the earliest one."""
    naive, fair = steps.naive(study.answers), study.earliest.somers_d
    text = (
        f"Those still here say {value_text(naive.value, 'correlation')}; customers asked in month "
        f"{study.lead}, before most leaving, say {value_text(fair.value, 'correlation')}."
    )
    return Part(
        "The latest scores of those still here (naive)", common.estimate_table([naive]), text
    )


def _fair(study: Study) -> Part:
    """D by tenure at the survey, the earliest first."""
    drift, p_value = study.drift
    text = f"The first row is judged; its one-sided 95 % upper bound is {_upper(study)}."
    if p_value is not None:
        moved = interval_text(drift.value, (drift.ci_low, drift.ci_high), "correlation")
        text += f" Later surveys minus the earliest: {moved}, {p_value_phrase(p_value)}."
    draw = partial(figures.forest, study.by_tenure, scale="correlation", null=0.0, region=REGION)
    size = (8.0, 1.4 + 0.5 * len(study.by_tenure))
    return Part("Somers' D by tenure at the survey", study.by_tenure, text, draw, size)


def _upper(study: Study) -> str:
    """The bound in words."""
    return value_text(study.earliest.upper, "correlation", exact=True)


def _quadrants(study: Study) -> Part:
    """Customer-months in the four quadrants against independence."""
    table = steps.quadrant_table(study.days)
    share, ratio = study.conflict
    text = cut_text(study.cuts)
    if ratio.value is not None:
        text += (
            f" In conflict: {interval_text(share.value, (share.ci_low, share.ci_high), 'share')} "
            f"of customer-months, {_ratio(ratio)} times what it would be if the two were unrelated."
        )
    draw = partial(figures.four_fields, table)
    return Part("Customer-months in the four quadrants", table, text, draw, (8.0, 5.2))


def _ratio(ratio) -> str:
    """A ratio near 1, with two decimals."""
    return interval_text(ratio.value, (ratio.ci_low, ratio.ci_high), "ratio", exact=True)


def _second_road(study: Study) -> Part:
    """The earliest stratum by SciPy."""
    table = steps.second_road(study.answers, study.lead)
    if table.empty:
        return Part("Two roads", text="No scale has different scores on both sides.")
    apart = (table["kit"] - table["scipy"]).abs().max()
    read = "They agree" if apart < 1e-6 else "They do not agree; trust neither before knowing why"
    text = f"{read}: at most {apart:.3f} apart. The p-value takes every answer for a customer."
    return Part("Two roads", table, text)


def _many(study: Study) -> Part:
    """Defensible choices, and how many agree."""
    table = steps.many_analysts(study.answers, 0.10)
    same = int((table["verdict"] == "reproduced").sum())
    text = f"{same} of {len(table)} analyses find D surely below 0.10."
    draw = partial(figures.specification_dots, table, scale="correlation", null=0.0, region=REGION)
    return Part("Many analysts", table, text, draw, (8.0, 0.9 + 0.32 * len(table)))
