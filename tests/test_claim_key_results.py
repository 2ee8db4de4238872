"""C5 key results and C6 bad fit: statistics, verdicts, refusals, parts, and rates over seeds."""

import json
import re
from dataclasses import replace
from functools import cache

import jsonschema
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from survival_frames import oracle

from csresearch import claims
from csresearch.claims.bad_fit import SHARE_FAILED
from csresearch.claims.bad_fit import TERMS as FIT_TERMS
from csresearch.claims.fit_study import halves
from csresearch.claims.key_parts import FEW
from csresearch.claims.key_results import LEAST_LATER, MOST_KINDS, _number
from csresearch.claims.key_study import KindStudy, alike, fewest_of
from csresearch.claims.kinds_read import kind_counts, lives_of
from csresearch.claims.ratios import rate_ratio
from csresearch.company import Company
from csresearch.concentration import fewest_kinds
from csresearch.events import EventTable
from csresearch.findings import Estimate, findings_document
from csresearch.findings.finding import SCHEMA_PATH
from csresearch.simulate import draw_lifetimes, simulate
from csresearch.simulate.additions.expectations import OUTSIDE, Expectations
from csresearch.simulate.additions.result_kinds import Kind, ResultKinds
from csresearch.simulate.draw import KIND_DAY
from csresearch.simulate.worlds import WORLDS
from csresearch.simulate.worlds.key_results import NAMES
from csresearch.survival.curves import survival_at, survival_curve
from csresearch.survival.joint_states import joint_ratios
from csresearch.verdicts import Judgement, judge_effect, judge_few, with_share

KEY, FIT = "key-results", "bad-fit"
CODES = tuple(f"k{number}" for number in range(6))
MONTH = 30.4375
SEEDS = range(1, 6)


def kinds_world(*ratios, n=2000, more=(), **changed):
    """Six kinds of result that keep customers so many times longer each."""
    kinds = ResultKinds(
        tuple(Kind(name, 0.03, float(r)) for name, r in zip(NAMES, ratios, strict=True))
    )
    made = WORLDS["one-key-result"]
    return replace(made, n_customers=n, additions=(kinds, *more), **changed)


def fit_world(n=1500, **expected):
    return kinds_world(5, 1, 1, 1, 1, 1, n=n, more=(Expectations(**expected),))


@cache
def tables(made, seed=1):
    return simulate(made, seed=seed)


@cache
def company(made, seed=1):
    drawn = tables(made, seed)
    return Company.from_frames(**drawn.tables, **drawn.config)


@cache
def estimated(claim, made, seed=1):
    return claims.get(claim).estimate(company(made, seed))


def changed(made, customers=None, results=None, **config):
    """The company of a world with some of its tables changed."""
    drawn = tables(made)
    frames = dict(drawn.tables)
    frames["customers"] = (customers or (lambda c: c))(frames["customers"])
    frames["results"] = (results or (lambda r: r))(frames["results"])
    settings = {k: v for k, v in (drawn.config | config).items() if v is not None}
    return Company.from_frames(**{k: v for k, v in frames.items() if v is not None}, **settings)


# --- joint states


def split(made, seed, n):
    """Start–stop rows by band, plan and the kinds reached, straight from what was drawn."""
    lives = draw_lifetimes(made, n, seed)
    days = lives[[name for name in lives if name.startswith(KIND_DAY)]].to_numpy()
    days = np.where(days < lives["active_until"].to_numpy()[:, None], days, np.inf)
    ends, left = lives["exit_day"].to_numpy(), lives["churned"].to_numpy()
    edges = np.sort(np.minimum(days, ends[:, None]), axis=1)
    edges = np.column_stack([np.zeros(len(ends)), edges, ends])
    rows = []
    for start, stop in zip(edges.T[:-1], edges.T[1:], strict=True):
        own = stop > start
        state = {
            code: np.where(days[own, k] <= start[own], "with", "without")
            for k, code in enumerate(CODES)
        }
        event = (stop == ends)[own] & left[own]
        cell = lives.loc[own, ["band", "plan"]]
        rows.append(cell.assign(start=start[own], stop=stop[own], event=event, **state))
    return lives, np.isfinite(days), pd.concat(rows, ignore_index=True)


def counted(rows, by):
    return EventTable.from_episodes(rows, start="start", stop="stop", event="event", by=by)


def r_table(clusters=False):
    rows = pd.DataFrame(oracle("joint_states")["rows"])
    by = ["stratum", "a", "b", "c", *(["cluster"] if clusters else [])]
    return counted(rows, by)


