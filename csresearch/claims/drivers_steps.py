"""The numbers behind C15: the lifetime ratio in each segment, and how much it varies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from csresearch.claims.compared import Compared
from csresearch.claims.histories import MAX_SEGMENTS, history_of
from csresearch.claims.results_steps import (
    LEADING,
    fair_ratio,
    lifetime_influences,
    naive_ratio,
)
from csresearch.company import Company
from csresearch.events import NOT_RECORDED, EventTable
from csresearch.findings.estimates import Estimate
from csresearch.history import OTHER, History
from csresearch.pooling import RandomEffects, random_effects
from csresearch.resampling import GROUP
from csresearch.risk_sets import risk_sets
from csresearch.sensitivity import no_effect_benchmark
from csresearch.survival.cox import cox_partial_likelihood
from csresearch.verdicts import SegmentEffect, Spread

LEAST_EVENTS = 20  # claims.md, C15: departures a segment must have
LAGS_DAYS = (0.0, 28.0)
METHODS = {"paule-mandel": "Paule–Mandel", "dersimonian-laird": "DerSimonian–Laird"}


@dataclass(frozen=True)
class Segments:
    """The segments of one column: the lifetime ratio within each.

    Parameters
    ----------
    column : str
        A declared segment, or the maturity.
    history : History
        Counted by the column and the strata; the change is the first result.
    strata : tuple of str
        What customers are compared within, in each segment.
    order : tuple of str
        Of the segments, where they have one; else by name.
    """

    column: str
    history: History
    strata: tuple[str, ...]
    order: tuple[str, ...] = ()

    @property
    def clustered(self) -> bool:
        """Whether customers of one parent are taken together."""
        return GROUP in self.history.by

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """Recorded segments; those with fewer than ten departures are no segment."""
        found = sorted(set(self.history.frame[self.column].unique()) - {OTHER, NOT_RECORDED})
        return tuple(sorted(found, key=lambda one: one in self.order and self.order.index(one)))

    @cached_property
    def who(self) -> Compared:
        """Who is compared within the strata, in all segments together."""
        return Compared.among(self.history, self.strata)

    @cached_property
    def _histories(self) -> dict[str, History]:
        """The histories of the segments already asked for."""
        return {}

    def only(self, level: str) -> History:
        """The history of one segment."""
        if level not in self._histories:
            frame = self.who.of(self.history).frame
            rows = frame[frame[self.column] == level].reset_index(drop=True)
            self._histories[level] = History(rows, self.history.by)
        return self._histories[level]

    @cached_property
    def ratios(self) -> pd.DataFrame:
        """The fair ratio in each segment, and whether it can be used."""
        return self.table()

    def table(self, *, lag_days: float = 0.0, strata: Sequence[str] | None = None) -> pd.DataFrame:
        """The ratio in each segment with other choices.

        Returns
        -------
        DataFrame
            Columns ``label, value, ci_low, ci_high, std_error, customers, churned, used, scale``;
            ``used`` with at least 20 departures and a finite ratio.
        """
        strata, rows = self.strata if strata is None else strata, []
        for level in self.levels:
            history = self.only(level)
            one = fair_ratio(history, strata, lag_days=lag_days)
            known = one.value is not None and bool(one.std_error)
            used = known and history.n_events >= LEAST_EVENTS
            ends = (one.value, one.ci_low, one.ci_high, one.std_error)
            rows.append((level, *ends, history.n_customers, history.n_events, used))
        columns = ["label", "value", "ci_low", "ci_high", "std_error"]
        columns += ["customers", "churned", "used"]
        return pd.DataFrame(rows, columns=columns).assign(scale="ratio")

    @property
    def n_used(self) -> int:
        """Segments that can be used."""
        return int(self.ratios["used"].sum())

    @cached_property
    def pooled(self) -> RandomEffects:
        """Random effects of the logs over the segments that can be used; at least two."""
        return self.pool()

    def pool(
        self,
        *,
        lag_days: float = 0.0,
        strata: Sequence[str] | None = None,
        method: str = "reml",
    ) -> RandomEffects | None:
        """The same with other choices; None with fewer than two segments."""
        strata = self.strata if strata is None else tuple(strata)
        usual = (lag_days, strata) == (0.0, self.strata)
        ratios = self.ratios if usual else self.table(lag_days=lag_days, strata=strata)
        used = list(ratios.loc[ratios["used"], "label"])
        together = None
        if self.clustered and len(used) > 1:
            tables = {level: self.only(level).event_table(lag_days=lag_days) for level in used}
            together = correlation(
                {level: lifetime_influences(table, strata) for level, table in tables.items()}
            )
        return pooled(ratios, method=method, together=together)

    @property
    def spread(self) -> Spread:
        """What the verdict is made from, as ratios."""
        used, found = self.ratios[self.ratios["used"]], self.pooled
        predicted = np.exp(found.segments[["ci_low", "ci_high"]].to_numpy())
        segments = tuple(
            SegmentEffect(row.label, (row.ci_low, row.ci_high), tuple(map(float, ends)))
            for row, ends in zip(used.itertuples(), predicted, strict=True)
        )
        return Spread(
            segments,
            float(np.exp(found.mean.value)),
            prediction(found),
            found.tau,
            found.q_p_value,
        )

    @cached_property
    def naive(self) -> pd.DataFrame:
        """The tempting ratio of each segment, and what it would be if results did nothing."""
        rows = []
        for level in self.ratios.loc[self.ratios["used"], "label"]:
            history = self.only(level)
            none = no_effect_benchmark(history.event_table(by=self.strata), self.strata)[LEADING]
            plain = naive_ratio(history)
            rows.append((level, plain.value, none.value, none.ci_low, none.ci_high, "ratio"))
        columns = ["label", "plain", "no_effect", "no_effect_low", "no_effect_high", "scale"]
        return pd.DataFrame(rows, columns=columns)

    @cached_property
    def interaction_p_value(self) -> float | None:
        """Second road: p-value of one ratio for all segments, by the likelihood itself."""
        used = list(self.ratios.loc[self.ratios["used"], "label"])
        table = self.who.of(self.history).event_table(by=(self.column, *self.strata))
        counts = table.counts[table.counts[self.column].isin(used)].reset_index(drop=True)
        cell = counts[self.column].astype(str) + " / " + counts["state"]
        strata = (self.column, *self.strata)
        table = EventTable(counts.assign(cell=cell), (*table.by, "cell"))
        risk = risk_sets(table, "cell", strata)
        each = [[float(one == f"{level} / without") for level in used] for one in risk.levels]
        fits = [
            cox_partial_likelihood(risk, design)
            for design in (np.array(each), np.array(each).sum(axis=1, keepdims=True))
        ]
        if not all(fit.converged for fit in fits):
            return None
        return float(chdtrc(len(used) - 1, 2 * (fits[0].loglik - fits[1].loglik)))


def columns_of(company: Company) -> tuple[str, ...]:
    """Every column that divides customers: declared segments, then the maturity."""
    maturity = ("maturity",) if company.has("customers.maturity") else ()
    return (*company.segments, *maturity)


def segments_of(company: Company) -> tuple[Segments, ...]:
    """The segments of every column, the one with the most that can be used first."""
    histories: dict[tuple[str, ...], History] = {}
    found = []
    for column in columns_of(company):
        strata = _strata(company, column)
        key = tuple(sorted((column, *strata)))
        if key not in histories:
            histories[key] = history_of(company, key, change="result_day")
        order = company.bands.labels if column == "maturity" else ()
        found.append(Segments(column, histories[key], strata, tuple(order)))
    return tuple(sorted(found, key=lambda one: -one.n_used))


def _strata(company: Company, column: str) -> tuple[str, ...]:
    """What is held equal within a segment: maturity and segments, two of them with the column."""
    maturity = ("maturity",) if company.has("customers.maturity") else ()
    room = MAX_SEGMENTS - (column in company.segments)
    others = [one for one in company.segments if one != column][:room]
    return tuple(one for one in (*maturity, *others) if one != column)


def correlation(found: Mapping[str, pd.Series]) -> np.ndarray:
    """How far do the errors of segments go together, where parents have customers in several?

    Parameters
    ----------
    found : mapping of str to Series
        By segment, what each group of parents contributes to its log ratio.

    Returns
    -------
    array of float, shape (segments, segments)
        The same between any two: the average over all pairs. Each pair's own would be too
        uncertain to weigh by where parents are few. None where there is one group.
    """
    sums = pd.DataFrame(found).fillna(0.0).to_numpy()
    if len(sums) < 2:
        return np.eye(sums.shape[1])
    sums = sums / np.linalg.norm(sums, axis=0)
    k = sums.shape[1]
    average = ((sums.T @ sums).sum() - k) / (k * (k - 1))
    return np.where(np.eye(k) == 1, 1.0, average)


def pooled(
    ratios: pd.DataFrame, *, method: str = "reml", together: np.ndarray | None = None
) -> RandomEffects | None:
    """Random effects of the logs of the ratios that can be used; None with fewer than two."""
    used = ratios[ratios["used"]]
    if len(used) < 2:
        return None
    values, errors = used["value"].to_numpy(float), used["std_error"].to_numpy(float)
    return random_effects(
        np.log(values), errors, names=list(used["label"]), correlation=together, method=method
    )


def prediction(found: RandomEffects) -> tuple[float, float] | None:
    """The prediction interval as ratios; None with fewer than three segments."""
    if found.prediction.ci_low is None:
        return None
    return float(np.exp(found.prediction.ci_low)), float(np.exp(found.prediction.ci_high))


def many_analysts(columns: Sequence[Segments]) -> pd.DataFrame:
    """The average ratio with the prediction interval over columns, adjustments, lags and methods.

    Returns
    -------
    DataFrame
        Columns ``label, value, ci_low, ci_high, tau, scale``; no interval for two segments.
    """
    rows = []
    for one in columns:
        for strata in dict.fromkeys((one.strata, ())):
            for lag in LAGS_DAYS:
                held = "adjusted" if strata else "unadjusted"
                age = f", {lag:.0f}-day lag" if lag else ""
                found = one.pool(lag_days=lag, strata=strata)
                rows.append((f"by {one.column}, {held}{age}", found))
    for method, name in METHODS.items():
        rows.append((f"by {columns[0].column}, {name}", columns[0].pool(method=method)))
    known = [(label, found) for label, found in rows if found is not None]
    frame = [
        (label, np.exp(f.mean.value), *(prediction(f) or (np.nan, np.nan)), f.tau)
        for label, f in known
    ]
    columns = ["label", "value", "ci_low", "ci_high", "tau"]
    return pd.DataFrame(frame, columns=columns).assign(scale="ratio")


def averaged(name: str, values: pd.Series, role: str) -> Estimate:
    """The geometric mean of one ratio a segment."""
    known = values.dropna().astype(float)
    known = known[known > 0]
    value = float(np.exp(np.log(known).mean())) if len(known) else None
    return Estimate(name, value, role=role)
