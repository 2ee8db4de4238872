"""Which columns of a design say something the columns before them do not?"""

from __future__ import annotations

import numpy as np


def independent_columns(information: np.ndarray) -> np.ndarray:
    """Which columns add information to the columns before them? R's rule for aliased columns.

    Parameters
    ----------
    information : float array, shape (p, p)
        Sums of products of the columns, weighted or not.

    Returns
    -------
    bool array, shape (p,)
        True for columns that do.

    Examples
    --------
    >>> design = np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0]])  # the last is the first − the second
    >>> independent_columns(design.T @ design).tolist()
    [True, True, False]
    """
    known = np.zeros(len(information), dtype=bool)
    crumbs = 1e-12 * np.diag(information).max(initial=1.0)  # what differences of sums leave
    for column, own in enumerate(np.diag(information)):
        cross = information[known, column]
        explained = cross @ np.linalg.solve(information[np.ix_(known, known)], cross)
        known[column] = own > crumbs and own - explained > 1e-10 * own
    return known
