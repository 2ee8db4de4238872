"""The page of a company's plan: a table of what every claim takes, and two pictures each."""

from __future__ import annotations

from html import escape

from csresearch.findings.labels import value_text
from csresearch.page.curves import Chart, chart_svg
from csresearch.page.plan_pictures import power_chart, precision_chart
from csresearch.page.style import CSS
from csresearch.plain_text import without_marks
from csresearch.sample_size.plan import (
    ENOUGH,
    MISSING,
    MORE,
    NEVER,
    ONLY_SHOWN,
    TOO_EARLY,
    ClaimPlan,
    Plan,
)
from csresearch.sample_size.words import (
    customers_text,
    false_sentence,
    months_sentence,
    months_text,
    pace_text,
    power_text,
    sentence,
)

_PILLS = {
    ENOUGH: "#2f7d4f",
    MORE: "#7a5a12",
    TOO_EARLY: "#7a5a12",
    NEVER: "#5b6472",
    MISSING: "#5b6472",
    ONLY_SHOWN: "#4b5a8a",
}
_GROUPS = (
    (ENOUGH, "{n} {has} enough data now"),
    (MORE, "{n} {needs} more"),
    (TOO_EARLY, "{n} {has} too little data to say how much"),
    (NEVER, "{n} {is_} not answered by more customers alone"),
    (MISSING, "{n} {needs} columns that are missing"),
    (ONLY_SHOWN, "{n} only {describes}"),
)
_STYLE = """
.csr .plan td,.csr .plan th{text-align:right!important;white-space:nowrap}
.csr .plan td:first-child,.csr .plan th:first-child{text-align:left!important;white-space:normal;
 min-width:11.5em;overflow-wrap:normal}
.csr .plan td,.csr .plan th{padding-right:.5em}.csr .plan th{padding-bottom:.1em}
.csr .plan tbody tr{border-bottom:1px solid #e6e9ed}.csr .plan td{font-size:.9rem}
.csr .two{display:grid;grid-template-columns:1fr 1fr;gap:6px 22px}
.csr .two figure{margin:.3em 0}.csr h3{font-size:1.05rem;margin:.2em 0}
.csr .scroll{overflow-x:auto}
@media(max-width:560px){.csr .two{grid-template-columns:1fr}.csr .plan td{font-size:.86rem}}
"""
_WORDS_ONE = {"has": "has", "needs": "needs", "is_": "is", "describes": "describes"}
_WORDS_MORE = {"has": "have", "needs": "need", "is_": "are", "describes": "describe"}


