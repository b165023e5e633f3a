"""Ties as rows, against SciPy where it has the same; ties as a matrix, against published figures and R."""

import doctest
import random
from itertools import combinations

import igraph
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, shortest_path

from slpi import networks
from slpi.networks import assortativity, brokerage, centralisation, core_periphery

PAIRS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda pair: pair[0] != pair[1]), min_size=1, max_size=20)


def ties(pairs, **columns):
    frame = pd.DataFrame(pairs, columns=["source", "target"]).map(lambda node: f"n{node}")
    defaults = {"layer": "thematic", "directed": "no", "status": "existing", "document_id": "a", "locator": "L1"}
    return frame.assign(**(defaults | columns))


def matrix(frame):
    nodes = sorted({*frame["source"], *frame["target"]})
    at = {node: i for i, node in enumerate(nodes)}
    shape = (len(nodes), len(nodes))
    return nodes, coo_array((np.ones(len(frame)), (frame["source"].map(at), frame["target"].map(at))), shape=shape).tocsr()


def test_doctests():
    assert doctest.testmod(networks).failed == 0


@given(PAIRS)
def test_components_are_those_of_scipy_the_largest_first(pairs):
    frame = ties(pairs)
    nodes, adjacency = matrix(frame)
    found = networks.components(frame)
    n, labels = connected_components(adjacency, directed=False)
    assert found.nunique() == n
    assert pd.Series(labels, nodes).groupby(found).nunique().eq(1).all()
    assert found.value_counts().sort_index().is_monotonic_decreasing


@given(PAIRS)
def test_distances_are_those_of_scipy(pairs):
    frame = ties(pairs)
    nodes, adjacency = matrix(frame)
    root = frame["source"].iloc[0]
    expected = pd.Series(shortest_path(adjacency, directed=False, unweighted=True, indices=nodes.index(root)), nodes)
    pd.testing.assert_series_equal(
        networks.distances(frame, root).sort_index().astype(float), expected[np.isfinite(expected)].sort_index(), check_names=False
    )


def test_within_keeps_only_ties_among_near_nodes():
    chain = ties([(0, 1), (1, 2), (2, 3)])
    assert networks.within(chain, "n0", 2)[["source", "target"]].to_numpy().tolist() == [["n0", "n1"], ["n1", "n2"]]


def test_hubs_count_each_neighbour_and_each_passage_once():
    found = networks.hubs(ties([(0, 1), (1, 0), (0, 2)], locator=["L1", "L1", "L2"]))
    assert found.loc["n0"].to_dict() == {"neighbours": 2, "passages": 2}
    assert found.index[0] == "n0"


def test_merged_leaves_leaves_the_rest_alone():
    star = ties([(i, 9) for i in range(5)] + [(9, 7), (7, 8)])
    merged = networks.merged_leaves(star)
    assert merged[["source", "target"]].to_numpy().tolist() == [["5 others→n9", "n9"], ["n9", "n7"], ["n7", "n8"]]
    assert len(networks.merged_leaves(star, fewest=6)) == len(star)


def test_leaves_tied_in_different_ways_are_not_merged():
    star = ties([(i, 9) for i in range(4)], status=["existing", "existing", "planned", "inferred"])
    assert len(networks.merged_leaves(star)) == 4


# --- ties as a matrix -------------------------------------------------------------------------------------------------------------------

# Padgett & Ansell (1993), 16 families of Florence, marriage and business; the Pucci married into none of the others.
FAMILIES = (
    "Acciaiuoli Albizzi Barbadori Bischeri Castellani Ginori Guadagni Lamberteschi Medici Pazzi Peruzzi Pucci Ridolfi Salviati Strozzi "
    "Tornabuoni"
).split()
MARRIAGE = "0-8 1-5 1-6 1-8 2-4 2-8 3-6 3-10 3-14 4-10 4-14 6-7 6-15 8-12 8-13 8-15 9-13 10-14 12-14 12-15"
BUSINESS = "2-4 2-5 2-8 2-10 3-6 3-7 3-10 4-7 4-10 5-8 6-7 7-10 8-9 8-13 8-15"


def florentine(pairs):
    found = pd.DataFrame(0, FAMILIES, FAMILIES)
    for a, b in (map(int, pair.split("-")) for pair in pairs.split()):
        found.iloc[a, b] = found.iloc[b, a] = 1
    return found


