"""The truth study: what it counts, what is a miss, and that it goes on where it ended."""

import math
import shutil
from pathlib import Path

import pandas as pd
import pytest

from csresearch import Company, CompanyError, claims
from csresearch.cli import main
from csresearch.company.sources import compiled
from csresearch.findings import Estimate, Finding
from csresearch.findings.finding import VERDICTS
from csresearch.simulate import simulate
from csresearch.truth import CASES, Block, rates, read_blocks, run_block, run_study
from csresearch.truth.blocks import COUNTS, KEYS, _count
from csresearch.truth.cases import ARTEFACT, CORE, FALSE, NEAR_MISS, TRUE
from csresearch.truth.pages import readme_table, stress_table, study_page
from csresearch.truth.rates import enough_customers
from csresearch.truth.study import renew_targets
from csresearch.truth.targets import Targets, by_formula

ROOT = Path(__file__).resolve().parent.parent
COMMITTED = ROOT / "benchmarks" / "truth"


def counts(claim, world, customers, block=0, **more):
    """A row of the file."""
    row = dict(zip(KEYS, (world, customers, claim, block), strict=True))
    return row | dict.fromkeys(COUNTS, 0) | more


def test_shares_errors_and_misses_by_hand():
    n = 400
    cell = ("results-retention", "three-times", 1000)
    blocks = pd.DataFrame(
        [
            counts(*cell, block=number, companies=200, reproduced=20, inconclusive=180)
            | {"intervals": 200, "covered": 190 - 10 * number, "error": 2.0, "error_squared": 8.0}
            | {"naive": 200, "naive_agrees": 150}
            for number in (0, 1)
        ]
    )
    row = rates(blocks).loc[cell]
    assert row["so"] == NEAR_MISS and row["companies"] == n
    assert row["reproduced"] == pytest.approx(0.10) and row["inconclusive"] == pytest.approx(0.90)
    assert row["says_so_error"] == pytest.approx(math.sqrt(0.1 * 0.9 / n))
    assert row["coverage"] == pytest.approx(370 / n)
    assert row["bias"] == pytest.approx(0.01)
    assert row["bias_error"] == pytest.approx(math.sqrt((0.04 - 0.01**2) / n))
    assert row["naive"] == pytest.approx(0.75)
    assert row["missed"] == "reproduced too often"  # 0.925 is within three errors of 0.935


def test_three_monte_carlo_errors_decide_on_a_miss():
    def missed(covered, reproduced, world="six-times", claim="results-retention"):
        row = {"companies": 1000, "reproduced": reproduced, "intervals": 1000, "covered": covered}
        blocks = pd.DataFrame([counts(claim, world, 1000, **row)])
        return rates(blocks)["missed"].iloc[0]

    assert missed(950, 900) == ""  # reproduced, and so it is
    assert missed(950, 70, "nothing") == ""  # 0.02 above the target, an error is 0.008
    assert missed(950, 76, "nothing") == "reproduced too often"
    assert missed(905, 900) == "covers too rarely"
    assert missed(985, 900) == "covers too often"
    assert missed(1000, 0, "nothing") == "covers too often"
    assert missed(1000, 0, "apart", "same-drivers") == ""  # limits of another segment
    assert missed(905, 0, "apart", "same-drivers") == "covers too rarely"


def test_the_least_size_that_finds_a_true_claim():
    rows = [
        counts("results-retention", world, size, companies=100, reproduced=found)
        for world, size, found in (
            ("six-times", 200, 20),
            ("six-times", 1000, 89),
            ("six-times", 10_000, 100),
            ("families", 1000, 91),
            ("nothing", 200, 100),  # not true there
        )
    ]
    rows.append(counts("maturity-churn", "six-times", 200, companies=100, reproduced=50))
    found = enough_customers(rates(pd.DataFrame(rows)))
    assert found == {"results-retention": 1000, "maturity-churn": None}


def test_every_claim_that_is_judged_is_studied_true_and_false():
    judged = {claim.id for claim in claims.all() if claim.number not in ("C10", "C13")}
    studied = {(claim, so) for case in CASES.values() for claim, so in case.claims.items()}
    assert judged == {claim for claim, _ in studied}
    assert judged == {claim for claim, so in studied if so == TRUE}
    assert judged == {claim for claim, so in studied if so in (NEAR_MISS, FALSE, ARTEFACT)}
    assert len(CORE) >= 12
    assert all(case.companies == {200: 300, 1_000: 1_000, 10_000: 300} for case in CORE)


