"""Draw the picture of the README: a company where results do nothing, yet seem to.

Left, what a newsletter would draw: customers who ever had a result beside those who never had.
Right, the same customers with each one's time before the first result counted as without. Below,
the finding's own interval picture. ``python tools/mirage_picture.py`` writes
data/mirage/mirage.png, with its words as description; a test draws it anew and compares them.
"""

from io import BytesIO
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image, PngImagePlugin

from csresearch import Company, claims, figures, load_company
from csresearch.events import EventTable
from csresearch.findings import Finding
from csresearch.findings.labels import value_text
from csresearch.survival.curves import survival_curves

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "data" / "mirage" / "mirage.png"
WITH, WITHOUT = "with a result", "without"  # the same colours on both sides
HORIZON = 24  # months


def plain_curves(company: Company) -> dict:
    """Who is still a customer, by whether they ever had a result: the misleading way."""
    customers = company.durations(["result_day"])
    ever = customers["result_day"].notna().map({True: WITH, False: WITHOUT})
    rows = customers.assign(group=ever)
    columns = {"start": "entry", "stop": "durations", "event": "event_observed"}
    return survival_curves(EventTable.from_episodes(rows, **columns, by=["group"]), "group")


def fair_curves(company: Company) -> dict:
    """Who is still a customer, each counted as without results until the first one."""
    rows = company.episodes().replace({"state": {"with": WITH, "without": WITHOUT}})
    columns = {"start": "start", "stop": "stop", "event": "event"}
    return survival_curves(EventTable.from_episodes(rows, **columns, by=["state"]), "state")


def draw(company: Company, finding: Finding) -> Figure:
    """Both pairs of curves, and below them the finding."""
    figure = plt.figure(figsize=(8, 5.6), layout="constrained")
    axes = figure.subplot_mosaic("LR;II", height_ratios=(3, 2))
    plain, fair = (value_text(finding.first(r).value, "ratio") for r in ("naive", "primary"))
    _curves(
        plain_curves(company),
        axes["L"],
        f"plain: ever had a result, or never\n{plain} times longer",
    )
    _curves(
        fair_curves(company), axes["R"], f"fair: had a result by then, or not yet\n{fair} times"
    )
    finding.plot(axes["I"])
    return figure


def _curves(curves: dict, ax: Axes, title: str) -> None:
    both = {name: curves[name] for name in (WITH, WITHOUT)}
    figures.survival_curves(both, ax, horizon_months=HORIZON, at_risk=False)
    ax.set_title(title, loc="left", fontsize=10.5)


def words(figure: Figure) -> str:
    """Every title and label of the figure, which hold all its numbers."""
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    labels = [text.get_text() for ax in figure.axes for text in ax.texts]
    return "; ".join(filter(None, titles + labels)).replace("\n", ": ")


def main() -> None:
    """Write the picture, with few colours so that it stays small."""
    company = load_company(ROOT / "data" / "mirage" / "company.yml")
    drawn = BytesIO()
    figure = draw(company, claims.get("results-retention").estimate(company))
    figure.savefig(drawn, dpi=200)
    about = PngImagePlugin.PngInfo()
    about.add_itxt("Description", words(figure))
    few = Image.open(drawn).convert("RGB").quantize(200)
    few.save(PICTURE, optimize=True, pnginfo=about)


if __name__ == "__main__":
    main()