def rows(text):
    return np.array([[int(cell) for cell in row] for row in text.split()])


# Drawn with sna::rgraph(12, tprob = 0.2) and rgraph(15, tprob = 0.35), seeds 2 and 3.
TWELVE = rows(
    "000010010100 000000010001 010000000100 000001000000 000101000000 000000000000 011000001010 001000100101 010001000000 000001000000 "
    "100100000000 100001001000"
)
FIFTEEN = rows(
    "010001100011001 001101010110000 010000100110000 010001110001100 000101101110000 010000011001000 101000000110101 000010000000101 "
    "101101100000000 101000000010000 000001000000010 000010010010011 011101001001001 010010010100001 100010000100100"
)


def directed_networks(fewest=4, most=9):
    def matrix_of(draw):
        n = draw(st.integers(fewest, most))
        cells = draw(st.lists(st.booleans(), min_size=n * n, max_size=n * n))
        found = np.reshape(cells, (n, n)).astype(int)
        np.fill_diagonal(found, 0)
        return found

    return st.composite(matrix_of)().filter(lambda found: 0 < found.sum() < len(found) * (len(found) - 1))


def test_marriages_of_florence_have_the_published_centralisations():
    # Wasserman & Faust (1994), ch. 5, for the 16 families with the isolated Pucci; sna 2.7 gives the same digits.
    assert centralisation(florentine(MARRIAGE), "degree", draws=9).value == pytest.approx(0.2666667, abs=5e-8)
    found = centralisation(florentine(MARRIAGE), "betweenness", draws=9)
    assert found.value == pytest.approx(0.3834921, abs=5e-8)
    assert found.scores.idxmax() == "Medici" and found.scores["Pucci"] == 0


def test_marriages_of_florence_have_the_published_assortativity_and_transitivity():
    # As igraph, sna and networkx publish them for these data; transitivity shows that the ties are typed as they were.
    assert assortativity(florentine(MARRIAGE), draws=9).value == pytest.approx(-0.3748379, abs=5e-8)
    assert igraph.Graph.Adjacency(florentine(MARRIAGE).to_numpy(), mode="undirected").transitivity_undirected() == pytest.approx(
        0.1914894, abs=5e-8
    )
    assert (florentine(BUSINESS).to_numpy().sum() / 2, florentine(MARRIAGE).to_numpy().sum() / 2) == (15, 20)


def test_centralisations_are_those_of_sna():
    # sna 2.7-1: centralization(g, degree | betweenness | closeness), of rgraph(8, tprob = 0.3), seed 1, and of rgraph(9, mode = "graph",
    # tprob = 0.35), seed 5.
    one_way = rows("00000010 00001011 10001000 00100001 10110000 01001000 01100000 00000000")
    for kind, value in {"degree": 0.2142857143, "betweenness": 0.1258503401, "indegree": 0.1836734694, "outdegree": 0.1836734694}.items():
        assert centralisation(one_way, kind, draws=2).value == pytest.approx(value, abs=5e-11), kind
    both_ways = rows("000001111 000011000 000010110 000000100 011000011 110000000 101100000 101010000 100010000")
    for kind, value in {"degree": 0.2142857143, "betweenness": 0.2254464286, "closeness": 0.2996756395}.items():
        assert centralisation(both_ways, kind, draws=2).value == pytest.approx(value, abs=5e-11), kind


@pytest.mark.parametrize("kind", ["degree", "betweenness", "closeness"])
def test_no_network_of_up_to_six_actors_is_more_centralised_than_the_star(kind):
    # Every one of them, up to the names of the actors: Read & Wilson's atlas.
    for network in nx.graph_atlas_g():
        if 3 <= len(network) <= 6 and network.size():
            value = centralisation(network, kind, draws=2).value
            star = sorted(degree for _, degree in network.degree) == [1] * (len(network) - 1) + [len(network) - 1]
            assert 0 <= value <= 1 and (value == pytest.approx(1)) == star


