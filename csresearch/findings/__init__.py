"""What was found: estimates, findings with their verdict, how numbers are written, the JSON."""

from csresearch.findings.estimates import ROLES, Estimate, Part
from csresearch.findings.finding import (
    GRADES,
    SCHEMA,
    SCHEMA_PATH,
    VERDICTS,
    Finding,
    findings_document,
    write_json,
)

__all__ = [
    "GRADES",
    "ROLES",
    "SCHEMA",
    "SCHEMA_PATH",
    "VERDICTS",
    "Estimate",
    "Finding",
    "Part",
    "findings_document",
    "write_json",
]
