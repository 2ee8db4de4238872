"""Efron's sum over tied events as a short weighted sum per risk set.

A risk set with d tied events asks for the sum of f(l/d) over l = 0 … d-1. Thousands of customers
churn on the same day, so a long sum is replaced by the Gauss rule of the discrete uniform measure
on {0 … d-1}, whose orthogonal polynomials are Gram's (discrete Chebyshev): the same total with
three terms where few of those at risk leave, and never more than eight up to a quarter of them.
Where a larger share of a level leaves at once, f bends sharply near the end: there the sum is cut
into halves of what remains, each with a rule of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SMOOTH_NODES = {0.01: 3, 0.05: 4, 0.25: 8}  # by the share that leaves: each is good to 1e-14
PANEL_NODES, EXPANDED_UP_TO = 12, 16  # of halves


@dataclass(frozen=True)
class TieNodes:
    """Weighted nodes of every risk set, one after the other.

    Parameters
    ----------
    n_cells : int
    cell : int array, shape (nodes,)
    fraction, weight : float arrays, shape (nodes,)
        A cell's sum of f(l/d) is the sum of ``weight * f(fraction)``; its weights add up to d.
    """

    n_cells: int
    cell: np.ndarray
    fraction: np.ndarray
    weight: np.ndarray

    def sum(self, values: np.ndarray) -> np.ndarray:
        """Sum per cell, shape (cells,), of one value per node."""
        return np.bincount(self.cell, values, self.n_cells)


def breslow_nodes(events: np.ndarray) -> TieNodes:
    """Which node does Breslow's approximation use? One per risk set: all at risk, d times.

    Parameters
    ----------
    events : float array, shape (cells,)

    Returns
    -------
    TieNodes
        Fraction 0 with weight d.
    """
    cells = np.arange(len(events))
    return TieNodes(len(events), cells, np.zeros(len(events)), events.astype(float))


def efron_nodes(events: np.ndarray, largest_share: np.ndarray) -> TieNodes:
    """Nodes l/d with weight 1, or a few Gauss nodes where they are fewer.

    Parameters
    ----------
    events : float array, shape (cells,)
        Events of each risk set, positive. Expected counts need not be whole: d events are then
        ceil(d) tied ones of weight d / ceil(d), which is what R does with case weights.
    largest_share : float array, shape (cells,)
        A bound on the share of the risk that the events carry, whatever the coefficients: the
        largest share of events among those at risk over the levels. Up to 0.25 one rule of
        three, four or eight nodes has an error below 1e-14 of the sum, since the logarithm is
        analytic far beyond [0, 1]; above it the sum is halved (`_halved`), with twelve nodes a
        panel.

    Returns
    -------
    TieNodes
        At most 8 per cell where the share is small, else about 12 log₂(d).
    """
    tied = np.maximum(np.ceil(events - 1e-9), 1).astype(int)
    needed = np.full(len(tied), PANEL_NODES)
    for share in sorted(SMOOTH_NODES, reverse=True):
        needed[largest_share <= share] = SMOOTH_NODES[share]
    rough = needed == PANEL_NODES
    cell, start, length = _halved(tied, rough)
    expanded = length <= np.where(rough, EXPANDED_UP_TO, needed)[cell]
    size = np.where(expanded, length, needed[cell])
    panel = np.repeat(np.arange(len(cell)), size)
    place = (np.arange(len(panel)) - np.repeat(np.cumsum(size) - size, size)).astype(float)
    weight = np.ones(len(panel))
    for n_nodes in (*SMOOTH_NODES.values(), PANEL_NODES):
        gauss = ~expanded & (size == n_nodes)
        lengths, which = np.unique(length[gauss], return_inverse=True)
        nodes, shares = gram_gauss_rule(lengths, n_nodes)
        place[gauss[panel]] = nodes[which].ravel()
        weight[gauss[panel]] = (shares * lengths[:, None])[which].ravel()
    owner = cell[panel]
    fraction = (start[panel] + place) / tied[owner]
    return TieNodes(len(events), owner, fraction, weight * (events / tied)[owner])


def _halved(tied: np.ndarray, rough: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Panels (cell, start, length) of {0 … d-1}: one, or for rough cells halves of the rest.

    The sharp bend lies beyond d, so each half is at least its own length away from it.
    """
    cells, starts, lengths = [], [], []
    cell, left = np.arange(len(tied)), tied.copy()
    while len(cell):
        halve = rough[cell] & (left > EXPANDED_UP_TO)
        length = np.where(halve, left - left // 2, left)
        cells.append(cell)
        starts.append(tied[cell] - left)
        lengths.append(length)
        cell, left = cell[halve], (left - length)[halve]
    if not cells:
        return (np.zeros(0, dtype=int),) * 3
    cell = np.concatenate(cells)
    order = np.argsort(cell, kind="stable")
    return cell[order], np.concatenate(starts)[order], np.concatenate(lengths)[order]


def gram_gauss_rule(sizes: np.ndarray, n_nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss nodes and shares of the uniform measure on {0 … d-1}, for each d (Golub–Welsch).

    Parameters
    ----------
    sizes : float array, shape (k,)
        The values of d, each larger than ``n_nodes``.
    n_nodes : int

    Returns
    -------
    nodes, shares : float arrays, shape (k, n_nodes)
        The shares of each rule add up to 1.
    """
    order = np.arange(1, n_nodes)
    beta = order**2 * (sizes[:, None] ** 2 - order**2) / (4 * (4 * order**2 - 1))
    jacobi = np.zeros((len(sizes), n_nodes, n_nodes))
    jacobi[:, order, order - 1] = jacobi[:, order - 1, order] = np.sqrt(beta)
    nodes, vectors = np.linalg.eigh(jacobi)
    return nodes + (sizes[:, None] - 1) / 2, vectors[:, 0, :] ** 2