@settings(max_examples=25, deadline=None)
@given(directed_networks(fewest=3, most=7), st.sampled_from(["degree", "indegree", "outdegree", "betweenness", "closeness"]))
def test_directed_centralisation_lies_between_zero_and_one_and_knows_no_names(cells, kind):
    found = centralisation(cells, kind, directed=True, draws=2)
    assert 0 <= found.value <= 1 + 1e-12
    order = np.arange(len(cells))[::-1]
    turned = centralisation(pd.DataFrame(cells).iloc[order, order], kind, directed=True, draws=2)
    assert turned.value == pytest.approx(found.value)
    assert turned.scores.sort_index().to_list() == pytest.approx(found.scores.to_list())


def test_a_ring_is_not_centralised_at_all():
    ring = nx.cycle_graph(7)
    assert [centralisation(ring, kind, draws=5).value for kind in ("degree", "betweenness", "closeness")] == [0, 0, 0]


def test_closeness_in_parts_is_that_of_networkx():
    # networkx has the same generalisation (Wasserman & Faust), of the steps towards the actor: hence the reversed network.
    network = nx.DiGraph(TWELVE)
    expected = pd.Series(nx.closeness_centrality(network.reverse(), wf_improved=True))
    assert centralisation(network, "closeness", draws=2).scores.to_list() == pytest.approx(expected.to_list())


def test_weights_are_read_as_ties_and_every_form_of_a_network_gives_the_same():
    marriages = florentine(MARRIAGE)
    graph = igraph.Graph.Adjacency(marriages.to_numpy(), mode="undirected")
    forms = [marriages * 3.5, marriages.to_numpy(), coo_array(marriages.to_numpy()), graph, nx.from_pandas_adjacency(marriages)]
    found = [centralisation(form, "betweenness", draws=20, rng=3) for form in forms]
    assert len({(one.value, one.p, one.null_mean) for one in found}) == 1
    assert found[0].scores.index.to_list() == FAMILIES


@pytest.mark.parametrize("directed", [False, True])
def test_drawn_networks_keep_the_degrees_and_are_equally_likely(directed):
    n, pairs = 5, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0), (0, 2)]
    degrees = [np.bincount([pair[end] for pair in pairs], minlength=n) for end in (0, 1)]
    cells = [(i, j) for i in range(n) for j in range(n) if (i != j if directed else i < j)]
    alike = set()
    for chosen in combinations(cells, len(pairs)):
        out, into = (np.bincount([pair[end] for pair in chosen], minlength=n) for end in (0, 1))
        if (out == degrees[0]).all() and (into == degrees[1]).all() if directed else (out + into == sum(degrees)).all():
            alike.add(chosen)
    network = igraph.Graph(n, pairs, directed=directed)
    ends = [tuple(sorted(map(tuple, one))) for one in networks._null(network, lambda one: sorted(one.get_edgelist()), 4000, 1)]
    seen = pd.Series(ends).value_counts()
    assert set(seen.index) == alike
    deviation = ((seen - 4000 / len(alike)) ** 2 / (4000 / len(alike))).sum()
    assert deviation < len(alike) - 1 + 4 * np.sqrt(2 * (len(alike) - 1))  # chi-squared: mean + four standard deviations


def test_the_null_of_degree_centralisation_keeps_the_number_of_ties_only():
    network = igraph.Graph.Star(12)
    drawn = networks._null(network, lambda one: [one.ecount(), one.maxdegree()], 50, 1, degrees=False)
    assert set(drawn[:, 0]) == {11} and drawn[:, 1].max() < 11


def test_where_only_one_network_has_these_degrees_nothing_stands_out():
    star = nx.star_graph(6)
    found = centralisation(star, "betweenness", draws=30)
    assert (found.value, found.null_mean, found.null_sd, found.p) == (1, 1, 0, 1)
    roles, actors = brokerage(star, list("abababa"), draws=30)
    assert roles["p"].eq(1).all() and roles["z"].isna().all() and actors["sd"].eq(0).all()


def test_p_is_right_where_the_null_is_true():
    # A network drawn from its own null: p is uniform, so that its mean over 60 networks lies within three standard errors of one half.
    first = igraph.Graph.Degree_Sequence([6, 5, 4, 4, 3, 3, 3, 2, 2, 2, 1, 1], method="vl")
    drawn = networks._null(first, lambda one: one.get_edgelist(), 60, 5)
    p = [centralisation(igraph.Graph(12, one.tolist()), "betweenness", draws=39, rng=i).p for i, one in enumerate(drawn)]
    assert abs(np.mean(p) - 0.5) < 3 / np.sqrt(12 * 60) + 1 / 40


