"""Which scores count as happy: a cut two thirds up each instrument's scale, unless one is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis

from csresearch.company import Company
from csresearch.company.cell_settings import EVERY, SCALES

HAPPY_SHARE = 2 / 3  # 7 on 0–10, 4 on 1–5, 5 on 1–7
FINE = 10  # a scale wider than this has steps of a tenth of it, others of one point


@dataclass(frozen=True)
class Cut:
    """From which score on an instrument's answers count as happy.

    Parameters
    ----------
    at : float
        The lowest happy score, or the place on the scale above which scores are happy.
    low, high : float
        Ends of the scale.
    why : str
        Where the scale comes from: "stated", "by its name", "guessed" or "as given".
    """

    at: float
    low: float
    high: float
    why: str

    @property
    def step(self) -> float:
        """How far another analyst might move the cut."""
        width = self.high - self.low
        return 1.0 if 3 <= width <= FINE else width / 10


def cuts_of(company: Company, happy_from: float | None = None) -> dict[str, Cut]:
    """The cut of every instrument that has answers, by its name.

    Parameters
    ----------
    company : Company
    happy_from : float, optional
        The lowest happy score, for all instruments; two thirds up each scale by default.

    Raises
    ------
    ValueError
        If the cut lies outside a scale: then all or no answers would be happy.
    """
    surveys = company.surveys.filter(company.surveys["score"].notnull())
    ends = surveys.group_by("instrument").agg(low=surveys.score.min(), high=surveys.score.max())
    stated = company.config.surveys.scale if company.config.surveys else {}
    cuts = {}
    for one in ends.order_by("instrument").to_pandas().itertuples(index=False):
        low, high, why = _scale(one.instrument, (one.low, one.high), stated)
        at = low + HAPPY_SHARE * (high - low) if happy_from is None else float(happy_from)
        if happy_from is not None and not low < at <= high:
            raise ValueError(
                f"happy_from must lie on every scale, got {at:g} for {one.instrument!r}, which "
                f"runs from {low:g} to {high:g}; leave it out for two thirds up each scale"
            )
        cuts[one.instrument] = Cut(at, low, high, why)
    return cuts


def _scale(instrument: str, seen: tuple[float, float], stated: Mapping) -> tuple[float, float, str]:
    """The ends of an instrument's scale: stated, by its name, guessed, or the scores seen."""
    known = stated.get(instrument) or stated.get(EVERY)
    if known is not None:
        return known.min, known.max, "stated"
    named = SCALES.get(str(instrument).lower())
    if named and named[0] <= seen[0] and seen[1] <= named[1]:
        return *named, "by its name"
    narrow = sorted(SCALES.values(), key=lambda ends: ends[1] - ends[0])
    fits = [e for e in narrow if e[0] <= seen[0] and seen[1] <= e[1]]
    if fits and seen[1] - seen[0] >= (fits[0][1] - fits[0][0]) / 2:
        return *fits[0], "guessed"
    return *seen, "as given"


def cut_text(cuts: Mapping[str, Cut]) -> str:
    """Say which scores count as happy."""
    told = []
    for name, cut in cuts.items():
        scale = f"on {cut.low:g} to {cut.high:g}"
        whole = all(float(x).is_integer() for x in (cut.low, cut.high)) and cut.high - cut.low >= 3
        at = -(-cut.at // 1) if whole and cut.high - cut.low <= FINE else cut.at
        told.append(f"{name}: {at:.4g} or more {scale} ({cut.why})")
    return f"Happy is {'; '.join(told)}." if told else "No one answered."


def score_level(
    surveys: ibis.Table, cuts: Mapping[str, Cut], names: tuple[str, ...], shifts: tuple[int, ...]
) -> ibis.Value:
    """Each answer's level: how many of the cuts, moved by so many steps, its score reaches.

    Parameters
    ----------
    surveys : ibis.Table
    cuts : mapping of str to Cut
    names : tuple of str
        Names of the levels, lowest first: one more than shifts.
    shifts : tuple of int
        Rising, in steps.
    """
    cases = []
    for instrument, cut in cuts.items():
        own = surveys["instrument"] == instrument
        for name, shift in zip(reversed(names[1:]), reversed(shifts), strict=True):
            cases.append((own & (surveys["score"] >= cut.at + shift * cut.step), name))
    return ibis.cases(*cases, else_=names[0]) if cases else ibis.literal(names[0])
