"""What a notebook can be told: reading its parameters cell, refusing what does not fit."""

from pathlib import Path

import pytest

from csresearch.reports.notebook_files import ParameterError, cell_parameters, read_notebook
from csresearch.reports.parameters import check_parameters, parse_assignments

NOTEBOOKS = Path(__file__).parent / "notebooks"


@pytest.fixture(scope="module")
def typed():
    return read_notebook(NOTEBOOKS / "typed.ipynb")


def test_every_parameter_is_read_with_its_type_default_and_meaning(typed):
    # papermill's own reader misses `int | None` and any line with two equal signs
    assert list(typed.parameters) == [
        *("company", "save_to", "horizon_months", "margin", "segments", "label", "weighted")
    ]
    horizon = typed.parameters["horizon_months"]
    assert (horizon.annotation, horizon.default) == ("int | None", 24)
    assert horizon.meaning == "how far to look, months"
    assert typed.parameters["label"].default == "a = b"
    assert typed.title == "Parameters of every type"


def test_a_notebook_without_parameters_cell_has_none():
    assert read_notebook(NOTEBOOKS / "no_parameters.ipynb").parameters == {}


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"horizon_months": "36"}, {"horizon_months": 36}),
        ({"horizon_months": "null"}, {"horizon_months": None}),
        ({"margin": "1"}, {"margin": 1.0}),
        ({"margin": 0.2}, {"margin": 0.2}),
        ({"segments": "[region, plan]"}, {"segments": ["region", "plan"]}),
        ({"label": "007"}, {"label": "007"}),
        ({"label": "2024-01-01"}, {"label": "2024-01-01"}),
        ({"weighted": "true"}, {"weighted": True}),
        ({}, {}),
    ],
)
def test_values_are_read_in_the_annotated_type(typed, given, read):
    assert check_parameters(given, [typed]) == {"typed": read}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"horizon_months": "soon"}, "'horizon_months' must be int | None; got 'soon'"),
        ({"horizon_months": "1.5"}, "'horizon_months' must be int"),
        ({"margin": ".nan"}, "'margin' must be float"),
        ({"margin": "2024-01-01"}, "'margin' must be float"),
        ({"segments": "region"}, "'segments' must be list"),
        ({"segments": "[1, 2]"}, "'segments' must be list"),
        ({"weighted": "1"}, "'weighted' must be bool"),
        ({"label": None}, "'label' must be str"),
        ({"horzon_months": "3"}, "No notebook has a parameter 'horzon_months'. Did you mean"),
        ({"company": "x.yml"}, "'company' is set by the command itself"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_known_parameters(typed, given, message):
    with pytest.raises(ParameterError) as refused:
        check_parameters(given, [typed])
    assert message in str(refused.value)
    assert "horizon_months: int | None = 24  # how far to look, months" in str(refused.value)


def test_a_value_goes_only_to_the_notebooks_that_have_the_parameter(typed):
    other = read_notebook(NOTEBOOKS / "where.ipynb")
    chosen = check_parameters({"margin": "0.2"}, [typed, other])
    assert chosen == {"typed": {"margin": 0.2}, "where": {}}


def test_an_optional_text_keeps_what_yaml_would_turn_into_something_else(typed):
    parameters = cell_parameters('since: str | None = None  # a date\nkind: Literal["a"] = "a"')
    notebook = type(typed)(Path("one.ipynb"), "One", parameters)
    chosen = check_parameters({"since": "2024-01-01", "kind": "a"}, [notebook])
    assert chosen["one"] == {"since": "2024-01-01", "kind": "a"}


def test_a_whole_number_will_do_for_an_optional_decimal(typed):
    parameters = cell_parameters("horizon_months: float | None = None")
    notebook = type(typed)(Path("one.ipynb"), "One", parameters)
    assert check_parameters({"horizon_months": "12"}, [notebook])["one"] == {"horizon_months": 12.0}


def test_an_annotation_is_never_run_as_code(typed):
    harmful = cell_parameters('x: __import__("os").getcwd() = 1')
    with pytest.raises(ParameterError, match="is annotated"):
        check_parameters({"x": "1"}, [type(typed)(Path("one.ipynb"), "One", harmful)])


def test_a_derived_value_in_the_parameters_cell_is_refused():
    with pytest.raises(ValueError, match="malformed node"):
        cell_parameters("days: float = 24 * 30.4375")


def test_a_file_that_is_no_notebook_is_named(tmp_path):
    (tmp_path / "broken.ipynb").write_text("{")
    with pytest.raises(ParameterError, match=r"broken\.ipynb can't be read as a notebook"):
        read_notebook(tmp_path / "broken.ipynb")


def test_words_that_are_no_assignment_are_refused():
    assert parse_assignments(["a=1", "b=x=y", "a=2"]) == {"a": "2", "b": "x=y"}
    with pytest.raises(ParameterError, match="name=value, not as 'horizon'"):
        parse_assignments(["horizon"])
