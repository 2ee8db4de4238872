"""C7 on one company: every number the notebook and the finding ask for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial

import pandas as pd

from csresearch.claims.behaviors_naive import Plain, ever_tables, plain_shares
from csresearch.claims.behaviors_paths import (
    PATTERNS,
    Outcomes,
    concordances,
    outcomes,
    patterns_ratio,
    uses,
)
from csresearch.claims.behaviors_steps import Adoption, chances, estimated
from csresearch.claims.waiting import ENDS, RESULT, first_results, only
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.findings.estimates import Estimate
from csresearch.findings.labels import value_text
from csresearch.sensitivity import e_value
from csresearch.survival.adoption import AdoptionChances
from csresearch.verdicts import (
    Bar,
    Judgement,
    Necessity,
    judge_effect,
    judge_necessity,
    leading,
    not_identifiable,
)

SAME_DAY = 0.5  # of first results: above it their dates say more about recording than customers


@dataclass(frozen=True)
class Study:
    """The claim on one company.

    Parameters
    ----------
    adoption : Adoption
    bar : Bar
        What necessary means.
    """

    adoption: Adoption
    bar: Bar

    @cached_property
    def found(self) -> list[Necessity]:
        """What each behaviour is judged by."""
        return [self.adoption.necessity(kind) for kind in self.adoption.kinds]

    @cached_property
    def best(self) -> Necessity | None:
        """The behaviour nearest to being necessary."""
        return leading(self.found, self.bar)

    @cached_property
    def overall(self) -> Estimate:
        """Chance of a first result by the horizon, adopted or not."""
        overall = self.adoption.alone[self.adoption.kinds[0]].overall
        return estimated(f"{self._chance}, all customers", overall, "probability")

    @cached_property
    def judgement(self) -> Judgement:
        """The verdict on necessity; none where behaviour and result have one date."""
        if self.one_date:
            share = value_text(self.adoption.same_day, "share")
            return not_identifiable(
                f"{share} of first results are dated on the very day a behaviour was first done: "
                "it may be part of the result, and which came first is not recorded"
            )
        alone = [self.adoption.necessity(kind, at_once=False) for kind in self.adoption.kinds]
        return judge_necessity(self.found, alone, self.overall, self.bar)

    @property
    def one_date(self) -> bool:
        """Whether most first results are dated with a behaviour (claims.md, trap 14)."""
        return self.adoption.same_day > SAME_DAY

    @property
    def also(self) -> list[str]:
        """Further behaviours that are necessary by the same rule."""
        clear = [one for one in self.found if self.bar.cleared(one) and one.held_up]
        return [one.name for one in clear if one is not self.best]

    @property
    def _chance(self) -> str:
        """What is estimated, in words."""
        return f"chance of a first result by month {self.months:.0f}"

    @property
    def months(self) -> float:
        """The horizon in months."""
        return self.adoption.horizon_days / DAYS_PER_MONTH

    @property
    def chances(self) -> AdoptionChances:
        """Those of the leading behaviour; it was picked, so its intervals hold for all at once."""
        return self.adoption.chances[self.best.name]

    @cached_property
    def primary(self) -> Estimate:
        """The chance without the leading behaviour, against its adopters' chance."""
        found = estimated("", self.chances.unadopted, "probability")
        with_it = self.adopters.value
        return replace(
            found,
            name=f"{self._chance} without '{self.best.name}'",
            role="primary",
            null=with_it,
            smallest_effect=self.bar.smallest * with_it,
            claimed_region=(0.0, self.bar.chance),
        )

    @property
    def adopters(self) -> Estimate:
        """The chance of the leading behaviour's adopters."""
        name = f"{self._chance} with '{self.best.name}'"
        return estimated(name, self.chances.adopters, "probability")

    @property
    def ratio(self) -> Estimate:
        """Chance without ÷ with the leading behaviour."""
        name = f"chance without ÷ with '{self.best.name}'"
        found = estimated(name, self.chances.ratio, "ratio")
        return replace(found, smallest_effect=self.bar.smallest)

    @cached_property
    def plain(self) -> dict[str, Plain]:
        """The tempting numbers of every behaviour."""
        return {k: plain_shares(t, k) for k, t in ever_tables(self.adoption).items()}

    @cached_property
    def outcomes(self) -> Outcomes:
        """Patterns by day 90 of failures and successes."""
        return outcomes(self.adoption)

    @cached_property
    def patterns(self) -> Estimate:
        """How many times as many patterns failures show."""
        if not min(self.outcomes.totals.values()):
            return Estimate(PATTERNS, None)
        return patterns_ratio(self.outcomes)

    @property
    def patterns_judged(self) -> Judgement:
        """The second half of the claim, judged by the same table."""
        return judge_effect(self.patterns, absent="no failures or no successes")

    @cached_property
    def usage(self) -> tuple[Estimate, ...]:
        """Concordance of behaviours and of usage, and their difference; empty without usage."""
        return concordances(self.adoption) if uses(self.adoption) else ()

    @property
    def e_values(self) -> list[Estimate]:
        """How strong an unmeasured cause would have to be."""
        adjusted = self.best.adjusted if self.best else None
        return [e_value(adjusted)] if adjusted is not None and adjusted.value else []

    @property
    def n_results(self) -> int:
        """First results reached while waiting under observation."""
        kind = self.adoption.kinds[0]
        return first_results(self.adoption.table.where(kind=kind))

    def estimates(self) -> tuple[Estimate, ...]:
        """Everything that goes into the finding."""
        more = (self.overall, self.patterns, *self.usage)
        if self.best is None:
            return more
        plain = self.plain[self.best.name]
        own = (self.primary, plain.never, plain.never_no_effect, plain.ever, plain.ever_no_effect)
        return (*own, self.adopters, self.ratio, self.best.adjusted, *more)

    def many_analysts(self, horizons_months: tuple[float, ...], lag_days: float) -> pd.DataFrame:
        """The chance without the leading behaviour over defensible choices.

        Returns
        -------
        DataFrame
            Columns ``label, value, ci_low, ci_high, with, scale``.
        """
        kind, adoption = self.best.name, self.adoption
        table, days = adoption.table.where(kind=kind), adoption.horizon_days
        results = adoption.results.where(kind=kind)
        of = partial(chances, level=adoption.level)  # as of the primary one: it was picked
        rows = {f"by month {m:g}": of(results, m * DAYS_PER_MONTH) for m in horizons_months}
        rows["leaving competes"] = of(table, days, cause=ENDS)
        lagged = only(adoption.read(lag_days), RESULT).where(kind=kind)
        rows[f"counts {lag_days:.0f} days after adopting"] = of(lagged, days)
        for name, column in adoption.columns.items():
            for level in sorted(set(results.counts[name])):
                rows[f"{column}: {level}"] = of(results.where(**{name: level}), days)
        return _rows(rows)


def _rows(found: dict[str, AdoptionChances]) -> pd.DataFrame:
    """Chances without, beside those with, one row each."""
    rows = [
        (label, one.unadopted.value, one.unadopted.ci_low, one.unadopted.ci_high,
         one.adopters.value)
        for label, one in found.items()
    ]  # fmt: skip
    columns = ["label", "value", "ci_low", "ci_high", "share_with"]
    return pd.DataFrame(rows, columns=columns).assign(scale="probability")
