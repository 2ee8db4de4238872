"""Pictures of reports: drawn once, as large as they were made, and whole."""

import base64
import io

import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure
from PIL import Image

from csresearch.findings.estimates import new_axes
from csresearch.reports.pictures import png


@pytest.fixture
def drawn(monkeypatch):
    """Every time a figure is drawn."""
    times, draw = [], Figure.draw
    monkeypatch.setattr(Figure, "draw", lambda self, by: (times.append(self), draw(self, by))[1])
    yield times
    plt.close("all")


def pixels(picture):
    return Image.open(io.BytesIO(base64.b64decode(picture[0]))).size


def test_a_picture_with_a_layout_is_drawn_once(drawn):
    ax = new_axes((4.0, 2.0))
    ax.set_title("a title in need of room")
    before = ax.get_position().bounds
    picture = png(ax.figure)
    dots = ax.figure.dpi
    assert len(drawn) == 1
    assert ax.get_position().bounds != before  # laid out
    assert pixels(picture) == (8 * dots, 4 * dots)
    assert picture[1] == {"width": 4 * dots, "height": 2 * dots}


def test_what_nothing_lays_out_is_cropped_as_ever(drawn):
    figure, ax = plt.subplots(figsize=(4.0, 2.0))
    ax.text(1.5, 0.5, "beside the axes")
    assert pixels(png(figure))[0] > 8 * figure.dpi


def test_without_axes_there_is_no_picture(drawn):
    assert png(Figure()) is None
