"""One claim over all companies: the average, the next company, and what both say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd
from scipy.special import stdtrit

from csresearch.across.files import Source
from csresearch.across.measures import NARROW, PRIMARY, Measure, Reading
from csresearch.across.questions import Question
from csresearch.findings import Estimate
from csresearch.pooling import RandomEffects, random_effects
from csresearch.survival.intervals import Interval
from csresearch.verdicts import Judgement, not_identifiable

LEAST, FEW = 3, 5  # companies: below the first nothing is said in general; below the second, told
NEXT = "the next company"
ANSWERS = ("opposite", "not reproduced", "inconclusive", "descriptive", "not answerable")
_COLUMNS = ["company", "value", "ci_low", "ci_high", "effect", "error", "grade", "low"]


@dataclass(frozen=True, eq=False)
class Pooled:
    """One number over companies.

    Parameters
    ----------
    measure : Measure
    rows : DataFrame
        The companies pooled: ``company, value, ci_low, ci_high, effect, error, grade, low``;
        effect and error are on the model's scale.
    model : RandomEffects
    """

    measure: Measure
    rows: pd.DataFrame
    model: RandomEffects

    @property
    def average(self) -> Reading:
        """The average over companies."""
        return self._reading(self.model.mean, self.model.k - 1, "average")

    @property
    def next(self) -> Reading | None:
        """Where the next company's is expected; None with fewer than three companies."""
        if self.model.prediction.ci_low is None:
            return None
        return self._reading(self.model.prediction, self.model.k - 2, NEXT)

    def _reading(self, interval: Interval, df: int, of: str) -> Reading:
        """An interval of the model as an estimate in the measure's unit, with its 90 % ends."""
        scale = self.measure.model
        back = (lambda x: min(1.0, max(-1.0, x))) if self.measure.scale == "points" else scale.back
        value, reach = interval.value, float(stdtrit(df, 0.5 + NARROW / 2)) * interval.std_error
        error = interval.std_error / scale.per_unit(back(value))
        ends = (back(interval.ci_low), back(interval.ci_high))
        name = of if self.measure.name == PRIMARY else f"{self.measure.name.strip(', ')}, {of}"
        made = Estimate(name, back(value), *ends, std_error=error, scale=self.measure.scale)
        return Reading(made, (back(value - reach), back(value + reach)))


@dataclass(frozen=True, eq=False)
class General:
    """What all companies together say of one claim.

    Parameters
    ----------
    question : Question
    answers : DataFrame
        One row a company: ``company, verdict, grade, low, why``; why it is not pooled, or empty.
    numbers : dict of str to Pooled
        By measure; empty where fewer than two companies can be pooled.
    rows : dict of str to DataFrame
        The estimates pooled, by measure.
    low : dict of str to DataFrame
        Those graded low, by measure: shown apart.
    method : str
        How tau² is estimated.
    """

    question: Question
    answers: pd.DataFrame
    numbers: Mapping[str, Pooled]
    rows: Mapping[str, pd.DataFrame]
    low: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    method: str = "reml"

    @property
    def claim(self) -> str:
        """The claim's id."""
        return self.question.claim.id

    @property
    def verdicts(self) -> Counter[str]:
        """How many companies came to which verdict."""
        return Counter(self.answers["verdict"])

    @property
    def main(self) -> Pooled | None:
        """The primary estimate over companies; None where it is not pooled."""
        return self.numbers.get(PRIMARY)

    @property
    def k(self) -> int:
        """Companies pooled."""
        return 0 if self.main is None else self.main.model.k

    def without(self, company: str) -> General:
        """The same claim over all other companies."""
        rows = {name: frame[frame["company"] != company] for name, frame in self.rows.items()}
        others = self.answers[self.answers["company"] != company]
        return General(
            self.question,
            others,
            _fits(self.question, rows, self.method, True),
            rows,
            method=self.method,
        )

    @cached_property
    def on_average(self) -> Judgement:
        """Does the claim hold on average over companies?"""
        return self._judgement({name: one.average for name, one in self.numbers.items()})

    @cached_property
    def next_company(self) -> Judgement:
        """Will the claim hold for the next company?"""
        return self._judgement({name: one.next for name, one in self.numbers.items()})

    def _judgement(self, readings: Mapping[str, Reading | None]) -> Judgement:
        """The claim's own rule on these readings, as far as so many companies carry it."""
        if not self.question.pools:
            return Judgement("descriptive", f"counted, not pooled: {self.question.why_counted}")
        usable = len(self.rows[PRIMARY])
        if usable < LEAST:
            many = "company has" if usable == 1 else "companies have"
            return Judgement(
                "not answerable" if not usable else "inconclusive",
                f"{usable or 'no'} {many} an estimate that can be pooled; in general something is "
                f"said from {LEAST} on",
            )
        short = [m.name for m in self.question.measures if readings.get(m.name) is None]
        if short:
            return Judgement("inconclusive", f"too few companies have {short[0]}")
        found = self.question.judge({m.name: readings[m.name] for m in self.question.measures})
        return self._with_few(self._identified(found))

    def _identified(self, found: Judgement) -> Judgement:
        """A direction some companies could not tell from another explanation is not told here."""
        unclear = self.answers[self.answers["why"] == ""]["verdict"].eq("not identifiable").sum()
        named = self.question.claim.id != "challenge"  # whose rule sees to it by itself
        if self.question.despite and named and unclear and found.verdict not in ANSWERS[1:]:
            return not_identifiable(
                f"{found.rule}; but {unclear} of {self.k} companies cannot tell this from another "
                "explanation, and pooling does not either"
            )
        return found

    def _with_few(self, found: Judgement) -> Judgement:
        """A rule that says when it rests on few companies."""
        few = f"; only {self.k} companies, so the spread between them is hardly known"
        return Judgement(found.verdict, found.rule + few * (self.k < FEW))


