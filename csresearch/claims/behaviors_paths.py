"""C7's second looks: how many ways lead to failure and to success, and is it just product usage?"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import ibis
import numpy as np
import pandas as pd

from csresearch.association import concordance
from csresearch.claims.behaviors_steps import USAGE, Adoption, estimated, habits
from csresearch.claims.waiting import LEFT
from csresearch.concentration.diversity import (
    diversity_ratio,
    hill_number,
    rarefied_hill_number,
)
from csresearch.events import COUNTS, EventTable
from csresearch.findings.estimates import Estimate
from csresearch.resampling import GROUP, jackknifed, with_groups

LANDMARK_DAYS = 90  # claims.md: at risk on day 90
DRAWS = 200  # bootstrap samples of a diversity ratio
ORDERS = (0.0, 1.0, 2.0)
PATTERNS = "effective number of behaviour patterns, failures ÷ successes"
USAGE_STEPS = 4  # classes of usage for each doubling
WEEK = 7.0


@dataclass(frozen=True)
class Outcomes:
    """Customers still waiting on day 90 by how they got there, and what became of them.

    Parameters
    ----------
    sets : DataFrame
        Customers by set of behaviours adopted by day 90: columns ``failed, succeeded``, a row a
        pattern.
    paths : DataFrame
        The same by the order in which they were first adopted.
    """

    sets: pd.DataFrame
    paths: pd.DataFrame

    @property
    def totals(self) -> dict[str, int]:
        """Failures and successes."""
        return {name: int(self.sets[name].sum()) for name in ("failed", "succeeded")}


def _at_landmark(adoption: Adoption) -> ibis.Table:
    """Customers at risk of a first result on day 90."""
    lives = adoption.lives
    return lives.filter((lives.entry_day <= LANDMARK_DAYS) & (lives.exit_day > LANDMARK_DAYS))


def outcomes(adoption: Adoption) -> Outcomes:
    """Count patterns among failures and successes: one GROUP BY in the engine.

    Success is a first result by the horizon; failure is leaving by then, or being there at the
    horizon without a result. Only customers who started at least a horizon before the data end
    count, so that how soon one fails does not decide who is counted.
    """
    lives, horizon = _at_landmark(adoption), adoption.horizon_days
    until = ibis.literal(adoption.company.observed_until)
    lives = lives.filter(until.delta(lives.started_on, unit="day") >= horizon)
    succeeded = lives.churned & (lives.exit_day <= horizon)
    failed = (lives.exit_day > horizon) | (lives.waiting_ends == LEFT)
    lives = lives.mutate(path=_path_code(lives, len(adoption.kinds)), succeeded=succeeded)
    counted = lives.filter(succeeded | failed).group_by("path", "succeeded")
    frame = counted.agg(n=lambda t: t.count()).to_pandas()
    return Outcomes(
        _by_outcome(frame.assign(path=_sets(frame["path"], len(adoption.kinds)))),
        _by_outcome(frame),
    )


def _path_code(lives: ibis.Table, n: int) -> ibis.Value:
    """The place of each behaviour in the order of first adoption by day 90, 0 for never."""
    days = [lives[name] for name in habits(n)]
    code = ibis.literal(0, "int64")
    for i, day in enumerate(days):
        before = [
            ((other < day) if i < j else (other <= day)).fill_null(False).ifelse(1, 0)
            for j, other in enumerate(days)
            if j != i
        ]
        place = sum(before, ibis.literal(1, "int64"))
        adopted = (day <= LANDMARK_DAYS).fill_null(False)
        code = code * (n + 1) + adopted.ifelse(place, 0)
    return code


def _sets(path: pd.Series, n: int) -> np.ndarray:
    """The set of behaviours a path has, as a number."""
    code, found = path.to_numpy(np.int64), np.zeros(len(path), np.int64)
    for i in range(n):
        code, place = np.divmod(code, n + 1)
        found |= (place > 0).astype(np.int64) << i
    return found


def _by_outcome(frame: pd.DataFrame) -> pd.DataFrame:
    """Customers of each pattern, by outcome."""
    names = {False: "failed", True: "succeeded"}
    wide = frame.pivot_table(
        index="path", columns="succeeded", values="n", aggfunc="sum", fill_value=0
    )
    wide = wide.rename(columns=names).reindex(columns=list(names.values()), fill_value=0)
    return wide.astype("int64")


def patterns_ratio(found: Outcomes) -> Estimate:
    """How many times as many patterns do failures show, at equal numbers? Shannon's order, 1."""
    return replace(
        _ratio(found.sets, 1.0), name=PATTERNS, null=1.0, smallest_effect=1.25,
        claimed_region=(1.5, None),
    )  # fmt: skip


def _ratio(patterns: pd.DataFrame, q: float) -> Estimate:
    """Failures ÷ successes at equal numbers."""
    ratio = diversity_ratio(patterns["failed"], patterns["succeeded"], q, draws=DRAWS)
    return estimated("", ratio, "ratio")


