"""company.yml is read strictly, its errors say where and what to do, and the docs match it."""

from pathlib import Path

import pytest

from csresearch.company.canonical import TABLES, columns_of
from csresearch.company.config import check_config, read_config
from csresearch.company.dictionary import data_dictionary
from csresearch.errors import CompanyError, did_you_mean

ROOT = Path(__file__).resolve().parent.parent
LEAST = {"company": "Acme", "observed_until": "2026-06-30", "customers": {"file": "c.csv"}}


def read(tmp_path, text):
    path = tmp_path / "company.yml"
    path.write_text(text, encoding="utf-8")
    return read_config(path)


def test_the_least_company_yml_is_enough(tmp_path):
    config = read(tmp_path, "company: Acme\nobserved_until: 2026-06-30\ncustomers: {file: c.csv}\n")
    assert config.company == "Acme"
    assert config.observed_until.isoformat() == "2026-06-30"
    assert (config.horizon_months, config.smallest_cell, config.segments) == (24, 5, [])


def test_words_that_yaml_takes_for_something_else_stay_words(tmp_path):
    config = read(
        tmp_path,
        "company: 2026-01-01\nobserved_until: 2026-06-30\n"
        "company_fields: {country: NO, founded: 0777}\n"
        "customers: {file: c.csv, values: {churned: {Yes: yes, No: no, none:}}}\n",
    )
    assert config.company == "2026-01-01"
    assert config.company_fields == {"country": "NO", "founded": "0777"}
    assert config.customers.values == {"churned": {"Yes": "yes", "No": "no", "none": ""}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("company: A\nobserved_untill: 2026-01-01\ncustomers: {file: c}\n",
         r"line 2: unknown key 'observed_untill'; did you mean 'observed_until'"),
        ("company: A\ncustomers: {file: c}\n", r"'observed_until' is missing\. Day the data were"),
        ("company: A\nobserved_until: soon\ncustomers: {file: c}\n",
         r"line 2: 'observed_until' is 'soon'"),
        ("company: A\nobserved_until: 2026-01-01\ncustomers:\n  fil: c\n",
         r"line 4: unknown key 'customers\.fil'; did you mean 'file'"),
        ("company: A\nobserved_until: 2026-01-01\ncustomers:\n  file: c\n  sql: d\n",
         r"line 3: 'customers'.*either file: or sql:"),
        ("company: A\nobserved_until: 2026-01-01\ncustomers: {sql: c.sql}\n", "needs files:"),
        ("company: A\nobserved_until: 2026-01-01\ncustomers:\n  file: c\n"
         "  columns: {start: x}\n", r"'start' is not a column.*did you mean 'started_on'"),
        ("company: A\nobserved_until: 2026-01-01\ncustomers: {file: c}\nsegments: [state]\n",
         r"line 4: .*'state' is a name the kit uses"),
        ("company: A\nobserved_until: 2026-01-01\ncustomers: {file: c}\nsegments: [a, A]\n",
         "named twice"),
        ("company: A\nobserved_until: 2026-01-01\ncustomers: {file: c, date_format: '%d.%m'}\n",
         "name year, month and day"),
        ("company: A\nobserved_until: 2026-01-01\ncustomers: {file: c}\n"
         "churn_window: {months: 1, days: 30}\n", "either days: or months:"),
        ("company: A\nobserved_until: 2026-01-01\ncustomers: {file: c}\n"
         "churn_window: {months: 0}\n", r"'churn_window\.months'.*greater than 0"),
        ("company: A\nobserved_until: 2026-01-01\ncustomers: {file: c}\n"
         "maturity: {order: [low, high], low: [lo]}\n", "low names 'lo', did you mean 'low'"),
        ("company: A\nobserved_until: 2026-01-01\ncustomers: {file: c}\n"
         "maturity: {order: [low, high], low: [low, high]}\n", "every band is low"),
        ("company: A\nobserved_until: 2026-01-01\ncustomers: {file: c}\n"
         "maturity: {order: [a, b, c], cuts: [1]}\n", "1 cuts make 2 bands; order names 3"),
        ("company: A\nobserved_until: 2026-01-01\ncustomers: {file: c}\n"
         "maturity: {order: [a, b, c], cuts: [2, 1]}\n", "cuts must rise"),
        ("company: A\ncompany: B\n", "line 2: 'company' stands twice"),
        ("company: &a A\nobserved_until: *a\n", "line 2: .*aliases"),
        ("company: [A\n", "line 2: is not valid YAML"),
        ("company: !!python/object/apply:os.system ['true']\nobserved_until: 2026-01-01\n"
         "customers: {file: c}\n", "'company'.*valid string"),
        ("- a\n", "must hold keys and values"),
        ("", "must hold keys and values"),
    ],
)  # fmt: skip
def test_errors_say_where_and_what_to_do(tmp_path, text, message):
    with pytest.raises(CompanyError, match=message) as error:
        read(tmp_path, text)
    assert "company.yml" in str(error.value)


