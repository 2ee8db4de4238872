"""Customer-months by calendar and tenure: how many events should there have been by then?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from csresearch.data_report.tallies import Tallies


@dataclass(frozen=True)
class Lexis:
    """Customers at risk by starting month and calendar month, those who later left and others.

    Parameters
    ----------
    at_risk : ndarray of shape (2, n_months, n_months)
        [churned, start, month]; a month counts whole however short it was.
    first : int
        Number of the first month.
    """

    at_risk: np.ndarray
    first: int

    @classmethod
    def of(cls, tallies: Tallies) -> Lexis | None:
        """Counted from a company's customers; None without dates."""
        customers = tallies.customers
        rows = customers[(customers[["start", "entry", "exit"]] >= 0).all(axis=1)]
        if rows.empty:
            return None
        first = int(rows["start"].min())
        size = int(rows["exit"].max()) - first + 1
        steps = np.zeros((2, size, size + 1))
        left, start = rows["churned"].to_numpy(int), rows["start"].to_numpy() - first
        entry = np.maximum(rows["entry"].to_numpy() - first, 0)
        np.add.at(steps, (left, start, entry), rows["n"].to_numpy())
        np.add.at(steps, (left, start, rows["exit"].to_numpy() - first + 1), -rows["n"].to_numpy())
        return cls(steps.cumsum(axis=2)[:, :, :size], first)

    @property
    def tenure(self) -> np.ndarray:
        """Months since the start of each cell; negative cells are empty."""
        months = np.arange(self.at_risk.shape[2])
        return months[None, :] - months[:, None]

    def events(self, rows: pd.DataFrame, month: str) -> np.ndarray:
        """Counted events in the same cells as ``at_risk``."""
        found = np.zeros_like(self.at_risk)
        start, when = rows["start"].to_numpy() - self.first, rows[month].to_numpy() - self.first
        inside = (start >= 0) & (when >= 0) & (when < found.shape[2]) & (start < found.shape[1])
        cells = (rows["churned"].to_numpy(int)[inside], start[inside], when[inside])
        np.add.at(found, cells, rows["n"].to_numpy()[inside])
        return found

    def expected(self, exposed: np.ndarray, events: np.ndarray, at_risk: np.ndarray) -> float:
        """Events in some customer-months at the rate of others at the same tenure.

        Parameters
        ----------
        exposed : ndarray of shape (n_months, n_months)
            Customer-months for which events are expected, [start, month].
        events, at_risk : ndarray of shape (n_months, n_months)
            Where the rates come from. A tenure nobody reached there expects nothing.
        """
        cells = np.maximum(self.tenure, 0).ravel()
        size = self.tenure.shape[0]
        happened, lived, asked = (
            np.bincount(cells, np.where(self.tenure >= 0, counts, 0).ravel(), size)
            for counts in (events, at_risk, exposed)
        )
        rate = np.divide(happened, lived, out=np.zeros(size), where=lived > 0)
        return float((asked * rate).sum())
