"""Dates as they come: formats found by counting, questions where they can't be told, zones."""

import random
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import pandas as pd
import pytest
from company_files import adds_up, found, load

from csresearch.company import Company
from csresearch.company.date_formats import read_day
from csresearch.company.dates import find_date_format
from csresearch.errors import CompanyError

HEADER = "customer_id,started_on,ended_on\n"
FORMATS = {  # as written -> as found
    "%Y-%m-%d": "iso", "%Y-%m-%dT%H:%M:%S": "iso", "%Y-%m-%d %H:%M:%S.%f": "iso",
    "%Y/%m/%d": "iso", "%d.%m.%Y": "%d.%m.%Y", "%m/%d/%Y": "%m/%d/%Y", "%d/%m/%Y": "%d/%m/%Y",
    "%d-%m-%Y": "%d-%m-%Y", "%Y%m%d": "%Y%m%d", "%d%m%Y": "%d%m%Y", "%d.%m.%y": "%d.%m.%y",
    "%m/%d/%y": "%m/%d/%y", "%d/%m/%Y %H:%M": "%d/%m/%Y", "%m/%d/%Y %I:%M:%S %p": "%m/%d/%Y",
    "%Y.%m.%d": "%Y.%m.%d", "%d %b %Y": "%d %b %Y", "%b %d, %Y": "%b %d %Y",
    "%B %d %Y": "%b %d %Y", "%d-%b-%y": "%d %b %y", "%d. %B %Y": "%d %b %Y",
    "%A, %B %d, %Y": "%b %d %Y", "%d %b %Y %H:%M": "%d %b %Y",
}  # fmt: skip


def column(*cells):
    """A table of one text column."""
    return ibis.memtable(pd.DataFrame({"day": pd.Series(cells, dtype="str")}))


def days(cells, format, zone="UTC"):
    """The days read from cells of a format."""
    table = column(*cells)
    read = table.select(day=read_day(table.day, format, zone)).to_pandas()["day"]
    return [None if pd.isna(day) else pd.Timestamp(day).date() for day in read]


@pytest.mark.parametrize("written", FORMATS)
def test_a_format_is_found_and_read_as_strptime_reads_it(written):
    """The slow reference: datetime.strptime, cell by cell, on seeded random moments."""
    chance = random.Random(written)
    moments = [
        datetime(2000, 1, 1) + timedelta(seconds=chance.randrange(9_000 * 86_400))
        for _ in range(300)
    ]
    cells = [moment.strftime(written) for moment in moments]
    reading = find_date_format(column(*cells, "n/a", "", None), "day")
    assert (reading.format, reading.share_read, reading.ambiguous_with) == (
        FORMATS[written], 1.0, ()
    )  # fmt: skip
    assert days(cells, reading.format) == [datetime.strptime(c, written).date() for c in cells]


def test_what_is_no_such_date_is_not_read():
    cells = [
        "31/02/2024", "00/01/2024", "1/13/2024", "31/12/24", "31/12/20244", "31.12.2024",
        "x31/12/2024", "31/12/2024 25:00", "31/12/2024 10:60", "31/12/2024 10:00 xm", "31/12",
        "/12/2024", "soon",
    ]  # fmt: skip
    for cell in cells:
        with pytest.raises(ValueError, match=r"does not match|unconverted|out of range"):
            datetime.strptime(cell, "%d/%m/%Y")
    assert days(cells, "%d/%m/%Y") == [None] * len(cells)


@pytest.mark.parametrize(
    ("cell", "format"),
    [("31. Dezember 2024", "%d. %B %Y"), ("31. Dez. 2024", "%d %b %Y"),
     ("31 décembre 2024", "%d %b %Y"), ("31 DÉC. 2024", "%d %b %Y"),
     ("31 de diciembre de 2024", "%d %b %Y"), ("31-dic-24", "%d-%b-%y"),
     ("December 31st, 2024", "%b %d %Y"), ("Tue, 31 Dec 2024 22:00:00 GMT", "%d %b %Y"),
     ("2024 Dec 31", "%Y %b %d"), ("10:00 31/12/2024", "%H:%M %d/%m/%Y"), ("2024366", "%Y%j"),
     ("31/12/2024 9:05 a.m.", "%d/%m/%Y"), ("2024. 12. 31.", "%Y. %m. %d."),
     ("45657", "excel"), ("45657.99", "excel"), ("45657,25", "excel"), ("44195", "excel1904"),
     ("1735603200", "unix"), ("1735689599.9", "unix"), ("1735689599000", "unix_ms"),
     ("1735689599000000", "unix_us"), ("2024-12-31T23:59:59.5Z", "iso")],
)  # fmt: skip
def test_other_ways_to_write_the_last_day_of_2024(cell, format):
    # Excel: 1899-12-30 + 45657 days, or 1904-01-01 + 44195. Unix: 1735603200 s = 20088 * 86400,
    # and 2024-12-31 is day 20088 since 1970-01-01; a second later than ...599 it is 2025.
    assert days([cell], format) == [date(2024, 12, 31)]


