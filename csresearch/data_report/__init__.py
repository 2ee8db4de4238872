"""The data report: what was read, what it covers, what looks suspicious, what to collect."""

from csresearch.data_report.collect import to_collect
from csresearch.data_report.coverage import activity, coverage, responses, tenure
from csresearch.data_report.missingness import missingness
from csresearch.data_report.overview import overview, problems, readings, rows
from csresearch.data_report.shapes import inferred_churn, ruled_results
from csresearch.data_report.suspicions import Suspicion, looked_for, suspicions, suspicious

__all__ = [
    "Suspicion",
    "activity",
    "coverage",
    "inferred_churn",
    "looked_for",
    "missingness",
    "overview",
    "problems",
    "readings",
    "responses",
    "rows",
    "ruled_results",
    "suspicions",
    "suspicious",
    "tenure",
    "to_collect",
]
