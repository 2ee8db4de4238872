"""Write the README's table of verdicts: what the kit finds on the companies it comes with.

``python tools/readme_verdicts.py`` computes every row whose data are there and puts it between the
marks in README.md; a row whose data are not there stays as it stands. A test compares.
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


def row(company: str) -> str:
    """One company's row: for every claim its verdict and its number."""
    loaded = load_company(ROOT / "data" / company / "company.yml")
    cells = [_cell(claim.estimate(loaded)) for claim in claims.all()]
    return " | ".join([f"| [{company}](data/{company})", *cells]) + " |"


def table(rows: list[str]) -> str:
    """The whole table, given its rows."""
    heads = [f"{claim.number} {claim.title.lower()}" for claim in claims.all()]
    return "\n".join(
        ["| " + " | ".join(["", *heads]) + " |", "|---" * (1 + len(heads)) + "|", *rows]
    )


def rows_in(readme: str) -> dict[str, str]:
    """The rows as they stand in the README, by company."""
    found = MARKS.search(readme)
    lines = found.group().splitlines() if found else []
    return {line[3 : line.index("]")]: line for line in lines if line.startswith("| [")}


def _cell(finding: Finding) -> str:
    """The verdict and, where there is a number, the number with what to compare it with."""
    judged = finding.primary
    if judged is None:
        return f"**{finding.verdict}**: {finding.rule}"
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
    rows = rows_in(readme)
    for company in COMPANIES:
        try:
            rows[company] = row(company)
        except CompanyError as error:
            print(f"{company}: row left as it is ({error})", file=sys.stderr)
    written = table([rows[company] for company in COMPANIES if company in rows])
    path.write_text(MARKS.sub(rf"\g<1>{written}\n\g<2>", readme), encoding="utf-8")


if __name__ == "__main__":
    main()