def generalise(
    question: Question,
    sources: Sequence[Source],
    *,
    lowest_grade: str = "B",
    method: str = "reml",
    guard: bool = True,
) -> General:
    """What do all companies together say of one claim?

    Parameters
    ----------
    question : Question
    sources : sequence of Source
    lowest_grade : {"A", "B", "C", "D"}
        Findings graded lower are shown apart and not pooled.
    method : {"reml", "paule-mandel", "dersimonian-laird"}
    guard : bool
        See `pooling.random_effects`.
    """
    usual = _usual_options(question, sources)
    answers, rows = [], {measure.name: [] for measure in question.measures}
    for source in sources:
        finding = source.findings.get(question.claim.id)
        if finding is None:
            continue
        why, found = _read(question, finding, usual)
        grade = finding["evidence_grade"] or "–"
        low = grade == "–" or grade > lowest_grade
        answers.append((source.company, finding["verdict"], grade, low, why))
        for measure, estimate in found.items():
            rows[measure.name].append((source.company, *_row(measure, estimate), grade, low))
    frames = {name: pd.DataFrame(made, columns=_COLUMNS) for name, made in rows.items()}
    columns = ["company", "verdict", "grade", "low", "why"]
    table = pd.DataFrame(answers, columns=columns)
    apart = (table["why"] == "") & table["low"].astype(bool) & question.pools
    table["why"] = table["why"].mask(apart, "graded low")
    high = {name: frame[~frame["low"].astype(bool)] for name, frame in frames.items()}
    fits = _fits(question, high, method, guard)
    low = {name: frame[frame["low"].astype(bool)] for name, frame in frames.items()}
    return General(question, table, fits, high, low, method)


def _fits(
    question: Question, rows: Mapping[str, pd.DataFrame], method: str, guard: bool
) -> dict[str, Pooled]:
    """Random effects of every measure that two companies have, on the model's scale."""
    fits = {}
    for measure in question.measures:
        frame = rows[measure.name]
        if len(frame) >= 2:
            numbers = (frame["effect"].to_numpy(float), frame["error"].to_numpy(float))
            names = list(frame["company"])
            model = random_effects(*numbers, names=names, method=method, guard=guard)
            fits[measure.name] = Pooled(measure, frame, model)
    return fits


def _usual_options(question: Question, sources: Sequence[Source]) -> str:
    """The choices most companies' findings of a claim were run with."""
    found = [source.findings.get(question.claim.id) for source in sources]
    counts = Counter(_options(one) for one in found if one is not None)
    return max(counts, key=lambda key: (counts[key], key), default="")


def _options(finding: Mapping) -> str:
    """A finding's choices in one line, those left at None aside."""
    told = sorted((name, value) for name, value in finding["options"].items() if value is not None)
    return ", ".join(f"{name} {value}" for name, value in told)[:120]


def _read(question: Question, finding: Mapping, usual: str) -> tuple[str, dict[Measure, Estimate]]:
    """Why a company is not pooled (empty: it is), and its estimates."""
    if not question.pools:
        return "counted", {}
    if finding["verdict"] == "not answerable":
        return "not answerable", {}
    if finding["verdict"] == "not identifiable" and not question.despite:
        return "not identifiable", {}
    found = {measure: measure.find(finding["estimates"]) for measure in question.measures}
    usable = {m: one for m, one in found.items() if one is not None and not m.why_not(one)}
    main = question.measures[0]
    if main not in usable:
        return main.why_not(found[main]), {}
    if _options(finding) != usual:
        return f"other choices ({_options(finding) or 'none'})", {}
    refused = question.refuses(found[main].name)
    return (refused, {}) if refused else ("", usable)


def _row(measure: Measure, one: Estimate) -> tuple[float, ...]:
    """An estimate in its own unit, and on the model's scale."""
    scale = measure.model
    error = one.std_error * scale.per_unit(one.value)
    return one.value, one.ci_low, one.ci_high, scale.to(one.value), error
