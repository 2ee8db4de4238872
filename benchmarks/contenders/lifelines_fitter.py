"""lifelines' CoxTimeVaryingFitter on start–stop rows, in days or whole months: one number."""

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np

began = time.perf_counter()
import pandas as pd  # noqa: E402, F401
import pyarrow  # noqa: E402, F401
from lifelines import CoxTimeVaryingFitter  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from companies import read_lives, start_stop_rows  # noqa: E402

warnings.simplefilter("ignore")
imported = time.perf_counter()
rows = start_stop_rows(read_lives(Path(sys.argv[1]), sys.argv[2]))
loaded = time.perf_counter()
fitter = CoxTimeVaryingFitter()
fitter.fit(
    rows,
    id_col="customer_id",
    start_col="start",
    stop_col="stop",
    event_col="event",
    strata=["maturity"],
)
done = time.perf_counter()
log_ratio, error = fitter.params_["state"], fitter.standard_errors_["state"]
ratio = np.exp(-log_ratio + np.array([0, -1.959964, 1.959964]) * error)
print(
    json.dumps(
        {
            "imports": imported - began,
            "load": loaded - imported,
            "work": done - imported,
            "ratio": ratio.tolist(),
        }
    )
)
