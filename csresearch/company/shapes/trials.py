"""Trials: rows set aside, and customers who start with the first paid day."""

from __future__ import annotations

import ibis

from csresearch.company.cells import CELL
from csresearch.company.checks import SET_ASIDE
from csresearch.company.shape_settings import Trials
from csresearch.company.shapes.marks import TRIAL_FLAG, Mark
from csresearch.company.text import as_text
from csresearch.errors import CompanyError, did_you_mean

TRIAL = Mark(
    TRIAL_FLAG,
    "customer_id",
    "trial",
    "nothing to do; trials: use: counted in company.yml counts trials as customers",
    SET_ASIDE,
)


def without_trials(table: ibis.Table, trials: Trials | None, file: str) -> ibis.Table:
    """Rows with the flag of `TRIAL`; who paid from some day on starts on it.

    Parameters
    ----------
    table : ibis Table
        Typed rows of customers.
    trials : Trials or None
    file : str
        What to call the file in messages.

    Raises
    ------
    CompanyError
        If the file has no such column.
    """
    if trials is None or trials.use == "counted":
        return table.mutate(**{TRIAL.flag: ibis.literal(False)})
    said = _column(table, trials.column, file).isin(trials.values).fill_null(False)
    left_before = (table.ended_on < table.paid_on).fill_null(False)
    paid_later = (table.paid_on > table.started_on).fill_null(False)
    return table.mutate(
        started_on=paid_later.ifelse(table.paid_on, table.started_on),
        **{TRIAL.flag: (said & table.paid_on.isnull()) | left_before},
    )


def _column(table: ibis.Table, name: str, file: str) -> ibis.Value:
    """The column that tells trials apart, as text."""
    if name in table.columns:  # a canonical column or a segment, its values mapped
        return table[name] if table[name].type().is_string() else table[name].cast("string")
    if CELL + name in table.columns:
        return as_text(table[CELL + name])
    names = [c.removeprefix(CELL) for c in table.columns if c.startswith(CELL)]
    raise CompanyError(f"{file}: trials: there is no column '{name}'; {did_you_mean(name, names)}")
