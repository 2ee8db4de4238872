"""How wrong the data would have to be, as C1, C2 and C3 tell it of companies."""

from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from one_company import SETTINGS, made_frames

from csresearch import claims
from csresearch.claims import satisfaction_sensitivity as of_satisfaction
from csresearch.claims.histories import default_strata
from csresearch.claims.maturity_sensitivity import unmeasured
from csresearch.claims.results_multiverse import ResultsMultiverse
from csresearch.claims.spells import read_counted_lives
from csresearch.claims.what_if import WhatIf, table_of, told
from csresearch.company import Company
from csresearch.concentration import ShareOfChurn
from csresearch.findings import Estimate, Finding
from csresearch.findings.estimates import Part
from csresearch.findings.labels import fixed, value_text
from csresearch.sensitivity import e_value
from csresearch.simulate import Band, World, simulate

RESULTS, SATISFACTION, MATURITY = "results-retention", "satisfaction-retention", "maturity-churn"
PARTS = {
    RESULTS: ("wrong_data", "placebo", "unmeasured"),
    SATISFACTION: ("wrong_data", "placebo", "silence"),
    MATURITY: ("wrong_data", "placebo", "unmeasured"),
}
EVERY = [(claim, part) for claim, parts in PARTS.items() for part in parts]


@cache
def company():
    """Mistakes in the data, parents, missing maturity, two scales; leaving is announced."""
    frames = made_frames(600)
    customers = frames["customers"]
    ended = pd.to_datetime(customers["ended_on"])
    notice = (ended - pd.Timedelta(60, "D")).where(ended.notna())
    customers["notice_on"] = notice.where(notice >= pd.to_datetime(customers["started_on"]))
    return Company.from_frames(**frames, **SETTINGS)


@cache
def finding(claim):
    return claims.get(claim).estimate(company())


def number(cell):
    """The number of a cell such as "5 %: 1.02" or "30 days: 43.1 %"."""
    text = cell.split(": ")[1]
    return float(text.removesuffix(" %").replace("−", "-")) / (100 if "%" in text else 1)


@pytest.mark.parametrize(("claim", "name"), EVERY)
def test_every_part_tells_its_numbers_and_draws(claim, name):
    part = finding(claim).part(name)
    assert part.text.endswith(".")
    assert "nan" not in repr(part)
    plt.close(part.plot().figure)


@pytest.mark.parametrize("claim", [RESULTS, SATISFACTION, MATURITY])
def test_a_small_error_moves_the_claims_own_number_a_little(claim):
    table = finding(claim).part("wrong_data").table
    own = finding(claim).named("churn-rate ratio per SD of the score") or finding(claim).primary
    for smaller, larger in zip(table["a_little"], table["much"], strict=True):
        assert number(smaller) == pytest.approx(own.value, rel=0.2)
        assert abs(number(smaller) - own.value) <= abs(number(larger) - own.value) + 0.02


def test_where_the_verdict_changes_is_the_first_size_at_which_it_is_another():
    found = tuple(Estimate("ratio", value) for value in (5.0, 4.0, 3.0, 2.0, 1.0))
    verdicts = ("reproduced", "reproduced", "same direction, smaller", "reproduced", "opposite")
    sizes = (0.01, 0.02, 0.05, 0.1, 0.2)
    tips = WhatIf("{} have left", "share", sizes, found, verdicts)
    holds = WhatIf("{} came late", "days", (7, 14, 30, 60, 90), found, ("reproduced",) * 5)
    table = table_of([tips, holds], "reproduced")
    assert table.iloc[0].tolist() == [
        "… have left", "2 %: 4.00", "5 %: 3.00", "20 %: 1.00", "5 %: same direction, smaller",
    ]  # fmt: skip
    assert table["verdict_changes_at"][1] == "not up to 90 days"
    assert told([tips, holds], "reproduced") == (
        "The verdict would be another if 5 % have left (“same direction, smaller”). A size that "
        "changes “reproduced” was found for 1 of 2 errors."
    )
    assert told([holds], "reproduced").startswith("None of the errors tried changes")