def plan_page(plan: Plan) -> str:
    """Return a page that needs nothing but itself: no script, no request, prints well.

    Parameters
    ----------
    plan : Plan
    """
    title = f"{plan.company.name}: how much data each claim takes"
    body = [
        f'<p class="grey">csresearch · {escape(plan.company.name)} · data to '
        f"{plan.company.observed_until.isoformat()}</p>",
        f"<h1>{escape('How much data each claim takes')}</h1>",
        f'<p class="lead">{lead(plan)}</p>',
        f"<p>{escape(pace_text(plan))}</p>",
        _table(plan),
        *(_section(one, plan) for one in plan.claims),
        _method(),
    ]
    return without_marks(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>body{{margin:0;background:#fff}}{CSS}{_STYLE}"
        f'</style></head><body><main class="csr" style="padding-top:30px">{"".join(body)}'
        "</main></body></html>\n"
    )


def lead(plan: Plan) -> str:
    """Count where the claims stand, in one sentence."""
    power = plan.powers[-1]
    states = [one.state(power) for one in plan.claims]
    told = []
    for state, words in _GROUPS:
        n = states.count(state)
        if n:
            told.append(words.format(n=n, **(_WORDS_ONE if n == 1 else _WORDS_MORE)))
    noun = "claim" if len(states) == 1 else "claims"
    told[0] = f"<b>{told[0]}</b>"
    return f"Of the {len(states)} {noun}, {', '.join(told)}."


def _table(plan: Plan) -> str:
    """What every claim takes that numbers answer."""
    answered = [one for one in plan.claims if one.state(plan.powers[-1]) in (ENOUGH, MORE)]
    if not answered:
        return ""
    n = len(plan.powers)
    powers = "".join(f"<th>for {value_text(power, 'probability')}</th>" for power in plan.powers)
    head = (
        f'<tr><th></th><th colspan="2">chance</th><th colspan="{n}">customers</th>'
        f'<th colspan="{n}">months more</th></tr><tr><th>If the claim is true</th><th>now</th>'
        f"<th>in {plan.months:g} months</th>{powers}{powers}</tr>"
    )
    rows = "".join(_row(one, plan) for one in answered)
    return (
        f'<div class="scroll"><table class="plan"><thead>{head}</thead><tbody>{rows}'
        '</tbody></table></div><p class="grey">The chance is that of the verdict “reproduced”. '
        "Months are those to come at the present pace, new customers included; “–” is where too "
        "little is known to say.</p>"
    )


def _row(one: ClaimPlan, plan: Plan) -> str:
    needed = [one.needed(power) for power in plan.powers]
    cells = [
        power_text(one.needs.power(1.0)),
        power_text(one.power_after(plan.months)),
        *(customers_text(one, power) for power in plan.powers),
        *(months_text(needs.months, needs.times) for needs in needed),
    ]
    name = f'<a href="#{one.claim.id}">{escape(one.claim.number)} {escape(one.claim.title)}</a>'
    shown = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f"<tr><td>{name}</td>{shown}</tr>"


def _section(one: ClaimPlan, plan: Plan) -> str:
    """One claim: where it stands, in words and two pictures."""
    power, state = plan.powers[-1], one.state(plan.powers[-1])
    cell = plan.company.config.smallest_cell
    told = [sentence(one, power, smallest_cell=cell), months_sentence(one, power),
            false_sentence(one, power)]  # fmt: skip
    notes = "".join(f"<li>{escape(note)}</li>" for note in _notes(one))
    pill = f'<span class="pill" style="background:{_PILLS[state]}">{escape(state)}</span>'
    pictures = _figure(power_chart(one, plan), "Chance of the right verdict") + _figure(
        precision_chart(one, plan), "How far the 95 % interval reaches on either side"
    )
    return (
        f'<section id="{one.claim.id}">{pill}<h2>{escape(one.claim.number)} '
        f"{escape(one.claim.title)}</h2>"
        f'<p class="grey claim">Claimed: {escape(one.claim.statement)} On these data now: '
        f"{escape(one.verdict)}.</p>"
        f"<p>{escape(' '.join(t for t in told if t))}</p>"
        f'<div class="two">{pictures}</div>{f"<ul>{notes}</ul>" if notes else ""}</section>'
    )


def _notes(one: ClaimPlan) -> list[str]:
    """What else to know, each as a sentence."""
    rules = [
        f"The rule needs {floor.words}"
        if floor.rule
        else f"With fewer than {floor.words} no formula is a guide, so no chance is shown"
        for floor in one.needs.floors
        if floor.times > 1
    ]
    return [f"{note[0].upper()}{note[1:].rstrip('.')}." for note in (*rules, *one.needs.notes)]


def _figure(chart: Chart | None, caption: str) -> str:
    """A picture, wide enough for half a page or a telephone."""
    if chart is None:
        return ""
    return (
        f"<figure><figcaption>{escape(caption)}</figcaption>{chart_svg(chart, width=390)}</figure>"
    )


def _method() -> str:
    """How the numbers are made, and what they take for granted."""
    return (
        "<section><h2>How this is reckoned</h2><p>What is taken for true is the middle of what is "
        "claimed or, where that is open, a value as far past its near end as that is past the "
        "smallest effect that counts. The standard error is the one these data have, moved to "
        "that truth: for rates by the customers at risk on each day somebody left (Schoenfeld), "
        "for shares by the binomial, for claims of no link by two one-sided tests. It falls with "
        "the root of the departures, answers or results. A verdict with several conditions has at "
        "least the chance shown.</p><p>Months take for granted that customers leave and come as "
        "they lately did. All is a normal approximation: good to perhaps a fifth of the number, "
        "and no better than the rates it starts from. More customers make an interval narrower; "
        "they never tell apart two explanations that the data confound.</p></section>"
    )
