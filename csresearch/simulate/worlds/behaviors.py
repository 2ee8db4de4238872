"""Worlds of behaviours and processes: needed, idle, and such as only mark who stayed or came."""

from __future__ import annotations

from csresearch.simulate.additions.behaviors import Behaviors, Habit
from csresearch.simulate.additions.process import Process
from csresearch.simulate.world import Band, World

BANDS = (
    Band("low", 0.45, 0.05, 0.06, low=True),
    Band("middle", 0.35, 0.03, 0.09),
    Band("high", 0.20, 0.02, 0.13),
)


def _verdicts(behaviors: str, process: str) -> tuple[tuple[str, str], ...]:
    return (("key-behaviors", behaviors), ("standard-process", process))


NEEDED = World(
    name="behaviors-needed",
    story=(
        "Hardly anybody gets a first result before training, whatever else they do, and who "
        "insists on an own way gets there far more slowly. Product usage tells nothing."
    ),
    n_customers=5000,
    bands=BANDS,
    lifetime_ratio=3.0,
    additions=(Behaviors(), Process(results_ratio=0.4)),
    verdicts=_verdicts("reproduced", "reproduced"),
)

IDLE = World(
    name="behaviors-idle",
    story=(
        "Customers adopt behaviours soon and follow the standard process or not, and neither has "
        "anything to do with results; who uses the product much gets them sooner."
    ),
    n_customers=5000,
    bands=BANDS,
    lifetime_ratio=3.0,
    additions=(
        Behaviors(
            (
                Habit("training", 0.35),
                Habit("champion named", 0.25),
                Habit("data connected", 0.3),
                Habit("review held", 0.2),
            ),
            usage_ratio=1.5,
        ),
        Process(),
    ),
    verdicts=_verdicts("not reproduced", "not reproduced"),
)

SURVIVORS = World(
    name="behaviors-of-survivors",
    story=(
        "Behaviours are adopted late and do nothing: who adopted them is who stayed, and who "
        "stayed had time for a result. Prepared customers follow the standard process and get "
        "results, the unprepared do neither; the process does nothing."
    ),
    n_customers=5000,
    bands=(
        Band("low", 0.45, 0.09, 0.03, low=True),
        Band("middle", 0.35, 0.05, 0.09),
        Band("high", 0.20, 0.03, 0.20),
    ),
    additions=(
        Behaviors(
            (
                Habit("training", 0.06),
                Habit("champion named", 0.05),
                Habit("data connected", 0.08),
                Habit("review held", 0.05),
            )
        ),
        Process(own_by_band=(0.7, 0.35, 0.1)),
    ),
    verdicts=_verdicts("not reproduced", "not reproduced"),
)

PREPARED = World(
    name="behaviors-of-the-prepared",
    story=(
        "Prepared customers train early and get results, the unprepared do neither: training "
        "only shows who came prepared."
    ),
    n_customers=5000,
    bands=(
        Band("low", 0.55, 0.05, 0.004, low=True),
        Band("middle", 0.05, 0.05, 0.004),
        Band("high", 0.40, 0.05, 0.25),
    ),
    additions=(
        Behaviors(
            (
                Habit("training", 0.5, by_band=(0.05, 0.05, 4.0)),
                Habit("champion named", 0.4),
            )
        ),
        Process(own_by_band=(0.9, 0.9, 0.1), results_ratio=1.8),
    ),
    verdicts=_verdicts("not identifiable", "opposite"),
)

WORLDS = (NEEDED, IDLE, SURVIVORS, PREPARED)
