"""One number with its interval, and one step of an analysis that shows some."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from csresearch.findings.labels import ROLE_WORDS, interval_text, is_number, table_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROLES = tuple(ROLE_WORDS)
_FROM_LEFT = '<{} style="text-align:left;vertical-align:top;overflow-wrap:anywhere">'
_NUMBERS = ("value", "ci_low", "ci_high", "std_error", "null", "smallest_effect")


def _plain(value: float | None) -> float | None:
    return float(value) if is_number(value) else None


@dataclass(frozen=True)
class Estimate:
    """One number with its interval, its scale and what it is judged against.

    Parameters
    ----------
    name : str
        What is estimated, in plain words.
    value, ci_low, ci_high : float or None
        None where it could not be estimated; infinite and NaN become None. A ratio with a lower
        end alone is infinite (see ``unbounded``); one of 0 with an upper end is just that.
    confidence_level : float
        Of the interval.
    std_error : float or None
        Of the log for a ratio, else in the value's unit.
    scale : str
        "ratio" (judged and drawn on the log scale), "share", "points" (difference of shares),
        "probability", "correlation", "difference", "days", "months" or "count".
    role : {"primary", "secondary", "naive", "no_effect", "step"}
        What the number is to its finding. Exactly the primary one is judged.
    null, smallest_effect : float or None
        No difference, and the smallest effect that counts, in the estimate's unit.
    claimed_region : (float, float or None) or None
        What the newsletters claim; None as upper end means open.
    """

    name: str
    value: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    confidence_level: float = 0.95
    std_error: float | None = None
    scale: str = "ratio"
    role: str = "secondary"
    null: float | None = None
    smallest_effect: float | None = None
    claimed_region: tuple[float | None, float | None] | None = None

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise ValueError(f"role must be one of {', '.join(ROLES)}, got {self.role!r}")
        for name in _NUMBERS:
            object.__setattr__(self, name, _plain(getattr(self, name)))
        if self.claimed_region is not None:
            low, high = self.claimed_region
            object.__setattr__(self, "claimed_region", (_plain(low), _plain(high)))

    @property
    def unbounded(self) -> bool:
        """Whether it is a ratio to nothing: infinite, with an interval that is open above."""
        upper = (self.value, self.ci_high)
        return self.scale == "ratio" and upper == (None, None) and self.ci_low is not None

    def excludes(self, number: float) -> bool:
        """Say whether there is an interval and the number lies outside of it."""
        if self.ci_low is None or (self.ci_high is None and not self.unbounded):
            return False
        return self.ci_low > number or (self.ci_high is not None and self.ci_high < number)

    @property
    def text(self) -> str:
        """The number with its interval, as in "3.2 (3.0 to 3.4)"."""
        return interval_text(self.value, (self.ci_low, self.ci_high), self.scale)

    def __str__(self) -> str:
        return f"{self.name}: {self.text}"

    def to_dict(self, *, smallest_cell: int = 0) -> dict[str, Any]:
        """Return the estimate as JSON holds it; counts below `smallest_cell` are None."""
        record = asdict(self)
        if self.scale == "count" and self.value is not None and abs(self.value) < smallest_cell:
            record |= {"value": None, "ci_low": None, "ci_high": None, "std_error": None}
        record["claimed_region"] = list(self.claimed_region) if self.claimed_region else None
        return record


def table_html(table: pd.DataFrame) -> str:
    """Write a table as HTML, rounded, escaped, without ids."""
    with pd.option_context("display.max_colwidth", None):
        return table_text(table).to_html(index=False, escape=True, border=0, justify="left")


@dataclass(frozen=True)
class Part:
    """One thing a notebook shows: a table, a generated text and a picture, each optional.

    Parameters
    ----------
    title : str
        What is shown.
    table : DataFrame or None
        Numbers, unrounded; see `labels.table_text` for how they are written.
    text : str
        The sentence that reads the numbers, or why there is nothing to show.
    draw : callable or None
        Takes an Axes, draws on it and returns it.
    size : (float, float)
        Width and height of the picture, inches.
    prose : bool
        Whether the table holds sentences, which are read from the left.
    estimates : tuple of Estimate
        Numbers of this step that go into findings.json, beside those of the finding.
    """

    title: str
    table: pd.DataFrame | None = None
    text: str = ""
    draw: Callable[[Axes], Axes] | None = field(default=None, compare=False)
    size: tuple[float, float] = (8.0, 4.0)
    prose: bool = False
    estimates: tuple[Estimate, ...] = ()

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the picture; without one, write on the axes why there is none."""
        ax = new_axes(self.size if self.draw else (self.size[0], 1.2)) if ax is None else ax
        return plain_labels(self.draw(ax) if self.draw else say(ax, self._nothing()))

    def _nothing(self) -> str:
        return self.text or f"{self.title}: nothing to show on this data."

    def _shows_table(self) -> bool:
        return self.table is not None and len(self.table) > 0

    def __repr__(self) -> str:
        rows = [self.title]
        if self._shows_table():
            rows.append(table_text(self.table).to_string(index=False))
        rows.append(self.text if self._shows_table() else self._nothing())
        return "\n".join(row for row in rows if row)

    def _repr_html_(self) -> str:
        html = f"<p><b>{escape(self.title)}</b></p>"
        if self._shows_table():
            table = table_html(self.table)
            if self.prose:
                table = table.replace("<th>", _FROM_LEFT.format("th"))
                table = table.replace("<td>", _FROM_LEFT.format("td"))
            return html + table + (self.text and f"<p>{escape(self.text)}</p>")
        return html + f"<p>{escape(self._nothing())}</p>"


def new_axes(size: tuple[float, float]) -> Axes:
    """Make axes on a figure of their own; pyplot is imported only when something is drawn."""
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=size, layout="constrained")
    # What a notebook crops to takes as long to measure as to draw, and where there are axes the
    # layout leaves nothing to crop: only a sentence on its own is measured.
    measured = figure.get_tightbbox
    figure.get_tightbbox = lambda *a, **k: (
        figure.bbox_inches if fills_its_figure(ax) else measured(*a, **k)
    )
    return ax


def fills_its_figure(ax: Axes) -> bool:
    """Whether a layout leaves nothing to crop: not so round a sentence on its own."""
    return ax.axison or bool(ax.child_axes)


def plain_labels(ax: Axes) -> Axes:
    """Take a dollar sign in a name for one, not for the start of a formula."""
    from matplotlib.text import Text

    for text in ax.figure.findobj(Text):
        text.set_parse_math(False)
    return ax


def say(ax: Axes, text: str) -> Axes:
    """Write a sentence where a picture would be."""
    ax.axis("off")
    ax.text(0.0, 0.5, text, va="center", wrap=True, transform=ax.transAxes)
    return ax
