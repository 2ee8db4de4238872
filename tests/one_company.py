"""One company, with mistakes in its data, for every kind of source to hold."""

import numpy as np
import pandas as pd
import yaml

from csresearch import claims
from csresearch.findings import findings_document

TYPES = {
    "date": ("started_on", "ended_on", "reached_on", "surveyed_on"),
    "number": ("score", "value"),
}
SETTINGS = {
    "company": "Acme",
    "observed_until": "2024-12-31",
    "segments": ["plan"],
    "maturity": {"order": ["low", "middle", "high"]},
}


def made_frames(n=400):
    """Customers, results and surveys; ten rows of each kind of mistake the checks look for."""
    rng = np.random.default_rng(20)
    start = pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D")
    end = start + pd.to_timedelta(rng.integers(1, 900, n), "D")
    customers = pd.DataFrame(
        {
            "customer_id": np.arange(1, n + 1),
            "started_on": start.date,
            "ended_on": pd.Series(end.date).where(end < pd.Timestamp("2025-01-01"), None),
            "maturity": rng.choice(["low", "middle", "high", None, " low "], n),
            "plan": rng.choice(["Basic", "équipe", "", "Ünal"], n),
            "parent_id": rng.choice([*"ABCDEFGHIJ", None], n),
        }
    )
    customers.loc[:9, "ended_on"] = pd.Timestamp("2021-01-01").date()  # before the start
    customers.loc[10:19, "started_on"] = pd.Timestamp("2031-01-01").date()
    customers.loc[20:21, "customer_id"] = 7777  # twice
    customers.loc[22:25, "started_on"] = None
    whose = rng.integers(1, n + 20, 3 * n)  # some unknown
    day = pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 1100, 3 * n), "D")
    results = pd.DataFrame(
        {
            "customer_id": whose,
            "reached_on": day.date,
            "result": rng.choice(["saved", "won"], 3 * n),
        }
    ).iloc[: n // 2]
    surveys = pd.DataFrame(
        {
            "customer_id": whose,
            "surveyed_on": day.date,
            "score": np.where(rng.random(3 * n) < 0.2, np.nan, rng.integers(0, 11, 3 * n)),
            "instrument": rng.choice(["NPS", "csat"], 3 * n),
        }
    ).iloc[n // 2 :]
    return {"customers": customers, "results": results, "surveys": surveys}


def write_settings(folder, sources, **settings):
    """company.yml of the one company, its tables at these sources."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "company.yml"
    path.write_text(yaml.safe_dump({**SETTINGS, **sources, **settings}), encoding="utf-8")
    return path


def write_csv(folder, frames):
    """The one company as CSV files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    return write_settings(folder, {name: {"file": f"{name}.csv"} for name in frames})


def what_is_found(company):
    """All findings, as they are written, without the name of the data."""
    found = claims.findings(company)
    return findings_document(found, kit_version="0", data_fingerprint="0")["findings"]


def what_is_wrong(company):
    """What the checks found, without the names of the sources."""
    wrong = company.problems[~company.problems["reason"].str.startswith("copied from the database")]
    return wrong.drop(columns=["file", "example"]).to_dict("records")
