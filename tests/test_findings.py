"""Findings print rounded and safe, and their JSON follows the published schema."""

import json
import math

import jsonschema
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from csresearch.findings import (
    SCHEMA_PATH,
    VERDICTS,
    Estimate,
    Finding,
    Part,
    findings_document,
    write_json,
)
from csresearch.findings.labels import (
    count_text,
    fixed,
    interval_text,
    mark_text,
    p_value_text,
    table_text,
    value_text,
)

EVIL = "<script>alert('x')</script>"


@pytest.fixture
def finding():
    primary = Estimate(
        "lifetime ratio", np.float64(3.21), 3.01, 3.41, std_error=0.032, role="primary",
        null=1, smallest_effect=1.25, claimed_region=(4.5, 8),
    )  # fmt: skip
    steps = pd.DataFrame({"label": ["naive"], "value": [6.7], "ci_low": [6.2], "ci_high": [7.1]})
    return Finding(
        claim="results-retention",
        title="Customers with results stay about 3 times longer, not six",
        verdict="same direction, smaller",
        rule="the 95 % interval is short of 4.5",
        estimates=[primary, Estimate("ever had a result", 6.7, role="naive")],
        n_customers=np.int64(29411),
        n_events=6974,
        evidence_grade="B",
        evidence_reasons=["a 28-day lag lowers it"],
        sentence="A plain comparison says 6.7 times.",
        action="Plan on three, not six.",
        options={"lag_days": np.int64(0), "since": pd.Timestamp("2013-10-01"), "bad": math.nan},
        company="Open University",
        company_fields={"industry": "education"},
        observed_until="2014-10-01",
        parts={"steps": Part("Step by step", steps, "Each step takes a bias away.")},
    )


@pytest.fixture(scope="module")
def schema():
    return json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("value", "bounds", "scale", "text"),
    [
        (3.2149, (3.01, 3.41), "ratio", "3.2 (3.0 to 3.4)"),
        (0.97, (0.9, 1.04), "ratio", "0.97 (0.90 to 1.04)"),
        (0.4702, (0.46, 0.48), "share", "47 % (46 to 48 %)"),
        (0.0042, (0.001, 0.02), "share", "0.4 % (0.1 to 2.0 %)"),
        (0.06, (-0.05, 0.17), "points", "6 points (−5 to 17 points)"),
        (-0.0501, (-0.1, 0.0), "correlation", "−0.05 (−0.10 to 0.00)"),
        (14.26, (12.04, None), "months", "14.3 months (12.0 or more)"),
        (None, (11.2, None), "months", "not reached (11.2 months or more)"),
        (None, (None, None), "months", "not reached"),
        (None, (None, None), "ratio", "not estimated"),
        (12.0, (None, 14.0), "ratio", "12 (14 or less)"),
        (1234.5, (1000.0, 1400.0), "difference", "1,234 (1,000 to 1,400)"),
        (0.0, (-0.01, 0.01), "correlation", "0.00 (−0.01 to 0.01)"),
    ],
)
def test_intervals_in_words(value, bounds, scale, text):
    assert interval_text(value, bounds, scale) == text


def test_numbers_in_words():
    assert fixed(-0.0001) == "0.00"
    assert value_text(0.0, "share") == "0 %"
    assert value_text(1.0, "share") == "100 %"
    assert value_text(0.996, "share") == "99.6 %"
    assert value_text(None, "ratio") == value_text(math.nan, "ratio") == "–"
    assert value_text(math.inf, "ratio") == "–"
    assert value_text(0.00001, "p_value") == "< 0.001"
    assert [p_value_text(p) for p in (0.0312, 0.0996, 0.5, None)] == ["0.031", "0.10", "0.50", "–"]
    assert mark_text(3.214, "ratio") == "3.2×"
    assert mark_text(None, "ratio") == "–"
    assert count_text(4, smallest_cell=5) == "fewer than 5"
    assert count_text(None) == "–"


