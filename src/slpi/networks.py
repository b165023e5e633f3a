"""Ties as rows: neighbours, steps between actors, and the columns in which a diagram of them reads from left to right."""

from collections.abc import Iterable, Mapping

import pandas as pd


def neighbours(relations: pd.DataFrame) -> dict[str, list[str]]:
    """Each node's neighbours, every one once, in the order of the rows."""
    near: dict[str, dict[str, None]] = {}
    for a, b in relations[["source", "target"]].itertuples(index=False):
        near.setdefault(a, {})[b] = None
        near.setdefault(b, {})[a] = None
    return {node: list(others) for node, others in near.items()}


def distances(relations: pd.DataFrame, root: str) -> pd.Series:
    """Fewest ties between ``root`` and each node that it reaches, whatever their direction.

    Examples
    --------
    >>> distances(pd.DataFrame({"source": ["a", "c"], "target": ["b", "b"]}), "a").to_dict()
    {'a': 0, 'b': 1, 'c': 2}
    """
    near, found, reached = neighbours(relations), {root: 0}, [root]
    for node in reached:
        for other in near.get(node, []):
            if other not in found:
                found[other] = found[node] + 1
                reached.append(other)
    return pd.Series(found)


def within(relations: pd.DataFrame, root: str, reach: int) -> pd.DataFrame:
    """The ties among the nodes at most ``reach`` steps from ``root``."""
    steps = distances(relations, root)
    near = steps.index[steps <= reach]
    return relations[relations["source"].isin(near) & relations["target"].isin(near)]


def components(relations: pd.DataFrame) -> pd.Series:
    """The number of the component of each node; 0 is the largest, equal ones in the order of the rows.

    Examples
    --------
    >>> components(pd.DataFrame({"source": ["a", "x", "y"], "target": ["b", "y", "z"]})).to_dict()
    {'x': 0, 'y': 0, 'z': 0, 'a': 1, 'b': 1}
    """
    found, left = [], list(neighbours(relations))
    while left:
        found.append(list(distances(relations, left[0]).index))
        left = [node for node in left if node not in found[-1]]
    found.sort(key=len, reverse=True)
    return pd.Series({node: i for i, part in enumerate(found) for node in part}, dtype=int)


def hubs(relations: pd.DataFrame) -> pd.DataFrame:
    """By node, with how many others it is tied and on how many passages that stands; the most tied first.

    Returns
    -------
    DataFrame, indexed by node
        neighbours, passages.
    """
    both = pd.concat([relations, relations.rename(columns={"source": "target", "target": "source"})])
    both["passage"] = both["document_id"] + " " + both["locator"]
    found = both.groupby("source", sort=False).agg(neighbours=("target", "nunique"), passages=("passage", "nunique"))
    return found.sort_values(["neighbours", "passages"], ascending=False, kind="stable").rename_axis(None)


def node_labels(nodes: Iterable[str], labels: Mapping[str, str]) -> dict[str, str]:
    """What is written for a node; a merged one says to whom it is tied.

    Examples
    --------
    >>> node_labels(["4 others→h"], {"h": "Hub"})
    {'4 others→h': '4 others tied to Hub alone'}
    """
    parts = {node: node.partition("→") for node in nodes}
    return {node: f"{start} tied to {labels[hub]} alone" if hub else labels[node] for node, (start, _, hub) in parts.items()}


def merged_leaves(relations: pd.DataFrame, *, fewest: int = 4) -> pd.DataFrame:
    """The same ties, where ``fewest`` or more nodes that are tied to one node alone, in the same way, become one node.

    Returns
    -------
    DataFrame
        ``relations``, one row a tie of the merged nodes. A merged node is named ``"15 others→ageme"``.

    Examples
    --------
    >>> ties = pd.DataFrame({"source": list("abcd"), "target": "h", "layer": "thematic", "directed": "no", "status": "existing"})
    >>> merged_leaves(ties)["source"].to_list()
    ['4 others→h']
    """
    near, ties = neighbours(relations), relations.copy()
    kinds = ["layer", "directed", "status"]
    for end, hub in (("source", "target"), ("target", "source")):
        leaves = relations[relations[end].map(lambda node: len(near[node]) == 1)]
        for (centre, *_), part in leaves.groupby([hub, *kinds], sort=False):
            if part[end].nunique() >= fewest:
                ties.loc[part.index, end] = f"{part[end].nunique()} others→{centre}"
    return ties.drop_duplicates(["source", "target", *kinds])
