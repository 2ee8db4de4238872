"""A simulated company as a folder: the tables, company.yml, and a README that tells the truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from csresearch.errors import CompanyError, did_you_mean
from csresearch.simulate.draw import true_share_of_churn
from csresearch.simulate.frames import Simulated, simulate
from csresearch.simulate.world import World
from csresearch.simulate.worlds import WORLDS

SEED = 20260630


def write_company(
    world: str | World,
    folder: str | Path,
    *,
    seed: int | None = None,
    n_customers: int | None = None,
) -> Path:
    """Write a world's company: company.yml, CSV files and a README with the truth.

    Parameters
    ----------
    world : str or World
        A world, or the name of one in `WORLDS`.
    folder : str or Path
        Made if it does not exist; files of these names in it are overwritten.
    seed : int, optional
        Default: `SEED`, the bundled companies'.
    n_customers : int, optional
        Default: the world's own number.

    Returns
    -------
    pathlib.Path
        The written company.yml.

    Raises
    ------
    CompanyError
        If there is no such world.
    """
    chosen, seed = _world(world), SEED if seed is None else seed
    company = simulate(chosen, seed=seed, n_customers=n_customers)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for table, frame in company.tables.items():
        frame.to_csv(
            folder / f"{table}.csv", index=False, date_format="%Y-%m-%d", lineterminator="\n"
        )
    _write(folder / "README.md", _readme(chosen, company, seed, n_customers))
    _write(folder / "company.yml", _company_yml(chosen, company))
    return folder / "company.yml"


def _world(world: str | World) -> World:
    if isinstance(world, World):
        return world
    if world not in WORLDS:
        raise CompanyError(f"there is no world '{world}'; {did_you_mean(world, WORLDS)}")
    return WORLDS[world]


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _company_yml(world: World, company: Simulated) -> str:
    config = dict(company.config)
    head = {name: config.pop(name) for name in ("company", "observed_until", "company_fields")}
    tables = {table: {"file": f"{table}.csv"} for table in company.tables}
    body = yaml.safe_dump(head | tables | config, sort_keys=False, allow_unicode=True)
    return f"# A simulated company: README.md beside this file says what is true of it.\n{body}"


def _readme(world: World, company: Simulated, seed: int, n_customers: int | None) -> str:
    size = f" --customers {n_customers}" if n_customers is not None else ""
    share, of_churn = true_share_of_churn(world)
    from_low = "nobody leaves" if np.isnan(of_churn) else f"{of_churn:.0%}"
    ever = company.customers["customer_id"].isin(company.results["customer_id"])
    truth = [
        ("churn rate without ÷ with a result, same tenure", f"{world.lifetime_ratio:g}"),
        ("churn-rate factor per SD of lasting satisfaction", f"{world.satisfaction_ratio:g}"),
        ("share of starters in the low band", f"{share:.0%}"),
        ("share of churn by 24 months from the low band", from_low),
        *(row for addition in world.additions for row in addition.truth(world)),
    ]
    drawn = [
        ("customers", f"{len(company.customers):,}"),
        ("of whom left", f"{company.customers['ended_on'].notna().sum():,}"),
        ("of whom ever had a result", f"{ever.sum():,}"),
        ("churn rate never ÷ ever had a result (the plain comparison)", _plain_ratio(company)),
    ]
    at_this_size = world.verdicts if len(company.customers) == world.n_customers else ()
    verdicts = [(f"`{claim}`", verdict) for claim, verdict in at_this_size]
    return "\n".join(
        [
            f"# {world.name}: a simulated company",
            "",
            world.story,
            "",
            "Nobody's data: drawn by the kit, so that its verdicts can be held against the truth.",
            "These files, this one included, come from",
            "",
            "```",
            f"csresearch simulate {world.name} data/{world.name} --seed {seed}{size}",
            "```",
            "",
            *_table("what is true", "value", truth),
            *_bands(world),
            *_table("what was drawn", "value", drawn),
            *(_table("claim", "the verdict the kit must come to", verdicts) if verdicts else []),
            "Every other number of this world stands in `csresearch/simulate/worlds/`.",
            "",
        ]
    )


def _bands(world: World) -> list[str]:
    head = "| band at the start | share | monthly churn before a result | monthly first results |"
    rows = [
        f"| {band.name} | {band.share:.0%} | {band.churn:.2%} | {band.first_result:.1%} |"
        for band in world.bands
    ]
    return [head, "|---|---|---|---|", *rows, ""]


def _table(left: str, right: str, rows: list[tuple[str, str]]) -> list[str]:
    return [f"| {left} | {right} |", "|---|---|", *(f"| {a} | {b} |" for a, b in rows), ""]


def _plain_ratio(company: Simulated) -> str:
    customers = company.customers
    ended = customers["ended_on"].fillna(pd.Timestamp(company.config["observed_until"]))
    days = (ended - customers["started_on"]).dt.days
    left = customers["ended_on"].notna()
    ever = customers["customer_id"].isin(company.results["customer_id"])
    if not left[ever].any():
        return "nobody with a result left"
    never = left[~ever].sum() / days[~ever].sum()
    return f"{never / (left[ever].sum() / days[ever].sum()):.1f}"
