"""C2 had the silent answered, had the record been wrong, and where scores cannot matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from csresearch import figures
from csresearch.claims import what_if
from csresearch.claims.answers import BIN_EDGES_MONTHS, BIN_NAMES, STRATA
from csresearch.claims.satisfaction_steps import D_MARGIN, RATIO_MARGIN, d_interval
from csresearch.claims.satisfaction_study import Study
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.findings.estimates import Estimate, Part
from csresearch.findings.labels import value_text
from csresearch.history import TICKS_A_DAY
from csresearch.sensitivity.counted import Counted
from csresearch.sensitivity.counted_numbers import log_ratio, somers_d
from csresearch.sensitivity.misclassified import ChurnRecord
from csresearch.sensitivity.non_response import NonResponse, Scored
from csresearch.sensitivity.placebo_fixed import shuffled_scores
from csresearch.verdicts import ZeroCheck, judge_zero

DELTAS = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0)
WRONG, PLACEBO, SILENT = (
    "How wrong would the data have to be?",
    "Scores that cannot matter",
    "Somers' D had those who never answered been less satisfied",
)
NOTHING = "Nobody who answered has left since: there is no link to put to the test."

Pair = tuple[Estimate, Estimate]


def verdict_on(pair: Pair, n_events: int) -> str:
    """What the claim's rule makes of both measures."""
    d, ratio = pair
    check = ZeroCheck.from_estimate(d, D_MARGIN)
    checks = [replace(check, interval90=d_interval(d, n_events, 0.90))]
    return judge_zero([*checks, ZeroCheck.from_estimate(ratio, RATIO_MARGIN)]).verdict


class Recount:
    """Both measures of the claim from counts, and how other counts move them.

    Parameters
    ----------
    study : Study
    pair : (Estimate, Estimate)
        Somers' D and the ratio, as the claim makes them.
    """

    def __init__(self, study: Study, pair: Pair):
        self.study, self.pair = study, pair
        frame = study.answers.frame
        groups = frame.groupby(list(STRATA), sort=True, observed=True)
        scores = frame.groupby(["instrument", "z"], sort=True, observed=True)
        self.groups = frame[list(STRATA)].drop_duplicates().sort_values(list(STRATA))
        levels = frame[["instrument", "z"]].drop_duplicates().sort_values(["instrument", "z"])
        self.score = levels["z"].to_numpy(float)
        names = sorted(set(levels["instrument"]))
        self.scale = np.array([names.index(name) for name in levels["instrument"]])
        self.group_scale = np.array([names.index(name) for name in self.groups["instrument"]])
        day = np.rint(frame["day"].to_numpy(float) * TICKS_A_DAY).astype(np.int64)
        left, n = frame["churned"].to_numpy(bool), frame["n"].to_numpy(float)
        group, level = groups.ngroup().to_numpy(), scores.ngroup().to_numpy()
        self.answered = Scored(group, level, day, left, n).summed()
        counted = Counted.of(self.answered.spells, len(self.score))
        self.recorded = somers_d(counted, self.score), log_ratio(counted, self.score)

    def moved(self, d: float, ratio: tuple[float, float]) -> Pair:
        """Both measures moved as counts move them; D keeps its error."""
        one = what_if.moved(self.pair[1], self.recorded[1], ratio)
        first, value = self.pair[0], self.pair[0].value + d - self.recorded[0]
        if not np.isfinite(value):
            return replace(first, value=None, ci_low=None, ci_high=None), one
        first = replace(first, value=float(np.clip(value, -1, 1)))
        low, high = d_interval(first, self.study.answers.n_events, 0.95)
        return replace(first, ci_low=low, ci_high=high), one

    def under(self, counted: Counted, score: np.ndarray | None = None) -> Pair:
        """Both measures under other counts."""
        score = self.score if score is None else score
        return self.moved(somers_d(counted, score), log_ratio(counted, score))

    def verdict(self, pair: Pair) -> str:
        """What the claim's rule makes of them."""
        return verdict_on(pair, self.study.answers.n_events)

    def silent(self) -> Scored:
        """Those who never answered, as if asked when others first answered.

        In each span of tenure a silent customer who is still there on the middle day of the first
        answers counts for as much as that span has of all first answers.
        """
        frame = self.study.silence.frame
        answered = frame[frame["change"] < frame["exit"]]
        never = frame[~(frame["change"] < frame["exit"])]
        when = np.searchsorted(
            np.array(BIN_EDGES_MONTHS) * DAYS_PER_MONTH, answered["change"], side="right"
        )
        of_scale = np.bincount(self.answered.group, self.answered.n, len(self.groups))
        parts = []
        for number, (span, _) in enumerate(self.groups.itertuples(index=False)):
            first = answered[when == BIN_NAMES.index(span)].sort_values("change")
            if first.empty:
                continue
            upto = first["n"].cumsum()
            day = float(first["change"].iloc[np.searchsorted(upto, upto.iloc[-1] / 2)])
            there = never[(never["entry"] <= day) & (day < never["exit"])]
            weight = upto.iloc[-1] / answered["n"].sum()
            weight *= of_scale[number] / of_scale[(self.groups["months_at_survey"] == span)].sum()
            parts.append((number, there, day, float(weight)))
        return _scored(parts)


