"""Worlds: companies whose truth is known because we wrote it down, by what they are for."""

from csresearch.simulate.world import World
from csresearch.simulate.worlds import (
    behaviors,
    bundled,
    churn_types,
    conflict,
    core,
    customer_bonding,
    efforts,
    key_results,
    kickoff,
    missing,
    priorities,
    same_drivers,
    stress,
)

_TOPICS = (
    bundled,
    core,
    churn_types,
    conflict,
    customer_bonding,
    kickoff,
    key_results,
    efforts,
    behaviors,
    same_drivers,
    priorities,
    stress,
    missing,
)
BUNDLED: dict[str, World] = {world.name: world for world in bundled.WORLDS}
WORLDS: dict[str, World] = {world.name: world for topic in _TOPICS for world in topic.WORLDS}

__all__ = ["BUNDLED", "WORLDS"]
