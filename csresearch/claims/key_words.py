"""C5 in sentences a customer-success leader understands."""

from __future__ import annotations

from csresearch.concentration import FewestKinds
from csresearch.findings.labels import value_text

TITLES = {
    "reproduced": "A few kinds of result carry what results do for retention",
    "same direction, smaller": "Not all kinds of result count alike, but no three carry it",
    "same direction, size unclear": "Fewer kinds than all carry it; how few is not settled",
    "not reproduced": "What results do for retention comes from many kinds alike",
    "inconclusive": "Too little data to say how few kinds of result carry it",
    "not identifiable": "Which results carry retention cannot be told here",
}


def chosen(found: FewestKinds) -> list[str]:
    """The kinds that carry it, the largest gain first."""
    return found.kinds.loc[found.kinds["chosen"], "kind"].tolist()


def listed(names: list[str]) -> str:
    """Names in a sentence."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def sentence(found: FewestKinds, few: int) -> str:
    """What the numbers mean: how few, which, and what all alike would be."""
    names = chosen(found)
    chance = value_text(found.chance_of_at_most(few), "probability")
    kinds, verb = ("kind", "carries") if len(names) == 1 else ("kinds", "carry")
    return (
        f"Of what all kinds of result together gain for retention, {len(names)} {kinds} "
        f"({listed(names)}) {verb} 80 % or more. Were all kinds alike it would take "
        f"{found.if_equal}. The chance that {few} or fewer carry it is {chance}."
    )


def action(verdict: str, found: FewestKinds) -> str:
    """What to do on Monday."""
    names = listed(chosen(found))
    return {
        "reproduced": f"Bring every customer to {names} first; ask for it at kickoff.",
        "same direction, smaller": f"Begin with {names}, and keep the other kinds on offer.",
        "same direction, size unclear": f"Try on some customers whether {names} alone will do.",
        "not reproduced": "Do not narrow what you offer to a few results: each kind does its part.",
        "inconclusive": "Keep recording each result with its kind and day, and run this again.",
    }[verdict]


NO_GAIN = "Results together keep no one here, so none of them is key"
ACTION_NO_GAIN = "Build on no kind of result yet; look for what else keeps customers."
ACTION_WITHOUT = "Record every result with its kind and the day it was measured; run this again."
