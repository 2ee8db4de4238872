"""Many companies pooled: files read without trusting them, both answers where truth is known."""

import copy
import json
import math
import os
import signal

import numpy as np
import pytest
from pooled_files import companies, document, finding, results, write

from csresearch import across
from csresearch.across import side_by_side
from csresearch.across.files import read_sources
from csresearch.across.measures import PRIMARY
from csresearch.across.names import ANOTHER, REFUSED
from csresearch.across.pooled import generalise
from csresearch.across.questions import questions
from csresearch.errors import CompanyError
from csresearch.findings import Estimate
from csresearch.places import find_findings
from csresearch.pooling import leave_one_out, meta_regression, random_effects

C1 = "results-retention"


def pooled(tmp_path, *documents, **options):
    return across.pool([*write(tmp_path, *documents)], **options)


def verdicts(pool, claim=C1):
    one = pool.generals[claim]
    return one.on_average.verdict, one.next_company.verdict


# files: what they mean, and what is not used


def test_files_folders_and_patterns(tmp_path):
    paths = write(tmp_path / "reports", *companies(3))
    (tmp_path / "reports/000/status.json").write_text("{}")
    (tmp_path / "flat").mkdir()
    (tmp_path / "flat/one.json").write_text(paths[0].read_text())
    assert find_findings([tmp_path / "reports"]) == sorted(paths)
    assert find_findings([f"{tmp_path}/reports/*/findings.json", paths[0]]) == sorted(paths)
    assert [path.name for path in find_findings([tmp_path / "flat"])] == ["one.json"]
    for nothing in ("no-such", f"{tmp_path}/*/none.json"):
        with pytest.raises(CompanyError, match="There is no findings file"):
            find_findings([nothing])
    (tmp_path / "empty").mkdir()
    with pytest.raises(CompanyError, match=r"There is no findings\.json"):
        find_findings([tmp_path / "empty"])


def test_each_company_counts_once_with_its_newest_file(tmp_path):
    old = document("Ann", results(2.0), day="2025-06-30")
    new, twin = document("Ann", results(4.0)), document("ANN ", results(5.0), print_="another")
    again = document("Ann", results(4.0), day="2026-06-30")
    bob = document("Bob", results(3.0))
    renamed = document("Cy", results(3.1), print_="print of Bob 2026-06-30")
    same_numbers = document("Di", results(3.0))
    sources, aside = read_sources(
        write(tmp_path, old, new, twin, again, bob, renamed, same_numbers)
    )
    assert [(one.company, one.file) for one in sources] == [
        ("Ann", "001/findings.json"),
        ("Bob", "004/findings.json"),
    ]
    told = {one.file.split("/")[0]: (one.why, one.reason) for one in aside}
    assert told["000"] == (ANOTHER, "older than 001/findings.json, whose data go to 2026-06-30")
    assert told["002"][1] == "001/findings.json is of the same company and day; keep one"
    assert told["003"] == (ANOTHER, "the same data as 001/findings.json")
    assert (
        told["005"]
        == told["006"]
        == (
            REFUSED,
            "the data of 004/findings.json under another name",
        )
    )


def ended_in_a_copy(number, here):
    if os.getpid() != here:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_many_files_are_read_in_several_processes_as_in_one(tmp_path, monkeypatch):
    paths = write(tmp_path, *companies(5), document("Bad", results(3.0, verdict="opposite")))
    paths[1].write_text("{", encoding="utf-8")
    alone, loaded = read_sources(paths), []
    monkeypatch.setattr(side_by_side, "ENOUGH", 2)
    assert read_sources(paths) == alone and len(alone[1]) == 2
    places = list(range(5))
    made = side_by_side.side_by_side(
        ended_in_a_copy, places, [os.getpid()] * 5, meanwhile=lambda: loaded.append(1)
    )
    assert made == places and loaded == ([1] if side_by_side.cores() > 1 else [])


def primary(content):
    return content["findings"][0]["estimates"][0]


def change(**changed):
    return lambda content: content.update(changed)


def number(**changed):
    return lambda content: primary(content).update(changed)


def told(**changed):
    return lambda content: content["findings"][0].update(changed)


def twice(content):
    content["findings"].append(content["findings"][0])


def two_primaries(content):
    content["findings"][0]["estimates"].append(primary(content))


