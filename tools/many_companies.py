"""Make data/many-companies: findings of simulated companies of several kinds, for notebook 21.

``python tools/many_companies.py`` draws each company, writes it to a temporary folder, reads it
and tests the claims below, as a report does; only the findings are kept. Numbers change when an
estimate does: run it again then, and execute notebook 21 anew.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from csresearch import __version__, claims, load_company
from csresearch.findings import findings_document
from csresearch.simulate import write_company
from csresearch.simulate.additions.challenges import Challenges
from csresearch.simulate.additions.efforts import Programme
from csresearch.simulate.additions.expectations import Expectations
from csresearch.simulate.additions.kickoff import KickoffJudgement
from csresearch.simulate.additions.process import Process
from csresearch.simulate.additions.regions import Regions
from csresearch.simulate.world import Addition, Band, World
from csresearch.simulate.worlds import BUNDLED

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "data" / "many-companies"
SEED = 2106
FIRST = "results-retention"
ALWAYS = (FIRST, "satisfaction-retention", "maturity-churn")
SCORES, KINDS, FIT = "results-satisfaction", "key-results", "bad-fit"
TURN, WAY, JUDGED = "customer-bonding", "standard-process", "kickoff-judgement"
EFFORT, CHALLENGED = "effort-by-maturity", "challenge"


@dataclass(frozen=True)
class Fields(Addition):
    """What a company says about itself."""

    sector: str

    def config(self, world: World) -> dict:
        """The fields of company.yml."""
        return {"company_fields": {"kind": "simulated", "sector": self.sector}}


@dataclass(frozen=True)
class Plan:
    """One company: which world it lives in, what is true there, and what is tested."""

    name: str
    sector: str
    world: str
    customers: int
    ratio: float
    more: tuple[str, ...] = ()
    no_maturity: bool = False
    changes: tuple[tuple[str, object], ...] = ()


QUICK = (  # everybody decides in time: a notice must be a date
    Band("low", 0.45, 0.09, 0.02, low=True),
    Band("middle", 0.35, 0.05, 0.05),
    Band("high", 0.20, 0.04, 0.08),
)
# Results keep customers two to five times longer, more so at software companies; at two they do
# nothing. Sizes, missing columns and further truths vary as they do between real companies.
PLANS = (
    Plan("Alder Software", "software", "steadfast", 2400, 4.4, (SCORES, KINDS, FIT)),
    Plan("Birch Finance", "finance", "steadfast", 1300, 2.6, (FIT, JUDGED)),
    Plan("Cedar Logistics", "logistics", "steadfast", 900, 2.0, (SCORES, WAY, CHALLENGED)),
    Plan("Elm Software", "software", "steadfast", 1800, 5.2, (KINDS, EFFORT)),
    Plan("Fir Finance", "finance", "mirage", 1500, 1.0, (FIT, TURN, WAY)),
    Plan("Hazel Software", "software", "steadfast", 700, 3.8, (SCORES, JUDGED)),
    Plan("Juniper Logistics", "logistics", "steadfast", 1100, 2.4, (FIT, WAY, EFFORT)),
    Plan("Larch Finance", "finance", "steadfast", 2000, 3.0, (KINDS, TURN)),
    Plan("Maple Software", "software", "steadfast", 1500, 4.0, (SCORES, CHALLENGED, JUDGED)),
    Plan("Oak Logistics", "logistics", "mirage", 900, 1.0, (WAY, CHALLENGED)),
    Plan("Pine Software", "software", "steadfast", 1200, 4.6, (EFFORT,)),
    Plan("Rowan Finance", "finance", "steadfast", 600, 1.2, (), no_maturity=True,
         changes=(("notice_days", 30), ("bands", QUICK))),
)  # fmt: skip
EARLIER = date(2025, 9, 30)


def world_of(plan: Plan) -> World:
    """The world a company lives in."""
    base = BUNDLED[plan.world]
    truths = (Challenges, Expectations, KickoffJudgement, Process, Programme)
    kept = tuple(one for one in base.additions if not isinstance(one, Regions))
    rare = tuple(one for one in kept if not isinstance(one, truths) or _asked(one, plan))
    return replace(
        base,
        name=plan.name,
        lifetime_ratio=plan.ratio,
        additions=(*rare, Fields(plan.sector)),
        **dict(plan.changes),
    )


def _asked(addition: Addition, plan: Plan) -> bool:
    """Whether a company records what an addition tells."""
    tells = {
        Challenges: CHALLENGED,
        Expectations: FIT,
        KickoffJudgement: JUDGED,
        Process: WAY,
        Programme: EFFORT,
    }
    return tells[type(addition)] in plan.more


def document(plan: Plan, world: World, seed: int, tested: tuple[str, ...]) -> dict:
    """One company's findings, as its report's findings.json holds them."""
    with tempfile.TemporaryDirectory() as folder:
        file = write_company(world, folder, seed=seed, n_customers=plan.customers)
        if plan.no_maturity:
            customers = pd.read_csv(file.with_name("customers.csv"))
            customers = customers.drop(columns=["maturity", "maturity_on"])
            customers.to_csv(file.with_name("customers.csv"), index=False)
            settings = file.read_text(encoding="utf-8")
            start = settings.index("maturity:")
            end = settings.index("segments:")
            file.write_text(settings[:start] + settings[end:], encoding="utf-8")
        company = load_company(file)
        found = [claims.get(name).estimate(company) for name in tested]
        return findings_document(
            found,
            kit_version=__version__,
            data_fingerprint=company.fingerprint,
            smallest_cell=company.config.smallest_cell,
        )


def documents() -> Iterator[tuple[str, dict]]:
    """Every company's findings by file name; of the first also what was known earlier."""
    for number, plan in enumerate(PLANS):
        world, name = world_of(plan), plan.name.lower().replace(" ", "-")
        yield f"{name}.json", document(plan, world, SEED + number, (*ALWAYS, *plan.more))
        if not number:
            early = replace(world, observed_until=EARLIER, last_start=date(2025, 6, 30))
            yield f"{name}-2025.json", document(plan, early, SEED, (FIRST,))


def main() -> int:
    """Write them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, made in documents():
        text = json.dumps(made, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        (FOLDER / name).write_text(text + "\n", encoding="utf-8", newline="\n")
        print(f"{name}: {len(text) / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
