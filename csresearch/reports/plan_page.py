"""A company's plan as files: the page, and plan.json."""

from __future__ import annotations

from pathlib import Path

from csresearch import __version__
from csresearch.errors import CompanyError
from csresearch.findings import write_json
from csresearch.page.plan import plan_page
from csresearch.reports.report_files import write_page
from csresearch.sample_size import Plan
from csresearch.sample_size.document import plan_document

PAGE, PLAN_JSON = "plan.html", "plan.json"


def plan_folder(out: Path) -> Path:
    """Make the folder the plan goes to, before anything is reckoned.

    Raises
    ------
    CompanyError
        When it can't be made or written into.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name in (PAGE, PLAN_JSON):
            (out / name).unlink(missing_ok=True)  # an earlier plan must not stand for this one
    except OSError as error:
        reason = error.strerror or error
        raise CompanyError(
            f"Can't write into {out}: {reason}. Choose another folder with --out."
        ) from error
    return out


def write_plan(plan: Plan, out: Path) -> Path:
    """Write the page with pictures and plan.json into a folder.

    Parameters
    ----------
    plan : Plan
    out : pathlib.Path
        As `plan_folder` gives it.

    Returns
    -------
    pathlib.Path
        The page.
    """
    write_json(plan_document(plan, kit_version=__version__), out / PLAN_JSON)
    write_page(out / PAGE, plan_page(plan))
    return out / PAGE
