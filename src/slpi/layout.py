"""Where things go on a figure: labels beside their points, nodes in columns. Pure, and the same answer for the same input."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from slpi.labelled import Bools, Floats
from slpi.networks import distances

#: An actor, or the waypoint (tie, column) of a tie that passes a column.
Node = str | tuple[int, int]


def place_labels(anchors: Floats, sizes: Floats, *, blocked: Floats, frame: tuple[float, float, float, float], sweeps: int = 4) -> Floats:
    """Where labels go so that they overlap neither each other nor what is blocked; the same answer for the same input.

    Each label takes the cheapest of its places around the anchor: near it and nearer than any other anchor, its line crossing no label and
    few lines and marks. The most crowded choose first, and all choose again, in turn, a few times.

    Parameters
    ----------
    anchors, sizes : array, shape (n, 2)
        Points, and widths and heights of the labels, in one unit.
    blocked : array, shape (m, 4)
        Boxes (left, bottom, right, top) that stay free. Those around the anchors may be among them.
    frame : tuple
        The box in which labels stay.
    sweeps : int
        How many times each label chooses.

    Returns
    -------
    array, shape (n, 2)
        Centres of the labels.

    Raises
    ------
    ValueError
        If a label finds no free place.
    """
    turns = np.arange(24) * np.pi / 12
    rays = np.column_stack([np.cos(turns), np.sin(turns)])
    reaches = np.array([7, 10, 14, 20, 28, 38, 50, 64, 80, 100, 125, 155, 190])
    steps = (rays[None] * reaches[:, None, None]).reshape(-1, 2)
    sides = np.tile(np.where(np.abs(rays) < 0.2, 0, np.sign(rays)), (len(reaches), 1))
    crowd = (np.hypot(*(anchors[:, None] - anchors[None]).transpose(2, 0, 1)) < 70).sum(axis=1)
    order, places = sorted(range(len(anchors)), key=lambda i: (-crowd[i], i)), np.full(anchors.shape, np.nan)
    for i in [i for _ in range(sweeps) for i in order]:
        others = [j for j in range(len(anchors)) if j != i and not np.isnan(places[j, 0])]
        boxes = np.array([[*(places[j] - sizes[j] / 2), *(places[j] + sizes[j] / 2)] for j in others]).reshape(-1, 4)
        centres = anchors[i] + steps + sides * sizes[i] / 2
        mine = np.hstack([centres - sizes[i] / 2, centres + sizes[i] / 2])
        free = ~_overlap(mine, np.vstack([boxes, blocked])).any(axis=1)
        free &= (mine[:, :2] >= frame[:2]).all(axis=1) & (mine[:, 2:] <= frame[2:]).all(axis=1)
        ends = np.clip(anchors[i], mine[:, :2], mine[:, 2:])
        reach = np.hypot(*(ends - anchors[i]).T)
        astray = _gap(np.delete(anchors, i, axis=0), mine).min(axis=1, initial=np.inf) < reach + 8
        cost, best = reach + 25 * astray, np.inf
        for k in sorted(np.flatnonzero(free), key=lambda k: (cost[k], k)):
            if cost[k] >= best:
                break
            end = ends[k]
            way = anchors[i] + np.linspace(0.12, 1, 24)[:, None] * (end - anchors[i])
            under = _inside(way, boxes).any(axis=0).sum()
            near = _inside(way, blocked).any(axis=0).sum()
            lines = sum(
                _cross(anchors[i], end, anchors[j], np.clip(anchors[j], box[:2], box[2:])) for j, box in zip(others, boxes, strict=True)
            )
            paid = cost[k] + 300 * under + 12 * max(near - 1, 0) + 60 * lines
            if paid < best:
                best, places[i] = paid, centres[k]
        if np.isinf(best):
            raise ValueError(f"label {i} finds no free place; draw fewer labels or smaller ones")
    return places


def _overlap(a: Floats, b: Floats) -> Bools:
    a, b = a[:, None], b[None]
    return (a[..., 0] < b[..., 2]) & (b[..., 0] < a[..., 2]) & (a[..., 1] < b[..., 3]) & (b[..., 1] < a[..., 3])


def _gap(points: Floats, boxes: Floats) -> Floats:
    """Boxes × points: how far each point lies from each box."""
    away = points - np.clip(points, boxes[:, None, :2], boxes[:, None, 2:])
    return np.hypot(away[..., 0], away[..., 1])


def _inside(points: Floats, boxes: Floats) -> Bools:
    x, y = points[:, None, 0], points[:, None, 1]
    return (x >= boxes[:, 0]) & (y >= boxes[:, 1]) & (x <= boxes[:, 2]) & (y <= boxes[:, 3])


def _cross(a: Floats, b: Floats, c: Floats, d: Floats) -> bool:
    def side(p: Floats, q: Floats, r: Floats) -> float:
        return float(np.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])))

    return bool(side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0)


def layered(relations: pd.DataFrame, root: str) -> pd.Series:
    """A column for each node reached from ``root``, so that ties run from left to right.

    A directed tie goes one column on at least; an undirected one away from the root. A tie that would close a circle is not counted.

    Parameters
    ----------
    relations : DataFrame
        source, target, directed (yes, no).
    root : str
        A node of them.

    Returns
    -------
    Series, indexed by node
        Whole numbers from 0, the leftmost.

    Examples
    --------
    >>> ties = pd.DataFrame({"source": ["a", "b", "d"], "target": ["b", "c", "b"], "directed": ["yes", "no", "yes"]})
    >>> layered(ties, "a").to_dict()
    {'a': 0, 'b': 1, 'c': 2, 'd': 0}
    """
    steps = distances(relations, root)
    ahead: dict[str, list[str]] = {node: [] for node in steps.index}

    def reaches(start: str, goal: str) -> bool:
        return start == goal or any(reaches(node, goal) for node in ahead[start])

    for source, target, directed in relations[["source", "target", "directed"]].itertuples(index=False):
        if source in ahead and (directed == "yes" or steps[source] != steps[target]):
            a, b = (source, target) if directed == "yes" or steps[source] < steps[target] else (target, source)
            if b not in ahead[a] and not reaches(b, a):
                ahead[a].append(b)
    column = dict.fromkeys(ahead, 0)
    for _ in ahead:
        for node, following in ahead.items():
            for other in following:
                column[other] = max(column[other], column[node] + 1)
    entered = {other for following in ahead.values() for other in following}
    for node in (node for node in ahead if node not in entered and node != root):
        column[node] = min((column[other] for other in ahead[node]), default=1) - 1
    found = pd.Series(column)
    return found - found.min()


def chain(source: str, target: str, columns: pd.Series, i: int) -> list[tuple[Node, int]]:
    """A tie's way through the columns: its ends, and a waypoint in each column between."""
    a, b = int(columns[source]), int(columns[target])
    step = 1 if b >= a else -1
    return [(source, a), *[((i, c), c) for c in range(a + step, b, step)], (target, b)]


