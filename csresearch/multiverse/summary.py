"""All analyses of one claim together: how many agree, and which choice moves the answer most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from csresearch.findings.labels import count_text, p_value_phrase, value_text
from csresearch.multiverse.joint import JointTest

OTHERS_NAMED = 3  # verdicts named beside the one agreed with


@dataclass(frozen=True, eq=False)
class Multiverse:
    """Every analysis of a claim with its choices, its number and its verdict.

    Parameters
    ----------
    table : DataFrame
        One row an analysis: the choices, ``value, ci_low, ci_high, verdict``. The first row is
        the primary analysis.
    choices : tuple of str
        Columns of the choices, categorical.
    scale : str
        As in `Estimate`; differences between options of ratios are factors.
    verdict : str
        Of the finding, with which the analyses agree or not.
    n_possible : int
        Combinations there are; the table may hold a sample of them.
    joint : JointTest or None
    """

    table: pd.DataFrame
    choices: tuple[str, ...]
    scale: str
    verdict: str
    n_possible: int
    joint: JointTest | None = None

    @property
    def agreement(self) -> tuple[int, int]:
        """How many of how many analyses come to the verdict?"""
        return int((self.table["verdict"] == self.verdict).sum()), len(self.table)

    @property
    def known(self) -> pd.DataFrame:
        """The analyses that have a number."""
        return self.table[np.isfinite(self._unit)].reset_index(drop=True)

    @property
    def _unit(self) -> np.ndarray:
        """Estimates on the scale on which they are compared: logs of ratios."""
        value = self.table["value"].to_numpy(float)
        if self.scale != "ratio":
            return value
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(value)

    def moves(self) -> pd.DataFrame:
        """Which choice moves the answer most?

        Returns
        -------
        DataFrame
            One row a choice with more than one option: ``choice``, the options with the
            ``lowest`` and the ``highest`` estimate on average, those averages ``from`` and ``to``
            as text, and ``share_of_spread``: how much of the variance of the estimates the choice
            alone explains, the largest first.

        Notes
        -----
        From a least-squares model of all choices without interactions, logs of ratios: averages
        are over the other choices, every option counting alike, and the share is what leaving the
        choice out of the model loses. So a sample of the combinations, in which options happen to
        come together, misleads no one. What the shares lack to 100 % the choices do together.
        """
        unit = self._unit[np.isfinite(self._unit)]
        codes = {name: self.known[name].cat.remove_unused_categories() for name in self.choices}
        codes = {name: column for name, column in codes.items() if len(column.cat.categories) > 1}
        rows = [self._move(unit, codes, name) for name in codes] if len(unit) > 1 else []
        columns = ["choice", "lowest", "from", "highest", "to", "share_of_spread"]
        table = pd.DataFrame(rows, columns=columns)
        return table.sort_values(
            "share_of_spread", ascending=False, kind="stable", ignore_index=True
        )

    def _move(self, unit: np.ndarray, codes: dict[str, pd.Series], name: str) -> tuple:
        """One row of `moves`."""
        effects, unexplained = _effects(unit, codes, name)
        without = _effects(unit, {k: v for k, v in codes.items() if k != name}, "")[1]
        spread = float(((unit - unit.mean()) ** 2).sum())
        share = max(without - unexplained, 0.0) / spread if spread > 0 else 0.0
        options = codes[name].cat.categories
        ends = []
        for place in (int(np.argmin(effects)), int(np.argmax(effects))):
            average = float(np.exp(effects[place]) if self.scale == "ratio" else effects[place])
            ends += [str(options[place]), value_text(average, self.scale, exact=True)]
        return (name, *ends, share)

    @property
    def text(self) -> str:
        """How many agree, what the others say, what moves the answer and the joint test."""
        return " ".join(filter(None, [self._agree(), self._moved(), self._jointly()]))

    def _agree(self) -> str:
        agree, of = self.agreement
        sampled = f", drawn from {count_text(self.n_possible)}," if of < self.n_possible else ""
        told = f"{count_text(agree)} of {count_text(of)} defensible analyses{sampled} agree with "
        told += f"“{self.verdict}”"
        others = self.table["verdict"][self.table["verdict"] != self.verdict].value_counts()
        others = others.sort_index().sort_values(ascending=False, kind="stable")
        named = [f"{count_text(n)} say “{name}”" for name, n in others.head(OTHERS_NAMED).items()]
        return "; ".join([told, *named]) + "."

    def _moved(self) -> str:
        moves = self.moves()
        if moves.empty or not np.ptp(self._unit[np.isfinite(self._unit)]) > 0:
            return ""
        most = moves.iloc[0]
        return (
            f"Half of the estimates lie between {self._middle_half()}. What moves them most: "
            f"{most['choice']}, on average from {most['from']} ({most['lowest']}) to "
            f"{most['to']} ({most['highest']})."
        )

    def _middle_half(self) -> str:
        ends = np.quantile(self.known["value"].to_numpy(float), [0.25, 0.75])
        return " and ".join(value_text(x, self.scale, exact=True) for x in ends)

    def _jointly(self) -> str:
        if self.joint is None:
            return ""
        test, turn = self.joint, np.exp if self.scale == "ratio" else float
        scale = "points" if self.scale == "share" else self.scale
        median, low, high = (
            value_text(float(turn(x)), scale, exact=True)
            for x in (test.median, test.null_median[1], test.null_median[2])
        )
        shares = [value_text(x, "share") for x in (test.share, test.null_share[0])]
        some = "" if test.n_analyses == len(self.known) else f" of {count_text(test.n_analyses)}"
        what = "above its share of customers " if self.scale == "share" else ""
        return (
            f"Joint test{some}: the median {what}is {median}; in {test.draws} draws without any "
            f"link it lies between {low} and {high} ({p_value_phrase(test.p_median)}). "
            f"Intervals exclude no difference in {shares[0]} of the analyses, without a link in "
            f"{shares[1]} ({p_value_phrase(test.p_share)})."
        )


def _effects(unit: np.ndarray, codes: dict[str, pd.Series], name: str) -> tuple[np.ndarray, float]:
    """Averages of the options of a choice over all others, and the sum of squares left over."""
    blocks, means, own = [np.ones((len(unit), 1))], [np.ones(1)], None
    for choice, column in codes.items():
        n = len(column.cat.categories)
        if choice == name:
            own = sum(len(mean) for mean in means)
        blocks.append(np.eye(n)[column.cat.codes][:, 1:])
        means.append(np.full(n - 1, 0.0 if choice == name else 1 / n))
    design = np.concatenate(blocks, axis=1)
    coef = np.linalg.lstsq(design, unit, rcond=None)[0]
    left = float(((unit - design @ coef) ** 2).sum())
    if own is None:
        return np.zeros(0), left
    average = float(coef @ np.concatenate(means))
    width = len(codes[name].cat.categories) - 1
    return average + np.concatenate([[0.0], coef[own : own + width]]), left
