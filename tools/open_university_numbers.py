"""Make data/open-university/numbers.json: what the kit finds on data that are not committed.

``python tools/open_university_numbers.py`` reads the files that data/open-university/README.md says
where to get; only counts over all students, ratios and their errors are kept. Notebook 90 shows
them beside R's; run it again when an estimate changes. lifelines takes a minute or two.
"""

import json
import math
from importlib.metadata import version
from pathlib import Path

from csresearch import Company, __version__, load_company
from csresearch.places import project_root
from csresearch.replication.measured import students_numbers
from csresearch.second_road import cox_ratio, time_varying_ratio

FOLDER = project_root() / "data" / "open-university"


def by_lifelines(company: Company) -> dict[str, float | str]:
    """Log ratios by lifelines: ever had a result before leaving, and a result from its day on."""
    rows = company.episodes()
    one = rows.groupby("customer_id").agg(
        durations=("stop", "max"), event_observed=("event", "max"), last=("state", "last")
    )
    ever = one.assign(ever=(one["last"] == "with").astype(float))
    return {
        "version": version("lifelines"),
        "ever_before_exit": math.log(_value(cox_ratio(ever, "ever"))),
        "lag_0_unadjusted": -math.log(_value(time_varying_ratio(rows))),
    }


def _value(estimate) -> float:
    if estimate.value is None:
        raise ValueError(f"{estimate.name}: nothing could be fitted")
    return estimate.value


def main(path: Path = FOLDER / "numbers.json") -> None:
    """Read the data, write the numbers."""
    company = load_company(FOLDER)
    made = {
        "made_by": "python tools/open_university_numbers.py",
        "kit_version": __version__,
        "data_fingerprint": company.fingerprint,
        **students_numbers(company),
        "lifelines": by_lifelines(company),
    }
    path.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
