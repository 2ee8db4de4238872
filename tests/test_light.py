"""What an estimate does not load: pictures, fitters and their libraries wait until asked for."""

import json
import subprocess
import sys

from needs import ROOT

# some other claims fit small tables of counts with statsmodels or SciPy
LIGHT = ("results-retention", "satisfaction-retention", "maturity-churn", "results-satisfaction")
HEAVY = ("matplotlib", "seaborn", "scipy.stats", "scipy.optimize", "statsmodels", "lifelines")
PROGRAM = """
import json, sys
from csresearch import claims, load_company
company = load_company("data/steadfast")
findings = [claims.get(claim).estimate(company) for claim in json.loads(sys.argv[2])]
loaded = [name for name in json.loads(sys.argv[1]) if name in sys.modules]
findings[0].plot()
print(json.dumps([loaded, "matplotlib" in sys.modules]))
"""


def test_an_estimate_loads_neither_pictures_nor_fitters():
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, json.dumps(HEAVY)]
    command.append(json.dumps(LIGHT))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded, drawn = json.loads(done.stdout)
    assert loaded == []
    assert drawn


def test_public_names_stay_what_they_are_whatever_was_imported_before():
    program = (
        "import csresearch, csresearch.reports.report\n"
        "for _ in range(2):\n"
        "    assert callable(csresearch.versions) and callable(csresearch.load_company)\n"
        "    assert 'pandas' in csresearch.versions()\n"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], cwd=ROOT)
    assert done.returncode == 0
