"""Findings files of companies that nobody simulated: numbers drawn from a known truth."""

import json
import math

import numpy as np

from csresearch import claims
from csresearch.across.measures import PRIMARY, Reading
from csresearch.across.questions import questions
from csresearch.findings import Estimate, Finding, findings_document
from csresearch.pooling import model_scale


def estimate(name, effect, error, scale):
    """An estimate from its value and error on the model's scale, with a normal interval."""
    one = model_scale(scale)
    low, high = one.back(effect - 1.96 * error), one.back(effect + 1.96 * error)
    value = one.back(effect)
    return Estimate(name, value, low, high, std_error=error / one.per_unit(value), scale=scale)


def finding(claim, *numbers, grade="A", n=1000, left=300, **changes):
    """A claim's finding whose verdict follows from its numbers, by the kit's rule."""
    question = questions()[claim]
    made = [
        estimate(measure.name, *pair, measure.scale)
        for measure, pair in zip(question.measures, numbers, strict=True)
    ]
    read = {m.name: Reading.of(e, 0.8393) for m, e in zip(question.measures, made, strict=True)}
    first = claims.get(claim).terms.primary(read[PRIMARY].estimate)
    known = {"verdict": question.judge(read).verdict, "n_customers": n, "n_events": left}
    known |= {"evidence_grade": grade, "estimates": (first, *made[1:])} | changes
    return Finding(claim, "A finding", rule="as computed", sentence="So it is.", **known)


def results(ratio=3.0, error=0.15, **changes):
    """C1 of a company."""
    return finding("results-retention", (math.log(ratio), error), **changes)


def document(company, *findings, day="2026-06-30", fields=None, kit="0.1.0", print_=None):
    """A findings file's content."""
    return findings_document(
        findings,
        company=company,
        company_fields=fields or {},
        observed_until=day,
        kit_version=kit,
        data_fingerprint=print_ or f"print of {company} {day}",
        smallest_cell=5,
    )


def write(folder, *documents):
    """The documents as files of reports, a folder each."""
    paths = []
    for number, one in enumerate(documents):
        path = folder / f"{number:03d}" / "findings.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(one), encoding="utf-8")
        paths.append(path)
    return paths


def companies(k, *, mean=1.1, tau=0.2, error=0.15, seed=1, **changes):
    """So many companies whose true log ratios are drawn around a mean."""
    rng = np.random.default_rng([2106, seed])
    drawn = rng.normal(mean, tau, k) + rng.normal(0, error, k)
    return [
        document(f"company {n:02d}", results(math.exp(one), error, **changes))
        for n, one in enumerate(drawn)
    ]
