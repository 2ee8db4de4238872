"""One function per picture: a table and Axes in, Axes out."""

from csresearch.figures.interval import interval_picture

__all__ = ["interval_picture"]
