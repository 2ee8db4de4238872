"""Event tables and risk sets, from counts written down by hand."""

import numpy as np
import pandas as pd
import pytest

from csresearch.events import NOT_RECORDED, EventTable, comparable
from csresearch.numbering import numbered
from csresearch.risk_sets import risk_sets

# Six customers: a leaves on day 5; b gets a result on day 2 and leaves on day 5; c is still here
# on day 4; d comes under observation on day 3 and leaves on day 6; e leaves on day 0.5;
# f gets a result on day 5, the day the others leave, and is still here on day 6.
EPISODES = pd.DataFrame(
    [
        ("a", 0, 5, True, "without", "x"),
        ("b", 0, 2, False, "without", "x"),
        ("b", 2, 5, True, "with", "x"),
        ("c", 0, 4, False, "without", "y"),
        ("d", 3, 6, True, "without", "y"),
        ("e", 0, 0.5, True, "without", "y"),
        ("f", 0, 5, False, "without", "x"),
        ("f", 5, 6, False, "with", "x"),
    ],
    columns=["who", "start", "stop", "event", "state", "band"],
)


def table(by=()):
    return EventTable.from_episodes(EPISODES, start="start", stop="stop", event="event", by=by)


def test_counts_by_hand():
    counts = table().counts.set_index("day")
    assert counts.index.tolist() == [0, 0.5, 2, 3, 4, 5, 6]
    assert counts["entrance"].tolist() == [5, 0, 1, 1, 0, 1, 0]
    assert counts["observed"].tolist() == [0, 1, 0, 0, 0, 2, 1]
    # without a by column a change of state is an end and a start on the same day
    assert counts["censored"].tolist() == [0, 0, 1, 0, 1, 1, 1]


def test_at_risk_is_entered_before_and_not_gone_before():
    frame = table().at_risk().set_index("day")
    # day 3: d enters on it and is not yet at risk; day 5: a, b, d and f
    assert frame["at_risk"].tolist() == [0, 5, 4, 4, 5, 4, 2]
    assert frame["removed"].tolist() == [0, 1, 1, 0, 1, 3, 2]


def test_exposure_is_the_days_lived():
    lived = EPISODES["stop"] - EPISODES["start"]
    assert table().exposure == pytest.approx(lived.sum())
    by_state = table(["state"])
    for state, days in lived.groupby(EPISODES["state"]).sum().items():
        assert by_state.where(state=state).exposure == pytest.approx(days)


def test_at_risk_starts_again_in_every_cell():
    frame = table(["band", "state"]).at_risk()
    first = frame.groupby(["band", "state"]).head(1)
    assert (first["at_risk"] == 0).all()
    assert (first["exposure"] == 0).all()
    assert (frame["at_risk"] >= frame["removed"]).all()


def test_total_over_fewer_columns_is_the_table_counted_so():
    full = table(["band", "state"])
    for by in ([], ["band"], ["state"], ["state", "band"]):
        pd.testing.assert_frame_equal(full.total(by).counts, table(by).counts)
    assert full.n_events == full.total().n_events == 4


def test_a_missing_level_is_a_level():
    missing = EPISODES.assign(band=EPISODES["band"].where(EPISODES["band"] == "x"))
    counted = EventTable.from_episodes(
        missing, start="start", stop="stop", event="event", by=["band"]
    )
    assert counted.counts["band"].unique().tolist() == [NOT_RECORDED, "x"]


def test_where_keeps_the_columns():
    only = table(["band", "state"]).where(band="x", state="with")
    assert only.by == ("band", "state")
    assert only.n_events == 1
    assert table(["band"]).where(band="z").counts.empty


def test_intervals_that_do_not_end_after_they_start_are_refused():
    bad = pd.DataFrame({"start": [0.0, 3.0], "stop": [1.0, 3.0], "event": [True, True]})
    with pytest.raises(ValueError, match=r"1 intervals do not end after they start.*row 1: \(3"):
        EventTable.from_episodes(bad, start="start", stop="stop", event="event")


def test_risk_sets_by_hand():
    sets = risk_sets(table(["state"]), "state")
    assert sets.levels == ("with", "without")
    assert sets.day.tolist() == [0.5, 5, 6]
    # day 5: b with, and a, d, f without (f's result of that day counts from the day after)
    assert sets.at_risk.tolist() == [[0, 5], [1, 3], [1, 1]]
    assert sets.observed.tolist() == [[0, 1], [1, 1], [0, 1]]
    assert sets.n_events == 4


