"""Write the README's table of the truth study: how often the kit is wrong, a line a claim.

``python tools/readme_truth.py`` puts what benchmarks/truth holds between the marks in README.md.
"""

import re
from pathlib import Path

from csresearch.truth import read_blocks
from csresearch.truth.pages import readme_table

ROOT = Path(__file__).resolve().parent.parent
MARKS = re.compile(r"(<!-- truth: begin -->\n).*?(\n<!-- truth: end -->)", re.DOTALL)


def main() -> None:
    """Rewrite the table in place."""
    readme = ROOT / "README.md"
    table = readme_table(read_blocks(ROOT / "benchmarks" / "truth"))
    text = MARKS.sub(lambda marks: marks[1] + table + marks[2], readme.read_text("utf-8"))
    readme.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
