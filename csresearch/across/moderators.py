"""Do companies differ with something known of each? Moderators, and the small-study check."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from csresearch.across.files import Source
from csresearch.across.pooled import General
from csresearch.pooling import MetaRegression, meta_regression, small_study_effect

EACH = 10  # companies for each coefficient beside the average, below which none is fitted
LEAST_IN_LEVEL = 3
CUSTOMERS = "customers"
OTHER = "other"
_COLUMNS = ["claim", "field", "label", "value", "ci_low", "ci_high", "p_value", "share_explained"]


def fields_of(sources: Sequence[Source], chosen: Sequence[str] = ()) -> dict[str, pd.Series]:
    """Company-level fields that differ between companies, by name; values by company.

    Parameters
    ----------
    sources : sequence of Source
    chosen : sequence of str
        Names of fields; empty: all there are, and the number of customers.

    Returns
    -------
    dict of str to Series
        Numbers or texts; the number of customers as its logarithm to base ten.

    Raises
    ------
    ValueError
        If no company has a chosen field; the message lists those there are.
    """
    values: dict[str, dict[str, object]] = {CUSTOMERS: {}}
    for source in sources:
        if source.n_customers:
            values[CUSTOMERS][source.company] = math.log10(source.n_customers)
        for name, value in source.fields.items():
            if name != CUSTOMERS:
                values.setdefault(name, {})[source.company] = value
    unknown = [name for name in chosen if not values.get(name)]
    if unknown:
        known = ", ".join(name for name, found in values.items() if found)
        raise ValueError(f"no company has a field '{unknown[0]}'; there are: {known}")
    picked = chosen or list(values)
    series = {name: pd.Series(values[name], dtype=object) for name in picked}
    return {name: one for name, one in series.items() if one.nunique() > 1}


def moderator_rows(general: General, fields: Mapping[str, pd.Series]) -> pd.DataFrame:
    """How the claim's estimate moves with each field, one row a coefficient.

    Returns
    -------
    DataFrame
        ``claim, field, label, value, ci_low, ci_high, p_value, share_explained, scale``; a ratio
        of ratios where the claim's estimate is a ratio, else the difference on the model's scale.
        Fields too few companies have are left out.
    """
    rows = []
    for name, values in fields.items():
        fit, labels = _fitted(general, values)
        if fit is None:
            continue
        for label, one in zip(labels, fit.coefficients.iloc[1:].itertuples(), strict=True):
            ends = _unlogged(general, (one.value, one.ci_low, one.ci_high))
            shown = label if name != CUSTOMERS else "ten times as many"
            rows.append((general.claim, name, shown, *ends, fit.p_value, fit.explained))
    return pd.DataFrame(rows, columns=_COLUMNS).assign(scale=_scale(general))


def small_studies(general: General) -> MetaRegression | None:
    """Whether companies with wide intervals show other effects; None with fewer than ten."""
    if general.k < EACH:
        return None
    rows = general.main.rows
    errors = rows["error"].to_numpy(float)
    if np.ptp(errors) <= 1e-9 * errors.max():
        return None
    return small_study_effect(rows["effect"].to_numpy(float), errors)


def _fitted(general: General, values: pd.Series) -> tuple[MetaRegression | None, list[str]]:
    """The regression on one field, and what each coefficient compares; None for too few."""
    if general.main is None:
        return None, []
    rows = general.main.rows
    known = rows[rows["company"].isin(values.index)]
    found = values.loc[known["company"]]
    columns, labels = _columns(found)
    if columns is None or len(known) < EACH * len(labels):
        return None, []
    effect, error = known["effect"].to_numpy(float), known["error"].to_numpy(float)
    return meta_regression(effect, error, columns, names=labels), labels


def _columns(values: pd.Series) -> tuple[np.ndarray | None, list[str]]:
    """A field as columns of a design: a number as it is, levels against the most frequent.

    None where it does not differ between these companies.
    """
    number = all(isinstance(one, int | float) and not isinstance(one, bool) for one in values)
    if number:
        column = values.to_numpy(float)
        return (column[:, None], ["one more"]) if np.ptp(column) > 0 else (None, [])
    texts = values.map(str)
    counts = Counter(texts)
    rare = [level for level, n in counts.items() if n < LEAST_IN_LEVEL]
    texts = texts.where(~texts.isin(rare), OTHER)
    levels = [level for level, _ in sorted(Counter(texts).items(), key=lambda one: (-one[1], one))]
    if len(levels) < 2:
        return None, []
    columns = np.column_stack([(texts == level).to_numpy(float) for level in levels[1:]])
    return columns, [f"{level} against {levels[0]}" for level in levels[1:]]


def _scale(general: General) -> str:
    """How a coefficient is written."""
    ratio = general.question.pools and general.question.measures[0].scale == "ratio"
    return "ratio" if ratio else "difference"


def _unlogged(general: General, ends: tuple[float, float, float]) -> list[float]:
    """A coefficient and its limits, as a ratio of ratios where the estimate is a ratio."""
    if _scale(general) != "ratio":
        return list(ends)
    return [general.question.measures[0].model.back(end) for end in ends]
