"""The rules of the notebooks, as code: ``lint(notebook, name)`` lists what breaks them.

A rule is a generator of complaints; RULES names them all. The notebook is read as plain JSON, so
that what is judged is what is stored.
"""

import ast
import re
from collections.abc import Iterator
from itertools import groupby
from statistics import median

CLAIM = (
    "What is claimed and how we will judge it",
    "Parameters",
    "Data",
    "First look",
    "The tempting answer",
    "The fair answer",
    "Second road",
    "Many analysts",
    "Verdict",
    "What to do on Monday",
    "Limits",
)
# Notebooks that test no claim have an anatomy and a number of code cells (fewest, most) of their
# own; every other one is a claim's.
ANATOMIES = {
    "00_data_check": (
        "Parameters",
        "Data",
        "Set aside",
        "First look",
        "What looks suspicious",
        "What can be answered",
        "Limits",
    ),
    "20_company_report": (
        "How to read it",
        "Parameters",
        "Data",
        "The findings",
        "The page",
        "Limits",
    ),
    "90_against_published_analyses": (
        "How to read it",
        "Parameters",
        "The Stanford heart transplants",
        "The Open University's students",
        "Limits",
    ),
}
CODE_CELLS = {
    "00_data_check": (6, 20),
    "20_company_report": (3, 20),
    "90_against_published_analyses": (3, 20),
}
MOST_LINES, MOST_MEDIAN_LINES, MOST_IN_A_ROW, WORDS_PER_LINE = 12, 4, 2, 10

# Numbers prose may use outside the first section: the null values 0 and 1, months and days the
# conventions fix (landmarks, a month, day 30), levels of intervals, and years of citations.
CONVENTIONS = {"0", "1", "2", "3", "6", "12", "24", "30", "30.4375", "80", "90", "95"}
NUMBER = re.compile(r"(?<![\w.,#-])\d+(?:[.,]\d+)*(?![\w])")
NOT_PROSE = re.compile(r"```.*?```|`[^`]*`|\]\([^)]*\)|<[^>]+>|\b(?:1[89]|20)\d\d\b", re.DOTALL)
ABSOLUTE = re.compile(r"^(?:/|~|[A-Za-z]:[\\/])\S+$|/(?:home|Users|root|tmp|mnt)/")
DOWNLOADERS = {"urllib", "requests", "httpx", "aiohttp", "wget", "ftplib", "pooch"}

Notebook = dict
Complaints = Iterator[str]


def text(cell: dict) -> str:
    return "".join(cell["source"])


def code_cells(notebook: Notebook) -> list[dict]:
    """Code cells with something in them."""
    return [c for c in notebook["cells"] if c["cell_type"] == "code" and text(c).strip()]


def prose_cells(notebook: Notebook) -> list[dict]:
    return [c for c in notebook["cells"] if c["cell_type"] == "markdown"]