def test_the_last_bits_do_not_show():
    """Estimates drift by up to 1e-13 between machines, also where rounding is at its edge."""
    for value in (0.125, 2.25, 3.15, 0.465, 1.95, 10.0):
        for scale in ("ratio", "share", "months", "correlation", "difference"):
            texts = {value_text(value + drift, scale) for drift in (-1e-13, 0, 1e-13)}
            assert len(texts) == 1


def test_table_in_words():
    table = pd.DataFrame(
        {
            "label": ["a", None],
            "value": [2.2, 0.47],
            "ci_low": [1.0, np.nan],
            "scale": ["ratio", "share"],
            "n": [3000, 12],
            "share_of_churn": [0.471, 0.5],
            "p_value": [1e-6, 0.2],
            "proportional": [True, False],
            "median_months": [12.345, np.inf],
        }
    )
    shown = table_text(table)
    assert list(shown.columns) == [
        "label", "value", "from", "customers", "share of churn", "p value", "proportional",
        "median months",
    ]  # fmt: skip
    assert shown.iloc[0].tolist() == [
        "a", "2.20", "1.00", "3,000", "47.1 %", "< 0.001", "yes", "12.3",
    ]  # fmt: skip
    assert shown.iloc[1].tolist() == ["–", "47.0 %", "–", "12", "50.0 %", "0.20", "no", "–"]


def test_estimate_holds_plain_numbers():
    estimate = Estimate("r", np.float64(2), math.nan, math.inf, claimed_region=(np.int64(2), None))
    assert type(estimate.value) is float
    assert (estimate.ci_low, estimate.ci_high) == (None, None)
    assert estimate.claimed_region == (2.0, None)
    assert str(estimate) == "r: 2.0"
    with pytest.raises(ValueError, match="role must be one of primary"):
        Estimate("r", 1, role="main")


def test_finding_refuses_what_no_reader_could_use(finding):
    with pytest.raises(ValueError, match="verdict must be one of"):
        Finding("c", "t", "true", "r")
    with pytest.raises(ValueError, match="evidence_grade must be A to D"):
        Finding("c", "t", "opposite", "r", evidence_grade="E")
    with pytest.raises(ValueError, match="c: at most one estimate can be primary"):
        Finding("c", "t", "opposite", "r", estimates=(finding.primary, finding.primary))


def test_finding_in_a_terminal(finding):
    assert repr(finding).splitlines() == [
        "Customers with results stay about 3 times longer, not six  [same direction, smaller]",
        "  your data: lifetime ratio: 3.2 (3.0 to 3.4)",
        "  plain comparison: ever had a result: 6.7",
        "29,411 customers · 6,974 left · evidence B",
        "A plain comparison says 6.7 times.",
        "What to do: Plan on three, not six.",
        "Rule: the 95 % interval is short of 4.5",
    ]
    assert finding.text == (
        "A plain comparison says 6.7 times. "
        "Verdict: same direction, smaller (the 95 % interval is short of 4.5)."
    )


def test_summary_is_numbers(finding):
    summary = finding.summary()
    assert list(summary.columns) == ["estimate", "role", "value", "ci_low", "ci_high", "scale"]
    assert summary.value.tolist() == [3.21, 6.7]
    assert len(Finding("c", "t", "not answerable", "r").summary()) == 0


def test_html_is_the_same_every_time_and_inert(finding):
    html = finding._repr_html_()
    assert html == finding._repr_html_()
    assert "3.21" in html
    assert "id=" not in html
    drifted = Finding.from_dict(finding.to_dict())
    object.__setattr__(drifted.primary, "value", finding.primary.value * (1 + 1e-14))
    assert drifted._repr_html_() == html
    evil = Finding(EVIL, EVIL, "opposite", EVIL, (Estimate(EVIL, 1.0),), sentence=EVIL, action=EVIL)
    table = pd.DataFrame({EVIL: [EVIL]})
    assert "<script" not in evil._repr_html_() + Part(EVIL, table, EVIL)._repr_html_()
    assert "<script" not in Part(EVIL, text=EVIL)._repr_html_()