def test_what_is_true_follows_from_the_world_where_it_can():
    def value(world, claim, horizon_days=None):
        return by_formula(CASES[world].world, claim, horizon_days)

    assert value("six-times", "results-retention") == 6.0
    assert value("families", "results-retention") is None  # differences no column shows
    assert value("six-times", "satisfaction-retention") == 0.0
    assert value("parting-words", "satisfaction-retention") is None
    assert value("base-rate", "maturity-churn", 730.5) == pytest.approx(0.72, abs=0.002)
    assert value("bonded", "customer-bonding") is None
    assert value("heaped", "maturity-churn", 730.5) is None  # its records are not what happened
    heaped, plain = CASES["heaped"], CASES["three-times"]
    assert heaped.truth is plain.world and value("three-times", "maturity-churn", 730.5) > 0.6
    at_large_size = Targets({("bonded", "customer-bonding"): 0.4})
    assert at_large_size.of(CASES["bonded"].world, "customer-bonding", None) == 0.4


def test_targets_at_large_size_are_there_for_all_that_need_one():
    targets = Targets.read(COMMITTED)
    without = [
        (case.name, claim)
        for case in CASES.values()
        for claim in case.claims
        if targets.of(case.truth, claim, 730.5) is None
    ]
    silent = {"not identifiable", "not answerable"}
    estimated = [
        pair for pair in without if dict(CASES[pair[0]].world.verdicts).get(pair[1]) not in silent
    ]
    assert estimated == []


