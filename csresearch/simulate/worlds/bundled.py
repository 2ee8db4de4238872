"""The worlds of the companies that come with the kit."""

from __future__ import annotations

from datetime import date

from csresearch.simulate.world import Band, SurveyPlan, World


def _verdicts(*verdicts: str) -> tuple[tuple[str, str], ...]:
    claims = ("results-retention", "satisfaction-retention", "maturity-churn")
    return tuple(zip(claims, verdicts, strict=True))


STEADFAST = World(
    name="steadfast",
    story=(
        "The three claims hold: results make customers stay six times longer, how satisfied they "
        "say they are means nothing for how long they stay, and most churn comes from the "
        "unprepared."
    ),
    n_customers=5000,
    bands=(
        Band("low", 0.45, 0.095, 0.02, low=True),
        Band("middle", 0.35, 0.014, 0.05),
        Band("high", 0.20, 0.009, 0.08),
    ),
    lifetime_ratio=6.0,
    verdicts=_verdicts("reproduced", "reproduced", "reproduced"),
)

MIRAGE = World(
    name="mirage",
    story=(
        "Results do nothing for retention, satisfaction matters, and churn is spread evenly over "
        "the maturity bands. Yet customers who ever had a result seem to stay six times longer, "
        "only because who stays longer has more time to reach one."
    ),
    n_customers=5000,
    bands=(
        Band("low", 0.45, 0.06, 0.135, low=True),
        Band("middle", 0.35, 0.06, 0.175),
        Band("high", 0.20, 0.06, 0.235),
    ),
    churn_by_tenure=((0, 1.5), (3, 1.0), (12, 0.7)),
    satisfaction_ratio=0.65,
    verdicts=_verdicts("not reproduced", "not reproduced", "not reproduced"),
)

SMALLCO = World(
    name="smallco",
    story=(
        "Results make customers stay two and a half times longer, but there are some hundred "
        "customers and a dozen churns: too little to say anything."
    ),
    n_customers=120,
    bands=(
        Band("low", 0.45, 0.0055, 0.025, low=True),
        Band("middle", 0.35, 0.0045, 0.025),
        Band("high", 0.20, 0.0045, 0.030),
    ),
    lifetime_ratio=2.5,
    last_start=date(2025, 6, 30),
    surveys=SurveyPlan(response=0.9),
    verdicts=_verdicts("inconclusive", "inconclusive", "inconclusive"),
)

WORLDS = (STEADFAST, MIRAGE, SMALLCO)
