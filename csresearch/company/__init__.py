"""A company's data: company.yml, its tables, the checks, and what is left clean.

What opens data is loaded when it is first asked for: to read company.yml takes little.
"""

from __future__ import annotations

from csresearch.errors import CompanyError
from csresearch.when_asked import when_asked

_HOME = {"Company": "loaded", "DataSummary": "data_summary", "load_company": "loading"}

__all__ = ["CompanyError", *_HOME]
__getattr__, __dir__ = when_asked(__name__, _HOME)