def test_joint_ratios_equal_r():
    told = oracle("joint_states")
    found = joint_ratios(r_table(), ("a", "b", "c"), strata=["stratum"])
    assert found.coef == pytest.approx(told["coef"], abs=1e-7)
    assert found.covariance == pytest.approx(np.array(told["covariance"]), abs=1e-7)
    # Breslow's baseline on Efron's coefficients; R's basehaz the same way
    assert found.expected == pytest.approx(told["expected"], rel=1e-6)


def test_expected_departures_by_hand():
    # day 1: two without, one with, one without leaves; day 2: one each, the one with leaves
    rows = pd.DataFrame(
        {
            "start": [0.0, 0.0, 0.0],
            "stop": [1.0, 2.0, 2.0],
            "event": [True, False, True],
            "a": ["without", "without", "with"],
        }
    )
    found = joint_ratios(counted(rows, ["a"]), ("a",))
    h = np.exp(found.coef[0])
    # score: 1 = h/(2+h) + h/(1+h), so h² = 2; baseline hazards 1/(2+h), 1/(1+h), one at risk with
    assert h == pytest.approx(2**0.5)
    assert found.expected[0] == pytest.approx(1 / (2 + h) + 1 / (1 + h))
    assert found.observed[0] == 1


def test_customers_who_share_fate_widen_the_covariance():
    rows = pd.DataFrame(oracle("joint_states")["rows"])
    copies = pd.concat([rows] * 4, ignore_index=True)
    copies["cluster"] = np.tile(np.arange(len(rows)), 4)
    table = counted(copies, ["stratum", "a", "b", "c", "cluster"])
    fooled = joint_ratios(table, ("a", "b", "c"), strata=["stratum"])
    told = joint_ratios(table, ("a", "b", "c"), strata=["stratum"], cluster="cluster")
    ratio = np.sqrt(np.diag(told.covariance) / np.diag(fooled.covariance))
    assert (ratio > 1.4).all()  # copies know as much as one, so twice; 64 groups are rough


def test_the_engine_counts_joint_states_as_customer_rows_do():
    made = WORLDS["one-key-result"]
    _, reached, rows = split(made, 1, 2000)
    slow = joint_ratios(counted(rows, ["band", "plan", *CODES]), CODES, strata=["band", "plan"])
    one = company(replace(made, n_customers=2000))
    named = estimated(KEY, replace(made, n_customers=2000))
    for code, name in enumerate(NAMES):
        fast = named.named(f"churn rate with ÷ without: {name}")
        assert fast.value == pytest.approx(np.exp(slow.coef[code]), rel=1e-9)
    counts = kind_counts(one.customers, one.results).set_index("kind")
    assert counts["customers"].reindex(NAMES).tolist() == reached.sum(axis=0).tolist()


def test_pooled_kinds_are_counted_last():
    logs = np.log([0.5, 0.9, 0.2])
    found = fewest_kinds(logs, 1e-12 * np.eye(3), [10, 10, 10], pooled=1, draws=50)
    # gains 5, 1 and 8, the last of many kinds together: 80 % of 14 takes it, after both others
    assert found.fewest == 3 and found.if_equal == 2
    own = fewest_kinds(logs, 1e-12 * np.eye(3), [10, 10, 10], draws=50)
    assert own.fewest == 2


# --- the verdict rules


def number(value, low, high):
    region = (None, 3)
    return Estimate("n", value, low, high, scale="kinds", null=5, claimed_region=region)


@pytest.mark.parametrize(
    ("found", "few", "luck", "verdict"),
    [
        (number(1, 1, 2), 1.0, 0.0, "reproduced"),
        (number(1, 1, 3), 0.95, 0.05, "reproduced"),
        (number(3, 2, 3), 0.97, 0.2, "inconclusive"),
        (number(4, 4, 4), 0.01, 0.0, "same direction, smaller"),
        (number(4, 4, 4), 0.01, 0.3, "not reproduced"),
        (number(3, 3, 4), 0.6, 0.01, "same direction, size unclear"),
        (number(5, 4, 5), 0.0, 1.0, "not reproduced"),
        (number(4, 3, 5), 0.3, 0.4, "inconclusive"),
        (number(4, 3, 5), 0.3, 0.0, "inconclusive"),
        (number(None, None, None), 0.0, 1.0, "inconclusive"),
    ],
)
def test_the_rules_of_few(found, few, luck, verdict):
    judged = judge_few(found, chance_of_few=few, luck=luck, absent="no kinds")
    assert judged.verdict == verdict and judged.rule


