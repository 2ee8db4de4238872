"""One page over all companies: who, which verdicts, what failed, and the way to each report."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from urllib.parse import quote

from csresearch import claims
from csresearch.page.style import PILLS
from csresearch.plain_text import without_marks


@dataclass(frozen=True)
class Reported:
    """One company on the portal.

    Parameters
    ----------
    company : str
        Its name.
    folder : str
        Of its report, beside the portal.
    failures : tuple of str
        What went wrong; empty when nothing did.
    verdicts : mapping of str to (str, str)
        Verdict and number in words, by claim.
    observed_until, updated : str
        Last day of its data, and when the report was made.
    page : bool
        Whether there is a page to open.
    """

    company: str
    folder: str
    failures: tuple[str, ...] = ()
    verdicts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    observed_until: str = ""
    updated: str = ""
    page: bool = True


_STYLE = """
body{font:16px/1.45 system-ui,-apple-system,"Segoe UI",sans-serif;color:#1d232b;background:#fff;
 margin:0 auto;max-width:1280px;padding:24px 22px 40px}
h1{font-size:1.8rem;margin:.1em 0 .3em}
p{margin:.5em 0}.grey{color:#5b6472;font-size:.88rem}
input{font:inherit;padding:.35em .7em;border:1px solid #b9bec6;border-radius:6px;width:18em;
 max-width:100%}
.scroll{overflow-x:auto}
table{border-collapse:collapse;margin:1em 0}
th,td{text-align:left;padding:.4em .5em;border-bottom:1px solid #e6e9ed;vertical-align:top}
th{position:sticky;top:0;background:#fff;font-size:.8rem;font-weight:500;color:#5b6472}
th button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer;
 text-align:left}
th[aria-sort=ascending] button::after{content:" \\2191"}
th[aria-sort=descending] button::after{content:" \\2193"}
td a{color:#1b5e8c}
.v{display:inline-block;width:1.5em;height:1.5em;border-radius:4px;color:#fff;text-align:center;
 font-size:.8rem;line-height:1.5em;text-decoration:none}
.failed{color:#9a3b2e;font-size:.86rem;max-width:34em;overflow-wrap:anywhere}
.grey li{list-style:none}ul{padding:0}
.keys span{display:inline-block;margin-right:1.2em;white-space:nowrap;font-size:.82rem}
tr[hidden]{display:none}
"""
_SCRIPT = """
const body=document.querySelector('tbody'),rows=[...body.rows];
document.querySelector('input').addEventListener('input',event=>{
 const wanted=event.target.value.toLowerCase();
 for(const row of rows)row.hidden=!row.dataset.words.includes(wanted);
});
document.querySelectorAll('th button').forEach(button=>button.addEventListener('click',()=>{
 const head=button.parentElement,place=head.cellIndex;
 const down=head.getAttribute('aria-sort')==='ascending';
 document.querySelectorAll('th').forEach(other=>other.removeAttribute('aria-sort'));
 head.setAttribute('aria-sort',down?'descending':'ascending');
 const key=row=>row.cells[place].dataset.sort;
 rows.sort((a,b)=>key(a).localeCompare(key(b),undefined,{numeric:true})*(down?-1:1));
 body.append(...rows);
}));
"""
_MARKS = {
    "reproduced": "✓",
    "same direction, smaller": "<",
    "same direction, larger": ">",
    "same direction, size unclear": "~",
    "opposite": "↔",
    "not reproduced": "✗",
    "inconclusive": "?",
    "not identifiable": "–",
    "descriptive": "i",
}


def portal_page(reported: Sequence[Reported], notes: Sequence[str] = ()) -> str:
    """Return the page over all companies: searched and sorted in place, without any request.

    Parameters
    ----------
    reported : sequence of Reported
        In the order in which they are shown.
    notes : sequence of str
        What is to be known of the companies' data as a whole.
    """
    shown = [one for one in claims.all() if any(one.id in r.verdicts for r in reported)]
    failed = sum(bool(one.failures) for one in reported)
    n = len(reported)
    lead = f"{n} {'company' if n == 1 else 'companies'}" + (
        f", {failed} with failures" * (failed > 0)
    )
    heads = "".join(_head(words) for words in ("Company", "Data to"))
    heads += "".join(_head(one.number, one.statement) for one in shown) + _head("What failed")
    rows = "".join(_row(one, [claim.id for claim in shown]) for one in reported)
    keys = "".join(
        f"<span>{_mark(verdict, '')} {escape(verdict)}</span>"
        for verdict in _MARKS
        if any(found[0] == verdict for one in reported for found in one.verdicts.values())
    )
    said = "".join(f"<li>{one.number} {escape(one.statement)}</li>" for one in shown)
    known = "".join(f'<p class="grey">{escape(note)}</p>' for note in notes)
    digest = base64.b64encode(sha256(_SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    return without_marks(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>csresearch: {lead}</title><style>{_STYLE}</style></head><body>"
        f'<p class="grey">csresearch</p><h1>What was found, company by company</h1><p>{lead}.</p>'
        '<p><input type="search" placeholder="Search companies and verdicts" '
        'aria-label="Search companies and verdicts"></p>'
        f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
        f'</div><p class="keys">{keys}</p><ul class="grey">{said}</ul>'
        f"{known}<script>{_SCRIPT}</script></body></html>\n"
    )


def _head(words: str, title: str = "") -> str:
    told = f' title="{escape(title)}"' if title else ""
    return f"<th{told}><button>{escape(words)}</button></th>"


def _row(one: Reported, ids: Sequence[str]) -> str:
    """One company: its name, the verdicts, what failed."""
    name = escape(one.company)
    address = escape(f"{quote(one.folder)}/index.html")
    link = f'<a href="{address}">{name}</a>' if one.page else name
    words = " ".join([one.company, *(v for v, _ in one.verdicts.values()), *one.failures])
    failures = "<br>".join(escape(failure) for failure in one.failures)
    cells = "".join(_verdict(one, claim, address) for claim in ids)
    return (
        f'<tr data-words="{escape(words.lower())}"><td data-sort="{escape(one.company.lower())}">'
        f'{link}</td><td data-sort="{escape(one.observed_until)}" class="grey">'
        f"{escape(one.observed_until)}</td>{cells}"
        f'<td class="failed" data-sort="{0 if one.failures else 1}">{failures}</td></tr>'
    )


def _verdict(one: Reported, claim: str, address: str) -> str:
    """A claim's verdict on a company, as a coloured mark that leads to its card."""
    verdict, number = one.verdicts.get(claim, ("", ""))
    if verdict not in _MARKS:
        return f'<td data-sort="99" title="{escape(verdict)}"></td>'
    place = list(_MARKS).index(verdict)
    mark = _mark(verdict, f"{verdict}: {number}" if number else verdict, address + "#" + claim)
    return f'<td data-sort="{place:02d}">{mark}</td>'


def _mark(verdict: str, title: str, address: str = "") -> str:
    """A verdict's coloured mark."""
    look = f'class="v" style="background:{PILLS.get(verdict, "#5b6472")}"'
    if not address:
        return f"<i {look}>{_MARKS[verdict]}</i>"
    said = escape(title)
    return f'<a {look} href="{address}" title="{said}" aria-label="{said}">{_MARKS[verdict]}</a>'
