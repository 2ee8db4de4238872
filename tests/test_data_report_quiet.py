"""Companies with nothing suspicious about them raise no alarm."""

import pytest

from csresearch import data_report
from csresearch.company import Company
from csresearch.simulate import WORLDS, simulate

WORLD = ["steadfast", "mirage", "smallco"]


# A pattern is told where chance would make it less than once in a million times: of fourteen
# kinds on twelve companies one false alarm would be expected in some six thousand such runs.
@pytest.mark.parametrize("seed", range(12))
def test_an_innocent_company_raises_no_alarm(seed):
    made = simulate(WORLDS[WORLD[seed % 3]], seed=seed, n_customers=600)
    company = Company.from_frames(made.customers, made.results, made.surveys, **made.config)
    assert data_report.suspicions(company) == ()
