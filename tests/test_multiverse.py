"""Many analyses: the grid, the counts they are made from, the null draws and the joint test."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from csresearch import figures
from csresearch.history import NEVER, TICKS_A_DAY, History
from csresearch.multiverse import (
    Episodes,
    Everyone,
    Multiverse,
    Redrawn,
    combinations,
    drawn_totals,
    joint_test,
    slope_of,
)
from csresearch.risk_sets import risk_sets
from csresearch.survival.cox import cox_partial_likelihood
from csresearch.survival.designs import level_design
from csresearch.survival.piecewise import piecewise_rate_ratio

CUTS = (91.3125, 182.625, 365.25)


# -- the grid


def test_the_primary_analysis_comes_first_and_a_sample_never_changes():
    choices = {"lag": [f"{lag} days" for lag in range(10)], "model": ["Cox", "Poisson"]}
    frame, possible = combinations(choices, most=7)
    assert (len(frame), possible) == (7, 20)
    assert frame.iloc[0].tolist() == ["0 days", "Cox"]
    assert not frame.duplicated().any()
    pd.testing.assert_frame_equal(frame, combinations(choices, most=7)[0])
    whole, _ = combinations(choices, sensible=lambda grid: (grid["model"] == "Cox").to_numpy())
    assert whole["lag"].tolist() == choices["lag"]


@pytest.mark.parametrize("options", [[], ["a", "a"]])
def test_a_choice_needs_options_that_differ(options):
    with pytest.raises(ValueError, match="'lag' needs options that differ"):
        combinations({"lag": options})


# -- who is at risk, against the histories of the claims and against a loop over customers


def customers(seed, n=400, effect=0.0, follow=500.0):
    """Customers a row: stratum, entry, first result (or NEVER), exit, churned; days in ticks."""
    rng = np.random.default_rng(seed)
    stratum = rng.integers(0, 2, n)
    entry = np.where(rng.random(n) < 0.2, rng.integers(1, 90, n), 0)
    result = np.ceil(rng.exponential(150, n))
    before = rng.exponential(300 / (1 + stratum), n)
    after = result + rng.exponential(300 * np.exp(effect) / (1 + stratum), n)
    leaves = np.ceil(np.where(before <= result, before, after))
    ends = rng.integers(100, follow, n)
    exit_ = np.minimum(leaves, ends)
    keep = exit_ > entry
    day = {"entry": entry, "on": np.where(result < exit_, result, np.nan), "exit": exit_}
    frame = pd.DataFrame(day | {"stratum": stratum, "churned": leaves <= ends})
    return frame[keep].reset_index(drop=True)


def episodes(frame):
    """Lives and spells of the same customers."""
    ticks = {
        name: (frame[name] * TICKS_A_DAY).fillna(NEVER).to_numpy(np.int64)
        for name in ("entry", "on", "exit")
    }
    stratum, churned = frame["stratum"].to_numpy(), frame["churned"].to_numpy()
    one = np.ones(len(frame))
    lives = Episodes(stratum, ticks["entry"], ticks["exit"], churned, one)
    never = np.full(len(frame), NEVER)
    spells = Episodes(stratum, ticks["entry"], ticks["exit"], churned, one, ticks["on"], never)
    return lives, spells


def history(frame):
    """The same customers as the claims' own history."""
    text = pd.Categorical(frame["stratum"].map({0: "a", 1: "b"}), ["a", "b"], ordered=True)
    rows = frame.rename(columns={"on": "change"}).assign(stratum=text, n=1)
    return History(rows[["stratum", "entry", "change", "exit", "churned", "n"]], ("stratum",))


def assert_same_sets(mine, table, strata):
    """The same cells, apart from the order of the levels."""
    other = risk_sets(table, "state", strata)
    order = [other.levels.index(level) for level in mine.levels]
    np.testing.assert_array_equal(mine.day, other.day)
    np.testing.assert_array_equal(mine.at_risk, other.at_risk[:, order])
    np.testing.assert_array_equal(mine.observed, other.observed[:, order])