# -- C1


def test_leaving_dated_to_the_notice_is_the_analysis_of_the_many_that_dates_it_so():
    own = finding(RESULTS)
    counted = read_counted_lives(company(), default_strata(company()))
    every = ResultsMultiverse(own.primary, counted=counted)
    first = {name: options[0] for name, options in every.choices.items()}
    breslow = first | {"model": "Cox, Breslow"}
    both = [every._estimate(row, every.risk(row)).value for row in (
        breslow, breslow | {"churn date": "day of notice"})]  # fmt: skip
    table = own.part("placebo").table.set_index("label")
    row = table.loc["leaving dated to the notice"]
    assert row["value"] == pytest.approx(own.primary.value * both[1] / both[0], rel=1e-6)
    spells = counted.nth(1)
    late = (spells.notice <= spells.on) & (spells.on < spells.exit)
    assert f"{spells.n[late].sum():.0f} first results were measured between" in (
        own.part("placebo").text
    )
    assert late.any()


def test_results_dealt_at_random_find_one_and_fool_the_plain_comparison():
    table = finding(RESULTS).part("placebo").table.set_index("label")
    for label in ("results dealt to anyone at risk that day", "results on any day"):
        row = table.loc[label]
        assert row["ci_low"] < 1 < row["ci_high"]
        assert row["value"] == pytest.approx(1.0, abs=0.15)
        assert row["plain"] > 1.2


def test_the_cause_it_takes_is_the_e_value():
    bands = (Band("low", 0.5, 0.10, 0.03, low=True), Band("high", 0.5, 0.04, 0.10))
    world = World("kept", "", n_customers=600, bands=bands, lifetime_ratio=4.0)
    made = simulate(world, seed=1)
    firm = Company.from_frames(made.customers, made.results, **made.config)
    own = claims.get(RESULTS).estimate(firm)
    part = own.part("unmeasured")
    known = e_value(own.primary).value
    assert f"from {fixed(known, 1)} on nothing is left" in part.text
    curves = part.draw.args[0]
    nothing = curves[curves["label"] == "nothing is left"]
    assert nothing["corner"].iloc[0] == pytest.approx(known)
    near = nothing.iloc[(nothing["more_common"] - known).abs().argmin()]
    assert near["multiplies"] == pytest.approx(known, rel=0.1)
    # maturity is held equal: it was worth something, and is drawn as a yardstick
    assert "A yardstick: holding maturity" in part.text
    assert curves["yardstick"].any()
    plt.close(part.plot().figure)


def test_an_interval_that_holds_one_leaves_nothing_to_explain():
    assert finding(RESULTS).primary.ci_low < 1 < finding(RESULTS).primary.ci_high
    assert "nothing to explain away" in finding(RESULTS).part("unmeasured").text


# -- C2


def test_recounted_answers_are_the_claims_own():
    own = finding(SATISFACTION)
    made = own.part("silence")
    d = own.primary
    assert "Somers' D of everybody lies between" in made.text
    assert list(made.table["less_satisfied_by"]) == list(of_satisfaction.DELTAS)
    low, high = made.draw.keywords["bounds"]
    assert low < d.value < high
    assert made.table["value"].between(low, high).all()
    # nobody less satisfied: those who are silent are as those like them who answered
    assert made.table["value"][0] == pytest.approx(d.value, abs=0.03)
    assert made.table["value"].iloc[-1] != pytest.approx(made.table["value"][0], abs=0.01)


def test_dealt_scores_have_no_link():
    table = finding(SATISFACTION).part("placebo").table
    for (_, own), (_, dealt) in zip(table[::2].iterrows(), table[1::2].iterrows(), strict=True):
        null = 1.0 if own["scale"] == "ratio" else 0.0
        assert dealt["ci_low"] < null < dealt["ci_high"]


