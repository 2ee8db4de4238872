"""Delimited text: encodings found or stated, delimiters, quotes, line ends; no byte is replaced."""

import csv
import io
import random
import tempfile

import pytest
from company_files import adds_up, found, load

from csresearch.company.checks import SET_ASIDE, TOLD
from csresearch.company.source_settings import FileSettings
from csresearch.company.sources import connect, open_file
from csresearch.company.sources.decoding import as_utf8, found_encoding
from csresearch.errors import CompanyError

TEXT = "id,name\n1,Größe\n2,naïve\n"
ROWS = [("1", "Größe"), ("2", "naïve")]


def opened(tmp_path, content, name="a.csv", **how):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_file(connect(), "t", path, FileSettings(**how))


def rows(source):
    table = source.table.order_by(source.table.columns[0]).to_pandas()
    return [tuple(row) for row in table.astype(object).where(table.notna(), None).to_numpy()]


@pytest.fixture(autouse=True)
def no_temporary_file_stays(tmp_path, monkeypatch):
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield
    assert [p.name for p in place.iterdir() if p.suffix == ".txt"] == []


@pytest.mark.parametrize(
    ("encoding", "found_as", "guessed"),
    [
        ("utf-8", "utf-8", False),
        ("utf-8-sig", "utf-8", False),
        ("utf-16", "utf-16", False),
        ("utf-32", "utf-32", False),
        ("utf-16-le", "utf-16-le", True),
        ("utf-16-be", "utf-16-be", True),
        ("cp1252", "cp1252", True),
        ("latin-1", "cp1252", True),
    ],
)
def test_encodings_are_found_and_guesses_told(tmp_path, encoding, found_as, guessed):
    source = opened(tmp_path, TEXT.encode(encoding))
    assert found_encoding(tmp_path / "a.csv") == (found_as, guessed)
    assert rows(source) == ROWS
    assert source.unreadable.empty
    assert len(source.told) == guessed
    if found_as == "cp1252":
        (told,) = source.told
        assert (told.reason, told.rows) == ("encoding guessed: Windows-1252", 2)
        assert told.example == "Größe"


def test_a_stated_encoding_wins(tmp_path):
    text = "id,name\n1,Łódź\n2,Ελλάδα\n"
    source = opened(tmp_path, text.split("2")[0].encode("iso8859-2"), encoding="iso-8859-2")
    assert rows(source) == [("1", "Łódź")]
    assert source.told == ()
    source = opened(tmp_path, TEXT.encode("cp1252"), encoding="utf-8")  # it is not
    assert [int(line) for line in source.unreadable["line"]] == [2, 3]


def test_bytes_the_encoding_does_not_know_set_their_line_aside(tmp_path):
    undefined = [0x81, 0x8D, 0x8F, 0x90, 0x9D]
    bad = b"".join(b"%d,x%c\n" % (i, byte) for i, byte in enumerate(undefined))
    source = opened(tmp_path, TEXT.encode("cp1252") + bad)
    assert rows(source) == ROWS
    assert source.unreadable["line"].tolist() == [4, 5, 6, 7, 8]
    half = opened(tmp_path, TEXT.encode("utf-16-le")[:-3])  # ends within a character
    assert (rows(half), half.unreadable["line"].tolist()) == (ROWS[:1], [3])
    lone = TEXT.encode("utf-16").replace("ï".encode("utf-16-le"), b"\x00\xd8")
    half_pair = opened(tmp_path, lone)
    assert (rows(half_pair), half_pair.unreadable["line"].tolist()) == (ROWS[:1], [3])


def test_some_bad_bytes_in_utf8_do_not_make_it_another_encoding(tmp_path):
    source = opened(tmp_path, TEXT.encode() + b"3,\xff\n")
    assert rows(source) == ROWS
    assert source.unreadable["line"].tolist() == [4]


def test_bad_bytes_are_counted_at_user_level(tmp_path):
    company = load(
        tmp_path,
        "customer_id;started_on;ended_on\nMüller;2024-01-01;\n".encode("cp1252")
        + b"\x90;2024-01-01;\n",
    )
    assert adds_up(company)
    assert found(company) == {
        ("", "line can't be read"): (1, "line 3: ?;2024-01-01;", SET_ASIDE),
        ("", "encoding guessed: Windows-1252"): (2, "Müller", TOLD),
    }