@pytest.mark.parametrize("lag", [0.0, 28.0])
@pytest.mark.parametrize("strata", [(), ("stratum",)])
def test_the_counts_are_those_of_the_history(lag, strata):
    frame = customers(1)
    lives, spells = episodes(frame)
    counts = Everyone.counted(lives, CUTS, 2).split(spells.lagged(lag))
    groups = np.arange(2) if strata else np.zeros(2, int)
    table = history(frame).event_table(lag_days=lag, by=strata)
    assert_same_sets(counts.risk_sets(groups), table, strata)


def test_the_counts_at_a_landmark_are_those_of_the_history():
    frame = customers(2)
    lives, spells = (one.at_landmark(90.0) for one in episodes(frame))
    counts = Everyone.counted(lives, CUTS, 2).split(spells)
    assert_same_sets(
        counts.risk_sets(np.arange(2)), history(frame).landmark_table(90.0), ("stratum",)
    )


def test_time_lived_gives_the_poisson_model():
    frame = customers(3, effect=0.5)
    lives, spells = episodes(frame)
    counts = Everyone.counted(lives, CUTS, 2).split(spells)
    fit = cox_partial_likelihood(counts.binned(np.arange(2)), [[1.0], [0.0]], ties="breslow")
    table = history(frame).event_table()
    design = level_design(("with", "without"), names=["state"], reference=["with"])
    slow = piecewise_rate_ratio(table, "state", design, cuts_days=CUTS, strata=["stratum"])
    # both solve the same score equations, statsmodels to about 1e-9
    np.testing.assert_allclose(fit.coef[0], slow.coef.iloc[0], atol=1e-7)
    np.testing.assert_allclose(fit.std_error[0], slow.std_error.iloc[0], rtol=1e-6)


def test_spells_that_end_lags_and_other_churn_dates_against_a_loop_over_customers():
    rng = np.random.default_rng(4)
    frame = customers(4, n=60)
    lives, spells = episodes(frame)
    off = np.minimum(spells.on + rng.integers(10, 120, len(frame)) * TICKS_A_DAY, NEVER)
    spells = Episodes(*(getattr(spells, n) for n in ("stratum", "entry", "exit")),
                      spells.churned, spells.n, spells.on, off)  # fmt: skip
    both = (lives.left_on(-30.0), spells.lagged(14.0).left_on(-30.0))
    found = Everyone.counted(both[0], CUTS, 2).split(both[1]).risk_sets(np.zeros(2, int))
    for day, at_risk, observed in zip(found.day, found.at_risk, found.observed, strict=True):
        expected = np.zeros((2, 2))
        for i, one in frame.iterrows():
            end = one["exit"] - 30 * one["churned"]
            if not one["entry"] < day <= end:
                continue
            on, until = spells.on[i] / TICKS_A_DAY + 14, off[i] / TICKS_A_DAY + 14
            state = int(on < day <= until)
            expected[:, state] += (1, one["churned"] and day == end)
        np.testing.assert_array_equal([at_risk, observed], expected)


def test_who_announced_it_left_on_the_day_of_the_notice():
    lives = Episodes(*np.array([[0, 0], [0, 0], [160, 160], [True, False], [1, 1]]),
                     notice=np.array([80, 80]))  # fmt: skip
    assert lives.left_on(at_notice=True).exit.tolist() == [80, 160]
    assert lives.left_on(-20.0).exit.tolist() == [0, 160]  # gone before the start: nobody at risk


# -- the same company without a link


def test_the_estimate_follows_from_the_total_over_those_who_left():
    lives, spells = episodes(customers(5, effect=0.7))
    risk = Everyone.counted(lives, CUTS, 2).split(spells).risk_sets(np.arange(2))
    fit = cox_partial_likelihood(risk, [[1.0], [0.0]], ties="breslow")
    coef, error = slope_of(risk, [1.0, 0.0]).at(risk.observed[:, 0].sum())
    # linear between log ratios 1/8 apart
    assert coef == pytest.approx(fit.coef[0], abs=2e-3)
    assert error == pytest.approx(fit.std_error[0], rel=2e-3)


