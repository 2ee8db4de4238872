"""Moods: every answer as happy or unhappy, so that the latest one can be a customer's state."""

from __future__ import annotations

from collections.abc import Mapping

import ibis

from csresearch.claims.happy import Cut, score_level
from csresearch.company import Company

UNHAPPY, HAPPY = "unhappy", "happy"
NO_ANSWER = "no answer"
MOODS = (NO_ANSWER, UNHAPPY, HAPPY)  # as `read_paths` wants them: the first before any answer


def mood_changes(company: Company, cuts: Mapping[str, Cut]) -> ibis.Table:
    """Every answer as ``customer_id, day, level``: what `read_paths` and renewals take.

    Parameters
    ----------
    company : Company
    cuts : mapping of str to Cut
        From which score on an answer is happy (`happy.cuts_of`).
    """
    answers = company.surveys.filter(company.surveys["score"].notnull())
    level = score_level(answers, cuts, (UNHAPPY, HAPPY), (0,))
    return answers.select("customer_id", day=answers["survey_day"], level=level)
