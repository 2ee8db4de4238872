"""csresearch: the finding of C1, on request every part of its notebook, or one number alone."""

import json
import statistics
import sys
import time

began = time.perf_counter()
from csresearch import claims, load_company  # noqa: E402
from csresearch.claims.histories import default_strata, history_of  # noqa: E402
from csresearch.claims.results_steps import fair_ratio  # noqa: E402

if sys.argv[2] == "parts":  # their pictures are not drawn, but a notebook has loaded the library
    from csresearch.figures import interval_picture  # noqa: F401


def answered() -> tuple[float, tuple]:
    """When the company was open, and the ratio with its interval."""
    company = load_company(sys.argv[1])
    opened = time.perf_counter()
    if sys.argv[2] == "ratio":
        strata = default_strata(company)
        ratio = fair_ratio(history_of(company, strata, change="result_day"), strata)
    else:
        finding = claims.get("results-retention").estimate(company)
        finding.to_dict()
        if sys.argv[2] == "parts":
            [finding.part(name) for name in finding.parts]  # they are made when asked for
        ratio = finding.primary
    return opened, (ratio.value, ratio.ci_low, ratio.ci_high)


ONCE_SECONDS = 3.0  # what takes longer is asked once
MORE = 5
imported = time.perf_counter()
loaded, ratio = answered()
done = time.perf_counter()
again = {}
if done - imported < ONCE_SECONDS:
    each = []  # what a notebook pays, whose kernel has answered before
    for _ in range(MORE):
        asked = time.perf_counter()
        answered()
        each.append(time.perf_counter() - asked)
    again = {"again": statistics.median(each), "more": sum(each)}
print(
    json.dumps(
        {
            "imports": imported - began,
            "load": loaded - imported,
            "work": done - imported,
            "ratio": ratio,
        }
        | again
    )
)
