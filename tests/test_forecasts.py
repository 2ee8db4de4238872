"""Forecasts scored: hit rates, balanced accuracy, calibration, Brier score and skill.

Closed formulas 1e-12; 1e-10 against scikit-survival.
"""

import numpy as np
import pandas as pd
import pytest
from lifelines.datasets import load_lung
from survival_frames import oracle

from csresearch.concentration import BandChurn, churn_by_horizon
from csresearch.events import EventTable
from csresearch.forecasts import (
    brier_parts,
    brier_score,
    brier_skill,
    calibration,
    hit_rates,
    weighted_brier_score,
)

R = oracle("forecasts")
SAID = {"will not": 0.9, "maybe": 0.5, "will": 0.1}


def counted(will_not=(40, 30), will=(60, 15), maybe=None):
    """Customers and churned of each judgement, all followed to the end."""
    parts = {"will not": will_not, "will": will} | ({"maybe": maybe} if maybe else {})
    return BandChurn.from_counts(list(parts), *zip(*parts.values(), strict=True))


def made(seed, n=600, lost=0.6):
    """Customers by judgement with true rates, some lost from sight before day 365."""
    rng = np.random.default_rng(seed)
    said = rng.choice(["will", "will not"], n, p=[0.6, 0.4])
    leave = np.ceil(rng.exponential(np.where(said == "will", 1500, 400)))
    until = np.where(rng.random(n) < lost, np.ceil(rng.uniform(30, 700, n)), 900)
    rows = pd.DataFrame({"said": said, "start": 0.0, "stop": np.minimum(leave, until)})
    return rows.assign(event=leave <= until, leave=leave)


def table_of(rows):
    return EventTable.from_episodes(rows, start="start", stop="stop", event="event", by=["said"])


def by_horizon(rows, horizon=365.0):
    return churn_by_horizon(table_of(rows), "said", ("will", "will not"), horizon_days=horizon)


# by hand


def test_a_two_by_two_table_by_hand():
    # judged to fail: 30 of 40 did; judged to make it: 45 of 60 did; 45 of 100 failed in all
    rates = hit_rates(counted(), will="will", will_not="will not")
    assert rates.failed_given_will_not.value == pytest.approx(0.75)
    assert rates.stayed_given_will.value == pytest.approx(0.75)
    assert (rates.failed_at_all.value, rates.stayed_at_all.value) == pytest.approx((0.45, 0.55))
    assert rates.failed_above_base.value == pytest.approx(0.30)
    assert rates.stayed_above_base.value == pytest.approx(0.20)
    # sensitivity 30/45, specificity 45/55
    assert rates.sensitivity.value == pytest.approx(2 / 3)
    assert rates.specificity.value == pytest.approx(9 / 11)
    assert rates.balanced_accuracy.value == pytest.approx((2 / 3 + 9 / 11) / 2)
    # with nobody censored these are binomial shares: √(2/3 · 1/3 / 45), √(9/11 · 2/11 / 55)
    errors = np.sqrt(2 / 9 / 45), np.sqrt(18 / 121 / 55)
    assert rates.sensitivity.std_error == pytest.approx(errors[0], rel=1e-10)
    assert rates.specificity.std_error == pytest.approx(errors[1], rel=1e-10)
    assert rates.balanced_accuracy.std_error == pytest.approx(np.hypot(*errors) / 2, rel=1e-10)
    assert rates.undecided == 0


def test_the_undecided_are_counted_and_kept_out_of_accuracy():
    rates = hit_rates(counted(maybe=(100, 40)), will="will", will_not="will not")
    assert rates.undecided == 0.5 and rates.sensitivity.value == pytest.approx(2 / 3)
    assert rates.failed_at_all.value == pytest.approx(85 / 200)


