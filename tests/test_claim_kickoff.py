"""C9: judgements at kickoff, from tables to the verdict; what they are worth as forecasts."""

from dataclasses import replace
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from csresearch import claims, second_road
from csresearch.claims import kickoff_judgement
from csresearch.claims.kickoff_counts import Judgements, judged_rows, read_judgements
from csresearch.claims.kickoff_effort import effort_by_judgement, effort_ratio
from csresearch.claims.kickoff_skill import Forecasts
from csresearch.claims.kickoff_steps import clustered, pairs, scored
from csresearch.company import Company
from csresearch.simulate import WORLDS, draw_lifetimes, draw_truth, simulate
from csresearch.simulate.additions.kickoff import KickoffJudgement
from csresearch.verdicts import judge_effect

C9 = "kickoff-judgement"
MONTH = 30.4375
NAMES = ("foresight", "hunch", "guesswork", "maturity-in-disguise", "hindsight")


@cache
def tables(name, n=None, seed=1):
    return simulate(WORLDS[name], seed=seed, n_customers=n)


@cache
def company(name, change=None, n=None):
    """The company of a world, its customers changed by a function."""
    drawn = tables(name, n)
    frames = {table: rows for table, rows in drawn.tables.items() if table != "surveys"}
    if change is not None:
        frames["customers"] = change(frames["customers"])
    return Company.from_frames(**frames, **drawn.config)


@cache
def finding(name, n=None):
    return claims.get(C9).estimate(company(name, n=n))


def estimated(name, change, n=1000, **options):
    return claims.get(C9).estimate(company(name, change, n), **options)


# every verdict


@pytest.mark.parametrize("name", NAMES)
def test_each_world_gets_its_verdict(name):
    found = finding(name)
    assert found.verdict == dict(WORLDS[name].verdicts)[C9], found.rule
    assert found.sentence.endswith(".") and found.action.endswith(".") and found.rule


def turned(customers):
    """Whoever judges has it the wrong way round."""
    return customers.assign(kickoff_judgement=1 - customers["kickoff_judgement"])


def test_the_other_verdicts():
    assert estimated("hunch", turned).verdict == "opposite"
    assert finding("foresight", 60).verdict == "same direction, size unclear"
    few = finding("hunch", 60)
    assert few.verdict == "inconclusive" and "would be enough" in few.sentence


def test_a_hit_rate_that_is_not_above_its_base_keeps_it_from_being_reproduced():
    # nine of ten are undecided, and most of those judged to make it were sure cases anyway
    found = {"accuracy": finding("foresight").primary}
    above = replace(found["accuracy"], name="difference", ci_low=0.02, null=0.0)
    found |= {"fail_above": above, "stay_above": replace(above, ci_low=-0.01)}
    judged = kickoff_judgement.judge(found)
    assert judged.verdict == "same direction, size unclear"
    assert "not surely above its base rate" in judged.rule


def test_missing_columns_are_named():
    found = estimated("hunch", lambda c: c.drop(columns="kickoff_judgement"))
    assert found.verdict == "not answerable" and found.missing == ("customers.kickoff_judgement",)
    assert "judgements at kickoff" in found.sentence
    assert judged_rows(company("hunch", lambda c: c.drop(columns="kickoff_judgement"))).empty


def all_alike(customers):
    return customers.assign(kickoff_judgement=0.8)


def after_the_fact(customers):
    return customers.assign(
        kickoff_judgement=np.where(customers["ended_on"].isna(), 0.9, 0.1), kickoff_judged_on=None
    )


@pytest.mark.parametrize(
    ("change", "rule"),
    [(all_alike, "all customers were judged alike"), (after_the_fact, "almost perfectly")],
)
def test_what_cannot_be_told(change, rule):
    found = estimated("hunch", change)
    assert found.verdict == "not identifiable" and rule in found.rule
    assert found.first("naive").value > 0.4


def nobody_left(customers):
    return customers.assign(ended_on=pd.NaT)


def test_without_departures_it_is_inconclusive():
    found = estimated("hunch", nobody_left)
    assert found.verdict == "inconclusive" and "left by month 12" in found.rule


