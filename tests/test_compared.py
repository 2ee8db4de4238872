"""Who is compared where maturity was not recorded for all: decided once, the same everywhere."""

from dataclasses import replace
from functools import cache

import ibis
import numpy as np
import pandas as pd
import pytest

from csresearch import claims
from csresearch.claims.compared import Compared
from csresearch.claims.histories import read_history
from csresearch.company import Company
from csresearch.events import NOT_RECORDED, EventTable
from csresearch.simulate import WORLDS, simulate

FIT, PROCESS, WINS, BONDING = "bad-fit", "standard-process", "which-wins", "customer-bonding"
BEHAVIORS = "key-behaviors"
FAIR = (FIT, PROCESS, WINS, BONDING)  # claims whose own number is of like customers
WORLD = {
    FIT: "unprepared-fit",
    PROCESS: "behaviors-of-survivors",
    WINS: "neither-wins",
    BONDING: "prepared-stay",
    BEHAVIORS: "behaviors-of-survivors",
}
SIZE = 3_000


@cache
def drawn(world, missing):
    return simulate(replace(WORLDS[world], maturity_missing=missing), seed=4, n_customers=SIZE)


@cache
def found(claim, *, some_missing=True, only_known=False, kept=1.0):
    """The finding; of the customers with a maturity only, or with ever fewer of them."""
    made = drawn(WORLD[claim], 0.15 if some_missing else 0.0)
    tables = {name: frame for name, frame in made.tables.items() if frame is not None}
    customers = tables["customers"]
    if only_known:
        known = set(customers.loc[customers["maturity"].notna(), "customer_id"])
        tables = {name: f[f["customer_id"].isin(known)] for name, f in tables.items()}
    if kept < 1:
        few = customers["maturity"].where(np.arange(len(customers)) < kept * len(customers))
        tables |= {"customers": customers.assign(maturity=few, maturity_on=None)}
    return claims.get(claim).estimate(Company.from_frames(**tables, **made.config))


@pytest.mark.parametrize("claim", FAIR)
def test_the_unknown_are_not_held_equal_to_others_of_whom_nothing_is_known(claim):
    some, known, whole = (
        found(claim),
        found(claim, only_known=True),
        found(claim, some_missing=False),
    )
    assert some.primary.value == pytest.approx(known.primary.value, rel=1e-9)
    assert some.primary.ci_high == pytest.approx(known.primary.ci_high, rel=1e-9)
    # compared among themselves they would take it 6 to 14 % away, which is a standard error or two
    assert some.primary.value == pytest.approx(whole.primary.value, rel=0.06)
    assert some.verdict == known.verdict != "reproduced"
    # the tempting number takes everybody
    naive = [one.first("naive").value for one in (some, whole, known)]
    assert naive[0] == pytest.approx(naive[1], rel=1e-9) and naive[0] != naive[2]


@pytest.mark.parametrize("claim", FAIR)
def test_every_fair_number_of_a_claim_is_of_the_same_customers(claim):
    some, known = found(claim), found(claim, only_known=True)
    told = {"first_look", "data", "naive", "expectations", "curves", "limits"}
    told |= {"renewals", "money", "fair", "change", "sorting"}  # with numbers of everybody
    for name in set(some.parts) - told:
        one, other = some.part(name).table, known.part(name).table
        pd.testing.assert_frame_equal(one, other, rtol=1e-6, obj=name)
    assert "customers without a recorded maturity are left out" in some.part("fair").text
    assert "left out" not in known.part("fair").text


def test_comparable_customers_of_a_behaviour_have_a_recorded_maturity():
    some, known = found(BEHAVIORS), found(BEHAVIORS, only_known=True)
    comparable = [one.part("necessity").table["comparable customers"] for one in (some, known)]
    assert list(comparable[0]) == list(comparable[1])
    assert "customers without a recorded maturity are left out" in some.part("necessity").text
    assert some.primary.value != known.primary.value  # a chance of all customers