def test_brier_by_hand():
    # 30 · 0.1² + 10 · 0.9² + 15 · 0.9² + 45 · 0.1² = 21 over 100
    churn = counted()
    assert brier_score(churn, SAID).value == pytest.approx(0.21)
    # the base rate scores 0.45 · 0.55
    assert brier_skill(churn, SAID).value == pytest.approx(1 - 0.21 / 0.2475)
    # told 0.75 and 0.25, which is what happened: 0.75 · 0.25 everywhere
    assert brier_skill(churn).value == pytest.approx(1 - 0.1875 / 0.2475)
    parts = brier_parts(churn, SAID)
    assert parts["reliability"] == pytest.approx(0.15**2)
    assert parts["resolution"] == pytest.approx(0.4 * 0.3**2 + 0.6 * 0.2**2)
    assert parts["uncertainty"] == pytest.approx(0.2475)


def test_calibration_by_hand():
    frame = calibration(counted(), SAID)
    assert frame["band"].tolist() == ["will", "will not"]
    assert frame["failed"].tolist() == [0.25, 0.75]
    assert frame["share_of_customers"].tolist() == pytest.approx([0.6, 0.4])
    assert (frame["ci_low"] < frame["failed"]).all() and (frame["failed"] < frame["ci_high"]).all()


# against scikit-survival


def test_lung_against_scikit_survival():
    rows = load_lung()
    rows = rows[rows["ph.ecog"].isin([0, 1, 2])].reset_index(drop=True)
    assert (len(rows), rows["time"].sum()) == (R["n"], R["time_sum"])
    rows["stop"] = rows["time"] + np.arange(len(rows)) * 1e-3
    rows["said"] = rows["ph.ecog"].astype(int).astype(str)
    table = table_of(rows.assign(start=0.0, event=rows["status"]))
    for day, score in zip(R["day"], R["score"], strict=True):
        found = weighted_brier_score(table, "said", R["forecast"], horizon_days=day)
        assert found == pytest.approx(score, rel=1e-10)


# slow references


@pytest.mark.parametrize("seed", range(3))
def test_customer_by_customer_with_weights_within_groups(seed):
    """Graf's sum with a censoring curve for each judgement is the closed form."""
    rows, horizon = made(seed), 365.0
    total = 0.0
    for said, group in rows.groupby("said"):
        day, event = group["stop"].to_numpy(), group["event"].to_numpy()
        steps = {}
        for at in sorted(set(day[~event])):  # those who leave on a day go before the censored
            here = (day > at) | ((day == at) & ~event)
            steps[at] = 1 - ((day == at) & ~event).sum() / here.sum()
        for row in group.itertuples():
            if row.stop > horizon:
                total += SAID[said] ** 2 / np.prod(
                    [step for at, step in steps.items() if at <= horizon]
                )
            elif row.event:
                total += (1 - SAID[said]) ** 2 / np.prod(
                    [step for at, step in steps.items() if at < row.stop]
                )
    assert brier_score(by_horizon(rows), SAID).value == pytest.approx(total / len(rows), rel=1e-12)


def test_one_group_or_nobody_lost_both_scores_agree():
    for rows in (made(4).assign(said="will"), made(5, lost=0.0)):
        bands = sorted(rows["said"].unique())
        churn = churn_by_horizon(table_of(rows), "said", bands, horizon_days=365)
        weighted = weighted_brier_score(table_of(rows), "said", SAID, horizon_days=365)
        assert brier_score(churn, SAID).value == pytest.approx(weighted, rel=1e-12)


def test_intervals_hold_what_they_promise():
    """Over 150 companies the spread of each number is its standard error, within a sixth."""
    found = {"balanced_accuracy": [], "skill": [], "failed_above_base": []}
    for seed in range(150):
        churn = by_horizon(made([1, seed]))
        rates = hit_rates(churn, will="will", will_not="will not")
        found["balanced_accuracy"].append(rates.balanced_accuracy)
        found["failed_above_base"].append(rates.failed_above_base)
        found["skill"].append(brier_skill(churn, SAID))
    for name, several in found.items():
        spread = np.std([one.value for one in several], ddof=1)
        said = np.sqrt(np.mean([one.std_error**2 for one in several]))
        assert said == pytest.approx(spread, rel=0.16), name
    will, will_not = (1 - np.exp(-365 / days) for days in (1500, 400))
    both = 0.6 * will + 0.4 * will_not
    truth = (0.4 * will_not / both + 0.6 * (1 - will) / (1 - both)) / 2
    inside = [one.ci_low < truth < one.ci_high for one in found["balanced_accuracy"]]
    assert 0.90 < np.mean(inside) < 0.995


