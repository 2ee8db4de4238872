"""The verdict on a claim: rules fixed before looking, applied to intervals only."""

from csresearch.verdicts.effect import judge_effect, judge_share
from csresearch.verdicts.enough import enough_events, enough_events_for_zero
from csresearch.verdicts.few import judge_few
from csresearch.verdicts.jointly import with_share
from csresearch.verdicts.judgement import (
    Judgement,
    descriptive,
    no_interval,
    not_answerable,
    not_identifiable,
)
from csresearch.verdicts.zero import ZeroCheck, judge_zero

__all__ = [
    "Judgement",
    "ZeroCheck",
    "descriptive",
    "enough_events",
    "enough_events_for_zero",
    "judge_effect",
    "judge_few",
    "judge_share",
    "judge_zero",
    "no_interval",
    "not_answerable",
    "not_identifiable",
    "with_share",
]
