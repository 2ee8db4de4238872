"""C13: what each scenario would keep, against what truly would be kept in made companies."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from csresearch.claims.priorities import CLAIM
from csresearch.claims.priorities_lists import (
    MOST_LISTED,
    ActionList,
    action_lists,
    write_action_lists,
)
from csresearch.claims.priorities_steps import (
    ALL_HAPPY,
    AS_IS,
    PREPARED,
    RESULTS,
    RESULTS_HIGH,
    RESULTS_LOW,
    priorities_of,
)
from csresearch.company import Company
from csresearch.simulate import draw_lifetimes, simulate
from csresearch.simulate.worlds import WORLDS
from csresearch.survival.kept_together import clustered, fit_together

YEAR = 365.25
INF = np.inf


def company_of(world, seed=1, *, n=None, drop=()):
    made = simulate(world, seed=seed, n_customers=n)
    frames = {name: frame for name, frame in made.tables.items() if name not in drop}
    config = {k: v for k, v in made.config.items() if k != "company"}
    return Company.from_frames(**frames, **config)


# the model by hand and against statsmodels


def split(*rows, columns=("state",)):
    names = [*columns, "after_day", "up_to_day", "observed", "exposure"]
    return pd.DataFrame(rows, columns=names)


def test_two_rates_by_hand():
    # 20 in 10,000 days without, 10 in 10,000 with: over 100 days 1 − e^−0.2 and 1 − e^−0.1 leave
    model = fit_together(
        split(("without", 0, INF, 20, 10_000), ("with", 0, INF, 10, 10_000)), {"state": "without"}
    )
    today = pd.DataFrame({"tenure_days": [0.0, 50.0]})
    chance, slopes = model.chances(today, [("without",), ("with",)], days=100)
    assert chance == pytest.approx(np.exp([-0.2, -0.1]))
    assert slopes[0] == pytest.approx([-0.2 * np.exp(-0.2), 0.0])
    assert slopes[1] == pytest.approx([-0.1 * np.exp(-0.1)] * 2)


def test_factors_multiply_and_bins_follow_each_other():
    # rate 0.002 to day 100, then 0.0005; from day 60 over 100 days: 40 and 60 of them
    rows = split(("a", 0, 100, 20, 10_000), ("a", 100, INF, 10, 20_000))
    model = fit_together(rows, {"state": "a"})
    chance, _ = model.chances(pd.DataFrame({"tenure_days": [60.0]}), [("a",)], days=100)
    assert chance[0] == pytest.approx(np.exp(-0.002 * 40 - 0.0005 * 60))


def made_split(seed=0):
    rng, rows = np.random.default_rng(seed), []
    for a in ("x", "y"):
        for b in ("p", "q", "r"):
            for after, up_to in ((0.0, 90.0), (90.0, 365.0), (365.0, INF)):
                days = rng.uniform(5e3, 4e4)
                rate = 0.001 * (1 + (a == "y")) * {"p": 1, "q": 0.5, "r": 2}[b]
                for group in range(8):
                    n = rng.poisson(rate * days / 8)
                    rows.append((a, b, group, after, up_to, n, days / 8))
    return split(*rows, columns=("a", "b", "group"))


def test_coefficients_are_statsmodels_with_formula():
    import statsmodels.formula.api as smf

    rows = made_split()
    model = fit_together(rows, {"a": "x", "b": "p"})
    fit = smf.glm(
        "observed ~ C(after_day) + C(a) + C(b)",
        rows,
        family=sm.families.Poisson(),
        offset=np.log(rows["exposure"]),
    ).fit()
    place = model.factors["b", "q"]
    assert model.coef[place] == pytest.approx(fit.params["C(b)[T.q]"], rel=1e-8)
    error = np.sqrt(model.covariance[place, place])
    assert error == pytest.approx(fit.bse["C(b)[T.q]"], rel=1e-6)
    robust = smf.glm(
        "observed ~ C(after_day) + C(a) + C(b)",
        rows,
        family=sm.families.Poisson(),
        offset=np.log(rows["exposure"]),
    ).fit(cov_type="cluster", cov_kwds={"groups": rows["group"], "use_correction": False})
    found = clustered(model, rows, "group")
    error = np.sqrt(found.covariance[place, place] * 7 / 8)
    assert error == pytest.approx(robust.bse["C(b)[T.q]"], rel=1e-6)


def test_a_level_without_departures_has_no_factor_and_a_bin_of_few_is_joined():
    rows = split(
        ("a", 0, 90, 20, 10_000), ("a", 90, INF, 0, 500), ("b", 0, 90, 0, 900), ("c", 0, 90, 9, 900)
    )
    model = fit_together(rows, {"state": "a"})
    assert set(model.factors) == {("state", "c")}
    assert model.bins["up_to_day"].tolist() == [INF]


def test_nobody_left_and_one_group_are_refused():
    with pytest.raises(ValueError, match="nobody left"):
        fit_together(split(("a", 0, INF, 0, 100)), {"state": "a"})
    rows = split(("a", 0, INF, 5, 100))
    with pytest.raises(ValueError, match="at least two groups"):
        clustered(fit_together(rows, {"state": "a"}), rows.assign(group=1), "group")


# what is expected against what is true


def truly_kept(world, seed, change):
    """Customers truly kept over a year, from the world's own hazards, states held as they are."""
    lives = draw_lifetimes(world, world.n_customers, seed)
    here = lives[~lives["churned"]]
    churn = np.array([band.churn for band in world.bands])
    band, reached = here["band"].to_numpy(), here["result_day"].notna().to_numpy()
    band, reached = change(band.copy(), reached.copy())
    plan = np.array([p.churn_ratio for p in world.plans])[here["plan"]]
    monthly = churn[band] * plan * np.where(reached, 1 / world.lifetime_ratio, 1.0)
    return float(np.exp(-12 * monthly).sum())


