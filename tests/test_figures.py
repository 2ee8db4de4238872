"""Pictures hold the numbers they are given, say why they are empty, and never overlap labels."""

from itertools import combinations

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Annotation

from csresearch import figures
from csresearch.figures.style import percent_axis, spread, wrapped
from csresearch.findings import Estimate, Finding
from csresearch.findings.strip import round_values, strip_of, strip_of_estimate

matplotlib.use("agg")
SIX = {"null": 1, "smallest_effect": 1.25, "claimed_region": (4.5, 8), "role": "primary"}


@pytest.fixture
def ax():
    yield plt.subplots(figsize=(8, 4), layout="constrained")[1]
    plt.close("all")


def words(ax):
    return [text.get_text() for text in ax.texts]


def table(*rows, **columns):
    return pd.DataFrame(rows, columns=["label", "value", "ci_low", "ci_high"]).assign(**columns)


def finding(value, low, high, naive=6.7, no_effect=5.9):
    estimates = [Estimate("lifetime ratio", value, low, high, **SIX)]
    estimates.append(Estimate("ever", naive, role="naive"))
    estimates.append(Estimate("no effect", no_effect, role="no_effect"))
    return Finding("results-retention", "t", "inconclusive", "the rule", tuple(estimates))


CASES = {
    "ours": (3.21, 3.01, 3.41),
    "as claimed": (6.0, 5.5, 6.6),
    "none": (1.02, 0.93, 1.1),
    "opposite": (0.5, 0.3, 0.8),
    "vast": (2.5, 0.001, 4000.0),
    "beyond": (40.0, 30.0, 55.0, 61.0, 60.0),
    "together": (5.9, 5.8, 6.0, 6.0, 5.9),
    "far apart": (1.0, 0.9, 1.1, 80.0, 0.02),
}


def boxes(ax):
    """Return the boxes of all words drawn: marks, region, null and ticks."""
    ax.figure.canvas.draw()
    renderer = ax.figure.canvas.get_renderer()
    labels = [label for label in ax.get_xticklabels() if label.get_text()]
    return {t.get_text(): t.get_window_extent(renderer) for t in [*ax.texts, *labels]}


@pytest.mark.parametrize("name", CASES)
def test_interval_picture_never_overlaps_its_labels(name):
    fig, ax = plt.subplots(figsize=(8, 2.4), layout="constrained")
    figures.interval_picture(finding(*CASES[name]), ax)
    found = boxes(ax)
    for (one, first), (other, second) in combinations(found.items(), 2):
        assert not first.shrunk(0.98, 0.9).overlaps(second.shrunk(0.98, 0.9)), (one, other)
    assert all(box.x0 >= -1 and box.x1 <= fig.bbox.x1 + 1 for box in found.values())
    plt.close(fig)


def test_interval_picture_names_what_it_shows(ax):
    figures.interval_picture(finding(3.21, 3.01, 3.41), ax)
    assert set(words(ax)) == {
        "claimed: 4.5 to 8×", "no difference", "plain comparison 6.7×",
        "what no effect would show 5.9×", "your data 3.2×",
    }  # fmt: skip
    assert ax.get_xscale() == "log"
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1×", "2×", "3×", "6×"]
    assert any(np.allclose(line.get_xdata(), [3.01, 3.41]) for line in ax.lines)


def test_interval_picture_of_zero_and_of_shares(ax):
    zero = Estimate("D", 0.01, -0.03, 0.05, scale="correlation", role="primary", null=0,
                    smallest_effect=0.1, claimed_region=(-0.1, 0.1))  # fmt: skip
    figures.interval_picture(Finding("c", "t", "reproduced", "r", (zero,)), ax)
    assert {"counts as zero", "no link", "your data 0.01"} == set(words(ax))
    share = Estimate("share", 0.47, 0.46, 0.48, scale="share", role="primary", null=0.41,
                     smallest_effect=0.51, claimed_region=(0.75, None))  # fmt: skip
    strip = strip_of(Finding("c", "t", "not reproduced", "r", (share,)))
    assert strip.high == 1.0
    assert strip.region == (0.75, 1.0)
    assert strip.too_small == (0.41, 0.51)
    assert (strip.region_text, strip.null_text) == ("claimed: 75 % or more", "share of customers")