def test_risk_sets_within_strata():
    sets = risk_sets(table(["band", "state"]), "state", ["band"])
    assert sets.stratum.tolist() == [0, 1, 1]
    assert sets.day.tolist() == [5, 0.5, 6]
    assert sets.at_risk.tolist() == [[1, 2], [0, 2], [0, 1]]


def test_risk_sets_count_numbers_as_levels():
    scored = EPISODES.assign(score=[3.0, 9.0, 9.0, 10.0, 3.0, 3.0, 9.0, 9.0])
    counted = EventTable.from_episodes(
        scored, start="start", stop="stop", event="event", by=["score"]
    )
    assert risk_sets(counted, "score").levels == (3.0, 9.0, 10.0)


def test_risk_sets_without_events_are_empty():
    none = EventTable.from_episodes(
        EPISODES.assign(event=False), start="start", stop="stop", event="event", by=["state"]
    )
    sets = risk_sets(none, "state")
    assert sets.at_risk.shape == (0, 2)
    assert sets.n_events == 0


def slow_risk_sets(episodes, strata):
    """At each event day of each stratum, count the rows with start < day <= stop."""
    rows = []
    for stratum, some in episodes.groupby(strata):
        for day in sorted(some.loc[some["event"], "stop"].unique()):
            here = some[(some["start"] < day) & (day <= some["stop"])]
            gone = here[here["event"] & (here["stop"] == day)]
            rows.append(
                [*stratum, day]
                + [int((here["state"] == s).sum()) for s in ("with", "without")]
                + [int((gone["state"] == s).sum()) for s in ("with", "without")]
            )
    return rows


def test_risk_sets_equal_counting_every_row():
    rng = np.random.default_rng(20)
    n = 400
    start = rng.choice([0, 0, 0, 0.5, 10, 30.4375], n)
    episodes = pd.DataFrame(
        {
            "start": start,
            "stop": start + rng.choice([0.5, 1, 7, 30.4375, 60], n),
            "event": rng.random(n) < 0.5,
            "state": rng.choice(["with", "without"], n),
            "band": rng.choice(["low", "high"], n),
            "plan": rng.choice(["a", "b", "c"], n),
        }
    )
    strata = ["band", "plan"]
    counted = EventTable.from_episodes(
        episodes, start="start", stop="stop", event="event", by=[*strata, "state"]
    )
    sets = risk_sets(counted, "state", strata)
    expected = slow_risk_sets(episodes, strata)
    assert sets.day.tolist() == [row[2] for row in expected]
    assert np.column_stack([sets.at_risk, sets.observed]).tolist() == [row[3:] for row in expected]


@pytest.mark.parametrize("column", ["score", "day"])
def test_a_missing_number_is_refused_instead_of_dropped(column):
    frame = EPISODES.assign(score=[1.0, 2, 2, 1, 3, 3, 1, 1])
    counts = EventTable.from_episodes(
        frame, start="start", stop="stop", event="event", by=["score"]
    )
    frame = counts.counts.astype({column: float})
    frame.loc[0, column] = np.nan
    with pytest.raises(ValueError, match=f"1 rows have no '{column}'"):
        EventTable.from_counts(frame, ["score"])


def test_a_missing_category_is_refused_instead_of_dropped():
    frame = table(["band"]).counts
    frame["band"] = frame["band"].where(frame.index > 0).astype("category")
    with pytest.raises(ValueError, match="no 'band'"):
        EventTable.from_counts(frame, ["band"])


@pytest.mark.parametrize("values", [
    np.array([3, 0, 3, 7], dtype=np.int8), np.array([127, 0, 5], dtype=np.int8),
    np.array([5, -1, 5]), np.array([2**30, 0, 4]), np.array([0.5, 0.25, 0.5]),
    np.array([], dtype=np.int64),
])  # fmt: skip
def test_values_are_numbered_in_order_whether_close_together_or_not(values):
    number, known = numbered(values)
    slow, place = np.unique(values, return_inverse=True)
    assert known.tolist() == slow.tolist() and known.dtype == values.dtype
    assert number.tolist() == place.tolist()


@pytest.mark.parametrize(("missing", "known"), [
    ([[True, False, False, False]], [False, True, True, True]),
    ([[True, True, True, False]], [True] * 4),  # known of one in four: nobody is left out
    ([[True, True, True, True], [True, False, False, False]], [False, True, True, True]),
    # together of nobody: the first column counts
    ([[True, True, False, False], [False, False, True, True]], [False, False, True, True]),
    ([], [True] * 4),
])  # fmt: skip
def test_who_can_be_compared_with_their_like(missing, known):
    columns = [np.array(column) for column in missing]
    assert comparable(columns, np.full(4, 10)).tolist() == known
