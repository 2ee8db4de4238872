"""Histories: every convention on days and intervals, by hand and against a slow reference."""

import ibis
import numpy as np
import pandas as pd
import pytest

from csresearch.events import NOT_RECORDED, EventTable
from csresearch.history import OTHER, History, read_history

COUNTS = ["entrance", "observed", "censored", "moved"]
TYPES = {
    "entry_day": "float64",
    "exit_day": "float64",
    "churned": "bool",
    "change_day": "float64",
    "band": "string",
    "plan": "string",
}


def lives(*rows):
    """One customer a row: entry, change (None: never), exit, churned."""
    frame = pd.DataFrame(rows, columns=["entry_day", "change_day", "exit_day", "churned"])
    return with_bands(frame, "x", "p")


def with_bands(frame, band, plan):
    return ibis.memtable(frame.assign(band=band, plan=plan)[list(TYPES)], schema=TYPES)


def history(*rows):
    return read_history(lives(*rows))


def ends(table, state):
    """{day: (entrance, observed, censored, moved)} of a state."""
    rows = table.counts[table.counts["state"] == state]
    return {day: tuple(row) for day, *row in rows[["day", *COUNTS]].itertuples(index=False)}


def test_a_result_splits_the_life_in_two():
    table = history((0, 10, 30, True)).event_table()
    assert ends(table, "without") == {0: (1, 0, 0, 0), 10: (0, 0, 0, 1)}
    assert ends(table, "with") == {10: (1, 0, 0, 0), 30: (0, 1, 0, 0)}


def test_a_result_counts_from_the_day_after():
    """One gets a result on the day the other leaves: it is not in that day's risk set yet."""
    frame = history((0, 30, 40, False), (0, None, 30, True)).event_table().at_risk()
    on_day_30 = frame[frame["day"] == 30].set_index("state")["at_risk"]
    assert on_day_30.to_dict() == {"with": 0, "without": 2}


@pytest.mark.parametrize("result", [30, 31, 400])
def test_a_result_on_or_after_the_exit_never_counts(result):
    never = history((0, None, 30, True))
    late = history((0, result, 30, True))
    pd.testing.assert_frame_equal(late.event_table().counts, never.event_table().counts)
    pd.testing.assert_frame_equal(late.ever_table().counts, never.ever_table().counts)


@pytest.mark.parametrize("result", [-11, 0])
def test_a_result_at_or_before_the_start_counts_from_the_start(result):
    table = history((0, result, 30, True)).event_table()
    assert ends(table, "without") == {}
    assert ends(table, "with") == {0: (1, 0, 0, 0), 30: (0, 1, 0, 0)}


def test_half_a_day_of_tenure_is_counted():
    table = history((0, None, 0.5, True), (0, 0, 0.5, True)).event_table()
    assert ends(table, "without") == {0: (1, 0, 0, 0), 0.5: (0, 1, 0, 0)}
    assert ends(table, "with") == {0: (1, 0, 0, 0), 0.5: (0, 1, 0, 0)}
    assert table.exposure == 1.0


def test_at_risk_only_from_the_entry():
    """Left truncation: a result before the entry counts from it, one on it as well."""
    table = history((20, None, 30, True), (20, 5, 30, True), (20, 20, 30, False)).event_table()
    assert ends(table, "without") == {20: (1, 0, 0, 0), 30: (0, 1, 0, 0)}
    assert ends(table, "with") == {20: (2, 0, 0, 0), 30: (0, 1, 1, 0)}


def test_nobody_is_at_risk_who_leaves_by_the_entry():
    table = history((30, 5, 30, True), (0, None, 10, True)).event_table()
    assert table.n_events == 1


def test_a_lagged_result_counts_that_much_later():
    table = history((0, 10, 30, True)).event_table(lag_days=7)
    assert ends(table, "without") == {0: (1, 0, 0, 0), 17: (0, 0, 0, 1)}
    assert ends(table, "with") == {17: (1, 0, 0, 0), 30: (0, 1, 0, 0)}


@pytest.mark.parametrize("result", [-11, 0])
def test_the_lag_applies_to_results_at_the_start(result):
    table = history((0, result, 30, True)).event_table(lag_days=7)
    assert ends(table, "without") == {0: (1, 0, 0, 0), 7: (0, 0, 0, 1)}


