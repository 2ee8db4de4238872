"""One number from several hands, and how far they agree."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from csresearch.findings.estimates import Part
from csresearch.findings.labels import ABSENT, fixed
from csresearch.places import PlaceNotFound, places_from

ALL_DIGITS = 8  # further ones hang on the machine, and on where R stops its own steps


@dataclass(frozen=True)
class Compared:
    """One number from several hands.

    Parameters
    ----------
    what : str
        What is estimated.
    kit : float
    r, lifelines, published : float or None
        None where there is none.
    decimals : int
        That are shown.
    published_decimals : int
        That were published.
    why : str
        Why they differ, or what the number says.
    """

    what: str
    kit: float
    r: float | None = None
    lifelines: float | None = None
    published: float | None = None
    decimals: int = 4
    published_decimals: int = 2
    why: str = ""

    @property
    def difference(self) -> str:
        """Which of the others differ from the kit, and from which digit on."""
        others = {"R": self.r, "lifelines": self.lifelines}
        digits = {n: same_digits(self.kit, x) for n, x in others.items() if x is not None}
        told = [f"{n} from digit {same + 1} on" for n, same in digits.items() if same < ALL_DIGITS]
        rounded = fixed(self.kit, self.published_decimals)
        if self.published is not None and rounded != fixed(self.published, self.published_decimals):
            told.append(f"published: the kit's rounds to {rounded}")
        return "; ".join(told) or "none"

    def row(self) -> dict[str, str]:
        """The number as a row of a table."""
        return {
            "number": self.what,
            "kit": fixed(self.kit, self.decimals),
            "R": _shown(self.r, self.decimals),
            "lifelines": _shown(self.lifelines, self.decimals),
            "published": _shown(self.published, self.published_decimals),
            "difference": self.difference,
            "why": self.why,
        }


def same_digits(one: float, other: float) -> int:
    """In how many leading digits do two numbers agree, at most 8?

    Examples
    --------
    >>> same_digits(1.13557, 1.13558), same_digits(2.0, 2.0), same_digits(2.0, 1.0)
    (5, 8, 0)
    """
    if one == other:
        return ALL_DIGITS
    apart = abs(one - other) / max(abs(one), abs(other))
    return min(ALL_DIGITS, math.floor(-math.log10(apart) + 1e-9) if apart < 1 else 0)


def compared_part(title: str, rows: Sequence[Compared], text: str = "") -> Part:
    """Show numbers from several hands side by side; a column with nothing in it is left out."""
    table = pd.DataFrame([one.row() for one in rows])
    said = [name for name in table if not table[name].isin(["", ABSENT]).all()]
    return Part(title, table[said], text, prose=True)


def read_json(folder: str, name: str = "") -> dict[str, Any]:
    """Reference numbers of a file, or of one in a folder; a relative path is tried everywhere.

    Raises
    ------
    PlaceNotFound
        When there is no such file.
    """
    tried = [place / name if name else place for place in places_from(folder)]
    path = next((one for one in tried if one.is_file()), None)
    if path is None:
        raise PlaceNotFound(f"There is no file '{Path(folder, name)}' with numbers to compare.")
    return json.loads(path.read_text(encoding="utf-8"))


def _shown(value: float | None, decimals: int) -> str:
    """A number, or the sign for none."""
    return ABSENT if value is None else fixed(value, decimals)