def test_interval_picture_without_interval(ax):
    figures.interval_picture(Finding("c", "t", "not answerable", "needs surveys"), ax)
    assert words(ax) == ["No interval to draw: needs surveys"]
    ax.clear()
    figures.interval_picture(finding(None, None, None), ax)
    assert "your data" not in " ".join(words(ax))
    assert "plain comparison 6.7×" in words(ax)


def test_strip_places_and_ticks():
    strip = strip_of(finding(3.21, 3.01, 3.41))
    places = [strip.at(x) for x in (0.0001, 1, 3, 6, 1e6)]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (0.0, 1.0)
    assert strip.beyond(100) and not strip.beyond(3)
    assert 1.0 in [value for value, _ in strip.ticks(3)]
    assert strip_of_estimate(Estimate("x", None)) is None


def test_what_is_open_on_one_side_is_cut_off_there(ax):
    for value, low, high in ((np.inf, 2.14, np.inf), (0.0, 0.0, 3.5)):
        one = finding(value, low, high)
        strip = strip_of(one)
        (mark,) = (mark for mark in strip.marks if mark.kind == "primary")
        assert 0.01 < strip.low < 1 < strip.high < 200
        assert strip.beyond(mark.value) and strip.beyond(mark.high if value else mark.low)
        assert figures.interval_picture(one, ax) is ax
    assert mark.text == "your data 0.00×"
    figures.interval_picture(finding(3.0, 2.0, 4.0, naive=0.0), ax)
    (text,) = (text for text in ax.texts if text.get_text() == "plain comparison 0.00×")
    assert text.xy[0] > 0  # on the paper, at its end
    assert strip_of(finding(np.inf, 2.14, np.inf)).marks[-1].text == "your data 2.1× or more"
    assert round_values((0.88, 1.13), "ratio", 5) == [0.9, 0.95, 1.0, 1.05, 1.1]
    assert round_values((0.37, 1.0), "share", 7) == [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]


def test_spread_keeps_order_gap_and_middle():
    assert spread([0.5, 0.1], 0.1) == [0.5, 0.1]
    moved = spread([0.20, 0.21, 0.22, 0.9], 0.1)
    assert moved == pytest.approx([0.11, 0.21, 0.31, 0.9])
    assert wrapped("one two three", 8) == "one two\nthree"
    assert wrapped("x" * 40, 10) == "x" * 9 + "…"


STEPS = table(
    ("plain: ever had a result", 6.7, 6.2, 7.1),
    ("results count from their day", 2.79, 2.62, 2.97),
    ("same maturity", np.nan, np.nan, np.nan),
    ("results 28 days old", 2.26, 2.1, np.nan),
)


def test_waterfall_falls_from_step_to_step(ax):
    figures.waterfall(STEPS, ax, region=(4.5, 8))
    assert ax.get_yticklabels()[0].get_text() == "plain: ever had a result"
    assert "6.7 (6.2 to 7.1)" in words(ax)
    assert "not estimated" in words(ax)
    xdata = [tuple(line.get_xdata()) for line in ax.lines]
    assert (6.7, 2.79) in xdata and (2.79, 2.26) in xdata


def test_forest_cuts_what_would_squeeze_the_rest(ax):
    figures.forest(table(("a", 2.0, 1.5, 2.7), ("b", 2.0, 1e-9, 1e9)), ax, name="times longer")
    low, high = ax.get_xlim()
    assert low > 0.1 and high < 20
    assert [line.get_marker() for line in ax.lines].count("<") == 1
    assert ax.get_xlabel() == "times longer"


def test_ratio_by_tenure_and_lag_curve(ax):
    bins = table(("0–3", 4.2, 3.8, 4.7), ("3–6", np.nan, np.nan, np.nan), ("later", 1.9, 0.9, 4))
    figures.ratio_by_tenure(bins, ax, overall=3.2, name="lifetime ratio")
    assert {"too few", "over all tenure 3.2×", "no difference"} <= set(words(ax))
    ax.clear()
    lags = pd.DataFrame({"lag_days": [0, 28], "value": [3.2, 2.3], "ci_low": [3.0, 2.1],
                         "ci_high": [3.4, 2.5], "unadjusted": [2.8, 1.9]})  # fmt: skip
    figures.lag_curve(lags, ax)
    assert {"adjusted 2.3×", "unadjusted"} <= set(words(ax))
    ax.clear()
    figures.lag_curve(lags.assign(unadjusted=lags["value"]), ax)
    assert "unadjusted" not in words(ax)