@pytest.mark.parametrize("claim", FAIR)
def test_where_hardly_any_maturity_is_known_nobody_is_left_out(claim):
    few = found(claim, some_missing=False, kept=0.2)
    whole = found(claim, some_missing=False)
    told = "have no recorded maturity and are compared among themselves"
    assert any(told in reason for reason in few.evidence_reasons)
    assert few.evidence_grade > whole.evidence_grade
    assert "left out" not in few.part("fair").text


def test_many_unknown_lower_the_grade_and_are_told():
    some = found(FIT, some_missing=False, kept=0.7)
    assert any("no recorded maturity and are left out" in one for one in some.evidence_reasons)


def lives(n=600):
    """Customers of a band and a plan, of whom not all are recorded."""
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({
        "customer_id": [f"c{i}" for i in range(n)],
        "band": rng.choice(["low", "high"], n),
        "plan": rng.choice(["a", "b"], n),
        "entry_day": 0.0,
        "exit_day": rng.integers(1, 400, n).astype(float),
        "change_day": rng.integers(1, 400, n).astype(float),
        "churned": rng.random(n) < 0.6,
    })  # fmt: skip
    return frame


@pytest.mark.parametrize(("band", "plan", "columns"), [
    (0.1, 0.0, ("band",)),
    (0.1, 0.2, ("band", "plan")),
    (0.1, 0.9, ("band",)),  # hardly any plan is known
    (0.7, 0.9, ()),
    (0.45, 0.45, ()),  # each is known of most, both of too few
    (0.0, 0.0, ()),
])  # fmt: skip
def test_histories_and_event_tables_decide_alike(band, plan, columns):
    frame, rng = lives(), np.random.default_rng(8)
    for name, share in (("band", band), ("plan", plan)):
        frame.loc[rng.random(len(frame)) < share, name] = None
    history = read_history(ibis.memtable(frame), ("band", "plan"))
    by_history = Compared.among(history, ("band", "plan"))
    by_table = Compared.among(history.event_table(), ("band", "plan"))
    assert by_history == by_table
    assert by_history.columns == columns
    assert by_history.lacking == tuple(n for n, s in (("band", band), ("plan", plan)) if s)
    left_out = frame[list(columns)].isna().any(axis=1).sum() if columns else 0
    assert by_history.n_left_out == left_out
    lacks = frame[["band", "plan"]].isna().any(axis=1).mean()
    assert by_history.share_unknown == pytest.approx(lacks)
    kept = by_history.of(history)
    assert kept.n_customers == len(frame) - left_out
    table = by_history.of(history.event_table())
    pd.testing.assert_frame_equal(
        table.total(("band", "state")).counts, kept.event_table(by=("band",)).counts,
        check_dtype=False, check_categorical=False,
    )  # fmt: skip
    for name in columns:
        assert NOT_RECORDED not in set(table.counts[name])


@pytest.mark.parametrize(("lacking", "columns", "told"), [
    (("maturity",), ("maturity",), "no recorded maturity and are left out"),
    (("maturity",), (), "no recorded maturity and are compared among themselves"),
    (("maturity", "plan"), ("plan",),
     "no recorded maturity or plan; those without plan are left out"),
])  # fmt: skip
def test_what_is_told_of_the_unknown(lacking, columns, told):
    applies, reason = Compared(columns, lacking, 7, 0.31).reason
    assert applies and reason == f"31 % of customers have {told}"
    assert not Compared(columns, lacking, 7, 0.2).reason[0]
    assert Compared((), lacking, 0, 0.31).told == ""
    assert Compared(("plan",), lacking, 1234, 0.31).told == (
        "; 1,234 customers without a recorded plan are left out"
    )


def test_a_table_of_whom_all_is_known_stays_as_it_is():
    table = EventTable.from_counts(
        pd.DataFrame({"band": ["low"], "day": [3.0], "entrance": 0, "observed": 1, "censored": 0,
                      "moved": 0}), ("band",),
    )  # fmt: skip
    who = Compared.among(table, ("band",))
    assert who.of(table) is table and who == Compared((), (), 0, 0.0)