def _scored(parts: list[tuple[int, pd.DataFrame, float, float]]) -> Scored:
    """Silent customers by group, from the day they are taken to have been asked on."""
    group = np.concatenate([np.full(len(rows), i) for i, rows, _, _ in parts] or [np.zeros(0)])
    day = np.concatenate([(rows["exit"] - asked) for _, rows, asked, _ in parts] or [np.zeros(0)])
    left = np.concatenate([rows["churned"] for _, rows, _, _ in parts] or [np.zeros(0)])
    n = np.concatenate([rows["n"] * weight for _, rows, _, weight in parts] or [np.zeros(0)])
    group, ticks = group.astype(np.int64), np.rint(day * TICKS_A_DAY).astype(np.int64)
    return Scored(group, np.zeros(len(group), dtype=np.int64), ticks, left.astype(bool), n)


def wrong_data(recount: Callable[[], Recount] | None, verdict: str) -> Part:
    """Departures unnoticed or recorded wrongly: step by step."""
    if recount is None:
        return Part(WRONG, text=NOTHING)
    own = recount()
    record = ChurnRecord(own.answered.spells, len(own.score))
    happy = (own.score > 0).astype(float)
    ways = {
        "{} of those still here have left unnoticed": lambda s: record.had(unnoticed=[s]),
        "{} of those still here with above-average scores have left unnoticed": (
            lambda s: record.had(unnoticed=s * happy)
        ),
        "{} of those still here with below-average scores have left unnoticed": (
            lambda s: record.had(unnoticed=s * (1 - happy))
        ),
        "{} of the recorded departures with above-average scores are none": (
            lambda s: record.had(wrong=s * happy)
        ),
        "{} of the recorded departures with below-average scores are none": (
            lambda s: record.had(wrong=s * (1 - happy))
        ),
    }
    rows = []
    for label, had in ways.items():
        pairs = [own.under(had(share)) for share in what_if.SHARES]
        verdicts = tuple(own.verdict(pair) for pair in pairs)
        found = tuple(ratio for _, ratio in pairs)
        rows.append(what_if.WhatIf(label, "share", what_if.SHARES, found, verdicts))
    text = f"Numbers are churn-rate ratios per SD. {what_if.told(rows, verdict)}"
    return Part(WRONG, what_if.table_of(rows, verdict), text, prose=True)


def placebo(recount: Callable[[], Recount] | None) -> Part:
    """Both measures with scores dealt anew, beside the real ones."""
    if recount is None:
        return Part(PLACEBO, text=NOTHING)
    own = recount()
    more = {"draws": what_if.DRAWS, "seed": what_if.SEED, "most": what_if.MOST}
    found = shuffled_scores(own.answered, own.score, **more).dropna()
    excluded = int((found["log_ratio"].abs() > 1.959964 * found["std_error"]).sum())
    rows = []
    dealt = found["somers_d"], np.exp(found["log_ratio"])
    for one, drawn in zip(own.pair, dealt, strict=True):
        rows.append((one.name, one.value, one.ci_low, one.ci_high, one.scale))
        ends = (drawn.median(), drawn.min(), drawn.max())
        rows.append(("the same, scores dealt anew", *ends, one.scale))
    table = pd.DataFrame(rows, columns=["label", "value", "ci_low", "ci_high", "scale"])
    text = (
        "Rows of dealt scores: the middle, lowest and highest. One interval in twenty may exclude "
        f"no link: {excluded} of {len(found)} do."
    )
    return Part(PLACEBO, table, text)


def silence(recount: Callable[[], Recount] | None, verdict: str) -> Part:
    """Worst and best case of those who never answered, and a shift of so much."""
    if recount is None:
        return Part(SILENT, text=NOTHING)
    own = recount()
    both = NonResponse(own.answered, own.silent(), own.score, own.scale, own.group_scale)
    if not both.silent.n.sum() > 0:
        return Part(SILENT, text="Everybody who was here when others answered answered too.")
    low, high = both.bounds()
    rows = []
    for delta, (d, coef, error) in zip(DELTAS, both.shifted(np.array(DELTAS)), strict=True):
        error = max(error, own.recorded[1][1])  # imputed answers make nothing more certain
        pair = own.moved(d, (coef, error))
        rows.append((delta, *(getattr(pair[0], x) for x in ("value", "ci_low", "ci_high")),
                     "correlation", pair[1].value, own.verdict(pair)))  # fmt: skip
    columns = [
        "less_satisfied_by",
        "value",
        "ci_low",
        "ci_high",
        "scale",
        "ratio_per_sd",
        "verdict",
    ]
    table = pd.DataFrame(rows, columns=columns)
    text = f"{_worst(both.share_silent, low, high)} {_tips(table, verdict)}"
    draw = partial(figures.shifted_answers, table, region=D_MARGIN, bounds=(low, high))
    return Part(SILENT, table, text, draw, (8.0, 3.6))


def _worst(share: float, low: float, high: float) -> str:
    """Whatever they would have said."""
    ends = (value_text(x, "correlation") for x in (low, high))
    between = " and ".join(ends)
    return (
        f"{value_text(share, 'share')} of those who could have been asked never answered. Whatever "
        f"they would have said, Somers' D of everybody lies between {between}."
    )


def _tips(table: pd.DataFrame, verdict: str) -> str:
    """From which shift on the verdict is another."""
    other = table[table["verdict"] != verdict]
    if other.empty:
        return f"No shift up to {DELTAS[-1]:g} standard deviations changes “{verdict}”."
    first = other.iloc[0]
    return (
        f"With those who never answered {first['less_satisfied_by']:g} standard deviations less "
        f"satisfied than those like them who did, “{verdict}” becomes “{first['verdict']}”."
    )