TAMPERED = [
    (change(schema="csresearch/findings/9"), "its schema is 'csresearch/findings/9'"),
    (lambda content: content.pop("schema"), "no findings file"),
    (change(company=" "), "name is empty"),
    (change(company="x" * 201), "longer than 200"),
    (change(observed_until="2026-02-30"), "'2026-02-30' is no day"),
    (change(kit_version="newest"), "'newest' is no version"),
    (change(findings={}), "does not fit the schema"),
    (change(customers=[{"name": "Ann"}]), "does not fit the schema"),
    (twice, "more than once"),
    (two_primaries, "more than one estimate is primary"),
    (told(claim="moon-phase"), "'moon-phase' is not one this kit knows"),
    (told(verdict="true"), "does not fit the schema"),
    (told(n_customers=10), "300 customers left, of 10"),
    (told(estimates=[]), "without the estimates that would show it"),
    (told(verdict="opposite"), "it is called opposite, but from"),
    (number(value=20.0), "lies outside its interval"),
    (number(ci_low=4.0, ci_high=2.5), "ends are swapped"),
    (number(std_error=0.001), "does not fit the interval"),
    (number(std_error=-1.0), "standard error is negative"),
    (number(ci_low=-3.0), "lies outside 0 to inf"),
    (number(scale="count", null=None, ci_low=-3.0), "a count lies outside 0 to inf"),
    (number(value=1e999), "not finite"),
    (number(value=True), "does not fit the schema"),
    (number(value="3.0"), "does not fit the schema"),
    (number(confidence_level=7), "does not fit the schema"),
]


@pytest.mark.parametrize(("tamper", "reason"), TAMPERED)
def test_a_file_that_does_not_follow_from_itself_is_refused(tmp_path, tamper, reason):
    content = copy.deepcopy(document("Ann", results(3.0)))
    tamper(content)
    [path] = write(tmp_path, content)
    path.write_text(json.dumps(content).replace("Infinity", "1e999"), encoding="utf-8")
    sources, [aside] = read_sources([path])
    assert sources == [] and aside.why == REFUSED and aside.file == "000/findings.json"
    assert reason in aside.reason and len(aside.reason) < 400


def test_departures_avoided_may_be_fewer_than_none(tmp_path):
    content = copy.deepcopy(document("Ann", results(3.0)))
    avoided = Estimate("departures avoided", -12.0, -40.0, 9.0, scale="count", null=0)
    content["findings"][0]["estimates"].append(avoided.to_dict(smallest_cell=5))
    sources, aside = read_sources(write(tmp_path, content))
    assert len(sources) == 1 and not aside
    assert content["findings"][0]["estimates"][-1]["value"] == -12.0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "no JSON"),
        (b"[]", "no findings file"),
        (b'{"schema": NaN}', "NaN is no number"),
        (b"[" * 100_000, "nested far deeper"),
        (b'{"schema": 1, "schema": 2}', "a key stands in it twice"),
        (b'{"schema": %s}' % (b"9" * 5000), "no JSON"),
        (b"\xff\xfe{", "not UTF-8"),
        (b" " * 5_000_001, "larger than 5 MB"),
    ],
)
def test_what_is_no_findings_file_at_all(tmp_path, text, reason):
    path = tmp_path / "findings.json"
    path.write_bytes(text)
    [aside] = read_sources([path])[1]
    assert reason in aside.reason


def test_files_of_another_kit_are_told_and_files_with_other_choices_left_out(tmp_path):
    newer = document("Zed", results(3.3), kit="0.2.0")
    late = document("Yan", results(3.2, options={"lag_days": 28.0}))
    pool = pooled(tmp_path, *companies(5), newer, late)
    assert "written by kits 0.1.0, 0.2.0" in pool.part("data").text
    assert pool.generals[C1].k == 6
    assert "other choices (lag_days 28.0): 1" in pool.part("limits").table.loc[0, "not pooled"]


# the model


def test_the_average_is_that_of_random_effects_on_logs(tmp_path):
    contents = companies(9)
    pool = pooled(tmp_path, *contents)
    y = [math.log(primary(one)["value"]) for one in contents]
    fit = random_effects(y, [0.15] * 9)
    found = pool.generals[C1].main.average.estimate
    assert (found.value, found.ci_low) == pytest.approx(
        (math.exp(fit.mean.value), math.exp(fit.mean.ci_low)), rel=1e-9
    )
    table = pool.part("leave_one_out").table
    slow = leave_one_out(y, [0.15] * 9)
    assert table["value"].tolist() == pytest.approx(np.exp(slow["value"]).tolist(), rel=1e-9)


