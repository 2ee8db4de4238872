"""Who is compared where maturity was not recorded for all: decided once, the same everywhere."""

import re
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
from csresearch.sample_size.plan import BY_CLAIM
from csresearch.simulate import WORLDS, simulate
from csresearch.simulate.additions.contracts import Contracts
from csresearch.simulate.additions.revenue import Revenue

FIT, PROCESS, WINS, BONDING = "bad-fit", "standard-process", "which-wins", "customer-bonding"
RESULTS, BEHAVIORS, DRIVERS = "results-retention", "key-behaviors", "same-drivers"
FAIR = (FIT, PROCESS, WINS, BONDING)  # claims whose own number is of like customers
WORLD = {
    FIT: "unprepared-fit",
    PROCESS: "behaviors-of-survivors",
    WINS: "neither-wins",
    BONDING: "prepared-stay",
    RESULTS: "neither-wins",
    BEHAVIORS: "behaviors-of-survivors",
    DRIVERS: "prepared-stay",
}
SIZE = 3_000
OF_ALL = {  # parts about everybody, or with everybody's numbers among them
    "first_look", "data", "naive", "expectations", "curves", "limits", "fair", "change", "sorting",
    "renewals", "money",
}  # fmt: skip
EVERYBODY = (  # estimates that compare nobody with others, or nobody within strata
    "share of those outside who left by month 24",
    "share of those inside who left by month 24",
    "the same if customers only differed (shifted-beta-geometric)",
    "share of current customers with a first result who are past the change",
)
CONTRACTS = (Contracts(((12, 1.0),)), Revenue(by_band=(1, 1.5, 2.5)))


@cache
def drawn(world, missing, contracts=False):
    made = replace(WORLDS[world], maturity_missing=missing)
    if contracts:
        made = replace(made, additions=(*made.additions, *CONTRACTS))
    return simulate(made, seed=4, n_customers=SIZE)


@cache
def company(claim, *, some_missing=True, only_known=False, kept=1.0, contracts=False):
    """Of the customers with a maturity only, or with ever fewer of them."""
    made = drawn(WORLD[claim], 0.15 if some_missing else 0.0, contracts)
    tables = {name: frame for name, frame in made.tables.items() if frame is not None}
    customers = tables["customers"]
    if only_known:
        known = set(customers.loc[customers["maturity"].notna(), "customer_id"])
        tables = {name: f[f["customer_id"].isin(known)] for name, f in tables.items()}
    if kept < 1:
        few = customers["maturity"].where(np.arange(len(customers)) < kept * len(customers))
        tables |= {"customers": customers.assign(maturity=few, maturity_on=None)}
    return Company.from_frames(**tables, **made.config)


@cache
def found(claim, **how):
    return claims.get(claim).estimate(company(claim, **how))


def numbers_of(estimate):
    """Its value and limits; NaN where there is none."""
    own = (estimate.value, estimate.ci_low, estimate.ci_high)
    return [np.nan if one is None else one for one in own]


@cache
def planned(claim, **how):
    """What it would take to tell, from a company's own rates."""
    one = claims.get(claim)
    return BY_CLAIM[claim](company(claim, **how), found(claim, **how), one.terms, None)


@pytest.mark.parametrize("claim", FAIR)
def test_the_unknown_are_not_held_equal_to_others_of_whom_nothing_is_known(claim):
    some, known = found(claim), found(claim, only_known=True)
    whole = found(claim, some_missing=False)
    assert [e.name for e in some.estimates] == [e.name for e in known.estimates]
    of_all = {f.name for f in some.estimates if f.name in EVERYBODY or f.role == "naive"}
    for one, other in zip(some.estimates, known.estimates, strict=True):
        if one.name not in of_all:
            close = pytest.approx(numbers_of(other), rel=1e-6, nan_ok=True)
            assert numbers_of(one) == close, one.name
    # compared among themselves they would take it 6 to 14 % away, which is a standard error or two
    assert some.primary.value == pytest.approx(whole.primary.value, rel=0.06)
    assert some.verdict == known.verdict != "reproduced"
    # the tempting number takes everybody
    naive = [one.first("naive").value for one in (some, whole, known)]
    assert naive[0] == pytest.approx(naive[1], rel=1e-9) and naive[0] != naive[2]


@pytest.mark.parametrize("claim", FAIR)
def test_every_fair_number_of_a_claim_is_of_the_same_customers(claim):
    some, known = found(claim), found(claim, only_known=True)
    for name in set(some.parts) - OF_ALL:
        one, other = some.part(name).table, known.part(name).table
        pd.testing.assert_frame_equal(one, other, rtol=1e-6, obj=name)
    told = some.part("fair").text
    assert "customers without a recorded maturity are left out" in told
    n = drawn(WORLD[claim], 0.15).customers["maturity"].isna().sum()
    if claim not in (FIT, PROCESS):  # of whom some expect nothing, or have their result already
        assert f"; {n:,} customers without a recorded maturity are left out" in told
    same = re.sub("; [0-9,]+ customers without a recorded maturity are left out", "", told)
    assert same == known.part("fair").text


@pytest.mark.parametrize("claim", [RESULTS, WINS])
def test_renewals_and_revenue_leave_out_the_same(claim):
    some, known = (found(claim, only_known=only, contracts=True) for only in (False, True))
    for name, fair in (("renewals", "odds"), ("money", "per unit of revenue")):
        one, other = (f.part(name) for f in (some, known))
        rows = [part.table[part.table["label"].str.contains(fair)] for part in (one, other)]
        assert len(rows[0])
        pd.testing.assert_frame_equal(*rows, rtol=1e-6, obj=name)
        assert "Customers without a recorded maturity are compared with nobody." in one.text
        told = one.text.replace(
            " Customers without a recorded maturity are compared with nobody.", ""
        )
        assert name == "money" or told == other.text  # which counts renewals and departures
    assert some.primary.value == pytest.approx(known.primary.value, rel=1e-9)


@pytest.mark.parametrize("claim", [RESULTS, *FAIR])
def test_a_plan_counts_those_who_are_compared(claim):
    some, known = (planned(claim, only_known=only) for only in (False, True))
    assert some.counted == known.counted
    assert some.std_error == pytest.approx(known.std_error, rel=1e-6)


def test_segments_leave_out_who_lacks_what_is_held_equal_in_them():
    some, known, whole = (
        {e.name: e for e in found(DRIVERS, **how).estimates if ", plan " in e.name}
        for how in ({}, {"only_known": True}, {"some_missing": False})
    )
    assert len(some) == len(known) > 1
    assert "is not recorded do not count" in found(DRIVERS).part("first_look").text
    for name, one in some.items():
        assert numbers_of(one) == pytest.approx(numbers_of(known[name]), rel=1e-6)
        assert one.value != pytest.approx(whole[name].value, rel=1e-6)


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
    (0.45, 0.45, ("band",)),  # each is known of most, both of too few: the first counts
    (0.7, 0.3, ("plan",)),
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
