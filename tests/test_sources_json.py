"""JSON lines and arrays: nested objects become columns, what makes no row is set aside."""

import json

import pytest
from company_files import adds_up, found, load

from csresearch.company.checks import SET_ASIDE
from csresearch.company.sources import connect, open_file
from csresearch.errors import CompanyError


def opened(tmp_path, text, name="a.jsonl"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return open_file(connect(), "t", path)


def frame(source):
    table = source.table.to_pandas()
    return table.astype(object).where(table.notna(), None).to_dict("list")


def test_nested_objects_become_columns_and_cells_text(tmp_path):
    source = opened(
        tmp_path,
        '{"id": 1, "a": {"b": {"c": true}, "d": null}, "tags": ["x", 2], "x/y~z": "1.50"}\n'
        '\n{"id": 123456789012345678901234, "new": 2.5, "a": null}\r\n',
    )
    assert frame(source) == {
        "id": ["1", "123456789012345678901234"], "a.b.c": ["true", None], "a.d": [None, None],
        "tags": ['["x",2]', None], "x/y~z": ["1.50", None], "new": [None, "2.5"],
    }  # fmt: skip
    assert source.unreadable.empty


def test_a_place_with_objects_and_other_values_stays_one_column(tmp_path):
    source = opened(tmp_path, '{"a": {"b": 1}}\n{"a": "text"}\n{"a": {}}')
    assert sorted(frame(source)["a"]) == ["text", '{"b":1}', "{}"]


def test_lines_that_make_no_row_are_kept_apart_with_their_number(tmp_path):
    source = opened(
        tmp_path,
        b'{"id": "a"}\n{"id": \n[1]\n"x"\n{"id": "b", "id": "c"}\n'
        b'{"id": "\xc3\xa9\xff"}\n{"id": "e"}',
    )
    lines = source.unreadable
    assert lines["line"].tolist() == [2, 3, 4, 5, 6]
    assert lines["reason"].tolist() == [
        "is not JSON", "is not a JSON object", "is not a JSON object", "a key stands twice",
        "is not UTF-8: invalid start byte",
    ]  # fmt: skip
    assert sorted(frame(source)["id"]) == ["a", "e"]


def test_malformed_lines_are_counted_at_user_level(tmp_path):
    row = {"customer": {"id": "a"}, "start": "2024-01-01", "end": None}
    (tmp_path / "c.jsonl").write_text(json.dumps(row) + "\n{oops\n")
    company = load(
        tmp_path, "",
        on_customers={
            "file": "c.jsonl",
            "columns": {"customer_id": "customer.id", "started_on": "start", "ended_on": "end"},
        },
    )  # fmt: skip
    assert adds_up(company)
    assert found(company) == {("", "line can't be read"): (1, "line 2: {oops", SET_ASIDE)}
    (written,) = company.write_set_aside(tmp_path / "out")
    assert written.read_text().splitlines()[1] == "c.jsonl,2,is not JSON,{oops"


@pytest.mark.parametrize(
    "text",
    [
        '[{"id": 1.50, "a": {"b": "x"}}, {"id": 12345678901234567890123, "a": {"b": null}}]',
        '[\n {"id": 1.50, "a": {"b": "x"}},\n {"id": 12345678901234567890123}\n]',
        '{"total": 2, "records": [{"id": 1.50, "a": {"b": "x"}}, {"id": 12345678901234567890123}]}',
        '{\n"records": [{"id": 1.50, "a": {"b": "x"}}, {"id": 12345678901234567890123}]\n}',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_an_array_of_objects_is_read_too(tmp_path, text, encoding):
    source = opened(tmp_path, text.encode(encoding), "a.json")
    assert frame(source) == {"id": ["1.50", "12345678901234567890123"], "a.b": ["x", None]}


def test_json_lines_may_be_called_json(tmp_path):
    source = opened(tmp_path, '{"id": 1}\n{"id": 2}\n', "a.json")
    assert sorted(frame(source)["id"]) == ["1", "2"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.json", '[{"id": 1},\n {"id": ]', r"a\.json line 2 column 9: is not JSON"),
        ("a.json", '[{"id": 1, "ID": 2}]', "column 'ID' stands twice"),
        ("a.json", '[{"id": 1, "id": 2}]', "a record: column 'id' stands twice"),
        ("a.json", "[1, 2]", "holds no JSON objects"),
        ("a.json", "[" * 100_000, "is not JSON"),
        ("a.jsonl", '{"a.b": 1, "a": {"b": 2}}', r"column 'a\.b' stands twice"),
        ("a.jsonl", "customer_id,started_on\n", "holds no JSON objects"),
        ("a.jsonl", json.dumps({f"k{i}": i for i in range(2001)}), "more than 2000 different keys"),
    ],
)
def test_files_that_are_no_table_are_refused(tmp_path, name, text, message):
    with pytest.raises(CompanyError, match=message):
        opened(tmp_path, text, name)


def test_deep_nesting_ends_as_text(tmp_path):
    deep = '{"a":' * 60 + "1" + "}" * 60
    ((column, cells),) = frame(opened(tmp_path, deep)).items()
    assert column == ".".join("a" * 20)
    assert cells == ['{"a":' * 40 + "1" + "}" * 40]
