"""State paths against a slow reference, customer by customer, and by hand."""

import ibis
import numpy as np
import pandas as pd
import pytest

from csresearch.events import EventTable
from csresearch.history import read_history
from csresearch.states import first_days, read_each, read_joint, read_paths

SCORE = ("not asked", "happy", "high", "low", "unhappy")
LEVELS = ("not asked", "happy", "unhappy")
KINDS = ("hours saved", "costs cut", "errors cut")
STATES = ("without", "with")


def table(**columns):
    return ibis.memtable(pd.DataFrame(columns))


def rows(found):
    return [tuple(row) for row in found.counts.itertuples(index=False)]


def test_a_path_by_hand():
    lives = table(customer_id=["a"], entry_day=[0.0], exit_day=[30.0], churned=[True])
    changes = table(
        customer_id=["a"] * 4,
        day=[10.0, 20.0, 30.0, 40.0],
        level=["happy", "unhappy", "low", "high"],
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
    changes = table(customer_id=[1, 1, 2], day=[3.0, 10.0, -4.0], level=["low", "high", "low"])
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
            "level": rng.choice(["happy", "unhappy", None], m),
            **{kind: rng.choice(["with", None], m, p=[0.2, 0.8]) for kind in KINDS},
        }
    )
    return lives, changes


def slowly(lives, changes, lag, kinds=KINDS, levels=LEVELS):
    """Every half day of every customer, one by one."""
    episodes, columns = [], [*kinds, "level"] if levels else list(kinds)
    changes = changes.assign(day=changes["day"].clip(lower=0))
    for life in lives.itertuples(index=False):
        own = changes[changes["customer_id"] == life.customer_id].sort_values("day")
        state_from = {}
        days = sorted({life.entry_day, *(own["day"] + lag)})
        for day in days:
            state = []
            for name in columns:
                said = own[(own["day"] + lag <= day) & own[name].notna()]
                last = said[said["day"] == said["day"].max()] if name == "level" else said
                known = levels if name == "level" else STATES
                state.append(known[max((known.index(value) for value in last[name]), default=0)])
            if tuple(state) != next(reversed(state_from.values()), None):
                state_from[day] = tuple(state)
        days = sorted(state_from)
        for day, until in zip(days, [*days[1:], np.inf], strict=True):
            start, stop = max(day, life.entry_day), min(until, life.exit_day)
            if start < stop:
                event = "observed" if life.churned else "censored"
                end = event if stop == life.exit_day else "moved"
                episodes.append((life.plan, *state_from[day], start, stop, end))
    frame = pd.DataFrame(episodes, columns=["plan", *columns, "start", "stop", "end"])
    cells = ["plan", *columns]
    counts = [frame.assign(day=frame["start"], entrance=1)]
    counts.append(frame.assign(day=frame["stop"], **{e: frame["end"] == e for e in ENDS}))
    both = pd.concat(counts).reindex(columns=[*cells, "day", "entrance", *ENDS]).fillna(0)
    both = both.astype(dict.fromkeys(["entrance", *ENDS], "int64"))
    return EventTable.from_counts(both, cells)


ENDS = ("observed", "censored", "moved")


def with_first_days(lives, changes):
    """Lives with the first day of each kind."""
    for kind in KINDS:
        first = changes[changes[kind] == "with"].groupby("customer_id")["day"].min().rename(kind)
        lives = lives.merge(first, on="customer_id", how="left")
    return lives


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("lag", [0.0, 4.0])
@pytest.mark.parametrize("kinds", [(), KINDS[:1], KINDS])
def test_paths_equal_a_slow_reference(seed, lag, kinds):
    lives, changes = drawn(seed)
    wide, said = with_first_days(lives, changes), changes[["customer_id", "day", "level"]]
    fast = read_paths(
        ibis.memtable(wide), ibis.memtable(said), LEVELS, kinds, by=["plan"], lag_days=lag
    )
    slow = slowly(lives, changes, lag, kinds)
    pd.testing.assert_frame_equal(fast.counts, slow.counts, check_dtype=False)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("lag", [0.0, 4.0])
def test_joint_states_equal_a_slow_reference(seed, lag):
    lives, changes = drawn(seed)
    wide = ibis.memtable(with_first_days(lives, changes))
    found = read_joint(wide, KINDS, ["plan"], lag_days=lag)
    slow = slowly(lives, changes, lag, levels=())
    pd.testing.assert_frame_equal(found.counts, slow.counts, check_dtype=False)


@pytest.mark.parametrize("road", ["paths", "joint"])
def test_one_lasting_change_is_the_history(road):
    lives, changes = drawn(7, n=300)
    wide = with_first_days(lives, changes)
    if road == "paths":
        said = changes[changes["costs cut"].notna()].assign(level="with")
        found = read_paths(ibis.memtable(wide), ibis.memtable(said), STATES).counts
    else:
        found = read_joint(ibis.memtable(wide), ["costs cut"]).counts
    history = read_history(ibis.memtable(wide.assign(change_day=wide["costs cut"]))).event_table()
    expected = history.counts.set_axis([found.columns[0], *history.counts.columns[1:]], axis=1)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


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


def test_a_path_needs_levels_a_customer_can_change_between():
    lives = table(customer_id=["a"], entry_day=[0.0], exit_day=[30.0], churned=[True])
    with pytest.raises(ValueError, match="2 to 64 levels are needed, not 1"):
        read_paths(lives, lives, ["happy"])


def test_weights_are_repeated_customers():
    lives, changes = drawn(5)
    lives["pays"] = np.arange(len(lives)) % 3 + 1.0
    rows = lives.loc[lives.index.repeat(lives["pays"].astype(int))].reset_index(drop=True)
    rows["own"] = rows["customer_id"]
    rows["customer_id"] = np.arange(len(rows))
    said = rows[["customer_id", "own"]].merge(changes, left_on="own", right_on="customer_id")
    said = said.drop(columns="customer_id_y").rename(columns={"customer_id_x": "customer_id"})
    given = {"levels": ("happy", "unhappy"), "by": ["plan"], "lag_days": 1.0}
    one = read_paths(ibis.memtable(lives), ibis.memtable(changes), weight="pays", **given)
    other = read_paths(ibis.memtable(rows), ibis.memtable(said), **given)
    pd.testing.assert_frame_equal(one.counts, other.counts, check_dtype=False)
