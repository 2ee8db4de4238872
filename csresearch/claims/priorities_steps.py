"""The numbers behind C13: who is here today, what multiplies their leaving, and what if."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import ibis
import pandas as pd

from csresearch.claims.happy import Cut, cuts_of
from csresearch.claims.histories import default_strata, known_levels, slim
from csresearch.claims.moods import HAPPY, MOODS, NO_ANSWER, UNHAPPY, mood_changes
from csresearch.claims.renewal_clock import with_latest
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.events import NOT_RECORDED, EventTable
from csresearch.resampling import GROUP
from csresearch.states import read_paths
from csresearch.survival.kept_together import TogetherModel, clustered, fit_together
from csresearch.survival.rates import split_exposure
from csresearch.survival.scenarios import Scenarios, expected_kept

RESULT, MOOD, MATURITY = "result_day", "level", "maturity"
WITH, WITHOUT = "with", "without"
EDGES_DAYS = tuple(months * DAYS_PER_MONTH for months in (*range(1, 37), 48))  # renewals peak
FOLDS = 64  # groups of customers of the same parents
AS_IS = "as things are"
RESULTS = "results for all"
RESULTS_LOW = "results for the low group"
RESULTS_HIGH = "results for the most mature"
ALL_HAPPY = "everyone happy"
PREPARED = "the low group prepared"
MAIN = (RESULTS, ALL_HAPPY, PREPARED)


@dataclass(frozen=True, eq=False)
class Priorities:
    """What could be done for the customers there are, and what each would keep.

    Parameters
    ----------
    company : Company
    strata : tuple of str
        Maturity and segments that have a factor of their own.
    lag_days : float
        How old a result or an answer must be before it counts.
    cuts : mapping
        From which score on an answer is happy.
    like : Priorities, optional
        The same customers at another lag or with more strata: what it has read is not read again.
    """

    company: Company
    strata: tuple[str, ...]
    lag_days: float
    cuts: Mapping[str, Cut]
    like: Priorities | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Everything a customer's rate depends on."""
        return (*self.strata, RESULT, MOOD)

    @property
    def days(self) -> float:
        """How far the scenarios look ahead."""
        return 12 * DAYS_PER_MONTH

    @cached_property
    def table(self) -> EventTable:
        """Event table of strata × result × mood: one scan."""
        return self.paths.total(self.columns)

    @cached_property
    def paths(self) -> EventTable:
        """The same by hashed group of customers where parents share fate."""
        if self.like is not None and self.like.lag_days == self.lag_days:
            fewer = set(self.like.strata) - set(self.strata)
            return self.like.paths.total([n for n in self.like.paths.by if n not in fewer])
        return state_paths(self.company, self.strata, self.cuts, self.lag_days)

    @cached_property
    def split(self) -> pd.DataFrame:
        """Departures and exposure by bin of tenure."""
        return split_exposure(self.table, EDGES_DAYS)

    @cached_property
    def model(self) -> TogetherModel:
        """What multiplies the churn rate."""
        model = fit_together(self.split, references_of(self.split, self.strata))
        if GROUP not in self.paths.by:
            return model
        counts = self.paths.counts
        fold = pd.factorize(counts[GROUP], sort=True)[0] % FOLDS
        folded = EventTable.from_counts(counts.assign(**{GROUP: fold}), self.paths.by)
        split = split_exposure(folded, EDGES_DAYS)
        if split.loc[split["exposure"] > 0, GROUP].nunique() < 2:
            return model  # one parent alone shows nothing of what parents share
        return clustered(model, split, GROUP)

    @cached_property
    def today(self) -> pd.DataFrame:
        """Today's customers, counted by state and month of tenure."""
        if self.like is not None:
            return counted_over(self.like.today, [*self.columns, "month"])
        return customers_today(self.company, self.strata, self.cuts)

    @cached_property
    def ever(self) -> pd.DataFrame:
        """All customers there ever were by last result and mood: number, and how many left."""
        rows = last_states(self.company, self.strata, self.cuts)
        left = rows["churned"].cast("int32").sum()
        return rows.group_by([RESULT, MOOD]).agg(customers=rows.count(), left=left).to_pandas()

    @cached_property
    def now(self) -> list[tuple]:
        """The state of each row of ``today``."""
        return list(self.today[list(self.columns)].itertuples(index=False, name=None))

    @property
    def left_out(self) -> tuple[str, ...]:
        """The main scenarios nothing can be said of, each with the reason."""
        why = {
            RESULTS: self.company.results_known != "dated" and "results have no dates",
            ALL_HAPPY: not self.cuts and "there are no answers",
            PREPARED: MATURITY not in self.strata and "no maturity is recorded",
        }
        few = "too few left in one of the states, or there is nobody to change"
        return tuple(f"{n}: {why[n] or few}" for n in MAIN if n not in self.scenarios)

    @cached_property
    def scenarios(self) -> dict[str, list[tuple]]:
        """The state of each row in each scenario the data can say something about."""
        return scenarios_of(self)

    def kept(self, weight: str = "customers", first: str = AS_IS) -> Scenarios:
        """What is expected to be kept; differences are against the first scenario."""
        order = {first: self.scenarios[first]} | self.scenarios
        return expected_kept(self.model, self.today, order, weight=weight, days=self.days)

    def changed(self, weight: str = "customers") -> dict[str, float]:
        """How many customers, or how much revenue, each scenario does something for."""
        amount = self.today[weight].to_numpy(float)
        return {
            name: float(sum(w for w, a, b in zip(amount, self.now, states, strict=True) if a != b))
            for name, states in self.scenarios.items()
        }


