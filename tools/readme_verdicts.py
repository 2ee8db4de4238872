"""Write the README's table of verdicts: what the kit finds on the companies it comes with.

``python tools/readme_verdicts.py`` computes every column whose data are there and puts it between
the marks in README.md; a column whose data are not there stays as it stands. A test compares.
"""

import re
import sys
from pathlib import Path

from csresearch import CompanyError, claims, load_company
from csresearch.findings import Finding
from csresearch.findings.labels import value_text

ROOT = Path(__file__).resolve().parent.parent
COMPANIES = ("steadfast", "mirage", "smallco", "open-university")
MARKS = re.compile(r"(<!-- verdicts: begin -->\n).*?(<!-- verdicts: end -->)", re.DOTALL)


def column(company: str) -> list[str]:
    """One company's cells: for every claim its verdict and its number."""
    loaded = load_company(ROOT / "data" / company / "company.yml")
    return [_cell(claim.estimate(loaded)) for claim in claims.all()]


def table(columns: dict[str, list[str]]) -> str:
    """The whole table, a row a claim, given each company's cells."""
    heads = [f"[{company}](data/{company})" for company in columns]
    names = [f"{claim.number} {claim.title.lower()}" for claim in claims.all()]
    rows = [names, *columns.values()]
    lines = [" | ".join(cells) for cells in zip(*rows, strict=True)]
    rule = "|---" * (1 + len(heads)) + "|"
    return "\n".join([f"|  | {' | '.join(heads)} |", rule, *(f"| {line} |" for line in lines)])


def columns_in(readme: str) -> dict[str, list[str]]:
    """Each company's cells as they stand in the README."""
    found = MARKS.search(readme)
    lines = found.group().splitlines()[1:-1] if found else []
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
    if len(cells) < 2:
        return {}
    names = [re.sub(r"[|\s]*\[([^]]*)\].*", r"\1", cell) for cell in cells[0] if "[" in cell]
    return {name: [row[i + 1] for row in cells[2:]] for i, name in enumerate(names)}


def _cell(finding: Finding) -> str:
    """The verdict and, where there is a number, the number with what to compare it with."""
    judged = finding.primary
    if judged is None:
        why = f"needs {', '.join(finding.missing)}" if finding.missing else finding.rule
        return f"**{finding.verdict}**: {why}"
    beside = ""
    if finding.claim == "results-retention":
        beside = f" times; plain comparison {value_text(finding.first('naive').value, 'ratio')}"
    if finding.claim == "maturity-churn":
        beside = f" of churn, from {value_text(judged.null, 'share')} of customers"
    return f"**{finding.verdict}**: {judged.text}{beside}"


def main() -> None:
    """Put the rows into README.md."""
    path = ROOT / "README.md"
    readme = path.read_text(encoding="utf-8")
    columns = columns_in(readme)
    for company in COMPANIES:
        try:
            columns[company] = column(company)
        except CompanyError as error:
            print(f"{company}: column left as it is ({error})", file=sys.stderr)
    written = table({name: columns[name] for name in COMPANIES if name in columns})
    path.write_text(MARKS.sub(rf"\g<1>{written}\n\g<2>", readme), encoding="utf-8")


if __name__ == "__main__":
    main()