def diversity_table(found: Outcomes) -> pd.DataFrame:
    """Hill numbers of failures and successes at equal numbers, and their ratio.

    Returns
    -------
    DataFrame
        Columns ``label, failures, successes, value, ci_low, ci_high, failures_all,
        successes_all, scale``: patterns at the smaller group's number of customers, their ratio,
        and patterns at each group's own number.
    """
    rows = []
    kinds = {"sets of behaviours": found.sets, "orders of adoption": found.paths}
    for label, patterns in kinds.items():
        n = min(found.totals.values())
        for q in ORDERS if n else ():
            equal = [rarefied_hill_number(patterns[c], q, n) for c in patterns]
            own = [hill_number(patterns[c], q) for c in patterns]
            ratio = _ratio(patterns, q)
            row = (f"{label}, order {q:g}", *equal, ratio.value, ratio.ci_low, ratio.ci_high, *own)
            rows.append(row)
    columns = ["label", "failures", "successes", "value", "ci_low", "ci_high"]
    columns += ["failures_all", "successes_all"]
    return pd.DataFrame(rows, columns=columns).assign(scale="ratio")


def uses(adoption: Adoption) -> bool:
    """Whether the company records product usage."""
    done = adoption.company.behaviors
    return bool((done.behavior == USAGE).any().execute())


def score_table(adoption: Adoption) -> EventTable:
    """Customers waiting on day 90 by behaviours adopted and usage by then, weeks to the result.

    Usage is the sum of its quantities (once where there is none), in classes of a quarter of a
    doubling: only their order counts.
    """
    done = adoption.company.behaviors
    used = done.filter((done.behavior == USAGE) & (done.behavior_day <= LANDMARK_DAYS))
    used = used.group_by("customer_id").agg(used=used.quantity.fill_null(1.0).sum())
    lives = _at_landmark(adoption)
    lives = lives if GROUP in lives.columns else with_groups(lives)
    adopted = [(lives[h] <= LANDMARK_DAYS).fill_null(False).ifelse(1, 0) for h in _names(adoption)]
    lives = lives.mutate(adopted=sum(adopted[1:], adopted[0])).left_join(used, "customer_id")
    amount = ibis.greatest(lives.used.fill_null(0.0), 0.0)
    step = ((amount + 1).ln() / math.log(2) * USAGE_STEPS).floor().cast("int32")
    week = ((lives.exit_day - LANDMARK_DAYS) / WEEK).ceil()
    keys = {"adopted": lives.adopted, "used": step, "day": week, "event": lives.churned}
    frame = lives.group_by(**keys, **{GROUP: lives[GROUP]}).agg(n=lives.count()).to_pandas()
    return _from_start(frame)


def _names(adoption: Adoption) -> list[str]:
    """Columns of the behaviours' first days."""
    return habits(len(adoption.kinds))


def _from_start(frame: pd.DataFrame) -> EventTable:
    """Everybody enters on day 0 and ends with a first result or is censored; scores turned.

    Concordance asks whether a higher score stays longer; here it should be sooner.
    """
    by = ["adopted", "used", GROUP]
    frame = frame.assign(adopted=-frame["adopted"], used=-frame["used"], moved=0)
    starts = frame.assign(day=0.0, entrance=frame["n"], observed=0, censored=0)
    stops = frame.assign(
        entrance=0,
        observed=frame["n"].where(frame["event"], 0),
        censored=frame["n"].where(~frame["event"], 0),
        day=frame["day"].astype(float),
    )
    return EventTable.from_counts(pd.concat([starts, stops], ignore_index=True), by)


def concordances(adoption: Adoption) -> tuple[Estimate, Estimate, Estimate]:
    """How well do behaviours, and usage, by day 90 tell who gets a first result sooner?

    Returns
    -------
    tuple of Estimate
        Concordance of the number of behaviours adopted, of usage, and the first minus the second
        with a jackknife over hashed customers (or parents), since both are of the same people.
    """
    table = score_table(adoption)
    groups = table.counts[GROUP].to_numpy()
    everybody = np.ones(len(groups), bool)
    pair = [_concordance_of(table, score, adoption.horizon_days) for score in ("adopted", "used")]
    names = ("concordance of behaviours by day 90", "concordance of usage by day 90")
    both = [replace(of(everybody), name=name) for of, name in zip(pair, names, strict=True)]

    def gap(keep: np.ndarray) -> float | None:
        first, second = (of(keep).value for of in pair)
        return None if None in (first, second) else first - second

    apart = Estimate("concordance, behaviours − usage", gap(everybody), scale="points", null=0.0)
    return (*both, jackknifed(apart, groups, gap))


def _concordance_of(
    table: EventTable, score: str, horizon_days: float
) -> Callable[[np.ndarray], Estimate]:
    """A function that gives the concordance of a score over some rows of the table.

    The rows' place in the table of the score alone is found once: the jackknife asks often.
    """
    whole = table.total([score])
    keys = [score, "day"]
    place = pd.MultiIndex.from_frame(whole.counts[keys]).get_indexer(
        pd.MultiIndex.from_frame(table.counts[keys])
    )
    numbers = {name: table.counts[name].to_numpy(float) for name in COUNTS}
    horizon = (horizon_days - LANDMARK_DAYS) / WEEK

    def of(keep: np.ndarray) -> Estimate:
        sums = {
            name: np.bincount(place, column * keep, len(whole.counts))
            for name, column in numbers.items()
        }
        some = EventTable(whole.counts.assign(**sums), whole.by)
        return concordance(some, score, horizon_days=horizon).concordance

    return of


def concordance_table(found: Sequence[Estimate]) -> pd.DataFrame:
    """Concordances as rows ``label, value, ci_low, ci_high, scale``."""
    rows = [(e.name, e.value, e.ci_low, e.ci_high, e.scale) for e in found]
    return pd.DataFrame(rows, columns=["label", "value", "ci_low", "ci_high", "scale"])
