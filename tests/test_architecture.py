"""The shape of the package: which way imports point, how long things get, what is documented."""

import ast
import importlib
import inspect
import tomllib
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from needs import ROOT
from numpydoc.validate import validate

PACKAGE = ROOT / "csresearch"

# Rooms from the ground up: a module imports from its own row and the rows above it, nothing else.
ORDER = [
    {"errors", "installed", "numbering", "plain_text", "private_folder", "when_asked"},
    {"places"},
    {"findings"},
    {"verdicts"},
    {"events"},
    {"history", "risk_sets"},
    {"states"},
    {"company"},
    {"survival", "association", "equivalence", "concentration", "forecasts", "pooling", "planning"},
    {"resampling", "sensitivity", "multiverse"},
    {"figures"},
    {"second_road", "replication"},
    {"claims"},
    {"across", "sample_size"},
    {"data_report"},
    {"simulate"},
    {"setup"},
    {"page"},
    {"reports"},
    {"truth"},
    {"commands"},
    {"cli"},
    {"__init__", "__main__"},
]
# Rooms with a shorter list of their own: statistics know counts and estimates but no company,
# and made companies must not lean on the statistics they put to the test.
COUNTS = {"numbering", "findings", "events", "history", "risk_sets"}
STATISTICS = {
    "survival",
    "association",
    "equivalence",
    "concentration",
    "forecasts",
    "pooling",
    "planning",
    "sensitivity",
    "multiverse",
}
ONLY = {
    **dict.fromkeys(STATISTICS, STATISTICS | COUNTS),
    "simulate": {"errors", "company", "simulate"},
}

LONGEST_MODULE = 300
LONGEST_BODY = 40
MOST_POSITIONAL = 4
# A module may be longer for a reason, given here.
LONGER_MODULES: dict[str, str] = {}


def name_of(path: Path) -> str:
    """Dotted name of a module file, ``csresearch.survival.cox``; packages without __init__."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 2 else parts)


FILES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}
OUTSIDE = sorted([ROOT / "kit.py", *(ROOT / "tools").glob("*.py"), *ROOT.glob("benchmarks/*.py")])
EVERYTHING = FILES | {path.name: path for path in OUTSIDE}
TESTS = sorted((ROOT / "tests").rglob("*.py"))


@cache
def tree_of(name: str) -> ast.Module:
    """A module read as code; when a test asks, as every worker imports this file."""
    return ast.parse(EVERYTHING[name].read_text(encoding="utf-8"))


def room(module: str) -> str:
    """The row entry a module belongs to: the name just below the package."""
    return module.split(".")[1]


def imports(tree: ast.AST, module: str, files=frozenset(FILES)) -> set[str]:
    """Modules of the package that a module imports, also inside functions."""
    package = module if module in PACKAGES else module.rpartition(".")[0]
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package.split(".")[: len(package.split(".")) + 1 - node.level])
            source = ".".join(filter(None, [base if node.level else "", node.module]))
            names = [f"{source}.{alias.name}" for alias in node.names]
        else:
            continue
        names = [name for name in names if name not in CONSTANTS]
        found |= {
            longest_module(name, files) for name in names if f"{name}.".startswith("csresearch.")
        }
    return found - {module}


# The root is lazy and imports nothing; its version is a constant, its other names point up.
CONSTANTS = {"csresearch", "csresearch.__version__"}
PACKAGES = {name for name, path in FILES.items() if path.name == "__init__.py"}


def longest_module(name: str, files) -> str:
    """The module an imported dotted name lives in; the package's own names are its __init__."""
    while name not in files and "." in name:
        name = name.rpartition(".")[0]
    return "csresearch.__init__" if name == "csresearch" else name


@cache
def all_imports() -> dict[str, set[str]]:
    """What each module of the package imports."""
    return {name: imports(tree_of(name), name) for name in FILES}


def upward(graph: dict[str, set[str]]) -> list[str]:
    """Arrows that point up, or out of a room's own short list."""
    level = {name: row for row, names in enumerate(ORDER) for name in names}
    return [
        f"{module} imports {target}"
        for module, targets in graph.items()
        for target in targets
        if level.get(room(target), 99) > level.get(room(module), -1)
        or room(target) not in ONLY.get(room(module), level)
    ]