def test_draws_are_those_of_the_seed_and_leave_the_random_numbers_of_others_alone():
    random.seed(7)
    expected = random.random()
    random.seed(7)
    same = [assortativity(florentine(MARRIAGE), draws=30, rng=seed) for seed in (1, 1, np.random.default_rng(1), 2)]
    assert random.random() == expected
    assert same[0].null_mean == same[1].null_mean == same[2].null_mean != same[3].null_mean
    random.seed(7)
    once = igraph.Graph.Erdos_Renyi(20, m=30).get_edgelist()
    random.seed(7)
    assert igraph.Graph.Erdos_Renyi(20, m=30).get_edgelist() == once


def test_results_do_not_depend_on_the_number_of_threads(monkeypatch):
    found = []
    for count in ("1", "2"):
        monkeypatch.setenv("SLPI_THREADS", count)
        found.append(brokerage(TWELVE, list("abc") * 4, draws=40)[1])
    pd.testing.assert_frame_equal(*found)


def best_of_all(cells):
    off = ~np.eye(len(cells), dtype=bool)
    fits = [-2.0]
    for size in range(1, len(cells) - 1):
        for chosen in combinations(range(len(cells)), size):
            core = np.isin(np.arange(len(cells)), chosen)
            fits.append(np.corrcoef(cells[off], (core[:, None] | core)[off])[0, 1])
    return max(fits)


def test_core_and_periphery_are_the_best_of_all_partitions_in_nearly_all_networks_and_never_better():
    rng, missed = np.random.default_rng(4), 0
    for i in range(40):
        cells = (rng.random((8, 8)) < rng.uniform(0.15, 0.8)).astype(float)
        np.fill_diagonal(cells, 0)
        cells = np.maximum(cells, cells.T) if i % 2 else cells
        found, best = networks._best_core(cells)[0], best_of_all(cells)
        assert found <= best + 1e-9
        missed += found < best - 1e-9
    assert missed <= 2


def test_the_fit_is_the_correlation_with_the_pattern_of_the_core():
    off = ~np.eye(15, dtype=bool)
    found = core_periphery(FIFTEEN, draws=5)
    core = found.core.to_numpy()
    assert found.value == pytest.approx(np.corrcoef(FIFTEEN[off], (core[:, None] | core)[off])[0, 1])


def test_a_planted_core_is_found_whatever_the_order_of_the_actors():
    order = np.random.default_rng(2).permutation(30)
    core = order < 6
    found = core_periphery(pd.DataFrame(core[:, None] | core).astype(int) - np.diag(core.astype(int)), draws=5)
    assert found.value == pytest.approx(1)
    assert found.core.to_list() == core.tolist()


def test_unequal_degrees_alone_give_a_high_fit():
    # Kojaku & Masuda (2018): the hubs of a network that is random but for its degrees look like a core.
    random.seed(3)
    hubs = igraph.Graph.Degree_Sequence([20] * 4 + [3] * 40, method="vl")
    even = igraph.Graph.Erdos_Renyi(44, m=hubs.ecount())
    found = core_periphery(hubs, draws=39)
    assert found.value > 2 * core_periphery(even, draws=2).value
    assert found.null_mean > 0.9 * found.value and found.p > 0.05


def test_at_given_degrees_a_core_tied_within_itself_reaches_less_of_the_periphery():
    closed = nx.complete_graph(4)
    closed.add_edges_from((i, 4 + 5 * i + j) for i in range(4) for j in range(5))  # four hubs, each with five leaves of its own
    closed.add_edges_from((4 + i, 14 + i) for i in range(10))
    found = core_periphery(closed, draws=99)
    assert found.core[found.core].index.to_list() == [0, 1, 2, 3]
    assert found.value < found.null_mean and found.p > 0.5


@pytest.mark.parametrize(
    ("cells", "roles", "actor"),
    [
        (TWELVE, [0, 13, 10, 5, 11, 39], [0, 0, 4, 0, 2, 6]),
        (FIFTEEN, [19, 42, 40, 50, 59, 210], [1, 0, 1, 3, 10, 15]),
    ],
)
def test_roles_of_brokers_are_counted_as_in_sna(cells, roles, actor):
    # sna 2.7-1, brokerage(g, rep(c("a", "b", "c"), length.out = n))$raw.gli and the twelfth row of $raw.nli, in the order w_I, w_O, b_OI,
    # b_IO, b_O, t: there b_OI is the gatekeeper and b_IO the representative, as the chains a → b → b and a → a → b show.
    found, actors = brokerage(cells, (list("abc") * 5)[: len(cells)], draws=5)
    assert found["count"].to_list() == roles
    assert actors.loc[11, "count"].to_list() == actor