def test_all_late_is_hindsight_not_an_empty_table():
    late = company(
        "hunch", lambda c: c.assign(kickoff_judged_on=c["started_on"] + pd.Timedelta("40D"))
    )
    found = claims.get(C9).estimate(late)
    assert found.verdict == "not identifiable" and found.rule.startswith("100 % of the judgements")
    assert "left" in repr(found.part("first_look"))


# numbers


def plain(customers):
    """Judged on the first day and followed for a year: nothing is censored."""
    customers = customers.assign(kickoff_judged_on=customers["started_on"])
    early = customers["started_on"] < pd.Timestamp("2025-06-01")
    return customers[early & customers["kickoff_judgement"].notna()]


def test_without_censoring_hit_rates_are_those_of_a_plain_table():
    customers = plain(tables("hunch", 1000).customers)
    tenure = (customers["ended_on"] - customers["started_on"]).dt.days
    left = tenure <= 365  # of 365.25 days
    yes, no = customers["kickoff_judgement"] > 0.5, customers["kickoff_judgement"] < 0.5
    found = estimated("hunch", plain)
    at = {e.name: e.value for e in found.estimates}
    assert at["left, of those judged not to make it"] == pytest.approx(left[no].mean(), abs=1e-12)
    assert at["still here, of those judged to make it"] == pytest.approx(1 - left[yes].mean())
    assert at["left, of all judged"] == pytest.approx(left.mean(), abs=1e-12)
    sensitivity = (left & no).sum() / (left & (no | yes)).sum()
    specificity = (~left & yes).sum() / (~left & (no | yes)).sum()
    assert found.primary.value == pytest.approx((sensitivity + specificity) / 2, abs=1e-12)
    told = customers["kickoff_judgement"]
    base = left.mean()
    word = 1 - ((left - (1 - told)) ** 2).mean() / (base * (1 - base))
    skill = at["Brier skill, judgement at its word, against the base rate"]
    assert skill == pytest.approx(word, abs=5e-3)  # rare chances are scored with their neighbours


def test_accuracy_is_the_worlds():
    for name in ("foresight", "hunch", "guesswork"):
        truth = WORLDS[name].additions[0].balanced_accuracy
        assert finding(name).primary.ci_low < truth < finding(name).primary.ci_high


def test_what_the_worlds_readme_says_is_true():
    judge = KickoffJudgement(foresight=0.9)
    world = replace(WORLDS["hunch"], additions=(judge,))
    everyone = draw_truth(world, 300_000, seed=3)
    told = np.round(judge._chance(world, everyone), 1)
    gone = everyone["decision_day"] <= 12 * MONTH
    judged = told != 0.5
    right = [(told[gone & judged] < 0.5).mean(), (told[~gone & judged] > 0.5).mean()]
    # each of some 80,000 and more: standard error below 0.002
    assert np.allclose(right, judge.balanced_accuracy, atol=0.006)
    assert judge.truth(world)[0][1] == f"{judge.balanced_accuracy:.2f}"


def test_pairs_by_brute_force():
    some = read_judgements(company("hunch", lambda c: plain(c).head(250)))
    rows = some.frame.loc[some.frame.index.repeat(some.frame["n"])]
    day, chance, churned = (rows[c].to_numpy() for c in ("exit", "chance", "churned"))
    right = wrong = 0
    for i in np.flatnonzero(churned & (day <= 12 * MONTH)):
        later = (day > day[i]) | ((day == day[i]) & ~churned)
        right += (later & (chance > chance[i])).sum()
        wrong += (later & (chance < chance[i])).sum()
    found = pairs(some, 12 * MONTH, within=False)
    assert found.value == pytest.approx(right / (right + wrong), abs=1e-12)


def test_the_churn_rate_ratio_by_lifelines():
    rows = judged_rows(company("hunch"))
    other = second_road.cox_ratio(rows, "will_not", entry=True)
    name = "churn rate, judged not to make it ÷ judged to, at the same tenure"
    assert finding("hunch").named(name).value == pytest.approx(other.value, rel=1e-6)


