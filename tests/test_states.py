"""State paths against a slow reference, customer by customer, and by hand."""

import ibis
import numpy as np
import pandas as pd
import pytest

from csresearch.events import EventTable
from csresearch.history import read_history
from csresearch.states import Aspect, first_days, read_each, read_joint, read_paths

SCORE = {"score": Aspect(("not asked", "happy", "high", "low", "unhappy"))}
RESULT = Aspect(("without", "with"), lasting=True)
BOTH = {"score": Aspect(("not asked", "happy", "unhappy")), "hours saved": RESULT}
KINDS = {"hours saved": RESULT, "costs cut": RESULT, "errors cut": RESULT}


def table(**columns):
    return ibis.memtable(pd.DataFrame(columns))


def rows(found):
    return [tuple(row) for row in found.counts.itertuples(index=False)]


def test_a_path_by_hand():
    lives = table(customer_id=["a"], entry_day=[0.0], exit_day=[30.0], churned=[True])
    changes = table(
        customer_id=["a"] * 4,
        day=[10.0, 20.0, 30.0, 40.0],
        score=["happy", "unhappy", "low", "high"],
    )
    assert rows(read_paths(lives, changes, SCORE)) == [
        ("happy", 10.0, 1, 0, 0, 0),  # (10, 20]
        ("happy", 20.0, 0, 0, 0, 1),
        ("not asked", 0.0, 1, 0, 0, 0),  # (0, 10]
        ("not asked", 10.0, 0, 0, 0, 1),
        ("unhappy", 20.0, 1, 0, 0, 0),  # (20, 30]; what came on or after the exit never counts
        ("unhappy", 30.0, 0, 1, 0, 0),
    ]


def test_what_came_before_the_entry_counts_from_it_and_a_lag_moves_changes():
    lives = table(
        customer_id=[1, 2], entry_day=[15.0, 0.0], exit_day=[30.5, 0.5], churned=[False] * 2
    )
    changes = table(customer_id=[1, 1, 2], day=[3.0, 10.0, -4.0], score=["low", "high", "low"])
    assert rows(read_paths(lives, changes, SCORE)) == [
        ("high", 15.0, 1, 0, 0, 0),
        ("high", 30.5, 0, 0, 1, 0),
        ("low", 0.0, 1, 0, 0, 0),
        ("low", 0.5, 0, 0, 1, 0),
    ]
    lagged = read_paths(lives, changes, SCORE, lag_days=7)
    assert ("low", 15.0, 1, 0, 0, 0) in rows(lagged) and ("high", 17.0, 1, 0, 0, 0) in rows(lagged)


def drawn(seed, n=60):
    """Random customers and changes, ties and gaps included."""
    rng = np.random.default_rng(seed)
    entry = rng.integers(0, 5, n) * rng.integers(0, 2, n)
    lives = pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "entry_day": entry.astype(float),
            "exit_day": entry + rng.integers(1, 60, n) / 2,
            "churned": rng.random(n) < 0.5,
            "plan": rng.choice(["basic", "pro"], n),
        }
    )
    m = 4 * n
    changes = pd.DataFrame(
        {
            "customer_id": rng.integers(0, n, m),
            "day": rng.integers(-3, 35, m).astype(float),
            "score": rng.choice(["happy", "unhappy", None], m),
            **{kind: rng.choice(["with", None], m, p=[0.2, 0.8]) for kind in KINDS},
        }
    )
    return lives, changes


def slowly(lives, changes, aspects, lag):
    """Every half day of every customer, one by one."""
    episodes = []
    changes = changes.assign(day=changes["day"].clip(lower=0))
    for life in lives.itertuples(index=False):
        own = changes[changes["customer_id"] == life.customer_id].sort_values("day")
        state_from = {}
        days = sorted({life.entry_day, *(own["day"] + lag)})
        for day in days:
            state = []
            for name, aspect in aspects.items():
                said = own[(own["day"] + lag <= day) & own[name].notna()]
                last = said if aspect.lasting else said[said["day"] == said["day"].max()]
                place = max((aspect.levels.index(value) for value in last[name]), default=0)
                state.append(aspect.levels[place])
            if tuple(state) != next(reversed(state_from.values()), None):
                state_from[day] = tuple(state)
        days = sorted(state_from)
        for day, until in zip(days, [*days[1:], np.inf], strict=True):
            start, stop = max(day, life.entry_day), min(until, life.exit_day)
            if start < stop:
                event = "observed" if life.churned else "censored"
                end = event if stop == life.exit_day else "moved"
                episodes.append((life.plan, *state_from[day], start, stop, end))
    frame = pd.DataFrame(episodes, columns=["plan", *aspects, "start", "stop", "end"])
    cells = ["plan", *aspects]
    counts = [frame.assign(day=frame["start"], entrance=1)]
    counts.append(frame.assign(day=frame["stop"], **{e: frame["end"] == e for e in ENDS}))
    both = pd.concat(counts).reindex(columns=[*cells, "day", "entrance", *ENDS]).fillna(0)
    both = both.astype(dict.fromkeys(["entrance", *ENDS], "int64"))
    return EventTable.from_counts(both, cells)


