"""First answers as counts: which answer counts, its z, its class, its third, how well two agree."""

import numpy as np
import pandas as pd
import pytest

from csresearch.claims.answers import Answers, answer_rows, first_answers, reliability
from csresearch.company import Company


def company(surveys, n=6, **columns):
    """Customers c0, c1, … from 2024-01-01; c0 left on day 100, the others are still here."""
    customers = pd.DataFrame({"customer_id": [f"c{i}" for i in range(n)]})
    ends = ["2024-04-10"] + [None] * (n - 1)
    customers = customers.assign(started_on="2024-01-01", ended_on=ends, **columns)
    return Company.from_frames(customers, surveys=surveys, observed_until="2024-12-31")


def asked(*rows):
    """Surveys from (customer, day of tenure, score, instrument)."""
    frame = pd.DataFrame(rows, columns=["customer_id", "day", "score", "instrument"])
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(frame.pop("day"), unit="D")
    return frame.assign(surveyed_on=day)


def test_the_first_answer_while_at_risk_counts():
    surveys = asked(
        ("c0", 30, None, "nps"),  # invited, no answer
        ("c0", 60, 4, "nps"),
        ("c0", 90, 9, "nps"),
        ("c1", 100, 8, "nps"),
        ("c2", 400, 7, "nps"),  # after the data end
    )
    answers = first_answers(company(surveys))
    frame = answers.frame
    assert frame[["score", "day", "churned", "n"]].to_numpy().tolist() == [
        [4, 40, True, 1],
        [8, 265, False, 1],
    ]
    assert answers.tenures[["score", "day", "churned", "n"]].to_numpy().tolist() == [
        [4, 100, True, 1],
        [8, 365, False, 1],
    ]
    assert frame["months_at_survey"].tolist() == ["0–3", "3–6"]


def test_an_answer_on_or_after_the_exit_or_before_the_entry_does_not_count():
    late = asked(("c0", 100, 4, "nps"), ("c1", 50, 5, "nps"), ("c1", 80, 6, "nps"))
    entry = [None, "2024-03-01", None, None, None, None]  # c1 is seen from day 60
    answers = first_answers(company(late, observed_from=entry))
    assert answers.frame["score"].tolist() == [6]
    assert answers.n_events == 0


def test_two_answers_on_one_day_are_averaged():
    frame = first_answers(company(asked(("c1", 40, 4, "nps"), ("c1", 40, 9, "nps")))).frame
    assert frame["score"].tolist() == [6.5]
    assert frame["n"].tolist() == [1]


def test_z_is_in_standard_deviations_of_its_own_instrument():
    surveys = asked(
        *((f"c{i}", 40, score, "nps") for i, score in enumerate((0, 5, 10))),
        *((f"c{i}", 40, score, "csat") for i, score in ((3, 1), (4, 3))),
        ("c5", 40, 7, None),
    )
    answers = first_answers(company(surveys))
    z = answers.frame.set_index(["instrument", "score"])["z"]
    assert z["nps"].to_dict() == {0: -1, 5: 0, 10: 1}  # mean 5, deviation 5
    assert z["csat"].tolist() == pytest.approx([-(0.5**0.5), 0.5**0.5])  # 2 and √2
    assert z["survey"].tolist() == [0]  # one answer does not vary
    table = answers.per_instrument.set_index("instrument")
    assert table["customers"].to_dict() == {"csat": 2, "nps": 3, "survey": 1}
    assert table["std"].to_dict() == pytest.approx({"csat": 2**0.5, "nps": 5, "survey": 0})


def test_a_fine_score_becomes_101_classes_within_half_a_class():
    rng = np.random.default_rng(1)
    score = np.append(rng.random(498) * 50, [0, 50])
    surveys = asked(*((f"c{i}", 40, x, "nps") for i, x in enumerate(score)))
    classes = first_answers(company(surveys, n=500)).frame
    assert classes["score"].nunique() <= 101
    assert set((classes["score"] / 0.5).round(9) % 1) == {0}
    found = np.sort(np.repeat(classes["score"], classes["n"]))
    assert np.abs(found - np.sort(score)).max() <= 0.25 + 1e-9


def counted(scores, n, instrument="nps"):
    return pd.DataFrame({"instrument": instrument, "score": scores, "n": n})


def test_thirds_by_the_middle_of_each_score():
    frame = pd.concat([counted([1, 2, 3], [4, 4, 4]), counted([1, 9], [1, 9], "csat")])
    group = Answers(frame.reset_index(drop=True), pd.DataFrame()).thirds().frame
    by_score = group.set_index(["instrument", "score"])["group"]
    assert by_score["nps"].tolist() == ["low", "middle", "high"]  # middles 1/6, 1/2, 5/6
    assert by_score["csat"].tolist() == ["low", "middle"]  # middles 0.05 and 0.55


def test_the_clock_starts_at_the_survey():
    table = first_answers(company(asked(("c0", 60, 4, "nps"), ("c1", 100, 8, "nps")))).event_table()
    assert table.exposure == 40 + 265
    assert table.n_events == 1
    assert table.counts.loc[table.counts["entrance"] > 0, "day"].tolist() == [0, 0]


def test_no_answers_is_an_empty_table():
    answers = first_answers(company(asked(("c0", 30, None, "nps"))))
    assert (answers.n_customers, answers.n_events) == (0, 0)
    assert answers.thirds().frame.empty


def test_rows_for_another_road_are_one_per_customer_or_a_fixed_sample():
    surveys = asked(*((f"c{i}", 40, i % 3, "nps") for i in range(30)))
    one = company(surveys, n=30)
    rows = answer_rows(one)
    assert len(rows) == 30 and rows.attrs["customers"] == 30
    assert rows["event_observed"].sum() == 1
    some = answer_rows(one, limit=10)
    assert len(some) == 10 and some.attrs["customers"] == 30
    pd.testing.assert_frame_equal(some, answer_rows(one, limit=10))


def test_agreement_of_two_answers_by_hand():
    first = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    again = [2, 1, 4, 3, 6, 5, 8, 7, 10, 9]
    rows = [(f"c{i}", 40, x, "nps") for i, x in enumerate(first)]
    rows += [(f"c{i}", 80, x, "nps") for i, x in enumerate(again)]
    rows += [(f"c{i}", 90, 0, "nps") for i in range(10)]  # a third answer does not count
    rows += [("c0", 85, 3, "csat")]  # another scale, answered once
    found = reliability(company(asked(*rows), n=10))
    # sums of squares 82.5; every difference is 1, so xy = 82.5 − 10/2 = 77.5
    r = 77.5 / 82.5
    assert found.value == pytest.approx(r)
    reach = 1.959964 / 7**0.5  # ten pairs: √(n − 3)
    assert found.ci_low == pytest.approx(np.tanh(np.arctanh(r) - reach), rel=1e-6)
    assert reliability(company(asked(*rows[:9], *rows[10:19]), n=10)) is None  # nine pairs