def failed(value, low=None, high=None):
    return Estimate("left", value, low, high, scale="share", claimed_region=(0.75, None))


@pytest.mark.parametrize(
    ("share", "verdict"),
    [
        (failed(0.8, 0.7, 0.9), "reproduced"),
        (failed(0.7, 0.6, 0.8), "same direction, size unclear"),
        (failed(0.6, 0.5, 0.7), "same direction, smaller"),
        (failed(None), "same direction, size unclear"),
    ],
)
def test_an_effect_must_come_with_its_share(share, verdict):
    assert with_share(Judgement("reproduced", "r"), share).verdict == verdict
    other = Judgement("opposite", "r")
    assert with_share(other, share) is other


def test_thresholds_must_be_fixed():
    with pytest.raises(ValueError, match="must be fixed"):
        judge_few(Estimate("n", 1, 1, 1, scale="kinds"), chance_of_few=1, luck=0)
    with pytest.raises(ValueError, match="must be fixed"):
        with_share(Judgement("reproduced", "r"), Estimate("s", 0.8, scale="share"))


# --- from tables to verdicts

KEY_CASES = [
    (kinds_world(5, 1, 1, 1, 1, 1), "reproduced"),
    (kinds_world(4, 4, 4, 4, 1, 1, n=4000), "same direction, smaller"),
    (kinds_world(3, 3, 3, 1.6, 1, 1, n=3000), "same direction, size unclear"),
    (kinds_world(1.5, 1.5, 1.5, 1.5, 1.5, 1.5), "not reproduced"),
    (kinds_world(1.3, 1.3, 1.3, 1.3, 1.3, 1.3, n=800), "inconclusive"),
]
FIT_CASES = [
    (fit_world(churn_ratio=3.0), "reproduced"),
    (fit_world(churn_ratio=1.5), "same direction, smaller"),
    (fit_world(n=300, churn_ratio=1.8), "same direction, size unclear"),
    (fit_world(churn_ratio=0.5), "opposite"),
    (fit_world(n=3000), "not reproduced"),
    (fit_world(n=100), "inconclusive"),
    (fit_world(share_outside=0.0), "not identifiable"),
]


@pytest.mark.parametrize(("made", "verdict"), KEY_CASES)
def test_every_verdict_on_key_results(made, verdict):
    found = estimated(KEY, made)
    assert found.verdict == verdict, found.rule
    assert found.sentence.endswith(".") and found.action.endswith(".")
    assert found.primary.value is not None


@pytest.mark.parametrize(("made", "verdict"), FIT_CASES)
def test_every_verdict_on_fit(made, verdict):
    found = estimated(FIT, made)
    assert found.verdict == verdict, found.rule
    assert found.sentence.endswith(".") and found.action.endswith(".")


def test_the_late_kind_only_looks_like_the_key():
    made = replace(WORLDS["late-result"], n_customers=3000)
    found = estimated(KEY, made)
    assert found.verdict == "not identifiable" and found.primary is None
    assert "together avoid no departures beyond chance" in found.rule
    # luck alone nearly always shows three or fewer
    assert re.search(r"9\d % if none did anything", found.part("fewest").text)
    rows = found.part("naive").table.set_index("label")
    late, others = rows.loc[NAMES[5]], rows.drop(NAMES[5])
    assert late["plain"] > 1.4 * others["plain"].max()
    assert late["plain"] == pytest.approx(late["no_effect"], rel=0.12)
    ratio = found.named(f"churn rate with ÷ without: {NAMES[5]}")
    assert ratio.ci_low < 1 < ratio.ci_high


def test_expectations_of_the_unprepared_only_look_like_bad_fit():
    found = estimated(FIT, WORLDS["unprepared-fit"])
    assert found.verdict == "not reproduced"
    naive, none = found.first("naive"), found.first("no_effect")
    assert naive.ci_low > 2 and none.value == pytest.approx(naive.value, rel=0.15)


# --- what cannot be asked


@pytest.mark.parametrize(
    ("claim", "missing", "without"),
    [
        (KEY, "results.reached_on", lambda r: r.drop(columns="reached_on")),
        (KEY, "results.result", lambda r: None),
    ],
)
def test_a_missing_column_is_named(claim, missing, without):
    found = claims.get(claim).estimate(changed(fit_world(60), results=without))
    assert found.verdict == "not answerable"
    assert missing in found.missing and found.sentence


