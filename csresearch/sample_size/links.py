"""What the claims of no link take: C2 and C4."""

from __future__ import annotations

import math

from csresearch.claims.answers import BIN_NAMES
from csresearch.claims.base import Terms
from csresearch.claims.satisfaction_steps import D_MARGIN, RATIO_MARGIN, RATIO_NAME
from csresearch.claims.scores_by_result import MIN_EACH, scored_answers
from csresearch.company import Company
from csresearch.findings import Finding
from csresearch.planning import Condition, Question, somers_d_error
from csresearch.planning.conditions import REACH_90
from csresearch.sample_size.needs import STARTS, Floor, Needs, Truth


def satisfaction_needs(
    company: Company, found: Finding, terms: Terms, truth: float | None
) -> Needs:
    """C2: both measures practically zero."""
    d, ratio = found.primary, found.named(RATIO_NAME)
    counted = (("left after an answer", found.n_events), ("answered", found.n_customers))
    if not d.std_error or not ratio.std_error:
        return Needs(counted=counted, why_not="too few who answered have left since")
    value = truth or 0.0
    bounds = tuple(map(math.log, RATIO_MARGIN))
    zero = (
        Condition(value, d.std_error, interval_within=D_MARGIN, reach=REACH_90),
        Condition(0.0, ratio.std_error, interval_within=bounds, reach=REACH_90),
    )
    far = 2 * D_MARGIN[1]
    linked = Condition(far, d.std_error, (D_MARGIN[1], math.inf), (0.0, math.inf))
    return Needs(
        Truth("no link at all" if not value else f"D = {value:g}", value, Question(zero)),
        Truth(f"a link of D = {far:g}", far, Question((linked,)), "not reproduced"),
        counted,
        std_error=d.std_error,
        scale="correlation",
    )


def conflict_needs(company: Company, found: Finding, terms: Terms, truth: float | None) -> Needs:
    """C4: D at the earliest tenure surely below 0.10, read from answers given before month 12."""
    answers = scored_answers(company).frame
    counts = {
        name: [int(rows.loc[rows["state"] == had, "n"].sum()) for had in (True, False)]
        for name, rows in answers.groupby("months_at_survey")
    }
    early = [name for name in BIN_NAMES[:-1] if min(counts.get(name, (0, 0))) > 0]
    if not early:
        why = (
            "nobody was asked both with and without a result before month 12, and later only "
            "survivors answer"
        )
        return Needs.not_cured(why, "ask earlier")
    read = [name for name in early if min(counts[name]) >= MIN_EACH]
    name = read[0] if read else max(early, key=lambda one: min(counts[one]))
    n = counts[name]
    seen = found.primary if read and found.primary is not None else None
    error = seen.std_error if seen is not None and seen.std_error else somers_d_error(*n)
    value, least = truth or 0.0, terms.smallest_effect
    below = Condition(value, error, interval_within=(-math.inf, least), reach=REACH_90)
    above = Condition(2 * least, error, (least, math.inf), (0.0, math.inf))
    floor = Floor(f"{MIN_EACH} answers with and {MIN_EACH} without results", MIN_EACH / min(n))
    return Needs(
        Truth("no link" if not value else f"D = {value:g}", value, Question((below,))),
        Truth(f"a link of D = {2 * least:g}", 2 * least, Question((above,)), "not reproduced"),
        ((f"answered in month {name} with a result", n[0]), ("without one", n[1])),
        clock=STARTS,
        floors=(floor,),
        std_error=error,
        scale="correlation",
        notes=("asking more customers early, or oftener, does as much as more customers",),
    )
