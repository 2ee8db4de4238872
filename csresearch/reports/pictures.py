"""Pictures of reports: at double resolution, and none measured or drawn twice on its way."""

from __future__ import annotations

from IPython.core.pylabtools import retina_figure
from matplotlib.figure import Figure

from csresearch.findings.estimates import fills_its_figure

# Pictures of few colours: more effort makes them a fifth smaller and takes half as long again.
QUICK = {"compress_level": 1}


def png(figure: Figure) -> tuple[str, dict[str, int]] | None:
    """A figure as PNG in base64 with its width and height; None when nothing is on it.

    Matplotlib draws a picture that has a layout, or is to be cropped, once in vain to measure it.
    The layout alone does as well, and leaves nothing to crop where there are axes.
    """
    layout = figure.get_layout_engine()
    if layout is None or not any(fills_its_figure(ax) for ax in figure.axes):
        return retina_figure(figure, base64=True, pil_kwargs=QUICK)
    _name_no_nameless(figure)
    figure.dpi *= 2
    layout.execute(figure)
    figure.dpi /= 2
    figure.set_layout_engine(None)
    return retina_figure(figure, base64=True, bbox_inches=None, pil_kwargs=QUICK)


def _name_no_nameless(figure: Figure) -> None:
    """Give axes without a name a fixed place for it: to find one, all their ticks are measured."""
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            if not axis.label.get_text():
                axis.set_label_coords(0.0, 0.0)