@pytest.mark.parametrize(
    ("cells", "format"),
    [(["45657", "43000.5"], "excel"), (["1735603200", "1600000000"], "unix"),
     (["1735603200000", "1600000000000"], "unix_ms")],
)  # fmt: skip
def test_serial_numbers_are_found_as_text_and_as_numbers(cells, format):
    assert find_date_format(column(*cells), "day").format == format
    numbers = ibis.memtable(pd.DataFrame({"day": [float(cell) for cell in cells]}))
    reading = find_date_format(numbers, "day")
    assert (reading.format, reading.share_read) == (format, 1.0)


@pytest.mark.parametrize(
    "cells", [["1", "2", "300"], ["gold", "silver"], [None, ""], ["12/2024"], ["epoch"], ["C-100"]]
)
def test_columns_of_anything_else_have_no_format(cells):
    assert find_date_format(column(*cells), "day").format is None


def test_years_of_two_digits_turn_at_69():
    # As in POSIX and in Python: 69 to 99 are of the last century.
    assert days(["31/12/68", "31/12/69"], "%d/%m/%y") == [date(2068, 12, 31), date(1969, 12, 31)]


def test_the_whole_column_tells_the_order_of_day_and_month():
    early = ["01/02/2024", "03/04/2024"] * 20
    assert find_date_format(column(*early, "05/13/2024"), "day").format == "%m/%d/%Y"
    assert find_date_format(column(*early, "13/05/2024"), "day").format == "%d/%m/%Y"
    open_ = find_date_format(column(*early), "day")
    assert (open_.format, open_.ambiguous_with) == ("%d/%m/%Y", ("%m/%d/%Y",))
    same_either_way = find_date_format(column("01/01/2024", "02/02/2024"), "day")
    assert same_either_way.ambiguous_with == ()


def test_an_ambiguous_column_is_asked_about(tmp_path):
    rows = HEADER + "a,03/04/2024,\nb,05/06/2024,\n"
    with pytest.raises(CompanyError) as error:
        load(tmp_path, rows.replace("started_on", "Begin"),
             on_customers={"columns": {"started_on": "Begin"}})  # fmt: skip
    assert str(error.value) == (
        "customers.csv: column 'Begin' (started_on): '03/04/2024' may be 2024-04-03 (%d/%m/%Y) or "
        "2024-03-04 (%m/%d/%Y), and all 2 cells can be read in each of these ways. Say which in "
        'company.yml under customers: date_format: "%d/%m/%Y"'
    )
    for format, first in (("%d/%m/%Y", date(2024, 4, 3)), ("%m/%d/%Y", date(2024, 3, 4))):
        company = load(tmp_path, rows, on_customers={"date_format": format})
        assert company.customers.started_on.min().execute().date() == first
    by_column = {"date_format": {"started_on": "%d/%m/%Y"}}
    company = load(tmp_path, rows, on_customers=by_column)
    assert company.readings["evidence"].tolist()[0] == "stated in company.yml"


def test_another_column_of_the_table_settles_it(tmp_path):
    company = load(tmp_path, HEADER + "a,03/04/2024,31/05/2024\nb,05/06/2024,\n")
    readings = company.readings.set_index("role")
    assert readings.loc["started_on", "format"] == "%d/%m/%Y"
    assert readings.loc["started_on", "evidence"] == (
        "as ended_on, where 1 cells can only be read so"
    )
    assert company.customers.started_on.min().execute().date() == date(2024, 4, 3)


def test_impossible_rows_settle_it(tmp_path):
    # Day first, 5 February to 1 March, April, May; month first, 2 May to 3, 4, 5 January.
    rows = "".join(f"c{i},05/02/2024,01/0{i}/2024\n" for i in (3, 4, 5))
    company = load(tmp_path, HEADER + rows)
    assert set(company.readings["format"]) == {"%d/%m/%Y"}
    assert "3 rows would lie after 2024-12-31 or end before" in company.readings["evidence"].iloc[0]


