"""C1 had the data been wrong or something else the cause, and where results cannot matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from csresearch import figures
from csresearch.claims import what_if
from csresearch.claims.results_multiverse import WITHOUT, ResultsMultiverse
from csresearch.claims.results_study import Study
from csresearch.claims.results_words import listed
from csresearch.claims.spells import CountedLives
from csresearch.claims.unmeasured import Explained, curves_of, strengths_table
from csresearch.findings.estimates import Estimate, Part
from csresearch.findings.labels import count_text, value_text
from csresearch.history import NEVER, TICKS_A_DAY
from csresearch.multiverse import Episodes
from csresearch.sensitivity.confounding import hazard_ratio_of, risk_ratio_of
from csresearch.sensitivity.counted import Changing, Counted, lives_of, two_states
from csresearch.sensitivity.counted_numbers import log_ratio
from csresearch.sensitivity.misclassified import ChurnRecord
from csresearch.sensitivity.misdated import had_been_off, had_come
from csresearch.sensitivity.placebo import Placebo, summary
from csresearch.verdicts import judge_effect

EARLIER = "results came {} earlier than recorded"
NOTHING = "No ratio to put to the test: one of the groups saw no one leave."
WRONG, PLACEBO, UNMEASURED = (
    "How wrong would the data have to be?",
    "Results that cannot matter",
    "How strong would something unmeasured have to be?",
)


def lagged_lives(study: Study) -> Episodes:
    """Customers with the day from which their first result counts in the primary analysis."""
    lives = lives_of(study.compared, study.strata)
    lag = round(study.lag_days * TICKS_A_DAY)
    late = np.where(lives.on < NEVER, np.maximum(lives.on, 0) + lag, NEVER)
    return replace(lives, on=late) if lag else lives


def verdict_on(estimate: Estimate) -> str:
    """What the claim's rule makes of an estimate."""
    return judge_effect(estimate, near_miss=ResultsMultiverse.near_miss).verdict


def wrong_data(study: Study, primary: Estimate, verdict: str) -> Part:
    """Results dated wrongly, departures unnoticed or recorded wrongly: step by step."""
    if primary.value is None:
        return Part(WRONG, text=NOTHING)
    lives = lagged_lives(study)
    record, changing = ChurnRecord(two_states(lives), 2), Changing(lives)
    number = what_if.ratio_under(primary, record.recorded, WITHOUT)
    dated = {
        "results came {} later than recorded": lambda d: had_come(changing, d),
        EARLIER: lambda d: had_come(changing, -d),
        "dates are off by up to {}, either way": lambda d: had_been_off(changing, d),
    }
    noted = {
        "{} of those still here have left unnoticed": lambda s: record.had(unnoticed=[s]),
        "{} of those still here with results have left unnoticed": (
            lambda s: record.had(unnoticed=[0, s])
        ),
        "{} of the recorded departures are none": lambda s: record.had(wrong=[s]),
        "{} of the recorded departures without results are none": (
            lambda s: record.had(wrong=[s, 0])
        ),
    }
    tries = [(label, what_if.DAYS, had) for label, had in dated.items()]
    tries += [(label, what_if.SHARES, had) for label, had in noted.items()]
    rows = [
        what_if.tried(label, sizes, lambda x, had=had: number(had(x)), verdict_on)
        for label, sizes, had in tries
    ]
    rows = [replace(row, is_bound=row.label == EARLIER) for row in rows]
    return Part(WRONG, what_if.table_of(rows, verdict), what_if.told(rows, verdict), prose=True)


def placebo(study: Study, counted: Callable[[], CountedLives], primary: Estimate) -> Part:
    """The fair and the plain ratio of results dealt at random, beside the real ones'."""
    if primary.value is None:
        return Part(PLACEBO, text=NOTHING)
    lives = lagged_lives(study)
    dealer = Placebo.of(lives, most=what_if.MOST, seed=what_if.SEED)
    columns = ["label", "value", "ci_low", "ci_high", "plain", "scale"]
    own = float(np.exp(dealer.tempting(dealer.lives.on)))
    rows = [("as they are", primary.value, primary.ci_low, primary.ci_high, own, "ratio")]
    told = []
    for label, dealt in {"dealt to anyone at risk that day": True, "on any day": False}.items():
        found = dealer.draws(what_if.DRAWS, what_if.SEED, dealt=dealt)
        middle, low, high, excluded, known = summary(found)
        plain = float(np.exp(found["tempting"].median()))
        rows.append((f"results {label}", middle, low, high, plain, "ratio"))
        told.append(f"{excluded} of {known} intervals of results {label} exclude 1")
    at_notice, text = _at_notice(counted(), study, primary)
    rows += at_notice
    text = (
        "Placebo rows: the middle, lowest and highest of the fair ratio, and the middle of the "
        f"plain one. One interval in twenty may exclude 1: {'; '.join(told)}. {text}"
    )
    return Part(PLACEBO, pd.DataFrame(rows, columns=columns), text.strip())


