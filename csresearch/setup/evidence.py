"""What a column's values say for or against a role; each check gives a factor and a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set

import pandas as pd

from csresearch.setup.columns import FileColumn
from csresearch.setup.labels import churn_words, order_of, score_words

Evidence = tuple[float, str]
PLAIN_NUMBER = 100_000  # ids below are counted rather than made up: they match by chance


def own_values(column: str, seen: FileColumn, until: pd.Timestamp) -> Iterator[Evidence]:
    """What do a column's values say by themselves for the canonical column of that name?

    Parameters
    ----------
    column : str
        The canonical column.
    seen : FileColumn
        The file's column.
    until : Timestamp
        Last day of the data.

    Yields
    ------
    Evidence
        A factor on the confidence, and why.
    """
    if len(seen.distinct) == 1 and len(seen.filled) > 3:
        yield (0.97, "one value throughout") if column in _MAY_BE_CONSTANT else (
            0.3, "one value throughout")  # fmt: skip
    if column in _CHECKS:
        yield from _CHECKS[column](seen)
    if seen.kind == "date":
        ahead = _share(seen.days.dropna() > until)
        if ahead > 0.1 or column == "renews_on":
            fits = column == "renews_on" and ahead > 0.1
            yield (
                (1.05 if fits else 0.85 if column == "renews_on" else 0.4),
                (f"{ahead:.0%} of its days lie after {until:%Y-%m-%d}"),
            )


def among_ids(seen: FileColumn, ids: Set[str], source: str) -> Evidence | None:
    """Whether a column's values are found among the customers' ids."""
    values = set(seen.distinct.index)
    if not ids or not values:
        return None
    found = len(values & ids)
    told = f"{found:,} of its {len(values):,} values are ids in {source}"
    share = found / len(values)
    if share < 0.3:
        return 0.3, told
    counted = all(value.isdigit() and int(value) < PLAIN_NUMBER for value in values & ids)
    return (1.05 if counted else 3.0) if share >= 0.8 else 0.6 + 0.4 * share, told


def order(first: FileColumn, then: FileColumn) -> Evidence | None:
    """Whether a day is never before the day of another column."""
    if first.days is None or then.days is None:
        return None
    both = pd.DataFrame({"first": first.days, "then": then.days}).dropna()
    if len(both) < 3:
        return None
    kept = _share(both["first"] <= both["then"])
    if kept == 1:
        return 1.05, f"'{first.name}' is never after '{then.name}'"
    told = f"'{first.name}' is after '{then.name}' on {1 - kept:.0%} of the rows with both"
    return (0.95 if kept >= 0.95 else 0.4), told


def agrees(flag: FileColumn, ended: FileColumn) -> Evidence | None:
    """Whether a churn label says "left" exactly where a day of leaving stands."""
    words = churn_words(flag.labels)
    if not words or ended.filled.empty:
        return None
    left = flag.cells.map({label: word == "yes" for label, word in words.items()}).dropna()
    same = _share(left.astype(bool) == ended.days.notna()[left.index])
    if same >= 0.98:
        return 1.4, f"says so exactly where '{ended.name}' is filled"
    return 0.4, f"disagrees with '{ended.name}' on {1 - same:.0%} of the rows"


def only_for_leavers(reason: FileColumn, ended: FileColumn) -> Evidence | None:
    """Whether a reason is given only where a day of leaving stands."""
    if ended.filled.empty or reason.filled.empty:
        return None
    share = _share(ended.days.notna()[reason.filled.index])
    if share >= 0.98:
        return 1.1, f"filled only where '{ended.name}' is"
    return 0.6, f"filled on rows without '{ended.name}' too"


def _customer_id(seen: FileColumn) -> Iterator[Evidence]:
    """An id stands once, everywhere, and looks like one."""
    if seen.unique:
        yield 1.05, "no value stands twice"
    else:
        repeated = int((seen.distinct > 1).sum())
        share = len(seen.distinct) / max(1, len(seen.filled))
        yield (0.9 if share >= 0.5 else 0.55), f"{repeated:,} values stand on several rows"
    if seen.share_filled < 0.99:
        yield 0.8, f"empty on {1 - seen.share_filled:.0%} of the rows"
    yield from _looks_like_an_id(seen)


def _looks_like_an_id(seen: FileColumn) -> Iterator[Evidence]:
    """No sentences, no fractions."""
    if seen.kind == "number" and (seen.numbers.dropna() % 1 != 0).any():
        yield 0.2, "has numbers with decimals"
    if _share(seen.filled.str.contains(r"\s", regex=True)) > 0.2:
        yield 0.6, "has values of several words"


def _parent(seen: FileColumn) -> Iterator[Evidence]:
    """A parent has several customers."""
    if seen.unique and len(seen.filled) > 5:
        yield 0.5, "no two rows share a value"
    else:
        yield 1.05, "several rows share a value"


def _started(seen: FileColumn) -> Iterator[Evidence]:
    """Everybody has started."""
    if seen.share_filled >= 0.95:
        yield 1.05, f"filled on {seen.share_filled:.0%} of the rows"
    else:
        yield 0.8 if seen.share_filled > 0.5 else 0.4, f"filled on only {seen.share_filled:.0%}"


def _ended(seen: FileColumn) -> Iterator[Evidence]:
    """Some have left, not all, and not in the future."""
    share = seen.share_filled
    if share == 0:
        yield 0.75, "empty on every row: nobody has left"
    elif share >= 0.98:
        yield 0.5, "filled on every row, as the end of a term would be"
    else:
        yield 1.05, f"filled on {share:.0%} of the rows, as for those who left"


def _renewal(seen: FileColumn) -> Iterator[Evidence]:
    """Renewals of those who are still here lie near the end of the data or ahead."""
    if seen.share_filled >= 0.3:
        yield 1.05, f"filled on {seen.share_filled:.0%} of the rows"


def _months(seen: FileColumn) -> Iterator[Evidence]:
    """A term is a whole number of months."""
    numbers = seen.numbers.dropna()
    if ((numbers % 1 == 0) & numbers.between(1, 120)).all():
        yield 1.05, f"whole numbers from {numbers.min():g} to {numbers.max():g}"
    else:
        yield 0.2, "not whole numbers of months"


def _not_negative(seen: FileColumn) -> Iterator[Evidence]:
    """An amount, a length or a count."""
    if (seen.numbers.dropna() < 0).any():
        yield 0.6, "has negative numbers"


def _revenue(seen: FileColumn) -> Iterator[Evidence]:
    """Money, and not the customer's own."""
    yield from _not_negative(seen)
    if seen.name.replace("_", " ").replace(" ", "").casefold() == "annualrevenue":
        yield 0.3, "in a CRM, the yearly revenue of the customer itself"


