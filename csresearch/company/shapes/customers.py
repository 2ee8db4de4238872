"""From typed rows to one row per customer, by what company.yml says about their shape."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import ibis
import pandas as pd

from csresearch.company.checks import SET_ASIDE, Check
from csresearch.company.event_tables import EVENTS
from csresearch.company.optional import with_absent
from csresearch.company.rules import FUTURE, row_rules
from csresearch.company.schema import CompanyConfig
from csresearch.company.shapes.inactivity import INACTIVITY, infer_ends, sensitivity
from csresearch.company.shapes.marks import USABLE, Shaped, one_row_each, whole
from csresearch.company.shapes.scores import merge_scorings, score_customers
from csresearch.company.shapes.snapshots import follow_snapshots
from csresearch.company.shapes.subscriptions import (
    SPOILED,
    in_their_life,
    lives_apart,
    merge_subscriptions,
    still_running,
)
from csresearch.company.shapes.trials import TRIAL, without_trials
from csresearch.company.sources import stage


@dataclass(frozen=True)
class Shapes:
    """The customers table in shape, and what goes with it.

    Parameters
    ----------
    customers : Shaped
    events : dict of str to ibis Table
        The other typed tables, under the ids of the shaped customers.
    shown : dict of str to DataFrame
        What is to be shown of it: ``INACTIVITY``, where churn is inferred.
    """

    customers: Shaped
    events: dict[str, ibis.Table]
    shown: dict[str, pd.DataFrame] = field(default_factory=dict)


def shape_customers(
    typed: dict[str, ibis.Table], config: CompanyConfig, placed: dict, files: dict[str, str]
) -> Shapes:
    """Bring the customers' rows into shape.

    Parameters
    ----------
    typed : dict of str to ibis Table
        Typed tables by canonical name.
    config : CompanyConfig
    placed : dict
        Canonical columns of customers.
    files : dict of str to str
        What to call each table's file in messages.

    Raises
    ------
    CompanyError
        If company.yml leaves open what the rows need to be read.
    """
    events = {name: table for name, table in typed.items() if name != "customers"}
    table, file = typed["customers"], files["customers"]
    if not _asked(config):
        return Shapes(Shaped(table, (), placed), events)
    table = _marked(without_trials(with_absent(table), config.trials, file), config, placed)
    table = stage("usable_customers", table, keep=False)
    shaped = _one_row_per_customer(table, config, placed, file)
    table, marks = stage("shaped_customers", shaped.table, keep=True), shaped.marks
    shaped = Shaped(table, (TRIAL, *marks) if config.trials else marks, shaped.placed)
    shown = {}
    if config.churn_after_inactive_days is not None:
        shaped, spans = infer_ends(shaped, events.get("behaviors"), config, file)
        shown[INACTIVITY] = sensitivity(spans, config)
    if "maturity_scores" in events:
        table, names = score_customers(
            shaped.table, events["maturity_scores"], shaped.placed, (file, files["maturity_scores"])
        )
        shaped = Shaped(table, shaped.marks, names)
    if config.reactivation == "separate":
        events = _events_apart(shaped, events)
    return Shapes(shaped, events, shown)


def _asked(config: CompanyConfig) -> bool:
    """Whether company.yml says anything about the shape of customers."""
    return bool(
        config.trials
        or config.subscriptions
        or config.snapshots
        or config.churn_after_inactive_days
        or config.maturity_scores
        or config.maturity.repeated_rows
    )


def _one_row_per_customer(
    table: ibis.Table, config: CompanyConfig, placed: dict, file: str
) -> Shaped:
    """The rows of one customer as one, where they are several."""
    if config.subscriptions:
        return merge_subscriptions(table, config, placed)
    if config.snapshots:
        return follow_snapshots(table, config, placed, file)
    if config.maturity.repeated_rows:
        return merge_scorings(table, config, placed)
    return Shaped(one_row_each(table), (), placed)


def _marked(table: ibis.Table, config: CompanyConfig, placed: dict) -> ibis.Table:
    """Rows with whether they are usable, and whether another row of the customer is not."""
    if config.subscriptions:
        table = still_running(table, config)
    rules = row_rules(table, config, placed)
    spoiling = _any([rule for rule in rules if rule.reason != FUTURE], table)
    table = table.mutate(
        **{USABLE: ~_any(rules, table) & ~table[TRIAL.flag]}, spoiling=whole(spoiling)
    )
    customer = ibis.window(group_by=table.customer_id)
    spoiled = (table.spoiling.max().over(customer) == 1) & table[USABLE]
    return table.mutate(**{SPOILED.flag: spoiled}).drop("spoiling")


def _any(rules: Iterable[Check], table: ibis.Table) -> ibis.Value:
    """Whether any of the rules sets a row aside."""
    bad = table.customer_id.isnull()
    for rule in rules:
        if rule.effect == SET_ASIDE:
            bad = bad | rule.bad.fill_null(False)
    return bad


def _events_apart(shaped: Shaped, events: dict[str, ibis.Table]) -> dict[str, ibis.Table]:
    """Events under the id of the lifetime they fall into."""
    lives = stage("lives_apart", lives_apart(shaped.table), keep=True)
    apart = {}
    for name, table in events.items():
        as_text = table.mutate(customer_id=table.customer_id.cast("string"))
        apart[name] = in_their_life(as_text, lives, EVENTS[name].dated_by)
    return apart
