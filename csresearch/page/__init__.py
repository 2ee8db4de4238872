"""Findings as a page a customer-success leader reads."""

from __future__ import annotations

from collections.abc import Sequence

from IPython.display import HTML

from csresearch.findings import Finding
from csresearch.page.cards import cards_html
from csresearch.page.company import company_page

__all__ = ["cards_html", "company_cards", "company_page"]


def company_cards(findings: Sequence[Finding]) -> HTML:
    """The verdict table and a card per claim, for a notebook's cell."""
    return HTML(cards_html(findings))
