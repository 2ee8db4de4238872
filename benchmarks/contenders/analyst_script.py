"""What an analyst writes with pandas and lifelines: the parts of C1, in whole months, no checks.

The naive ratio, the fair one with two lags, three landmarks, curves with restricted means. Whole
months because the time-varying fitter is quadratic in the number of distinct times.
"""

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np

began = time.perf_counter()
import pandas as pd  # noqa: E402
import pyarrow  # noqa: E402, F401
from lifelines import CoxPHFitter, CoxTimeVaryingFitter, KaplanMeierFitter  # noqa: E402
from lifelines.statistics import logrank_test  # noqa: E402
from lifelines.utils import restricted_mean_survival_time  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from companies import read_lives, start_stop_rows  # noqa: E402

warnings.simplefilter("ignore")


def plain_ratio(lives: pd.DataFrame, had_result: pd.Series) -> float:
    """Hazard ratio of a fixed group, within maturity bands."""
    frame = lives[["tenure", "churned", "maturity"]].assign(state=had_result.astype(int))
    fitter = CoxPHFitter(strata=["maturity"]).fit(frame, "tenure", "churned")
    return float(np.exp(-fitter.params_["state"]))


def fair_ratio(lives: pd.DataFrame) -> np.ndarray:
    """Churn rate without ÷ with results as a time-dependent state, with its interval."""
    fitter = CoxTimeVaryingFitter()
    fitter.fit(
        start_stop_rows(lives),
        id_col="customer_id",
        start_col="start",
        stop_col="stop",
        event_col="event",
        strata=["maturity"],
    )
    error = fitter.standard_errors_["state"]
    return np.exp(-fitter.params_["state"] + np.array([0, -1.959964, 1.959964]) * error)


imported = time.perf_counter()
lives = read_lives(Path(sys.argv[1]), "months")
loaded = time.perf_counter()
had_result = lives["result"] < lives["tenure"]
naive = plain_ratio(lives, had_result)
ratio = fair_ratio(lives)
lagged = [fair_ratio(lives.assign(result=lives["result"] + lag)) for lag in (1, 3)]
landmarks = []
for month in (3, 6, 12):
    here = lives[lives["tenure"] > month]
    landmarks.append(plain_ratio(here, here["result"] <= month))
groups = [some for _, some in lives.groupby(had_result)]
curves = [KaplanMeierFitter().fit(some["tenure"], some["churned"]) for some in groups]
means = [restricted_mean_survival_time(curve, t=24) for curve in curves]
test = logrank_test(*(some["tenure"] for some in groups), *(some["churned"] for some in groups))
done = time.perf_counter()
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
