"""One claim by every defensible analysis: do they agree, and what moves the answer?"""

from csresearch.multiverse.grid import combinations
from csresearch.multiverse.joint import JointTest, joint_test
from csresearch.multiverse.null_draws import Redrawn, Slope, drawn_totals, slope_of
from csresearch.multiverse.person_time import Episodes, Everyone, Followed
from csresearch.multiverse.summary import Multiverse

__all__ = [
    "Episodes",
    "Everyone",
    "Followed",
    "JointTest",
    "Multiverse",
    "Redrawn",
    "Slope",
    "combinations",
    "drawn_totals",
    "joint_test",
    "slope_of",
]
