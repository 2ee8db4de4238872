"""Worlds of the claim that what drives retention is the same in every segment."""

from __future__ import annotations

from csresearch.simulate.additions.regions import Regions
from csresearch.simulate.world import Band, World

CLAIM = "same-drivers"
BANDS = (Band("low", 0.5, 0.06, 0.06, low=True), Band("high", 0.5, 0.05, 0.07))

ALIKE = World(
    name="alike",
    story="Results make customers stay two and a half times longer, in every region.",
    n_customers=5000,
    bands=BANDS,
    lifetime_ratio=2.5,
    additions=(Regions(),),
    verdicts=((CLAIM, "reproduced"),),
)

APART = World(
    name="apart",
    story=(
        "Results make customers stay six times longer in the east, three times in the north, one "
        "and a half in the south, and do nothing in the west."
    ),
    n_customers=5000,
    bands=BANDS,
    lifetime_ratio=3.0,
    additions=(Regions(ratios=(2.0, 1.0, 0.5, 1 / 3)),),
    verdicts=((CLAIM, "not reproduced"),),
)

ALIKE_BY_WAITING = World(
    name="alike-by-waiting",
    story=(
        "Results do nothing in any region. Yet customers who ever had one seem to stay several "
        "times longer, and equally so everywhere, because who stays longer has more time to reach "
        "one."
    ),
    n_customers=8000,
    bands=(Band("low", 0.5, 0.05, 0.14, low=True), Band("high", 0.5, 0.05, 0.16)),
    additions=(Regions(),),
    verdicts=((CLAIM, "not reproduced"),),
)

WORLDS = (ALIKE, APART, ALIKE_BY_WAITING)
