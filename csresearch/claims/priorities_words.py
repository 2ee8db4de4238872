"""C13 in sentences a customer-success leader understands."""

from __future__ import annotations

import pandas as pd

from csresearch.claims.priorities_steps import (
    ALL_HAPPY,
    AS_IS,
    MAIN,
    PREPARED,
    RESULTS,
    RESULTS_HIGH,
    RESULTS_LOW,
)
from csresearch.findings.labels import fixed, value_text

TOLD = {
    RESULTS: "if everyone without results got one",
    ALL_HAPPY: "if everyone unhappy became happy",
    PREPARED: "if the low group were as prepared as the next band",
}
ASSUMED = (
    "What customers in another state do is taken for what these would do in it: an assumption, "
    "since states were observed, not assigned."
)
TITLES = {
    RESULTS: "Results for those without would keep the most customers",
    ALL_HAPPY: "Making the unhappy happy would keep the most customers",
    PREPARED: "Preparing the low group would keep the most customers",
    "": "Nothing that could be changed is shown to keep more customers",
}
ACTIONS = {
    RESULTS: "Start with the list of customers without results, the happy ones first",
    ALL_HAPPY: "Start with the unhappy customers, and find out what would change their answer",
    PREPARED: "Start with the list of new customers of the low group",
    "": "Do not move effort for now; collect what is missing and run this again",
}


def leader(frame: pd.DataFrame) -> str:
    """The scenario that keeps the most and surely more than things as they are; empty: none."""
    main = frame[frame["scenario"].isin(MAIN) & (frame["difference_ci_low"] > 0)]
    return str(main.loc[main["difference"].idxmax(), "scenario"]) if len(main) else ""


def sentence(frame: pd.DataFrame, total: float) -> str:
    """How many are kept as things are, and how many more in each scenario."""
    by_name = frame.set_index("scenario")
    value, low, high = (f"{by_name.loc[AS_IS, end]:,.0f}" for end in ("kept", "ci_low", "ci_high"))
    told = [
        f"{_signed(by_name.loc[name])} {words}"
        for name, words in TOLD.items()
        if name in by_name.index
    ]
    return (
        f"Of {total:,.0f} customers here today about {value} ({low} to {high}) are expected to be "
        f"kept over 12 months as things are. Compared with that: {'; '.join(told)}. {ASSUMED}"
    )


def _signed(row: pd.Series) -> str:
    """How many more, or fewer, with the interval."""
    ends = ("difference", "difference_ci_low", "difference_ci_high")
    value, low, high = (fixed(row[end], 0, signed=True) for end in ends)
    return f"{value} ({low} to {high})"


def action(frame: pd.DataFrame, per_hundred: dict[str, float]) -> str:
    """What to do on Monday; whose results pay most per customer, where that is known."""
    low, high = per_hundred.get(RESULTS_LOW), per_hundred.get(RESULTS_HIGH)
    told = f"{ACTIONS[leader(frame)]}."
    if low is None or high is None:
        return told
    more = "more" if low > high else "no more"
    return (
        f"{told} A result for a hundred of the low group would keep {low:.0f} more of them, for "
        f"a hundred of the most mature {high:.0f}: {more} is to be had where customers are "
        "unprepared."
    )


def stability(best: float, name: str) -> str:
    """How sure the ranking is."""
    often = value_text(best, "share")
    return f"{name[0].upper()}{name[1:]} keeps the most in {often} of draws from the uncertainty."
