"""The rules of suspicious patterns as pure functions of counts: by hand, and at their limits."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency, mannwhitneyu

from csresearch.data_report.lexis import Lexis
from csresearch.data_report.missingness import unevenness
from csresearch.data_report.suspicions.cells import scale_change
from csresearch.data_report.suspicions.dates import calendar_share, month_spikes
from csresearch.data_report.suspicions.leaks import concordance, extreme_levels
from csresearch.data_report.suspicions.recording import first_month


def classes(*rows):
    return pd.DataFrame(rows, columns=["n", "churned"])


def test_concordance_by_hand():
    # scores 0, 5, 10; left 20, 10, 0; stayed 0, 10, 20: of 900 pairs the one who left is higher
    # in none, ties in 10 · 10
    assert concordance(classes((20, 20), (20, 10), (20, 0))) == pytest.approx(50 / 900)
    assert concordance(classes((19, 19), (40, 0))) is None  # too few left
    assert concordance(classes()) is None


def test_concordance_against_another_implementation():
    rng = np.random.default_rng(4)
    n = rng.integers(5, 40, 12)
    left = rng.binomial(n, np.linspace(0.1, 0.8, 12))
    score = np.repeat(np.arange(12), n)
    gone = np.concatenate([np.arange(k) < c for k, c in zip(n, left, strict=True)])
    found = concordance(pd.DataFrame({"n": n, "churned": left}))
    u = mannwhitneyu(score[gone], score[~gone]).statistic
    assert found == pytest.approx(u / (gone.sum() * (~gone).sum()))


def level(**row):
    base = {"column": "plan", "ordered": False, "n": 30, "churned": 30, "log_stay": -30.0}
    return pd.DataFrame([base | {"log_leave": -30.0, "low": None, "high": None} | row])


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({}, 1),
        ({"churned": 0}, 1),
        ({"churned": 29}, 0),  # 97 % is not almost everybody
        ({"n": 19, "churned": 19}, 0),
        ({"log_leave": -13.0}, 0),  # as in 2 in a million such levels
        ({"log_leave": -14.0}, 1),
        ({"column": "efforts.kind", "churned": 0}, 0),  # who stays has more events
        ({"column": "efforts.kind"}, 1),
    ],
)
def test_a_level_is_told_when_almost_all_or_none_left_and_chance_would_not_do_it(row, told):
    assert len(extreme_levels(level(**row))) == told


def cells(*rows):
    return pd.DataFrame(rows, columns=["start", "churned", "n", "empty"])


def test_uneven_empty_cells_by_hand():
    one = unevenness(cells((0, True, 100, 60), (0, False, 100, 20)))
    assert (one.share_left, one.share_kept) == (0.6, 0.2)
    assert one.difference_within == pytest.approx(0.4)
    # Cochran–Mantel–Haenszel of one table is its chi-square times (n − 1) ÷ n
    pearson = chi2_contingency([[60, 40], [20, 80]], correction=False)
    assert pearson.statistic == pytest.approx(100 * 100 * 200 * (0.4 * 100) ** 2 / (80 * 120 * 1e4))
    assert one.p_value == pytest.approx(pearson.pvalue, rel=0.35) and one.p_value < 1e-7


def test_a_difference_between_years_is_no_difference_within_them():
    # recording began later: before it all are empty and most left, after it none
    one = unevenness(
        cells((0, True, 90, 90), (0, False, 10, 10), (60, True, 10, 0), (60, False, 90, 0))
    )
    assert one.difference == pytest.approx(0.8) and one.p_value < 1e-20
    assert one.difference_within == 0 and one.p_value_within == 1


def test_all_empty_none_empty_or_one_kind_of_customer_is_no_difference():
    assert unevenness(cells((0, True, 5, 5), (0, False, 5, 5))) is None
    assert unevenness(cells((0, True, 5, 0), (0, False, 5, 0))) is None
    assert unevenness(cells((0, True, 5, 2))) is None


def test_month_spikes_are_held_against_their_neighbours():
    steady = np.full(24, 10)
    assert month_spikes(steady) == []
    assert month_spikes(np.where(np.arange(24) == 0, 90, steady)) == [0]
    growth = np.round(2 * 1.2 ** np.arange(24)).astype(int)  # 2 to 132 in two years
    assert month_spikes(growth) == []
    assert month_spikes(np.array([500])) == []


def test_calendar_share_by_hand():
    # 2024-01-31 to 2024-02-29 is 30 days with two month ends and one first day
    span = pd.DatetimeIndex(["2024-01-31", "2024-02-29"])
    assert calendar_share(span, "is_month_end") == pytest.approx(2 / 30)
    assert calendar_share(span, "is_month_start") == pytest.approx(1 / 30)


def months(*rows):
    return pd.DataFrame(rows, columns=["month", "answered", "high", "mean", "spread"])


def test_a_scale_that_changes_is_dated():
    ten, five = (80, 10.0, 7.3, 1.9), (80, 5.0, 3.9, 0.9)
    changed = months((1, *ten), (2, *ten), (3, *five), (4, *five))
    assert scale_change(changed) == (3, 10.0, 5.0)
    assert scale_change(changed.iloc[:2]) is None
    few = months((1, *ten), (2, 10, 5.0, 3.9, 0.9))
    assert scale_change(few) is None
    lower = months((1, *ten), (2, 80, 5.0, 7.0, 1.0))  # a lower top with the same mean: by chance
    assert scale_change(lower) is None


def lexis(*rows):
    columns = ["start", "entry", "exit", "churned", "n"]
    return Lexis.of(SimpleNamespace(customers=pd.DataFrame(rows, columns=columns)))


def test_customer_months_by_hand():
    # two who start in month 100 and leave in 102, three who start in 101 and are here until 103
    one = lexis((100, 100, 102, True, 2), (101, 101, 103, False, 3))
    assert one.first == 100
    assert one.at_risk[1].tolist() == [[2, 2, 2, 0], [0] * 4, [0] * 4, [0] * 4]
    assert one.at_risk[0].tolist() == [[0] * 4, [0, 3, 3, 3], [0] * 4, [0] * 4]
    late = lexis((100, 102, 103, False, 5))  # observed from month 102 only
    assert late.at_risk[0][0].tolist() == [0, 0, 5, 5]
    assert lexis((-1, -1, -1, True, 4)) is None


def test_expected_events_at_the_same_tenure_by_hand():
    one = lexis((100, 100, 103, False, 10), (102, 102, 103, False, 20))
    events = one.events(
        pd.DataFrame({"start": [102, 102], "month": [102, 103], "churned": False, "n": [4, 2]}),
        "month",
    ).sum(axis=0)
    at_risk = one.at_risk.sum(axis=0)
    before = np.arange(4) < 2
    # rates from month 102 on: tenure 0 is 4 in 20, tenure 1 is 2 in 20; before, 10 customers each
    expected = one.expected(at_risk * before, events * ~before, at_risk * ~before)
    assert expected == pytest.approx(10 * 4 / 20 + 10 * 2 / 20)


def test_recording_begins_where_hardly_any_events_lie_before():
    assert first_month(np.array([0, 0, 50, 50])) == 2
    assert first_month(np.array([1, 0, 100, 100])) == 2  # a stray one
    assert first_month(np.array([10, 10])) == 0
