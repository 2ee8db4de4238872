"""Worlds of the claims that a few results carry retention, and that other expectations fail."""

from __future__ import annotations

from csresearch.simulate.additions.expectations import Expectations
from csresearch.simulate.additions.result_kinds import Kind, ResultKinds
from csresearch.simulate.world import Band, World

NAMES = ("hours saved", "revenue grown", "errors cut", "costs cut", "risk lowered", "deals won")
OTHERS = ("errors cut", "awards won", "team morale")  # one of them a kind that others reach
BANDS = (
    Band("low", 0.45, 0.06, 0.04, low=True),
    Band("middle", 0.35, 0.045, 0.06),
    Band("high", 0.20, 0.035, 0.08),
)


def _kinds(ratios: tuple[float, ...], *, monthly: float = 0.03) -> ResultKinds:
    return ResultKinds(
        tuple(Kind(name, monthly, ratio) for name, ratio in zip(NAMES, ratios, strict=True))
    )


def _world(name: str, story: str, kinds: ResultKinds, *more, **changed) -> World:
    settings = {"n_customers": 6000, "bands": BANDS, **changed}
    return World(
        name=name,
        story=story,
        result_kinds=kinds.named,
        additions=(kinds, *more),
        **settings,
    )


ONE_KEY = _kinds((5.0, 1.0, 1.0, 1.0, 1.0, 1.0))
TWO_KEYS = _kinds((4.0, 4.0, 1.0, 1.0, 1.0, 1.0))
ALIKE = _kinds((1.5, 1.5, 1.5, 1.5, 1.5, 1.5))
NOTHING = _kinds((1.0, 1.0, 1.0, 1.0, 1.0, 1.0))
LATE = ResultKinds(
    (
        *(Kind(name, 0.03) for name in NAMES[:5]),
        Kind(NAMES[5], 0.12, from_month=12),
    )
)

WORLDS = (
    _world(
        "one-key-result",
        "Of six kinds of result one makes customers stay five times longer, the others do nothing.",
        ONE_KEY,
        verdicts=(("key-results", "reproduced"),),
    ),
    _world(
        "two-key-results",
        "Of six kinds of result two make customers stay four times longer each, the others do "
        "nothing.",
        TWO_KEYS,
        verdicts=(("key-results", "reproduced"),),
    ),
    _world(
        "results-alike",
        "Each of six kinds of result makes customers stay half as long again: no few carry it.",
        ALIKE,
        n_customers=20_000,
        verdicts=(("key-results", "not reproduced"),),
    ),
    _world(
        "results-idle",
        "No kind of result does anything, so there is no gain to come from few or from many.",
        NOTHING,
        verdicts=(("key-results", "not identifiable"),),
    ),
    _world(
        "late-result",
        "No kind of result does anything. One comes only after a year, so that whoever has it "
        "stayed long: a plain comparison takes it for the key to retention.",
        LATE,
        verdicts=(("key-results", "not identifiable"),),
    ),
    _world(
        "bad-fit",
        "Customers who expect another result than the key one leave three times as often, and "
        "nearly all of them within two years.",
        ONE_KEY,
        Expectations(churn_ratio=3.0, outside=OTHERS),
        verdicts=(("key-results", "reproduced"), ("bad-fit", "reproduced")),
    ),
    _world(
        "any-fit",
        "What customers expect makes no difference to how long they stay.",
        ONE_KEY,
        Expectations(outside=OTHERS),
        verdicts=(("key-results", "reproduced"), ("bad-fit", "not reproduced")),
    ),
    _world(
        "unprepared-fit",
        "The unprepared expect other results and leave more often, because they are unprepared: "
        "what they expect does nothing.",
        ONE_KEY,
        Expectations(outside=OTHERS, by_band=(("low", 0.6), ("middle", 0.1), ("high", 0.05))),
        bands=(
            Band("low", 0.45, 0.12, 0.05, low=True),
            Band("middle", 0.35, 0.03, 0.05),
            Band("high", 0.20, 0.02, 0.05),
        ),
        verdicts=(("bad-fit", "not reproduced"),),
    ),
)
