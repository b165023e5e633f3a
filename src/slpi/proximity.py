"""Proximities between firms, one square matrix with labels a kind: in space, by belonging, by similarity, in rules, in knowledge.

``kinds()`` says which function measures what the literature calls a kind of proximity. A proximity explains ties only as far as it was
not built from them: where holdings are the outcome, neither ``ownership`` nor ``belonging`` to a group (group_id) may stand beside it.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from slpi.distance import Amounts, Kinds, gower
from slpi.labelled import Floats, aligned, filled, numbers, planar, refuse, require, require_finite, require_one_of, require_unique, square

Weight = Literal["jaccard", "count", "newman"]
FRANCE = ((0.0, 6_000_000.0), (1_300_000.0, 7_200_000.0))  # what Lambert-93 is made for, in its metres
_KINDS = (
    ("geographic", "places", "geographic", "geographic", "geographic"),
    ("belonging", "shared bodies and boards", "organised: belonging", "social, organisational", "organisational"),
    ("ownership", "holdings", "organised: belonging", "organisational", "organisational"),
    ("similarity", "attributes (homophily, a stand-in)", "organised: similarity", "", "institutional"),
    ("institutional", "shared rules", "organised: similarity", "institutional", "institutional"),
    ("cognitive", "industries", "organised: similarity", "cognitive", "organisational"),
)
#: First and last division of the sections A to U of NAF rev. 2, which are those of NACE rev. 2.
_SECTIONS = "01-03 05-09 10-33 35-35 36-39 41-43 45-47 49-53 55-56 58-63 64-66 68-68 69-75 77-82 84-84 85-85 86-88 90-93 94-96 97-98 99-99"
SECTION_OF = {f"{division:02}": span for span in _SECTIONS.split() for division in range(int(span[:2]), int(span[3:]) + 1)}


def kinds() -> pd.DataFrame:
    """The kinds of proximity by the function that measures them and by the names that three schools give them.

    Returns
    -------
    DataFrame, one row a function of this module
        measured_on; rallet_torre (geographic, or organised by a logic of belonging or of similarity); boschma (geographic, cognitive,
        organisational, social, institutional; empty where none fits); institutional_school (geographic, organisational, institutional).

    Notes
    -----
    No function measures Boschma's social proximity as such, trust from kinship, friendship and experience: bodies in which persons meet
    are its usual trace. Attributes alike (``similarity``) are a stand-in for the shared representations that Rallet & Torre mean.

    References
    ----------
    Rallet, A. & Torre, A. (2005). Proximity and localization. *Regional Studies*, 39, 47–59.
    Boschma, R. (2005). Proximity and innovation: a critical assessment. *Regional Studies*, 39, 61–74.
    Kirat, T. & Lung, Y. (1999). Innovation and proximity: territories as loci of collective learning processes. *European Urban and
    Regional Studies*, 6, 27–38.

    Examples
    --------
    >>> kinds().loc["ownership", "rallet_torre"]
    'organised: belonging'
    """
    return pd.DataFrame(_KINDS, columns=["measure", "measured_on", "rallet_torre", "boschma", "institutional_school"]).set_index("measure")


def geographic(places: Any, *, metric: Literal["lambert93", "geodesic"] = "lambert93") -> pd.DataFrame:
    """Distances between firms, in metres.

    Parameters
    ----------
    places : GeoSeries or GeoDataFrame of points, or DataFrame by firm
        A GeoSeries with a CRS is projected as needed. A DataFrame has x and y in metres for ``lambert93``, lon and lat in degrees for
        ``geodesic``.
    metric : {"lambert93", "geodesic"}
        In the plane of Lambert-93 (EPSG:2154; in France 1 m a kilometre too short to 3 m too long), or along the ellipsoid GRS80.

    Returns
    -------
    DataFrame, shape (firms, firms)
        Symmetric, 0 on the diagonal.

    Raises
    ------
    ValueError
        If coordinates are degrees where metres are needed or the reverse, missing, infinite or outside what the metric covers, a label
        stands twice, or there are fewer than two places; names the first five.

    References
    ----------
    Karney, C. F. F. (2013). Algorithms for geodesics. *Journal of Geodesy*, 87, 43–55.

    Examples
    --------
    >>> towns = pd.DataFrame({"lon": [2.3522, 4.8357], "lat": [48.8566, 45.7640]}, index=["Paris", "Lyon"])
    >>> round(geographic(towns, metric="geodesic").loc["Paris", "Lyon"] / 1000)
    392
    """
    require(metric in ("lambert93", "geodesic"), f"metric: {metric!r} is none of 'lambert93', 'geodesic'")
    projected = getattr(places, "crs", None) is not None
    values, labels = _degrees(places) if metric == "geodesic" else planar(places.to_crs(2154) if projected else places, "places")
    if metric == "lambert93" and projected:
        outside = ((values < FRANCE[0]) | (values > FRANCE[1])).any(axis=1)
        refuse(labels[outside], "places: outside metropolitan France, where Lambert-93 holds: ", "; take metric='geodesic'")
    n = len(labels)
    require(n > 1, f"places: {n} places; at least two are needed")
    if metric == "geodesic":
        from pyproj import Geod

        i, j = np.triu_indices(n, 1)
        distances = np.zeros((n, n))
        distances[i, j] = distances[j, i] = Geod(ellps="GRS80").inv(*values[i].T, *values[j].T)[2]
    else:
        from scipy.spatial.distance import pdist, squareform

        distances = squareform(pdist(values))
    return pd.DataFrame(distances, labels, labels, copy=False)


def _degrees(places: Any) -> tuple[Floats, pd.Index]:
    if hasattr(places, "geometry"):
        require(places.crs is not None, "places: no CRS; say which with .set_crs(...)")
        points = places.geometry.to_crs(4326)
        refuse(points.index[points.geom_type != "Point"], "places: not a point: ")
        places = pd.DataFrame({"lon": points.x, "lat": points.y})
    named = {"lon", "lat"} <= set(getattr(places, "columns", ()))
    require(named, "places: lon and lat in degrees are needed for 'geodesic'; x and y in metres go with 'lambert93'")
    require_unique(places.index, "places")
    values = numbers(places[["lon", "lat"]], "places").to_numpy()
    require_finite(values, places.index, ["lon", "lat"], "places")
    outside = (np.abs(values) > (180, 90)).any(axis=1)
    refuse(places.index[outside], "places: no longitude and latitude: ", "; metres go with 'lambert93'")
    return values, places.index


def decay(d: Any, kind: Literal["exponential", "inverse", "threshold"] = "exponential", *, scale_km: float) -> pd.DataFrame:
    """Closeness from 0 to 1 out of distances.

    Parameters
    ----------
    d : DataFrame, shape (firms, firms)
        Distances in metres, symmetric.
    kind : {"exponential", "inverse", "threshold"}
        exp(-d / scale); 1 / (1 + d / scale); or 1 up to the scale and 0 beyond.
    scale_km : float
        The distance, in kilometres, at which closeness is 0.37, a half, or ends.

    Returns
    -------
    DataFrame, shape (firms, firms)
        1 on the diagonal.

    Raises
    ------
    ValueError
        If a distance is negative, missing, infinite or not the same both ways, or the scale is not a positive number.

    Examples
    --------
    >>> d = pd.DataFrame([[0, 30_000.0], [30_000.0, 0]], index=["f1", "f2"], columns=["f1", "f2"])
    >>> decay(d, "inverse", scale_km=30).loc["f1", "f2"]
    np.float64(0.5)
    """
    require_one_of(kind, "kind", ("exponential", "inverse", "threshold"))
    require(0 < scale_km < np.inf, f"scale_km = {scale_km}: a positive number of kilometres is needed")
    found = square(d, "d", directed=False, fewest=2)
    metres = found.dense()
    require_finite(metres, found.labels, found.labels, "d", lowest=0.0)
    x = metres / (1000 * scale_km)
    closeness = np.exp(-x) if kind == "exponential" else 1 / (1 + x) if kind == "inverse" else (x <= 1).astype(float)
    np.fill_diagonal(closeness, 1.0)
    return pd.DataFrame(closeness, found.labels, found.labels, copy=False)


def belonging(memberships: pd.DataFrame, *, weight: Weight = "jaccard", firms: Iterable[Hashable] | None = None) -> pd.DataFrame:
    """Organised proximity by the logic of belonging: the groups, boards and bodies that two firms share.

    Parameters
    ----------
    memberships : DataFrame
        One row a membership, with firm_id and body_id (a firm that is in a body in two roles is in it once); or firms × bodies of 0 and 1.
    weight : {"jaccard", "count", "newman"}
        Bodies shared over bodies of either; their number; or their number, each divided by how many other members it has.
    firms : iterable of labels, optional
        All firms, in the wished order, those without any membership among them; the firms of ``memberships`` if not given.

    Returns
    -------
    DataFrame, shape (firms, firms)
        Symmetric; 0 where nothing is shared, for firms without any membership too. The diagonal is 1 for ``jaccard`` and 0 for the
        others, which are weights of ties.

    Raises
    ------
    ValueError
        If a firm or body is blank, a firm of ``memberships`` is none of ``firms``, the incidence holds other than 0 and 1, or there are
        fewer than two firms; names the first five.

    Notes
    -----
    Newman's weight is Σ_b 1 / (n_b - 1) over shared bodies b with n_b members: a firm's weights sum to the number of its bodies that have
    another member. A body that enters another measure too makes the two collinear: leave charters and labels to ``institutional``. Where
    holdings are the outcome, bodies made from them (group_id, kind ``funder``) must not enter.

    References
    ----------
    Breiger, R. L. (1974). The duality of persons and groups. *Social Forces*, 53, 181–190.
    Newman, M. E. J. (2001). Scientific collaboration networks. II. *Physical Review E*, 64, 016132.

    Examples
    --------
    >>> memberships = pd.DataFrame({"firm_id": ["f1", "f1", "f2"], "body_id": ["board", "school", "board"]})
    >>> belonging(memberships).loc["f1", "f2"]
    np.float64(0.5)
    """
    from scipy.sparse import csr_array, diags_array

    require_one_of(weight, "weight", get_args(Weight))
    table = _incidence(memberships, firms)
    incidence = csr_array(table.to_numpy(float))
    members, bodies = np.asarray(incidence.sum(axis=0)), np.asarray(incidence.sum(axis=1))
    worth = 1 / np.maximum(members - 1, 1) if weight == "newman" else np.ones_like(members)
    shared = (incidence @ diags_array(worth) @ incidence.T).toarray()
    if weight == "jaccard":
        shared /= np.maximum(bodies[:, None] + bodies - shared, 1)
    np.fill_diagonal(shared, float(weight == "jaccard"))
    return pd.DataFrame(shared, table.index, table.index, copy=False)


def _incidence(memberships: pd.DataFrame, firms: Iterable[Hashable] | None) -> pd.DataFrame:
    """Firms × bodies of 0 and 1."""
    if {"firm_id", "body_id"} & set(memberships):
        rows = filled(memberships, "memberships", ["firm_id", "body_id"])
        table = pd.crosstab(rows["firm_id"], rows["body_id"]).clip(upper=1).reindex(rows["firm_id"].unique())
    else:
        require_unique(memberships.index, "memberships", "firm")
        require_unique(memberships.columns, "memberships", "body")
        table = numbers(memberships, "memberships")
        refuse(table.index[~table.isin([0, 1]).all(axis=1)], "memberships: an incidence holds 0 and 1 only, not so for ")
    actors = table.index if firms is None else pd.Index(list(firms))
    require_unique(actors, "firms")
    refuse(table.index.difference(actors), "firms: does not name ", ", members in memberships")
    require(len(actors) > 1, f"memberships: {len(actors)} firms; at least two are needed")
    return table.reindex(actors, fill_value=0).rename_axis(index=None, columns=None)


@dataclass(frozen=True)
class Ownership:
    """Who owns how much of whom.

    Attributes
    ----------
    direct, integrated : DataFrame, shape (actors, actors)
        Share (0–1) of the actor in the column that the actor in the row owns; ``integrated`` counts what is held through others too.
    """

    direct: pd.DataFrame
    integrated: pd.DataFrame


def ownership(holdings: pd.DataFrame) -> Ownership:
    """Organised proximity by the logic of belonging: chains of ownership, direct and indirect.

    Parameters
    ----------
    holdings : DataFrame
        One row a holding: owner, owned, share (0–1).

    Returns
    -------
    Ownership
        Of all owners and owned, in order of first appearance. Not symmetric; where only closeness counts take the larger of both ways.

    Raises
    ------
    ValueError
        If a share is missing or outside 0–1, a holding stands twice, a label is blank, more than all of a firm is owned, or firms own one
        another entirely, so that no one does; names the first five.

    Notes
    -----
    With A the direct shares and V = (I - A)⁻¹ = I + A + A² + ..., the integrated share of i in j is V_ij / V_ii: the shares multiplied
    along each chain from i to j, summed over the chains that do not come back to i. V - I alone counts what i holds of itself through
    others once more (Brioschi et al.); V_ij / V_ii does not, and never passes 1 (Baldone et al.). The diagonal, 1 - 1 / V_ii, is what a
    firm holds of itself.

    Where holdings are the outcome, this is the outcome: neither holdings nor group_id may enter a proximity then.

    References
    ----------
    Brioschi, F., Buzzacchi, L. & Colombo, M. G. (1989). Risk capital financing and the separation of ownership and control in business
    groups. *Journal of Banking & Finance*, 13, 747–772.
    Baldone, S., Brioschi, F. & Paleari, S. (1998). Ownership measures among firms connected by cross-shareholdings and a further analogy
    with input-output theory. 4th JAFEE International Conference on Investment and Derivatives.

    Examples
    --------
    >>> holdings = pd.DataFrame({"owner": ["fund", "parent"], "owned": ["parent", "plant"], "share": [0.6, 0.5]})
    >>> round(ownership(holdings).integrated.loc["fund", "plant"], 6)
    np.float64(0.3)
    """
    from scipy.sparse import csc_array, eye_array
    from scipy.sparse.linalg import splu

    rows = filled(holdings, "holdings", ["owner", "owned", "share"])
    ends, share = rows[["owner", "owned"]], numbers(rows[["share"]], "holdings")["share"].to_numpy()
    require_unique(pd.MultiIndex.from_frame(ends), "holdings", "holding")
    outside = rows[(share < 0) | (share > 1)].itertuples(index=False)
    cells = [f"{owner} of {owned} = {part:g}" for owner, owned, part in outside]
    refuse(cells, "holdings: share outside 0–1: ", "; per cent are divided by 100")
    actors = pd.Index(pd.unique(ends.to_numpy().ravel()))
    require(len(actors) > 1, f"holdings: {len(actors)} actors; at least two are needed")
    direct = np.zeros((len(actors), len(actors)))
    direct[actors.get_indexer(ends["owner"]), actors.get_indexer(ends["owned"])] = share
    owned = pd.Series(direct.sum(axis=0), actors)
    over = [f"{firm} ({total:g})" for firm, total in owned.items() if total > 1 + 1e-9]
    refuse(over, "holdings: more than all is owned of ")
    reached = (owned < 1 - 1e-9).to_numpy()  # from outside; then what those own a part of, and so on
    while (more := direct[reached].any(axis=0) & ~reached).any():
        reached = reached | more
    refuse(actors[~reached], "holdings: owned by one another alone, so by no one in the end: ")
    chains = splu(csc_array(eye_array(len(actors)) - direct)).solve(np.eye(len(actors)))
    integrated = chains / chains.diagonal()[:, None]
    np.fill_diagonal(integrated, 1 - 1 / chains.diagonal())
    return Ownership(*(pd.DataFrame(values, actors, actors, copy=False) for values in (direct, integrated)))


def similarity(attributes: pd.DataFrame, *, kinds: Kinds | None = None, weights: Amounts | None = None) -> pd.DataFrame:
    """Homophily: how alike firms are in their attributes, the usual stand-in for the logic of similarity (shared representations).

    Parameters
    ----------
    attributes : DataFrame, shape (firms, attributes)
        Size, age, legal form, sector and so on; missing values are left out pair by pair.
    kinds, weights : mapping, optional
        As in ``slpi.distance.gower``.

    Returns
    -------
    DataFrame, shape (firms, firms)
        1 - Gower's distance: 1 is alike in all that is known of both; NaN where a pair shares no known attribute.

    Raises
    ------
    ValueError
        As ``slpi.distance.gower``.

    References
    ----------
    McPherson, M., Smith-Lovin, L. & Cook, J. M. (2001). Birds of a feather: homophily in social networks. *Annual Review of Sociology*, 27,
    415–444.

    Examples
    --------
    >>> firms = pd.DataFrame({"jobs": [10, 30, 50], "form": ["scop", "sarl", "sarl"]}, index=["f1", "f2", "f3"])
    >>> similarity(firms).loc["f2"].tolist()
    [0.25, 1.0, 0.75]
    """
    return 1 - gower(attributes, kinds=kinds, weights=weights)


def institutional(memberships: pd.DataFrame, rules: Iterable[str], *, firms: Iterable[Hashable] | None = None) -> pd.DataFrame:
    """Institutional proximity: the rules that two firms share, of all that bind either.

    Parameters
    ----------
    memberships : DataFrame
        One row a rule that binds a firm: firm_id, body_id (the agreement, charter, label or legal status), kind. A legal form kept among
        the firms joins as rows of its own: firm_id, the form as body_id, kind ``legal_status``.
    rules : iterable of str
        The kinds that are rules, for example ("agreement", "charter", "label", "legal_status"); other rows are no rules and do not count.
    firms : iterable of labels, optional
        As in ``belonging``.

    Returns
    -------
    DataFrame, shape (firms, firms)
        Jaccard index of the two sets of rules, 0 where neither has one; 1 on the diagonal.

    Raises
    ------
    ValueError
        If a kind of rule does not occur, and as ``belonging``.

    References
    ----------
    Jaccard, P. (1912). The distribution of the flora in the alpine zone. *New Phytologist*, 11, 37–50.

    Examples
    --------
    >>> rows = [("f1", "iso", "label"), ("f2", "iso", "label"), ("f2", "scop", "legal_status"), ("f1", "pole", "board")]
    >>> memberships = pd.DataFrame(rows, columns=["firm_id", "body_id", "kind"])
    >>> institutional(memberships, ("label", "legal_status")).loc["f1", "f2"]
    np.float64(0.5)
    """
    rows = filled(memberships, "memberships", ["firm_id", "body_id", "kind"])
    wanted = [rules] if isinstance(rules, str) else list(rules)
    absent = [kind for kind in wanted if kind not in set(rows["kind"])] if wanted else ["none"]
    refuse(absent, "rules: ", f" asked for; memberships are {', '.join(map(str, rows['kind'].unique()))}")
    binding = rows[rows["kind"].isin(wanted)]
    rule = binding["kind"] + " " + binding["body_id"].astype(str)  # a label and a charter of one name are two rules
    return belonging(binding.assign(body_id=rule), firms=rows["firm_id"].unique() if firms is None else firms)


def cognitive(codes: pd.Series, relatedness: pd.DataFrame | None = None) -> pd.DataFrame:
    """Cognitive proximity: how near the industries of two firms are.

    Parameters
    ----------
    codes : Series by firm
        NAF codes as text ("25.61Z" or "2561Z"), all of the same depth: division, group, class or subclass.
    relatedness : DataFrame, shape (industries, industries), optional
        Takes the place of the hierarchy: proximity of the industry in the row to that in the column, the diagonal included.

    Returns
    -------
    DataFrame, shape (firms, firms)
        Levels of the hierarchy (section, division, group, class, subclass) shared over levels known: from 0 to 1, firms of one industry.
        Or the given relatedness of their industries.

    Raises
    ------
    ValueError
        If codes are numbers (a leading zero is lost: read them as text), missing, of unequal depth or not in NAF rev. 2; if an industry
        is not in ``relatedness``; names the first five.

    References
    ----------
    Insee (2008). *Nomenclature d'activités française, NAF rév. 2*.
    Boschma, R., Eriksson, R. & Lindgren, U. (2009). How does labour mobility affect the performance of plants? *Journal of Economic
    Geography*, 9, 169–190.

    Examples
    --------
    >>> codes = pd.Series({"forge": "25.50A", "turning": "25.62A", "milling": "25.62B", "bakery": "10.71C"})
    >>> cognitive(codes).loc["turning"].tolist()
    [0.4, 1.0, 0.8, 0.2]
    """
    require_unique(codes.index, "codes", "firm")
    unread = [f"{firm} = {code!r}" for firm, code in codes.items() if not isinstance(code, str)]
    refuse(unread, "codes: text is needed, for the leading zeros (read with dtype=str): ")
    require(len(codes) > 1, f"codes: {len(codes)} firms; at least two are needed")
    if relatedness is not None:
        refuse(pd.Index(codes.unique()).difference(relatedness.index), "relatedness: no industry ")
        own = np.diagonal(relatedness)[:, None].astype(float)  # square() takes a missing diagonal for 0; firms of one industry stand there
        require_finite(own, relatedness.index, ["itself"], "relatedness")
        found = square(relatedness, "relatedness", fewest=1)
        place = found.labels.get_indexer(codes)
        return pd.DataFrame(found.dense()[np.ix_(place, place)], codes.index, codes.index, copy=False)
    plain = codes.str.strip().str.upper().str.replace(".", "", regex=False)
    known = plain.str.fullmatch(r"\d{2}(\d(\d[A-Z]?)?)?") & plain.str[:2].isin(SECTION_OF)
    refuse([f"{firm} = {code}" for firm, code in codes[~known].items()], "codes: not in NAF rev. 2: ")
    depth = plain.str.len()
    refuse(codes[~depth.duplicated()] if depth.nunique() > 1 else [], "codes: of unequal depth: ", "; cut them all to the shortest")
    levels = [plain.str[:2].map(SECTION_OF), *(plain.str[:digits] for digits in range(2, depth.iloc[0] + 1))]
    shared = np.mean([np.equal.outer(level, level) for level in (pd.factorize(level)[0] for level in levels)], axis=0)
    return pd.DataFrame(shared, codes.index, codes.index, copy=False)


@dataclass(frozen=True)
class Collinearity:
    """How far proximities tell the same story.

    Attributes
    ----------
    correlations : DataFrame, shape (proximities, proximities)
        Pearson's, over dyads.
    vif : Series by proximity
        Variance inflation factor: 1 is independent of the others; above 10 its effect can hardly be told from theirs; inf is a sum of them.
    n_dyads : int
    """

    correlations: pd.DataFrame
    vif: pd.Series
    n_dyads: int


def collinearity(proximities: Mapping[str, Any], *, directed: bool | None = None) -> Collinearity:
    """Whether proximities can be told apart: correlations and variance inflation factors over dyads.

    Parameters
    ----------
    proximities : mapping from name to square matrix
        Of the same actors, in any order.
    directed : bool, optional
        True: each dyad both ways; False: once, and an asymmetric matrix is refused; None: once if all matrices are symmetric.

    Returns
    -------
    Collinearity

    Raises
    ------
    ValueError
        If there are fewer than two proximities, their actors differ, a value is missing or infinite, a matrix is asymmetric where
        ``directed`` is False, or a proximity is the same for all dyads.

    Notes
    -----
    VIF_k = 1 / (1 - R²_k), with R²_k of the regression of proximity k on the others over dyads.

    References
    ----------
    Belsley, D. A., Kuh, E. & Welsch, R. E. (1980). *Regression Diagnostics*. Wiley.

    Examples
    --------
    >>> near = pd.DataFrame([[0, 1, 0], [1, 0, 0], [0, 0, 0.0]])
    >>> alike = pd.DataFrame([[0, 1, 1], [1, 0, 0], [1, 0, 0.0]])
    >>> collinearity({"near": near, "alike": alike}).vif.round(3).tolist()
    [1.333, 1.333]
    """
    require(len(proximities) > 1, f"proximities: {len(proximities)} given; at least two are needed")
    read = aligned(proximities)
    asymmetric = [name for name, one in read.items() if not one.symmetric()]
    refuse(asymmetric if directed is False else [], "proximities: given as undirected, but not symmetric: ")
    n = next(iter(read.values())).n
    once = np.tri(n, k=-1, dtype=bool)
    dyads = once | once.T if directed or asymmetric else once
    values = np.stack([one.dense()[dyads] for one in read.values()])
    constant = [name for name, one in zip(read, values, strict=True) if np.ptp(one) <= 1e-12 * np.abs(one).max()]
    refuse(constant, "proximities: the same for all dyads: ", "; leave out what tells no dyads apart")
    correlations, vif = pd.DataFrame(np.corrcoef(values), [*read], [*read]), {}
    for name in correlations:
        others = correlations.drop(index=name)
        own = others.pop(name)
        unexplained = 1 - own @ np.linalg.pinv(others, rcond=1e-10, hermitian=True) @ own
        vif[name] = 1 / unexplained if unexplained > 1e-10 else np.inf
    return Collinearity(correlations, pd.Series(vif), values.shape[1])
