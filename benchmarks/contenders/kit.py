"""csresearch: the finding of C1, on request every part of its notebook, or one number alone."""

import json
import sys
import time

began = time.perf_counter()
from csresearch import claims, load_company  # noqa: E402
from csresearch.claims.histories import default_strata, history_of  # noqa: E402
from csresearch.claims.results_steps import fair_ratio  # noqa: E402

if sys.argv[2] == "parts":  # their pictures are not drawn, but a notebook has loaded the library
    from csresearch.figures import interval_picture  # noqa: F401

imported = time.perf_counter()
company = load_company(sys.argv[1])
loaded = time.perf_counter()
if sys.argv[2] == "ratio":
    strata = default_strata(company)
    ratio = fair_ratio(history_of(company, strata, change="result_day"), strata)
else:
    finding = claims.get("results-retention").estimate(company)
    record = finding.to_dict()
    if sys.argv[2] == "parts":
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
