"""What a judgement at kickoff is worth as a forecast: calibration and Brier skill."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from csresearch.claims.kickoff_counts import MIDDLE, known_maturity
from csresearch.claims.kickoff_steps import Scored
from csresearch.concentration import BandChurn
from csresearch.events import EventTable
from csresearch.forecasts import brier_skill, calibration
from csresearch.survival.intervals import Interval

SIDES = (range(MIDDLE), range(MIDDLE, MIDDLE + 1), range(MIDDLE + 1, 2 * MIDDLE + 1))


@dataclass(frozen=True)
class Forecasts:
    """The chances told, maturity alone, and both together, held against what happened.

    Parameters
    ----------
    on : Scored
    """

    on: Scored

    @cached_property
    def by_chance(self) -> tuple[BandChurn, dict[str, float]]:
        """Chance of having left for neighbouring chances told, and the one told to each."""
        table = self.on.table(["chance"])
        names, told = {}, {}
        for group in self._groups(table):
            label, stay = self._label(group)
            told[label] = 1 - stay
            names |= dict.fromkeys(group, label)
        return self._over(table, "chance", names), told

    @cached_property
    def by_maturity(self) -> BandChurn | None:
        """Chance of having left by maturity band alone; None with fewer than two bands."""
        table = known_maturity(self.on.table(["maturity"]))
        bands = sorted(set(table.counts["maturity"]))
        bands = [band for band in bands if self.on.followed(table.where(maturity=band))]
        if len(bands) < 2:
            return None
        return self._over(table, "maturity", dict(zip(bands, bands, strict=True)))

    @cached_property
    def by_both(self) -> tuple[BandChurn, dict[str, str]]:
        """Chance of having left by maturity and judgement, and the band of each cell."""
        table = known_maturity(self.on.table(["maturity", "judged"]))
        cells = {}
        for band in self.by_maturity.bands:
            cells |= self._cells(table.where(maturity=band), band)
        keys = zip(table.counts["maturity"], table.counts["judged"], strict=True)
        table = EventTable(table.counts.assign(cell=list(keys)), (*table.by, "cell"))
        return self._over(table, "cell", cells), {label: band for (band, _), label in cells.items()}

    @cached_property
    def calibration(self) -> pd.DataFrame:
        """The chance to stay told to each group beside the share that stayed.

        Columns ``label, customers, share_told, share_stayed, share_from, share_to``.
        """
        found = calibration(*self.by_chance).iloc[::-1]
        columns = {"band": "label", "customers": "customers"}
        frame = found[list(columns)].rename(columns=columns).astype({"customers": int})
        turned = {"share_told": "forecast", "share_stayed": "failed"}
        turned |= {"share_from": "ci_high", "share_to": "ci_low"}
        return frame.assign(**{new: 1 - found[old] for new, old in turned.items()})

    @cached_property
    def skills(self) -> pd.DataFrame:
        """Brier skill of the judgement, of maturity alone, and of both over maturity alone.

        Columns ``label, value, ci_low, ci_high, share_by_chance, scale``; ``share_by_chance`` is
        the skill chance alone gives a forecast fitted to the customers it is scored on.
        """
        churn, told = self.by_chance
        fitted = len(churn.bands) - 1
        rows = [
            _row(
                "judgement at its word, against the base rate", brier_skill(churn, told), 0, churn
            ),
            _row(
                "judgement as it turned out, against the base rate",
                brier_skill(churn),
                fitted,
                churn,
            ),
        ]
        if self.by_maturity is not None and self.by_maturity.events.sum() > 0:
            bands, (cells, band_of) = self.by_maturity, self.by_both
            fitted = len(bands.bands) - 1
            rows.append(
                _row("maturity alone, against the base rate", brier_skill(bands), fitted, bands)
            )
            over = brier_skill(cells, reference=band_of)
            more = len(cells.bands) - len(bands.bands)
            rows.append(_row("both, against maturity alone", over, more, cells))
        columns = ["label", "value", "ci_low", "ci_high", "share_by_chance", "scale"]
        return pd.DataFrame(rows, columns=columns)

    def _cells(self, table: EventTable, band: str) -> dict[tuple[str, str], str]:
        """Judgements of one band; those with too few at risk go with the most frequent one."""
        size = table.counts.groupby("judged")["entrance"].sum().sort_values(ascending=False)
        enough = [one for one in size.index if self.on.followed(table.where(judged=one))]
        most = enough[0] if enough else size.index[0]
        return {(band, s): f"{band}, {s if s in enough else most}" for s in size.index}

    def _over(self, table: EventTable, column: str, names: Mapping[Hashable, str]) -> BandChurn:
        """Chance of having left where some levels are taken together and others left out."""
        counts = table.counts.assign(**{column: table.counts[column].map(names)})
        counts = counts[counts[column].notna()].reset_index(drop=True)
        return self.on.churn_of(EventTable.from_counts(counts, [column]), column)

    def _groups(self, table: EventTable) -> list[list[int]]:
        """Neighbouring classes on one side of a half, taken together until enough are at risk."""
        found = []
        for side in SIDES:
            groups, group = [], []
            for one in sorted(set(table.counts["chance"]) & set(side)):
                group.append(one)
                rows = table.counts[table.counts["chance"].isin(group)].reset_index(drop=True)
                if self.on.followed(EventTable(rows, table.by)):
                    groups.append(group)
                    group = []
            if groups:
                groups[-1] += group  # what is left at the end goes with its neighbours
            found += groups
        return found

    def _label(self, group: list[int]) -> tuple[str, float]:
        """What a group of classes was told, in words and on average."""
        told = self.on.judgements.told
        n = self.on.judgements.frame.groupby("chance")["n"].sum()
        mean = float(np.average([told[one] for one in group], weights=n[group]))
        low, high = (round(100 * told[one]) for one in (group[0], group[-1]))
        return (f"told {low} %" if low == high else f"told {low}–{high} %"), mean


def _row(label: str, skill: Interval, fitted: int, churn: BandChurn) -> tuple:
    """One skill with what chance alone makes of so many fitted numbers."""
    by_chance = fitted / float(churn.customers.sum())
    return label, skill.value, skill.ci_low, skill.ci_high, by_chance, "share"
