"""What company.yml says about how cells are written: dates, zones, decimals, scales."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from csresearch.company.date_words import WORDS
from csresearch.company.settings import Settings
from csresearch.errors import did_you_mean

SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "percent": (0, 100)}
EVERY = ""  # the instrument that stands for all


def _whole_date(format: str) -> str:
    """A format that names year, month and day, or one of the words."""
    if format in WORDS:
        return format
    given = set(re.findall(r"%-?([a-zA-Z])", format))
    if not (given & set("Yy") and (given & {"j"} or (given & set("mbB") and "d" in given))):
        words = ", ".join(WORDS)
        raise ValueError(f'name year, month and day, e.g. "%d.%m.%Y"; or one of {words}')
    return format


def _known_zone(zone: str) -> str:
    """A time zone there is."""
    try:
        return ZoneInfo(zone).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = did_you_mean(zone, available_timezones()).partition("; ")[0]
        raise ValueError(f"is no time zone, e.g. Europe/Berlin; {near:.100}") from None


def _by_column(given: Any) -> Any:
    """One for the whole table, or one a column: always a mapping."""
    return {EVERY: given} if isinstance(given, str) else given


def _one_scale(given: Any) -> Any:
    """A scale by its name, or by its ends."""
    if isinstance(given, str):
        if given.lower() not in SCALES:
            known = ", ".join(SCALES)
            raise ValueError(f"'{given}' is no scale; say {known}, or [lowest, highest]")
        given = SCALES[given.lower()]
    if isinstance(given, list | tuple):
        if len(given) != 2:
            raise ValueError("give the lowest and the highest score")
        return {"min": given[0], "max": given[1]}
    return given


def _scales(given: Any) -> Any:
    """One scale for all instruments, or one each: always a mapping."""
    one = not isinstance(given, dict) or {"min", "max"} & set(given)
    return {EVERY: given} if one else given


class Scale(Settings):
    """The lowest and the highest score that can be given."""

    min: float = Field(allow_inf_nan=False, description="Lowest score that can be given.")
    max: float = Field(allow_inf_nan=False, description="Highest score that can be given.")
    reversed: bool = Field(
        default=False, description="Whether a low score is the good one; it is turned round."
    )

    @model_validator(mode="after")
    def _rising(self) -> Self:
        """Room between the ends."""
        if self.min >= self.max:
            raise ValueError("min must be below max; where low is good, say reversed: true")
        return self


DateFormat = Annotated[str, AfterValidator(_whole_date)]
TimeZone = Annotated[str, AfterValidator(_known_zone)]
Decimal = Literal[".", ","]


class CellSettings(Settings):
    """How a table's cells are written, where the kit does not find it out itself."""

    date_format: Annotated[dict[str, DateFormat], BeforeValidator(_by_column)] = Field(
        default_factory=dict,
        description='How dates are written: a strptime format ("%d.%m.%Y"), iso, excel, '
        "excel1904, unix or unix_ms; or column -> format. Default: found by counting over the "
        "whole column.",
    )
    time_zone: TimeZone | None = Field(
        default=None, description="As the company's, for this table."
    )
    decimal: Annotated[dict[str, Decimal], BeforeValidator(_by_column)] = Field(
        default_factory=dict,
        description='Decimal sign of numbers, "." or ","; or column -> sign. Default: found by '
        "counting over the whole column.",
    )
    scale: Annotated[
        dict[str, Annotated[Scale, BeforeValidator(_one_scale)]], BeforeValidator(_scales)
    ] = Field(
        default_factory=dict,
        description="Surveys: nps (0 to 10), csat (1 to 5), ces (1 to 7), percent, [lowest, "
        "highest], or min, max and reversed; or instrument -> scale. Scores outside are set aside.",
    )

    def format_of(self, column: str) -> str | None:
        """The stated format of a column of dates."""
        return self.date_format.get(column, self.date_format.get(EVERY))

    def decimal_of(self, column: str) -> Decimal | None:
        """The stated decimal sign of a column of numbers."""
        return self.decimal.get(column, self.decimal.get(EVERY))
