"""Findings as a page a customer-success leader reads."""

from csresearch.page.cards import cards_html
from csresearch.page.company import company_page

__all__ = ["cards_html", "company_page"]