ENDS = ("observed", "censored", "moved")


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("lag", [0.0, 4.0])
@pytest.mark.parametrize("aspects", [BOTH, KINDS], ids=["come and go", "for good"])
def test_paths_equal_a_slow_reference(seed, lag, aspects):
    lives, changes = drawn(seed)
    changes = changes[["customer_id", "day", *aspects]]
    fast = read_paths(ibis.memtable(lives), ibis.memtable(changes), aspects, ["plan"], lag_days=lag)
    slow = slowly(lives, changes, aspects, lag)
    pd.testing.assert_frame_equal(fast.counts, slow.counts, check_dtype=False)


@pytest.mark.parametrize("road", ["paths", "joint"])
def test_one_lasting_change_is_the_history(road):
    lives, changes = drawn(7, n=300)
    aspects = {"hours saved": RESULT}
    once = ibis.memtable(changes[changes["hours saved"].notna()])
    first = once.group_by("customer_id").agg(change_day=once.day.min()).to_pandas()
    joined = lives.merge(first, on="customer_id", how="left")
    if road == "paths":
        found = read_paths(ibis.memtable(lives), once, aspects).counts
    else:
        wide = joined.rename(columns={"change_day": "hours saved"})
        found = read_joint(ibis.memtable(wide), ["hours saved"]).counts
    history = read_history(ibis.memtable(joined)).event_table()
    expected = history.counts.rename(columns={"state": "hours saved"})
    pd.testing.assert_frame_equal(found, expected[list(found.columns)], check_dtype=False)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("lag", [0.0, 4.0])
def test_joint_states_equal_the_same_as_paths(seed, lag):
    lives, changes = drawn(seed)
    wide = lives
    for kind in KINDS:
        first = changes[changes[kind] == "with"].groupby("customer_id")["day"].min().rename(kind)
        wide = wide.merge(first, on="customer_id", how="left")
    found = read_joint(ibis.memtable(wide), list(KINDS), ["plan"], lag_days=lag)
    slow = slowly(lives, changes[["customer_id", "day", *KINDS]], KINDS, lag)
    pd.testing.assert_frame_equal(found.counts, slow.counts, check_dtype=False)


def test_each_kind_on_its_own_is_its_own_history():
    lives, _ = drawn(11, n=200)
    wide = lives.assign(a=lives["customer_id"] % 31.0, b=np.where(lives["churned"], 5.0, np.nan))
    found = read_each(ibis.memtable(wide), ["a", "b"], ["plan"])
    for kind in ("a", "b"):
        alone = read_history(ibis.memtable(wide.assign(change_day=wide[kind])), ["plan"])
        counts = found.where(kind=kind).total(["plan", "state"]).counts
        expected = alone.event_table().counts.astype({"plan": object})
        pd.testing.assert_frame_equal(counts, expected, check_dtype=False)


def test_first_days_are_the_first_of_each_kind():
    events = table(
        customer_id=["a", "a", "a", "b", "b"],
        result_day=[9.0, 4.0, 5.0, None, 7.0],
        result=["saved", "saved", "grown", "saved", "cut"],
    )
    first = first_days(events, "result_day", kind="result", kinds=["saved"], other="else")
    assert first.order_by("customer_id").to_pandas().fillna(-1).to_dict("list") == {
        "customer_id": ["a", "b"], "saved": [4.0, -1.0], "else": [5.0, 7.0],
    }  # fmt: skip


def test_an_aspect_has_levels_a_customer_can_change_between():
    with pytest.raises(ValueError, match="2 to 2 levels, this one 3"):
        Aspect(("a", "b", "c"), lasting=True)
    with pytest.raises(ValueError, match="this one 1"):
        Aspect(("a",))
