"""csresearch: the whole of C1, and on the way the one number the others compute."""

import json
import sys
import time

began = time.perf_counter()
from csresearch import claims, load_company  # noqa: E402
from csresearch.claims.histories import default_strata, history_of  # noqa: E402
from csresearch.claims.results_steps import fair_ratio  # noqa: E402

imported = time.perf_counter()
company = load_company(sys.argv[1])
loaded = time.perf_counter()
if sys.argv[2] == "ratio":
    strata = default_strata(company)
    ratio = fair_ratio(history_of(company, strata, change="result_day"), strata)
else:
    finding = claims.get("results-retention").estimate(company)
    steps = [finding.part(name) for name in finding.parts]  # they are made when asked for
    ratio = finding.primary
done = time.perf_counter()
print(
    json.dumps(
        {
            "imports": imported - began,
            "load": loaded - imported,
            "work": done - imported,
            "ratio": [ratio.value, ratio.ci_low, ratio.ci_high],
        }
    )
)
