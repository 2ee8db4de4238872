"""C16 on one company: every number the notebook and the finding ask for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from csresearch.claims.challenge_pairs import CELL, Pairs, customers_challenged, read_pairs
from csresearch.claims.challenge_steps import (
    after_ratio,
    by_score,
    histories,
    matched,
    not_worse,
    worst_case,
)
from csresearch.company import Company
from csresearch.findings.estimates import Estimate
from csresearch.history import History
from csresearch.resampling import GROUP
from csresearch.sensitivity import no_effect_benchmark

MATCHING = {
    "no matching": (),
    "same score before": ("instrument", "before"),
    "same band and tenure": ("maturity", "months", "instrument"),
    "same band, tenure and score before": CELL[:-1],
    "same in all, and the score before that": CELL,
}


@dataclass(frozen=True)
class Study:
    """The claim on one company: its pairs of answers, and every number as it is asked for."""

    company: Company

    @cached_property
    def pairs(self) -> Pairs:
        """Consecutive answers with and without a challenge between them."""
        return read_pairs(self.company)

    @property
    def clustered(self) -> bool:
        """Whether pairs are not independent of one another."""
        return self.company.has("customers.parent_id") or self.pairs.several_scales

    @cached_property
    def challenged(self) -> pd.DataFrame:
        """Customers challenged, by band."""
        return customers_challenged(self.company)

    @cached_property
    def share(self) -> Estimate:
        """Challenged customers whose next score is not worse."""
        return not_worse(self.pairs, clustered=self.clustered)

    @cached_property
    def worst(self) -> Estimate:
        """The same, the silent counted as worse."""
        return worst_case(self.pairs, clustered=self.clustered)

    @cached_property
    def _matched(self) -> tuple[Estimate, Estimate, float]:
        return matched(self.pairs)

    @property
    def matched(self) -> Estimate:
        """What matched customers without a challenge show."""
        return self._matched[0]

    @property
    def gap(self) -> Estimate:
        """Challenged − matched."""
        return self._matched[1]

    @property
    def share_matched(self) -> float:
        """Share of the challenged who have a match."""
        return self._matched[2]

    @property
    def share_silent(self) -> float:
        """Share of the challenged with an answer before who did not answer again."""
        n = self.pairs.n_silent + self.pairs.n_challenged
        return self.pairs.n_silent / n if n else 0.0

    @cached_property
    def _histories(self) -> tuple[History, History | None]:
        return histories(self.company)

    @cached_property
    def churn_ratio(self) -> Estimate:
        """Churn after a challenge ÷ without, at the same tenure, band and segment."""
        name = "churn rate after a challenge ÷ without one"
        return after_ratio(self._histories[0].event_table(), name=name)

    @cached_property
    def result_ratio(self) -> Estimate:
        """First results after a challenge ÷ without, at the same tenure, band and segment."""
        name, waiting = "rate of first results after a challenge ÷ without one", self._histories[1]
        if waiting is None:
            return Estimate(name, None, null=1.0)
        return after_ratio(waiting.event_table(), name=name)

    @cached_property
    def naive(self) -> Estimate:
        """The tempting number: churn of whoever was ever challenged ÷ never."""
        table = self._histories[0].ever_table(ignore_entry=True, by=())
        return replace(after_ratio(table, name="churn rate, ever challenged ÷ never"), role="naive")

    @cached_property
    def naive_no_effect(self) -> Estimate:
        """What it would be if challenges did nothing."""
        name = "the same if challenges did nothing"
        strata = [c for c in self._histories[0].by if c != GROUP]
        table = self._histories[0].event_table(by=strata)
        if table.counts["state"].nunique() < 2 or not table.n_events:
            return Estimate(name, None, role="no_effect", null=1.0)
        longer = no_effect_benchmark(table, strata)["inverse hazard ratio"]
        ends = (longer.value, longer.ci_high, longer.ci_low)
        value, low, high = (1 / x if x else None for x in ends)
        return Estimate(name, value, low, high, role="no_effect", null=1.0)

    @cached_property
    def by_score(self) -> pd.DataFrame:
        """The share not worse by the score before."""
        return by_score(self.pairs)

    @cached_property
    def many(self) -> pd.DataFrame:
        """Challenged − unchallenged over choices of matching and of what counts as well."""
        rows = []
        for outcome, words in (("not_worse", "not worse"), ("better", "better")):
            for label, cell in MATCHING.items():
                gap = matched(self.pairs, cell, outcome)[1]
                row = (f"{words}, {label}", gap.value, gap.ci_low, gap.ci_high, gap.scale)
                rows.append(row)
        return pd.DataFrame(rows, columns=["label", "value", "ci_low", "ci_high", "scale"])
