"""company.yml as pydantic models: the single definition code, checks and docs are made from."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from hashlib import sha256
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from csresearch.company.canonical import TABLES, columns_of
from csresearch.company.cell_settings import EVERY, TimeZone
from csresearch.company.settings import Settings
from csresearch.company.shape_settings import (
    Activity,
    ResultRule,
    Snapshots,
    Subscriptions,
    Trials,
    refuse_contradictions,
    taken_on_placed,
)
from csresearch.company.source_settings import TableSource
from csresearch.errors import did_you_mean

DAYS_PER_MONTH = 30.4375
RECORDED_BY_DAY = 30  # maturity and segments count only if recorded by this day


class Maturity(Settings):
    """The order of the maturity bands and which of them are low."""

    order: list[str] = Field(
        default_factory=list,
        description="Bands from least to most prepared; one not listed here "
        "counts as not recorded. Leave out for a number: its thirds are low, middle, high.",
    )
    low: list[str] = Field(
        default_factory=list, description="Bands that are the low group; default: the first."
    )
    cuts: list[float] = Field(
        default_factory=list,
        description="For a number: a value up to the first cut is in the first band, and so on.",
    )
    repeated_rows: bool = Field(
        default=False,
        description="The customers file repeats a customer for each scoring; of the rows that "
        "differ in maturity and maturity_on only, the last scoring by day 30 counts.",
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        """Low bands exist, cuts rise and fit the order."""
        if len(set(self.order)) != len(self.order):
            raise ValueError("order names a band twice")
        unknown = [band for band in self.low if self.order and band not in self.order]
        if unknown:
            raise ValueError(f"low names '{unknown[0]}', {did_you_mean(unknown[0], self.order)}")
        if self.order and set(self.low) == set(self.order):
            raise ValueError("every band is low; leave out of low those that are not")
        if self.cuts and (sorted(set(self.cuts)) != self.cuts):
            raise ValueError("cuts must rise")
        if self.cuts and len(self.order) != len(self.cuts) + 1:
            raise ValueError(
                f"{len(self.cuts)} cuts make {len(self.cuts) + 1} bands; order names "
                f"{len(self.order)}"
            )
        return self


class Span(Settings):
    """A length of time: days or months."""

    days: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, description="Length in days."
    )
    months: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, description="Length in months of 30.4375 days."
    )

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        """Days or months, not both."""
        if (self.days is None) == (self.months is None):
            raise ValueError("give either days: or months:")
        return self

    @property
    def in_days(self) -> float:
        """The length in days."""
        return self.days if self.days is not None else self.months * DAYS_PER_MONTH


Name = Annotated[str, Field(min_length=1, max_length=200)]
RESERVED = frozenset(
    """day entrance observed censored moved removed at_risk exposure state entry_day exit_day
    result_day first_result_day survey_day invited_day behavior_day effort_day notice_day
    revenue_day
    renews_day score instrument start stop event entry
    durations event_observed lag""".split()
)


class CompanyConfig(Settings):
    """company.yml: what the kit must know about a company's data."""

    company: Name = Field(description="Name, as it stands on the report.")
    observed_until: date = Field(
        description="Day the data were exported: who had not left by then is censored there."
    )
    company_fields: dict[str, str] = Field(
        default_factory=dict,
        description="Facts that tell companies apart when findings are pooled.",
    )
    data_folders: list[str] = Field(
        default_factory=lambda: ["."],
        description="Searched in order for files, relative to company.yml; $NAMES come from the "
        "environment.",
    )
    customers: TableSource = Field(description="The customers table; the only one needed.")
    results: TableSource | None = Field(default=None, description="The results table.")
    surveys: TableSource | None = Field(default=None, description="The surveys table.")
    behaviors: TableSource | None = Field(default=None, description="The behaviors table.")
    efforts: TableSource | None = Field(default=None, description="The efforts table.")
    maturity_scores: TableSource | None = Field(
        default=None, description="The maturity_scores table, instead of maturity in customers."
    )
    metrics: TableSource | None = Field(
        default=None, description="The metrics table, for result_rules."
    )
    revenues: TableSource | None = Field(
        default=None, description="The revenues table, for net revenue retention."
    )
    scan: Literal["here", "there"] | None = Field(
        default=None,
        description="Tables of a database: there, only counts leave it; here, the columns needed "
        "are copied first. Default: there where all tables are in one database and its types fit.",
    )
    time_zone: TimeZone = Field(
        default="UTC",
        description="Times with an offset from UTC become days of this zone, e.g. Europe/Berlin.",
    )
    maturity: Maturity = Field(default_factory=Maturity, description="Maturity bands.")
    segments: list[Name] = Field(
        default_factory=list,
        description="Columns of customers known by day 30 (plan, region…), the most important "
        "first: at most two enter a model.",
    )
    key_results: list[Name] = Field(
        default_factory=list,
        description="Kinds of result the product is for, named as in results and expected_result. "
        "Left out: found on one half of the customers, tested on the other.",
    )
    churn_window: Span | None = Field(
        default=None,
        description="Snapshot exports: the window in which churn could have been recorded. "
        "Customers are at risk from tenure minus it.",
    )
    subscriptions: Subscriptions | None = Field(
        default=None, description="The customers file has one row per subscription or contract."
    )
    reactivation: Literal["first", "last", "separate"] = Field(
        default="first",
        description="With subscriptions: which lifetime counts of customers who came back after "
        "more than grace_days; separate: each, as a customer of its own below one parent.",
    )
    trials: Trials | None = Field(default=None, description="Rows of customers that are trials.")
    snapshots: Snapshots | None = Field(
        default=None, description="The customers file has one row per customer and snapshot."
    )
    churn_after_inactive_days: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        description="Customers without contracts: a customer left with the last activity that "
        "nothing followed for so many days.",
    )
    activity: Activity = Field(
        default_factory=Activity, description="What counts as activity for that."
    )
    result_rules: list[ResultRule] = Field(
        default_factory=list, description="Results defined as a change of a metric."
    )
    horizon_months: float = Field(
        default=24, gt=0, le=1200, description="Horizon of shares and restricted means."
    )
    smallest_cell: int = Field(
        default=5, ge=1, description="Counts below this stay out of findings.json."
    )

    _taken_on_placed = model_validator(mode="before")(taken_on_placed)

    @field_validator("segments")
    @classmethod
    def _free_names(cls, segments: list[str]) -> list[str]:
        """Segment names are not taken by the kit, and named once."""
        taken = RESERVED | set(columns_of("customers"))
        for segment in segments:
            if segment.casefold() in taken:
                raise ValueError(
                    f"'{segment}' is a name the kit uses; call the segment otherwise and say "
                    f"under customers: columns: which column it is"
                )
        if len({s.casefold() for s in segments}) != len(segments):
            raise ValueError("a segment is named twice")
        return segments

    @model_validator(mode="after")
    def _known_columns(self) -> Self:
        """Roles given to columns exist."""
        for table, source in self.tables.items():
            if source.scale and table != "surveys":
                raise ValueError(f"{table}: scale: is for surveys")
            known = [*columns_of(table), *(self.segments if table == "customers" else [])]
            events = [name for event in source.unpivot for name in event]
            for where, names in (
                ("columns", source.columns), ("values", source.values), ("unpivot", events),
                ("date_format", source.date_format), ("decimal", source.decimal),
            ):  # fmt: skip
                for name in names:
                    if name not in known and name != EVERY:
                        raise ValueError(
                            f"{table}: {where}: '{name}' is not a column the kit knows; "
                            f"{did_you_mean(name, known)} (a segment must stand under segments:)"
                        )
        return self

    @model_validator(mode="after")
    def _fitting_shapes(self) -> Self:
        """The keys about the shape of rows fit together."""
        refuse_contradictions(self)
        return self

    @property
    def tables(self) -> dict[str, TableSource]:
        """The tables given, by canonical name."""
        given = {name: getattr(self, name) for name in TABLES}
        return {name: source for name, source in given.items() if source is not None}

    @property
    def slug(self) -> str:
        """The company's name as a folder: letters, digits and dashes only.

        >>> CompanyConfig(company="../Ärger & Co", observed_until="2026-06-30",
        ...               customers={"file": "c.csv"}).slug
        'arger-co'
        """
        plain = unicodedata.normalize("NFKD", self.company)
        slug = re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode().lower())
        slug = slug.strip("-")[:60].strip("-")
        letters_lost = any(letter.isalnum() and not letter.isascii() for letter in plain)
        if slug and not letters_lost:
            return slug
        return f"{slug or 'company'}-{sha256(self.company.encode()).hexdigest()[:8]}"
