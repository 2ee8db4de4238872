"""Worlds of which part was never written down; what is true in them is true of the whole.

In each of the whole ones maturity decides both what the claim compares and what it comes to, so
those without a recorded maturity, compared among themselves, make what does nothing look strong.
"""

from __future__ import annotations

from dataclasses import replace

from csresearch.simulate.world import World
from csresearch.simulate.worlds import behaviors, conflict, key_results

SHARE = 0.15
DECIDED_BY_MATURITY = ("neither-wins", "unprepared-fit", "behaviors-of-survivors")


def _without_maturity(whole: World) -> World:
    """The same world, in which every seventh customer's maturity was never recorded."""
    return replace(
        whole,
        name=f"{whole.name}-some-missing",
        story=f"As {whole.name}, but the maturity of every seventh customer was never recorded.",
        maturity_missing=SHARE,
    )


_MADE = (*conflict.WORLDS, *key_results.WORLDS, *behaviors.WORLDS)
WORLDS = tuple(_without_maturity(world) for world in _MADE if world.name in DECIDED_BY_MATURITY)