def test_draws_have_the_mean_and_spread_of_those_at_risk():
    upto = np.array([[0.25, 0.75], [0.5, 1.0]], dtype=np.float32)  # two departures, three levels
    one = Redrawn(upto, np.array([-1.0, 0.0, 2.0]), np.array([[True, True], [False, True]]))
    both, second = drawn_totals([one], 2, draws=20_000, seed=1)[0].T
    # -1/4 + 2/4 and -1/2; variances 1/4 + 4/4 - 1/16 and 1/4
    assert both.mean() == pytest.approx(-0.25, abs=0.03)
    assert both.var() == pytest.approx(1.1875 + 0.25, rel=0.03)
    assert set(np.unique(second)) == {-1.0, 0.0}


def analyses(frame, lags=(0.0, 14.0, 60.0), strata=((0, 1), (0, 0)), draws=99):
    """Six analyses of one company: estimates, draws, and the joint test."""
    lives, spells = episodes(frame)
    everyone = Everyone.counted(lives, CUTS, 2)
    left = lives.taken(np.flatnonzero(lives.churned))
    redrawn, slopes, totals = [], [], []
    for lag in lags:
        counts = everyone.split(spells.lagged(lag))
        share = counts.share_with[left.stratum, np.searchsorted(counts.days, left.exit)]
        counted = np.ones((1, len(share)), bool)
        redrawn.append(Redrawn(share[:, None], np.array([0.0, 1.0]), counted))
        risks = [counts.risk_sets(np.array(groups)) for groups in strata]
        slopes.append([slope_of(risk, [1.0, 0.0]) for risk in risks])
        totals.append([risk.observed[:, 0].sum() for risk in risks])
    drawn = drawn_totals(redrawn, len(left.n), draws=draws)
    seen = [s.at(t) for ss, ts in zip(slopes, totals, strict=True)
            for s, t in zip(ss, ts, strict=True)]  # fmt: skip
    null = [s.at(t[:, 0]) for ss, t in zip(slopes, drawn, strict=True) for s in ss]
    both = (np.array(seen).T, np.array(null).transpose(1, 2, 0))
    return joint_test(*(tuple(one) for one in both))


def test_the_joint_test_keeps_its_size_where_there_is_no_link_though_analyses_are_confounded():
    """Strata leave at different rates and the crude analyses do not know it."""
    p = np.array(
        [
            (found.p_median, found.p_share)
            for found in (analyses(customers(seed, n=150)) for seed in range(150))
        ]
    )
    # binomial with 150 seeds: 5 % give or take 3 standard errors of 1.78 %
    assert (np.mean(p <= 0.05, axis=0) <= 0.05 + 3 * 0.0178).all()
    assert 0.01 <= np.mean(p[:, 0] <= 0.05)
    assert 0.4 < p[:, 0].mean() < 0.62


def test_the_joint_test_finds_a_link():
    found = analyses(customers(1, n=400, effect=1.0))
    assert found.p_median == found.p_share == 0.01
    assert found.median > found.null_median[2]
    assert (found.n_analyses, found.draws) == (6, 99)


def test_customers_who_share_fate_widen_the_draws():
    rng = np.random.default_rng(0)
    seen, errors = np.full(3, 0.25), np.full(3, 0.1)
    null = rng.normal(0.0, 0.1, (999, 1)).repeat(3, axis=1), np.full((999, 3), 0.1)
    alone, together = (joint_test((seen, errors), null, spread=s) for s in (1.0, 2.0))
    assert alone.p_median == pytest.approx(0.012, abs=0.01)  # 2.5 standard errors
    assert together.p_median == pytest.approx(0.21, abs=0.04)  # 1.25 of them
    assert (alone.share, together.share) == (1.0, 0.0)