@pytest.mark.parametrize(
    ("mean", "tau", "answers"),
    [
        (math.log(6), 0.0, ("reproduced", "reproduced")),
        (math.log(6), 0.45, ("reproduced", "same direction, size unclear")),
        (math.log(2.2), 0.15, ("same direction, smaller", "same direction, smaller")),
        (math.log(2.2), 0.8, ("same direction, smaller", "inconclusive")),
        (0.0, 0.0, ("not reproduced", "not reproduced")),
        (0.0, 0.8, ("inconclusive", "inconclusive")),
        (math.log(0.4), 0.1, ("opposite", "opposite")),
    ],
)
def test_both_answers_where_the_truth_is_known(tmp_path, mean, tau, answers):
    pool = pooled(tmp_path, *companies(25, mean=mean, tau=tau, error=0.1))
    assert verdicts(pool) == answers


def coverage(mean, tau, error, k=8, times=150):
    """How often the average's interval holds the mean, and the next one's the next truth."""
    question, held, ahead = questions()[C1], 0, 0
    content = document("x", results(1.0, error))
    for seed in range(times):
        rng = np.random.default_rng([11, seed])
        drawn = np.exp(rng.normal(mean, np.hypot(tau, error), k))
        one = generalise(question, sources_of(content, drawn, error))
        found, following = one.main.average.estimate, one.main.next.estimate
        held += found.ci_low <= math.exp(mean) <= found.ci_high
        ahead += following.ci_low <= math.exp(rng.normal(mean, tau)) <= following.ci_high
    return held / times, ahead / times


def sources_of(content, values, error):
    """Sources as read, without writing a file each."""
    from csresearch.across.files import Source

    made = []
    for n, value in enumerate(values):
        record = copy.deepcopy(content["findings"][0])
        ends = (value * math.exp(-1.96 * error), value * math.exp(1.96 * error))
        record["estimates"][0].update(value=value, ci_low=ends[0], ci_high=ends[1])
        made.append(Source(f"{n}", f"company {n}", {}, "", "0.1.0", str(n), {C1: record}))
    return made


def test_the_intervals_hold_their_level():
    """150 tries of 95 % have a standard error of 1.8 points."""
    average, following = coverage(math.log(2), 0.3, 0.1)
    assert 0.90 <= average <= 0.99
    assert 0.90 <= following <= 0.99


def test_no_effect_is_rarely_called_one():
    """With no effect at all the 95 % interval excludes it in 3 of 60 sets on average; 7 is rare."""
    question = questions()[C1]
    content, called = document("x", results(1.0, 0.2)), 0
    for seed in range(60):
        rng = np.random.default_rng([12, seed])
        drawn = np.exp(rng.normal(0, math.hypot(0.3, 0.2), 10))
        verdict = generalise(question, sources_of(content, drawn, 0.2)).on_average.verdict
        called += verdict in ("reproduced", "opposite") or verdict.startswith("same direction")
    assert called <= 7


# the other rules


def test_a_claim_of_zero_needs_both_measures_practically_zero(tmp_path):
    def satisfied(name, d, ratio):
        numbers = ((math.atanh(d), 0.03), (math.log(ratio), 0.03))
        return document(name, finding("satisfaction-retention", *numbers))

    rng = np.random.default_rng(5)
    alike = [satisfied(f"a{n}", 0.02 * rng.normal(), 1 + 0.01 * rng.normal()) for n in range(12)]
    pool = pooled(tmp_path / "zero", *alike)
    assert verdicts(pool, "satisfaction-retention")[0] == "reproduced"
    linked = [satisfied(f"b{n}", 0.25 + 0.02 * rng.normal(), 0.7) for n in range(12)]
    pool = pooled(tmp_path / "link", *linked)
    assert verdicts(pool, "satisfaction-retention") == ("not reproduced", "not reproduced")
    one_far = [satisfied(f"c{n}", 0.001 * n, 0.80 + 0.005 * n) for n in range(12)]
    pool = pooled(tmp_path / "far", *one_far)
    assert verdicts(pool, "satisfaction-retention")[0] == "not reproduced"


def logit(share):
    return math.log(share / (1 - share))


# Numbers of each claim's measures, on the model's scale, under which it holds
HOLDING = {
    "results-retention": [math.log(6)],
    "satisfaction-retention": [0.0, 0.0],
    "maturity-churn": [logit(0.82), 0.35],
    "results-satisfaction": [0.0],
    "bad-fit": [math.log(2.5), logit(0.82)],
    "effort-by-maturity": [0.0, math.log(1.6)],
    "kickoff-judgement": [logit(0.8), 0.3, 0.2],
    "customer-bonding": [math.log(0.5)],
    "standard-process": [math.log(0.5)],
    "which-wins": [math.log(3)],
    "challenge": [logit(0.75), 0.12, logit(0.62)],
}


