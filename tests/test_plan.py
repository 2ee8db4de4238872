"""``csresearch plan`` as users run it: the table, the page, plan.json, and what it refuses."""

import json
import re
from dataclasses import replace

import pytest
from needs import ROOT

from csresearch import claims
from csresearch.cli import main
from csresearch.company import load_company
from csresearch.page.plan import plan_page
from csresearch.sample_size import plan
from csresearch.sample_size.choices import claims_named
from csresearch.sample_size.plan import BY_CLAIM
from csresearch.sample_size.text import plan_text

SMALLCO, STEADFAST = (ROOT / "data" / name for name in ("smallco", "steadfast"))
ASKED = ("C1", "C3", "C10", "C12", "C13")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """What is told of the small company: exit code, folder and plan.json."""
    out = tmp_path_factory.mktemp("plan {with} braces")
    words = [word for number in ASKED for word in ("--claim", number)]
    code = main(["plan", str(SMALLCO), *words, "--out", str(out)])
    written = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    return code, out, {one["number"]: one for one in written["claims"]}, written


def test_a_small_company_needs_many_times_its_customers(small):
    code, _, claims, written = small
    assert code == 0 and list(claims) == list(ASKED)
    c1 = claims["C1"]
    assert c1["state"] == "more needed" and c1["if_true"]["words"].endswith("results: 6")
    at_80, at_90 = c1["needed"]
    assert at_90["times"] > at_80["times"] > 10
    assert at_80["customers"] == pytest.approx(120 * at_80["times"])
    assert at_80["counted"]["left"] == pytest.approx(10 * at_80["times"])
    # hardly anybody leaves and nobody new comes
    assert at_80["months"] is None and written["pace"]["leaving"] < 0.005
    # saying that there is no difference takes more still than showing six times
    assert min(c1["if_false"]["times"]) > at_90["times"]


def test_what_is_described_has_no_number(small):
    _, _, claims, _ = small
    assert claims["C13"]["state"] == "described"
    assert claims["C13"]["needed"][0]["customers"] is None
    # no kind of churn has ten departures: only that count can be told
    assert claims["C10"]["power_now"] is None and claims["C10"]["needed"][0]["times"] > 1


def test_no_chance_below_twenty_departures(small):
    _, _, claims, _ = small
    assert claims["C12"]["counted"]["chose their own way"] == 33
    assert claims["C1"]["power_now"] is None
    assert claims["C12"]["power_now"] is not None


def test_the_page_is_one_file_with_two_pictures_a_claim(small):
    page = (small[1] / "plan.html").read_text(encoding="utf-8")
    assert not re.search(r"<script|<link|<img|src=|url\(|https?://", page)
    assert str(small[1]) not in page
    # C1, C3 and C12 have both pictures, C13 only how precise its number is
    assert page.count("Chance of the right verdict") == 3
    assert page.count("<svg") == 7
    assert "Of the 5 claims" in page and "nan" not in page


@pytest.fixture(scope="module")
def steadfast():
    company = load_company(STEADFAST / "company.yml")
    return plan(company, chosen=claims_named(["C4", "maturity-churn", "C1"]))


def test_steadfast_has_enough_for_the_large_claims(steadfast):
    told = plan_text(steadfast)
    rows = {line.split()[0]: line for line in told.splitlines() if re.match(r"C\d+ [A-Z]", line)}
    assert list(rows) == ["C1", "C3", "C4"]
    assert [row.count("enough now") for row in rows.values()] == [2, 2, 0]
    assert "5,000 customers, 1,904 left" in told


def test_a_smaller_truth_takes_more_and_the_page_is_the_same_again(steadfast):
    company, (usual, maturity, _) = steadfast.company, steadfast.claims
    less = plan(company, chosen=[usual.claim], truths={"results-retention": 4.8}).claims[0]
    assert less.needed(0.8).times > usual.needed(0.8).times
    again = plan(company, chosen=[maturity.claim])
    assert plan_page(again) == plan_page(replace(steadfast, claims=(maturity,)))


def test_months_follow_new_customers(steadfast):
    now = steadfast.claims[-1]
    twice, none = (
        replace(now, pace=replace(now.pace, starts=times * now.pace.starts)) for times in (2, 0)
    )
    assert now.needed(0.9).months == pytest.approx(2 * twice.needed(0.9).months)
    assert none.needed(0.9).months is None and none.needed(0.9).customers is not None


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A company with nothing but days of starting and leaving; nobody has left."""
    folder = tmp_path_factory.mktemp("bare")
    rows = [f"c{i},2024-01-{1 + i % 28:02d},,{'low' if i % 2 else 'high'}" for i in range(40)]
    head = "customer_id,started_on,ended_on,maturity"
    (folder / "customers.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
    settings = {
        "company": "<b>Bare",
        "observed_until": "2025-01-31",
        "customers": {"file": "customers.csv"},
        "maturity": {"order": ["low", "high"]},
    }
    (folder / "company.yml").write_text(json.dumps(settings), encoding="utf-8")
    return folder


def test_what_is_missing_is_named_and_not_counted(bare, tmp_path, capsys):
    words = ["--claim", "C1", "--claim", "C3", "--claim", "C9", "--out", str(tmp_path)]
    assert main(["plan", str(bare), *words]) == 0
    told = capsys.readouterr().out
    assert "needs customers.kickoff_judgement" in told
    assert "nobody has left yet, so there is no rate to plan with" in told
    assert "chance of 80" not in told
    page = (tmp_path / "plan.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;Bare" in page and "<b>Bare" not in page
    claims = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))["claims"]
    assert [one["state"] for one in claims] == ["missing", "too early to say", "missing"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nowhere"], "There is no company file 'nowhere'"),
        ([SMALLCO, "--claim", "C99"], "There is no claim 'C99': did you mean 'C9'?"),
        ([SMALLCO, "--truth", "C1"], "--truth C1: give it as C1=5"),
        ([SMALLCO, "--truth", "C1=six"], "'six' is no number"),
        ([SMALLCO, "--truth", "C1=3"], "C1=3: the claim is true between 4.5 and 8"),
        ([SMALLCO, "--truth", "C12=0"], "C12=0: the claim is true between 0 and 0.67"),
        ([SMALLCO, "--truth", "C6=inf"], "C6=inf: the claim is true above 2"),
        ([SMALLCO, "--truth", "C13=1"], "C13 states no number to be true"),
        (["nowhere", "--out", "A_FILE"], "Choose another folder with --out"),
    ],
)
def test_what_cannot_be_used_exits_with_2_and_a_sentence(words, told, tmp_path, capsys):
    (tmp_path / "a_file").write_text("")
    words = [str(tmp_path / "a_file") if word == "A_FILE" else str(word) for word in words]
    assert main(["plan", *words]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--power", "1.2", "1.2 is not between 0 and 1"),
        ("--power", "nan", "nan is not between 0 and 1"),
        ("--months", "-1", "-1 is not between 0 and 600"),
        ("--starts", "many", "invalid starts_a_month value: 'many'"),
    ],
)
def test_numbers_out_of_bounds_are_refused(option, value, told, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["plan", str(SMALLCO), f"{option}={value}"])
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_every_claim_has_its_plan():
    assert set(BY_CLAIM) == {claim.id for claim in claims.all()}
