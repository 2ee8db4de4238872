"""Shares and rates by band: who the customers are, who leaves, how concentrated leaving is."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from csresearch.figures.style import (
    BLUE,
    GREY,
    HALO,
    LINE,
    NORMAL,
    SMALL,
    name_axes,
    percent_axis,
    quiet,
    row_labels,
    rows_from_top,
    say_nothing_to_draw,
    spread,
)
from csresearch.findings.labels import is_number, value_text


def share_beside_share(bands: pd.DataFrame, ax: Axes, *, claimed_from: float | None = None) -> Axes:
    """Draw each band's share of customers beside its share of churn.

    Parameters
    ----------
    bands : DataFrame
        Columns ``label`` (or ``band``), ``share_of_customers, share_of_churn`` and where known
        ``ci_low, ci_high`` of the share of churn.
    ax : Axes
    claimed_from : float or None
        The share of churn the claim needs of the low group, drawn as a line.
    """
    bands = bands[bands["share_of_churn"].map(is_number).astype(bool)]
    if bands.empty:
        return say_nothing_to_draw(ax, "Nobody left, so no band has a share of it.")
    rows_from_top(ax, row_labels(bands))
    pairs = (("share_of_customers", LINE, GREY, -0.18), ("share_of_churn", BLUE, BLUE, 0.18))
    for column, fill, ink, shift in pairs:
        words = "of customers" if column == "share_of_customers" else "of churn"
        for row, (_, band) in enumerate(bands.iterrows()):
            ax.barh(row + shift, band[column], height=0.32, color=fill, linewidth=0)
            end = _whisker(band, row + shift, ax) if column == "share_of_churn" else band[column]
            text = f"{value_text(band[column], 'share')} {words if row == 0 else ''}".strip()
            _beside(ax, (end, row + shift), text, ink)
    highest = [
        bands[c].max() for c in ("share_of_customers", "share_of_churn", "ci_high") if c in bands
    ]
    ax.set_xlim(0, max([*highest, claimed_from or 0]) * 1.22)
    if claimed_from is not None:
        ax.axvline(claimed_from, color=GREY, linewidth=1, linestyle=(0, (3, 3)))
        words = f"the claim: {value_text(claimed_from, 'share')} or more from the lowest"
        ax.annotate(
            words, (claimed_from, 1), (-3, 3), xycoords=("data", "axes fraction"), ha="center",
            textcoords="offset points", color=GREY, fontsize=SMALL,
        )  # fmt: skip
    return percent_axis(quiet(ax, left=False), "x")


def rates_by_band(table: pd.DataFrame, ax: Axes, *, name: str = "churn per month") -> Axes:
    """Draw a rate with its interval for each band, from zero.

    Parameters
    ----------
    table : DataFrame
        Columns ``label`` (or ``band``), ``value, ci_low, ci_high``; shares per unit of time.
    ax : Axes
    name : str
        Of the rate.
    """
    known = table[table["value"].map(is_number).astype(bool)]
    if known.empty:
        return say_nothing_to_draw(ax, "No band has any exposure.")
    rows_from_top(ax, row_labels(known))
    for row, (_, one) in enumerate(known.iterrows()):
        ends = [one[c] if is_number(one[c]) else one["value"] for c in ("ci_low", "ci_high")]
        ax.plot(ends, (row, row), color=BLUE, linewidth=3, solid_capstyle="round")
        ax.plot(one["value"], row, marker="o", markersize=7, color=BLUE)
        _beside(ax, (ends[1], row), value_text(one["value"], "share", exact=True), BLUE)
    highest = max(known["ci_high"].fillna(known["value"]).max(), known["value"].max())
    ax.set_xlim(0, 1.2 * highest or 1)
    return percent_axis(quiet(name_axes(ax, name), grid="x", left=False), "x")


def concentration_curve(table: pd.DataFrame, ax: Axes) -> Axes:
    """Draw what share of churn the least prepared share of customers makes up.

    Parameters
    ----------
    table : DataFrame
        Columns ``share_of_customers, share_of_churn``, both cumulative from (0, 0) to (1, 1), and
        ``label`` (or ``band``), the band that ends there.
    ax : Axes
    """
    if len(table) < 2 or not np.isfinite(table["share_of_churn"].iloc[-1]):
        return say_nothing_to_draw(ax, "Nobody left, so there is nothing to concentrate.")
    x, y = table["share_of_customers"], table["share_of_churn"]
    under = float((y - x).sum()) >= -0.05  # where the even spread is named: away from the curve
    ax.plot((0, 1), (0, 1), color=GREY, linewidth=1, linestyle=(0, (3, 3)))
    ax.text(
        0.7, 0.66 if under else 0.72, "spread evenly", color=GREY, fontsize=SMALL, rotation=45,
        ha="center", va="top" if under else "bottom", rotation_mode="anchor",
    )  # fmt: skip
    ax.fill_between(x, x, y, color=BLUE, alpha=0.12, linewidth=0)
    ax.plot(x, y, color=BLUE, linewidth=2, marker="o", markersize=5, clip_on=False)
    _name_points(table.iloc[1:-1], ax)
    ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    name_axes(ax, "share of customers, least prepared first", "share of churn")
    return percent_axis(percent_axis(quiet(ax), "x"), "y")


def _name_points(points: pd.DataFrame, ax: Axes) -> None:
    """Write beside the curve where each band ends: on the side away from the even spread.

    A label that has no room there, so near the edge, stands on the other side of its point.
    """
    shares = points[["share_of_customers", "share_of_churn"]].to_numpy()
    words = [
        f"{'up to ' if row else ''}{label}: {value_text(there, 'share')} of churn\n"
        f"from {value_text(here, 'share')} of customers"
        for row, (label, (here, there)) in enumerate(zip(row_labels(points), shares, strict=True))
    ]
    concave = (shares[:, 1] - shares[:, 0]).sum() >= 0
    above = shares[:, 0] >= (0.44 if concave else 0.56)
    for side, left in ((above, True), (~above, False)):
        rows = np.flatnonzero(side)
        heights = spread(list(shares[rows, 1]), 0.14)
        for row, height in zip(rows, heights, strict=True):
            place = shares[row, 0] + (-0.02 if left else 0.02), height
            ax.annotate(
                words[row], tuple(shares[row]), place,
                ha="right" if left else "left", va="bottom" if left else "top",
                color=BLUE, fontsize=SMALL, path_effects=HALO,
            )  # fmt: skip


def _whisker(band: pd.Series, row: float, ax: Axes) -> float:
    """Draw the share's interval and return where it ends."""
    low, high = band.get("ci_low"), band.get("ci_high")
    if not (is_number(low) and is_number(high)):
        return band["share_of_churn"]
    ax.plot((low, high), (row, row), color="#0d3352", linewidth=1.4)
    return max(high, band["share_of_churn"])


def _beside(ax: Axes, place: tuple[float, float], words: str, color: str) -> None:
    ax.annotate(
        words, place, (6, 0), textcoords="offset points", va="center", color=color,
        fontsize=NORMAL, path_effects=HALO,
    )  # fmt: skip