def test_every_pooled_claim_is_judged_by_its_own_rule(tmp_path):
    assert set(HOLDING) == {name for name, one in questions().items() if one.pools}
    contents = [
        document(
            f"c{n}",
            *(finding(name, *((x + 0.004 * n, 0.03) for x in numbers))
              for name, numbers in HOLDING.items()),
        )
        for n in range(6)
    ]  # fmt: skip
    pool = pooled(tmp_path, *contents)
    assert {name: verdicts(pool, name) for name in HOLDING} == dict.fromkeys(
        HOLDING, ("reproduced", "reproduced")
    )
    table = pool.part("answers").table
    assert (table["on average"] == "reproduced").all() and len(table) == 11


def test_a_share_is_judged_jointly_with_its_difference(tmp_path):
    def low(name, share, difference):
        logit = math.log(share / (1 - share))
        return document(name, finding("maturity-churn", (logit, 0.1), (difference, 0.02)))

    many = [low(f"a{n}", 0.80 + 0.004 * n, 0.35 - 0.005 * n) for n in range(10)]
    assert verdicts(pooled(tmp_path / "a", *many), "maturity-churn") == ("reproduced",) * 2
    # a large share of churn from a group that holds as many customers is nothing
    base = [low(f"b{n}", 0.80 + 0.004 * n, 0.01) for n in range(10)]
    assert verdicts(pooled(tmp_path / "b", *base), "maturity-churn")[0] == "not reproduced"


def test_a_fall_that_sorting_explains_in_some_companies_is_not_identifiable_pooled(tmp_path):
    def fall(name, ratio, **changes):
        return document(name, finding("customer-bonding", (math.log(ratio), 0.1), **changes))

    # leaving out those that are not identifiable would choose companies by their estimate
    some = {"verdict": "not identifiable"}
    falls = [fall(f"a{n}", 0.5 + 0.01 * n, **some) for n in range(6)]
    steady = [fall(f"b{n}", 0.615 + 0.01 * n) for n in range(2)]
    pool = pooled(tmp_path / "some", *falls, *steady)
    one = pool.generals["customer-bonding"]
    assert one.k == 8 and verdicts(pool, "customer-bonding")[0] == "not identifiable"
    flat = [fall(f"c{n}", 1.0 + 0.01 * n) for n in range(6)]
    assert verdicts(pooled(tmp_path / "flat", *flat), "customer-bonding")[0] == "not reproduced"


def test_what_is_not_identifiable_by_design_is_not_pooled(tmp_path):
    odd = [document(f"odd {n}", results(9 + n / 9, verdict="not identifiable")) for n in range(3)]
    pool = pooled(tmp_path, *companies(6), *odd)
    assert pool.generals[C1].k == 6
    assert "not identifiable: 3" in pool.part("limits").table.loc[0, "not pooled"]


def test_how_few_kinds_carry_it_is_counted(tmp_path):
    def kinds(name, number):
        one = finding("results-retention", (1.0, 0.1))
        first = one.primary
        changed = type(first)("fewest", number, 1, 4, scale="kinds", role="primary")
        record = type(one)("key-results", "t", "inconclusive", "r", (changed,))
        return document(name, one if number == 0 else record)

    contents = [kinds(f"k{n}", number) for n, number in enumerate([1, 1, 2, 4])]
    table = pooled(tmp_path, *contents).part("counted").table
    assert table["share"].tolist() == [0.5, 0.75]
    assert table[["companies", "of"]].values.tolist() == [[2, "4"], [3, "4"]]


@pytest.mark.parametrize(
    ("k", "verdict", "words"),
    [
        (0, "not answerable", "no companies have"),
        (2, "inconclusive", "from 3 on"),
        (4, "same direction", "only 4 companies"),
    ],
)
def test_too_few_companies_say_so(tmp_path, k, verdict, words):
    unsaid = document("x", results(verdict="inconclusive", estimates=()))
    contents = companies(k, tau=0.0, error=0.05) or [unsaid]
    one = pooled(tmp_path, *contents).generals[C1]
    assert one.on_average.verdict.startswith(verdict) and words in one.on_average.rule