def test_expectations_must_be_recorded():
    one = changed(fit_world(60), customers=lambda c: c.drop(columns="expected_result"))
    found = claims.get(FIT).estimate(one)
    assert found.verdict == "not answerable" and found.missing == ("customers.expected_result",)
    assert "results that customers expected" in found.sentence


def test_without_results_the_key_ones_must_be_declared():
    one = changed(fit_world(60), results=lambda r: None, key_results=None)
    found = claims.get(FIT).estimate(one)
    assert found.verdict == "not answerable" and "key_results" in found.missing[0]
    declared = claims.get(FIT).estimate(changed(fit_world(churn_ratio=3.0), results=lambda r: None))
    assert declared.verdict == "reproduced"


def test_nothing_is_key_where_results_keep_no_one():
    made = kinds_world(1, 1, 1, 1, 1, 1, more=(Expectations(declared=False),))
    found = estimated(FIT, made)
    assert found.verdict == "not identifiable" and "beyond chance on the half" in found.rule
    assert found.part("fair").text.startswith("Not done here")


# --- half of the customers


def test_halves_by_hash_share_no_one_and_keep_parents_together():
    one = changed(
        fit_world(), customers=lambda c: c.assign(parent_id="P" + c["customer_id"].str[-3:])
    )
    first, second = (half.select("customer_id", "parent_id").to_pandas() for half in halves(one))
    assert len(first) + len(second) == 1500 and 0.4 < len(first) / 1500 < 0.6
    assert not set(first["parent_id"]) & set(second["parent_id"])
    plain = [half.count().execute() for half in halves(company(fit_world()))]
    assert sum(plain) == 1500 and 0.45 < plain[0] / 1500 < 0.55


def test_key_results_are_chosen_on_one_half_and_tested_on_the_other():
    made = fit_world(n=3000, churn_ratio=3.0, declared=False)
    found = estimated(FIT, made)
    assert found.verdict == "reproduced"
    assert found.n_customers < 1700
    assert "hours saved (chosen on the other half of customers)" in found.sentence
    rows = found.part("many_analysts").table["label"].tolist()
    assert "the other half chooses" in rows


def study_of(one):
    lives, clusters = lives_of(one)
    return KindStudy(lives, one.results, ("maturity", "plan"), clusters)


def test_kinds_may_be_called_like_columns_and_rare_ones_are_taken_together():
    names = dict(zip(NAMES, ("customer_id", "day", "observed", "plan", "churned", "$x$"),
                     strict=True))  # fmt: skip

    def renamed(results):
        rare = "rare " + (results.index % 40).astype(str)
        named = results["result"].map(names)
        return results.assign(result=named.where(results["result"] != NAMES[1], rare))

    study = study_of(changed(KEY_CASES[0][0], results=renamed))
    assert set(study.names) > {"customer_id", "observed", "plan", "churned", "$x$"}
    assert study.labels[-1] == "all other kinds" and len(study.labels) == 7
    assert study.fewest().kinds["kind"].iloc[0] == "customer_id"  # "hours saved" before


def test_parents_widen_the_interval_of_the_gain():
    def copies(frame):
        parts = [frame.assign(customer_id=frame["customer_id"] + f"-{k}") for k in range(3)]
        return pd.concat(parts, ignore_index=True)

    def owned(frame):
        return copies(frame).assign(parent_id=lambda f: f["customer_id"].str.partition("-")[0])

    small = replace(KEY_CASES[0][0], n_customers=250)
    alone, told = (
        study_of(changed(small, many, copies)).ratios(strata=()) for many in (copies, owned)
    )
    assert told.coef == pytest.approx(alone.coef)
    wider = np.sqrt(np.diag(told.covariance) / np.diag(alone.covariance))
    assert np.median(wider) == pytest.approx(3**0.5, rel=0.2)  # copies know as much as one


# --- parts, the published JSON

SHOWN = {
    "full": fit_world(n=3000, churn_ratio=3.0, declared=False),
    "tiny": kinds_world(5, 1, 1, 1, 1, 1, n=8, more=(Expectations(),)),
}


