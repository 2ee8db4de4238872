"""One company.yml, a company for each value of a column: the same customers, each in its part."""

import json
import math

import pandas as pd
import pyarrow.parquet as pq
import pytest
from needs import ROOT, needs
from one_company import made_frames, write_csv

from csresearch.company import load_company
from csresearch.company.config import read_config
from csresearch.company.parts import split_company
from csresearch.company.split_record import RECORD, left_out
from csresearch.errors import CompanyError
from csresearch.history import read_history
from csresearch.pooling import random_effects
from csresearch.risk_sets import risk_sets
from csresearch.survival.cox import cox_partial_likelihood

OPEN_UNIVERSITY = ROOT / "data" / "open-university" / "company.yml"
R = json.loads((ROOT / "tests" / "oracles" / "open_university_modules.json").read_text())
HOSTILE = ["../../up", "a'; DROP TABLE x; --", "<script>alert(1)</script>", "A/B", "a b", "\x1b[1m"]


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A company with mistakes in its data, split by plan; `region` is a column without a role."""
    frames = made_frames()
    frames["customers"]["region"] = ["north", "south"] * 200
    return write_csv(tmp_path_factory.mktemp("template"), frames)


def split(template, column, folder):
    companies = [load_company(path) for path in split_company(template, column, folder)]
    return {company.config.company_fields[column]: company for company in companies}


def test_every_customer_is_in_the_part_of_its_value(template, tmp_path):
    whole = load_company(template)
    parts = split(template, "plan", tmp_path)
    assert sorted(parts) == ["Basic", "Ünal", "équipe"]
    used = whole.customers.group_by("plan").agg(n=whole.customers.count()).to_pandas()
    counted = dict(used.dropna().values)
    assert {value: part.data_summary.customers for value, part in parts.items()} == counted
    for value, part in parts.items():
        assert part.name == f"Acme, {value}"
        assert part.segments == ()  # it is the same for all of them
        ids = whole.customers.filter(whole.customers.plan == value).customer_id
        wanted = whole.results.filter(whole.results.customer_id.isin(ids)).count().execute()
        assert part.results.count().execute() == wanted
    plans = made_frames()["customers"].groupby("customer_id")["plan"].agg(set)
    without = sum(found == {""} for found in plans)
    told = left_out(tmp_path)
    assert f"customers.csv: {without} customers have no plan and are in no part" in told
    assert [line for line in told if line.startswith("results.csv")]


def test_a_part_says_what_its_rows_alone_would_say(template, tmp_path):
    """The clean tables and the rows set aside are those of files with these rows only."""
    part = split(template, "plan", tmp_path / "parts")["Basic"]
    frames = made_frames()
    customers = frames["customers"]
    frames["customers"] = customers[customers["plan"] == "Basic"]
    known = set(frames["customers"]["customer_id"])
    for name in ("results", "surveys"):
        frames[name] = frames[name][frames[name]["customer_id"].isin(known)]
    file = write_csv(tmp_path / "alone", frames)
    file.write_text(file.read_text().replace("segments:\n- plan\n", ""))
    alone = load_company(file)
    counts = ["table", "rows_in", "used", "set_aside"]
    pd.testing.assert_frame_equal(part.row_counts[counts], alone.row_counts[counts])
    assert part.fingerprint == alone.fingerprint


def test_what_was_split_is_kept_until_it_changes(template, tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    for file in template.parent.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    own = folder / "company.yml"
    first = split_company(own, "region", tmp_path / "parts")
    assert [path.parent.name for path in first] == ["acme-north", "acme-south"]
    stamps = {path: path.stat().st_mtime_ns for path in first}
    assert split_company(own, "region", tmp_path / "parts") == first
    assert {path: path.stat().st_mtime_ns for path in first} == stamps
    rows = {path.parent: (path.parent / "customers.parquet").read_bytes() for path in first}
    (first[0].parents[1] / RECORD).unlink()  # as after a run that was killed
    split_company(own, "region", tmp_path / "parts")
    assert rows == {p.parent: (p.parent / "customers.parquet").read_bytes() for p in first}
    text = (folder / "customers.csv").read_text()
    (folder / "customers.csv").write_text(text.replace("south", "east"))
    again = split_company(own, "region", tmp_path / "parts")
    assert [path.parent.name for path in again] == ["acme-east", "acme-north"]
    assert not first[1].parent.exists()


def test_hostile_values_stay_values(tmp_path):
    frames = made_frames(120)
    frames["customers"]["region"] = [*HOSTILE, *HOSTILE[:4]] * 12
    template = write_csv(tmp_path / "template", frames)
    files = split_company(template, "region", tmp_path / "parts")
    inside = tmp_path / "parts"
    assert len(files) == len({path.parent for path in files}) == len(HOSTILE)
    for path in files:
        assert path.resolve().is_relative_to(inside.resolve())
        assert path.parent.name.replace("-", "").isalnum()
        config = read_config(path)
        assert config.company_fields["region"] in HOSTILE
        assert config.company.isprintable()
    assert load_company(files[0]).data_summary.customers > 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["parts", "template"]


def test_dates_are_read_in_a_part_as_in_the_whole(tmp_path):
    """In one part alone no day is above 12: there the order of day and month can't be told."""
    days = pd.date_range("2022-01-01", periods=600, freq="D")
    early = days[days.day <= 12][:100]
    rows = pd.DataFrame(
        {
            "customer_id": range(400),
            "started_on": [*early.strftime("%d/%m/%Y"), *days[:300].strftime("%d/%m/%Y")],
            "ended_on": "",
            "maturity": "low",
            "region": ["early"] * 100 + ["all"] * 300,
        }
    )
    template = write_csv(tmp_path, {"customers": rows})
    settings = template.read_text().replace("- plan", "- region")
    template.write_text(settings)
    parts = split(template, "region", tmp_path / "parts")
    read = parts["early"].readings.set_index("role").loc["started_on"]
    assert read["format"] == "%d/%m/%Y" and read["read"] == 100


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("pln", "no such column; did you mean 'plan'"),
        ("maturity", "maturity is what claims are tested on"),
        ("ended_on", "ended_on is what claims are tested on"),
        ("number", "400 values there, e.g. '0' and '1'; at most 300 companies"),
        ("empty", "no row of customers.csv has a value there"),
    ],
)
def test_columns_that_make_no_companies_are_refused(tmp_path, monkeypatch, column, words):
    monkeypatch.setattr("csresearch.company.part_rows.MOST_PARTS", 300)
    frames = made_frames()
    frames["customers"]["number"] = range(400)
    frames["customers"]["empty"] = " "
    template = write_csv(tmp_path, {"customers": frames["customers"]})
    with pytest.raises(CompanyError, match=f"--split-by {column}: .*{words}"):
        split_company(template, column, tmp_path / "parts")
    assert not (tmp_path / "parts").exists()


