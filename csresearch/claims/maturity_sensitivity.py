"""C3 had the record been wrong or something else the cause, and where bands cannot matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from csresearch import figures
from csresearch.claims import what_if
from csresearch.claims.maturity_steps import Bands
from csresearch.claims.spells import Strata
from csresearch.claims.unmeasured import Explained, curves_of, strengths_table
from csresearch.concentration import ShareOfChurn
from csresearch.events import NOT_RECORDED
from csresearch.findings.estimates import Part
from csresearch.findings.labels import value_text
from csresearch.multiverse import Episodes
from csresearch.sensitivity.bands import BandRecord
from csresearch.sensitivity.placebo_fixed import shuffled_bands
from csresearch.verdicts import Judgement

WRONG, PLACEBO, UNMEASURED = (
    "How wrong would the data have to be?",
    "Bands that cannot matter",
    "How strong would something unmeasured have to be?",
)


@dataclass(frozen=True, eq=False)
class Recount:
    """The claim's share from counted lives, and how other counts move it.

    Parameters
    ----------
    strata : Strata
        Maturity and segments.
    lives : Episodes
    bands : Bands
        As the claim reads them.
    found : ShareOfChurn
        As the claim estimates it.
    judge : callable
        The claim's rule.
    """

    strata: Strata
    lives: Episodes
    bands: Bands
    found: ShareOfChurn
    judge: Callable[[ShareOfChurn], Judgement]

    @cached_property
    def band(self) -> np.ndarray:
        """The band of each stratum, by its place in the order; −1 where it is not recorded."""
        order = {name: place for place, name in enumerate(self.bands.order)}
        return np.array([order.get(name, -1) for name in self.strata.levels["maturity"]])

    @property
    def low(self) -> list[int]:
        """The low bands."""
        return [self.bands.order.index(name) for name in self.bands.low]

    @property
    def window(self) -> tuple[float, float]:
        """From and until which day departures count."""
        return self.found.start_day, self.found.horizon_days

    @cached_property
    def known(self) -> Episodes:
        """Customers with a recorded band, which is their stratum."""
        band = self.band[self.lives.stratum]
        return replace(self.lives, stratum=band).taken(band >= 0)

    @cached_property
    def record(self) -> BandRecord:
        """Who left by the horizon, by band."""
        return BandRecord.of(self.known, self.low, self.window, self.bands.churn.starters)

    def under(self, share: float) -> ShareOfChurn:
        """Share and difference moved to another share, with intervals as wide as they are."""
        own, gap = self.found.share, self.found.difference
        by = share - self.record.share(self.record.recorded)
        value = float(np.clip(own.value + by, 1e-9, 1 - 1e-9))
        turned = logit(value) - logit(own.value)
        ends = [None if x is None else float(expit(logit(x) + turned)) for x in _ends(own)]
        gaps = [None if x is None else x + value - own.value for x in _ends(gap)]
        return replace(
            self.found,
            share=replace(own, value=value, ci_low=ends[0], ci_high=ends[1]),
            difference=replace(
                gap, value=gap.value + value - own.value, ci_low=gaps[0], ci_high=gaps[1]
            ),
        )


def _ends(estimate) -> tuple[float | None, float | None]:
    return estimate.ci_low, estimate.ci_high


def wrong_data(recount: Callable[[], Recount], verdict: str) -> Part:
    """Departures unnoticed or recorded wrongly: step by step."""
    own = recount()
    had = own.record.record.had
    ways = {
        "{} of those still here have left unnoticed": lambda s: had(unnoticed=[s]),
        "{} of those still here in the other bands have left unnoticed": (
            lambda s: had(unnoticed=[s, 0])
        ),
        "{} of those still here in the low group have left unnoticed": (
            lambda s: had(unnoticed=[0, s])
        ),
        "{} of the recorded departures in the low group are none": lambda s: had(wrong=[0, s]),
        "{} of the recorded departures in the other bands are none": lambda s: had(wrong=[s, 0]),
    }
    rows = []
    for label, counts in ways.items():
        shares = [own.under(own.record.share(counts(x))) for x in what_if.SHARES]
        verdicts = tuple(own.judge(one).verdict for one in shares)
        found = tuple(one.share for one in shares)
        rows.append(what_if.WhatIf(label, "share", what_if.SHARES, found, verdicts))
    text = f"Numbers are the low group's share of churn. {what_if.told(rows, verdict)}"
    return Part(
        WRONG, what_if.table_of(rows, verdict), f"{text} {_missing(own)}".strip(), prose=True
    )


def _missing(own: Recount) -> str:
    """Whatever the bands not recorded are: between which values does the share lie?"""
    missing = own.strata.levels["maturity"].eq(NOT_RECORDED).to_numpy()[own.lives.stratum]
    there = own.lives.taken(missing)
    if not len(there.n):
        return ""
    low, high = own.record.share_bounds(there)
    return (
        f"Whatever the bands are that were not recorded, the share lies between "
        f"{value_text(low, 'share')} and {value_text(high, 'share')}."
    )


def placebo(recount: Callable[[], Recount]) -> Part:
    """The difference of both shares with bands dealt anew, beside the real one."""
    own = recount()
    more = {"draws": what_if.DRAWS, "seed": what_if.SEED, "most": what_if.MOST}
    drawn = shuffled_bands(own.known, own.low, own.window, **more)
    drawn, gap = drawn[np.isfinite(drawn)], own.found.difference
    rows = [
        ("share of churn less share of customers", gap.value, gap.ci_low, gap.ci_high, "points"),
        ("the same, bands dealt anew", *_middle(drawn), "points"),
    ]
    table = pd.DataFrame(rows, columns=["label", "value", "ci_low", "ci_high", "scale"])
    beyond = int((np.abs(drawn) >= abs(gap.value)).sum())
    text = (
        "The row of dealt bands: the middle, lowest and highest. "
        f"{beyond} of {len(drawn)} are as far from no difference as the real one."
    )
    return Part(PLACEBO, table, text)


def _middle(drawn: np.ndarray) -> tuple[float, float, float]:
    """Middle, lowest and highest; NaN of none."""
    if not len(drawn):
        return np.nan, np.nan, np.nan
    return float(np.median(drawn)), float(drawn.min()), float(drawn.max())


def unmeasured(found: ShareOfChurn) -> Part:
    """What a cause nobody measured would have to be like, at each strength."""
    share, base = found.share.value, found.share_of_customers.value
    surely = found.difference.ci_low is None or found.difference.ci_low > 0
    if not (0 < base < share < 1 and surely):
        text = "The low group does not surely leave more than its share: nothing to explain away."
        return Part(UNMEASURED, text=text)

    def odds(x: float) -> float:
        return x / (1 - x)

    def back(risk: np.ndarray) -> np.ndarray:
        return odds(base) * risk / (1 + odds(base) * risk)

    targets = {"no more than its share is left": base, "less than 10 points are left": base + 0.10}
    targets["it is no longer three quarters"] = 0.75
    ratios = {name: odds(one) / odds(base) for name, one in targets.items() if one < share}
    explained = Explained(odds(share) / odds(base), ratios, back)
    where = "in the low group"
    draw = partial(figures.confounder_curves, curves_of(explained, {}), group=where)
    text = f"What is left: the low group's share of churn. {explained.text(where)}"
    return Part(UNMEASURED, strengths_table(explained, "share"), text, draw, (8.0, 4.2))
