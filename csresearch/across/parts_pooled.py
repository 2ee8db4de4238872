"""What notebook 21 shows of the averages: tempting and fair, one claim in full and all in short."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from csresearch import figures
from csresearch.across import choices, moderators
from csresearch.across.files import Source
from csresearch.across.pooled import NEXT, General
from csresearch.across.words import action, average_text, label, next_text, sentence
from csresearch.findings.estimates import Part
from csresearch.findings.labels import p_value_text, value_text

_ENDS = ["label", "value", "ci_low", "ci_high"]
NOTHING = "Fewer than two companies have an estimate of this claim that can be pooled."


def tempting_part(general: General) -> Part:
    """The tempting averages: all companies as one, their plain mean, the largest alone."""
    if general.main is None:
        return Part("Tempting averages", text=NOTHING)
    rows, scale = general.main.rows, general.main.measure.scale
    largest = rows.iloc[int(rows["error"].to_numpy(float).argmin())]
    fair = general.main.average.estimate
    table = pd.DataFrame(
        [
            ("plain mean of the estimates", float(rows["value"].mean()), np.nan, np.nan),
            ("all companies taken for one", *choices.common_effect(general)),
            (f"the surest alone: {largest['company']}", *largest[_ENDS[1:]]),
            ("on average (random effects)", fair.value, fair.ci_low, fair.ci_high),
        ],
        columns=_ENDS,
    ).assign(scale=scale)
    text = (
        "All companies taken for one pretends that they share one truth: its interval ignores "
        "how far they lie apart and lets the largest speak for all."
    )
    draw = partial(figures.forest, table, scale=scale, null=_null(general), region=_region(general))
    return Part(f"Tempting averages: {label(general.question)}", table, text, draw, (8.0, 2.9))


def forest_part(general: General) -> Part:
    """One claim's companies, the average and the next company."""
    if general.main is None:
        return Part("Company by company", text=NOTHING)
    rows, ends = _rows(general), _ends(general)
    shown = pd.concat([rows, ends], ignore_index=True).drop(columns="low")
    table = shown if len(rows) <= 40 else ends.drop(columns="low")
    low = int(rows["low"].sum())
    text = sentence(general)
    text += f" {low} graded low, in grey, are not in the average." if low else ""
    size = (8.0, 1.3 + 0.36 * min(len(rows), 30))
    title = f"Company by company: {label(general.question)}"
    return Part(title, table.assign(scale=general.main.measure.scale), text,
                partial(_draw_forest, general), size)  # fmt: skip