def test_every_wrong_key_is_told_at_once(tmp_path):
    with pytest.raises(CompanyError) as error:
        read(tmp_path, "compani: A\ncustomers: {file: c}\n")
    assert len(str(error.value).splitlines()) == 3  # two missing, one unknown


def test_a_missing_or_unreadable_file_is_an_error(tmp_path):
    with pytest.raises(CompanyError, match=r"nowhere\.yml: can't be opened"):
        read_config(tmp_path / "nowhere.yml")
    binary = tmp_path / "company.yml"
    binary.write_bytes(b"company: \xff\xfe")
    with pytest.raises(CompanyError, match="not UTF-8"):
        read_config(binary)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Steadfast", "steadfast"),
        ("../../etc/passwd", "etc-passwd"),
        ("Ärger & Co.", "arger-co"),
        ("a" * 100, "a" * 60),
        ("<script>alert(1)</script>", "script-alert-1-script"),
    ],
)
def test_a_company_name_becomes_a_safe_folder(name, slug):
    assert check_config({**LEAST, "company": name}).slug == slug


def test_names_that_lose_letters_do_not_share_a_folder():
    slugs = {
        check_config({**LEAST, "company": name}).slug for name in ("株式会社", "有限会社", "会社A")
    }
    assert len(slugs) == 3
    assert all(slug.isascii() and "/" not in slug for slug in slugs)


def test_did_you_mean_lists_what_there_is_when_nothing_is_near():
    assert did_you_mean("zzz", ["alpha", "beta"]) == "there are: alpha, beta"
    assert did_you_mean("ALPHA", ["alpha", "beta"]) == "did you mean 'alpha'?"
    assert did_you_mean("x", []) == ""


def test_columns_come_from_the_models():
    assert {t: [c.name for c in columns_of(t).values() if c.required] for t in TABLES} == {
        "customers": ["customer_id"],
        "results": ["customer_id"],
        "surveys": ["customer_id", "surveyed_on", "score"],
        "behaviors": ["customer_id", "done_on"],
        "efforts": ["customer_id", "spent_on"],
        "maturity_scores": ["customer_id", "scored_on", "maturity"],
        "metrics": ["customer_id", "measured_on", "value"],
        "revenues": ["customer_id", "changed_on", "recurring_revenue"],
    }
    assert columns_of("customers")["churned"].kind == "yes/no"


def test_the_data_dictionary_in_the_docs_is_the_generated_one():
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert text.endswith(data_dictionary()), "run: python -m csresearch.company.dictionary"


def test_the_example_in_the_docs_is_a_valid_company_yml(tmp_path):
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    config = read(tmp_path, text.split("```yaml\n")[1].split("```")[0])
    assert config.company == "Steadfast"


def test_the_shapes_in_the_docs_are_valid(tmp_path):
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    shapes = text.split("## Shapes of data\n")[1].split("## Data dictionary")[0]
    least = "company: A\nobserved_until: 2026-06-30\ncustomers: {file: c}\nbehaviors: {file: b}\n"
    for block in shapes.split("```yaml\n")[1:]:
        assert read(tmp_path, least + block.split("```")[0]).company == "A"
