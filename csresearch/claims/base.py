"""What every claim has: its words, its margins fixed before looking, what it needs, its verdict."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from csresearch.claims.shape_reasons import (
    leans_on_results,
    tested_by_itself,
    with_shape_reasons,
)
from csresearch.company import Company
from csresearch.findings import Estimate, Finding

SNAPSHOT_NEEDS = "customers.churn_window"
WORDS = {
    "segments or customers.maturity": "segments of customers (plan, region…) or maturity",
    "customers.kickoff_judgement": "judgements at kickoff",
    "results.result": "kinds of results",
    "customers.started_on": "days on which customers started",
    "efforts": "efforts of the success team",
    "efforts.kind": "kinds of effort, challenges among them",
    "results.reached_on": "days on which results were measured",
    "customers.expected_result": "results that customers expected at the start",
    "surveys.score": "survey answers",
    "customers.maturity": "maturity of customers at the start",
    "results or customers.first_result_on or customers.had_result": "results of customers",
    "results.reached_on or customers.first_result_on": "dated results of customers",
    "behaviors.behavior": "behaviours of customers",
    "customers.process": "process that customers follow, their own way or the standard",
}


@dataclass(frozen=True)
class Terms:
    """The numbers a claim is judged against, fixed before looking (claims.md).

    Parameters
    ----------
    scale : str
        As in `Estimate`.
    null, smallest_effect : float or None
        No difference, and the smallest effect that counts.
    near_miss : float or None
        The bound a reproduced claim's interval must clear.
    claimed_region : (float, float or None)
        What the newsletters claim; None: open.
    """

    scale: str
    null: float | None
    smallest_effect: float | None
    near_miss: float | None
    claimed_region: tuple[float | None, float | None]

    def primary(self, estimate: Estimate, **changes: Any) -> Estimate:
        """The estimate as the claim's primary one, with what it is judged against."""
        against = {
            "null": self.null,
            "smallest_effect": self.smallest_effect,
            "claimed_region": self.claimed_region,
        }
        return replace(estimate, role="primary", **against | changes)


@dataclass(frozen=True)
class Claim:
    """A claim of the newsletters that can be tested on a company's data.

    Parameters
    ----------
    id : str
        As in findings.json, e.g. "results-retention".
    number : str
        As in the README's list, e.g. "C1".
    title, statement : str
        A short name, and the claim in plain words.
    needs : tuple of tuple of str
        Columns needed; of each inner tuple one is enough.
    terms : Terms
    judged_by : tuple of str
        The rules in words, for the top of the notebook.
    run : callable
        ``run(company, **options) -> Finding`` for a company that has what is needed.
    foreseen : callable
        ``foreseen(company)``: what lowers the evidence grade and is known before estimating, as
        `grades.grade` takes it.
    """

    id: str
    number: str
    title: str
    statement: str
    needs: tuple[tuple[str, ...], ...]
    terms: Terms
    judged_by: tuple[str, ...]
    run: Callable[..., Finding]
    foreseen: Callable[[Company], Sequence[tuple[bool, str]]] = lambda company: ()

    def missing(self, company: Company) -> tuple[str, ...]:
        """Which needed columns does this company's data not have? Empty: none."""
        return tuple(
            " or ".join(any_of)
            for any_of in self.needs
            if not any(company.has(name) for name in any_of)
        )

    def lacks(self, company: Company) -> tuple[str, ...]:
        """What keeps this claim from being tested: missing columns, or an unknown churn window."""
        window = (SNAPSHOT_NEEDS,) if company.snapshot_without_window else ()
        return (*self.missing(company), *window)

    def tests_itself(self, company: Company) -> bool:
        """Whether it leans on results that are the activity whose absence is called leaving."""
        return leans_on_results(self.needs) and company.results_are_activity

    def estimate(self, company: Company, **options: Any) -> Finding:
        """Test the claim on a company's data.

        Parameters
        ----------
        company : Company
        **options
            Choices of this claim's ``run``; those left out keep their defaults.

        Returns
        -------
        Finding
            With its verdict, estimates and the parts a notebook shows.

        Raises
        ------
        ValueError
            If there is no such option; the message lists those there are.
        """
        self._check_options(options)
        missing = self.missing(company)
        if missing:
            finding = self._not_answerable(missing)
        elif company.snapshot_without_window:
            finding = self._needs_window()
        elif self.tests_itself(company):
            finding = tested_by_itself(self.id, self.title)
        else:
            finding = self.run(company, **options)
        on_results = leans_on_results(self.needs)
        finding = with_shape_reasons(finding, company, on_results=on_results)
        return replace(
            finding,
            options=options,
            company=company.name,
            company_fields=dict(company.config.company_fields),
            observed_until=company.observed_until.isoformat(),
        )

    def _check_options(self, options: dict[str, Any]) -> None:
        """Refuse an option the claim does not have."""
        known = list(inspect.signature(self.run).parameters)[1:]
        for name in options:
            if name not in known:
                close = difflib.get_close_matches(name, known, 1)
                hint = f" Did you mean {close[0]!r}?" if close else ""
                raise ValueError(
                    f"{self.id} has no option {name!r}.{hint} It has: {', '.join(known)}."
                )

    def _not_answerable(self, missing: tuple[str, ...]) -> Finding:
        """The finding when columns are missing: names them and asks for them."""
        what = " and ".join(WORDS.get(name, name) for name in missing)
        return Finding(
            claim=self.id,
            title=f"{self.title}: nothing to say yet",
            verdict="not answerable",
            rule=f"needs {' and '.join(missing)}, which these data do not have",
            sentence=f"These data cannot test the claim: they have no {what}.",
            action=f"Collect {what}, with dates, and run this again.",
            missing=missing,
        )

    def _needs_window(self) -> Finding:
        """The finding for one-row-per-customer snapshots that do not state their churn window."""
        return Finding(
            claim=self.id,
            title=f"{self.title}: this snapshot cannot say",
            verdict="not identifiable",
            rule=(
                "one row per customer, without dates and without the window in which churn "
                "could have been recorded"
            ),
            sentence=(
                "The export shows tenure and whether a customer churned, but not over which "
                "time churn was recorded. Read one way most customers stay, read the other way "
                "most leave, and nothing in the file says which."
            ),
            action="Find out over which window the churn flag was set and state churn_window.",
            missing=(SNAPSHOT_NEEDS,),
        )