def average_part(generals: Sequence[General]) -> Part:
    """Every claim's average and next company, with how far companies lie apart."""
    rows = [
        (label(one.question), one.k, average_text(one), next_text(one), one.main.model.tau,
         one.main.model.i2, one.main.measure.model.name)
        for one in generals if one.main is not None
    ]  # fmt: skip
    columns = ["claim", "companies", "on average", "the next company", "tau", "share_i2", "tau in"]
    text = (
        "95 % intervals. Tau is the spread of the companies' true values on the scale named, I² "
        "the share of the differences seen that is not chance."
    )
    pooled = [one for one in generals if one.main is not None]
    size = (10.0, 2.6 * max(1, -(-len(pooled) // 3)))
    return Part("On average, and at the next company", pd.DataFrame(rows, columns=columns), text,
                partial(_draw_panels, pooled), size)  # fmt: skip


def spread_part(general: General) -> Part:
    """How much the truth differs between companies."""
    if general.main is None:
        return Part("How far companies lie apart", text=NOTHING)
    model = general.main.model
    ends = [
        value_text(x, "difference", exact=True) for x in (model.tau2.ci_low, model.tau2.ci_high)
    ]
    rows = [
        ("spread of the true values (tau²)", value_text(model.tau2.value, "difference", exact=True),
         f"{ends[0]} to {ends[1]}"),
        ("share of the differences that is not chance (I²)", value_text(model.i2, "share"), "–"),
        ("Cochran's test of one truth for all", p_value_text(model.q_p_value), "–"),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["label", "number", "95 % interval"])
    text = f"Tau² is on the scale of {general.main.measure.model.name}; {general.k} companies."
    return Part(f"How far companies lie apart: {label(general.question)}", table, text)


def leave_one_out_part(general: General) -> Part:
    """Does the average of one claim rest on one company?"""
    table = choices.without_each(general)
    if table.empty:
        return Part("Without each company", text="Too few companies to leave one out.")
    same = int((table["verdict"] == general.on_average.verdict).sum())
    text = (
        f"In {same} of {len(table)} the verdict on the average stays {general.on_average.verdict}."
    )
    if len(table) < general.k:
        text += f" The {len(table)} companies of {general.k} that move it most are shown."
    named = table.assign(label="without " + table["label"])
    draw = partial(figures.forest, named, scale=general.main.measure.scale, null=_null(general),
                   region=_region(general))  # fmt: skip
    title = f"Without each company: {label(general.question)}"
    return Part(title, named, text, draw, (8.0, 0.9 + 0.3 * len(table)))


def influence_part(generals: Sequence[General]) -> Part:
    """For every claim: without the company that moves the average most."""
    rows = []
    for one in generals:
        name = choices.most_moving(one) if one.main is not None else ""
        if name:
            other = one.without(name)
            rows.append((label(one.question), name, average_text(one), average_text(other),
                         one.on_average.verdict, other.on_average.verdict))  # fmt: skip
    columns = ["claim", "left out", "with it", "without it", "verdict with", "verdict without"]
    table = pd.DataFrame(rows, columns=columns)
    changed = int((table["verdict with"] != table["verdict without"]).sum())
    text = f"One company decides the verdict on the average in {changed} of {len(table)} claims."
    return Part("The company that moves each average most", table, text)


def moderators_part(generals: Sequence[General], fields: Mapping[str, pd.Series]) -> Part:
    """What goes with the differences between companies."""
    found = [moderators.moderator_rows(one, fields) for one in generals if one.main is not None]
    rows = [frame for frame in found if len(frame)]
    names = ", ".join(fields) or "none"
    if not rows:
        text = (
            f"Fields that differ: {names}. No claim has enough companies for a comparison, which "
            f"takes {moderators.EACH} for each coefficient."
        )
        return Part("What goes with the differences", text=text)
    table = pd.concat(rows, ignore_index=True)
    tests = table.drop_duplicates(["claim", "field"])
    surprising = int((tests["p_value"] < 0.05).sum())
    text = (
        f"Fields that differ: {names}. {surprising} of {len(tests)} tests are below 0.05; about "
        f"{0.05 * len(tests):.1f} would be if nothing mattered. Companies were not assigned to "
        "these fields, so what goes with one need not come from it."
    )
    return Part("What goes with the differences", table, text)


def small_studies_part(generals: Sequence[General]) -> Part:
    """Do companies with wide intervals show other effects?"""
    rows = []
    for one in generals:
        found = moderators.small_studies(one) if one.main is not None else None
        if found is not None:
            slope = found.coefficients.iloc[1]
            verdict = "differ" if slope["p_value"] < 0.05 else "no sign of it"
            rows.append((label(one.question), found.k, slope["value"], slope["p_value"], verdict))
    columns = ["claim", "companies", "slope", "p_value", "small companies"]
    table = pd.DataFrame(rows, columns=columns)
    text = (
        "Egger's regression on the standard error. A slope may mean that only telling findings "
        "of small companies were handed on, or that small companies are different."
        if rows
        else f"Fewer than {moderators.EACH} companies: the check would say nothing."
    )
    return Part("Small companies and large", table, text)


def second_road_part(generals: Sequence[General]) -> Part:
    """Every average by statsmodels, whose interval for the mean is not guarded."""
    rows = []
    for one in generals:
        if one.main is None:
            continue
        other = choices.by_statsmodels(one)
        mine, scale = one.main.average.estimate.value, one.main.measure.scale
        told = "–" if other is None else value_text(other, scale, exact=True)
        rows.append((label(one.question), value_text(mine, scale, exact=True), told))
    columns = ["claim", "REML, this kit", "Paule–Mandel, statsmodels"]
    text = (
        "A dash: statsmodels' iteration did not converge. The two estimate the spread between "
        "companies differently, so averages agree closely, not exactly."
    )
    return Part("Two roads", pd.DataFrame(rows, columns=columns), text)


def many_part(general: General, sources: Sequence[Source], lowest_grade: str) -> Part:
    """Defensible choices for one claim, and how many agree."""
    if general.main is None:
        return Part("Many analysts", text=NOTHING)
    table = choices.other_choices(general, sources, lowest_grade)
    same = [(table[name] == getattr(general, name).verdict).sum() for name in table.columns[5:7]]
    text = (
        f"{same[0]} of {len(table)} analyses come to {general.on_average.verdict} on average, "
        f"{same[1]} to {general.next_company.verdict} for the next company."
    )
    draw = partial(figures.forest, table, scale=general.main.measure.scale, null=_null(general),
                   region=_region(general))  # fmt: skip
    shown = table.rename(columns={"next_company": "the next company", "on_average": "on average"})
    title = f"Many analysts: {label(general.question)}"
    return Part(title, shown, text, draw, (8.0, 0.9 + 0.36 * max(len(table), 1)))


def verdict_part(generals: Sequence[General]) -> Part:
    """Two answers a claim, each with its number."""
    rows = [
        (label(one.question), one.on_average.verdict, average_text(one), one.next_company.verdict,
         next_text(one))
        for one in generals if one.question.pools
    ]  # fmt: skip
    columns = ["claim", "on average", "average", "the next company", "expected there"]
    table = pd.DataFrame(rows, columns=columns)
    holds, there = ((table[name] == "reproduced").sum() for name in columns[1:4:2])
    text = (
        f"Of {len(table)} claims that can be pooled {holds} are reproduced on average and {there} "
        "for the next company."
    )
    return Part("Two answers to every claim", table, text)


def rules_part(generals: Sequence[General]) -> Part:
    """Which rule fired, with its numbers, for both answers of every claim."""
    rows = [(one.question.claim.number, one.on_average.rule, one.next_company.rule)
            for one in generals if one.question.pools]  # fmt: skip
    columns = ["claim", "on average", "the next company"]
    return Part("Which rules fired", pd.DataFrame(rows, columns=columns), prose=True)


def actions_part(generals: Sequence[General]) -> Part:
    """What to do on Monday, claim by claim."""
    rows = [(one.question.claim.number, action(one)) for one in generals if one.question.pools]
    return Part("What to do", pd.DataFrame(rows, columns=["claim", "on Monday"]), prose=True)


def _rows(general: General) -> pd.DataFrame:
    """Companies by their value, those graded low after them."""
    name = general.main.measure.name
    found = [frame for frame in (general.rows[name], general.low.get(name)) if frame is not None]
    frames = [one.sort_values("value", kind="stable", ascending=False) for one in found]
    rows = pd.concat([frame for frame in frames if len(frame)], ignore_index=True)
    graded = " (graded " + rows["grade"].astype(str) + ")"
    names = rows["company"].astype(str) + graded.where(rows["low"].astype(bool), "")
    return rows.assign(label=names)[[*_ENDS, "low"]]


def _ends(general: General) -> pd.DataFrame:
    """The average and the next company as rows of a forest."""
    found = {"on average": general.main.average, NEXT: general.main.next}
    rows = [(name, one.estimate.value, one.estimate.ci_low, one.estimate.ci_high, False)
            for name, one in found.items() if one is not None]  # fmt: skip
    return pd.DataFrame(rows, columns=[*_ENDS, "low"])


def _null(general: General) -> float | None:
    """No difference; a share's is each company's own."""
    return general.question.claim.terms.null


def _region(general: General):
    """What is claimed."""
    return general.question.claim.terms.claimed_region


def _panel(general: General):
    """One claim as a panel; Matplotlib is loaded only when it is drawn."""
    from csresearch.figures.across import Panel

    return Panel(label(general.question), _rows(general), _ends(general),
                 general.main.measure.scale, _null(general), _region(general))  # fmt: skip


def _draw_forest(general: General, ax: Axes) -> Axes:
    return figures.pooled_forest(_panel(general), ax)


def _draw_panels(generals: Sequence[General], ax: Axes) -> Axes:
    return figures.pooled_panels([_panel(one) for one in generals], ax)
