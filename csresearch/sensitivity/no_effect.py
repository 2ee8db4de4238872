"""What would the naive ratio be if results did nothing?

If results did nothing, customers with and without one would churn at the same rate on the same
day of tenure. The company's own rates of churn, of leaving observation and of first results then
say how many customers would be in each state on each day, and so what the naive comparison of
"ever" with "never" would report.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtri

from csresearch.events import EventTable
from csresearch.findings.estimates import Estimate
from csresearch.sensitivity.expected_counts import grid_of
from csresearch.sensitivity.expected_spread import expected_ratios


def no_effect_benchmark(
    table: EventTable,
    strata: Sequence[str] = (),
    *,
    ignore_entry: bool = True,
    confidence_level: float = 0.95,
) -> dict[str, Estimate]:
    """What would each naive ratio be on this company's data if results did nothing?

    Parameters
    ----------
    table : EventTable
        `by` holds the strata and "state", with levels "without" and "with".
    strata : sequence of str
        Within a stratum everybody leaves at the same rate on the same day.
    ignore_entry : bool
        Count customers observed late as there from day 0, as the plain comparison does
        (``History.ever_table(ignore_entry=True)``); False: only while observed.
    confidence_level : float

    Returns
    -------
    dict of str to Estimate
        Named as in `naive_ratios`, role "no_effect". None where it cannot be computed.

    Raises
    ------
    ValueError
        When there are other states, or customers lose the state again.

    Notes
    -----
    Expected counts are carried forward over the days with the pooled churn and censoring hazards
    and the result hazard of those without; on a day, churn and censoring come before results.
    With constant rates and full follow-up the churn-rate ratio is 1 + 1 ÷ (1 − p), p the share
    who ever got a result: six at p = 0.8. The interval is the benchmark's own uncertainty
    (delta method over the binomial errors of the daily rates, normal on the log scale), not the
    scatter of a naive ratio around it. Efron's ties to first
    order in the share that churns a day. Checked by simulating companies in which results do
    nothing.
    """
    z = -ndtri((1 - confidence_level) / 2)
    found = {}
    for name, (value, error) in expected_ratios(grid_of(table, strata), ignore_entry).items():
        ends = value * np.exp([-z * error, z * error])
        found[name] = Estimate(
            name, value, *ends, confidence_level, error, role="no_effect", null=1.0
        )
    return found
