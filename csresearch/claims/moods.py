"""Happy or unhappy: a customer's latest answer, in the upper or lower half of those given."""

from __future__ import annotations

import ibis

from csresearch.company import Company

UNHAPPY, HAPPY = "unhappy", "happy"
NO_ANSWER = "no answer"
MOODS = (NO_ANSWER, UNHAPPY, HAPPY)  # as `read_paths` wants them: the first before any answer


def happy_from(company: Company) -> dict[str, float]:
    """From which score on is an answer a happy one, for each instrument?

    Returns
    -------
    dict of str to float
        The score that divides the instrument's answers most evenly; an instrument on which
        everybody gave the same score divides nobody and is left out.
    """
    answers = company.surveys.filter(company.surveys["score"].notnull())
    keys = ["instrument", "score"]
    counts = answers.group_by(keys).agg(n=answers.count()).order_by(keys).to_pandas()
    cuts = {}
    for instrument, rows in counts.groupby("instrument", sort=True):
        if len(rows) > 1:
            at_or_above = rows["n"][::-1].cumsum()[::-1] / rows["n"].sum()
            uneven = (at_or_above.iloc[1:] - 0.5).abs()
            cuts[str(instrument)] = float(rows.loc[uneven.idxmin(), "score"])
    return cuts


def mood_changes(company: Company, cuts: dict[str, float]) -> ibis.Table:
    """Every answer as ``customer_id, day, level``: what `read_paths` and renewals take.

    The half is each instrument's own: a happy answer is not a high score on every scale.
    """
    surveys = company.surveys
    known = surveys.filter(surveys["score"].notnull() & surveys["instrument"].isin(list(cuts)))
    cut = ibis.cases(*((known["instrument"] == name, value) for name, value in cuts.items()))
    level = (known["score"] >= cut).ifelse(HAPPY, UNHAPPY)
    return known.select("customer_id", day=known["survey_day"], level=level)


def halves_text(cuts: dict[str, float]) -> str:
    """What is called happy, in a sentence."""
    named = ", ".join(f"{value:g} or more ({name})" for name, value in sorted(cuts.items()))
    return f"Happy is a latest answer in the upper half of those given: {named}."