def priorities_of(company: Company, *, lag_days: float = 0.0) -> Priorities:
    """The scenarios of a company; nothing is read before it is asked for."""
    strata = default_strata(company)
    cuts = cuts_of(company) if company.has("surveys.score") else {}
    return Priorities(company, strata, lag_days, cuts)


def state_paths(
    company: Company, strata: Sequence[str], cuts: Mapping[str, Cut], lag_days: float
) -> EventTable:
    """Who was at risk, and left, by result and latest answer."""
    lives = company.lifetimes(surveys=False)
    if company.results_known != "dated":
        lives = lives.mutate(result_day=ibis.null("float64"))
    changes = mood_changes(company, cuts)
    lives, by = slim(company, lives, strata, RESULT)
    known = known_levels(company, strata)
    return read_paths(lives, changes, MOODS, (RESULT,), by=by, lag_days=lag_days, known=known)


def references_of(split: pd.DataFrame, strata: Sequence[str]) -> dict[str, str]:
    """The level without a factor: no result, unhappy, else the commonest among who left."""
    left = {n: split.groupby(n, observed=True)["observed"].sum() for n in (*strata, RESULT, MOOD)}
    common = {name: str(n.idxmax()) for name, n in left.items()}
    wanted = {RESULT: WITHOUT, MOOD: UNHAPPY}
    return common | {name: level for name, level in wanted.items() if left[name].get(level, 0) > 0}


def today_rows(company: Company, strata: Sequence[str], cuts: Mapping[str, Cut]) -> ibis.Table:
    """Every customer there is today, in the state they are in today."""
    rows = last_states(company, strata, cuts)
    return rows.filter(rows["here"])


def last_states(company: Company, strata: Sequence[str], cuts: Mapping[str, Cut]) -> ibis.Table:
    """Every customer in their last state: ``customer_id``, strata, result, mood, tenure, revenue.

    ``here`` says who is a customer today, ``churned`` who left; of who was lost sight of neither.
    """
    lives = company.lifetimes(surveys=False)
    here = ~lives["churned"]
    if company.dated:
        seen = ibis.literal(company.observed_until).delta(lives["started_on"], unit="day")
        here &= lives["exit_day"] >= seen
    dated = ibis.literal(company.results_known == "dated")
    had = dated & (lives["result_day"] < lives["exit_day"]).fill_null(False)
    own = ("customer_id", "churned", "exit_day", "recurring_revenue", *strata)
    lives = lives.select(
        *own, here=here, had=had, renewal=ibis.literal(0), notice_day=lives["exit_day"]
    )
    rows = with_latest(lives, mood_changes(company, cuts), (UNHAPPY, HAPPY))
    text = {name: rows[name].cast("string").fill_null(NOT_RECORDED) for name in strata}
    return rows.select(
        "customer_id",
        "here",
        "churned",
        **text,
        **{
            RESULT: rows["had"].ifelse(WITH, WITHOUT),
            MOOD: rows["latest"].fill_null(NO_ANSWER),
            "tenure_days": rows["exit_day"],
            "revenue": (rows["recurring_revenue"] > 0)
            .ifelse(rows["recurring_revenue"], 0.0)
            .fill_null(0.0),
        },
    )


