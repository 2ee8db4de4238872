"""Event tables of states that change more than once, or of several states at once."""

from csresearch.states.joint import first_days, read_each, read_joint
from csresearch.states.paths import read_paths

__all__ = ["first_days", "read_each", "read_joint", "read_paths"]