@pytest.mark.parametrize("name", SHOWN)
def test_every_part_can_be_shown_drawn_and_published(name):
    found = [estimated(claim, SHOWN[name]) for claim in (KEY, FIT)]
    if name == "tiny":
        assert "takes 6 kinds of result" in found[0].rule and found[0].primary is None
    for finding in found:
        for part in [finding, *finding.parts.values(), finding.part("no such part")]:
            assert len(repr(part)) > 10 and part._repr_html_().startswith("<p>")
            assert part.plot().figure is not None
            plt.close("all")
    document = findings_document(found, kit_version="0", data_fingerprint="f" * 64)
    jsonschema.validate(document, json.loads(SCHEMA_PATH.read_text(encoding="utf-8")))
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_rare_expectations_are_named_without_a_count():
    rows = estimated(FIT, fit_world(churn_ratio=3.0)).part("expectations").table
    rare = rows[rows["customers"] == "fewer than 5"]
    assert len(rare) and rare["share_left_so_far"].isna().all()
    assert rows["expected_result"].iloc[0] == "hours saved" and rows["key_result"].iloc[0]


# --- rates over seeds, on what was drawn


def key_judged(made, seed, n):
    lives, reached, rows = split(made, seed, n)
    later = (reached & lives["churned"].to_numpy()[:, None]).sum(axis=0)
    assert (later >= LEAST_LATER).sum() == MOST_KINDS
    ratios = joint_ratios(counted(rows, ["band", "plan", *CODES]), CODES, strata=["band", "plan"])
    found = fewest_of(ratios, CODES)
    if found.joint_gain.ci_low <= 0:
        return "not identifiable"
    luck = fewest_of(alike(ratios), CODES).chance_of_at_most(found.fewest)
    return judge_few(_number(found), chance_of_few=found.chance_of_at_most(FEW), luck=luck).verdict


def fit_judged(made, seed, n):
    lives = draw_lifetimes(made, n, seed)
    side = np.where(lives[OUTSIDE], "out", "in")
    rows = lives.assign(start=0.0, stop=lives["exit_day"], event=lives["churned"], fit=side)
    table = counted(rows, ["band", "plan", "fit"])
    ratio = rate_ratio(table, "fit", lambda x: x == "out", name="r", strata=["band", "plan"])
    ratio = replace(
        ratio, smallest_effect=FIT_TERMS.smallest_effect, claimed_region=FIT_TERMS.claimed_region
    )
    at = survival_at(survival_curve(table.where(fit="out")), 24 * MONTH)
    share = Estimate("s", 1 - at.value, 1 - at.ci_high, 1 - at.ci_low, scale="share")
    share = replace(share, claimed_region=SHARE_FAILED)
    return with_share(judge_effect(ratio, near_miss=FIT_TERMS.near_miss), share).verdict


@pytest.mark.parametrize(
    ("name", "n", "least"),
    [
        ("one-key-result", 2000, 1.0),
        ("two-key-results", 2000, 1.0),
        ("results-alike", 2000, 1.0),
        ("late-result", 2000, 0.8),
    ],
)
def test_key_results_are_told_over_seeds(name, n, least):
    got = pd.Series([key_judged(WORLDS[name], seed, n) for seed in SEEDS])
    wanted = dict(WORLDS[name].verdicts)[KEY]
    assert (got == wanted).mean() >= least, got.value_counts().to_dict()
    if wanted != "reproduced":
        assert not (got == "reproduced").any()


@pytest.mark.parametrize("name", ["bad-fit", "any-fit", "unprepared-fit"])
def test_fit_is_told_over_seeds(name):
    got = pd.Series([fit_judged(WORLDS[name], seed, 6000) for seed in SEEDS])
    assert (got == dict(WORLDS[name].verdicts)[FIT]).all(), got.value_counts().to_dict()


# --- the additions


def test_kinds_leave_the_days_of_first_results_alone_where_they_share_them_out():
    made = replace(WORLDS["one-key-result"], additions=())
    kinds = ResultKinds((Kind("a", 0.02, of_first=0.9), Kind("b", 0.02, of_first=0.1)))
    named = replace(made, additions=(kinds,), result_kinds=kinds.named)
    plain, shared = draw_lifetimes(made, 500, 3), draw_lifetimes(named, 500, 3)
    for column in ("result_day", "exit_day", "churned"):
        pd.testing.assert_series_equal(plain[column], shared[column])
    first = shared[f"{KIND_DAY}0"] < shared[f"{KIND_DAY}1"]
    assert 0.85 < first.mean() < 0.95


def test_no_kind_comes_before_its_month():
    lives = draw_lifetimes(WORLDS["late-result"], 500, 3)
    assert lives[f"{KIND_DAY}5"].min() > 12 * MONTH
    lived = lives_of(company(KEY_CASES[0][0]))
    assert lived[1] == ()
