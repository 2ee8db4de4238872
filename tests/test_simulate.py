"""Simulated companies: what they promise is what they hold."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter

from csresearch.cli import main
from csresearch.errors import CompanyError
from csresearch.simulate import (
    BUNDLED,
    MIRAGE,
    SMALLCO,
    STEADFAST,
    WORLDS,
    Band,
    Plan,
    SurveyPlan,
    World,
    draw_lifetimes,
    draw_surveys,
    draw_truth,
    simulate,
    true_share_of_churn,
    write_company,
)
from csresearch.simulate.catalogue import catalogue

DATA = Path(__file__).resolve().parent.parent / "data"
MONTH = 30.4375
ONE_PLAN = (Plan("basic", 1.0),)
DECISIONS = [13576.0, 21585.0, 4425.0, 79236.0]
RESULTS = [1455.0, 998.0, 2164.0, 1753.0]
PLAIN = World(
    name="plain",
    story="One band, steady rates, nothing matters.",
    n_customers=1000,
    bands=(Band("low", 1.0, churn=0.05, first_result=0.20, low=True),),
    plans=ONE_PLAN,
)


def monthly_hazard(events, days):
    """Undo the day grid: of those at risk on a day, 1 - exp(-hazard) have the event."""
    return -np.log1p(-events / days) * MONTH


# --- the same seed, the same company


def test_a_seed_gives_one_company():
    first, again, other = (simulate(SMALLCO, seed=seed) for seed in (7, 7, 8))
    for table in ("customers", "results", "surveys"):
        pd.testing.assert_frame_equal(getattr(first, table), getattr(again, table))
        assert not getattr(first, table).equals(getattr(other, table))


def test_the_survey_plan_leaves_churn_and_results_as_they_were():
    asked_less = replace(SMALLCO, surveys=SurveyPlan(response=0.1))
    one, two = simulate(SMALLCO, seed=7), simulate(asked_less, seed=7)
    pd.testing.assert_frame_equal(one.customers, two.customers)
    pd.testing.assert_frame_equal(one.results, two.results)
    assert one.surveys["score"].notna().sum() > two.surveys["score"].notna().sum()


def test_the_first_numbers_of_a_seed_are_those_written_down():
    # So that a change of NumPy or of the order of drawing is noticed as such.
    drawn = draw_truth(replace(SMALLCO, additions=()), 4, seed=20260630)
    assert drawn["decision_day"].tolist() == DECISIONS
    assert drawn["result_day"].tolist() == RESULTS


def test_what_cannot_be_simulated_is_refused(tmp_path):
    with pytest.raises(CompanyError, match="no world 'mirag'; did you mean 'mirage'"):
        write_company("mirag", tmp_path)
    with pytest.raises(ValueError, match="n_customers must be at least 1, got 0"):
        simulate(SMALLCO, seed=1, n_customers=0)
    with pytest.raises(ValueError, match=r"shares must sum to 1, these sum to 0.9"):
        simulate(replace(PLAIN, plans=(Plan("basic", 0.9),)), seed=1)


# --- what a real company would hand over


def test_a_world_nobody_leaves(tmp_path):
    nobody = replace(PLAIN, n_customers=50, bands=(replace(PLAIN.bands[0], churn=0.0),))
    folder = write_company(nobody, tmp_path).parent
    assert pd.read_csv(folder / "customers.csv")["ended_on"].isna().all()
    told = (folder / "README.md").read_text(encoding="utf-8")
    assert "| share of churn by 24 months from the low band | nobody leaves |" in told


@pytest.mark.parametrize("world", WORLDS.values(), ids=list(WORLDS))
def test_everything_happens_while_a_customer(world):
    company = simulate(world, seed=3, n_customers=min(world.n_customers, 5000))
    until = pd.Timestamp(world.observed_until)
    customers = company.customers.set_index("customer_id")
    end = customers["ended_on"].fillna(until)
    assert customers.index.is_unique
    assert (end <= until).all() and (end > customers["started_on"]).all()
    on_time = customers["maturity_on"].isna() | (
        customers["maturity_on"] == customers["started_on"]
    )
    assert on_time.all() or world.name == "rated-later"
    for table, day in ((company.results, "reached_on"), (company.surveys, "surveyed_on")):
        at = customers.loc[table["customer_id"]]
        assert (table[day].to_numpy() > at["started_on"].to_numpy()).all()
        assert (table[day].to_numpy() < end[table["customer_id"]].to_numpy()).all()
        assert not table.duplicated().any()
    score = company.surveys["score"].dropna()
    assert score.between(0, 10).all() and score.nunique() >= 6


def test_the_first_result_written_is_the_first_result_drawn():
    lifetimes = draw_lifetimes(SMALLCO, 120, seed=3)
    company = simulate(SMALLCO, seed=3)
    merged = company.results.merge(company.customers, on="customer_id")
    first = (merged["reached_on"] - merged["started_on"]).dt.days
    first = first.groupby(merged["customer_id"]).min()
    assert sorted(first) == sorted(lifetimes["result_day"].dropna())


# --- the truth comes out


@pytest.mark.parametrize("world", [STEADFAST, SMALLCO], ids=lambda world: world.name)
def test_hazards_and_the_ratio_are_those_planted(world):
    world = replace(world, plans=ONE_PLAN, additions=())
    lives = draw_truth(world, 300_000, seed=5)
    reached = lives["result_day"] < lives["decision_day"]
    without_days = np.minimum(lives["result_day"], lives["decision_day"])
    for code, band in enumerate(world.bands):
        here = lives["band"] == code
        assert here.mean() == pytest.approx(band.share, abs=0.004)  # 4 standard errors
        without = monthly_hazard((here & ~reached).sum(), without_days[here].sum())
        days_with = (lives["decision_day"] - lives["result_day"])[here & reached].sum()
        with_result = monthly_hazard((here & reached).sum(), days_with)
        first = monthly_hazard(
            (lives["result_day"][here] <= lives["decision_day"][here]).sum(),
            without_days[here].sum(),
        )
        # the rarest of these events happens some 11,000 times: 3 % is three standard errors
        assert without == pytest.approx(band.churn, rel=0.03)
        assert first == pytest.approx(band.first_result, rel=0.03)
        assert without / with_result == pytest.approx(world.lifetime_ratio, rel=0.04)


def test_the_hazard_steps_over_tenure_as_written():
    world = replace(MIRAGE, plans=ONE_PLAN, satisfaction_ratio=1.0, additions=())
    day = draw_truth(world, 300_000, seed=5)["decision_day"]
    for start, stop, factor in ((0, 3, 1.5), (3, 12, 1.0), (12, 60, 0.7)):
        start, stop = start * MONTH, stop * MONTH
        lived = (np.clip(day, start, stop) - start).sum()
        hazard = monthly_hazard(((day > start) & (day <= stop)).sum(), lived)
        assert hazard == pytest.approx(0.06 * factor, rel=0.02)


def test_satisfaction_moves_the_hazard_by_its_ratio():
    lives = draw_truth(MIRAGE, 20_000, seed=5)[["satisfaction", "decision_day", "band", "plan"]]
    cox = CoxPHFitter().fit(lives, "decision_day", strata=["band", "plan"])
    assert cox.params_["satisfaction"] == pytest.approx(np.log(0.65), abs=0.03)  # se 0.0075


def test_where_results_do_nothing_the_plain_ratio_is_one_plus_one_over_never():
    # Steady rates, full follow-up: 1 + 1 / (1 - p), p = 0.20 / (0.20 + 0.05) = 0.8, so 6.
    lives = draw_truth(PLAIN, 400_000, seed=5)
    ever = lives["result_day"] < lives["decision_day"]
    rate = lives.groupby(ever)["decision_day"].agg(lambda day: len(day) / day.sum())
    assert ever.mean() == pytest.approx(0.8, abs=0.004)
    assert rate[False] / rate[True] == pytest.approx(6.0, rel=0.02)


def test_mirage_looks_like_six_times():
    ratios = []
    for seed in range(40):
        lives = draw_lifetimes(MIRAGE, MIRAGE.n_customers, seed)
        groups = lives.groupby(lives["result_day"].notna())
        rate = groups["churned"].sum() / groups["exit_day"].sum()
        ratios.append(rate[False] / rate[True])
    assert 5.5 < min(ratios) and max(ratios) < 6.8
    assert np.mean(ratios) == pytest.approx(6.1, abs=0.15)


def test_the_true_share_of_churn_by_hand():
    # No results: F(24) = 1 - exp(-24 * 0.05) = 0.6988 and 1 - exp(-24 * 0.01) = 0.2134;
    # 0.4 * 0.6988 / (0.4 * 0.6988 + 0.6 * 0.2134) = 0.6859.
    bands = (Band("low", 0.4, 0.05, 0.0, low=True), Band("high", 0.6, 0.01, 0.0))
    share, of_churn = true_share_of_churn(replace(PLAIN, bands=bands))
    assert share == pytest.approx(0.4)
    assert of_churn == pytest.approx(0.6859, abs=0.0015)


def test_what_the_worlds_claim_about_maturity_is_true():
    share, of_churn = true_share_of_churn(STEADFAST)
    assert share == pytest.approx(0.45) and of_churn >= 0.78
    share, of_churn = true_share_of_churn(MIRAGE)
    assert of_churn == pytest.approx(share, abs=0.002)


# --- options of a world


def test_frailty_is_gamma_and_shared_within_a_parent():
    # Gamma frailty of variance v: S(t) = (1 + v H(t)) ** (-1 / v); H(12) = 0.6, v = 1: 0.625.
    world = replace(PLAIN, frailty_variance=1.0, accounts_per_parent=8)
    days = draw_truth(world, 400_000, seed=5)["decision_day"].to_numpy()
    assert (days > 12 * MONTH).mean() == pytest.approx(0.625, abs=0.005)
    stays = (days > 12 * MONTH).reshape(-1, 8)
    assert np.corrcoef(stays[:, 0], stays[:, 1])[0, 1] > 0.1
    customers = simulate(world, seed=5, n_customers=20).customers
    assert customers["parent_id"].value_counts().tolist() == [8, 8, 4]


def test_left_truncation_hides_those_who_left_before():
    world = replace(PLAIN, observed_from=date(2024, 7, 1))
    company = simulate(world, seed=5)
    customers, opened = company.customers, pd.Timestamp(2024, 7, 1)
    assert len(customers) < 1000
    assert not (customers["ended_on"] <= opened).any()
    older = customers["started_on"] < opened
    assert (customers.loc[older, "observed_from"] == opened).all()
    assert customers.loc[~older, "observed_from"].isna().all()
    assert (company.surveys["surveyed_on"] > opened).all()


def test_after_notice_nothing_is_reached_and_nothing_answered():
    company = simulate(replace(PLAIN, notice_days=60), seed=5)
    customers = company.customers.set_index("customer_id")
    left = customers["ended_on"].notna()
    notice = customers["notice_on"]
    assert ((customers["ended_on"] - notice)[left] == pd.Timedelta(days=60)).all()
    assert (notice.notna() & ~left).sum() > 5  # announced, not yet gone
    for table, day in ((company.results, "reached_on"), (company.surveys, "surveyed_on")):
        told = notice[table["customer_id"]]
        assert not (table[day].to_numpy() >= told.to_numpy()).any()


def test_who_is_about_to_leave_answers_less_and_scores_lower():
    plan = SurveyPlan(every_days=60, leaving_days=60, leaving_response=0.5, leaving_drop=3.0)
    lives = draw_lifetimes(PLAIN, 20_000, seed=5)
    asked = draw_surveys(replace(PLAIN, surveys=plan), lives, seed=5)
    exit_day = lives["exit_day"].to_numpy()[asked["row"]]
    leaving = lives["churned"].to_numpy()[asked["row"]] & (exit_day - asked["survey_day"] <= 60)
    answered = asked["score"].notna().groupby(leaving).mean()
    assert answered[True] == pytest.approx(0.40, abs=0.02)
    assert answered[False] == pytest.approx(0.80, abs=0.01)
    score = asked.groupby(leaving)["score"].mean()
    assert score[False] - score[True] == pytest.approx(2.9, abs=0.2)  # cut at 10 and 0


def test_maturity_can_be_missing():
    customers = simulate(replace(PLAIN, maturity_missing=0.3), seed=5).customers
    assert customers["maturity"].isna().mean() == pytest.approx(0.3, abs=0.05)
    assert (customers["maturity"].isna() == customers["maturity_on"].isna()).all()


def test_maturity_can_be_rated_afterwards():
    world = WORLDS["rated-later"]
    made, plain = (simulate(w, seed=4) for w in (world, replace(world, additions=())))
    assert (made.customers["ended_on"].dropna() == plain.customers["ended_on"].dropna()).all()
    left = made.customers["ended_on"].notna()
    low = made.customers["maturity"] == "low"
    assert low[left].mean() > 0.75 and (plain.customers["maturity"] == "low")[left].mean() < 0.5
    rated = made.customers["maturity_on"] - made.customers["started_on"]
    stayed = left & (made.customers["ended_on"] - made.customers["started_on"]).dt.days.gt(91)
    assert (rated > pd.Timedelta(0))[stayed].mean() == pytest.approx(0.9, abs=0.02)
    assert (rated[left & ~stayed] == pd.Timedelta(0)).all()


def test_the_list_of_worlds_is_the_generated_one():
    text = (DATA / "worlds.md").read_text(encoding="utf-8")
    assert text == catalogue(), "run: python -m csresearch.simulate.catalogue > data/worlds.md"
    assert text.count("\n## ") == len(WORLDS)


# --- the bundled companies


@pytest.mark.parametrize("name", BUNDLED)
def test_the_bundled_files_are_what_their_readme_says(name, tmp_path):
    readme = (DATA / name / "README.md").read_text(encoding="utf-8")
    command = next(line for line in readme.splitlines() if line.startswith("csresearch simulate"))
    words = command.split()
    assert words[2:4] == [name, f"data/{name}"]
    assert main(["simulate", name, str(tmp_path), *words[4:]]) == 0
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for file, content in made.items():
        assert content == (DATA / name / file).read_bytes(), file
    kept = {path.name for path in (DATA / name).iterdir() if path.suffix != ".png"}
    assert set(made) == kept


def test_the_bundled_small_company_is_small():
    customers = pd.read_csv(DATA / "smallco" / "customers.csv")
    assert len(customers) == 120
    assert 5 <= customers["ended_on"].notna().sum() <= 18
