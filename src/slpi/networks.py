"""Ties among actors: as rows, their neighbours, steps and parts; as a matrix, who stands at the centre, in the core, or between groups."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from slpi import labelled
from slpi.compiled import compiled
from slpi.inference import extreme, p_value
from slpi.labelled import Alternative, Floats, Ints, require

Kind = Literal["degree", "indegree", "outdegree", "betweenness", "closeness"]
Rng = np.random.Generator | int
Tables = tuple[pd.DataFrame, pd.DataFrame]
ROLES = ["coordinator", "itinerant", "gatekeeper", "representative", "liaison", "total"]
SWITCHES = 10  # trials a tie: with more, drawn networks no longer grow less like the observed one, up to half of all pairs tied


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


def cohesion(ties: object, *, directed: bool | None = None) -> pd.Series:
    """How dense and how closed a network is.

    Parameters
    ----------
    ties : matrix of actors by actors
        DataFrame, array, SciPy sparse, igraph or networkx graph; non-zero is a tie.
    directed : bool, optional
        None: directed if the matrix is not symmetric.

    Returns
    -------
    Series
        density, ties over pairs (ordered pairs if directed); transitivity, the share of paths of two ties that a third closes,
        directions left aside (NaN without such paths); reciprocity, the share of ties that are answered (1 if undirected); components, into
        which it falls.

    References
    ----------
    Wasserman, S. & Faust, K. (1994). *Social Network Analysis*. Cambridge University Press.

    Examples
    --------
    >>> cohesion(pd.DataFrame([[0, 1, 1, 0], [1, 0, 1, 0], [1, 1, 0, 1], [0, 0, 1, 0]])).round(3).to_dict()
    {'density': 0.667, 'transitivity': 0.6, 'reciprocity': 1.0, 'components': 1.0}
    """
    graph, _ = _graph(ties, directed)
    found = {"density": graph.density(), "transitivity": graph.transitivity_undirected()}
    found |= {"reciprocity": graph.reciprocity() if graph.is_directed() else 1.0, "components": len(graph.connected_components("weak"))}
    return pd.Series(found, dtype=float)


@dataclass(frozen=True)
class Compared:
    """A figure of a network beside the same figure of drawn networks.

    Attributes
    ----------
    value : float
    null_mean, null_sd : float
        Of the drawn networks.
    p, p_error : float
        How likely a drawn network is as extreme, and the Monte-Carlo standard error of that.
    draws : int
    """

    value: float
    null_mean: float
    null_sd: float
    p: float
    p_error: float
    draws: int


@dataclass(frozen=True)
class Centralisation(Compared):
    """How centralised a network is; ``scores``, by actor, are 1 for the centre of a star."""

    scores: pd.Series


@dataclass(frozen=True)
class CorePeriphery(Compared):
    """How near a network is to a core and a periphery; ``core`` says of each actor whether it is in the core of the best partition."""

    core: pd.Series


@dataclass(frozen=True)
class Assortativity(Compared):
    """Whether like is tied to like.

    Attributes
    ----------
    mixing : DataFrame, classes × classes
        Share of the ties from the class of the row to that of the column; an undirected tie counts once each way, half each.
    external_internal : float
        The E–I index of Krackhardt & Stern: ties between classes minus ties within, over all; from -1 to 1.
    """

    mixing: pd.DataFrame
    external_internal: float


def centralisation(ties: object, kind: Kind = "degree", *, directed: bool | None = None, draws: int = 999, rng: Rng = 0) -> Centralisation:
    """How far a network turns around its most central actor: 0 where all are alike, 1 for a star.

    Parameters
    ----------
    ties : square matrix or graph, n actors
        As :func:`slpi.labelled.ties` takes it; any weight but 0 is a tie.
    kind : str
        ``indegree`` and ``outdegree`` are for directed ties. ``closeness`` follows the ties outwards.
    directed : bool, optional
        False: refuse ties that are not symmetric. True: read symmetric ties as directed. None: directed if not symmetric.
    draws : int
        How many networks are drawn.
    rng : Generator or int

    Returns
    -------
    Centralisation
        Degrees are compared with networks of the same size and number of ties; betweenness and closeness with networks in which every
        actor keeps its degree (in-degree and out-degree), so that they say what the degrees alone do not. p is two-sided.

    Raises
    ------
    ValueError
        If the ties are wrong (see :func:`slpi.labelled.ties`), there is none, the kind is unknown or does not suit, or ``draws`` < 2.

    Notes
    -----
    Freeman's index: the sum of the differences to the highest score, over the largest such sum that any network of n actors has.
    Closeness is Freeman's only where all actors reach each other. Elsewhere, and in drawn networks, it is the generalisation of Wasserman
    & Faust: r² / ((n − 1) Σ steps), over the r others that an actor reaches; the two are equal where r = n − 1.

    References
    ----------
    Freeman, L. C. (1978/79). Centrality in social networks: conceptual clarification. *Social Networks*, 1, 215–239.
    Wasserman, S. & Faust, K. (1994). *Social Network Analysis*, ch. 5. Cambridge University Press.

    Examples
    --------
    >>> star = pd.DataFrame([[0, 1, 1, 1], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]], index=list("abcd"), columns=list("abcd"))
    >>> centralisation(star, "betweenness", draws=9).value
    1.0
    """
    graph, labels = _graph(ties, directed)
    suits = kind in get_args(Kind) and (graph.is_directed() or kind not in ("indegree", "outdegree"))
    require(suits, f"kind: {kind!r}; one of {', '.join(get_args(Kind))}, in- and outdegree of directed ties only (directed=True)")

    def index(network: Any) -> float:
        scores, most = _scores(network, kind)
        return float((scores.max() - scores).sum() / most)

    found = _against(index(graph), _null(graph, index, draws, rng, degrees=not kind.endswith("degree")))
    return Centralisation(**found, scores=pd.Series(_scores(graph, kind)[0], labels, name=kind))


def _scores(graph: Any, kind: Kind) -> tuple[Any, float]:
    """Scores that are 1 at the centre of a star, and the largest sum of differences to the highest score that n actors can have."""
    n, directed = graph.vcount(), graph.is_directed()
    if kind == "betweenness":
        return np.array(graph.betweenness(directed=directed)) * (1 if directed else 2) / ((n - 1) * (n - 2)), n - 1
    if kind == "closeness":
        steps = np.array(graph.distances(mode="out"), dtype=float)
        reached = np.isfinite(steps)
        scores = (reached.sum(axis=1) - 1) ** 2 / ((n - 1) * np.maximum(steps.sum(axis=1, where=reached), 1.0))
        return scores, n - 1 if directed else (n - 1) * (n - 2) / (2 * n - 3)
    if kind == "degree":
        return np.array(graph.degree()) / ((n - 1) * (2 if directed else 1)), n - 2
    return np.array(graph.degree(mode=kind.removesuffix("degree"))) / (n - 1), n - 1


def core_periphery(ties: object, *, directed: bool | None = None, draws: int = 999, rng: Rng = 0) -> CorePeriphery:
    """How near a network is to a core tied to everyone around a periphery whose members are not tied to each other.

    Parameters
    ----------
    ties : square matrix or graph, n actors
        As :func:`slpi.labelled.ties` takes it; any weight but 0 is a tie.
    directed : bool, optional
        False: refuse ties that are not symmetric. None or True: take either.
    draws : int
        How many networks of the same degrees are drawn and fitted in the same way.
    rng : Generator or int

    Returns
    -------
    CorePeriphery
        ``value`` is the correlation of the ties with the pattern of the best partition; p is one-sided.

    Raises
    ------
    ValueError
        If the ties are wrong (see :func:`slpi.labelled.ties`), none or all pairs are tied, or ``draws`` < 2.

    Notes
    -----
    The pattern is the first of Borgatti & Everett: 1 where either end is in the core, 0 between two of the periphery, so that a star fits
    it exactly. For a core of k the fit depends only on the ties left within the periphery (after Lip), so that for each k these are made
    few: the core grows by the actor with most of them, and shrinks by the one with fewest, from nobody and from all; after each step
    actors change places as long as that helps. Several partitions may fit equally well, one is returned; in small networks without any
    structure the very best is missed in about one of fifty.

    A high fit is no finding by itself: any network with a few actors of many ties fits well, and a core and a periphery say little more
    than that (Kojaku & Masuda). ``null_mean`` is the fit that the degrees alone bring. At given degrees a tie within the core takes one
    away between core and periphery: a fit beyond the null (small p) says that the core reaches more of the periphery than its degrees
    imply, one below it that the core is closed on itself.

    References
    ----------
    Borgatti, S. P. & Everett, M. G. (2000). Models of core/periphery structures. *Social Networks*, 21, 375–395.
    Lip, S. Z. W. (2011). A fast algorithm for the discrete core/periphery bipartitioning problem. arXiv:1102.5511.
    Kojaku, S. & Masuda, N. (2018). Core-periphery structure requires something else in the network. *New Journal of Physics*, 20, 043012.

    Examples
    --------
    >>> star = pd.DataFrame([[0, 1, 1, 1], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]], index=list("abcd"), columns=list("abcd"))
    >>> found = core_periphery(star, draws=9)
    >>> round(found.value, 9), found.core[found.core].index.to_list()
    (1.0, ['a'])
    """
    graph, labels = _graph(ties, directed)
    require(graph.density() < 1, "ties: every pair is tied, so that core and periphery are alike")
    fit, core = _best_core(_matrix(graph))
    found = _against(fit, _null(graph, lambda network: _best_core(_matrix(network))[0], draws, rng), "greater")
    return CorePeriphery(**found, core=pd.Series(core, labels, name="core"))


@compiled
def _best_core(ties: Floats) -> tuple[float, Any]:
    """The best fit found and its core."""
    n, both = len(ties), ties + ties.T
    cells, tied = n * (n - 1), ties.sum()
    best, best_core = -2.0, np.zeros(n, np.bool_)
    for sign in (1, -1):  # the core grows from nobody, then shrinks from all
        core, loose = np.full(n, sign < 0), both.sum(axis=1) * (sign > 0)  # loose: ties of each to the periphery
        left = loose.sum() / 2  # ties within it
        for step in range(1, n - 1 + (sign < 0)):
            moved = -1
            for i in range(n):
                if core[i] != (sign > 0) and (moved < 0 or sign * loose[i] > sign * loose[moved]):
                    moved = i
            core[moved] = sign > 0
            left -= sign * loose[moved]
            loose -= sign * both[moved]
            gain = 1.0
            while gain > 0:
                a, b, gain, most = -1, -1, 0.0, np.where(core, 0.0, loose).max()
                for i in range(n):
                    if core[i] and most - loose[i] + 2 > gain:  # else no exchange with i can be the best
                        for j in range(n):
                            if not core[j] and loose[j] - loose[i] + both[i, j] > gain:
                                a, b, gain = i, j, loose[j] - loose[i] + both[i, j]
                if gain > 0:
                    core[a], core[b] = False, True
                    left -= gain
                    loose += both[a] - both[b]
            size = step if sign > 0 else n - step
            apart = (n - size) * (n - size - 1)
            spread = tied * (cells - tied) * (cells - apart) * apart
            fit = (cells * (tied - left) - tied * (cells - apart)) / np.sqrt(spread) if spread > 0 else -2.0
            if fit > best + 1e-12:
                best, best_core = fit, core.copy()
    return best, best_core


def brokerage(ties: object, groups: Any, *, directed: bool | None = None, draws: int = 999, rng: Rng = 0) -> Tables:
    """How often each actor stands between two others that are not tied themselves, by the groups of the three.

    Parameters
    ----------
    ties : square matrix or graph, n actors
        As :func:`slpi.labelled.ties` takes it; any weight but 0 is a tie, from the row to the column.
    groups : Series by actor, mapping, or sequence in the order of the actors
        The group of each.
    directed : bool, optional
        False: refuse ties that are not symmetric. Undirected ties are counted both ways: every count is even, and gatekeeper and
        representative are the same.
    draws : int
        How many networks are drawn in which every actor keeps its in-degree, its out-degree and its group.
    rng : Generator or int

    Returns
    -------
    roles : DataFrame, indexed by role and total
        count, expected and sd in the drawn networks, p (two-sided), p_error and z.
    actors : DataFrame, indexed by actor and role
        The same by actor. z is NaN where the drawn networks never differ (sd 0).

    Raises
    ------
    ValueError
        If the ties are wrong (see :func:`slpi.labelled.ties`), there is none, an actor has no group, there is one group only, or
        ``draws`` < 2.

    Notes
    -----
    j is a broker between i and k where i → j and j → k but not i → k. By groups, i → j → k is A → A → A for a coordinator, A → B → A
    for an itinerant broker (consultant), A → B → B for a gatekeeper, A → A → B for a representative and A → B → C for a liaison. Many
    p-values stand side by side; :func:`slpi.inference.holm` corrects those that were looked for.

    References
    ----------
    Gould, R. V. & Fernandez, R. M. (1989). Structures of mediation: a formal approach to brokerage in transaction networks.
    *Sociological Methodology*, 19, 89–126.

    Examples
    --------
    >>> chain = pd.DataFrame([[0, 1, 0], [0, 0, 1], [0, 0, 0]], index=list("ijk"), columns=list("ijk"))
    >>> brokerage(chain, {"i": "firms", "j": "firms", "k": "schools"}, draws=9)[0]["count"].to_dict()
    {'coordinator': 0, 'itinerant': 0, 'gatekeeper': 0, 'representative': 1, 'liaison': 0, 'total': 1}
    """
    graph, labels = _graph(ties, directed)
    classes, kinds = labelled.grouping(groups, labels)
    require(len(kinds) > 1, f"groups: all actors are in {kinds[0]}; two groups are needed")
    observed = _roles(_matrix(graph), classes)
    drawn = _null(graph, lambda network: _roles(_matrix(network), classes), draws, rng)
    roles = pd.Index(ROLES, name="role")
    actors = pd.MultiIndex.from_product([labels, roles], names=["actor", "role"])
    return _beside(observed.sum(axis=0), drawn.sum(axis=1), roles), _beside(observed.ravel(), drawn.reshape(draws, -1), actors)


@compiled
def _roles(tied: Floats, classes: Ints) -> Ints:
    """Open paths over each actor, by role in the order of ``ROLES``."""
    n, roles = len(classes), (4, 2, 3, -1, 1, -1, -1, 0)
    counts = np.zeros((n, 6), np.int64)
    for j in range(n):
        for i in np.flatnonzero(tied[:, j]):
            for k in np.flatnonzero(tied[j]):
                if k != i and not tied[i, k]:
                    alike = 4 * (classes[i] == classes[k]) + 2 * (classes[i] == classes[j]) + (classes[j] == classes[k])
                    counts[j, roles[alike]] += 1
        counts[j, 5] = counts[j].sum()
    return counts


def _beside(count: Ints, drawn: Floats, names: pd.Index) -> pd.DataFrame:
    tests = pd.DataFrame([_against(one, null) for one, null in zip(count, drawn.T, strict=True)], names).drop(columns="draws")
    found = tests.rename(columns={"value": "count", "null_mean": "expected", "null_sd": "sd"}).astype({"count": int})
    return found.assign(z=(found["count"] - found["expected"]) / found["sd"].where(found["sd"] > 0))


def assortativity(ties: object, groups: Any = None, *, directed: bool | None = None, draws: int = 999, rng: Rng = 0) -> Assortativity:
    """Whether actors are tied to their like, by group or by degree: 1 only to their like, 0 as if like did not matter.

    Parameters
    ----------
    ties : square matrix or graph, n actors
        As :func:`slpi.labelled.ties` takes it; any weight but 0 is a tie.
    groups : Series by actor, mapping, or sequence in the order of the actors, optional
        The group of each. None: the degree, in directed networks the out-degree of the sender and the in-degree of the receiver.
    directed : bool, optional
        False: refuse ties that are not symmetric. True: read symmetric ties as directed. None: directed if not symmetric.
    draws : int
        How many networks are drawn in which every actor keeps its degrees and its group.
    rng : Generator or int

    Returns
    -------
    Assortativity
        p is two-sided. Whether groups matter where the whole structure is held, and not the degrees alone, is asked by
        :func:`slpi.association.qap` of the ties and a matrix of shared groups.

    Raises
    ------
    ValueError
        If the ties are wrong (see :func:`slpi.labelled.ties`), there is none, an actor has no group, all actors are in one group or all
        that are tied are alike, or ``draws`` < 2.

    Notes
    -----
    With e the mixing matrix and a, b its row and column sums: (Σ e_ii − Σ a_i b_i) / (1 − Σ a_i b_i) for groups, the correlation of the
    degrees at the two ends of a tie for degrees.

    References
    ----------
    Newman, M. E. J. (2003). Mixing patterns in networks. *Physical Review E*, 67, 026126.
    Krackhardt, D. & Stern, R. N. (1988). Informal networks and organizational crises. *Social Psychology Quarterly*, 51, 123–140.

    Examples
    --------
    >>> pairs = pd.DataFrame(np.kron(np.eye(3, dtype=int), [[0, 1], [1, 0]]))
    >>> found = assortativity(pairs, list("aabbcc"), draws=9)
    >>> found.value, found.external_internal
    (1.0, -1.0)
    """
    graph, labels = _graph(ties, directed)
    one_way, index, types, sides = graph.is_directed(), "assortativity_degree", [], [graph.degree(mode="out"), graph.degree(mode="in")]
    if groups is not None:
        classes, kinds = labelled.grouping(groups, labels)
        index, types, sides = "assortativity_nominal", [classes], [kinds[classes]] * 2
    shares = pd.crosstab(*(np.asarray(side)[end] for side, end in zip(sides, np.nonzero(_matrix(graph)), strict=True)), normalize=True)
    require(min(shares.shape) > 1, f"groups: all ties leave from, or all lead to, {shares.index[0]}; nothing to compare")

    def figure(network: Any) -> float:
        return float(getattr(network, index)(*types, directed=one_way))

    every = shares.index.union(shares.columns)
    mixing = shares.reindex(index=every, columns=every, fill_value=0.0).rename_axis(index="from", columns="to")
    found = _against(figure(graph), _null(graph, figure, draws, rng))
    return Assortativity(**found, mixing=mixing, external_internal=float(1 - 2 * np.trace(mixing)))


def _graph(ties: object, directed: bool | None) -> tuple[Any, pd.Index]:
    """The igraph network of who is tied to whom, weights left aside, and the actors."""
    import igraph

    found = labelled.ties(ties, directed=directed)
    one_way = bool(directed) or not found.symmetric()
    ends = np.column_stack(found.values.nonzero())
    require(len(ends), "ties: not one among the actors")
    return igraph.Graph(found.n, (ends if one_way else ends[ends[:, 0] < ends[:, 1]]).tolist(), directed=one_way), found.labels


def _matrix(graph: Any) -> Floats:
    ends = np.array(graph.get_edgelist())
    tied = np.zeros((graph.vcount(), graph.vcount()))
    tied[ends[:, 0], ends[:, 1]] = 1.0
    return tied if graph.is_directed() else tied + tied.T


def _null(graph: Any, figure: Callable[[Any], Any], draws: int, rng: Rng, *, degrees: bool = True) -> Floats:
    """A figure of drawn networks: of the same degrees, or only of the same size and number of ties.

    Ties are switched away from the observed network to a first one, and from that one to each draw. What was observed is then one of the
    draws, were it drawn, and p is right even where more switches would be needed to forget the start (Besag & Clifford 1989, Biometrika).
    """
    import random

    import igraph

    require(draws > 1, f"draws: {draws}; at least 2 are needed, and 999 for a p to three places")
    n, m, directed, trials, found = graph.vcount(), graph.ecount(), graph.is_directed(), SWITCHES * graph.ecount() * degrees, []
    igraph.set_random_number_generator(random.Random(int(labelled.generator(rng).integers(2**63))))
    try:
        first = graph.copy()
        first.rewire(trials)
        for _ in range(draws):
            drawn = first.copy() if degrees else igraph.Graph.Erdos_Renyi(n, m=m, directed=directed)
            drawn.rewire(trials)
            found.append(figure(drawn))
    finally:
        igraph.set_random_number_generator(random)  # what igraph uses unless told otherwise
    return np.array(found)


def _against(value: float, drawn: Floats, alternative: Alternative = "two-sided") -> dict[str, Any]:
    """The fields of ``Compared``; two-sided is as far from the mean of all, on either side."""
    drawn, value = np.round(drawn, 12), round(float(value), 12)  # sums in another order differ in their last bits
    mean, sd, middle = float(drawn.mean()), float(drawn.std(ddof=1)), float(np.mean([*drawn, value]))
    p, error = p_value(extreme(value - middle, drawn - middle, alternative), len(drawn))
    return {"value": value, "null_mean": mean, "null_sd": sd, "p": p, "p_error": error, "draws": len(drawn)}
