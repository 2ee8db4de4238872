"""Maturity as ordered bands: as listed in company.yml, or a number cut into thirds."""

from __future__ import annotations

from dataclasses import dataclass

import ibis

from csresearch.company.engines import dialect_of, parsed_number
from csresearch.company.optional import column_of
from csresearch.company.schema import RECORDED_BY_DAY, CompanyConfig, Maturity
from csresearch.company.tenure import since_start
from csresearch.errors import CompanyError

THIRDS = ("low", "middle", "high")
MOST_BANDS = 50


@dataclass(frozen=True)
class Bands:
    """How maturity is read.

    Parameters
    ----------
    labels : tuple of str
        Bands from least to most prepared; in alphabetical order where no order is known.
    low : tuple of str
        The low group; empty where nothing says which bands are low.
    cuts : tuple of float
        For a number: upper limits of all bands but the last.
    numeric : bool
    """

    labels: tuple[str, ...] = ()
    low: tuple[str, ...] = ()
    cuts: tuple[float, ...] = ()
    numeric: bool = False


def find_bands(customers: ibis.Table, config: CompanyConfig, file: str) -> Bands:
    """How the maturity column is to be read, from company.yml or else from the column."""
    given = config.maturity
    if given.order:
        return Bands(
            tuple(given.order), tuple(given.low or given.order[:1]), tuple(given.cuts),
            numeric=bool(given.cuts),
        )  # fmt: skip
    if "maturity" not in customers.columns:
        return Bands()
    labels = customers.maturity
    seen = customers.filter(labels.notnull()).select("maturity").distinct()
    number = parsed_number(seen.maturity, dialect_of(seen))
    kinds = seen.agg(labels=seen.count(), words=(number.isnull() | number.isnan()).sum())
    found = kinds.to_pandas().iloc[0]
    if not found["labels"]:
        return Bands()
    if not found["words"]:
        return Bands(THIRDS, _low(given, THIRDS, default=THIRDS[:1]), numeric=True)
    if found["labels"] > MOST_BANDS:
        raise CompanyError(
            f"{file}: maturity holds {found['labels']} different texts: give bands or numbers, or "
            "say in company.yml which column it is and which bands there are (maturity: order:)"
        )
    bands = tuple(sorted(seen.maturity.to_pandas()))
    return Bands(bands, _low(given, bands, default=()))


def unknown_band(customers: ibis.Table, bands: Bands) -> ibis.Value:
    """Whether a maturity is recorded but is none of the bands; nothing where there is no column."""
    if "maturity" not in customers.columns:
        return ibis.null("boolean")
    if bands.numeric:
        number = parsed_number(customers.maturity, dialect_of(customers))
        return customers.maturity.notnull() & (number.isnull() | number.isnan())
    return ~customers.maturity.isin(bands.labels) if bands.labels else ibis.literal(False)


def rated_late(customers: ibis.Table) -> ibis.Value:
    """Whether a maturity was recorded after day 30."""
    return (since_start(customers, "maturity_on") > RECORDED_BY_DAY).fill_null(False)


def rated_knowing(customers: ibis.Table) -> ibis.Value:
    """Whether a maturity was recorded when the customer had given notice or left.

    Such a rating may follow from the decision to leave. One of the first day was made at the start.
    """
    day = since_start(customers, "maturity_on")
    noticed = (day >= since_start(customers, "notice_on")).fill_null(False)
    left = (customers.churned & (day >= customers.exit_day)).fill_null(False)
    return (day > 0).fill_null(False) & (noticed | left)


def banded(
    customers: ibis.Table, bands: Bands, *, late: bool, unknown: bool
) -> tuple[ibis.Value, Bands]:
    """Maturity as a band, NULL where not recorded in time, and the bands with their cuts.

    ``late`` says whether some may have been recorded late, ``unknown`` whether some are no band.
    """
    recorded = column_of(customers, "maturity")
    if "maturity" not in customers.columns:
        return recorded, bands
    if late:
        hindsight = rated_late(customers) | rated_knowing(customers)
        recorded = hindsight.ifelse(ibis.null("string"), recorded)
    if not bands.numeric:
        if not unknown:
            return recorded, bands
        known = recorded.isin(bands.labels) if bands.labels else ibis.literal(False)
        return known.ifelse(recorded, ibis.null("string")), bands
    number = parsed_number(recorded, dialect_of(customers))
    number = number.isnan().ifelse(ibis.null("float64"), number)
    cuts = bands.cuts or _thirds(customers, number)
    steps = [(number <= cut, label) for cut, label in zip(cuts, bands.labels, strict=False)]
    steps.append((number.notnull(), bands.labels[len(cuts)] if cuts else bands.labels[0]))
    return ibis.cases(*steps), Bands(bands.labels, bands.low, tuple(cuts), numeric=True)


def _thirds(customers: ibis.Table, number: ibis.Value) -> tuple[float, ...]:
    """The limits of the lowest and the middle third, ties falling into the lower one.

    Linear quantiles, from counts: not every engine has them, and of those not all interpolate.
    """
    counted = customers.select(number=number).filter(ibis._.number.notnull())
    counted = counted.group_by("number").agg(n=counted.count())
    ranked = counted.mutate(upto=counted.n.cumsum(order_by="number"), total=counted.n.sum().over())
    places = [(ranked.total - 1) * share for share in (1 / 3, 2 / 3)]
    found = ranked.agg(
        total=ranked.total.max(),
        **{
            f"at {i}": ranked.number.min(where=ranked.upto > p.floor())
            for i, p in enumerate(places)
        },
        **{
            f"to {i}": ranked.number.min(where=ranked.upto > p.ceil()) for i, p in enumerate(places)
        },
    )
    total, *at = found.to_pandas().iloc[0]
    if not total == total:
        return ()
    parts = [(float(total) - 1) * share % 1 for share in (1 / 3, 2 / 3)]
    low, middle = (a + (b - a) * part for a, b, part in zip(at[:2], at[2:], parts, strict=True))
    return float(low), float(middle)


def _low(given: Maturity, labels: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
    """The low group, which must be among the bands."""
    missing = [band for band in given.low if band not in labels]
    if missing:
        raise CompanyError(
            f"company.yml: maturity: low: '{missing[0]}' is not a band; there are: "
            f"{', '.join(labels)}"
        )
    return tuple(given.low) or default
