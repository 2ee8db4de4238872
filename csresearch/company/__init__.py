"""A company's data: company.yml, its tables, the checks, and what is left clean."""

from csresearch.company.data_summary import DataSummary
from csresearch.company.loaded import Company
from csresearch.company.loading import load_company
from csresearch.errors import CompanyError

__all__ = ["Company", "CompanyError", "DataSummary", "load_company"]