# invariants


def test_parts_add_up_and_skill_is_score_over_score():
    churn = by_horizon(made(8))
    parts = brier_parts(churn, SAID)
    whole = parts["reliability"] - parts["resolution"] + parts["uncertainty"]
    assert parts["score"] == pytest.approx(whole) == pytest.approx(brier_score(churn, SAID).value)
    assert brier_skill(churn, SAID).value == pytest.approx(1 - whole / parts["uncertainty"])


def test_skill_beyond_another_grouping():
    """Judgement within maturity: if it only repeats maturity it adds nothing."""
    cells = [("low", "will not"), ("low", "will"), ("high", "will not"), ("high", "will")]
    maturity = dict(zip(cells, ["low", "low", "high", "high"], strict=True))
    repeats = BandChurn.from_counts(cells, [300, 100, 100, 300], [150, 50, 10, 30])
    assert brier_skill(repeats).value > 0.1
    assert brier_skill(repeats, reference=maturity).value == pytest.approx(0, abs=1e-12)
    adds = BandChurn.from_counts(cells, [300, 100, 100, 300], [200, 10, 40, 5])
    skill = brier_skill(adds, reference=maturity)
    assert skill.ci_low > 0.1


def test_swapping_the_labels_mirrors_the_rates():
    churn = by_horizon(made(9))
    rates = hit_rates(churn, will="will", will_not="will not")
    other = hit_rates(churn, will="will not", will_not="will")
    assert other.balanced_accuracy.value == pytest.approx(1 - rates.balanced_accuracy.value)
    assert other.failed_given_will_not.value == pytest.approx(1 - rates.stayed_given_will.value)


# limits and errors


def test_nobody_of_a_judgement_failed():
    rates = hit_rates(counted(will=(60, 0)), will="will", will_not="will not")
    # Clopper–Pearson: 1 − 0.025 ** (1 / 60) could still fail
    assert rates.stayed_given_will.ci_low == pytest.approx(0.025 ** (1 / 60))
    assert rates.stayed_given_will.ci_high == 1 and rates.sensitivity.value == 1
    rows = made(10)
    rows = rows.assign(event=rows["event"] & (rows["said"] == "will not"))
    censored = hit_rates(by_horizon(rows), will="will", will_not="will not").stayed_given_will
    lived = np.minimum(rows.loc[rows["said"] == "will", "stop"], 365).sum()
    assert censored.ci_low == pytest.approx(np.exp(np.log(0.025) / lived * 365), rel=1e-9)


def test_all_followed_to_an_end_that_none_survives():
    rates = hit_rates(counted(will_not=(5, 5)), will="will", will_not="will not")
    assert rates.failed_given_will_not.ci_low == pytest.approx(0.025 ** (1 / 5))


def test_errors():
    churn = counted()
    with pytest.raises(ValueError, match=r"two of \['will not', 'will'\], got 'yes'"):
        hit_rates(churn, will="yes", will_not="will not")
    with pytest.raises(ValueError, match="nobody judged either way failed"):
        hit_rates(counted((40, 0), (60, 0)), will="will", will_not="will not")
    with pytest.raises(ValueError, match=r"got none for \['will'\]"):
        brier_score(churn, {"will not": 0.5})
    with pytest.raises(ValueError, match="between 0 and 1"):
        brier_score(churn, {"will not": 1.5, "will": 0.1})
    with pytest.raises(ValueError, match=r"group of the reference, got none for \['will'\]"):
        brier_skill(churn, reference={"will not": "low"})
    with pytest.raises(ValueError, match="never wrong"):
        brier_skill(counted((40, 0), (60, 0)), SAID)
    rows = made(1)
    late = table_of(rows.assign(start=np.where(rows["stop"] > 50, 20.0, 0.0)))
    with pytest.raises(ValueError, match="enter late"):
        weighted_brier_score(late, "said", SAID, horizon_days=365)
    with pytest.raises(ValueError, match="every group of 'said' needs a forecast"):
        weighted_brier_score(table_of(rows), "said", {}, horizon_days=365)