# -- C3


def test_bands_nobody_recorded_widen_the_share_to_bounds_around_it():
    own = finding(MATURITY)
    text = own.part("wrong_data").text
    assert "Whatever the bands are that were not recorded, the share lies between" in text
    low, high = (float(x) for x in text.split("between ")[1].rstrip(" %.").split(" % and "))
    assert low / 100 < own.primary.value < high / 100


def test_the_cause_it_takes_to_explain_a_share():
    # a share of 75 % of churn with 50 % of customers is a risk ratio of 3
    one = Estimate("share", 0.75, 0.7, 0.8, scale="share")
    half = Estimate("customers", 0.5, scale="share")
    gap = Estimate("difference", 0.25, 0.2, 0.3, scale="points")
    part = unmeasured(ShareOfChurn(one, half, gap, 0.0, 365.0))
    corner = 3 + (3 * 2) ** 0.5
    assert f"from {fixed(corner, 1)} on no more than its share is left" in part.text
    # twice as common and twice as strong: 3 ÷ (4 ÷ 3) = 2.25, a share of 2.25 ÷ 3.25
    row = part.table.set_index("a cause that").loc["multiplies leaving by 2"]
    assert row["2 times as common"] == value_text(2.25 / 3.25, "share", exact=True)
    level = ShareOfChurn(half, half, gap, 0.0, 365.0)
    assert "nothing to explain away" in unmeasured(level).text


# -- too little


def test_where_nobody_left_there_is_nothing_to_put_to_the_test():
    n = 30
    customers = pd.DataFrame({"customer_id": range(n), "started_on": "2023-01-01"})
    results = pd.DataFrame({"customer_id": [1, 2], "reached_on": "2023-02-01", "result": "a"})
    surveys = pd.DataFrame({"customer_id": [1, 2], "surveyed_on": "2023-02-01", "score": [1, 2]})
    firm = Company.from_frames(
        customers.assign(ended_on=None), results, surveys, observed_until="2024-12-31"
    )
    for claim in (RESULTS, SATISFACTION):
        own = claims.get(claim).estimate(firm)
        for name in PARTS[claim]:
            assert "to put to the test" in own.part(name).text
            plt.close(own.part(name).plot().figure)


def test_everybody_answered_and_few_customers_do():
    rng = np.random.default_rng(1)
    n = 60
    start = pd.Timestamp("2023-01-01")
    ends = start + pd.to_timedelta(rng.integers(40, 900, n), "D")
    customers = pd.DataFrame(
        {"customer_id": range(n), "started_on": start, "ended_on": ends.where(ends < "2024-12-31")}
    )
    surveys = pd.DataFrame(
        {"customer_id": range(n), "surveyed_on": "2023-02-01", "score": rng.integers(0, 11, n)}
    )
    firm = Company.from_frames(customers, surveys=surveys, observed_until="2024-12-31")
    own = claims.get(SATISFACTION).estimate(firm)
    assert own.part("silence").text.startswith("Everybody who was here")
    assert len(own.part("wrong_data").table) == 5


def test_a_saved_finding_says_which_error_would_change_its_verdict(tmp_path):
    tips = "The verdict would be another if 5 % have left (“opposite”) or dates are off."
    parts = {
        "many_analysts": Part("", text="9 of 10 analyses agree with “reproduced”. More."),
        "wrong_data": Part("", text=f"Numbers are ratios. {tips} A size was found for 2 of 7."),
    }
    own = Finding("results-retention", "title", "reproduced", "rule", parts=parts)
    saved = Finding.load(own.save(tmp_path))
    assert saved.analyses == f"9 of 10 analyses agree with “reproduced”. {tips}"
    del parts["wrong_data"]
    assert Finding.load(own.save(tmp_path)).analyses == (
        "9 of 10 analyses agree with “reproduced”."
    )