def test_long_files_are_rewritten_piece_by_piece(tmp_path):
    path = tmp_path / "long.csv"
    text = "id,name\r\n" + "7,ä€𝄞\r\n" * 200_000  # some 3 MB, characters across every border
    for encoding in ("utf-16-le", "utf-16-be", "utf-32-le"):
        path.write_bytes(text.encode(encoding))
        with as_utf8(path, encoding) as (rewritten, _):
            assert rewritten.read_bytes() == text.encode()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(tmp_path, delimiter):
    text = 'id,"a;b, c|d\te"\n1,"x;,|\ty"\n2,\n'
    if delimiter != ",":
        text = delimiter.join(["id", '"a;b, c|d\te"']) + "\n"
        text += delimiter.join(["1", '"x;,|\ty"']) + f"\n2{delimiter}\n"
    source = opened(tmp_path, text)
    assert list(source.table.columns) == ["id", "a;b, c|d\te"]
    assert rows(source) == [("1", "x;,|\ty"), ("2", None)]


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("id^name\n1^Größe\n2^naïve\n", {"delimiter": "^"}),
        ("id name\n1 Größe\n2 naïve\n", {"delimiter": "space"}),
        ("id\tname\n1\tGröße\n2\tnaïve\n", {"delimiter": "tab"}),
        ("id,name\n1,'Größe'\n2,'naïve'\n", {"quote": "'"}),
        ("sep=;\nid;name\n1;Größe\n2;naïve\n", {}),
        ('"id";"name"\r\n"1";"Größe"\r\n"2";"naïve"\r\n', {}),
        (TEXT.replace("\n", "\r"), {}),
        (TEXT.replace("\n", "\r\n"), {}),
        (TEXT.replace("\n", "\r\n", 1), {}),
        (TEXT.replace("\n", "\r", 2), {}),
        (TEXT.rstrip("\n"), {}),
        (TEXT + "\n\n", {}),
    ],
)
def test_ways_to_write_the_same_rows(tmp_path, text, how):
    source = opened(tmp_path, text, **how)
    assert (rows(source), len(source.unreadable)) == (ROWS, 0)


def test_a_quote_can_be_an_ordinary_character(tmp_path):
    source = opened(tmp_path, 'id\tsize\n1\t5" disk\n2\t"a\n', quote="none")
    assert rows(source) == [("1", '5" disk'), ("2", '"a')]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("inside", ["\n", "\r\n"])
def test_line_breaks_in_cells_and_names_are_kept(tmp_path, end, inside):
    text = f'id,name{end}1,"a{inside}b"{end}2,x{end}'
    assert rows(opened(tmp_path, text)) == [("1", f"a{inside}b"), ("2", "x")]
    source = opened(tmp_path, text.replace("name", f'"the{inside}name"'))
    assert [" ".join(name.split()) for name in source.table.columns] == ["id", "the name"]
    assert [(key, cell.split()) for key, cell in rows(source)] == [("1", ["a", "b"]), ("2", ["x"])]


@pytest.mark.parametrize("name", ["\r=1", "\n=1", "plan\r", "plan\r\n"])
def test_a_line_break_at_the_edge_of_a_name_loses_no_row(tmp_path, name):
    path = tmp_path / "customers.txt"
    path.write_text(f'"a"|"{name}"\n"1"|"2"\n"3"|"4"\n', encoding="utf-8", newline="")
    opened = open_file(connect(), "t", path)
    assert opened.table.columns == ("a", name.strip())
    assert opened.table.count().execute() == 2


@pytest.mark.parametrize("seed", range(30))
def test_what_a_csv_writer_writes_is_read_back(tmp_path, seed):
    """Cells of anything but NUL, quoted, come back as they were."""
    draw = random.Random(seed)
    alphabet = ["a", "7", " ", ",", ";", "\t", "|", '"', "'", "\\", "\n", "é", "€", "𝄞", "\u202e"]
    cells = [
        [f"{i:03}", *("".join(draw.choices(alphabet, k=draw.randrange(6))) for _ in range(3))]
        for i in range(draw.choice([1, 5, 120]))
    ]
    stream = io.StringIO(newline="")
    end = draw.choice(["\n", "\r\n", "\r"])
    quoting = draw.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    writer = csv.writer(
        stream, delimiter=draw.choice(",;\t|"), lineterminator=end,
        quoting=csv.QUOTE_ALL if end == "\r" else quoting,  # it leaves a lone \n unquoted
    )  # fmt: skip
    writer.writerows([["id", "first", "second", "third"], *cells])
    content = stream.getvalue().encode(draw.choice(["utf-8", "utf-8-sig", "utf-16", "utf-16-be"]))
    source = opened(tmp_path, content)
    assert len(source.unreadable) == 0
    assert rows(source) == [tuple(cell or None for cell in row) for row in cells]


@pytest.mark.parametrize(
    ("content", "how", "message"),
    [
        (b"PK\x03\x04...", {}, "is no text but an Excel workbook or a zip archive; name it .xlsx"),
        (b"a\0\0\0,b\n", {}, "a.csv: is no text"),
        (b"id,name\n", {"encoding": "utf-16"}, "from line 1 on: is not utf-16 text"),
        (b"id,ID\n1,2\n", {}, "column 'ID' stands twice"),
        (b"id,a\0b,c,d,e,f,g\n1,2,3,4,5,6,7\n", {}, r"column 'a\\0b' holds a NUL"),
        (b'"id,name\n' + b"1,2\n" * 50_000, {}, "the header can't be read"),
        (b'"id,name\n' + b"1,2\n" * 30_000, {}, "a name of 120,0.. characters; close the quote"),
    ],
)
def test_files_that_are_no_table_are_refused(tmp_path, content, how, message):
    with pytest.raises(CompanyError, match=message):
        opened(tmp_path, content, **how)


@pytest.mark.parametrize(
    ("setting", "value"), [("encoding", "rot13"), ("encoding", "x"), ("delimiter", "ab"),
                           ("delimiter", "\n"), ("quote", "''"), ("quote", "a")]
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(tmp_path, setting, value):
    content = "customer_id,started_on,ended_on\na,2024-01-01,\n"
    with pytest.raises(CompanyError, match=rf"company\.yml line \d+: 'customers\.{setting}'"):
        load(tmp_path, content, on_customers={setting: value})