def test_expected_customers_are_those_truly_kept():
    world, changes = (
        replace(WORLDS["results-decide"], additions=(), n_customers=6000),
        {
            AS_IS: lambda band, reached: (band, reached),
            RESULTS: lambda band, reached: (band, reached | True),
            RESULTS_LOW: lambda band, reached: (band, reached | (band == 0)),
            RESULTS_HIGH: lambda band, reached: (band, reached | (band == 2)),
            PREPARED: lambda band, reached: (np.maximum(band, 1), reached),
        },
    )
    frame = priorities_of(company_of(world, 3)).kept().frame.set_index("scenario")
    for name, change in changes.items():
        true = truly_kept(world, 3, change)
        width = frame.loc[name, "ci_high"] - frame.loc[name, "ci_low"]
        assert abs(frame.loc[name, "kept"] - true) < width, name


@pytest.fixture(scope="module")
def deciding():
    names = ("results-decide", "satisfaction-decides", "nothing-decides")
    companies = {name: company_of(WORLDS[name], n=2500) for name in names}
    return {name: (one, CLAIM.estimate(one)) for name, one in companies.items()}


def more(finding, scenario):
    return finding.named(f"more kept: {scenario}")


def test_results_decide(deciding):
    finding = deciding["results-decide"][1]
    assert finding.verdict == "descriptive"
    assert finding.primary.ci_low > 0
    assert more(finding, RESULTS).ci_low > 0 > more(finding, ALL_HAPPY).ci_low
    low, high = more(finding, RESULTS_LOW), more(finding, RESULTS_HIGH)
    assert low.ci_low > high.ci_high
    assert "list of customers without results" in finding.action


def test_satisfaction_decides(deciding):
    finding = deciding["satisfaction-decides"][1]
    assert finding.primary.ci_high < 0
    assert finding.title.startswith("Making the unhappy happy")


def test_nothing_decides_though_plain_shares_say_results(deciding):
    finding = deciding["nothing-decides"][1]
    assert finding.first("naive").value > 0.1
    assert more(finding, RESULTS).ci_low < 0.02
    assert more(finding, ALL_HAPPY).ci_low < 0


def test_every_part_shows_something(deciding):
    for _, finding in deciding.values():
        for name, part in finding.parts.items():
            assert part.title, name
            assert part.text or len(part.table), name


def test_the_second_road_agrees(deciding):
    table = deciding["results-decide"][1].part("second_road").table
    assert (table["from"] <= table["kept"]).all() and (table["kept"] <= table["to"]).all()


def test_the_finding_holds_no_customer(deciding):
    _, finding = deciding["results-decide"]
    assert "C0" not in json.dumps(finding.to_dict(smallest_cell=5))


# action lists


def test_lists_are_in_order_capped_and_counted(deciding):
    company, _ = deciding["results-decide"]
    study = priorities_of(company)
    failing, new = action_lists(study)
    rows = company.lifetimes(surveys=False).to_pandas()
    here = rows[~rows["churned"].astype(bool)]
    without = here[here["result_day"].isna()]
    assert failing.total == len(without)
    assert len(failing.rows) == min(MOST_LISTED, failing.total)
    happy = (failing.rows["latest_answer"] == "happy").to_numpy()
    assert (np.diff(happy.astype(int)) <= 0).all()
    chance = failing.rows.loc[happy, "leaving_in_12_months"].reset_index(drop=True)
    place = pd.Series(np.arange(len(chance)))
    assert chance.corr(place, method="spearman") < -0.9  # sorted to the month of tenure
    is_new = (here["maturity"] == "low") & (here["exit_day"] <= 90)
    assert new.total == is_new.sum()
    assert (new.rows["maturity"] == "low").all()


def test_chances_on_the_list_are_the_models(deciding):
    company, _ = deciding["satisfaction-decides"]  # whose rates do not jump at renewals
    study = priorities_of(company)
    rows = action_lists(study)[0].rows
    states = list(
        rows.assign(result_day="without", level=rows["latest_answer"])[
            list(study.columns)
        ].itertuples(index=False, name=None)
    )
    today = rows.assign(tenure_days=rows["months_here"] * 30.4375)
    chance, _ = study.model.chances(today, states, days=study.days)
    assert rows["leaving_in_12_months"].to_numpy() == pytest.approx(1 - chance, abs=5e-3)