def _churned(seen: FileColumn) -> Iterator[Evidence]:
    """Labels that say who left."""
    if seen.kind == "yes/no":
        yield 1.0, "yes or no"
        return
    words = churn_words(seen.labels)
    if not words:
        yield 0.05, "its labels do not say who left"
    elif len(set(words.values())) == 2:
        yield (
            1.1,
            "its labels say who left: "
            + ", ".join(f"{label} = {word}" for label, word in words.items()),
        )


def _maturity(seen: FileColumn) -> Iterator[Evidence]:
    """A few ordered labels, or a number."""
    if seen.kind == "number":
        yield 1.0, "a number: its thirds are low, middle, high"
    elif not seen.labels:
        yield 0.2, f"{len(seen.distinct):,} different texts are no bands"
    elif order_of(seen.labels):
        yield 1.05, "few labels in a known order"
    else:
        yield 0.9, "few labels, their order not known"


def _score(seen: FileColumn) -> Iterator[Evidence]:
    """A number on a usual scale, or labels of one."""
    numbers = seen.numbers.dropna()
    if seen.kind == "text":
        known = score_words(seen.labels)
        yield (1.05, "labels of satisfaction: " + ", ".join(known)) if known else (
            0.1, "not numbers, nor labels of satisfaction")  # fmt: skip
        return
    if numbers.empty:
        yield 0.5, "yes or no rather than a score"
        return
    low, high = float(numbers.min()), float(numbers.max())
    whole = bool((numbers % 1 == 0).all())
    if set(numbers) <= {0.0, 1.0}:
        yield 0.65, "only 0 and 1: a yes or no rather than a score"
    elif whole and low >= 1 and high <= 7:
        yield 1.1, f"whole numbers from {low:g} to {high:g} look like CSAT or CES"
    elif whole and low >= 0 and high <= 10:
        yield 1.1, f"whole numbers from {low:g} to {high:g}, 0 to 10 looks like NPS"
    elif low >= -100 and high <= 100:
        yield 1.0, f"numbers from {low:g} to {high:g}"
    else:
        yield 0.1, f"numbers from {low:g} to {high:g} are on no usual scale"


def _kind_of_event(seen: FileColumn) -> Iterator[Evidence]:
    """The same few kinds come again."""
    if len(seen.distinct) <= max(2, 0.5 * len(seen.filled)):
        yield 1.05, f"{len(seen.distinct):,} kinds"
    else:
        yield 0.5, f"{len(seen.distinct):,} different values in {len(seen.filled):,} rows"


def _reason(seen: FileColumn) -> Iterator[Evidence]:
    """Given for some."""
    if seen.share_filled >= 0.98:
        yield 0.6, "filled on every row, left or not"


def _chance(seen: FileColumn) -> Iterator[Evidence]:
    """From 0 to 1."""
    if seen.numbers.dropna().between(0, 1).all():
        yield 1.05, "numbers from 0 to 1"
    else:
        yield 0.6, "not numbers from 0 to 1"


def _share(true: pd.Series) -> float:
    """Share of rows it is true on; of none, none."""
    return float(true.mean()) if len(true) else 0.0


_MAY_BE_CONSTANT = ("instrument", "result", "behavior", "kind", "churn_reason", "ended_on",
                    "term_months", "programme", "process", "surveyed_on")  # fmt: skip
_CHECKS: dict[str, Callable[[FileColumn], Iterator[Evidence]]] = {
    "customer_id": _customer_id,
    "parent_id": _parent,
    "started_on": _started,
    "ended_on": _ended,
    "notice_on": _ended,
    "renews_on": _renewal,
    "term_months": _months,
    "tenure_days": _not_negative,
    "tenure_months": _not_negative,
    "churned": _churned,
    "maturity": _maturity,
    "recurring_revenue": _revenue,
    "kickoff_judgement": _chance,
    "churn_reason": _reason,
    "score": _score,
    "surveyed_on": _started,
    "reached_on": _started,
    "done_on": _started,
    "result": _kind_of_event,
    "behavior": _kind_of_event,
    "kind": _kind_of_event,
    "hours": _not_negative,
    "quantity": _not_negative,
}