@settings(max_examples=20, deadline=None)
@given(directed_networks(most=7), st.integers(0, 10**6))
def test_roles_are_those_of_a_loop_over_all_threes(cells, seed):
    groups = np.random.default_rng(seed).integers(0, 3, len(cells))
    groups[:2] = 0, 1
    expected = dict.fromkeys(networks.ROLES, 0)
    for i in range(len(cells)):
        for j in range(len(cells)):
            for k in range(len(cells)):
                if cells[i, j] and cells[j, k] and i != k and not cells[i, k]:
                    a, b, c = groups[[i, j, k]]
                    role = {(True, True): "coordinator", (True, False): "representative", (False, True): "gatekeeper"}.get((a == b, b == c))
                    expected[role or ("itinerant" if a == c else "liaison")] += 1
                    expected["total"] += 1
    roles, actors = brokerage(cells, groups, directed=True, draws=2)
    assert roles["count"].to_dict() == expected
    assert actors["count"].unstack().sum().to_dict() == expected


def test_undirected_brokers_are_counted_both_ways():
    roles, actors = brokerage(florentine(MARRIAGE), pd.Series(list("abcd") * 4, FAMILIES), draws=30)
    assert (roles["count"] % 2 == 0).all()
    pd.testing.assert_series_equal(roles.loc["gatekeeper"], roles.loc["representative"], check_names=False)
    assert actors.loc["Medici"].loc["total", "count"] == actors.xs("total", level="role")["count"].max()


def test_expected_roles_are_those_of_networks_with_the_same_degrees():
    # Two parts of four, the groups: a broker between groups cannot be, and drawn networks have many.
    parts = nx.disjoint_union(nx.cycle_graph(4), nx.cycle_graph(4))
    roles, _ = brokerage(parts, list("aaaabbbb"), draws=200)
    assert roles.loc[["itinerant", "gatekeeper", "representative", "liaison"], "count"].eq(0).all()
    assert roles.loc["gatekeeper", "expected"] > 2 and roles.loc["gatekeeper", "z"] < -1 < roles.loc["coordinator", "z"]
    assert roles["p"].between(1 / 201, 1).all()


def test_compiled_loops_give_what_they_give_in_plain_python():
    for cells in (TWELVE.astype(float), FIFTEEN.astype(float), florentine(BUSINESS).to_numpy(float)):
        fast, plain = networks._best_core(cells), networks._best_core.plain(cells)
        assert fast[0] == pytest.approx(plain[0]) and (fast[1] == plain[1]).all()
        classes = np.arange(len(cells)) % 4
        np.testing.assert_array_equal(networks._roles(cells, classes), networks._roles.plain(cells, classes))


def test_newmans_table_of_couples_has_its_assortativity():
    # Newman (2003), Physical Review E 67, 026126, table I: couples in San Francisco by ethnicity, a_i, b_i and r = 0.621. Here as counts
    # of 1,000 ties from the woman's to the man's class, one actor a tie end.
    shares = np.array(
        [[0.258, 0.016, 0.035, 0.013], [0.012, 0.157, 0.058, 0.019], [0.013, 0.023, 0.306, 0.035], [0.005, 0.007, 0.024, 0.016]]
    )
    counts = np.rint(1000 * shares).astype(int)
    ends = np.repeat(np.indices((4, 4)).reshape(2, -1).T, counts.ravel(), axis=0)
    m = len(ends)
    couples = nx.DiGraph([(f"woman {i}", f"man {i}") for i in range(m)])
    groups = {f"{who} {i}": f"class {one}" for who, side in (("woman", 0), ("man", 1)) for i, one in enumerate(ends[:, side])}
    found = assortativity(couples, groups, draws=5)
    assert found.value == pytest.approx(0.621, abs=0.002)
    assert found.mixing.loc["class 0", "class 2"] == pytest.approx(0.035, abs=0.0005)


