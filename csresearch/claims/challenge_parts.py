"""C16 step by step: what the notebook shows, each part a table, a sentence and a picture."""

from __future__ import annotations

from functools import partial

from csresearch import figures
from csresearch.claims import common
from csresearch.claims.challenge_study import Study
from csresearch.findings.estimates import Estimate, Part
from csresearch.findings.labels import count_text, value_text


def parts(study: Study, share: Estimate, reasons: tuple[str, ...]) -> common.Parts:
    """Every step of the notebook, by name."""
    return common.Parts(
        {
            "data": lambda: common.data_part(study.company),
            "first_look": lambda: _first_look(study),
            "naive": lambda: _naive(study),
            "fair": lambda: _fair(study, share),
            "by_score": lambda: _by_score(study),
            "after": lambda: _after(study),
            "many_analysts": lambda: _many(study),
            "limits": lambda: common.limits_part(reasons),
        }
    )


def _first_look(study: Study) -> Part:
    """Who is challenged, by band."""
    least = study.company.config.smallest_cell
    n = count_text(study.pairs.n_challenged, smallest_cell=least)
    silent = value_text(study.share_silent, "share")
    text = (
        f"{n[0].upper()}{n[1:]} answered before and after a challenge; of those with an answer "
        f"before, {silent} did not answer again."
    )
    return Part("Who is challenged", study.challenged, text)


def _naive(study: Study) -> Part:
    """The tempting ratio beside what it would be if challenges did nothing."""
    table = common.estimate_table([study.naive, study.naive_no_effect])
    text = "Who stays longer has more time to be challenged, whatever a challenge does."
    return Part("Ever challenged against never (naive)", table, text)


def _fair(study: Study, share: Estimate) -> Part:
    """The share beside that of the matched, and the difference."""
    table = common.estimate_table([share, study.matched, study.gap, study.worst])
    found = value_text(study.share_matched, "share")
    text = f"{found} of the challenged have a match of the same band, tenure and scores before."
    shown = table.iloc[[0, 1, 3]].reset_index(drop=True)
    draw = partial(figures.forest, shown, scale="share", null=0.5, region=(0.60, None),
                   name="next score not worse")  # fmt: skip
    return Part("The next score after a challenge", table, text, draw, (8.0, 2.9))


def _by_score(study: Study) -> Part:
    """Regression to the mean: the share by the score before."""
    text = (
        "The score before as a class from 0, the lowest of its scale, to 10. The lower the score "
        "before, the more are not worse the next time, with or without a challenge."
    )
    draw = partial(figures.shares_by_score, study.by_score)
    return Part("Not worse, by the score before", study.by_score, text, draw, (8.0, 3.6))


def _after(study: Study) -> Part:
    """First results and churn after a challenge, at the same tenure, band and segment."""
    table = common.estimate_table([study.result_ratio, study.churn_ratio])
    text = "At the same tenure, band and segment; a challenge counts from its day on."
    draw = partial(figures.forest, table, name="after a challenge ÷ without one")
    return Part("First results and churn after a challenge", table, text, draw, (8.0, 2.2))


def _many(study: Study) -> Part:
    """Choices of matching and of what counts as a good response."""
    table = study.many
    above = int((table["ci_low"].astype(float) > 0).sum())
    text = f"{above} of {len(table)} analyses find the challenged surely ahead of the unchallenged."
    draw = partial(figures.forest, table, scale="points", null=0.0,
                   name="challenged − unchallenged")  # fmt: skip
    return Part("Many analysts", table, text, draw, (8.0, 0.9 + 0.42 * len(table)))
