"""Where things are, and what happens to skipped tests.

Every skip is listed at the end with its reason and count; under ``CSRESEARCH_REQUIRE=all`` a skip
of any kind, of a test or of a whole file, is a failure.
"""

import gc
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import matplotlib
import needs
import pytest
from servers import postgres_server, spark_session

import csresearch.reports.cheap_nbformat  # noqa: F401  before tests import it at its full cost

matplotlib.use("Agg")
# Whoever started pytest in the background may have had it ignored, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return needs.ROOT


@pytest.fixture(scope="session")
def oracles() -> Path:
    """Folder of the small committed oracle numbers."""
    return needs.ROOT / "tests" / "oracles"


def component(name: str) -> Path:
    reason = needs.missing(name)
    if reason:
        pytest.skip(reason)
    return needs.COMPONENTS[name][0]()


@pytest.fixture(scope="session")
def shared_oracles() -> Path:
    """Folder of the shared oracles, or a skip."""
    return component("shared-oracles")


@pytest.fixture(scope="session")
def open_university() -> Path:
    """Folder of the Open University files, or a skip."""
    return component("open-university")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Path]:
    """Folder of the socket of a PostgreSQL server, or a skip."""
    component("postgres")
    with postgres_server() as folder:
        yield folder


@pytest.fixture(scope="session")
def spark():
    """A Spark session in this process's own Java, or a skip; there is one for all tests."""
    component("spark")
    with spark_session() as session:
        yield session


def skip_reason(report) -> str:
    """The reason in a skipped report, without its file and line."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def fail_if_required(report):
    if report.skipped and needs.required() and not hasattr(report, "wasxfail"):
        reason = skip_reason(report)
        report.outcome = "failed"
        report.longrepr = f"CSRESEARCH_REQUIRE=all, yet this was skipped: {reason}"
    return report


def pytest_configure(config):
    """PySpark leaves closing its sockets to the garbage collector."""
    config.addinivalue_line("filterwarnings", "ignore:unclosed <socket:ResourceWarning")


def pytest_unconfigure():
    """The engine's library complains at its end of what was never collected."""
    gc.unfreeze()


def pytest_collection_finish():
    """What stays to the end is not looked through again and again: 8 % of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return fail_if_required((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return fail_if_required((yield))


def pytest_terminal_summary(terminalreporter):
    counts = Counter(skip_reason(report) for report in terminalreporter.stats.get("skipped", []))
    if counts:
        terminalreporter.section(f"skipped: {counts.total()}")
        for reason, count in counts.most_common():
            terminalreporter.line(f"{count:5d}  {reason}")