def test_findings_graded_low_are_shown_apart_and_come_back_as_a_sensitivity(tmp_path):
    low = [document(f"low {n}", results(1.0 + n / 99, 0.05, grade="C")) for n in range(4)]
    contents = [*companies(8, tau=0.05), *low]
    pool = pooled(tmp_path, *contents)
    forest, many = pool.part("forest"), pool.part("many_analysts").table.set_index("label")
    assert pool.generals[C1].k == 8 and "4 graded low" in forest.text
    assert forest.table["label"].str.endswith("(graded C)").sum() == 4
    with_low, without = (many.loc[name] for name in ("graded low too", many.index[0]))
    assert (with_low["companies"], without["companies"]) == (12, 8)
    assert with_low["value"] < without["value"]
    assert pooled(tmp_path, *contents, lowest_grade="C").generals[C1].k == 12


# what goes with the differences


def by_sector(k=40):
    rng = np.random.default_rng(9)
    sectors = ["software", "finance"] * (k // 2)
    means = {"software": math.log(4), "finance": math.log(2)}
    return [
        document(
            f"c{n:02d}",
            results(math.exp(rng.normal(means[sector], 0.1)), 0.1, n=100 + 10 * n, left=50),
            fields={"sector": sector, "staff": n % 7, "note": {"deep": 1}, "one": "same"},
        )
        for n, sector in enumerate(sectors)
    ]


def test_moderators_are_the_meta_regression_on_each_field(tmp_path):
    contents = by_sector()
    pool = pooled(tmp_path, *contents)
    assert list(pool.fields) == ["customers", "sector", "staff"]
    table = pool.part("moderators").table.set_index("field")
    y = [math.log(primary(one)["value"]) for one in contents]
    finance = [float(one["company_fields"]["sector"] == "finance") for one in contents]
    fit = meta_regression(y, [0.1] * 40, finance)
    row = table.loc["sector"]
    # the more frequent level is compared with, by name where they are as many
    assert row["label"] == "software against finance"
    assert row["value"] == pytest.approx(math.exp(-fit.coefficients["value"][1]), rel=1e-6)
    assert row["p_value"] == pytest.approx(fit.p_value, rel=1e-6) and row["p_value"] < 1e-6
    assert 1.7 < row["value"] < 2.4 and row["share_explained"] > 0.8
    assert table.loc["staff", "p_value"] > 0.01
    few = pooled(tmp_path / "few", *by_sector(8), moderators=["sector"])
    assert "takes 10 for each" in few.part("moderators").text
    with pytest.raises(ValueError, match="no company has a field 'region'; there are: customers"):
        pooled(tmp_path, *contents, moderators=["region"])


def test_small_companies_with_larger_effects_are_told(tmp_path):
    rng = np.random.default_rng(4)
    errors = np.linspace(0.05, 0.5, 30)
    contents = [
        document(f"c{n}", results(math.exp(0.3 + 2 * error + rng.normal(0, error)), error))
        for n, error in enumerate(errors)
    ]
    table = pooled(tmp_path, *contents).part("small_studies").table
    assert table["small companies"].tolist() == ["differ"]


def test_a_company_that_decides_the_verdict_is_named(tmp_path):
    far = document("Far Off", results(0.3, 0.05))
    pool = pooled(tmp_path, *companies(6, tau=0.0, error=0.05), far)
    [row] = pool.part("influence").table.to_dict("records")
    assert row["left out"] == "Far Off" and row["verdict with"] != row["verdict without"]


# what is written


def test_pooled_json_and_csv(tmp_path):
    pool = pooled(tmp_path / "in", *companies(6), document("=1+1", results(2.9)))
    written = json.loads(pool.save(tmp_path / "out").read_text(encoding="utf-8"))
    assert written["companies"][0]["company"] == "=1+1"
    first = written["claims"][0]
    assert (first["claim"], first["companies"]) == (C1, 7)
    assert first["on_average"]["verdict"] == pool.generals[C1].on_average.verdict
    assert first["measures"][0]["measure"] == PRIMARY
    lines = (tmp_path / "out/pooled.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 17 and lines[1].startswith("results-retention,7,ratio,")
    # no company's name, so nothing a spreadsheet could take for a formula
    assert "=1+1" not in "\n".join(lines)


def test_an_unknown_claim_or_grade(tmp_path):
    with pytest.raises(ValueError, match="there is no claim 'c1'"):
        pooled(tmp_path, *companies(3), claim="c1")
    with pytest.raises(ValueError, match="A, B, C, D"):
        pooled(tmp_path, *companies(3), lowest_grade="E")