def code_lines(cell: dict) -> list[str]:
    """Lines that hold code, comments and blank lines aside."""
    lines = [line.strip() for line in text(cell).splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def headings(notebook: Notebook, level: int) -> list[str]:
    source = "\n".join(text(cell) for cell in prose_cells(notebook))
    return re.findall(rf"^{'#' * level} (.+?)\s*$", source, re.MULTILINE)


def syntax(cell: dict) -> ast.Module | None:
    """The cell as plain Python; None where it is not (magics and shell lines)."""
    try:
        return ast.parse(text(cell))
    except SyntaxError:
        return None


def nodes(notebook: Notebook) -> Iterator[ast.AST]:
    for cell in code_cells(notebook):
        yield from ast.walk(syntax(cell) or ast.Module([], []))


def tags(cell: dict) -> list[str]:
    return cell["metadata"].get("tags", [])


def one_title(notebook: Notebook, name: str) -> Complaints:
    titles = headings(notebook, 1)
    first = notebook["cells"][0]
    if len(titles) != 1 or first["cell_type"] != "markdown" or not text(first).startswith("# "):
        yield f"one H1, in the first cell, is expected; found {titles}"


def sections_in_order(notebook: Notebook, name: str) -> Complaints:
    expected, found = ANATOMIES.get(name, CLAIM), headings(notebook, 2)
    if tuple(found) != expected:
        yield f"sections are {found}, expected {list(expected)}"


def one_parameters_cell(notebook: Notebook, name: str) -> Complaints:
    tagged = [cell for cell in code_cells(notebook) if "parameters" in tags(cell)]
    if len(tagged) != 1:
        yield f"{len(tagged)} cells are tagged parameters, not 1"
    for cell in tagged:
        yield from bad_parameters(cell)


def bad_parameters(cell: dict) -> Complaints:
    lines = text(cell).splitlines()
    for node in getattr(syntax(cell), "body", []):
        line = lines[node.lineno - 1]
        if not isinstance(node, ast.AnnAssign) or node.value is None or not is_literal(node.value):
            yield f"parameter line {line!r} is not `name: type = literal  # meaning, unit`"
        elif node.end_lineno != node.lineno or not re.search(r"  # \w.+", line):
            yield f"parameter line {line!r} lacks its meaning (`  # meaning, unit`) on one line"


def is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True


def cells_are_few_and_short(notebook: Notebook, name: str) -> Complaints:
    lengths = [len(code_lines(cell)) for cell in code_cells(notebook)]
    fewest, most = CODE_CELLS.get(name, (12, 25))
    if not fewest <= len(lengths) <= most:
        yield f"{len(lengths)} code cells, expected {fewest} to {most}"
    if lengths and median(lengths) > MOST_MEDIAN_LINES:
        yield f"the median code cell has {median(lengths):g} lines, more than {MOST_MEDIAN_LINES}"
    if max(lengths, default=0) > MOST_LINES:
        yield f"a code cell has {max(lengths)} lines, more than {MOST_LINES}"


def prose_between_code(notebook: Notebook, name: str) -> Complaints:
    runs = groupby(cell["cell_type"] for cell in notebook["cells"])
    longest = max((len(list(run)) for kind, run in runs if kind == "code"), default=0)
    if longest > MOST_IN_A_ROW:
        yield f"{longest} code cells in a row, more than {MOST_IN_A_ROW}"
    words = sum(len(re.findall(r"\w+", text(cell))) for cell in prose_cells(notebook))
    lines = sum(len(code_lines(cell)) for cell in code_cells(notebook))
    if words < WORDS_PER_LINE * lines:
        yield f"{words} words of prose for {lines} lines of code, fewer than {WORDS_PER_LINE} each"


def plain_python(notebook: Notebook, name: str) -> Complaints:
    for cell in code_cells(notebook):
        if syntax(cell) is None:
            yield f"not plain Python: {text(cell).splitlines()[0]!r}"


def no_machinery(notebook: Notebook, name: str) -> Complaints:
    """No def, class, named lambda or loop: those belong in the package, with a test."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While)
    for node in nodes(notebook):
        named_lambda = isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda)
        if isinstance(node, kinds) or named_lambda:
            yield f"{type(node).__name__} in a notebook: put it in the package"


def nothing_from_outside(notebook: Notebook, name: str) -> Complaints:
    for node in nodes(notebook):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if re.match(r"(?:https?|ftp|s3)://", node.value):
                yield f"download: {node.value!r}"
            elif ABSOLUTE.search(node.value):
                yield f"absolute path: {node.value!r}"
        names = [alias.name for alias in getattr(node, "names", []) if isinstance(alias, ast.alias)]
        module = getattr(node, "module", None) if isinstance(node, ast.ImportFrom) else None
        for imported in [module] if module else names:
            if imported.split(".")[0] in DOWNLOADERS:
                yield f"download: import of {imported}"


def no_hidden_warnings(notebook: Notebook, name: str) -> Complaints:
    for node in nodes(notebook):
        if getattr(node, "attr", getattr(node, "id", "")) in ("filterwarnings", "simplefilter"):
            yield "warnings are hidden: mend what warns"
    if any("NBVAL" in tag.upper() for cell in notebook["cells"] for tag in tags(cell)):
        yield "an nbval tag hides a cell from the comparison"
    if any("# NBVAL" in text(cell) for cell in code_cells(notebook)):
        yield "an nbval comment hides a cell from the comparison"


def stored_executed(notebook: Notebook, name: str) -> Complaints:
    cells = code_cells(notebook)
    counts = [cell.get("execution_count") for cell in cells]
    if counts != list(range(1, len(cells) + 1)):
        yield f"execution counts are {counts}, not 1 to {len(cells)}"
    for cell in cells:
        if shows(cell) and not cell["outputs"]:
            yield f"no output is stored for {text(cell).splitlines()[-1]!r}"


def shows(cell: dict) -> bool:
    """Whether the cell ends in a value or a print, so that an output must be stored."""
    body = getattr(syntax(cell), "body", [])
    return bool(body) and isinstance(body[-1], ast.Expr)


def clean_outputs(notebook: Notebook, name: str) -> Complaints:
    outputs = [output for cell in code_cells(notebook) for output in cell["outputs"]]
    for output in outputs:
        if output["output_type"] == "error":
            yield f"an error is stored: {output['ename']}: {output['evalue']}"
        if output.get("name") == "stderr":
            yield f"a warning is stored: {''.join(output['text'])[:80]!r}"
        if "image/svg+xml" in output.get("data", {}):
            yield "an SVG is stored, which differs on every run"
        if re.search(r"/(?:home|Users|root|tmp|work|mnt)/\w", str(output.get("text", ""))):
            yield "an output names a folder of the machine it ran on"
        if re.search(r"(?i)\bpython \d+\.\d+", str(output.get("text", output.get("data", "")))):
            yield "an output names the Python version, so nbval fails on every other one"


def no_timing_metadata(notebook: Notebook, name: str) -> Complaints:
    places = [notebook["metadata"], *(cell["metadata"] for cell in notebook["cells"])]
    if any(key in place for place in places for key in ("papermill", "execution")):
        yield "papermill or timing metadata is stored: strip it"


def prose_holds_for_any_data(notebook: Notebook, name: str) -> Complaints:
    """After the first section, no number in prose but the conventions."""
    prose = "\n".join(text(cell) for cell in prose_cells(notebook))
    sections = re.split(r"^## ", prose, flags=re.MULTILINE)[1:]
    for section in sections:
        title, _, body = section.partition("\n")
        if title.strip() in (CLAIM[0], "How to read it"):
            continue
        body = re.sub(r"^\s*\d+\. ", "", NOT_PROSE.sub(" ", body), flags=re.MULTILINE)
        for number in NUMBER.findall(body):
            if number not in CONVENTIONS:
                yield f"{number} in the prose of {title.strip()!r}: would it hold on other data?"


RULES = (
    one_title,
    sections_in_order,
    one_parameters_cell,
    cells_are_few_and_short,
    prose_between_code,
    plain_python,
    no_machinery,
    nothing_from_outside,
    no_hidden_warnings,
    stored_executed,
    clean_outputs,
    no_timing_metadata,
    prose_holds_for_any_data,
)


def lint(notebook: Notebook, name: str) -> list[str]:
    """Every complaint about a notebook, with the rule it breaks."""
    return [f"{rule.__name__}: {said}" for rule in RULES for said in rule(notebook, name)]
