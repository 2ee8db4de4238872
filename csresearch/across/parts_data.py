"""What notebook 21 shows of the files and of what each company answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

import pandas as pd

from csresearch import figures
from csresearch.across.files import SetAside, Source
from csresearch.across.names import REFUSED
from csresearch.across.pooled import General
from csresearch.across.words import HOLDS, SCARCE, label
from csresearch.findings.estimates import Part
from csresearch.findings.labels import count_text
from csresearch.survival.limits import binomial_interval

SHOWN = 40  # rows of a table of companies or files; of more the first
KEY_RESULTS = "key-results"
FEW_KINDS = 3  # C5: "a few"


def data_part(sources: Sequence[Source], aside: Sequence[SetAside]) -> Part:
    """Which companies' findings are used."""
    rows = [
        (one.company, one.n_customers, one.observed_until or "–", one.kit_version,
         len(one.findings), ", ".join(f"{k} {v}" for k, v in one.fields.items()))
        for one in sources[:SHOWN]
    ]  # fmt: skip
    columns = ["company", "customers", "data to", "kit", "claims tested", "fields"]
    refused = sum(one.why == REFUSED for one in aside)
    text = (
        f"{len(sources) + len(aside)} files: {len(sources)} companies used, "
        f"{len(aside) - refused} set aside as older or repeated, {refused} refused."
    )
    more = f" The first {SHOWN} are shown." if len(sources) > SHOWN else ""
    versions = sorted({one.kit_version for one in sources})
    if len(versions) > 1:
        text += (
            f" They were written by kits {', '.join(versions)}, whose estimates may differ; "
            "reports made anew by one kit would not."
        )
    return Part("Companies", pd.DataFrame(rows, columns=columns), text + more)


def aside_part(aside: Sequence[SetAside]) -> Part:
    """Which files are not used, and why."""
    rows = [(one.file, one.why, one.reason) for one in aside[:SHOWN]]
    table = pd.DataFrame(rows, columns=["file", "what happened", "reason"])
    if not len(table):
        return Part("Files set aside", table, "Every file is used.")
    more = f"; the first {SHOWN} are shown" if len(aside) > SHOWN else ""
    return Part("Files set aside", table, f"Files not used: {len(aside)}{more}.", prose=True)


def verdicts_part(generals: Sequence[General]) -> Part:
    """How many companies came to which verdict on each claim."""
    rows = []
    for one in generals:
        counts = one.verdicts
        if not counts:
            continue
        against = counts["not reproduced"] + counts["opposite"]
        near = sum(counts[name] for name in HOLDS[1:])
        open_ = (counts["inconclusive"] + counts["descriptive"], counts["not identifiable"])
        rows.append((label(one.question), counts["reproduced"], near, against, *open_,
                     counts["not answerable"]))  # fmt: skip
    columns = ["claim", "reproduced", "same direction", "against"]
    columns += ["inconclusive", "not identifiable", "not answerable"]
    table = pd.DataFrame(rows, columns=columns)
    untested = len(generals) - len(table)
    text = (
        f"{untested} claims were tested by none. "
        * (untested > 0)
        + "Companies by verdict; against is not reproduced or opposite, inconclusive counts "
        "descriptive ones too. Counting verdicts is not yet an answer: a small company says "
        "inconclusive of a true claim."
    )
    size = (8.0, 1.2 + 0.34 * len(table))
    return Part("Verdicts, company by company", table, text,
                partial(figures.verdict_bars, table), size)  # fmt: skip


def counted_part(generals: Sequence[General], sources: Sequence[Source]) -> Part:
    """Claims that are counted: in which share of companies they were reproduced."""
    rows = _few_kinds(sources)
    for one in generals:
        if one.question.pools:
            continue
        counts = one.verdicts
        decided = sum(counts[name] for name in (*HOLDS, "not reproduced", "opposite"))
        if decided:
            name = f"{label(one.question)}: reproduced, of those that decide"
            rows.append(_share(name, counts["reproduced"], decided))
    columns = ["label", "share", "share_from", "share_to", "companies", "of"]
    table = pd.DataFrame(rows, columns=columns)
    reasons = [f"{one.question.claim.number}: {one.question.why_counted}" for one in generals
               if not one.question.pools]  # fmt: skip
    text = f"Exact 95 % intervals of shares of companies. Not pooled: {'; '.join(reasons)}."
    return Part("What is counted", table, text)


def left_out_part(generals: Sequence[General]) -> Part:
    """For each claim, how many companies are not pooled, and why."""
    rows = []
    for one in generals:
        if not one.question.pools:
            continue
        reasons = Counter(why for why in one.answers["why"] if why)
        told = "; ".join(f"{why}: {n}" for why, n in sorted(reasons.items()))
        rows.append((one.question.claim.number, one.k, told or "–"))
    columns = ["claim", "companies pooled", "not pooled"]
    text = (
        f"{SCARCE} Companies that share their findings are no random sample of companies, and a "
        "file whose numbers and verdicts were changed together is not found out."
    )
    return Part("What is pooled and what is not", pd.DataFrame(rows, columns=columns), text,
                prose=True)  # fmt: skip


def _few_kinds(sources: Sequence[Source]) -> list[tuple]:
    """C5: the share of companies in which one kind of result, or a few, carry it."""
    found = [source.findings.get(KEY_RESULTS) for source in sources]
    primary = [one for finding in found if finding for one in finding["estimates"]
               if one["role"] == "primary" and one["value"] is not None]  # fmt: skip
    numbers = [one["value"] for one in primary]
    if not numbers:
        return []
    name = "C5 key results: {} 80 % of what results gain, of those that can tell"
    kinds = {"a single kind of result carries": 1, "three kinds or fewer carry": FEW_KINDS}
    return [
        _share(name.format(words), sum(n <= most for n in numbers), len(numbers))
        for words, most in kinds.items()
    ]


def _share(name: str, count: int, n: int) -> tuple:
    """A share of companies with its exact interval."""
    found = binomial_interval(count, n)
    return name, found.value, found.ci_low, found.ci_high, count, count_text(n)
