"""One claim by every defensible analysis: do they agree, and what moves the answer?"""

from csresearch.multiverse.episodes import Episodes
from csresearch.multiverse.graded import Intervals, shares_up_to
from csresearch.multiverse.grid import combinations
from csresearch.multiverse.joint import JointTest, joint_test
from csresearch.multiverse.null_draws import Redrawn, Slope, drawn_totals, slope_of
from csresearch.multiverse.person_time import STATES, Everyone, Followed
from csresearch.multiverse.summary import Multiverse

__all__ = [
    "STATES",
    "Episodes",
    "Everyone",
    "Followed",
    "Intervals",
    "JointTest",
    "Multiverse",
    "Redrawn",
    "Slope",
    "combinations",
    "drawn_totals",
    "joint_test",
    "shares_up_to",
    "slope_of",
]
