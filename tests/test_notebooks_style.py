"""The stored notebooks follow the rules, and every rule catches what it is there to catch."""

import copy
import json

import pytest
from needs import ROOT
from notebook_lint import ANATOMIES, CLAIM, RULES, lint

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_follows_the_rules(path):
    assert lint(json.loads(path.read_text(encoding="utf-8")), path.stem) == []


def test_notebooks_with_an_anatomy_of_their_own_exist():
    assert set(ANATOMIES) <= {path.stem for path in NOTEBOOKS}


def code(source, count, *tags):
    shown = {"output_type": "stream", "name": "stdout", "text": ["shown\n"]}
    return {
        "cell_type": "code",
        "source": source,
        "metadata": {"tags": list(tags)},
        "execution_count": count,
        "outputs": [shown],
    }


def prose(source):
    return {"cell_type": "markdown", "source": source, "metadata": {}}


@pytest.fixture
def notebook():
    """A claim notebook with nothing to complain about: a title, then prose and code by turns."""
    words = "reads the number either way " * 6
    cells = [
        prose("# Customers with results stay longer"),
        prose(f"## {CLAIM[0]}\n\nSix times; 4.5–8."),
    ]
    cells += [
        prose("## Parameters"),
        code('company: str = "x"  # the company to read', 1, "parameters"),
    ]
    for count, section in enumerate(CLAIM[2:], start=2):
        cells += [
            prose(f"## {section}\n\n{words} (Cox 1972), at 95 % and month 12."),
            code("print(1)", count),
        ]
    cells += [prose(words), code("finding.text", 11), prose(words), code("finding", 12)]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def test_a_good_notebook_passes(notebook):
    assert lint(notebook, "01_results_and_retention") == []


def add(source):
    return lambda cells: cells[-1].update(source=source)


def say(source):
    return lambda cells: cells[-2].update(source=cells[-2]["source"] + source)


def output(**fields):
    return lambda cells: cells[-1].update(outputs=[fields])


def parameters(source):
    return lambda cells: cells[3].update(source=source)


BREAKS = [
    ("one_title", say("\n# Another title")),
    ("one_title", lambda cells: cells.insert(0, prose("No title yet"))),
    ("sections_in_order", lambda cells: cells[4].update(source="## Data and more")),
    ("sections_in_order", say("\n## An extra section")),
    ("one_parameters_cell", lambda cells: cells[3]["metadata"].clear()),
    ("one_parameters_cell", parameters('company = "x"  # untyped')),
    ("one_parameters_cell", parameters('company: str = "x"')),
    ("one_parameters_cell", parameters("horizon: int = 2 * 12  # months")),
    ("one_parameters_cell", parameters("import csresearch  # no parameter")),
    ("cells_are_few_and_short", lambda cells: cells.__delitem__(slice(-2, None))),
    ("cells_are_few_and_short", add("print(1)\n" * 13)),
    (
        "cells_are_few_and_short",
        lambda cells: [c.update(source="a = 1\n" * 5) for c in cells[5::2]],
    ),
    (
        "prose_between_code",
        lambda cells: cells.extend([code("print(1)", 13), code("print(1)", 14)]),
    ),
    (
        "prose_between_code",
        lambda cells: [c.update(source="Few words.") for c in cells[4:] if len(c) == 3],
    ),
    ("plain_python", add("%matplotlib inline")),
    ("plain_python", add("!ls")),
    ("no_machinery", add("def ratio(a, b):\n    return a / b\nratio(1, 2)")),
    ("no_machinery", add("ratio = lambda a, b: a / b\nratio(1, 2)")),
    ("no_machinery", add("for band in bands:\n    print(band)\nprint(1)")),
    ("nothing_from_outside", add('read("/data/customers.csv")')),
    ("nothing_from_outside", add('read("C:\\\\data\\\\customers.csv")')),
    ("nothing_from_outside", add('read("https://example.com/customers.csv")')),
    ("nothing_from_outside", add("from urllib.request import urlopen\nprint(1)")),
    ("nothing_from_outside", add("import requests\nprint(1)")),
    ("no_hidden_warnings", add('import warnings\nwarnings.filterwarnings("ignore")')),
    ("no_hidden_warnings", lambda cells: cells[-1]["metadata"]["tags"].append("nbval-skip")),
    ("no_hidden_warnings", add("# NBVAL_IGNORE_OUTPUT\nprint(1)")),
    ("stored_executed", lambda cells: cells[-1].update(execution_count=None)),
    ("stored_executed", lambda cells: cells[-1].update(execution_count=99)),
    ("stored_executed", lambda cells: cells[-1].update(outputs=[])),
    ("clean_outputs", output(output_type="error", ename="ValueError", evalue="no")),
    ("clean_outputs", output(output_type="stream", name="stderr", text=["FutureWarning"])),
    ("clean_outputs", output(output_type="display_data", data={"image/svg+xml": "<svg/>"})),
    (
        "clean_outputs",
        output(output_type="stream", name="stdout", text=["/".join(["", "home", "ann"])]),
    ),
    ("clean_outputs", output(output_type="stream", name="stdout", text=["kit 0.1, python 3.11.7"])),
    ("no_timing_metadata", lambda cells: cells[-1]["metadata"].update(papermill={"duration": 1})),
    ("no_timing_metadata", lambda cells: cells[-1]["metadata"].update(execution={"iopub": 1})),
    ("prose_holds_for_any_data", say(" The ratio is 3.21 here.")),
    ("prose_holds_for_any_data", say(" We see 1,204 customers.")),
]


@pytest.mark.parametrize(("rule", "mutate"), BREAKS)
def test_each_rule_catches_its_break(notebook, rule, mutate):
    broken = copy.deepcopy(notebook)
    mutate(broken["cells"])
    complaints = lint(broken, "01_results_and_retention")
    assert {complaint.split(":")[0] for complaint in complaints} >= {rule}


def test_every_rule_has_a_break():
    assert {rule.__name__ for rule in RULES} == {rule for rule, _ in BREAKS}