def test_long_sentences_are_not_cut_in_tables():
    long = "x" * 300
    assert long in Part("t", pd.DataFrame({"label": [long]}))._repr_html_()


def test_part_says_why_it_is_empty(finding):
    assert repr(Part("Landmarks", text="Nobody reached day 90.")) == (
        "Landmarks\nNobody reached day 90."
    )
    assert "nothing to show on this data" in Part("Landmarks")._repr_html_()
    assert "nothing to show" in repr(Part("Landmarks", pd.DataFrame({"label": []})))
    assert finding.part("steps").title == "Step by step"
    assert "Not done here: the 95 % interval" in finding.part("landmarks").text


def test_plots_call_the_stored_picture(finding):
    calls = []
    part = Part("p", draw=lambda ax: calls.append(ax) or ax)
    assert part.plot() is calls[0]
    assert part.plot(calls[0]) is calls[0]
    drawn = Finding(
        "c", "t", "opposite", "r", (finding.primary,), draw=lambda f, ax: calls.append(f) or ax
    )
    drawn.plot()
    assert calls[-1] is drawn
    ax = Finding("c", "t", "not answerable", "no dates").plot()
    assert [text.get_text() for text in ax.texts] == ["No interval to draw: no dates"]
    plt.close("all")


def test_json_round_trip(finding, tmp_path):
    record = finding.to_dict()
    assert record["options"] == {"lag_days": 0, "since": "2013-10-01 00:00:00", "bad": None}
    assert record["estimates"][0]["claimed_region"] == [4.5, 8.0]
    assert "parts" not in record and "draw" not in record
    path = finding.save(tmp_path / "new")
    assert path.name == "results-retention.json"
    again = Finding.load(path)
    assert again.estimates == finding.estimates
    assert (again.company, again.company_fields) == ("Open University", {"industry": "education"})
    assert again.to_dict() == record
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_document_follows_the_published_schema(finding, schema):
    empty = Finding("maturity-churn", "t", "not answerable", "r", missing=("customers.maturity",))
    jsonschema.Draft202012Validator.check_schema(schema)
    document = findings_document([finding, empty], kit_version="0.1.0", data_fingerprint="abc")
    jsonschema.validate(document, schema)
    assert document["company"] == "Open University"
    assert list(document)[:4] == ["schema", "company", "company_fields", "observed_until"]
    json.dumps(document, allow_nan=False)
    none = findings_document([], kit_version="0.1.0", data_fingerprint="abc", company="x")
    jsonschema.validate(none, schema)
    assert schema["$defs"]["finding"]["properties"]["verdict"]["enum"] == list(VERDICTS)


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "true"},
        {"n_events": 2.5},
        {"claim": "Results Retention"},
        {"estimates": [{"name": "x"}]},
        {"customers": [1, 2]},
    ],
)
def test_schema_refuses(finding, schema, change):
    document = findings_document([finding], kit_version="0", data_fingerprint="x")
    document["findings"][0] |= change
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)


def test_small_counts_are_not_published(finding):
    few = Finding(
        "c", "t", "inconclusive", "r", n_customers=120, n_events=4,
        estimates=(Estimate("left after", 3, scale="count"), Estimate("r", 3.0)),
    )  # fmt: skip
    record = findings_document([few], kit_version="0", data_fingerprint="x")["findings"][0]
    assert (record["n_customers"], record["n_events"]) == (120, None)
    assert [estimate["value"] for estimate in record["estimates"]] == [None, 3.0]
    open_ = findings_document([few], kit_version="0", data_fingerprint="x", smallest_cell=0)
    assert open_["findings"][0]["n_events"] == 4


def test_writing_is_whole_or_not_at_all(tmp_path):
    path = write_json({"a": "é"}, tmp_path / "x.json")
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": "é"}
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json({"a": math.nan}, path)
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": "é"}
    assert [p.name for p in tmp_path.iterdir()] == ["x.json"]
