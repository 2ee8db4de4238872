"""The page says what was found, alone and inert, the same every time."""

import re
from dataclasses import dataclass, replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from csresearch.findings import VERDICTS, Estimate, Finding
from csresearch.findings.strip import strip_of
from csresearch.page import cards_html, company_page
from csresearch.page.cards import headline, lead
from csresearch.page.style import PILLS
from csresearch.page.svg import small_svg, strip_svg

EVIL = "<script>alert('x')</script>\" onload=\"x"
SIX = {"null": 1, "smallest_effect": 1.25, "claimed_region": (4.5, 8), "role": "primary"}
VOID = {"meta", "path", "circle", "rect", "br"}


@dataclass(frozen=True)
class Run:
    """What `company_page` reads of a notebook's run."""

    notebook: str
    title: str
    failed: bool = False
    state: str = "done"
    cell: int | None = None
    error: str = ""
    message: str = ""
    page: str = ""


class Reader(HTMLParser):
    """Checks that tags nest and collects them with their attributes."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.words = [], [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    def named(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def results(value=3.21, low=3.01, high=3.41, verdict="same direction, smaller"):
    return Finding(
        claim="results-retention",
        title="Customers with results stay about 3 times longer, not six",
        verdict=verdict,
        rule="the 95 % interval is wholly short of the claimed 4.50 to 8.00",
        estimates=(
            Estimate("lifetime ratio", value, low, high, **SIX),
            Estimate("ever had a result", 6.7, role="naive"),
            Estimate("had results done nothing", 5.9, role="no_effect"),
        ),
        n_customers=29411,
        n_events=6974,
        evidence_grade="B",
        evidence_reasons=("a 28-day lag brings it to 2.3",),
        sentence="A plain comparison says 6.7 times.",
        action="Plan on three, not six.",
        options={"lag_days": 0},
    )


def satisfaction():
    zero = {"scale": "correlation", "role": "primary", "null": 0, "claimed_region": (-0.1, 0.1)}
    return Finding(
        "satisfaction-retention", "Satisfied customers stay longer", "not reproduced", "the rule",
        (
            Estimate("Somers' D", 0.31, 0.27, 0.35, **zero),
            Estimate("ratio per SD", 0.64, 0.6, 0.69, null=1, claimed_region=(0.9, 1.11)),
        ),
    )  # fmt: skip


UNKNOWN = Finding(
    "maturity-churn", "Maturity: nothing to say yet", "not answerable", "needs customers.maturity",
    missing=("customers.maturity",), action="Record it.",
)  # fmt: skip
RUNS = (
    Run("01_results_and_retention", "Results and retention", page="01_results_and_retention.html"),
    Run("03_maturity_and_churn", "Maturity and churn", True, "failed", 7, "ValueError", "bad <b>"),
)


def page(findings, **options):
    about = {"company": "Open University", "observed_until": "2014-10-16"} | options
    return company_page(findings, **about)


@pytest.fixture
def whole():
    aside = pd.DataFrame(
        [("results", "results.csv", "reached_on", "after the end", 12, "2024-13-01", "Look.")],
        columns=["table", "file", "column", "reason", "rows", "example", "what_to_do"],
    )
    return page(
        [results(), satisfaction(), UNKNOWN],
        fields={"industry": "education"},
        runs=RUNS,
        data_summary="29,411 customers",
        set_aside=aside,
    )


def test_page_says_everything(whole):
    read = Reader(whole)
    assert read.named("title") and "Open University: Customers with results" in read.text
    for words in (
        "data to 2014-10-16",
        "Of the 3 claims, 0 hold as stated",
        "1 holds in direction but is smaller than claimed",
        "1 does not hold, 1 needs columns that are missing.",
        "Customers with measurable results stay six times longer",
        "3.2 (3.0 to 3.4)",
        "plain comparison 6.7×",
        "what no effect would show 5.9×",
        "your data 3.2×",
        "claimed: 4.5 to 8×",
        "What to do. Plan on three, not six.",
        "29,411 customers · 6,974 left · evidence B",
        "a 28-day lag brings it to 2.3",
        "Rule: the 95 % interval is wholly short of the claimed 4.50 to 8.00.",
        "Chosen: lag_days = 0.",
        "missing: customers.maturity",
        "ratio per SD",
        "Maturity and churn: no result",
        "The notebook 03_maturity_and_churn failed in code cell 7.",
        "ValueError: bad <b>",
        "12 rows were set aside",
        "results.csv, reached_on : after the end (12 rows, for example 2024-13-01). Look.",
        "industry: education",
    ):
        assert words in read.text, words


def test_page_needs_nothing_but_itself(whole):
    read = Reader(whole)
    tags = {tag for tag, _ in read.tags}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "form"}
    assert not re.search(r"https?:|url\(|@import|//", whole)
    links = {attrs["href"] for attrs in read.named("a")}
    assert links == {
        "#results-retention", "#satisfaction-retention",
        "01_results_and_retention.html",
    }  # fmt: skip
    ids = {attrs["id"] for _, attrs in read.tags if "id" in attrs}
    assert {link[1:] for link in links if link.startswith("#")} <= ids


def test_a_page_of_many_claims_opens_the_first_that_decide():
    some = [results(), satisfaction(), UNKNOWN]
    undecided = replace(results(), claim="key-results", verdict="inconclusive")
    read = Reader(page([undecided, *some, *[replace(results(), claim=f"c{i}") for i in range(9)]]))
    cards = [attrs for attrs in read.named("details") if attrs.get("class") == "card"]
    assert len(cards) == 12
    assert ["open" in attrs for attrs in cards] == [False, True, True, True] + [False] * 8
    # few claims: all of them open
    cards = [a for a in Reader(page(some)).named("details") if a.get("class") == "card"]
    assert all("open" in attrs for attrs in cards)


def test_page_is_the_same_every_time(whole):
    one = results()
    drifted = replace(one, estimates=tuple(
        replace(e, value=e.value * (1 + 1e-14)) for e in one.estimates
    ))  # fmt: skip
    assert page([one]) == page([drifted])
    assert cards_html([one]) == cards_html([drifted])


def test_everything_from_the_data_is_inert():
    evil = Finding(
        EVIL, EVIL, "opposite", EVIL, (Estimate(EVIL, 0.5, 0.3, 0.8, **SIX),),
        n_customers=1, evidence_grade="D", evidence_reasons=(EVIL,), sentence=EVIL, action=EVIL,
        missing=(EVIL,), options={EVIL: EVIL},
    )  # fmt: skip
    run = Run(EVIL, EVIL, True, EVIL, 1, EVIL, EVIL, "javascript:alert(1)")
    html = page(
        [evil], company=EVIL, observed_until=EVIL, fields={EVIL: EVIL}, runs=[run],
        data_summary=EVIL,
        set_aside=[{"file": EVIL, "column": EVIL, "reason": EVIL, "rows": 1, "example": EVIL,
                    "what_to_do": EVIL}],
    )  # fmt: skip
    read = Reader(html)
    assert not read.named("script")
    assert not any(name.startswith("on") for _, attrs in read.tags for name in attrs)
    assert not any("javascript:" in attrs.get("href", "") for _, attrs in read.tags)


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_has_a_colour_and_a_place_in_the_lead(verdict):
    finding = Finding("c", "t", verdict, "r")
    words = lead([finding])
    assert words.startswith("Of the 1 claim, <b>")
    assert re.search(r"\b1 ", words.replace("the 1 claim", ""))
    assert PILLS[verdict] in page([finding])


def test_headline_is_the_first_that_decides():
    unsure = Finding("c", "Too little data", "inconclusive", "r")
    decided = Finding("c", "Results keep customers", "reproduced", "r")
    assert headline([unsure, decided]) == "Results keep customers."
    assert headline([unsure]) == "This data cannot decide any of the claims yet."
    assert headline([]) == "No claim could be tested."


def test_page_without_findings_runs_or_data():
    read = Reader(page([]))
    assert "No claim could be tested." in read.text
    assert not read.named("table")
    assert "No row had to be set aside." in Reader(page([], data_summary="x", set_aside=[])).text


def test_cards_for_a_notebook():
    html = cards_html([results(), UNKNOWN], pages={"results-retention": "01.html"})
    read = Reader(html)
    assert read.tags[0] == ("div", {"class": "csr"})
    assert len(read.named("section")) == 1
    assert "low-maturity" in read.text and "Record it." in read.text
    assert {"href": "01.html"} in read.named("a")
    rules = re.search(r"<style>(.*?)</style>", html, re.S)[1]
    outside = re.sub(r"@media[^{]*\{|\}", "\n", rules)
    assert all(
        part.strip().startswith(".csr")
        for line in outside.splitlines() if "{" in line
        for part in line.split("{")[0].split(",")
    )  # fmt: skip


def letters(svg):
    """Boxes of the words of an SVG, from the width of letters the browser was measured with."""
    found = re.findall(r'<text x="([\d.]+)" y="([\d.]+)" text-anchor="(\w+)"[^>]*>([^<]*)', svg)
    for x, y, anchor, words in found:
        width = 6.9 * len(words)
        left = float(x) - {"start": 0, "middle": width / 2, "end": width}[anchor]
        yield words, (left, float(y) - 11, left + width, float(y) + 2)


CASES = [
    (3.21, 3.01, 3.41), (6.0, 5.5, 6.6), (1.02, 0.93, 1.1), (0.5, 0.3, 0.8), (2.5, 0.001, 4000.0),
    (40.0, 30.0, 55.0), (5.9, 5.8, 6.0), (0.02, 0.01, 0.05), (2.5, 0.4, 14.0),
]  # fmt: skip


@pytest.mark.parametrize("width", [760, 350])
@pytest.mark.parametrize("case", CASES)
def test_words_in_a_strip_neither_overlap_nor_leave_it(case, width):
    svg = strip_svg(strip_of(results(*case)), width=width)
    boxes = list(letters(svg))
    height = float(re.search(r'viewBox="0 0 \d+ ([\d.]+)"', svg)[1])
    for n, (words, (left, top, right, bottom)) in enumerate(boxes):
        assert left >= -1 and right <= width + 1 and top >= 0 and bottom <= height, words
        for others, (a, b, c, d) in boxes[:n]:
            assert right <= a or c <= left or bottom <= b or d <= top, (words, others)


def test_strips_draw_the_interval_where_it_is():
    strip = strip_of(results())
    svg = strip_svg(strip, width=760)
    left = 20 + 720 * strip.at(3.01)
    assert f"M{left:.1f},".replace(".0,", ",") in svg
    assert 'aria-label="your data 3.2×; what no effect would show 5.9×; plain' in svg
    assert small_svg(strip).count("<circle") == 2
    assert "<text" not in small_svg(strip)
    far = strip_of(results(2.5, 0.001, 4000.0))
    assert strip_svg(far, width=760).count('z"') == 3  # the triangle and an arrow on either side
