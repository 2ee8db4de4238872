"""C6 on one company: what customers expected against the key results, and how long they stayed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import ibis
import pandas as pd

from csresearch.claims.compared import Compared
from csresearch.claims.histories import known_levels
from csresearch.claims.key_study import LEAST_LATER, KindStudy
from csresearch.claims.key_words import chosen
from csresearch.claims.kinds_read import lives_of
from csresearch.claims.ratios import rate_ratio
from csresearch.company import Company
from csresearch.company.engines import dialect_of, md5_hex
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.events import NOT_RECORDED, EventTable
from csresearch.findings.estimates import Estimate
from csresearch.history import History, read_history
from csresearch.resampling import GROUP, jackknifed
from csresearch.risk_sets import risk_sets
from csresearch.survival.curves import SurvivalCurve, survival_at, survival_curves
from csresearch.survival.rates import event_rates
from csresearch.survival.rates import rate_ratio as plain_rate_ratio

INSIDE, OTHER_KIND, UNIQUE = "a key result", "another kind of result", "no kind anybody reached"
OUTSIDE = "something else"
FAILED_MONTHS = 24.0  # claims.md, C6
FIRST_HALF = list("02468ace")  # of the hexadecimal digits of a customer's hash
RATIO = "churn rate, expected result outside ÷ inside the key results"
FAILED = f"share of those outside who left by month {FAILED_MONTHS:.0f}"


@dataclass(frozen=True)
class KeyResults:
    """The key results and where they come from.

    Parameters
    ----------
    kinds : tuple of str
        Empty: nothing could be called key.
    declared : bool
        By company.yml; else chosen on the customers who are not tested.
    why_none : str
        Why there are none.
    """

    kinds: tuple[str, ...]
    declared: bool
    why_none: str = ""


@dataclass(frozen=True, eq=False)
class FitStudy:
    """The expectations of the customers tested, and every number about them.

    Parameters
    ----------
    history : History
        Counted by the strata and "expects": what was expected against the key results.
    key : KeyResults
    strata : tuple of str
    """

    history: History
    key: KeyResults
    strata: tuple[str, ...]

    @cached_property
    def everyone(self) -> EventTable:
        """Event table by strata, "expects" and clusters, those without a record among them."""
        table = self.history.event_table()
        return table.total([name for name in table.by if name != "state"])

    @cached_property
    def three(self) -> EventTable:
        """The same, customers with a recorded expectation only."""
        counts = self.everyone.counts
        known = counts[counts["expects"].astype(str) != NOT_RECORDED].reset_index(drop=True)
        return EventTable(known.assign(expects=known["expects"].astype(str)), self.everyone.by)

    @cached_property
    def table(self) -> EventTable:
        """The same with "fit": a key result, or something else."""
        return _with_fit(self.three)

    @cached_property
    def who(self) -> Compared:
        """Who is compared within the strata."""
        return Compared.among(self.three, self.strata)

    @cached_property
    def compared(self) -> EventTable:
        """As ``three``, of those who are compared."""
        return self.who.of(self.three)

    @cached_property
    def fair_table(self) -> EventTable:
        """As ``table``, of those who are compared."""
        return _with_fit(self.compared)

    @property
    def sides(self) -> set[str]:
        """Which of the two there are."""
        return set(self.table.counts["fit"])

    def ratio(self, strata: Sequence[str] | None = None, *, only: str = "") -> Estimate:
        """Churn rate outside ÷ inside at the same tenure; of those outside ``only`` some."""
        strata = self.strata if strata is None else tuple(strata)
        table = self.fair_table
        if only:
            table = _without(self.compared, {OTHER_KIND, UNIQUE} - {only})
        level = "expects" if only else "fit"
        keep = [*strata, level, *([GROUP] if GROUP in table.by else [])]
        return rate_ratio(
            table.total(keep), level, lambda one: float(one != INSIDE), name=RATIO, strata=strata
        )

    @cached_property
    def curves(self) -> dict[str, SurvivalCurve]:
        """Still here, by what was expected."""
        return survival_curves(self.table.total(["fit"]), "fit")

    def failed(self, months: float = FAILED_MONTHS, *, side: str = OUTSIDE) -> Estimate:
        """Share of one side who left by a month; no value before anybody was followed so long."""
        name = FAILED if side == OUTSIDE and months == FAILED_MONTHS else f"{side}, {months:g}"
        if side not in self.sides:
            return Estimate(name, None, scale="share")
        table = self.table.where(fit=side)

        def share(kept: EventTable) -> Estimate:
            at = survival_at(
                survival_curves(kept.total(["fit"]), "fit")[side], months * DAYS_PER_MONTH
            )
            if at.value is None:
                return Estimate(name, None, scale="share")
            ends = [None if x is None else 1 - x for x in (at.ci_high, at.ci_low)]
            return Estimate(name, 1 - at.value, *ends, std_error=at.std_error, scale="share")

        found = share(table)
        if GROUP not in table.by:
            return found

        def without(keep) -> float | None:
            kept = EventTable(table.counts[keep].reset_index(drop=True), table.by)
            return share(kept).value

        return jackknifed(found, table.counts[GROUP].to_numpy(), without)

    @cached_property
    def plain(self) -> Estimate:
        """The tempting number: departures per month, outside ÷ inside, nothing held equal."""
        rates = event_rates(self.table, ["fit"]).set_index("fit")
        name = "churn per month, outside ÷ inside, nothing held equal"
        if self.sides != {INSIDE, OUTSIDE}:
            return Estimate(name, None, role="naive")
        rows = rates.loc[[OUTSIDE, INSIDE]]
        found = plain_rate_ratio(tuple(rows["observed"]), tuple(rows["exposure"]))
        return Estimate(name, found.value, found.ci_low, found.ci_high, role="naive", null=1.0)

    @cached_property
    def no_effect(self) -> Estimate:
        """The same if expectation meant nothing at the same tenure, of those compared."""
        name, table = "the same if expectation meant nothing", self.fair_table
        if set(table.counts["fit"]) != {INSIDE, OUTSIDE}:
            return Estimate(name, None, role="no_effect")
        risk = risk_sets(table.total([*self.strata, "fit"]), "fit", self.strata)
        hazard = risk.observed.sum(axis=1) / risk.at_risk.sum(axis=1)
        expected = dict(zip(risk.levels, hazard @ risk.at_risk, strict=True))
        lived = event_rates(table, ["fit"]).set_index("fit")["exposure"]
        rate = {side: expected[side] / lived[side] for side in (OUTSIDE, INSIDE)}
        value = rate[OUTSIDE] / rate[INSIDE] if rate[INSIDE] > 0 else None
        return Estimate(name, value, role="no_effect", null=1.0)


def _with_fit(table: EventTable) -> EventTable:
    """The table by "fit" instead of "expects": a key result, or something else."""
    counts = table.counts
    fit = (counts["expects"] == INSIDE).map({True: INSIDE, False: OUTSIDE})
    by = ["fit" if name == "expects" else name for name in table.by]
    return EventTable(counts.assign(fit=fit), table.by).total(by)


def _without(table: EventTable, levels: set[str]) -> EventTable:
    """The table without some expectations."""
    keep = ~table.counts["expects"].isin(levels)
    return EventTable(table.counts[keep].reset_index(drop=True), table.by)


def halves(company: Company) -> tuple[ibis.Table, ibis.Table]:
    """Two halves of the customers, by a hash of the parent's or the customer's id.

    MD5 in the engine, so that every engine and every run divides alike; accounts of one parent
    stay together.
    """
    lives, clusters = lives_of(company)
    digit = lives[GROUP].substr(1, 1) if clusters else _last_digit(lives)
    first = digit.isin(FIRST_HALF)
    return lives.filter(first), lives.filter(~first)


def _last_digit(lives: ibis.Table) -> ibis.Value:
    """The last hexadecimal digit of the hash of each customer's id."""
    return md5_hex(lives["customer_id"].cast("string"), dialect_of(lives)).substr(31, 1)


