"""Ten companies of one world and size: drawn, judged, and counted."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from csresearch import claims
from csresearch.claims.histories import history_of
from csresearch.claims.maturity_steps import bands_of
from csresearch.company import Company
from csresearch.findings import Estimate, Finding
from csresearch.findings.finding import VERDICTS
from csresearch.simulate import simulate
from csresearch.truth.cases import MATURITY, Case
from csresearch.truth.targets import Targets
from csresearch.verdicts import has_interval

COMPANIES = 10
KEYS = ("world", "customers", "claim", "block")
COUNTS = (
    "companies",
    *VERDICTS,
    "intervals",
    "covered",
    "error",
    "error_squared",
    "naive",
    "naive_agrees",
)


@dataclass(frozen=True)
class Block:
    """Which ten companies: the world, its size, and the number their seeds follow from."""

    world: str
    customers: int
    number: int

    @property
    def seeds(self) -> range:
        """Of its companies; no two blocks of a world share one."""
        first = 1 + self.number * COMPANIES
        return range(first, first + COMPANIES)


def run_block(block: Block, case: Case, targets: Targets) -> list[dict[str, float | str]]:
    """Draw the companies of a block and count how the kit fares.

    Parameters
    ----------
    block : Block
    case : Case
        Of the block's world.
    targets : Targets

    Returns
    -------
    list of dict
        One a claim, with `KEYS` and `COUNTS`: companies and how many came to each verdict; in how
        many there was an interval and the true value is known, in how many it covered it, and the
        sum of errors and of their squares (of logs for a ratio); in how many there is a plain
        number, and how many of those lie where the claim says.
    """
    counts = {claim: dict.fromkeys(COUNTS, 0.0) for claim in case.claims}
    for seed in block.seeds:
        drawn = simulate(case.world, seed=seed, n_customers=block.customers)
        company = Company.from_frames(**drawn.tables, **drawn.config)
        for claim, so_far in counts.items():
            finding = claims.get(claim).estimate(company)
            target = targets.of(case.truth, claim, _horizon_days(company, claim))
            _count(finding, target, so_far)
    key = (block.world, block.customers)
    return [
        dict(zip(KEYS, (*key, claim, block.number), strict=True)) | so_far
        for claim, so_far in counts.items()
    ]


def _horizon_days(company: Company, claim: str) -> float | None:
    """By when C3 counts churn: its horizon, shortened to what these data support."""
    if claim != MATURITY:
        return None
    table = history_of(company, ("maturity",), unmerged=("maturity",)).event_table()
    months = company.config.horizon_months
    return bands_of(table, company.bands.labels, company.bands.low, months).horizon_days


def _count(finding: Finding, target: float | None, so_far: dict[str, float]) -> None:
    """Add one company to the counts."""
    so_far["companies"] += 1
    so_far[finding.verdict] += 1
    found = finding.primary
    if found is not None and has_interval(found) and target is not None:
        error = _distance(found, target)
        so_far["intervals"] += 1
        so_far["covered"] += not found.excludes(target)
        so_far["error"] += error
        so_far["error_squared"] += error**2
    naive = finding.first("naive")
    region = claims.get(finding.claim).terms.claimed_region
    if naive is not None and naive.value is not None:
        low, high = (-np.inf if region[0] is None else region[0], region[1])
        so_far["naive"] += 1
        so_far["naive_agrees"] += low <= naive.value <= (np.inf if high is None else high)


def _distance(found: Estimate, target: float) -> float:
    """Estimate minus truth; of logs for a ratio.

    A ratio of 0 stands for half its interval's upper end, an infinite one for twice its lower end.
    """
    if found.scale != "ratio":
        return found.value - target
    value = 2 * found.ci_low if found.unbounded else found.value or found.ci_high / 2
    return math.log(value) - math.log(target)