def test_a_lag_that_reaches_the_exit_leaves_no_result():
    table = history((0, 23, 30, True)).event_table(lag_days=7)
    assert ends(table, "with") == {}


def test_a_lagged_result_from_before_the_entry_counts_from_the_entry():
    table = history((20, 5, 30, True)).event_table(lag_days=7)
    assert ends(table, "without") == {}
    assert ends(table, "with") == {20: (1, 0, 0, 0), 30: (0, 1, 0, 0)}


def test_whoever_ever_had_a_result_is_counted_from_the_start():
    """The tempting grouping: 30 days with results, though the result came on day 29."""
    table = history((0, 29, 30, True), (0, None, 10, True)).ever_table()
    assert ends(table, "with") == {0: (1, 0, 0, 0), 30: (0, 1, 0, 0)}
    assert ends(table, "without") == {0: (1, 0, 0, 0), 10: (0, 1, 0, 0)}


def test_the_tempting_grouping_may_also_forget_the_late_entry():
    late = history((20, None, 30, True))
    assert late.ever_table().exposure == 10
    assert late.ever_table(ignore_entry=True).exposure == 30


def test_a_landmark_keeps_who_is_still_here_and_looks_back():
    table = history(
        (0, 28, 60, True),  # result on the landmark: counts
        (0, 29, 60, False),  # result after it: does not
        (0, 5, 28, True),  # left on the landmark: out
        (40, 5, 60, True),  # came under observation later: in from then
    ).landmark_table(28)
    assert ends(table, "with") == {28: (1, 0, 0, 0), 40: (1, 0, 0, 0), 60: (0, 2, 0, 0)}
    assert ends(table, "without") == {28: (1, 0, 0, 0), 60: (0, 0, 1, 0)}


def test_half_days_and_months_are_exact():
    month = 30.4375
    table = history((0, 0.5, 3 * month, True), (month, 2 * month, 7 * month, False)).event_table()
    assert set(table.counts["day"]) == {0, 0.5, month, 2 * month, 3 * month, 7 * month}


def test_a_finer_day_is_kept_to_a_sixteenth():
    assert history((0, None, 10.07, True)).frame["exit"].tolist() == [10.0625]


def test_equal_customers_are_one_row():
    one = history(*[(0, 10, 30, True)] * 5, (0, 10, 31, True))
    assert sorted(one.frame["n"]) == [1, 5]
    assert (one.n_customers, one.n_events) == (6, 6)


def banded(bands, churned=True):
    n = len(bands)
    frame = pd.DataFrame(
        {"entry_day": 0.0, "change_day": np.nan, "exit_day": np.arange(n) + 1.0, "churned": churned}
    )
    return with_bands(frame, bands, "p")


def test_levels_with_fewer_than_ten_churned_are_merged():
    one = read_history(banded(["low"] * 10 + ["middle"] * 9 + ["high"] * 3), ["band"])
    counts = one.event_table().total(["band"]).counts.groupby("band")["observed"].sum()
    assert counts.to_dict() == {OTHER: 12, "low": 10}


def test_levels_that_must_stay_apart_do():
    one = read_history(banded(["a"] * 3 + ["b"]), ["band"], unmerged=["band"])
    assert one.event_table().counts["band"].unique().tolist() == ["a", "b"]


def test_a_missing_level_is_told():
    one = read_history(banded(["low"] * 10 + [None] * 4), ["band"])
    assert one.event_table().counts["band"].unique().tolist() == [NOT_RECORDED, "low"]


def test_a_column_that_is_missing_everywhere():
    one = read_history(banded([None] * 3), ["band"])
    assert one.event_table().counts["band"].unique().tolist() == [NOT_RECORDED]


def test_only_customers_without_churn():
    table = read_history(banded(["low"] * 3, churned=False), ["band"]).event_table()
    assert table.counts["band"].unique().tolist() == [OTHER]
    assert table.n_events == 0


def test_no_customers():
    table = read_history(lives((0, None, 1, True)).limit(0)).event_table()
    assert table.counts.empty
    assert table.by == ("state",)