def test_chances_fall_into_tenths_with_a_half_of_its_own():
    told = [0, 0.05, 0.1, 0.3, 0.4, 0.4999, 0.5, 0.5001, 0.6, 0.7, 0.95, 1.0]
    customers = pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(len(told))],
            "started_on": pd.Timestamp("2025-01-01"),
            "ended_on": pd.NaT,
            "kickoff_judgement": told,
            "kickoff_judged_on": pd.Timestamp("2024-12-20"),
        }
    )
    one = Company.from_frames(customers, observed_until="2026-06-30")
    frame = read_judgements(one).frame
    counted = frame.groupby("chance")["n"].sum().to_dict()
    assert counted == {0: 2, 1: 1, 3: 1, 4: 2, 5: 1, 6: 2, 7: 1, 10: 2}
    assert (frame["entry"] == 0).all()  # judged before the start counts from it
    sides = read_judgements(one).table(["judged"]).counts.groupby("judged")["entrance"].sum()
    assert sides.to_dict() == {"undecided": 1, "will": 5, "will not": 6}


def test_customers_are_at_risk_from_the_day_they_were_judged():
    some = read_judgements(company("hunch"))
    assert (some.frame["entry"] == some.frame["judged_on"]).all()
    assert some.frame["judged_on"].between(0, 20).all()
    assert (some.frame["exit"] > some.frame["entry"]).all()


def test_a_judgement_in_disguise_adds_nothing_to_maturity():
    found = finding("maturity-in-disguise")
    both = found.named("Brier skill, both, against maturity alone")
    alone = found.named("Brier skill, maturity alone, against the base rate")
    assert alone.ci_low > 0.1 and abs(both.value) < 0.01
    assert "no more than maturity" in found.title
    assert any("only repeat maturity" in reason for reason in found.evidence_reasons)
    seen = finding("foresight").named("Brier skill, both, against maturity alone")
    assert seen.ci_low > 0.2 and finding("foresight").evidence_grade == "A"


def test_calibration_is_of_what_was_told():
    on = scored(read_judgements(company("foresight")), 12)
    table = Forecasts(on).calibration
    assert table["share_told"].is_monotonic_increasing
    assert (table["share_from"] <= table["share_stayed"]).all()
    assert (table["share_stayed"] <= table["share_to"]).all()
    assert table["customers"].sum() == on.judgements.n_customers


def test_effort_that_follows_is_told_and_lowers_the_grade():
    found = finding("hunch")
    name = "effort on those judged not to make it ÷ judged to, at the same maturity"
    ratio = found.named(name)
    assert ratio.ci_low < 0.5 < ratio.ci_high
    assert found.evidence_reasons == (
        "effort followed the judgement, so it may have made itself come true, or untrue",
    )
    assert "followed the judgement" in found.part("effort").text


def test_effort_by_hand():
    counted = pd.DataFrame(
        {
            "judged": ["will", "will not"] * 2,
            "maturity": ["low", "low", "high", "high"],
            "customers": [30, 10, 40, 5],
            "total": [60.0, 10.0, 80.0, 1.0],
            "squares": [150.0, 14.0, 200.0, 1.0],
        }
    )
    # high has five judged not to make it: left out; 10 / 10 against 60 / 30
    ratio = effort_ratio(counted)
    assert ratio.value == pytest.approx(0.5)
    # variances of means: (1.4 − 1) / 9 and (5 − 4) / 29
    assert ratio.std_error == pytest.approx(np.sqrt(0.4 / 9 / 1 + 1 / 29 / 4))
    assert effort_ratio(counted.assign(total=0.0)).value is None
    assert effort_by_judgement(company("foresight")).empty


# what the data cannot rule out


def test_undated_and_late_judgements_lower_the_grade():
    undated = estimated("foresight", lambda c: c.drop(columns="kickoff_judged_on"))
    assert undated.verdict == "reproduced" and undated.evidence_grade == "B"
    assert undated.evidence_reasons[0].startswith("100 % of the judgements have no date")

    def some_late(c):
        late = np.arange(len(c)) % 10 < 3
        day = c["kickoff_judged_on"].mask(late, c["started_on"] + pd.Timedelta("90D"))
        return c.assign(kickoff_judged_on=day)

    found = estimated("foresight", some_late)
    assert "30 % of the judgements were written after day 30" in found.evidence_reasons[0]
    assert found.n_customers < 0.75 * finding("foresight").n_customers


