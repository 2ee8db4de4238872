"""How information comes in month by month at a company's present pace."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from scipy.optimize import brentq

LONGEST_MONTHS = 600.0


@dataclass(frozen=True)
class Pace:
    """How fast a company's customers come and leave.

    Parameters
    ----------
    customers, here, departures : int
        Customers so far, those still here, those who left.
    leaving : float
        Departures per customer and month.
    starts : float
        New customers per month.
    months : float
        Observed so far.
    """

    customers: int
    here: int
    departures: int
    leaving: float
    starts: float
    months: float

    def departures_after(self, months: float | np.ndarray, *, newcomers: bool = True) -> np.ndarray:
        """How many will have left after so many more months?

        Parameters
        ----------
        months : float or array
        newcomers : bool
            Whether new customers go on coming.

        Returns
        -------
        array
            Those who left so far, and those to come at the present rate.
        """
        months = np.asarray(months, dtype=float)
        gone = -np.expm1(-self.leaving * months)  # share of those here who will have left
        more = self.here * gone
        if newcomers and self.leaving > 0:
            more = more + self.starts * (months - gone / self.leaving)
        return self.departures + more

    def times_after(
        self, months: float | np.ndarray, clock: str, *, newcomers: bool = True
    ) -> np.ndarray:
        """How many times the present data will there be?

        Parameters
        ----------
        months : float or array
        clock : {"departures", "starts", "steady"}
            What brings information: customers who leave, customers who start, or time itself.
        newcomers : bool
            Whether new customers go on coming.

        Returns
        -------
        array

        Raises
        ------
        ValueError
            If there is no such clock.
        """
        months = np.asarray(months, dtype=float)
        if clock == "departures":
            after = self.departures_after(months, newcomers=newcomers)
            return after / self.departures if self.departures else np.ones_like(months)
        if clock == "starts":
            return 1 + (self.starts * months / self.customers if newcomers else 0 * months)
        if clock == "steady":
            return 1 + months / self.months
        raise ValueError(f"no clock {clock!r}: it is departures, starts or steady")

    def months_until(self, times: float, clock: str, *, newcomers: bool = True) -> float | None:
        """In how many months will there be so many times the present data?

        Parameters
        ----------
        times : float
        clock : {"departures", "starts", "steady"}
        newcomers : bool

        Returns
        -------
        float or None
            0 where there is enough now; None where it is never, or not in fifty years.
        """

        def short(months: float) -> float:
            return float(self.times_after(months, clock, newcomers=newcomers)) - times

        if times <= 1:
            return 0.0
        if times == inf or short(LONGEST_MONTHS) < 0:
            return None
        return float(brentq(short, 0.0, LONGEST_MONTHS))