def test_a_study_is_resumed_where_it_ended(tmp_path, capsys):
    shutil.copy(COMMITTED / "targets.csv", tmp_path)
    done = [
        counts(claim, "twelve-times", size, block=number, companies=10, inconclusive=10)
        for size, wanted in CASES["twelve-times"].companies.items()
        for number in range(wanted // 10)
        for claim in CASES["twelve-times"].claims
    ]
    left_out = done.pop(0)  # the first block of 200 customers
    pd.DataFrame(done).to_csv(tmp_path / "blocks.csv", index=False)
    assert main(["truth", "twelve-times", "--out", str(tmp_path), "--jobs", "1"]) == 0
    assert "1 blocks of ten companies more" in capsys.readouterr().out
    blocks = read_blocks(tmp_path)
    assert len(blocks) == len(done) + 1
    keys = [left_out[key] for key in KEYS]
    assert blocks.iloc[-1][list(KEYS)].tolist() == keys
    assert run_study(tmp_path, workers=1, minutes=1, worlds=["twelve-times"]) == 0
    with pytest.raises(CompanyError, match="no world 'atlantis' in the study; there are six-times"):
        run_study(tmp_path, workers=1, minutes=1, worlds=["atlantis"])


def test_a_slice_of_the_committed_study_comes_again():
    committed = read_blocks(COMMITTED).set_index(list(KEYS))
    block = Block("satisfaction-matters", 200, 0)
    rows = run_block(block, CASES[block.world], Targets.read(COMMITTED))
    assert [row["claim"] for row in rows] == list(CASES[block.world].claims)
    for row in rows:
        before = committed.loc[tuple(row[key] for key in KEYS)]
        assert {name: row[name] for name in COUNTS} == pytest.approx(dict(before), rel=1e-6)
        assert row["companies"] == len(block.seeds) == sum(row[name] for name in VERDICTS)


def test_the_committed_pages_say_what_the_committed_blocks_say():
    blocks = read_blocks(COMMITTED)
    page = (COMMITTED / "README.md").read_text(encoding="utf-8")
    made_with = page.split("last with ")[1].split(".\n")[0]
    assert page == study_page(blocks, made_with), "run csresearch truth --minutes 0"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    between = readme.split("<!-- truth: begin -->\n")[1].split("\n<!-- truth: end -->")[0]
    assert between == readme_table(blocks), "run python tools/readme_truth.py"
    assert not blocks.duplicated(list(KEYS)).any()
    assert (blocks[list(VERDICTS)].sum(axis=1) == blocks["companies"]).all()
    assert (blocks["covered"] <= blocks["intervals"]).all()


def test_stress_stands_beside_the_unstressed_world():
    row = {"companies": 200, "reproduced": 4, "inconclusive": 196, "intervals": 200}
    blocks = pd.DataFrame(
        [
            counts("results-retention", world, 200, **row, covered=covered)
            for world, covered in (("three-times", 190), ("clustered", 150), ("six-times", 1))
        ]
    )
    lines = stress_table(rates(blocks)).splitlines()
    assert len(lines) == 2 + 2  # what was not run has no line, what is no stress neither
    assert lines[2].startswith("| nothing harder | 200 | 200 | 95.0 ± 1.5 % | 2.0 ± 1.0 % |")
    assert lines[3].startswith("| clustered | 200 | 200 | 75.0 ± 3.1 % |")
    assert stress_table(rates(blocks.iloc[2:])) == ""
    page = study_page(blocks, "versions")
    assert "## Stress" in page and lines[3] in page


def test_targets_of_some_worlds_are_renewed_alone(tmp_path):
    shutil.copy(COMMITTED / "targets.csv", tmp_path)
    renew_targets(tmp_path, ["overdispersed", "heaped"], customers=300)
    before, after = Targets.read(COMMITTED).at_large_size, Targets.read(tmp_path).at_large_size
    changed = {pair for pair in before if before[pair] != after[pair]}
    assert changed == {pair for pair in before if pair[0] == "overdispersed"} != set()
    assert list(before) == list(after)


@pytest.mark.parametrize(
    ("numbers", "covered", "error"),
    [
        ((math.inf, 2.0, math.inf), 1, math.log(4 / 3)),
        ((math.inf, 4.0, math.inf), 0, math.log(8 / 3)),
        ((0.0, 0.0, 6.0), 1, 0.0),
        ((2.0, None, None), None, None),
    ],
)
def test_intervals_open_on_one_side_are_counted(numbers, covered, error):
    primary = Estimate("lifetime ratio", *numbers, role="primary")
    found = Finding("results-retention", "t", "inconclusive", "r", (primary,))
    so_far = dict.fromkeys(COUNTS, 0.0)
    _count(found, 3.0, so_far)
    assert so_far["intervals"] == (covered is not None)
    assert so_far["covered"] == (covered or 0)
    assert so_far["error"] == pytest.approx(error or 0.0)


def test_the_pages_say_what_the_blocks_say():
    row = {"companies": 1000, "reproduced": 76, "inconclusive": 924, "intervals": 1000}
    row |= {"covered": 950, "naive": 1000, "naive_agrees": 800}
    blocks = pd.DataFrame([counts("results-retention", "nothing", 1000, **row)])
    page = study_page(blocks, "versions")
    assert "results-retention in nothing at 1,000 (reproduced too often)" in page
    assert "| 7.6 ± 0.8 % |" in page and "| 80.0 % |" in page
    assert "| C1 results and retention | 7.6 ± 0.8 % | 80.0 % | 95.0 ± 0.7 % |" in page


def test_one_company_after_another_is_judged_as_each_alone(monkeypatch):
    for seed, world in enumerate(("six-times", "migrated", "six-times", "migrated", "six-times")):
        case = CASES[world]
        drawn = simulate(case.world, seed=seed, n_customers=80)
        in_turn = Company.from_frames(**drawn.tables, **drawn.config)
        found = [claims.get(claim).estimate(in_turn) for claim in case.claims]
        with monkeypatch.context() as forgetful:
            for store in ("_sql", "_seen"):
                forgetful.setattr(compiled, store, {})
            alone = Company.from_frames(**drawn.tables, **drawn.config)
            first = [claims.get(claim).estimate(alone) for claim in case.claims]
        for one, other in zip(found, first, strict=True):
            assert one.verdict == other.verdict and one.sentence == other.sentence
            for mine, its in zip(one.estimates, other.estimates, strict=True):
                assert mine.name == its.name  # rows come in any order: sums differ in last digits
                assert mine.value == its.value or mine.value == pytest.approx(its.value, rel=1e-12)