def test_two_formats_in_one_column_are_refused_and_strays_set_aside(tmp_path):
    us = "".join(f"u{i},12/{d}/2024,\n" for i, d in enumerate(range(13, 29)))
    eu = "".join(f"e{i},{d}/11/2024,\n" for i, d in enumerate(range(13, 29)))
    with pytest.raises(CompanyError, match=r"50% of the 32 cells can only be read in another way"):
        load(tmp_path, HEADER + us + eu)
    company = load(tmp_path, HEADER + us + "iso,2024-12-01,\n")
    assert found(company) == {("started_on", "not a date"): (1, "2024-12-01", "row set aside")}
    assert "write dates as %m/%d/%Y" in company.problems["what_to_do"].iloc[0]
    assert adds_up(company)


def test_stated_formats_win_and_words_are_formats(tmp_path):
    company = load(tmp_path, HEADER + "a,45292,\nb,45293,\n", on_customers={"date_format": "excel"})
    assert company.customers.started_on.min().execute().date() == date(2024, 1, 1)
    with pytest.raises(CompanyError, match=r"date_format.*name year, month and day.*unix_ms"):
        load(tmp_path, HEADER + "a,45292,\n", on_customers={"date_format": "american"})
    with pytest.raises(CompanyError, match="customers: date_format: 'start' is not a column"):
        load(tmp_path, HEADER + "a,45292,\n", on_customers={"date_format": {"start": "iso"}})


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"])
def test_moments_become_days_of_the_time_zone(zone):
    """The slow reference: zoneinfo, over two years with their changes of the clocks."""
    chance = random.Random(zone)
    start = datetime(2023, 1, 1, tzinfo=ZoneInfo("UTC"))
    moments = [start + timedelta(seconds=chance.randrange(730 * 86_400)) for _ in range(300)]
    expected = [moment.astimezone(ZoneInfo(zone)).date() for moment in moments]
    assert days([m.strftime("%Y-%m-%dT%H:%M:%SZ") for m in moments], "iso", zone) == expected
    elsewhere = [m.astimezone(ZoneInfo("Asia/Tokyo")).isoformat(" ") for m in moments]
    assert days(elsewhere, "iso", zone) == expected
    assert (
        days([m.strftime("%d/%m/%Y %H:%M +00:00") for m in moments], "%d/%m/%Y", zone) == expected
    )
    assert days([str(int(m.timestamp())) for m in moments], "unix", zone) == expected
    local = [m.strftime("%Y-%m-%d %H:%M:%S") for m in moments]  # without offset: as it stands
    assert days(local, "iso", zone) == [m.date() for m in moments]
    native = Company.from_frames(
        pd.DataFrame({"customer_id": range(300), "started_on": moments, "ended_on": pd.NaT}),
        observed_until="2025-12-31", time_zone=zone,
    )  # fmt: skip
    read = native.customers.order_by("customer_id").started_on.to_pandas()
    assert [pd.Timestamp(day).date() for day in read] == expected


def test_midnights_of_another_zone_are_told(tmp_path):
    starts = ["2024-01-09T23:00:00Z", "2024-02-09T23:00:00Z", "2024-07-09T22:00:00Z"]  # Berlin's
    rows = HEADER + "".join(f"c{i},{start},\n" for i, start in enumerate(starts))
    company = load(tmp_path, rows)
    key = ("started_on", "midnight of another time zone: the day may be one too early")
    assert found(company) == {key: (3, starts[0], "told")}
    assert "22:00 or 23:00" in company.problems["what_to_do"].iloc[0]
    right = load(tmp_path, rows, time_zone="Europe/Berlin")
    assert right.problems.empty
    assert right.customers.started_on.min().execute().date() == date(2024, 1, 10)
    assert (
        "3 cells carry an offset: days are those of Europe/Berlin"
        in (right.readings["evidence"].iloc[0])
    )
    by_table = load(tmp_path, rows, on_customers={"time_zone": "Europe/Berlin"})
    assert by_table.fingerprint == right.fingerprint
    with pytest.raises(CompanyError, match=r"time_zone.*is no time zone, e\.g\. Europe/Berlin"):
        load(tmp_path, rows, time_zone="Europe/Berln")


def test_every_way_to_write_the_same_company_gives_the_same_one(tmp_path):
    chance = random.Random(1)
    starts = [date(2022, 1, 1) + timedelta(days=chance.randrange(700)) for _ in range(60)]
    prints = set()
    for written in ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%y", "%d %b %Y", "%Y%m%d"):
        rows = "".join(f"c{i},{s.strftime(written)},\n" for i, s in enumerate(starts))
        prints.add(load(tmp_path, HEADER + rows).fingerprint)
    assert len(prints) == 1
