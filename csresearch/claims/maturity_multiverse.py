"""C3 by every defensible analysis: who is low, until when, within what, by which model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from csresearch.claims.maturity_cells import CellCounts
from csresearch.claims.maturity_draws import BandDraws, differences
from csresearch.claims.maturity_steps import Bands
from csresearch.claims.ratio_multiverse import DATES, NOTICE, Row
from csresearch.claims.results_words import listed
from csresearch.claims.spells import Strata
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.concentration import (
    BandChurn,
    ShareOfChurn,
    share_of_churn,
)
from csresearch.events import NOT_RECORDED
from csresearch.findings.estimates import Estimate
from csresearch.multiverse import Episodes, JointTest, Multiverse, combinations, joint_test
from csresearch.resampling import GROUP
from csresearch.verdicts import Judgement

MOST, DRAWS = 200, 99
OUT, AS_LOW, AS_OTHERS = "left out", "counted as low", "counted as not low"
STARTS = {"the start": 0.0, "month 1": 1.0, "month 2": 2.0, "month 3": 3.0}
HORIZONS_MONTHS = (21, 18, 15, 12, 9, 6)
KAPLAN, NELSON, POISSON = MODELS = ("Kaplan–Meier", "Nelson–Aalen", "Poisson rates")
MOST_CUSTOMERS = 0.75  # claims.md, trap 6: from here on the base rate alone makes the claim
TOGETHER = "all together"


@dataclass(frozen=True, eq=False)
class MaturityMultiverse:
    """Every analysis of C3 on one company's counted lives.

    Parameters
    ----------
    strata : Strata
        Maturity and segments.
    lives : Episodes
    bands : Bands
        As the claim reads them.
    found : ShareOfChurn
        As the claim estimates it, with intervals that allow for parents where there are any.
    judge : callable
        The claim's rule: takes a share of churn, gives a judgement.
    """

    strata: Strata
    lives: Episodes
    bands: Bands
    found: ShareOfChurn
    judge: Callable[[ShareOfChurn], Judgement]

    @cached_property
    def cuts(self) -> dict[str, tuple[str, ...]]:
        """Which bands are low, by name; not those of which the claim cannot be asked."""
        order, starters = self.bands.order, self.bands.churn.starters
        upto = np.cumsum(starters) / starters.sum()
        asked = [order[: k + 1] for k in range(len(order)) if upto[k] < MOST_CUSTOMERS]
        return {listed(low): low for low in dict.fromkeys((self.bands.low, *asked))}

    @cached_property
    def choices(self) -> dict[str, tuple[str, ...]]:
        """The options of each choice, the primary analysis' first."""
        recorded = (self.strata.levels["maturity"] != NOT_RECORDED).all()
        announced = (self.lives.churned & (self.lives.notice < self.lives.exit)).any()
        segments = tuple(f"within {name}" for name in self.strata.columns if name != "maturity")
        return {
            "low group": tuple(self.cuts),
            "horizon": tuple(self._horizons),
            "not recorded": (OUT,) if recorded else (OUT, AS_LOW, AS_OTHERS),
            "compared": (TOGETHER, *segments),
            "from": tuple(STARTS),
            "churn date": (*DATES, *((NOTICE,) if announced else ())),
            "model": MODELS,
        }

    def run(self, verdict: str, *, most: int = MOST, draws: int = DRAWS) -> Multiverse:
        """All analyses, how many agree with a verdict, and the joint test.

        Parameters
        ----------
        verdict : str
        most : int
            Of the analyses.
        draws : int
            Of the joint test; 0 for none.
        """
        grid, possible = combinations(self.choices, most=most)
        rows = grid.astype(str).to_dict("records")
        plain = [self.share_under(row) for row in rows]
        spread = self._spread(plain[0])
        found = [None if one is None else widened(one, spread) for one in plain]
        shares = [Estimate("", None) if one is None else one.share for one in found]
        table = grid.assign(
            value=[one.value for one in shares],
            ci_low=[one.ci_low for one in shares],
            ci_high=[one.ci_high for one in shares],
            verdict=["inconclusive" if one is None else self.judge(one).verdict for one in found],
        )
        known = [row for row, one in zip(rows, found, strict=True) if one is not None]
        joint = self._joint(known, draws, spread) if draws and known else None
        return Multiverse(table, tuple(self.choices), "share", verdict, possible, joint)

    def _spread(self, first: ShareOfChurn | None) -> float:
        """How much wider the claim's interval is than independent customers'; never narrower."""
        errors = [one and one.difference.std_error for one in (first, self.found)]
        return (
            max(errors[1] / errors[0], 1.0)
            if all(errors) and GROUP in self.bands.clustered_table.by
            else 1.0
        )

    @cached_property
    def _horizons(self) -> dict[str, float]:
        """Days of each horizon, the claim's first."""
        longest = self.bands.horizon_days
        shorter = (months * DAYS_PER_MONTH for months in HORIZONS_MONTHS)
        days = (longest, *(d for d in shorter if d < longest - DAYS_PER_MONTH / 2))
        return {f"{d / DAYS_PER_MONTH:.3g} months": d for d in days}

    def _window(self, row: Row) -> tuple[float, float]:
        """From and until which day departures count."""
        start = max(self.bands.start_day, STARTS[row["from"]] * DAYS_PER_MONTH)
        return start, self._horizons[row["horizon"]]

    def share_under(self, row: Row) -> ShareOfChurn | None:
        """One analysis, of independent customers; None where too few are at risk for it."""
        churn = self._churn(row)
        if churn is None:
            return None
        keep, low = self._cells(row)
        some = _subset(churn, keep)
        names = [band for band, is_low in zip(churn.bands, low, strict=True) if is_low]
        if some.events.sum() == 0 or not some.failed.sum() > 0:
            return None
        return share_of_churn(some, [band for band in names if band in some.bands])

    def _cells(self, row: Row) -> tuple[np.ndarray, np.ndarray]:
        """Which cells of `_compared` are compared, and which of them are low."""
        bands = np.array([band for _, band in self._compared(row)[1]], dtype=object)
        missing, low = bands == NOT_RECORDED, np.isin(bands, self.cuts[row["low group"]])
        out = row["not recorded"] == OUT
        return ~missing | (not out), low | (missing & (row["not recorded"] == AS_LOW))

    def _compared(self, row: Row) -> tuple[np.ndarray, list[tuple[str, str]]]:
        """The cell of each stratum, and each cell's segment and band."""
        key = ("compared", row["compared"])
        if key not in self._known:
            levels = self.strata.levels
            segment = row["compared"].removeprefix("within ")
            names = levels[segment] if segment in levels else pd.Series("", levels.index)
            pairs = list(zip(names, levels["maturity"], strict=True))
            cells = sorted(set(pairs))
            self._known[key] = np.array([cells.index(pair) for pair in pairs]), cells
        return self._known[key]

    def _counts(self, row: Row) -> CellCounts:
        """Counts by cell and day under a churn date; each made once."""
        key = ("counts", row["compared"], row["churn date"])
        if key not in self._known:
            lives, (cell, cells) = self._placed(row), self._compared(row)
            self._known[key] = CellCounts.of(lives, cell, len(cells))
        return self._known[key]

    def _placed(self, row: Row) -> Episodes:
        """Lives under the churn date of an analysis."""
        date = row["churn date"]
        return self.lives.left_on(DATES.get(date, 0.0), at_notice=date == NOTICE)

    def _churn(self, row: Row) -> BandChurn | None:
        """Starters and chance of leaving by cell; None where too few are at risk."""
        window, counts = self._window(row), self._counts(row)
        key = ("churn", row["compared"], row["churn date"], *window)
        if key not in self._known:
            self._known[key] = counts.churn(window, self.bands.horizon_days)
        churn = self._known[key]
        return (
            churn
            if churn is None or row["model"] == KAPLAN
            else counts.by_hazard(churn, steady=row["model"] == POISSON)
        )

    @cached_property
    def _known(self) -> dict[tuple, object]:
        return {}

    def _joint(self, rows: Sequence[Row], draws: int, spread: float) -> JointTest | None:
        """The joint test, bands being drawn again among those at risk in the same segment."""
        seen, drawn = [], []
        for row in rows:
            hazards, churn = self._hazards(row, draws), self._churn(row)
            gaps, errors = differences(hazards, churn.starters, *self._cells(row))
            seen.append((gaps[0], errors[0]))
            drawn.append((gaps[1:], errors[1:]))
        both = np.array(seen).T, np.array(drawn).transpose(1, 2, 0)
        return joint_test(*(tuple(one) for one in both), spread=spread)

    def _hazards(self, row: Row, draws: int) -> tuple[np.ndarray, np.ndarray]:
        """Cumulative hazards of the cells of an analysis, as seen and draw by draw."""
        date, window = row["churn date"], self._window(row)
        drawn, known = ("draws", date, draws), ("hazards", row["compared"], date, draws, *window)
        if drawn not in self._known:
            names = [name for name in self.strata.columns if name != "maturity"]
            segment, maturity = self.strata.groups(names), self.strata.levels["maturity"]
            self._known[drawn] = BandDraws.of(self._placed(row), segment, maturity, draws)
        if known not in self._known:
            cell, cells = self._compared(row)
            self._known[known] = self._known[drawn].hazards(cell, len(cells), window)
        return self._known[known]


def widened(found: ShareOfChurn, spread: float) -> ShareOfChurn:
    """A share and its difference with intervals so many times as wide."""
    if spread == 1.0:
        return found
    share, gap = found.share, found.difference
    if 0 < share.value < 1:
        centre = logit(share.value)
        ends = [
            float(expit(centre + spread * (logit(x) - centre)))
            for x in (share.ci_low, share.ci_high)
        ]
        share = replace(share, ci_low=ends[0], ci_high=ends[1])
    ends = [gap.value + spread * (x - gap.value) for x in (gap.ci_low, gap.ci_high)]
    return replace(found, share=share, difference=replace(gap, ci_low=ends[0], ci_high=ends[1]))


def _subset(churn: BandChurn, keep: np.ndarray) -> BandChurn:
    """Only some cells."""
    names = ("customers", "starters", "failed", "var_starters", "var_failed", "covariance")
    arrays = {name: getattr(churn, name)[keep] for name in (*names, "events", "exposure_days")}
    bands = tuple(band for band, kept in zip(churn.bands, keep, strict=True) if kept)
    return replace(churn, bands=bands, **arrays)
