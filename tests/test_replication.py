"""The kit beside R, lifelines and published numbers; those committed are those of the data."""

import json

import pytest
from needs import ROOT, needs

from csresearch import load_company
from csresearch.places import PlaceNotFound
from csresearch.replication import heart_transplants, students
from csresearch.replication.compared import ALL_DIGITS, Compared, compared_part, same_digits
from csresearch.replication.measured import students_numbers

ORACLES = str(ROOT / "tests" / "oracles")
NUMBERS = ROOT / "data" / "open-university" / "numbers.json"
SMALLEST_CELL = 5


def leaves(numbers, path=()):
    """Every number of nested dictionaries, by its path."""
    for name, value in numbers.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, name))
        else:
            yield (*path, name), value


def test_digits_by_hand():
    assert same_digits(2.0, 2.0) == ALL_DIGITS
    assert same_digits(1.001, 1.0) == 3  # apart by 0.000999 of the larger
    assert same_digits(1.0, -1.0) == 0
    assert Compared("x", 0.2662, published=0.266, published_decimals=3).difference == "none"
    told = Compared("x", 0.2662, 0.2663, published=0.27).difference
    assert told == "R from digit 4 on"
    assert Compared("x", 2.0, published=3.0).difference == "published: the kit's rounds to 2.00"


def test_a_column_with_nothing_in_it_is_left_out():
    table = compared_part("x", [Compared("a", 1.0, 1.0), Compared("b", 2.0, why="so")]).table
    assert list(table) == ["number", "kit", "R", "difference", "why"]


def test_the_heart_transplants_are_those_of_everybody():
    parts = heart_transplants(ORACLES)
    kit = {row["number"]: row for part in parts.values() for row in part.table.to_dict("records")}
    assert kit["hazard ratio, ever transplanted"]["kit"] == "0.2662"
    assert kit["hazard ratio, transplanted by then"]["kit"] == "1.1356"
    assert kit["Mantel and Byar's chi-square"]["kit"] == "0.1751"
    differ = {name: row["difference"] for name, row in kit.items() if row["difference"] != "none"}
    # R and what is published never differ; lifelines where it stops its steps early
    assert all(told.startswith("lifelines from digit") for told in differ.values())


def test_the_students_are_those_of_r_and_of_the_published():
    parts = students(ORACLES, str(NUMBERS))
    rows = [row for part in parts.values() for row in part.table.to_dict("records")]
    differ = [row["difference"] for row in rows if row["difference"] != "none"]
    assert all(int(told.removeprefix("R from digit ").split()[0]) >= 6 for told in differ)
    assert not any("published" in told or "lifelines" in told for told in differ)


def test_missing_numbers_are_named():
    with pytest.raises(PlaceNotFound, match=r"nowhere/open_university\.json"):
        students("nowhere", str(NUMBERS))


def test_the_committed_numbers_hold_totals_and_ratios_only():
    found = json.loads(NUMBERS.read_text(encoding="utf-8"))
    counts = [value for _, value in leaves(found) if isinstance(value, int)]
    assert min(counts) >= SMALLEST_CELL
    assert len(list(leaves(found))) < 100
    assert not any(isinstance(value, list) for _, value in leaves(found))


@needs("open-university")
def test_the_committed_numbers_are_those_of_the_data():
    company = load_company(NUMBERS.parent)
    found = json.loads(NUMBERS.read_text(encoding="utf-8"))
    assert found.pop("data_fingerprint") == company.fingerprint
    for extra in ("made_by", "kit_version", "lifelines"):
        found.pop(extra)
    now = dict(leaves(students_numbers(company)))
    assert now == {path: pytest.approx(value, rel=1e-8) for path, value in leaves(found)}