def test_assortativity_is_one_within_and_minus_one_between_two_equal_groups():
    within, between = nx.disjoint_union(nx.complete_graph(4), nx.complete_graph(4)), nx.complete_bipartite_graph(4, 4)
    for network, value in ((within, 1), (between, -1)):
        found = assortativity(network, list("aaaabbbb"), draws=99)
        assert (found.value, found.external_internal) == (value, -value)
        assert found.p <= 0.05 and found.mixing.to_numpy().sum() == pytest.approx(1)


@settings(max_examples=20, deadline=None)
@given(directed_networks(fewest=5), st.permutations(range(3)))
def test_assortativity_knows_no_names_and_agrees_with_networkx(cells, names):
    groups = [f"group {names[i % 3]}" for i in range(len(cells))]
    sides = [{groups[i] for i in end} for end in np.nonzero(cells)]
    if min(map(len, sides)) < 2:
        with pytest.raises(ValueError, match="nothing to compare"):
            assortativity(cells, groups, directed=True, draws=2)
        return
    network = nx.DiGraph(cells)
    nx.set_node_attributes(network, dict(enumerate(groups)), "group")
    assert assortativity(cells, groups, directed=True, draws=2).value == pytest.approx(
        nx.attribute_assortativity_coefficient(network, "group")
    )


def test_degree_mixing_shows_which_degrees_meet():
    found = assortativity(nx.path_graph(4), draws=5)
    assert found.mixing.to_dict() == {1: {1: 0.0, 2: pytest.approx(1 / 3)}, 2: {1: pytest.approx(1 / 3), 2: pytest.approx(1 / 3)}}
    assert found.value == pytest.approx(-0.5)  # ends (1,2), (2,2), (2,1), both ways


RING = nx.to_pandas_adjacency(nx.cycle_graph(list("abcd")), dtype=float)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: centralisation(RING, "eigenvector"), "kind: 'eigenvector'; one of degree, indegree"),
        (lambda: centralisation(RING, "indegree"), "indegree.*directed=True"),
        (lambda: centralisation(RING * 0), "ties: not one among the actors"),
        (lambda: centralisation(RING.iloc[:2, :2]), "2 actors; at least 3"),
        (lambda: centralisation(RING - 1), "ties: tied to itself: a, b, c, d"),
        (lambda: centralisation(RING * -1), "finite and at least 0: a, b = -1"),
        (lambda: centralisation(RING.replace(1, np.nan)), "values must be finite: a, b = nan"),
        (lambda: centralisation(RING.replace(1, np.inf)), "values must be finite: a, b = inf"),
        (lambda: centralisation(RING.set_axis(list("abca"), axis=0)), "row label twice: a"),
        (lambda: centralisation(np.triu(RING), directed=False), "given as undirected, but not symmetric: 0, 1 = 1 but 0"),
        (lambda: centralisation(RING, draws=1), "draws: 1; at least 2"),
        (lambda: core_periphery(np.ones((4, 4)) - np.eye(4)), "every pair is tied"),
        (lambda: brokerage(RING, list("aaaa")), "groups: all actors are in a; two groups"),
        (lambda: brokerage(RING, {"a": 1, "b": 2}), "groups: no class for c, d"),
        (lambda: brokerage(RING, [1, 2]), "groups: 2 classes for 4 actors"),
        (lambda: assortativity(RING, list("aaaa")), "all ties leave from, or all lead to, a; nothing to compare"),
        (lambda: assortativity(RING), "all ties leave from, or all lead to, 2; nothing to compare"),
    ],
)
def test_what_cannot_be_measured_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_cohesion_of_the_marriages_of_florence_is_as_published():
    found = networks.cohesion(florentine(MARRIAGE))
    assert found["transitivity"] == pytest.approx(0.1914894, abs=1e-7)
    assert found["density"] == pytest.approx(20 / 120) and found["components"] == 2  # Pucci stands alone


def test_reciprocity_is_the_share_of_ties_that_are_answered():
    found = networks.cohesion(pd.DataFrame([[0, 1, 1], [1, 0, 0], [0, 0, 0]]))
    assert found["reciprocity"] == pytest.approx(2 / 3) and found["density"] == 0.5
    assert np.isnan(networks.cohesion(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]]))["transitivity"])  # no path of two ties
