"""Where things lie: the project, its notebooks, and the company file a path means.

Notebooks run from several folders (JupyterLab and nbval from the notebook's, papermill from the
caller's), so a relative path is resolved here and nowhere else.
"""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator
from pathlib import Path

from csresearch.errors import CompanyError

_PACKAGE = Path(__file__).resolve().parent
COMPANY_FILE = "company.yml"
FINDINGS_FILE = "findings.json"
_FIRST_NOTEBOOK = "00_data_check.ipynb"


class PlaceNotFound(CompanyError):
    """A file or folder the user named, or the kit needs, is not there: says what to do."""


def project_root() -> Path:
    """Which folder holds the package: the checkout, also when installed from it with ``pip -e``.

    Returns
    -------
    pathlib.Path
        Absolute path.
    """
    return _PACKAGE.parent


def notebooks_folder(folder: str | Path | None = None) -> Path:
    """Which folder holds the kit's notebooks?

    Parameters
    ----------
    folder : str or Path, optional
        A folder of one's own; any folder with at least one ``.ipynb`` file will do. By default
        ``notebooks/`` beside the package (a checkout) or inside it (an installed wheel).

    Returns
    -------
    pathlib.Path
        Absolute path.

    Raises
    ------
    PlaceNotFound
        When there is no such folder or it holds no notebook.
    """
    if folder is not None:
        chosen = Path(folder).expanduser().resolve()
        if not chosen.is_dir():
            raise PlaceNotFound(f"There is no notebooks folder at {chosen}.")
        if not any(chosen.glob("*.ipynb")):
            raise PlaceNotFound(f"The folder {chosen} holds no notebook (*.ipynb).")
        return chosen
    candidates = (_PACKAGE.parent / "notebooks", _PACKAGE / "notebooks")
    for candidate in candidates:
        if (candidate / _FIRST_NOTEBOOK).is_file():
            return candidate
    raise PlaceNotFound(
        f"The kit's notebooks were not found in {candidates[0]} nor in {candidates[1]}. "
        "Install csresearch from its checkout (pip install -e .) or name the folder "
        "with --notebooks."
    )


def find_company(path: str | Path) -> Path:
    """Which company file does a path mean, whatever folder a notebook runs in?

    Parameters
    ----------
    path : str or Path
        A company file, or a folder that holds ``company.yml``. A relative path is tried against
        the working folder, then the notebooks folder, then the project root.

    Returns
    -------
    pathlib.Path
        Absolute path of an existing file.

    Raises
    ------
    PlaceNotFound
        When no such file exists; the message lists where it was looked for.

    Examples
    --------
    >>> find_company("no/such/company.yml")
    Traceback (most recent call last):
        ...
    csresearch.places.PlaceNotFound: There is no company file 'no/such/company.yml'. ...
    """
    tried = places_from(path)
    for candidate in tried:
        if candidate.is_dir():
            candidate = candidate / COMPANY_FILE
        if candidate.is_file():
            return candidate
    looked = ", ".join(dict.fromkeys(str(candidate) for candidate in tried))
    raise PlaceNotFound(f"There is no company file '{path}'. Looked for: {looked}")


def find_companies(path: str | Path) -> list[Path]:
    """Which company files does a path mean: a file, a folder of companies, or a pattern?

    Parameters
    ----------
    path : str or Path
        What `find_company` takes; or a folder with companies in its folders, however deep; or a
        pattern, such as ``clients/*/company.yml``.

    Returns
    -------
    list of pathlib.Path
        At least one, sorted where there are several.

    Raises
    ------
    PlaceNotFound
        When there is none.
    """
    given = Path(path).expanduser()
    if given.is_dir() and not (given / COMPANY_FILE).is_file():
        inside = sorted(given.rglob(COMPANY_FILE))
        if not inside:
            raise PlaceNotFound(f"There is no {COMPANY_FILE} in {given} or in a folder of it.")
        return [one.resolve() for one in inside]
    if glob.has_magic(str(path)) and not given.exists():
        hits = sorted(glob.glob(str(given), recursive=True))
        if not hits:
            raise PlaceNotFound(f"No company file fits '{path}'.")
        return [find_company(hit) for hit in hits]
    return [find_company(path)]


def find_findings(given: Iterable[str | Path]) -> list[Path]:
    """Which findings files do these mean: files, folders of reports, or patterns?

    Parameters
    ----------
    given : iterable of str or Path
        A folder stands for every ``findings.json`` in it, however deep; one that has none for the
        ``.json`` files right in it. A relative path is tried as `find_company` tries it.

    Returns
    -------
    list of pathlib.Path
        Each once, sorted.

    Raises
    ------
    PlaceNotFound
        Where one of them means no file.
    """
    return sorted({path.resolve() for one in given for path in _meant(one)})


def places_from(path: str | Path) -> list[Path]:
    """Which places may a path mean: itself, or below the folders a relative one may start from?

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    list of pathlib.Path
        Absolute, whether there is anything or not; below the working folder, then the notebooks
        folder, then the project root.
    """
    given = Path(path).expanduser()
    return [given] if given.is_absolute() else [(base / given).resolve() for base in _bases()]


def _meant(given: str | Path) -> Iterator[Path]:
    """The files one word stands for."""
    word = str(given)
    for place in places_from(word):
        if place.is_file():
            return iter([place])
        if place.is_dir():
            inside = sorted(place.rglob(FINDINGS_FILE)) or sorted(place.glob("[!.]*.json"))
            if not inside:
                raise PlaceNotFound(f"There is no {FINDINGS_FILE} in '{word}' or a folder of it.")
            return iter(inside)
        if glob.has_magic(word):
            hits = [Path(hit) for hit in sorted(glob.glob(str(place), recursive=True))]
            if hits:
                return (path for hit in hits for path in ([hit] if hit.is_file() else _meant(hit)))
    raise PlaceNotFound(f"There is no findings file '{word}'.")


def _bases() -> list[Path]:
    """Folders a relative path may start from, in order."""
    try:
        notebooks = notebooks_folder()
    except PlaceNotFound:
        notebooks = project_root() / "notebooks"
    return [Path.cwd(), notebooks, project_root()]
