"""The verdict table and a card a claim, in plain language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import quote

from csresearch import claims
from csresearch.findings import VERDICTS, Estimate, Finding
from csresearch.findings.labels import ROLE_WORDS
from csresearch.findings.strip import Strip, strip_of, strip_of_estimate
from csresearch.page.style import CSS, PILLS
from csresearch.page.svg import small_svg, strip_svg

GRADE_WORDS = {
    "A": "strong: nothing found that would explain it otherwise",
    "B": "good, with one weakness",
    "C": "weak",
    "D": "very weak",
}
_GROUPS = (
    (("reproduced",), "{n} hold{s} as stated"),
    (("same direction, smaller",), "{n} hold{s} in direction but {is_} smaller than claimed"),
    (("same direction, larger",), "{n} {is_} even larger than claimed"),
    (("same direction, size unclear",), "{n} hold{s} in direction, the size not settled"),
    (("opposite",), "{n} point{s} the other way"),
    (("not reproduced",), "{n} do{es} not hold"),
    (("descriptive",), "{n} describe{s} and test{s} nothing"),
    (("inconclusive",), "{n} need{s} more data"),
    (("not identifiable",), "{n} cannot be told apart from other explanations"),
    (("not answerable",), "{n} need{s} columns that are missing"),
)
UNANSWERED = "not answerable"
_DECIDED = (*VERDICTS[:6],)
_OPEN_CARDS = 3  # shown whole: what a reader of three minutes must see; the others on a click
_KEY = (
    ("region", "what the newsletters claim"),
    ("small-effect", "too small to count"),
    ("null", "no difference"),
    ("data", "your data, 95 % interval"),
    ("naive", "the plain comparison, as a newsletter would make it"),
    ("none", "what it would show if there were no effect"),
)


def headline(findings: Sequence[Finding]) -> str:
    """Return the first finding that decides something, as a sentence."""
    if not findings:
        return "No claim could be tested."
    decided = [finding for finding in findings if finding.verdict in _DECIDED]
    title = decided[0].title if decided else "This data cannot decide any of the claims yet"
    return title if title.endswith((".", "?", "!")) else f"{title}."


def lead(findings: Sequence[Finding]) -> str:
    """Count the verdicts in one sentence: first what holds, also when nothing does."""
    counts = Counter(finding.verdict for finding in findings)
    told = []
    for verdicts, words in _GROUPS:
        n = sum(counts[verdict] for verdict in verdicts)
        if n or verdicts == ("reproduced",):
            one = n == 1
            ending = (
                {"s": "s", "es": "es", "is_": "is"} if one else {"s": "", "es": "", "is_": "are"}
            )
            text = words.format(n=n, **ending)
            told.append(f"<b>{text}</b>" if not told else text)
    noun = "claim" if len(findings) == 1 else "claims"
    return f"Of the {len(findings)} {noun}, {', '.join(told)}."


def cards_html(findings: Sequence[Finding], *, pages: Mapping[str, str] | None = None) -> str:
    """Return the verdict table and the cards as one piece of HTML, for a notebook's output.

    Parameters
    ----------
    findings : sequence of Finding
        In the order in which they are shown.
    pages : mapping of claim to address, optional
        Where each claim's whole analysis is.
    """
    body = lead_html(findings) + verdict_table(findings) + all_cards(findings, pages or {})
    return f'<div class="csr"><style>{CSS}</style>{body}</div>'


def lead_html(findings: Sequence[Finding]) -> str:
    """Return the lead as a paragraph."""
    return f'<p class="lead">{lead(findings)}</p>' if findings else ""


def verdict_table(findings: Sequence[Finding]) -> str:
    """Return the verdict table: claim, verdict, the data's number, and where it stands.

    Claims whose columns are missing stand below it, each with what it needs.
    """
    tested = [finding for finding in findings if finding.verdict != UNANSWERED]
    untested = _untested([finding for finding in findings if finding.verdict == UNANSWERED])
    if not tested:
        return untested
    rows = "".join(_row(finding) for finding in tested)
    key = "".join(f'<span><i class="key {name}"></i>{words}</span>' for name, words in _KEY)
    return (
        '<table class="verdicts"><thead><tr><th>What is claimed</th><th>On this data</th>'
        "<th>Where your data stand</th></tr></thead>"
        f'<tbody>{rows}</tbody></table><p class="keys">{key}</p>{untested}'
    )


def _untested(findings: Sequence[Finding]) -> str:
    """The claims these data cannot test, and the columns each needs, in one list."""
    if not findings:
        return ""
    items = "".join(
        f'<li id="{_anchor(one)}">{escape(statement(one.claim))}. '
        f'<span class="grey">({escape(_why_no(one))})</span> {escape(one.action)}</li>'
        for one in findings
    )
    n = len(findings)
    noun = "claim needs" if n == 1 else "claims need"
    return (
        f'<details class="untested"><summary>{n} {noun} columns these data do not have'
        f"</summary><ul>{items}</ul></details>"
    )


def _anchor(finding: Finding) -> str:
    """Where on the page a claim is."""
    return escape(quote(finding.claim))


def _row(finding: Finding) -> str:
    strip, primary = strip_of(finding), finding.primary
    known = primary is not None and (primary.value is not None or primary.unbounded)
    number = f"<br><b>{escape(primary.text)}</b>" if known else ""
    picture = small_svg(strip) if strip else f'<span class="grey">{escape(_why_no(finding))}</span>'
    if number and strip:
        picture += f'<span class="grey">{escape(primary.name)}</span>'
    return (
        f'<tr><td><a href="#{_anchor(finding)}">{escape(statement(finding.claim))}</a>'
        f"</td><td>{pill(finding.verdict)}{number}</td><td>{picture}</td></tr>"
    )


def _why_no(finding: Finding) -> str:
    return f"missing: {', '.join(finding.missing)}" if finding.missing else "no interval"


def statement(claim: str) -> str:
    """Return what is claimed, in plain words; the id of a claim the kit does not know."""
    known = {one.id: one.statement for one in claims.all()}
    return known.get(claim, claim).rstrip(".")


def pill(verdict: str) -> str:
    """Return the verdict as a coloured pill."""
    return f'<span class="pill" style="background:{PILLS[verdict]}">{escape(verdict)}</span>'


def all_cards(findings: Sequence[Finding], pages: Mapping[str, str]) -> str:
    """Return one card a tested claim; the first that decide something are open."""
    tested = [finding for finding in findings if finding.verdict != UNANSWERED]
    decided = [finding for finding in tested if finding.verdict in _DECIDED]
    shown = (decided or tested)[:_OPEN_CARDS] if len(tested) > _OPEN_CARDS else tested
    return "".join(_card(one, pages.get(one.claim), one in shown) for one in tested)


def _card(finding: Finding, page: str | None, shown: bool) -> str:
    action = f'<p class="do"><b>What to do.</b> {escape(finding.action)}</p>'
    more = "The whole analysis, step by step"
    link = f'<p class="more"><a href="{escape(quote(page))}">{more}</a></p>' if page else ""
    return (
        f'<section><details class="card"{" open" if shown else ""}>'
        f"<summary>{pill(finding.verdict)}<h2>{escape(finding.title)}</h2></summary>"
        f'<div id="{_anchor(finding)}">'
        f'<p class="grey claim">Claimed: {escape(statement(finding.claim))}.</p>'
        f"{_pictures(finding)}<p>{escape(finding.sentence)}</p>{action if finding.action else ''}"
        f'<p class="grey">{escape(finding.basis)}</p>{_analyses(finding)}{_details(finding)}{link}'
        "</div></details></section>"
    )


def _analyses(finding: Finding) -> str:
    """How many of the defensible analyses agree, where they were counted."""
    return f'<p class="grey">{escape(finding.analyses)}</p>' if finding.analyses else ""


def _pictures(finding: Finding) -> str:
    """The judged measure's strip, and one for every other measure with a claimed region."""
    named: list[tuple[str, Strip | None]] = []
    judged = finding.primary or finding.first("naive")
    if judged is not None:
        named.append((judged.name, strip_of(finding)))
    others = [e for e in finding.estimates if e.role == "secondary" and e.claimed_region]
    named += [(estimate.name, strip_of_estimate(estimate)) for estimate in others]
    return "".join(
        f"<figure><figcaption>{escape(name)}</figcaption>"
        f"{strip_svg(strip, width=760, style='wide')}{strip_svg(strip, width=350, style='narrow')}"
        "</figure>"
        for name, strip in named
        if strip is not None
    )


def _details(finding: Finding) -> str:
    rows = "".join(_estimate_row(estimate) for estimate in finding.estimates)
    table = f'<table class="numbers"><tbody>{rows}</tbody></table>' if rows else ""
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in finding.evidence_reasons)
    grade = finding.evidence_grade
    evidence = f"<p>Evidence {grade}: {GRADE_WORDS[grade]}.</p>" if grade else ""
    missing = f"<p>Missing: {escape(', '.join(finding.missing))}.</p>" if finding.missing else ""
    options = ", ".join(f"{name} = {value}" for name, value in finding.options.items())
    return (
        "<details><summary>How sure, and how it was counted</summary>"
        f"<p>Rule: {escape(finding.rule)}.</p>{evidence}"
        f"{f'<ul>{reasons}</ul>' if reasons else ''}{missing}{table}"
        f"{f'<p>Chosen: {escape(options)}.</p>' if options else ''}</details>"
    )


def _estimate_row(estimate: Estimate) -> str:
    kind = ROLE_WORDS[estimate.role]
    return (
        f"<tr><td>{escape(estimate.name)}</td><td>{escape(estimate.text)}</td>"
        f'<td class="grey">{escape(kind)}</td></tr>'
    )