def customers_today(
    company: Company, strata: Sequence[str], cuts: Mapping[str, Cut]
) -> pd.DataFrame:
    """Today's customers by state and month of tenure: number, revenue and mean tenure."""
    rows = today_rows(company, strata, cuts)
    month = (rows["tenure_days"] / DAYS_PER_MONTH).floor().cast("int32")
    keys = [*strata, RESULT, MOOD, "month"]
    counted = rows.mutate(month=month).group_by(keys)
    found = counted.agg(
        customers=ibis._.count(),
        revenue=ibis._.revenue.sum(),
        tenure_days=ibis._.tenure_days.mean(),
    )
    return found.order_by(keys).to_pandas()


def counted_over(today: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """The same customers of today counted over fewer columns."""
    weighed = today.assign(tenure_days=today["tenure_days"] * today["customers"])
    sums = weighed.groupby(list(keys), sort=True)[["customers", "revenue", "tenure_days"]].sum()
    return sums.assign(tenure_days=sums["tenure_days"] / sums["customers"]).reset_index()


def scenarios_of(study: Priorities) -> dict[str, list[tuple]]:
    """Only what is known to multiply the rate, and what would change somebody, is a scenario."""
    bands, factors = study.company.bands, study.model.factors
    low, top = tuple(bands.low), bands.labels[-1:] if bands.labels else ()
    found, base = {AS_IS: study.now}, references_of(study.split, study.strata)
    if (RESULT, WITH) in factors and base[RESULT] == WITHOUT:
        found[RESULTS] = _moved(study, RESULT, WITHOUT, WITH)
        if MATURITY in study.strata and low:
            found[RESULTS_LOW] = _moved(study, RESULT, WITHOUT, WITH, within=low)
            found[RESULTS_HIGH] = _moved(study, RESULT, WITHOUT, WITH, within=tuple(top))
    if (MOOD, HAPPY) in factors and base[MOOD] == UNHAPPY:
        found[ALL_HAPPY] = _moved(study, MOOD, UNHAPPY, HAPPY)
    target = next_band(study)
    if target is not None:
        found[PREPARED] = [
            _with(study, state, MATURITY, target) if state[0] in low else state
            for state in study.now
        ]
    return {n: states for n, states in found.items() if n == AS_IS or states != study.now}


def next_band(study: Priorities) -> str | None:
    """The band just above the low group, where both saw departures."""
    if MATURITY not in study.strata or not study.company.bands.low:
        return None
    bands = study.company.bands
    above = [band for band in bands.labels if band not in bands.low]
    reference = references_of(study.split, study.strata)[MATURITY]
    known = {level for name, level in study.model.factors if name == MATURITY} | {reference}
    usable = [band for band in above if band in known]
    return usable[0] if usable and set(bands.low) & known else None


def _moved(
    study: Priorities, column: str, before: str, after: str, *, within: tuple[str, ...] = ()
) -> list[tuple]:
    """Every state with one level replaced, in some bands only where given."""
    place = study.columns.index(column)
    return [
        _with(study, state, column, after)
        if state[place] == before and (not within or state[0] in within)
        else state
        for state in study.now
    ]


def _with(study: Priorities, state: tuple, column: str, level: str) -> tuple:
    """A state with another level of one column."""
    place = study.columns.index(column)
    return (*state[:place], level, *state[place + 1 :])