def test_specifications_are_sorted_and_counted(ax):
    many = table(("b", 3.0, 2.0, 4.0), ("a", 1.5, 0.9, 2.4))
    figures.specification_dots(many, ax, chosen=3.0, region=(4.5, 8))
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    assert ax.get_title(loc="left") == "2 analyses, 1 of them beyond 1×"


def test_specifications_of_shares_and_correlations_are_held_against_their_own_no_difference(ax):
    both = table(("low", 0.45, 0.43, 0.47), ("low and middle", 0.80, 0.79, 0.82))
    both = both.assign(difference_from=[-0.02, -0.01])
    figures.specification_dots(both, ax, scale="share", null=0.4536, region=(0.75, 1.0))
    assert ax.get_title(loc="left") == "2 analyses, 0 of them beyond no difference"
    ax.clear()
    links = table(("a", -0.3, -0.4, -0.2), ("b", 0.0, -0.1, 0.1))
    figures.specification_dots(links, ax, scale="correlation", null=0.0, region=(-0.1, 0.1))
    assert ax.get_title(loc="left") == "2 analyses, 1 of them beyond no difference"


def curve(rate, days=(0, 100, 200, 400), at_risk=(900, 800, 400, 3)):
    survival = np.exp(-rate * np.array(days))
    return pd.DataFrame({"day": days, "survival": survival, "ci_low": survival - 0.02,
                         "ci_high": survival + 0.02, "at_risk": at_risk})  # fmt: skip


def test_survival_curves_name_their_ends_and_count_who_is_at_risk(ax):
    figures.survival_curves({"with results": curve(0.0010), "without results": curve(0.0011)}, ax)
    ends = [t for t in ax.texts if "results" in t.get_text()]
    assert [t.get_text() for t in ends] == ["with results 67 %", "without results 64 %"]
    assert abs(ends[0].xy[1] - ends[1].xy[1]) >= 0.06
    assert "at risk" in words(ax) and "800" in words(ax) and "<5" in words(ax)
    assert ax.get_ylim() == (0, 1.02)
    found = boxes(ax)
    assert not found["with results 67 %"].overlaps(found["without results 64 %"])


def test_survival_curves_end_at_the_horizon(ax):
    figures.survival_curves({"all": curve(0.001)}, ax, horizon_months=6, at_risk=False)
    assert ax.get_xlim() == (0, 6)
    assert "at risk" not in words(ax)


BANDS = pd.DataFrame({"band": ["low", "middle", "high"], "share_of_customers": [0.41, 0.43, 0.16],
                      "share_of_churn": [0.47, 0.39, 0.14]})  # fmt: skip


def test_share_beside_share(ax):
    figures.share_beside_share(BANDS.assign(ci_low=0.1, ci_high=0.5), ax, claimed_from=0.75)
    assert {"41 % of customers", "47 % of churn", "39 %"} <= set(words(ax))
    assert "the claim: 75 % or more from the lowest" in words(ax)
    assert [bar.get_width() for bar in ax.patches][:3] == [0.41, 0.43, 0.16]


def test_rates_and_concentration(ax):
    figures.rates_by_band(table(("low", 0.043, 0.041, 0.045), ("high", 0.0, 0.0, np.nan)), ax)
    assert words(ax) == ["4.3 %", "0.0 %"]
    assert ax.get_xlim()[0] == 0
    ax.clear()
    curve_ = pd.DataFrame({"band": ["", "low", "high"], "share_of_customers": [0, 0.4, 1],
                           "share_of_churn": [0, 0.47, 1]})  # fmt: skip
    figures.concentration_curve(curve_, ax)
    assert words(ax) == ["spread evenly", "low: 47 % of churn\nfrom 40 % of customers"]


CURVES = {
    "low leaves": ([0.45, 0.80], [0.82, 0.95]),
    "evenly": ([0.4536, 0.8042], [0.450, 0.801]),
    "high leaves": ([0.30, 0.70], [0.10, 0.40]),
    "close": ([0.08, 0.20, 0.50, 0.90], [0.30, 0.60, 0.80, 0.97]),
}