def test_accounts_of_one_parent_widen_the_interval():
    one = scored(read_judgements(company("hunch", lambda c: c.head(300))), 12)
    frame = one.judgements.frame
    group = np.array([f"{i:02x}" for i in range(256)])[np.arange(len(frame)) % 60]
    copies = pd.concat([frame.assign(cluster_group=group)] * 8, ignore_index=True)
    many = replace(one, judgements=replace(one.judgements, frame=copies))
    fooled = replace(
        many, judgements=replace(one.judgements, frame=copies.drop(columns="cluster_group"))
    )
    reads = {"accuracy": lambda rates: rates.balanced_accuracy}
    single, told, naive = (clustered(on, reads)["accuracy"] for on in (one, many, fooled))
    assert told.value == naive.value == pytest.approx(single.value, abs=1e-12)
    assert single.std_error / naive.std_error == pytest.approx(8**0.5, rel=0.01)
    assert told.std_error / single.std_error == pytest.approx(1, abs=0.3)


def test_a_shorter_horizon_and_an_unknown_option():
    found = estimated("hunch", None, horizon_months=6)
    assert "By month 6," in found.sentence
    with pytest.raises(ValueError, match="Did you mean 'horizon_months'"):
        claims.get(C9).estimate(company("hunch"), horizon_month=6)


@pytest.mark.parametrize("name", ["hunch", "hindsight"])
def test_every_part_can_be_shown_and_drawn(name):
    for part in [finding(name), *finding(name).parts.values(), finding(name).part("none")]:
        assert len(repr(part)) > 10 and part._repr_html_().startswith("<p>")
        assert part.plot().figure is not None
        plt.close("all")


# rates over seeds


def counted(world, seed):
    """What a seed draws, counted without the engine."""
    lives = draw_lifetimes(world, world.n_customers, seed)
    told = np.round(world.additions[0]._chance(world, lives), 1)
    lives = lives.assign(chance=np.rint(10 * told).astype(int), churned=lives["churned"])
    lives = lives[lives["exit_day"] > lives["judged_day"]].reset_index(drop=True)
    frame = pd.DataFrame(
        {
            "chance": lives["chance"],
            "maturity": lives["band"].astype(str),
            "entry": lives["judged_day"],
            "judged_on": lives["judged_day"],
            "exit": lives["exit_day"],
            "churned": lives["churned"],
            "n": 1,
        }
    )
    return Judgements(frame, {}, pd.DataFrame())


@pytest.mark.parametrize("name", ["foresight", "hunch", "guesswork"])
def test_the_verdict_is_no_lucky_seed(name):
    terms, got = kickoff_judgement.TERMS, []
    for seed in range(1, 11):
        found = scored(counted(WORLDS[name], seed), 12).rates.balanced_accuracy
        primary = replace(
            finding(name).primary,
            value=found.value,
            ci_low=found.ci_low,
            ci_high=found.ci_high,
        )
        got.append(judge_effect(primary, near_miss=terms.near_miss).verdict)
    assert got.count(dict(WORLDS[name].verdicts)[C9]) >= 9, got
    engine = finding(name).primary.value
    drawn = scored(counted(WORLDS[name], 1), 12).rates.balanced_accuracy.value
    assert drawn == pytest.approx(engine, abs=1e-9)


def test_one_parent_of_all_who_will_not_make_it_leaves_no_limits():
    drawn = simulate(WORLDS["foresight"], seed=3, n_customers=300)
    tables = dict(drawn.tables)
    doomed = tables["customers"]["kickoff_judgement"] < 0.5
    tables["customers"] = tables["customers"].assign(parent_id=np.where(doomed, "one", None))
    found = claims.get("kickoff-judgement").estimate(Company.from_frames(**tables, **drawn.config))
    assert found.primary.value is not None and found.primary.ci_low is None
    assert found.verdict == "inconclusive"