def cycle(graph: dict[str, set[str]]) -> list[str]:
    """The modules of one import cycle, or none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def test_every_module_has_its_place_in_the_order():
    known = set().union(*ORDER)
    assert sorted({room(name) for name in FILES} - known) == [], "add it to ORDER, at its level"


def test_imports_point_down_only():
    assert upward(all_imports()) == []


def test_no_import_cycles():
    assert cycle(all_imports()) == []


def test_an_upward_import_inside_a_function_and_a_cycle_are_seen():
    tree = ast.parse("def late():\n    from csresearch.reports.report import report\n")
    graph = {
        "csresearch.findings.labels": imports(
            tree, "csresearch.findings.labels", {"csresearch.reports"}
        )
    }
    assert upward(graph) == ["csresearch.findings.labels imports csresearch.reports"]
    assert upward({"csresearch.survival.cox": {"csresearch.company"}}) != []
    assert set(cycle({"a": {"b"}, "b": {"a"}})) == {"a", "b"}


def functions(tree: ast.AST):
    """All functions of a module, methods and inner ones among them."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def body_lines(function: ast.FunctionDef) -> int:
    """Lines of a function after its signature and docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def positional(function: ast.FunctionDef) -> int:
    """How many arguments can be given by position, self and cls aside."""
    names = [argument.arg for argument in function.args.posonlyargs + function.args.args]
    return len([name for name in names if name not in ("self", "cls")])


@pytest.mark.parametrize("path", [*FILES.values(), *OUTSIDE], ids=lambda path: path.stem)
def test_modules_are_short(path):
    name = path.relative_to(ROOT).as_posix()
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST_MODULE or name in LONGER_MODULES, f"{name}: {lines} lines"


def test_the_list_of_longer_modules_is_true():
    lines = {name: len((ROOT / name).read_text().splitlines()) for name in LONGER_MODULES}
    assert [name for name, n in lines.items() if n <= LONGEST_MODULE] == []
    assert all(LONGER_MODULES.values())


@pytest.mark.parametrize("name", EVERYTHING)
def test_functions_are_short_and_take_few_positional_arguments(name):
    found = functions(tree_of(name))
    long = [f"{f.name}: {body_lines(f)} lines" for f in found if body_lines(f) > LONGEST_BODY]
    wide = [
        f"{f.name}: {positional(f)} arguments" for f in found if positional(f) > MOST_POSITIONAL
    ]
    assert long + wide == []


def test_names_say_something_and_do_not_look_like_tests():
    parts = {part for name in FILES for part in name.split(".")}
    defined = {
        node.name
        for name in EVERYTHING
        for node in ast.walk(tree_of(name))
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    assert parts & {"utils", "util", "helpers", "helper", "manager"} == set()
    assert [name for name in parts | defined if name.startswith("test_")] == []


def public_objects():
    """Every public class, function and method, where it is defined."""
    for name in FILES:
        if name == "csresearch.__main__" or any(
            part.startswith("_") for part in name.split(".")[1:]
        ):
            continue
        module = importlib.import_module(name)
        for label, value in vars(module).items():
            if label.startswith("_") or getattr(value, "__module__", None) != name:
                continue
            if inspect.isclass(value) or inspect.isfunction(value):
                yield f"{name}.{label}"


@cache
def chosen_checks() -> frozenset[str]:
    """The checks of docstrings chosen in pyproject.toml."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return frozenset(settings["tool"]["numpydoc_validation"]["checks"])


def complaints(name: str) -> list[str]:
    """What numpydoc says about a docstring, of the checks chosen in pyproject.toml.

    Parameters and returns must all be told in statistics; elsewhere one line may do, but a
    Parameters section that is there must be whole.
    """
    checks, report = chosen_checks(), validate(name)
    if room(name) not in STATISTICS:
        checks -= {"RT01"} | (set() if "Parameters\n---" in report["docstring"] else {"PR01"})
    return [f"{name}: {code} {text}" for code, text in report["errors"] if code in checks]


def test_public_docstrings_are_valid_numpydoc():
    found = [complaint for name in public_objects() for complaint in complaints(name)]
    assert found == []


def asserts(function: ast.FunctionDef) -> bool:
    """Whether a test checks anything: assert, raises, warns, or a call named assert_… or check_…"""
    for node in ast.walk(function):
        called = node.func if isinstance(node, ast.Call) else None
        name = getattr(called, "attr", getattr(called, "id", ""))
        if isinstance(node, ast.Assert) or name in ("raises", "warns"):
            return True
        if name.startswith(("assert_", "check_")):
            return True
    return False


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_every_test_asserts(path):
    tests = [f for f in functions(ast.parse(path.read_text())) if f.name.startswith("test_")]
    assert [test.name for test in tests if not asserts(test)] == []