def _at_notice(counted: CountedLives, study: Study, primary: Estimate) -> tuple[list[tuple], str]:
    """The ratio had everybody left on the day of the notice: later results cannot count."""
    lives, first = counted.lives, counted.nth(1)
    noticed = lives.churned & (lives.notice < lives.exit)
    if not noticed.any() or study.lag_days:
        return [], ""
    base, found = (
        log_ratio(Counted.of(two_states(_with_change(*pair)), 2), WITHOUT)
        for pair in ((lives, first), (lives.left_on(at_notice=True), first.left_on(at_notice=True)))
    )
    one = what_if.moved(primary, base, found)
    late = float(first.n[(first.notice <= first.on) & (first.on < first.exit)].sum())
    text = (
        f"{count_text(late)} first results were measured between notice and leaving; with leaving "
        "dated to the notice they do not count."
    )
    row = ("leaving dated to the notice", one.value, one.ci_low, one.ci_high, None, "ratio")
    return [row], text


def _with_change(lives: Episodes, spells: Episodes) -> Episodes:
    """Everybody, plus those with a change as such, less those as they are among everybody."""
    changed = spells.taken(spells.on < spells.exit)
    plain = replace(lives, on=np.full(len(lives.n), NEVER), off=None)
    columns = {}
    for name in ("stratum", "entry", "exit", "churned", "notice", "on"):
        columns[name] = np.concatenate(
            [getattr(plain, name), getattr(changed, name), getattr(changed, name)]
        )
    columns["on"][len(plain.n) + len(changed.n) :] = NEVER
    return Episodes(**columns, n=np.concatenate([plain.n, changed.n, -changed.n]))


def unmeasured(study: Study, primary: Estimate) -> Part:
    """What a cause nobody measured would have to be like, at each strength."""
    if not primary.value:
        return Part(UNMEASURED, text=NOTHING)
    if primary.ci_low is not None and primary.ci_low <= 1 <= primary.ci_high:
        return Part(UNMEASURED, text="The interval holds 1: there is nothing to explain away.")
    ratio, turned = max(primary.value, 1 / primary.value), primary.value < 1
    region, smallest = primary.claimed_region[0], primary.smallest_effect
    targets = {
        "nothing is left": 1.0,
        **({} if turned else {f"less than {value_text(smallest, 'ratio')} is left": smallest}),
        **({} if turned else {"it is no longer about six": region}),
    }
    found = Explained(
        float(risk_ratio_of(ratio)),
        {name: float(risk_ratio_of(one)) for name, one in targets.items() if one < ratio},
        lambda risk: hazard_ratio_of(risk) ** (-1 if turned else 1),
    )
    group = "with results" if turned else "without results"
    told, like = _measured(study, primary)
    curves = curves_of(found, like)
    beyond = ", beyond all that is held equal" if study.strata else ""
    text = f"{found.text(f'among customers {group}', beyond)} {told}".strip()
    draw = partial(figures.confounder_curves, curves, group=f"among customers {group}")
    return Part(UNMEASURED, strengths_table(found, "ratio"), text, draw, (8.0, 4.2))


def _measured(study: Study, primary: Estimate) -> tuple[str, dict[str, float]]:
    """How much what is held equal moved the ratio, as a yardstick."""
    if not study.strata:
        return "", {}
    lives = lagged_lives(study)
    apart, together = (
        log_ratio(Changing(one).counted(one.on), WITHOUT)[0]
        for one in (lives, replace(lives, stratum=np.zeros_like(lives.stratum)))
    )
    if not np.isfinite([apart, together]).all():
        return "", {}
    before = primary.value * float(np.exp(together - apart))
    names = listed(study.strata)
    text = (
        f"A yardstick: holding {names} equal moved the ratio from {value_text(before, 'ratio')} to "
        f"{value_text(primary.value, 'ratio')}."
    )
    factor = float(risk_ratio_of(before) / risk_ratio_of(primary.value))
    if primary.value < 1:
        factor = 1 / factor
    return text, {"as strong as what is held equal": factor} if factor > 1.005 else {}
