"""Shapes of rows: what stands between typed cells and checked customers."""

from csresearch.company.shapes.customers import Shapes, shape_customers
from csresearch.company.shapes.events import RESULT_RULES, shape_events, with_ruled_results
from csresearch.company.shapes.inactivity import INACTIVITY, results_are_activity
from csresearch.company.shapes.marks import KEPT, Mark, Shaped

__all__ = [
    "INACTIVITY",
    "KEPT",
    "RESULT_RULES",
    "Mark",
    "Shaped",
    "Shapes",
    "results_are_activity",
    "shape_customers",
    "shape_events",
    "with_ruled_results",
]