def chosen_on(lives: ibis.Table, company: Company, strata: tuple[str, ...]) -> KeyResults:
    """The kinds that carry 80 % of what results gain among some customers."""
    clusters = (GROUP,) if GROUP in lives.columns else ()
    study = KindStudy(lives, company.results, strata, clusters, least_later=LEAST_LATER)
    if not study.names:
        why = f"no kind of result is followed by {LEAST_LATER} departures or more on the half"
        return KeyResults((), False, why)
    found = study.fewest()
    if found is None or found.joint_gain.ci_low <= 0:
        why = "no results keep customers beyond chance on the half of customers used to choose"
        return KeyResults((), False, why)
    return KeyResults(tuple(kind for kind in chosen(found) if kind in study.names), False)


def key_and_tested(
    company: Company, strata: tuple[str, ...], *, swapped: bool = False
) -> tuple[KeyResults, ibis.Table]:
    """The key results, and the customers they are tested on.

    Declared ones are tested on everybody; else they are chosen on one half and tested on the
    other.
    """
    if company.config.key_results:
        return KeyResults(tuple(company.config.key_results), True), lives_of(company)[0]
    choosing, tested = halves(company)[:: -1 if swapped else 1]
    return chosen_on(choosing, company, strata), tested


def read_fit(
    company: Company, strata: tuple[str, ...], key: KeyResults, tested: ibis.Table
) -> FitStudy:
    """Count the customers tested by what they expected: one scan."""
    no = ibis.literal(False)
    reached = company.has("results.result")
    known = tested["expected_result"].isin(company.results["result"]) if reached else no
    tested = tested.mutate(known=known.fill_null(False))
    expected = tested["expected_result"]
    cases = [
        (expected.isnull(), ibis.null("string")),
        (expected.isin(list(key.kinds)), INSIDE),
        (tested["known"], OTHER_KIND),
    ]
    lives = tested.mutate(expects=ibis.cases(*cases, else_=UNIQUE), change_day=ibis.null("float64"))
    clusters = (GROUP,) if GROUP in tested.columns else ()
    levels = known_levels(company, strata) | {"expects": (INSIDE, OTHER_KIND, UNIQUE)}
    by = (*strata, "expects", *clusters)
    history = read_history(lives, by, unmerged=("expects", GROUP), known=levels)
    return FitStudy(history, key, strata)


def expectations(tested: ibis.Table, key: KeyResults, most: int) -> pd.DataFrame:
    """What customers expect: ``expected_result, customers, left, key``, the most common first."""
    said = tested.filter(tested["expected_result"].notnull())
    counted = said.group_by("expected_result").agg(
        customers=said.count(), left=said["churned"].cast("int32").sum()
    )
    order = [ibis.desc("customers"), "expected_result"]
    frame = counted.order_by(order).limit(most).to_pandas()
    frame = frame.astype({"customers": int, "left": int})
    return frame.assign(key=frame["expected_result"].isin(key.kinds))
