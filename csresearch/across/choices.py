"""Would another careful analyst come to the same? Choices, single companies, another library."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from csresearch.across.files import Source
from csresearch.across.pooled import LEAST, General, generalise
from csresearch.pooling import leave_one_out, movers

CHOICES: dict[str, dict] = {
    "as above: REML, graded A and B": {},
    "Paule–Mandel": {"method": "paule-mandel"},
    "DerSimonian–Laird": {"method": "dersimonian-laird"},
    "Hartung–Knapp without the guard": {"guard": False},
    "graded low too": {"lowest_grade": "D"},
    "graded A only": {"lowest_grade": "A"},
}
_COLUMNS = ["label", "value", "ci_low", "ci_high", "companies", "on_average", "next_company"]


def other_choices(general: General, sources: Sequence[Source], lowest_grade: str) -> pd.DataFrame:
    """The average with other methods and other companies, and both verdicts each time."""
    rows = []
    for label, changes in CHOICES.items():
        words = label.replace("A and B", f"{lowest_grade} or better")
        settings = {"lowest_grade": lowest_grade} | changes
        other = general if not changes else generalise(general.question, sources, **settings)
        if other.k >= LEAST:
            rows.append((words, *_row(other)))
    moved = most_moving(general)
    if moved:
        rows.append((f"without {moved}", *_row(general.without(moved))))
    table = pd.DataFrame(rows, columns=_COLUMNS)
    return table.assign(scale=general.question.measures[0].scale)


def most_moving(general: General) -> str:
    """The company whose absence moves the average most; empty with too few."""
    if general.k <= LEAST:
        return ""
    return str(_companies(general)[movers(*_numbers(general))[0]])


def without_each(general: General) -> pd.DataFrame:
    """The average and the verdict without each company, the most influential first."""
    columns = ["label", "value", "ci_low", "ci_high", "verdict"]
    if general.k <= LEAST:
        return pd.DataFrame(columns=[*columns, "scale"])
    table = leave_one_out(*_numbers(general), names=_companies(general), method=general.method)
    back = general.main.measure.model.back
    ends = table[["value", "ci_low", "ci_high"]].map(back)
    verdicts = [general.without(name).on_average.verdict for name in table["left_out"]]
    shown = ends.assign(label=table["left_out"].astype(str), verdict=verdicts)
    return shown[columns].assign(scale=general.main.measure.scale)


def by_statsmodels(general: General) -> float | None:
    """The average by statsmodels' Paule–Mandel; None where it did not converge.

    Its iteration gives up without a word, so what it returns is put into the equation it solves.
    """
    from statsmodels.stats.meta_analysis import combine_effects  # it takes a while to load

    effects, errors = _numbers(general)
    found = combine_effects(effects, errors**2, method_re="iterated", use_t=True)
    w = 1 / (errors**2 + found.tau2)
    q = float(w @ (effects - w @ effects / w.sum()) ** 2)
    solved = abs(q - (len(effects) - 1)) < 1e-3 * len(effects)
    if found.tau2 < 0 or not (solved or (found.tau2 == 0 and q < len(effects) - 1)):
        return None
    return general.main.measure.model.back(float(found.mean_effect_re))


def common_effect(general: General) -> tuple[float, float, float]:
    """The tempting average: as if all companies had one truth and differed only by chance."""
    effects, errors = _numbers(general)
    w = errors**-2
    mean, reach = w @ effects / w.sum(), 1.959963984540054 / np.sqrt(w.sum())
    back = general.main.measure.model.back
    return back(mean), back(mean - reach), back(mean + reach)


def _row(general: General) -> tuple:
    """A general finding in one row."""
    one = general.main.average.estimate
    verdicts = (general.on_average.verdict, general.next_company.verdict)
    return one.value, one.ci_low, one.ci_high, general.k, *verdicts


def _numbers(general: General) -> tuple[np.ndarray, np.ndarray]:
    """Effects and standard errors on the model's scale."""
    rows = general.main.rows
    return rows["effect"].to_numpy(float), rows["error"].to_numpy(float)


def _companies(general: General) -> list[str]:
    """Their names, in the same order."""
    return list(general.main.rows["company"])
