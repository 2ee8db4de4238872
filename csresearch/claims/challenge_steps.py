"""The numbers behind C16: who is not worse after a challenge, beside the matched unchallenged."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import numpy as np
import pandas as pd

from csresearch.claims.challenge_pairs import CELL, Pairs, first_challenges
from csresearch.claims.effort_steps import ratio_within
from csresearch.claims.histories import default_strata, known_levels, slim
from csresearch.company import Company
from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate
from csresearch.history import History, read_history
from csresearch.resampling import GROUP, jackknifed, jackknifed_from, without_each
from csresearch.survival.limits import binomial_interval

SHARE = "challenged customers whose next score is not worse"
MATCHED = "the same of matched customers without a challenge"
GAP = "challenged − matched unchallenged"
WORST = "the same, who did not answer again counted as worse"


def not_worse(pairs: Pairs, *, clustered: bool, outcome: str = "not_worse") -> Estimate:
    """Which share of the challenged score no lower the next time?

    Parameters
    ----------
    pairs : Pairs
    clustered : bool
        Whether customers of one parent, or pairs of one customer, must be taken together.
    outcome : str
        "not_worse" or "better".

    Returns
    -------
    Estimate
        Exact interval, or the jackknife's where clustered; no value without such customers.
    """
    rows = pairs.answered[pairs.answered["challenged"]].reset_index(drop=True)
    return _share(rows, SHARE, outcome, clustered=clustered)


def worst_case(pairs: Pairs, *, clustered: bool) -> Estimate:
    """The same share if everybody who did not answer again had scored lower."""
    rows = pairs.frame[pairs.frame["challenged"]].reset_index(drop=True)
    return _share(rows, WORST, "not_worse", clustered=clustered)


def _share(rows: pd.DataFrame, name: str, outcome: str, *, clustered: bool) -> Estimate:
    """A share of counted rows."""
    n = float(rows["n"].sum())
    if not n:
        return Estimate(name, None, scale="probability")

    each, good = rows["n"].to_numpy(), rows["n"].to_numpy() * rows[outcome].to_numpy()

    def share(keep: np.ndarray) -> float | None:
        total = each[keep].sum()
        return float(good[keep].sum() / total) if total else None

    exact = binomial_interval(float(rows.loc[rows[outcome], "n"].sum()), n)
    found = Estimate(
        name, exact.value, exact.ci_low, exact.ci_high,
        std_error=float(np.sqrt(exact.value * (1 - exact.value) / n)), scale="probability",
    )  # fmt: skip
    return jackknifed(found, rows[GROUP].to_numpy(), share) if clustered else found


def matched(
    pairs: Pairs, cell: Sequence[str] = CELL, outcome: str = "not_worse"
) -> tuple[Estimate, Estimate, float]:
    """How often is the next score not worse without a challenge, in the same cells?

    Parameters
    ----------
    pairs : Pairs
    cell : sequence of str
        What pairs are matched on: of ``maturity, months, instrument, before, earlier``.
    outcome : str
        "not_worse" or "better".

    Returns
    -------
    (Estimate, Estimate, float)
        The share of the unchallenged, weighted to the cells of the challenged; challenged −
        unchallenged in those cells; the share of the challenged who have a match.

    Notes
    -----
    Direct standardisation. Intervals by the delete-a-group jackknife over hashed parents or
    customers, since a customer may stand in several pairs.
    """
    rows = pairs.answered
    cells = rows.groupby(list(cell), sort=True).ngroup().to_numpy() if cell else 0
    place = (cells * 2 + rows["challenged"].to_numpy(int)) * 2 + rows[outcome].to_numpy(int)
    size, n = 4 * (int(np.max(cells, initial=0)) + 1), rows["n"].to_numpy(float)

    def both(keep: np.ndarray | bool) -> tuple[float, float, float]:
        return _standardised(np.bincount(place, n * keep, size).reshape(-1, 2, 2))

    challenged, without, share_matched = both(True)
    if not np.isfinite(without):
        empty = Estimate(MATCHED, None, scale="probability", role="no_effect")
        return empty, Estimate(GAP, None, scale="points", null=0.0), 0.0
    others = [both(keep) for keep in without_each(rows[GROUP].to_numpy())]
    level = Estimate(MATCHED, without, scale="probability", role="no_effect")
    gap = Estimate(GAP, challenged - without, scale="points", null=0.0)
    level = jackknifed_from(level, [_known(unchallenged) for _, unchallenged, _ in others])
    gap = jackknifed_from(gap, [_known(one - other) for one, other, _ in others])
    return level, gap, share_matched


def _known(value: float) -> float | None:
    """A number, or None."""
    return float(value) if np.isfinite(value) else None


def _standardised(n: np.ndarray) -> tuple[float, float, float]:
    """Shares of the challenged and, in their cells, of the others; and the share with a match.

    ``n`` are the pairs by cell, whether challenged, and outcome.
    """
    total, good = n.sum(axis=2), n[:, :, 1]
    both = (total > 0).all(axis=1)
    weight = total[both, 1]
    if not weight.sum():
        return np.nan, np.nan, 0.0
    matched = weight.sum()
    without = float((weight * good[both, 0] / total[both, 0]).sum() / matched)
    return float(good[both, 1].sum() / matched), without, float(matched / total[:, 1].sum())


def by_score(pairs: Pairs) -> pd.DataFrame:
    """The share not worse by the score before, challenged beside unchallenged.

    Returns
    -------
    DataFrame
        ``before`` (class of the scale from 0 to 10), ``challenged, unchallenged`` (customers,
        pairs) and the shares ``share_challenged, share_unchallenged``.
    """
    rows = pairs.answered
    good = rows.assign(good=rows["n"].where(rows["not_worse"], 0))
    sums = good.groupby(["before", "challenged"])[["n", "good"]].sum().unstack(fill_value=0)
    sums = sums.reindex(columns=pd.MultiIndex.from_product([["n", "good"], [True, False]]),
                        fill_value=0)  # fmt: skip
    share = sums["good"] / sums["n"].where(sums["n"] > 0)
    table = pd.DataFrame({"before": sums.index.astype(int)})
    for flag, name in ((True, "challenged"), (False, "unchallenged")):
        table[name] = sums["n", flag].to_numpy().astype(int)
        table[f"share_{name}"] = share[flag].to_numpy()
    return table


def histories(company: Company) -> tuple[History, History | None]:
    """Customers by maturity and segments, the change being the challenge: until exit, and until
    the first result (None where results are not dated).
    """
    strata = default_strata(company)
    lives, by = slim(company, company.lifetimes(surveys=False), strata, "result_day")
    challenges = first_challenges(company)
    lives = lives.left_join(challenges, "customer_id").drop("customer_id_right")
    lives = lives.mutate(change_day=lives.challenge_day)
    known = known_levels(company, strata)
    churn = read_history(lives, by, unmerged=(GROUP,), known=known)
    if company.results_known != "dated":
        return churn, None
    waiting = _until_result(lives)
    return churn, read_history(waiting, by, unmerged=(GROUP,), known=known)


def _until_result(lives: ibis.Table) -> ibis.Table:
    """Lives that end with the first result; leaving before it censors."""
    result = lives.result_day
    result = (result == 0).ifelse(0.5, result)
    got = (result < lives.exit_day).fill_null(False)
    lives = lives.mutate(exit_day=got.ifelse(result, lives.exit_day), churned=got)
    return lives.filter(lives.exit_day > lives.entry_day)


def after_ratio(table: EventTable, *, name: str) -> Estimate:
    """The rate after a challenge ÷ without one, at the same tenure, band and segment."""
    strata = [c for c in table.by if c not in ("maturity", "state", GROUP)]
    if "maturity" not in table.by:
        counts = table.counts.assign(maturity="")
        table = EventTable(counts, ("maturity", *table.by))
    bands = table.counts["maturity"].unique()
    return ratio_within(table, bands, strata, level="state", name=name)