def ordered(nodes: Mapping[Node, int], chains: list[list[tuple[Node, int]]], sweeps: int = 24) -> list[list[Node]]:
    """The nodes of each column, top down, so that few ties cross: each in turn goes to the mean place of its neighbours."""
    order = [[node for node, column in nodes.items() if column == c] for c in range(max(nodes.values()) + 1)]
    near: dict[Node, list[Node]] = {node: [] for node in nodes}
    for (a, _), (b, _) in (pair for way in chains for pair in pairwise(way)):
        near[a].append(b)
        near[b].append(a)

    def crossings(order: list[list[Node]]) -> int:
        at = {node: i for column in order for i, node in enumerate(column)}
        count = 0
        for left, column in enumerate(order[:-1]):
            ties = [(at[a], at[b]) for a in column for b in near[a] if nodes[b] == left + 1]
            count += sum((a - c) * (b - d) < 0 for i, (a, b) in enumerate(ties) for c, d in ties[:i])
        return count

    best, fewest = [list(column) for column in order], crossings(order)
    for sweep in range(sweeps):
        way = range(len(order)) if sweep % 2 == 0 else range(len(order) - 1, -1, -1)
        for c in way:
            at = {node: i / len(column) for column in order for i, node in enumerate(column, 1)}
            side = c - 1 if sweep % 2 == 0 else c + 1
            looked = {node: [at[b] for b in near[node] if nodes[b] == side] or [at[node]] for node in order[c]}
            order[c] = sorted(order[c], key=lambda node: sum(looked[node]) / len(looked[node]))
        if (now := crossings(order)) < fewest:
            best, fewest = [list(column) for column in order], now
    return best