@pytest.mark.parametrize("name", CURVES)
def test_concentration_labels_keep_apart_and_inside(name):
    x, y = ([0.0, *shares, 1.0] for shares in CURVES[name])
    points = pd.DataFrame({"band": ["", *"abcde"][: len(x)], "share_of_customers": x,
                           "share_of_churn": y})  # fmt: skip
    fig, ax = plt.subplots(figsize=(5.0, 4.6), layout="constrained")
    figures.concentration_curve(points, ax)
    found = boxes(ax)
    for (one, first), (other, second) in combinations(found.items(), 2):
        if "spread evenly" not in (one, other):  # at a slant: its box is larger than its letters
            assert not first.overlaps(second), (one, other)
    frame = ax.get_window_extent()
    assert all(box.x0 >= frame.x0 and box.x1 <= fig.bbox.x1 for t, box in found.items() if "f" in t)
    plt.close(fig)


@pytest.mark.parametrize("months", [2, 11, 37, 48, 57, 60, 200])
def test_any_number_of_months_gets_its_ticks(ax, months):
    rows = pd.DataFrame({"month": pd.date_range("2019-02", periods=months, freq="MS"),
                         "started": 5, "churned": 1})  # fmt: skip
    figures.starts_and_churn(rows, ax)
    assert 2 <= len(ax.get_xticks()) <= 12


def test_coverage_pictures(ax):
    months = pd.DataFrame({"month": ["2023-01", "2023-02", "2023-03"], "started": [5, 9, 4],
                           "churned": [0, 1, 3]})  # fmt: skip
    figures.starts_and_churn(months, ax)
    assert words(ax) == ["started", "left"]
    ax.clear()
    tenure = pd.DataFrame({"months": [0, 3, 6], "left": [10, 5, 0], "still_here": [3, 4, 1200]})
    figures.tenure_histogram(tenure, ax)
    assert words(ax) == ["1,207 still here", "15 left"]
    assert sum(bar.get_height() for bar in ax.patches) == 1222


STATES = pd.DataFrame(
    [("month 0–3", 6.0, 1.5), ("month 3+", 4.0, np.nan)],
    columns=["label", "rate_without", "rate_with"],
)
PLAIN = pd.DataFrame(
    [("rate", 6.0, 5.8, 5.0, 6.8), ("median", 3.0, None, None, None), ("mean", None, 2, 1, 3)],
    columns=["label", "plain", "no_effect", "no_effect_low", "no_effect_high"],
)
ZERO = table(("D", 0.05, 0.0, 0.10), ("ratio", 1.0, 0.9, 1.11)).assign(
    scale=["correlation", "ratio"], low_bound=[-0.10, 0.90], high_bound=[0.10, 1.11]
)
SCORES = pd.DataFrame(
    [("csat", 1.0, 5, 0.4), ("nps", 0.0, 30, 0.5), ("nps", 10.0, 70, 0.1)],
    columns=["instrument", "score", "n", "share_left"],
)


def test_rates_by_state_are_bars_with_their_number(ax):
    figures.rates_by_state(STATES, ax)
    assert words(ax) == ["6.0", "4.0", "1.5", "–", "without results", "with results"]
    assert [bar.get_height() for bar in ax.patches] == [6.0, 4.0, 1.5, 0.0]


def test_plain_ratios_stand_beside_what_no_effect_would_show(ax):
    figures.naive_beside_no_effect(PLAIN, ax)
    assert words(ax) == ["plain 6.0×", "if results did nothing 5.8×", "plain 3.0×"]
    drawn = [tuple(np.ravel(line.get_xdata())) for line in ax.lines]
    assert (6.0,) in drawn and (5.8,) in drawn and (5.0, 6.8) in drawn
    assert ax.get_xlim()[0] < 1 and ax.get_xlim()[1] > 6.8


def test_practical_zero_is_drawn_in_units_of_the_bounds(ax):
    figures.practical_zero(ZERO, ax)
    drawn = np.concatenate([np.ravel(line.get_xdata()) for line in ax.lines]).round(9)
    # D 0.05 (0 to 0.10) of 0.10 is 0.5 (0 to 1); the ratio's interval is its bounds: −1 to 1
    assert {0.5, 1.0, -1.0, 0.0} <= set(drawn.tolist())
    assert words(ax) == ["practically zero", "0.050", "1.00"]
    assert [label.get_text() for label in ax.get_xticklabels()] == [
        "lower bound",
        "zero",
        "upper bound",
    ]


def test_practical_zero_holds_an_interval_that_does_not_end(ax):
    wide = table(("ratio", 3.0, 0.0, 9000.0)).assign(scale="ratio", low_bound=0.9, high_bound=1.11)
    figures.practical_zero(wide, ax)
    ax.figure.canvas.draw()
    assert ax.get_xlim() == (-6, 6)