def test_customers_in_several_parts_are_left_out_or_refused(tmp_path):
    rows = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "c"],
            "started_on": "2024-01-01",
            "ended_on": "",
            "region": ["north", "south", "north", "south"],
        }
    )
    template = write_csv(tmp_path, {"customers": rows})
    text = template.read_text().replace("- plan", "- region")
    template.write_text(text)
    parts = split(template, "region", tmp_path / "parts")
    assert [part.data_summary.customers for part in parts.values()] == [1, 1]
    assert left_out(tmp_path / "parts") == [
        "customers.csv: 1 customers stand in several parts, e.g. 'a', and are in none: "
        "an id must stand once"
    ]
    template.write_text(text + "subscriptions: {grace_days: 30}\n")
    with pytest.raises(CompanyError, match="their lives would be cut in two"):
        split_company(template, "region", tmp_path / "parts")


@needs("open-university")
def test_the_open_university_is_22_companies_and_its_modules_pool_as_in_r(tmp_path):
    files = split_company(OPEN_UNIVERSITY, "presentation", tmp_path / "presentations")
    assert len(files) == 22 and left_out(tmp_path / "presentations") == []
    rows = [pq.read_metadata(path.parent / "customers.parquet").num_rows for path in files]
    assert sum(rows) == 29_411
    modules = split(OPEN_UNIVERSITY, "module", tmp_path / "modules")
    assert list(modules) == R["modules"]
    fits = [log_hazard_ratio(module) for module in modules.values()]
    effects, errors = zip(*fits, strict=True)
    assert effects == pytest.approx([R["logHR"][name] for name in modules], rel=1e-7)
    assert errors == pytest.approx([R["se"][name] for name in modules], rel=1e-7)
    pooled = random_effects(effects, errors, names=list(modules), guard=False)
    assert pooled.tau2.value == pytest.approx(R["tau2"], rel=1e-4)
    assert 100 * pooled.i2 == pytest.approx(R["I2"], rel=1e-4)
    ends = [math.exp(x) for x in (pooled.mean.value, pooled.mean.ci_low, pooled.mean.ci_high)]
    assert ends == pytest.approx([R["pooled_HR"], *R["ci"]], rel=1e-6)
    guarded = random_effects(effects, errors).mean
    assert guarded.ci_low < pooled.mean.ci_low and guarded.ci_high > pooled.mean.ci_high


def log_hazard_ratio(company):
    """Log of the churn rate with ÷ without results at the same tenure, and its standard error."""
    lives = company.lifetimes()
    history = read_history(lives.mutate(change_day=lives.result_day), [])
    sets = risk_sets(history.event_table(), "state", ())
    fit = cox_partial_likelihood(sets, [[float(level == "with")] for level in sets.levels])
    return float(fit.coef[0]), float(fit.std_error[0])
