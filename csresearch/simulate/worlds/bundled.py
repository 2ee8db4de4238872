"""The worlds of the companies that come with the kit."""

from __future__ import annotations

from datetime import date

from csresearch.simulate.additions.behaviors import Behaviors, Habit
from csresearch.simulate.additions.challenges import Challenges
from csresearch.simulate.additions.churn_reasons import ChurnReasons
from csresearch.simulate.additions.contracts import Contracts
from csresearch.simulate.additions.efforts import Programme, Touches
from csresearch.simulate.additions.expectations import Expectations
from csresearch.simulate.additions.growth import Growth
from csresearch.simulate.additions.kickoff import KickoffJudgement
from csresearch.simulate.additions.process import Process
from csresearch.simulate.additions.regions import Regions
from csresearch.simulate.additions.result_kinds import Kind, ResultKinds
from csresearch.simulate.additions.results_in_scores import ResultsInScores
from csresearch.simulate.additions.revenue import Revenue
from csresearch.simulate.world import Band, SurveyPlan, World

KINDS = ("hours saved", "revenue grown", "errors cut", "costs cut", "risk lowered", "deals won")
OTHERS = ("errors cut", "awards won", "team morale")  # one of them a kind that others reach
FIRST_COMES_ONE = ResultKinds(
    (
        Kind(KINDS[0], 0.2, of_first=0.95),
        *(Kind(name, 0.08, of_first=0.01) for name in KINDS[1:]),
    )
)
NO_KIND_MATTERS = ResultKinds(
    (
        *(Kind(name, 0.05, of_first=0.2) for name in KINDS[:5]),
        Kind(KINDS[5], 0.12, from_month=12),
    )
)
NEEDED = (
    Habit("training", 2.0, ever=0.9, needed=0.97),
    Habit("data connected", 3.0, ever=0.9, needed=0.95),
    Habit("champion named", 0.4),
    Habit("review held", 0.2),
)
RARE_TOUCHES = Touches(team=(0.15, 0.15, 0.15), demand=(0.05, 0.1, 0.15))
NOT_NEEDED = (
    Habit("training", 0.3),
    Habit("data connected", 0.4),
    Habit("champion named", 0.4),
    Habit("review held", 0.2),
)


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
    result_kinds=FIRST_COMES_ONE.named,
    surveys=SurveyPlan(first_day=75, every_days=180),
    additions=(
        FIRST_COMES_ONE,
        Behaviors(habits=NEEDED, usage_days=(90,)),
        Process(results_ratio=0.5),
        Expectations(
            outside=OTHERS,
            churn_ratio=2.5,
            by_band=(("low", 0.18), ("middle", 0.06), ("high", 0.04)),
        ),
        KickoffJudgement(foresight=2.0),
        RARE_TOUCHES,
        Programme(effects=(1.6, 1.2, 1.0)),
        Challenges(),
        ChurnReasons(),
        Regions(),
        Contracts(at_renewals=0.4),
        Revenue(),
        Growth(),
    ),
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
    result_kinds=NO_KIND_MATTERS.named,
    additions=(
        NO_KIND_MATTERS,
        Behaviors(habits=NOT_NEEDED, usage_days=(90,)),
        Process(own_by_band=(0.5, 0.2, 0.1)),
        Expectations(outside=OTHERS),
        KickoffJudgement(foresight=0.0),
        RARE_TOUCHES,
        Challenges(scores=(0, 5)),
        ChurnReasons(honest=0.0),
        ResultsInScores(1.5),
        Regions(),
        Contracts(at_renewals=0.0),
        Revenue(),
        Growth(with_result=1.03, without=1.03),
    ),
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
    result_kinds=FIRST_COMES_ONE.named,
    surveys=SurveyPlan(response=0.9),
    additions=(
        FIRST_COMES_ONE,
        Behaviors(habits=NOT_NEEDED, usage_days=(90,)),
        Process(),
        Expectations(outside=OTHERS, churn_ratio=2.0),
        KickoffJudgement(),
        RARE_TOUCHES,
        Programme(),
        Challenges(share=0.1),
        ChurnReasons(),
        Regions(),
        Contracts(at_renewals=0.3),
        Revenue(),
        Growth(),
    ),
    verdicts=_verdicts("inconclusive", "inconclusive", "inconclusive"),
)

WORLDS = (STEADFAST, MIRAGE, SMALLCO)