def test_score_histogram_draws_the_instrument_with_most_answers(ax):
    figures.score_histogram(SCORES, ax)
    assert words(ax) == ["50 %", "10 %"]
    assert [bar.get_height() for bar in ax.patches] == [30, 70]
    assert ax.get_xlabel() == "score (nps)"
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "10"]


EMPTY_CELLS = pd.DataFrame(
    [("customers.plan", 0.2, 0.1), ("surveys.score", 0.5, 0.5)],
    columns=["column", "share_of_left", "share_of_stayed"],
)
ACTIVITY = pd.DataFrame(
    {"month": pd.date_range("2024-01", periods=4, freq="MS"), "results": [1.0, 2.0, 4.0, np.nan],
     "efforts": [0.0, 0.0, 0.0, 0.0]}
)  # fmt: skip
RESPONSES = pd.DataFrame(
    {"month": pd.date_range("2024-01", periods=3, freq="MS"), "asked": [4, 0, 6],
     "answered": [3, 0, 2]}
)  # fmt: skip


def test_empty_cells_stand_side_by_side_for_who_left_and_who_stayed(ax):
    figures.empty_cells(EMPTY_CELLS, ax)
    drawn = {tuple(line.get_xdata()) for line in ax.lines}
    assert drawn == {(0.2, 0.5), (0.1, 0.5)}
    assert words(ax) == ["left", "stayed"]


def test_each_table_of_events_has_a_strip_scaled_to_its_most(ax):
    figures.activity(ACTIVITY, ax)
    assert words(ax) == [
        "results: at most 4 a month for every 100 customers",
        "efforts: at most 0 a month for every 100 customers",
    ]
    assert ax.get_ylim() == (0, 2)


def test_surveys_asked_and_answered_are_counted(ax):
    figures.responses(RESPONSES, ax)
    assert words(ax) == ["10 asked", "5 answered (50 %)"]


EMPTY = table()


@pytest.mark.parametrize(
    ("draw", "data"),
    [
        (figures.forest, EMPTY),
        (figures.waterfall, EMPTY),
        (figures.ratio_by_tenure, EMPTY),
        (figures.lag_curve, EMPTY),
        (figures.specification_dots, EMPTY),
        (figures.survival_curves, {}),
        (figures.share_beside_share, BANDS.assign(share_of_churn=np.nan)),
        (figures.rates_by_band, EMPTY),
        (figures.concentration_curve, BANDS.head(1)),
        (figures.starts_and_churn, pd.DataFrame({"month": [], "started": [], "churned": []})),
        (figures.tenure_histogram, pd.DataFrame({"months": [], "left": [], "still_here": []})),
        (figures.empty_cells, EMPTY_CELLS.head(0)),
        (figures.activity, ACTIVITY.head(0)),
        (figures.responses, RESPONSES.assign(asked=0)),
        (figures.rates_by_state, STATES.assign(rate_without=np.nan, rate_with=np.nan)),
        (figures.naive_beside_no_effect, PLAIN.assign(plain=None)),
        (figures.practical_zero, ZERO.assign(value=None)),
        (figures.score_histogram, SCORES.head(0)),
    ],
)
def test_empty_pictures_say_why(draw, data, ax):
    assert draw(data, ax) is ax
    assert len(words(ax)) == 1 and words(ax)[0].endswith(".")
    assert not isinstance(ax.texts[0], Annotation)


def test_pictures_are_the_same_every_time():
    def pixels():
        fig, ax = plt.subplots(figsize=(8, 4), layout="constrained")
        figures.waterfall(STEPS, ax, region=(4.5, 8))
        fig.canvas.draw()
        array = np.asarray(fig.canvas.buffer_rgba()).copy()
        plt.close(fig)
        return array

    assert np.array_equal(pixels(), pixels())


@pytest.mark.parametrize(("ticks", "told"), [
    ([0, 0.005, 0.01, 0.015], ["0.0 %", "0.5 %", "1.0 %", "1.5 %"]),
    ([0, 0.25, 0.5], ["0 %", "25 %", "50 %"]),
    ([0.0025, 0.005], ["0.25 %", "0.50 %"]),
])  # fmt: skip
def test_ticks_of_shares_are_never_rounded_to_one_another(ax, ticks, told):
    percent_axis(ax, "x").set_xticks(ticks)
    assert [one.get_text() for one in ax.get_xticklabels()] == told
