"""A company's plan: for each claim, how many customers and months it takes to be answerable."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from csresearch import claims
from csresearch.claims import Claim
from csresearch.claims.base import Terms
from csresearch.company import Company
from csresearch.findings import Finding
from csresearch.planning import Pace
from csresearch.sample_size import counts, links, ratios, shares
from csresearch.sample_size.company_pace import pace_of
from csresearch.sample_size.needs import DESCRIBED, FEWEST, Floor, Needs
from csresearch.sample_size.truths import check_truth

POWERS = (0.8, 0.9)
MONTHS = 12.0
BY_CLAIM: dict[str, Callable[[Company, Finding, Terms, float | None], Needs]] = {
    "results-retention": ratios.results_needs,
    "satisfaction-retention": links.satisfaction_needs,
    "maturity-churn": shares.maturity_needs,
    "results-satisfaction": links.conflict_needs,
    "key-results": counts.kinds_needs,
    "bad-fit": ratios.fit_needs,
    "key-behaviors": shares.behaviors_needs,
    "effort-by-maturity": ratios.effort_needs,
    "kickoff-judgement": shares.kickoff_needs,
    "churn-types": counts.churn_needs,
    "customer-bonding": ratios.bonding_needs,
    "standard-process": ratios.process_needs,
    "priorities": counts.priorities_needs,
    "which-wins": ratios.wins_needs,
    "same-drivers": counts.drivers_needs,
    "challenge": shares.challenge_needs,
}
ENOUGH, MORE, NEVER, MISSING = "enough now", "more needed", "not by numbers", "missing"
ONLY_SHOWN, TOO_EARLY = "described", "too early to say"


@dataclass(frozen=True)
class Needed:
    """What one power takes.

    Parameters
    ----------
    power : float
    times : float or None
        How many times the present data; None where no amount would do.
    customers : float or None
        So many in all, at the present mix and rates.
    counted : tuple of (str, float)
        What they must bring, as departures.
    months, months_without_newcomers : float or None
        More months from the last day observed, with and without new customers; None for never.
    """

    power: float
    times: float | None
    customers: float | None
    counted: tuple[tuple[str, float], ...]
    months: float | None
    months_without_newcomers: float | None


@dataclass(frozen=True)
class ClaimPlan:
    """What one claim takes on one company.

    Parameters
    ----------
    claim : Claim
    verdict : str
        On the present data.
    needs : Needs
    pace : Pace
    missing : tuple of str
        Columns the data do not have.
    """

    claim: Claim
    verdict: str
    needs: Needs
    pace: Pace
    missing: tuple[str, ...] = ()

    def needed(self, power: float) -> Needed:
        """What it takes to reach a power."""
        times, clock = self.needs.needed(power), self.needs.clock
        if times is None:
            return Needed(power, None, None, (), None, None)
        with_new, without = (
            self.pace.months_until(times, clock, newcomers=newcomers) for newcomers in (True, False)
        )
        counted = tuple((words, n * times) for words, n in self.needs.counted)
        return Needed(power, times, self.pace.customers * times, counted, with_new, without)

    def power_after(self, months: float, *, newcomers: bool = True) -> float | None:
        """The chance of the verdict after so many more months at the present pace."""
        times = float(self.pace.times_after(months, self.needs.clock, newcomers=newcomers))
        return self.needs.power(times)

    def state(self, power: float) -> str:
        """Whether there is enough now, more is needed, or numbers are not what is wanting."""
        if self.missing:
            return MISSING
        if self.needs.why_not == DESCRIBED:
            return ONLY_SHOWN
        if self.needs.why_not and self.needs.cured_by_more:
            return TOO_EARLY
        times = self.needs.needed(power)
        if times is None:
            return NEVER
        return ENOUGH if times <= 1 else MORE


@dataclass(frozen=True)
class Plan:
    """What every claim takes on one company.

    Parameters
    ----------
    company : Company
    pace : Pace
    claims : tuple of ClaimPlan
    powers : tuple of float
        Asked for, rising.
    months : float
        Ahead, for the chance then.
    """

    company: Company
    pace: Pace
    claims: tuple[ClaimPlan, ...]
    powers: tuple[float, ...]
    months: float


def plan(
    company: Company,
    *,
    chosen: Sequence[Claim] = (),
    powers: Sequence[float] = POWERS,
    months: float = MONTHS,
    truths: Mapping[str, float] | None = None,
    starts: float | None = None,
) -> Plan:
    """How many customers and months does this company need for each claim to be answerable?

    Parameters
    ----------
    company : Company
    chosen : sequence of Claim
        Only these; all where empty.
    powers : sequence of float
        Chances with which the verdict "reproduced" must follow if the claim is true.
    months : float
        Ahead, for the chance then.
    truths : mapping of claim id to float, optional
        What is taken for true instead of the middle of the claimed region.
    starts : float, optional
        New customers a month to come; as many as lately by default.

    Raises
    ------
    CompanyError
        When a truth lies where the claim is not true.
    """
    chosen, given = tuple(chosen) or claims.all(), dict(truths or {})
    for claim_id, truth in given.items():
        check_truth(claims.get(claim_id), truth)
    pace = pace_of(company)
    pace = pace if starts is None else replace(pace, starts=starts)
    planned = tuple(_claim_plan(company, claim, pace, given.get(claim.id)) for claim in chosen)
    return Plan(company, pace, planned, tuple(sorted(set(powers))), months)


def _claim_plan(company: Company, claim: Claim, pace: Pace, truth: float | None) -> ClaimPlan:
    """One claim: what is missing, why numbers would not help, or what it takes."""
    found = claim.estimate(company)
    if found.missing:
        needs = Needs(why_not=f"needs {' and '.join(found.missing)}", notes=(found.action,))
        return ClaimPlan(claim, found.verdict, needs, pace, found.missing)
    if found.verdict == "not identifiable" and not _asked_anyway(claim, company):
        return ClaimPlan(claim, found.verdict, Needs.not_cured(found.rule), pace)
    if not pace.departures:
        why = "nobody has left yet, so there is no rate to plan with"
        return ClaimPlan(claim, found.verdict, Needs(why_not=why), pace)
    needs = BY_CLAIM[claim.id](company, found, claim.terms, truth)
    return ClaimPlan(claim, found.verdict, _with_floor(needs), pace)


def _asked_anyway(claim: Claim, company: Company) -> bool:
    """Whether "not identifiable" may be for want of data alone, which the claim's counts tell."""
    told_by_counts = claim.id in ("key-results", "results-satisfaction", "same-drivers")
    dated = company.results_known == "dated"
    return told_by_counts and dated and not claim.tests_itself(company)


def _with_floor(needs: Needs) -> Needs:
    """No fewer of what counts first than a normal curve takes to be a guide."""
    if needs.why_not or not needs.counted or needs.truth.question is None:
        return needs
    words, n = needs.counted[0]
    floor = Floor(f"{FEWEST} who {words}", FEWEST / max(n, 1), rule=False)
    return replace(needs, floors=(*needs.floors, floor))
