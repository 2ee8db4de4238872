"""Money: the same ratios and shares weighted by recurring revenue, with honest intervals.

Revenue is summed where the data are; only sums per cell, hashed group and day come here. A few
large customers can carry a sum, so every interval is a delete-a-group jackknife's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import ibis
import numpy as np
import pandas as pd

from csresearch.claims import net_retention
from csresearch.claims.histories import LIFE
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.events import COUNTS, NOT_RECORDED, EventTable
from csresearch.findings.estimates import Estimate, Part
from csresearch.history import TICKS_A_DAY, ticks_of
from csresearch.resampling import GROUP, with_groups
from csresearch.survival.revenue import ratio_of_sums
from csresearch.survival.weighted import weighted_hazard_ratio, weighted_survival

NEEDS = "customers.recurring_revenue"
FOLDS = 64  # of the jackknife: enough for its error to be known within a tenth
RETENTION_MONTHS = (12, 24)
TITLE = "Money"
GROSS = "gross revenue retention"
FROM_START = (
    "Gross retention to a month counts each customer's revenue at the start until it leaves."
)
UNEVEN = "Intervals allow for a few large customers."


def money_lacks(company: Company) -> str:
    """Why nothing can be weighted by revenue; empty where it can."""
    if not company.has(NEEDS):
        return f"It needs {NEEDS}, which these data do not have."
    return ""


def revenue_table(
    lives: ibis.Table, by: Sequence[str] = (), *, change: str | None = None
) -> EventTable:
    """Sum the revenue that enters, leaves and moves on each day: one pass in the engine.

    Parameters
    ----------
    lives : ibis.Table
        One row per customer: ``customer_id, parent_id, entry_day, exit_day, churned,
        recurring_revenue``, the columns of ``by`` and the one named ``change``. Customers without
        revenue, or with none above 0, are left out.
    by : sequence of str
        Columns that make a cell beside the hashed group.
    change : str, optional
        Day from which a customer is "with" instead of "without" (column ``state``).

    Returns
    -------
    EventTable
        Of sums of revenue, over ``(*by, "state", "cluster_group")``.
    """
    own = (*LIFE, "parent_id", "recurring_revenue", *by, *filter(None, [change]))
    lives = lives.select(*dict.fromkeys(own))
    paying = with_groups(lives.filter(lives["recurring_revenue"] > 0))
    turn = paying["exit_day"]
    if change:  # never is at the exit: some engines' greatest() overlooks NULL
        turn = ibis.least(paying[change].fill_null(turn), turn)
        turn = ibis.greatest(turn, paying["entry_day"])
    cells = {name: paying[name] for name in by}
    rows = paying.select(
        GROUP,
        "entry_day",
        "exit_day",
        "churned",
        w=paying["recurring_revenue"].cast("float64"),
        turn=turn,
        **cells,
    )
    before = rows.filter(rows["turn"] > rows["entry_day"])
    ends = before["turn"] == before["exit_day"]
    after = rows.filter(rows["turn"] < rows["exit_day"])
    flows = [
        _flow(before, by, state="without", day="entry_day", kind=ibis.literal("entrance")),
        _flow(before, by, state="without", day="turn", kind=_kind(before, ends)),
        _flow(after, by, state="with", day="turn", kind=ibis.literal("entrance")),
        _flow(after, by, state="with", day="exit_day", kind=_kind(after, ibis.literal(True))),
    ]
    keys = [*by, "state", GROUP, "ticks", "kind"]
    both = ibis.union(*flows)
    sums = both.group_by(keys).agg(w=both["w"].sum()).order_by(keys).to_pandas()
    counts = pd.DataFrame({name: sums[name] for name in (*by, "state", GROUP)})
    counts["day"] = sums["ticks"] / TICKS_A_DAY
    for name in COUNTS:
        counts[name] = np.where(sums["kind"] == name, sums["w"], 0.0)
    return EventTable.from_counts(counts, (*by, "state", GROUP))


def _flow(
    rows: ibis.Table, by: Sequence[str], *, state: str, day: str, kind: ibis.Value
) -> ibis.Table:
    """One end of the intervals of a state."""
    cells = {n: rows[n] if rows[n].type().is_numeric() else _text(rows[n]) for n in by}
    ticks = ticks_of(rows[day])
    return rows.select(
        **cells,
        state=ibis.literal(state),
        **{GROUP: rows[GROUP]},
        ticks=ticks,
        kind=kind,
        w=rows["w"],
    )


def _text(column: ibis.Value) -> ibis.Value:
    return column.cast("string").fill_null(NOT_RECORDED)


def _kind(rows: ibis.Table, ends: ibis.Value) -> ibis.Value:
    """What the end of an interval is: a departure, the end of the data, or a change of state."""
    left = rows["churned"].ifelse("observed", "censored")
    return ends.ifelse(left, "moved")


def folded(table: EventTable) -> np.ndarray:
    """The fold of the jackknife each row belongs to."""
    return pd.factorize(table.counts[GROUP], sort=True)[0] % FOLDS


def revenue_ratio(
    table: EventTable,
    level: str,
    covariate: Callable[[object], float | Sequence[float]],
    *,
    name: str,
    strata: Sequence[str] = (),
) -> Estimate:
    """By what factor does one unit of a covariate multiply the rate at which revenue is lost?

    Parameters
    ----------
    table : EventTable
        Of revenue (`revenue_table`).
    level : str
        Column of states, scores or bands.
    covariate : callable
        The covariate of a level; or several, of which the first is asked for.
    name : str
    strata : sequence of str

    Returns
    -------
    Estimate
        Hazard ratio of the weighted Cox partial likelihood (Breslow's ties, as sums of weights do
        not tell how many left on a day) with jackknifed limits; no value where the covariate
        does not vary.
    """
    if table.counts[GROUP].nunique() < 2:
        return Estimate(name, None, null=1.0)
    found = weighted_hazard_ratio(table, level, covariate, group=GROUP, strata=strata)
    return Estimate(
        name, found.value, found.ci_low, found.ci_high, std_error=found.std_error, null=1.0
    )


def gross_retention(table: EventTable) -> list[Estimate]:
    """Share of the revenue at the start still there after one and two years, where seen so long."""
    if table.counts[GROUP].nunique() < 2:
        return []
    found = []
    for months in RETENTION_MONTHS:
        one = weighted_survival(table.total([GROUP]), GROUP, months * DAYS_PER_MONTH)
        name = f"{GROSS} to month {months}"
        if one.value is not None:
            found.append(
                Estimate(
                    name, one.value, one.ci_low, one.ci_high, std_error=one.std_error, scale="share"
                )
            )
    return found


def share_of_lost(table: EventTable, keep: Callable[[pd.DataFrame], np.ndarray], name: str):
    """Share of the revenue lost so far that was lost in some cells, with a jackknifed interval."""
    counts, fold = table.counts, folded(table)
    lost = counts["observed"].to_numpy(float)
    inside, every = (np.bincount(fold, w) for w in (lost * keep(counts), lost))
    if np.count_nonzero(every) < 2:
        return Estimate(name, None, scale="share")
    found = ratio_of_sums(inside, every, scale="share")
    return Estimate(name, found.value, found.ci_low, found.ci_high, scale="share")


def without_revenue(company: Company) -> str:
    """How many customers have no revenue, in a sentence; empty where all have some."""
    lives = company.customers
    n = int((lives["recurring_revenue"] > 0).fill_null(False).sum().execute() or 0)
    missing = company.data_summary.customers - n
    return f" {missing:,} customers without revenue above 0 are left out." if missing else ""


def money_part(company: Company, estimates: Sequence[Estimate]) -> Part:
    """What a notebook shows of money: numbers per unit of revenue beside those per customer."""
    rows = [(e.name, e.value, e.ci_low, e.ci_high, e.scale) for e in estimates]
    table = pd.DataFrame(rows, columns=["label", "value", "ci_low", "ci_high", "scale"])
    told = [FROM_START] if any(e.name.startswith(f"{GROSS} to") for e in estimates) else []
    told += [net_retention.words(company, estimates), UNEVEN]
    own = tuple(replace(e, role="secondary") for e in estimates)
    return Part(TITLE, table, " ".join(told) + without_revenue(company), estimates=own)
