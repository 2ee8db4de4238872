"""Numbers as they come: decimal point or comma, thousands, currencies, percent, negatives."""

import random
from decimal import Decimal

import ibis
import pandas as pd
import pytest
from company_files import adds_up, found, load

from csresearch.company.numbers import find_number_format, read_number
from csresearch.errors import CompanyError

HEADER = "customer_id;started_on;ended_on;recurring_revenue\n"


def column(*cells):
    """A table of one text column."""
    return ibis.memtable(pd.DataFrame({"sum": pd.Series(cells, dtype="str")}))


def numbers(cells, decimal="."):
    """The numbers read from cells, None where there is none."""
    table = column(*cells)
    read = table.select(number=read_number(table["sum"], decimal)).to_pandas()["number"]
    return [None if pd.isna(number) else number for number in read]


def written(number, group, decimal, around="{}"):
    """A Decimal as a spreadsheet of some country writes it."""
    whole, _, rest = f"{abs(number):,.2f}".partition(".")
    text = around.format(whole.replace(",", group) + decimal + rest)
    return f"({text})" if number < 0 and around != "{}" else f"{'-' * (number < 0)}{text}"


@pytest.mark.parametrize(
    ("group", "decimal"),
    [(",", "."), (".", ","), (" ", ","), ("\u00a0", ","), ("\u202f", ","), ("'", "."), ("’", "."),
     ("", ","), ("", ".")],
)  # fmt: skip
def test_numbers_are_found_and_read(group, decimal):
    """The slow reference: each cell is written from a Decimal, and must read as it again."""
    chance = random.Random(group + decimal)
    exact = [Decimal(chance.randrange(-(10**9), 10**9)) / 100 for _ in range(300)]
    around = ["{}", "{} €", "$ {}", "CHF {}", "{}%"]
    cells = [written(number, group, decimal, around[i % 5]) for i, number in enumerate(exact)]
    reading = find_number_format(column(*cells, "n/a", ""), "sum")
    assert (reading.decimal, reading.share_read, reading.ambiguous_with) == (decimal, 1.0, ())
    assert numbers(cells, decimal) == [float(number) for number in exact]


def test_single_cells():
    with_point = {
        "1,234.5": 1234.5, "1'234": 1234, "1,23,456.78": 123456.78, "($5.00)": -5, "-$5": -5,
        "1234-": -1234, "−5": -5, "+5": 5, "R$ 5": 5, "12 kr": 12, "1e3": 1000, "5.": 5, ".5": 0.5,
        "1,2345": None, "12,34": None, "0,123": None, "1.2.3": None, "(5": None, "5)": None,
        "--5": None, "-": None, "%": None, "$": None, "": None, "five": None, "5 apples": None,
        "١": None, "inf": None, "nan": None, "1 23": None, "=1+1": None,
    }  # fmt: skip
    assert numbers(with_point) == list(with_point.values())
    with_comma = {
        "1.234,5": 1234.5, "1.234": 1234, "1,5": 1.5, "1,5E3": 1500, "-1.234.567,8": -1234567.8,
        "1,234.5": None, "12.34": None, "1.2345": None,
    }  # fmt: skip
    assert numbers(with_comma, ",") == list(with_comma.values())


def test_the_whole_column_tells_point_from_comma():
    open_ = ["1.234", "12.500", "900"]
    assert find_number_format(column(*open_), "sum").ambiguous_with == (",",)
    assert find_number_format(column(*open_, "1.5"), "sum").decimal == "."
    assert find_number_format(column(*open_, "1234.500"), "sum").decimal == "."
    assert find_number_format(column(*open_, "0,5"), "sum").decimal == ","
    assert find_number_format(column(*open_, "1.234.567"), "sum").decimal == ","
    assert find_number_format(column("1,234"), "sum").ambiguous_with
    assert find_number_format(column("gold", None), "sum").decimal is None
    assert find_number_format(ibis.memtable({"sum": [1.234]}), "sum").share_read == 1.0


def test_an_ambiguous_column_is_asked_about_and_a_stated_sign_wins(tmp_path):
    rows = HEADER + "a;2024-01-01;;1.234\nb;2024-01-01;;12.500\n"
    with pytest.raises(CompanyError) as error:
        load(tmp_path, rows)
    assert str(error.value) == (
        "customers.csv: column 'recurring_revenue': '1.234' may be 1.234 (with a decimal point) "
        "or 1234 (with a decimal comma), and all 2 cells can be read in both ways. Say which in "
        'company.yml under customers: decimal: "." or decimal: ","'
    )
    for decimal, total in ((".", 13.734), (",", 13734)):
        company = load(tmp_path, rows, on_customers={"decimal": decimal})
        assert company.customers.recurring_revenue.sum().execute() == pytest.approx(total)
    with pytest.raises(CompanyError, match="decimal"):
        load(tmp_path, rows, on_customers={"decimal": ";"})


def test_another_column_of_the_table_settles_it(tmp_path):
    company = load(
        tmp_path,
        "customer_id;started_on;ended_on;recurring_revenue;term_months\n"
        "a;2024-01-01;;1.234;1,5\nb;2024-01-01;;12.500;12\n",
    )
    assert company.customers.recurring_revenue.sum().execute() == 13734
    assert company.readings.set_index("role").loc["recurring_revenue", "evidence"] == (
        "as term_months, where 1 cells can only be read so"
    )


def test_what_cannot_be_read_is_told_with_its_words(tmp_path):
    company = load(tmp_path, HEADER + "a;2024-01-01;;€ 1.000,50\nb;2024-01-01;;a lot\n")
    assert found(company) == {("recurring_revenue", "not a number"): (1, "a lot", "value not used")}
    assert "{a lot: …}" in company.problems["what_to_do"].iloc[0]
    assert company.customers.recurring_revenue.sum().execute() == 1000.5
    assert adds_up(company)


def test_columns_of_two_kinds_of_numbers_are_refused(tmp_path):
    with pytest.raises(CompanyError, match="50% of the 2 cells can only be read in another way"):
        load(tmp_path, HEADER + "a;2024-01-01;;1.000,50\nb;2024-01-01;;1,000.50\n")


def test_a_chance_in_percent_is_one_from_0_to_1(tmp_path):
    company = load(
        tmp_path,
        "customer_id,started_on,ended_on,kickoff_judgement\n"
        "a,2024-01-01,,80 %\nb,2024-01-01,,0.25\n",
    )
    read = company.customers.order_by("customer_id").kickoff_judgement.to_pandas()
    assert read.tolist() == [0.8, 0.25]