def random_lives(rng, n):
    exit_ = rng.choice([0.5, 1, 2, 7, 30.4375, 60.875, 100], n)
    entry = np.where(rng.random(n) < 0.3, rng.choice([0.25, 1, 30, 60.875, 99], n), 0)
    change = rng.choice([-5, 0, 0.5, 1, 2, 30.4375, 50, 100, 200, np.nan, np.nan], n)
    return pd.DataFrame(
        {
            "entry_day": np.minimum(entry, exit_ - 0.25),
            "change_day": change,
            "exit_day": exit_,
            "churned": rng.random(n) < 0.4,
            "band": rng.choice(["low", "middle", "high"], n),
            "plan": rng.choice(["a", "b"], n),
        }
    )


def slow_table(frame, by, episodes_of):
    """Every customer's start–stop rows, one after the other."""
    rows = []
    for life in frame.itertuples(index=False):
        for start, stop, event, state in episodes_of(life):
            rows.append((*(getattr(life, name) for name in by), state, start, stop, event))
    episodes = pd.DataFrame(rows, columns=[*by, "state", "start", "stop", "event"])
    table = EventTable.from_episodes(
        episodes, start="start", stop="stop", event="event", by=[*by, "state"]
    )
    # what ends a stay in a state without leaving is "moved", not "censored"
    return table.counts.drop(columns=["censored", "moved"])


def split_at_result(lag):
    def episodes(life):
        change = max(life.change_day, 0) + lag if life.change_day == life.change_day else np.inf
        if change >= life.exit_day:
            yield life.entry_day, life.exit_day, life.churned, "without"
            return
        if change > life.entry_day:
            yield life.entry_day, change, False, "without"
        yield max(life.entry_day, change), life.exit_day, life.churned, "with"

    return episodes


def ever(life):
    state = "with" if life.change_day < life.exit_day else "without"
    yield life.entry_day, life.exit_day, life.churned, state


def by_landmark(day):
    def episodes(life):
        if life.exit_day > day:
            state = "with" if life.change_day <= day else "without"
            yield max(life.entry_day, day), life.exit_day, life.churned, state

    return episodes


ROADS = {
    "as it happened": (lambda h, by: h.event_table(by=by), split_at_result(0)),
    "7 days later": (lambda h, by: h.event_table(lag_days=7, by=by), split_at_result(7)),
    "a month later": (
        lambda h, by: h.event_table(lag_days=30.4375, by=by),
        split_at_result(30.4375),
    ),
    "ever": (lambda h, by: h.ever_table(by=by), ever),
    "landmark": (lambda h, by: h.landmark_table(30.4375, by=by), by_landmark(30.4375)),
}


@pytest.mark.parametrize("by", [(), ("band",), ("plan", "band")], ids=str)
@pytest.mark.parametrize("road", ROADS)
def test_tables_equal_splitting_every_customer(road, by):
    count, episodes_of = ROADS[road]
    frame = random_lives(np.random.default_rng(7), 500)
    one = read_history(ibis.memtable(frame[list(TYPES)], schema=TYPES), ["band", "plan"])
    table = count(one, by)
    expected = slow_table(frame, by, episodes_of)
    pd.testing.assert_frame_equal(table.counts[expected.columns.tolist()], expected)
    removed = table.at_risk().groupby([*by, "state"])["at_risk"].last()
    last = table.at_risk().groupby([*by, "state"])["removed"].last()
    assert (removed == last).all()  # everyone who entered a cell has left it


def test_fewer_strata_are_the_sum_of_more():
    frame = random_lives(np.random.default_rng(8), 300)
    one = read_history(ibis.memtable(frame[list(TYPES)], schema=TYPES), ["band", "plan"])
    alone = read_history(ibis.memtable(frame[list(TYPES)], schema=TYPES), ["band"])
    for lag in (0, 14):
        pd.testing.assert_frame_equal(
            one.event_table(lag_days=lag, by=["band"]).counts,
            alone.event_table(lag_days=lag).counts,
        )


def test_a_part_of_a_history_is_a_history():
    """As the jackknife takes it: rows left out, levels that no longer occur."""
    one = read_history(banded(["low"] * 10 + ["high"] * 10), ["band"])
    part = History(one.frame[one.frame["band"] != "low"], one.by)
    assert part.event_table().counts["band"].unique().tolist() == ["high"]
    assert part.event_table().n_events == 10
