"""Results read from a metric: the first value far enough from the customer's own baseline."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import pandas as pd

from csresearch.company.checks import NOT_USED, TOLD, Check
from csresearch.company.shape_settings import ResultRule
from csresearch.company.shapes.marks import whole
from csresearch.company.tenure import since_start
from csresearch.errors import CompanyError, did_you_mean

NO_BASELINE = "shape no baseline "
METRIC = "metric"  # what an unnamed metric is called
ROUNDING = 1e-9  # of a threshold: 10 * 1.2 is not to miss 12 by a rounding error


def results_by_rule(metrics: ibis.Table, rule: ResultRule) -> ibis.Table:
    """The first result of each customer by a rule.

    Parameters
    ----------
    metrics : ibis Table
        ``customer_id, metric_day, metric, value``.
    rule : ResultRule

    Returns
    -------
    ibis Table
        ``customer_id, result_day, result, value``: the value is the change.

    Notes
    -----
    Values of one day are averaged first. A relative change needs a baseline above 0.
    """
    return _first(_judged_days(metrics, rule), rule)


def rule_summary(metrics: ibis.Table, rules: Sequence[ResultRule]) -> pd.DataFrame:
    """What each rule finds, and what it would find the other way round.

    Parameters
    ----------
    metrics : ibis Table
        As for `results_by_rule`.
    rules : sequence of ResultRule

    Returns
    -------
    DataFrame
        One row per rule: ``result, metric, customers`` (measured), ``without_baseline``,
        ``reached``, ``reached_other_way`` (as far from the baseline in the other direction:
        chance alone moves customers both ways).

    Raises
    ------
    CompanyError
        If a rule is about a metric that is not there.
    """
    _refuse_unknown(metrics, rules)
    rows = []
    for rule in rules:
        own = metrics.filter(metrics.metric == rule.metric)
        other = rule.model_copy(update={"direction": "down" if rule.direction == "up" else "up"})
        counts = [
            own.customer_id.nunique(),
            _baselines(_by_day(own), rule).count(),
            results_by_rule(own, rule).count(),
            results_by_rule(own, other).count(),
        ]
        n, based, reached, mirrored = (int(count.execute()) for count in counts)
        rows.append((rule.kind, rule.metric, n, n - based, reached, mirrored))
    columns = ["result", "metric", "customers", "without_baseline", "reached", "reached_other_way"]
    return pd.DataFrame(rows, columns=columns)


def with_baseline_flags(table: ibis.Table, rules: Sequence[ResultRule]) -> ibis.Table:
    """Measurements with a flag for each rule by which their customer has no baseline.

    Parameters
    ----------
    table : ibis Table
        Typed rows of metrics beside their customer's dates.
    rules : sequence of ResultRule
    """
    day = since_start(table, "measured_on")
    named = table.metric.fill_null(METRIC)
    inside = (day >= 0) & (day <= table.exit_day) & table.value.notnull()
    metrics = table.mutate(metric_day=day, metric=named).filter(inside)
    for i, rule in enumerate(rules):
        own = metrics.filter(metrics.metric == rule.metric)
        based = _baselines(_by_day(own), rule).select(based_id="customer_id")
        joined = table.left_join(based, table.customer_id == based.based_id)
        about = joined.metric.fill_null(METRIC) == rule.metric
        flag = {f"{NO_BASELINE}{i}": about & joined.based_id.isnull()}
        table = joined.mutate(**flag).drop("based_id")
    return table


def metric_rules(table: ibis.Table, rules: Sequence[ResultRule]) -> list[Check]:
    """What is told of measurements that make no result.

    Parameters
    ----------
    table : ibis Table
        As `with_baseline_flags` returns it.
    rules : sequence of ResultRule
    """
    named = table.metric.fill_null(METRIC)
    unruled = ~named.isin([rule.metric for rule in rules])
    add = "add it to result_rules: in company.yml, if a change of it is a result"
    checks = [
        Check("value", "no value", table.value.isnull(), "fill in value if it was measured",
              NOT_USED),
        Check("metric", "no rule is about this metric", unruled, add, NOT_USED),
    ]  # fmt: skip
    for i, rule in enumerate(rules):
        least = f"fewer than {rule.at_least} days with a value" if rule.at_least > 1 else "no value"
        zero = " above 0" if rule.relative else ""
        checks.append(
            Check(
                "customer_id",
                f"no baseline{zero} for '{rule.kind}' ({least} by day {rule.baseline_days:g})",
                table[f"{NO_BASELINE}{i}"],
                "nothing to do if so; the customer counts as without this result",
                TOLD,
            )
        )
    return checks


def _by_day(metrics: ibis.Table) -> ibis.Table:
    """One value per customer and day."""
    filled = metrics.filter(metrics.value.notnull())
    return filled.group_by(["customer_id", "metric_day"]).agg(value=filled.value.mean())


def _baselines(days: ibis.Table, rule: ResultRule) -> ibis.Table:
    """The baseline of each customer who has one."""
    early = days.filter(days.metric_day <= rule.baseline_days)
    each = ibis.window(group_by=early.customer_id)
    place = ibis.row_number().over(group_by=early.customer_id, order_by=early.value)
    early = early.mutate(n=early.count().over(each), place=place)
    early = early.filter(early.n >= rule.at_least)
    if rule.baseline == "median":  # the middle one, or the mean of the middle two
        early = early.filter((2 * early.place - (early.n - 1)).abs() <= 1)
    found = early.group_by("customer_id").agg(baseline=early.value.mean())
    if rule.relative:
        found = found.filter(found.baseline > 0)
    return found.select("customer_id", "baseline")


def _judged_days(metrics: ibis.Table, rule: ResultRule) -> ibis.Table:
    """The days after the baseline, with the change and how many in a row are far enough."""
    days = _by_day(metrics.filter(metrics.metric == rule.metric))
    later = days.filter(days.metric_day > rule.baseline_days)
    both = later.inner_join(_baselines(days, rule), "customer_id")
    sign = 1.0 if rule.direction == "up" else -1.0
    step = both.baseline * rule.change if rule.relative else ibis.literal(float(rule.change))
    threshold = both.baseline + step * sign
    ahead = (both.value - threshold) * sign + ROUNDING * (both.baseline.abs() + step)
    both = both.mutate(change=both.value - both.baseline, far=whole(ahead >= 0))
    run = ibis.window(
        group_by=both.customer_id, order_by=both.metric_day, preceding=rule.sustained - 1,
        following=0,
    )  # fmt: skip
    return both.mutate(in_a_row=both.far.sum().over(run))


def _first(days: ibis.Table, rule: ResultRule) -> ibis.Table:
    """The first day on which enough days in a row were far enough."""
    reached = days.filter(days.in_a_row >= rule.sustained)
    place = ibis.row_number().over(group_by=reached.customer_id, order_by=reached.metric_day)
    first = reached.mutate(place=place)
    first = first.filter(first.place == 0)
    return first.select(
        "customer_id",
        result_day=first.metric_day,
        result=ibis.literal(rule.kind),
        value=first.change,
    )


def _refuse_unknown(metrics: ibis.Table, rules: Sequence[ResultRule]) -> None:
    """A rule is about a metric that was measured."""
    names = sorted(metrics.select("metric").distinct().to_pandas()["metric"])
    for rule in rules:
        if rule.metric not in names:
            near = did_you_mean(rule.metric, names)
            raise CompanyError(f"company.yml: result_rules: no metric '{rule.metric}'; {near}")
