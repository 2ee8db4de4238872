"""C3 step by step: what the notebook shows, each part a table, a sentence and a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial

from csresearch import figures
from csresearch.claims import beside, common
from csresearch.claims import maturity_sensitivity as sensitivity
from csresearch.claims.histories import default_strata
from csresearch.claims.maturity_multiverse import MaturityMultiverse
from csresearch.claims.maturity_steps import (
    Bands,
    naive_share,
)
from csresearch.claims.spells import read_lives
from csresearch.company import Company
from csresearch.company.schema import DAYS_PER_MONTH
from csresearch.concentration import ShareOfChurn, attributable_fraction, concentration_index
from csresearch.findings.estimates import Part
from csresearch.findings.labels import value_text
from csresearch.history import values_of
from csresearch.survival.curves import survival_curves
from csresearch.verdicts import Judgement

HORIZONS_MONTHS = (6, 12, 18, 24)


Judge = Callable[[ShareOfChurn], Judgement]


def parts(
    company: Company,
    estimated: tuple[Bands, ShareOfChurn],
    judged: tuple[str, Judge],
    reasons: tuple[str, ...],
) -> common.Parts:
    """Every step of the notebook, by name; ``judged`` is the verdict and the rule behind it."""
    (bands, found), (verdict, judge) = estimated, judged

    @cache
    def recount() -> sensitivity.Recount:
        values = values_of(company.customers, default_strata(company))
        strata, lives, _ = read_lives(company, values, unmerged=("maturity",))
        return sensitivity.Recount(strata, lives, bands, found, judge)

    return common.Parts(
        {
            "data": lambda: common.data_part(company),
            "first_look": lambda: _first_look(bands),
            "naive": lambda: _naive(bands, found),
            "fair": lambda: _fair(bands, found),
            "curves": lambda: _curves(bands),
            "concentration": lambda: _concentration(bands),
            "attributable": lambda: _attributable(bands),
            "renewals": lambda: beside.maturity_renewals(company, bands.low),
            "money": lambda: beside.maturity_money(company, bands, found),
            "many_analysts": lambda: _many(recount(), verdict),
            "wrong_data": lambda: sensitivity.wrong_data(recount, verdict),
            "placebo": lambda: sensitivity.placebo(recount),
            "unmeasured": lambda: sensitivity.unmeasured(found),
            "limits": lambda: common.limits_part(reasons),
        }
    )


def too_little_parts(company: Company, why: str) -> dict[str, Part]:
    """The parts when nothing can be estimated: what was loaded, and why nothing follows."""
    return {"data": common.data_part(company), "limits": common.limits_part((why,))}


def _first_look(bands: Bands) -> Part:
    """Customers, churned and rates by band."""
    table = bands.churn.summary().rename(
        columns={
            "events": "churned",
            "rate_per_month": "value",
            "rate_ci_low": "ci_low",
            "rate_ci_high": "ci_high",
        }
    )
    table = table[["band", "customers", "churned", "value", "ci_low", "ci_high"]]
    table = table.astype({"customers": int, "churned": int}).assign(scale="share")
    text = "Value is the churn rate per customer-month, with its exact 95 % interval."
    return Part("Bands", table, text, partial(figures.rates_by_band, table))


def _naive(bands: Bands, found: ShareOfChurn) -> Part:
    """The tempting share."""
    text = (
        f"The same group is {value_text(found.share_of_customers.value, 'share')} of customers, "
        "which the plain share leaves out."
    )
    table = common.estimate_table([naive_share(bands)])
    return Part("The low group's share of those who have left (naive)", table, text)


def _fair(bands: Bands, found: ShareOfChurn) -> Part:
    """Share of churn beside share of customers."""
    table = common.estimate_table([found.share, found.share_of_customers, found.difference])
    pairs = bands.churn.summary()[["band", "share_of_customers", "share_of_churn"]]
    text = f"By month {found.horizon_days / DAYS_PER_MONTH:.1f}, "
    text += "from the start." if found.start_day <= 0 else f"from day {found.start_day:.0f} on."
    draw = partial(figures.share_beside_share, pairs, claimed_from=0.75)
    return Part("Share of churn beside share of customers", table, text, draw)


def _curves(bands: Bands) -> Part:
    """Still here, by band."""
    curves = survival_curves(bands.table, "maturity")
    named = {band: curves[band] for band in bands.order}
    draw = partial(figures.survival_curves, named)
    table = common.curve_table(named, HORIZONS_MONTHS)
    return Part("Still here, by maturity", table, "", draw, (8.0, 4.8))


def _concentration(bands: Bands) -> Part:
    """Concentration curve and index."""
    curve, index = bands.churn.curve(), concentration_index(bands.churn)
    text = f"Concentration index {index.text}; 0 is an even spread."
    draw = partial(figures.concentration_curve, curve)
    return Part("Concentration of churn", curve, text, draw, (5.0, 4.6))


def _attributable(bands: Bands) -> Part:
    """How much less churn if the low group left like the rest."""
    found = attributable_fraction(bands.churn, bands.low)
    table = common.estimate_table([found.fraction, found.risk_ratio, found.rate_ratio])
    return Part("If the low group left like the others", table)


def _many(own: sensitivity.Recount, verdict: str) -> Part:
    """Every defensible analysis, how many agree, and what moves the answer."""
    every = MaturityMultiverse(own.strata, own.lives, own.bands, own.found, own.judge).run(verdict)
    part = common.multiverse_part(every, null=None, region=(0.75, 1.0))
    more = "Groups that hold three quarters of the customers are not tried: they are most of them."
    return replace(part, text=f"{part.text} {more}")
