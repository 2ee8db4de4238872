"""The verdict on a claim: rules fixed before looking, applied to intervals only."""

from csresearch.verdicts.alike import SegmentEffect, Spread, judge_alike
from csresearch.verdicts.effect import judge_effect, judge_share
from csresearch.verdicts.enough import enough_events, enough_events_for_zero
from csresearch.verdicts.few import judge_few
from csresearch.verdicts.jointly import with_share
from csresearch.verdicts.judgement import (
    Judgement,
    descriptive,
    has_interval,
    no_interval,
    not_answerable,
    not_identifiable,
)
from csresearch.verdicts.necessity import Bar, Necessity, judge_necessity, leading
from csresearch.verdicts.zero import ZeroCheck, judge_zero
from csresearch.verdicts.zero_in_group import judge_zero_in_group

__all__ = [
    "Bar",
    "Judgement",
    "Necessity",
    "SegmentEffect",
    "Spread",
    "ZeroCheck",
    "descriptive",
    "enough_events",
    "enough_events_for_zero",
    "has_interval",
    "judge_alike",
    "judge_effect",
    "judge_few",
    "judge_necessity",
    "judge_share",
    "judge_zero",
    "judge_zero_in_group",
    "leading",
    "no_interval",
    "not_answerable",
    "not_identifiable",
    "with_share",
]