def test_no_estimate_no_joint_test():
    nothing = np.full(2, np.nan), np.full(2, np.nan)
    assert joint_test(nothing, (np.zeros((5, 2)), np.ones((5, 2)))) is None


# -- what moves the answer


def every(log_of, choices, most=500, verdict=lambda value: "yes" if value > 1 else "no"):
    grid, possible = combinations(choices, most=most)
    value = np.exp([log_of(row) for row in grid.astype(str).to_dict("records")])
    table = grid.assign(value=value, ci_low=value / 2, ci_high=value * 2,
                        verdict=[verdict(one) for one in value])  # fmt: skip
    return Multiverse(table, tuple(choices), "ratio", "yes", possible)


CHOICES = {"lag": ["0", "28"], "held equal": ["nothing", "maturity"], "model": ["a", "b", "c"]}


def test_what_moves_the_answer_is_told_from_what_does_nothing():
    # log ratios: 1.5 or 0.5 by maturity, ± 0.1 by lag: variances 0.25 and 0.01
    effect = {"nothing": 1.5, "maturity": 0.5, "0": 0.1, "28": -0.1}
    many = every(lambda row: effect[row["held equal"]] + effect[row["lag"]], CHOICES)
    moves = many.moves().set_index("choice")
    assert moves.index.tolist() == ["held equal", "lag", "model"]
    np.testing.assert_allclose(moves["share_of_spread"], [0.25 / 0.26, 0.01 / 0.26, 0], atol=1e-12)
    assert moves.loc["held equal", ["lowest", "from", "highest", "to"]].tolist() == [
        "maturity", "1.65", "nothing", "4.48",
    ]  # fmt: skip
    assert many.agreement == (12, 12)
    assert "What moves them most: held equal" in many.text


def test_a_sample_in_which_options_come_together_misleads_no_one():
    """The lag does nothing; in the sample it stands mostly beside the one that does."""
    many = every(lambda row: float(row["held equal"] == "nothing"), CHOICES)
    some = many.table.iloc[[0, 1, 2, 3, 9, 10, 11]]
    moves = Multiverse(some, many.choices, "ratio", "yes", 12).moves().set_index("choice")
    assert moves.loc["lag", "share_of_spread"] == pytest.approx(0, abs=1e-12)
    assert moves.loc["lag", "from"] == moves.loc["lag", "to"]


def test_the_text_counts_who_agrees_and_says_that_it_is_a_sample():
    many = every(lambda row: 1.0 if row["lag"] == "0" else -1.0, CHOICES, most=8)
    agree = int((many.table["lag"] == "0").sum())
    assert many.text.startswith(
        f"{agree} of 8 defensible analyses, drawn from 12, agree with “yes”; {8 - agree} say “no”."
    )


def test_analyses_without_a_number_are_counted_and_moved_by_nothing():
    many = every(lambda row: -np.inf, CHOICES)
    assert many.agreement == (0, 12)
    assert many.moves().empty
    assert many.text == "0 of 12 defensible analyses agree with “yes”; 12 say “no”."


def test_a_curve_of_no_number_says_so():
    many = every(lambda row: -np.inf, CHOICES)
    fig, ax = plt.subplots(layout="constrained")
    figures.specification_curve(many.table, ax, choices=many.choices, verdict="yes")
    assert [text.get_text() for text in ax.texts] == ["No analysis could be done."]
    plt.close(fig)


def test_a_sample_holds_some_of_every_option_that_makes_sense():
    choices = {"lag": ["0", "14", "28"], "date": list("abcdefgh"), "model": ["Cox", "rare"]}
    some, possible = combinations(
        choices,
        most=20,
        sensible=lambda grid: ((grid["model"] != "rare") | (grid["date"] == "h")).to_numpy(),
    )
    assert (len(some), possible) == (20, 27)
    assert (some["model"] == "rare").any() and set(some["date"]) == set(choices["date"])
    assert set(some["lag"]) == set(choices["lag"])