def test_the_page_counts_who_is_listed_and_names_nobody(deciding):
    company, finding = deciding["results-decide"]
    failing, _ = action_lists(priorities_of(company))
    shown = finding.part("without_results")
    assert not shown.table.astype(str).isin(set(failing.rows["customer_id"])).any(axis=None)
    by = ["maturity", "latest_answer", "result"]
    size = failing.rows.groupby(by, sort=False).size()
    assert shown.table["customers"].tolist() == [
        "fewer than 5" if n < 5 else f"{n:,}" for n in size
    ]
    few = failing.rows.groupby(by, sort=False)["leaving_in_12_months"].mean().round(3)
    assert shown.table["share_leaving"].isna().tolist() == (size < 5).tolist()
    told = shown.table["share_leaving"].dropna().to_numpy()
    assert told == pytest.approx(few[size >= 5].to_numpy())
    assert f"{failing.total:,} customers" in shown.text


def test_the_files_hold_no_formula(tmp_path):
    rows = pd.DataFrame({"customer_id": ["=1+1", "-2", "@x", "plain"], "=plan": ["+a"] * 4})
    path = ActionList("list", "A list", rows, 4).write(tmp_path / "new")
    assert path.read_text().splitlines() == [
        "customer_id,'=plan",
        "'=1+1,'+a",
        "'-2,'+a",
        "'@x,'+a",
        "plain,'+a",
    ]


def test_lists_are_written_and_none_where_nothing_orders_customers(deciding, tmp_path):
    written = write_action_lists(deciding["results-decide"][0], tmp_path)
    assert [path.stem for path in written] == [
        "customers_without_results",
        "new_customers_low_group",
    ]
    lines = written[0].read_text().splitlines()
    assert lines[0].startswith("customer_id,maturity,plan,result,latest_answer,revenue,months_here")
    assert 1 < len(lines) <= MOST_LISTED + 1
    made = simulate(WORLDS["results-decide"], seed=1, n_customers=50)
    bare = made.customers[["customer_id", "started_on", "ended_on"]]
    company = Company.from_frames(bare, observed_until="2026-06-30")
    assert write_action_lists(company, tmp_path / "none") == ()


# refusals


def test_missing_columns_are_named():
    company = company_of(WORLDS["results-decide"], n=300, drop=("results", "surveys"))
    finding = CLAIM.estimate(company)
    assert finding.verdict == "descriptive"
    assert "results for all: results have no dates" in finding.part("fair").text
    made = simulate(WORLDS["results-decide"], seed=1, n_customers=300)
    bare = made.customers[["customer_id", "started_on", "ended_on"]]
    finding = CLAIM.estimate(Company.from_frames(bare, observed_until="2026-06-30"))
    assert finding.verdict == "not answerable"


def test_too_few_departures_are_inconclusive():
    finding = CLAIM.estimate(company_of(WORLDS["smallco"], n=30))
    assert finding.verdict == "inconclusive"
    assert finding.part("fair").text.startswith("Not done here")


def test_nothing_to_change_is_not_identifiable():
    made = simulate(WORLDS["results-decide"], seed=1, n_customers=300)
    surveys = made.surveys.assign(score=7)
    bare = made.customers[["customer_id", "started_on", "ended_on"]]
    finding = CLAIM.estimate(Company.from_frames(bare, None, surveys, observed_until="2026-06-30"))
    assert finding.verdict == "not identifiable"


def test_parents_widen_the_intervals():
    world = replace(WORLDS["results-decide"], accounts_per_parent=8, frailty_variance=1.5)
    made = simulate(world, seed=2, n_customers=1500)
    config = {k: v for k, v in made.config.items() if k != "company"}
    widths = []
    for customers in (made.customers, made.customers.drop(columns="parent_id")):
        company = Company.from_frames(customers, made.results, made.surveys, **config)
        row = priorities_of(company).kept().frame.iloc[0]
        widths.append(row["ci_high"] - row["ci_low"])
    assert widths[0] > widths[1]


def test_nobody_is_listed_where_everybody_has_left(tmp_path):
    customers = pd.DataFrame(
        {
            "customer_id": [f"c{n}" for n in range(40)],
            "started_on": "2023-01-01",
            "ended_on": [f"2023-{3 + n % 8:02}-15" for n in range(40)],
            "maturity": ["low", "high"] * 20,
        }
    )
    results = pd.DataFrame(
        {"customer_id": [f"c{n}" for n in range(0, 40, 3)], "reached_on": "2023-02-01"}
    )
    gone = Company.from_frames(
        customers,
        results.assign(result="saved"),
        observed_until="2024-06-30",
        maturity={"order": ["low", "high"], "low": ["low"]},
    )
    for path in write_action_lists(gone, tmp_path):
        assert len(pd.read_csv(path)) == 0
