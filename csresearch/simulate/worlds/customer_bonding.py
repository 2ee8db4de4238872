"""Worlds of the claim that customers bond some time after a first result."""

from __future__ import annotations

from csresearch.simulate.additions.bonding import Bonding, MixedResponse
from csresearch.simulate.world import Band, World

CLAIM = "customer-bonding"
BANDS = (Band("low", 0.4, 0.06, 0.06, low=True), Band("high", 0.6, 0.05, 0.06))

BONDED = World(
    name="bonded",
    story=(
        "A first result helps a little at once, and about eight months later customers turn: they "
        "leave at a third of the rate from then on."
    ),
    n_customers=5000,
    bands=BANDS,
    lifetime_ratio=1.5,
    additions=(Bonding(),),
    verdicts=((CLAIM, "reproduced"),),
)

SORTED_LATER = World(
    name="sorted-later",
    story=(
        "A first result keeps some customers from that day on and does nothing for the others. "
        "Nobody ever changes after it, yet the rate falls for years, and faster than without "
        "results: those it did not help leave first."
    ),
    n_customers=5000,
    bands=(Band("low", 0.4, 0.12, 0.08, low=True), Band("high", 0.6, 0.10, 0.08)),
    additions=(MixedResponse(share=0.6, ratio=30.0),),
    verdicts=((CLAIM, "not identifiable"),),
)

SORTED_FROM_START = World(
    name="sorted-from-start",
    story=(
        "Customers differ in ways no column shows and nobody ever changes, with or without "
        "results: the rate falls after a first result as it falls for everybody."
    ),
    n_customers=8000,
    bands=BANDS,
    frailty_variance=1.0,
    verdicts=((CLAIM, "not reproduced"),),
)

UNBONDED = World(
    name="unbonded",
    story="A first result helps at once and for good; nothing changes as time passes after it.",
    n_customers=8000,
    bands=BANDS,
    lifetime_ratio=1.5,
    verdicts=((CLAIM, "not reproduced"),),
)

WORLDS = (BONDED, SORTED_LATER, SORTED_FROM_START, UNBONDED)
