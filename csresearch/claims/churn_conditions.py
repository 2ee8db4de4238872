"""C10's conditions: what every customer had and lacked on every day, read in one pass.

A condition is known before anybody leaves: whether there is a result yet and how old the last one
is, whether the customer started unprepared, expects another result than the key ones, and has
adopted the key behaviours. The kind of a churn is the condition it happened in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis

from csresearch.claims.histories import LIFE
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.events import EventTable
from csresearch.history import OTHER
from csresearch.resampling import GROUP, with_groups
from csresearch.states import first_days, read_paths

USAGE = "usage"  # plain product usage is no behaviour of its own
KEY_SHARE = 0.5  # key behaviours: most customers with a first result did them before it
KEY_RESULTS_SHARE = 0.8  # key results, where not declared: the fewest kinds with most results
MOST_BEHAVIORS = 20
TERM_MONTHS = 12.0  # of a contract, where none is recorded
NOTICE_DAYS = 30.0  # a leaving so soon after the end of the term still belongs to the renewal
NO_RESULT, LAPSED_LEVEL, RECENT_LEVEL = "no result", "lapsed", "recent"
RENEWED, ADOPTED, UNPREPARED, UNFIT = "renewed", "adopted", "unprepared", "unfit"
YES, NO = "yes", "no"
NOBODY = ibis.literal(False)


@dataclass(frozen=True)
class Definitions:
    """What makes a condition, on one company.

    Parameters
    ----------
    low : tuple of str
        Bands that are unprepared; empty: not known.
    key_results : tuple of str
        Expecting another one is a bad fit; empty: not known.
    key_behaviors : tuple of str
        Lacking one of them is not having adopted; empty: not known.
    declared : bool
        Whether company.yml names the key results.
    lapse_days : float or None
        A result without another one for so long has lapsed; None: only first results are known.
    onboarding_days : float
    """

    low: tuple[str, ...]
    key_results: tuple[str, ...]
    key_behaviors: tuple[str, ...]
    declared: bool
    lapse_days: float | None
    onboarding_days: float


def definitions_of(
    company: Company,
    *,
    lapse_months: float,
    onboarding_months: float,
    key_behaviors: Sequence[str] | None = None,
) -> Definitions:
    """What the kit takes for each condition on this company, from its settings or its counts."""
    low = company.bands.low if company.has("customers.maturity") else ()
    chosen = tuple(key_behaviors) if key_behaviors is not None else _key_behaviors(company)
    return Definitions(
        tuple(low),
        _key_results(company),
        chosen if company.has("behaviors.behavior") else (),
        bool(company.config.key_results),
        lapse_months * DAYS_PER_MONTH if company.has("results.reached_on") else None,
        onboarding_months * DAYS_PER_MONTH,
    )


def read_conditions(
    company: Company,
    given: Definitions,
    *,
    reasons: Sequence[str] = (),
    lapses: Sequence[float] = (),
) -> EventTable:
    """Count days and exits of tenure by everything the conditions are made of, in one pass.

    Parameters
    ----------
    company : Company
    given : Definitions
    reasons : sequence of str
        With some: only customers who left for a reason, by the reason; others are "(other)".
    lapses : sequence of float
        With some: in place of the one given, each of these days (rising) after which a result has
        lapsed is a level, "lapsed 0", "lapsed 1"…; see `at_lapse`.

    Returns
    -------
    EventTable
        By "unprepared" and "unfit" ("yes", "no"), the hashed group of parents where there are
        any, ``churn_reason`` if asked for, "adopted" and "renewed" ("without", "with") and
        ``level`` of results.
    """
    lives = _with_days(company, given)
    by = [UNPREPARED, UNFIT]
    if company.has("customers.parent_id"):
        lives, by = with_groups(lives), [*by, GROUP]
    if reasons:
        lives = lives.filter(lives.churned & lives.churn_reason.notnull())
        named = lives.churn_reason.isin(list(reasons))
        lives = lives.mutate(churn_reason=named.ifelse(lives.churn_reason, OTHER))
        by = [*by, "churn_reason"]
    once = [ADOPTED, RENEWED] if given.key_behaviors else [RENEWED]
    known = {LAPSED_LEVEL: given.lapse_days} if given.lapse_days is not None else {}
    if lapses:
        known = {lapsed_level(i): days for i, days in enumerate(lapses)}
    levels = (NO_RESULT, *(known or [LAPSED_LEVEL]), RECENT_LEVEL)  # the last of a day counts
    sure = {UNPREPARED: (YES, NO), UNFIT: (YES, NO), "churn_reason": (*reasons, OTHER)}
    return read_paths(lives, _result_levels(company, known), levels, once, by=by, known=sure)


def lapsed_level(number: int) -> str:
    """The level of results older than one of several ages, and not yet older than the next."""
    return f"{LAPSED_LEVEL} {number}"


def at_lapse(table: EventTable, number: int) -> EventTable:
    """The conditions for one of several ages (`read_conditions`): what is older has lapsed."""

    def level(name: str) -> str:
        age = name.removeprefix(f"{LAPSED_LEVEL} ")
        if age == name:
            return name
        return LAPSED_LEVEL if int(age) >= number else RECENT_LEVEL

    counts = table.counts.assign(level=table.counts["level"].map(level))
    return EventTable.from_counts(counts, table.by)


def _with_days(company: Company, given: Definitions) -> ibis.Table:
    """Customers with what they started as and the days of what happens once."""
    lives = company.lifetimes(surveys=False)
    low = lives.maturity.isin(list(given.low)).fill_null(False) if given.low else NOBODY
    fits = lives.expected_result.isin(list(given.key_results)).fill_null(True)
    wrong = ~fits if given.key_results else NOBODY
    term = lives.term_months.fill_null(TERM_MONTHS) * DAYS_PER_MONTH + NOTICE_DAYS
    lives = lives.select(
        *LIFE,
        "parent_id",
        "churn_reason",
        **{
            UNPREPARED: low.ifelse(YES, NO),
            UNFIT: wrong.ifelse(YES, NO),
            RENEWED: ibis.greatest(term, ibis.literal(given.onboarding_days)).cast("float64"),
        },
    )
    if not given.key_behaviors:
        return lives
    kinds = {name: f"behavior {i}" for i, name in enumerate(given.key_behaviors)}
    first = first_days(
        company.behaviors, "behavior_day", kind="behavior", kinds=given.key_behaviors
    ).rename({new: old for old, new in kinds.items()})
    joined = lives.left_join(first, "customer_id")
    days = [first[name] for name in kinds.values()]
    known = days[0].notnull()
    for day in days[1:]:
        known &= day.notnull()
    last = ibis.greatest(*days) if len(days) > 1 else days[0]
    adopted = known.ifelse(last, ibis.null("float64"))
    return joined.select(*(lives[c] for c in lives.columns), **{ADOPTED: adopted})


def _result_levels(company: Company, lapses: Mapping[str, float]) -> ibis.Table:
    """From which day on a customer's results are recent, and from which they have lapsed.

    ``lapses`` are the levels of results that are older than so many days.
    """
    lives = company.customers
    first = lives.filter(lives.first_result_day.notnull())
    rows = first.select("customer_id", day=first.first_result_day.cast("float64"))
    if company.has("results.reached_on"):
        dated = company.results.filter(company.results.result_day.notnull())
        rows = rows.union(dated.select("customer_id", day=dated.result_day.cast("float64")))
    rows = rows.mutate(day=(rows.day < 0).ifelse(0.0, rows.day))
    recent = rows.mutate(level=ibis.literal(RECENT_LEVEL))
    if not lapses:
        return recent
    order = ibis.window(group_by="customer_id", order_by="day")
    ahead = rows.mutate(following=rows.day.lead().over(order))
    found = [recent.select("customer_id", "day", "level")]
    for level, days in lapses.items():
        ends = ahead.filter(ahead.following.isnull() | (ahead.following > ahead.day + days))
        found.append(ends.select("customer_id", day=ends.day + days, level=ibis.literal(level)))
    return ibis.union(*found)


def _key_results(company: Company) -> tuple[str, ...]:
    """The declared key results; else the fewest kinds that most results are of."""
    if not company.has("customers.expected_result"):
        return ()
    if company.config.key_results or not company.has("results.result"):
        return tuple(company.config.key_results)
    kinds = company.results.filter(company.results.result.notnull())
    counted = kinds.group_by("result").agg(n=kinds.count()).to_pandas()
    counted = counted.sort_values(["n", "result"], ascending=[False, True], ignore_index=True)
    before = counted["n"].cumsum() - counted["n"]
    return tuple(counted.loc[before < KEY_RESULTS_SHARE * counted["n"].sum(), "result"])


def _key_behaviors(company: Company) -> tuple[str, ...]:
    """The behaviours that most customers with a first result did on or before its day."""
    if not company.has("behaviors.behavior"):
        return ()
    lives, done = company.lifetimes(surveys=False), company.behaviors
    reached = lives.filter(lives.result_day < lives.exit_day).select("customer_id", "result_day")
    done = done.filter(done.behavior.notnull() & (done.behavior != USAGE))
    first = done.group_by("customer_id", "behavior").agg(day=done.behavior_day.min())
    both = first.inner_join(reached, "customer_id")
    both = both.filter(both.day <= both.result_day)
    counted = both.group_by("behavior").agg(n=both.count()).to_pandas()
    enough = counted[counted["n"] >= KEY_SHARE * int(reached.count().execute())]
    ranked = enough.sort_values(["n", "behavior"], ascending=[False, True])
    return tuple(ranked["behavior"].head(MOST_BEHAVIORS))


def frequent_reasons(company: Company, most: int, least: int) -> tuple[str, ...]:
    """The reasons given most often, none of them by fewer customers than ``least``."""
    if not company.has("customers.churn_reason"):
        return ()
    left = company.customers.filter(company.customers.churned)
    left = left.filter(left.churn_reason.notnull())
    counted = left.group_by("churn_reason").agg(n=left.count()).to_pandas()
    counted = counted[counted["n"] >= least]
    ranked = counted.sort_values(["n", "churn_reason"], ascending=[False, True])
    return tuple(ranked["churn_reason"].head(most))
