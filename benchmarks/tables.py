"""The tables of benchmarks/README.md from the timings of one run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Medians over the runs of a contender at a size; ``note`` says why there are none."""

    key: str
    size: str
    runs: int = 0
    wall: float | None = None
    work: float | None = None
    fit: float | None = None
    again: float | None = None
    peak_mb: float | None = None
    ratio: tuple[float, ...] | None = None
    note: str = ""


def seconds(value: float | None, note: str = "") -> str:
    """A time as it stands in the table."""
    if value is None:
        return note
    return f"{value:.2f} s" if value < 10 else f"{value:.0f} s"


def table(timings: list[Timing], names: dict[str, str], cell: Callable[[Timing], str]) -> str:
    """A Markdown table, one row per contender and one column per size."""
    sizes = list(dict.fromkeys(t.size for t in timings))
    found = {(t.key, t.size): t for t in timings}
    lines = ["| | " + " | ".join(sizes) + " |", "|---" * (len(sizes) + 1) + "|"]
    for key, name in names.items():
        row = [found.get((key, size)) for size in sizes]
        if any(row):
            cells = [cell(timing) if timing else "" for timing in row]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def whole(t: Timing) -> str:
    """The whole process: clock and peak memory."""
    memory = f", {t.peak_mb:,.0f} MB" if t.peak_mb else ""
    return seconds(t.wall, t.note) + memory


def without_imports(t: Timing) -> str:
    """From opening the file to the number; the fit alone, or asked again in the same process."""
    beside = "" if t.fit is None else f" (fit {seconds(t.fit)})"
    if t.again is not None:
        beside = f" (again {seconds(t.again)})"
    return seconds(t.work, t.note) + beside


def number(t: Timing) -> str:
    """The ratio found, with its interval."""
    if not t.ratio:
        return ""
    return "{:.3f} ({:.3f} to {:.3f})".format(*t.ratio)


def comparisons(timings: list[Timing]) -> str:
    """The reach, as ratios within this run."""
    found = {(t.key, t.size): t for t in timings}
    lines = [
        _times_faster(
            found, "ctv-days", "CoxTimeVaryingFitter on days", size="100k", reach=" (reach: 100)"
        ),
        _times_faster(found, "ctv-months", "CoxTimeVaryingFitter on months", size="100k"),
        _times_faster(found, "r-months", "R's coxph on months", size="1M", reach=" (reach: 5)"),
        _times_faster(found, "r-days", "R's coxph on days", size="1M"),
        _growth(found, "kit", "the full estimate", " (reach: below 12)"),
        _growth(found, "kit-ratio", "the fair ratio alone"),
        _biggest(found),
    ]
    return "\n".join(f"- {line}" for line in lines if line)


def _times_faster(found: dict, peer: str, name: str, *, size: str, reach: str = "") -> str:
    """How many times faster than a peer's fit alone, imports excluded."""
    other, full, ratio = (found.get((key, size)) for key in (peer, "kit", "kit-ratio"))
    if not (other and other.fit and full and ratio):
        return ""
    again, alone = full.again or full.work, ratio.again or ratio.work
    return (
        f"{size}: {name} fits in {seconds(other.fit)}, its rows ready in memory. csresearch opens "
        f"the file, checks the data and makes the full estimate {other.fit / again:.1f} times "
        f"as fast{reach}, {other.fit / full.work:.1f} times where it is the first question the "
        f"process is asked; for the same ratio alone it takes {other.fit / alone:.1f} times "
        f"less, {other.fit / ratio.work:.1f} at first."
    )


def _growth(found: dict, key: str, name: str, reach: str = "") -> str:
    """How much longer ten times the customers take."""
    small, large = found.get((key, "1M")), found.get((key, "10M"))
    if not (small and small.work and large and large.work):
        return ""
    return f"1M to 10M, {name}: {large.work / small.work:.1f} times the time{reach}."


def _biggest(found: dict) -> str:
    """Time and memory of the full estimate at the largest size."""
    large = found.get(("kit", "10M"))
    if not (large and large.wall):
        return ""
    return (
        f"10M, the full estimate, the whole process: {seconds(large.wall)} and "
        f"{large.peak_mb:,.0f} MB (reach: 10 s and 1,000 MB)."
    )
