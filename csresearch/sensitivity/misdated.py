"""How wrong may the dates of changes be? All of them off one way, or each either way."""

from __future__ import annotations

import numpy as np

from csresearch.history import NEVER, TICKS_A_DAY
from csresearch.sensitivity.counted import Changing, Counted

PARTS = 6  # of an even error: enough for ratios to three digits


def had_come(changing: Changing, days: float) -> Counted:
    """What would be counted had every change come so many days later, or earlier, than recorded?

    Parameters
    ----------
    changing : Changing
        Its lives have ``on``, the recorded day of the change, also where it is after the exit.
    days : float
        Negative for earlier.

    Returns
    -------
    Counted
        Of the states without and with.

    Notes
    -----
    Later is what `csresearch.history.History.event_table` calls a lag. Earlier moves only those
    who stayed to have a change recorded: who left shortly before it is not known to have had one,
    so the number for *earlier* is a bound, on the side of an effect.
    """
    on = changing.lives.on
    moved = np.where(days > 0, np.maximum(on, 0), on) + round(days * TICKS_A_DAY)
    return changing.counted(np.where(on >= NEVER, NEVER, moved))


def had_been_off(changing: Changing, days: float) -> Counted:
    """What would be counted had each date been off by up to so many days, either way alike?

    Parameters
    ----------
    changing : Changing
        As for `had_come`.
    days : float

    Returns
    -------
    Counted
        Expected counts over independent errors, each shift from earlier to later as likely, so
        that no draw is needed.

    Raises
    ------
    ValueError
        If the days are negative.
    """
    if days < 0:
        raise ValueError(f"days must not be negative, got {days:g}")
    shifts = days * ((2 * np.arange(PARTS) + 1) / PARTS - 1)
    counts = [had_come(changing, shift) for shift in shifts]
    sums = [np.mean([getattr(c, name) for c in counts], axis=0) for name in ("at_risk", "observed")]
    return Counted(counts[0].cells, *sums)
