"""The doors of the measures: what users hold becomes arrays with labels, and what is wrong is refused by name."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Labels = Iterable[Hashable]

SHOWN = 5  # how many of the faults an error spells out


def listed(items: Iterable[object]) -> str:
    """The first five, and how many more.

    Examples
    --------
    >>> listed("abcdefg")
    'a, b, c, d, e and 2 more'
    """
    all_of = [str(item) for item in items]
    more = len(all_of) - SHOWN
    return ", ".join(all_of[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def require(holds: object, otherwise: str) -> None:
    """Refuse what does not hold, with the sentence that says so."""
    if not holds:
        raise ValueError(otherwise)


def refuse(faults: Iterable[object], said: str, remedy: str = "") -> None:
    """Refuse any fault: what is said of them, the first five, and what would be right.

    Examples
    --------
    >>> refuse(["f1 = 90"], "share outside 0–1: ", "; per cent are divided by 100")
    Traceback (most recent call last):
    ...
    ValueError: share outside 0–1: f1 = 90; per cent are divided by 100
    """
    faults = list(faults)
    require(not faults, said + listed(faults) + remedy)


def require_one_of(value: object, name: str, choices: Iterable[str]) -> None:
    """Refuse a setting that is none of its choices."""
    choices = list(choices)
    require(value in choices, f"{name} = {value!r} is none of {', '.join(choices)}")


def require_unique(labels: pd.Index, name: str, what: str = "label") -> None:
    """Refuse labels that stand twice."""
    refuse(labels[labels.duplicated()].unique(), f"{name}: {what} twice: ")


def require_finite(values: Any, rows: Labels, columns: Labels, name: str, *, lowest: float | None = None, missing: bool = False) -> None:
    """Refuse cells that are infinite, missing (unless allowed) or below ``lowest``; names row, column and value of the first five."""
    entries = values.tocoo() if hasattr(values, "tocoo") else None
    held = values if entries is None else entries.data
    wrong = np.isinf(held) if missing else ~np.isfinite(held)
    if lowest is not None:
        wrong |= held < lowest
    if wrong.any():
        rows, columns = list(rows), list(columns)
        places = np.argwhere(wrong) if entries is None else np.transpose(entries.coords)[wrong]
        cells = [f"{rows[i]}, {columns[j]} = {value:g}" for (i, j), value in zip(places, held[wrong], strict=True)]
        wanted = "finite" if lowest is None else f"finite and at least {lowest:g}"
        refuse(cells, f"{name}: values must be {wanted}{' or missing' if missing else ''}: ")


@dataclass(frozen=True)
class Square:
    """A matrix of actors by actors, with their labels.

    Attributes
    ----------
    values : ndarray or SciPy sparse array, shape (n, n)
        Float; the diagonal as it was given.
    labels : Index, length n
    named : bool
        Whether the labels came with the matrix; an array has only positions.
    """

    values: Any
    labels: pd.Index
    named: bool

    @property
    def n(self) -> int:
        return len(self.labels)

    def dense(self) -> Floats:
        """The values as an array of their own."""
        values = self.values.toarray() if hasattr(self.values, "toarray") else self.values
        return np.array(values, dtype=float, order="C")

    def symmetric(self) -> bool:
        """Whether every value equals that across the diagonal, missing ones included."""
        if hasattr(self.values, "toarray"):
            return bool(abs(self.values - self.values.T).max() <= 1e-12 * max(1.0, abs(self.values).max())) if self.values.nnz else True
        alike = np.array_equal(self.values, self.values.T)  # the quick answer, nearly always
        return alike or bool(np.allclose(self.values, self.values.T, rtol=1e-12, atol=1e-12, equal_nan=True))


def square(matrix: object, name: str = "matrix", *, missing: bool = False, directed: bool | None = None, fewest: int = 3) -> Square:
    """Read a square matrix as users hold it.

    Parameters
    ----------
    matrix : DataFrame, array, SciPy sparse matrix, igraph or networkx graph, or Square
        A DataFrame has the same labels on both sides, in any order. A graph gives its weights (edge attribute ``weight``), or 1 for each
        tie; its labels are the nodes (networkx) or the vertex attribute ``name`` (igraph).
    name : str
        What an error calls it.
    missing : bool
        Whether NaN is allowed off the diagonal; it always is on the diagonal, which no measure of ties reads.
    directed : bool, optional
        False: refuse a matrix that is not symmetric. None or True: take either.
    fewest : int
        The smallest number of actors that makes sense.

    Returns
    -------
    Square
        With the values in the order of the row labels, NaN on the diagonal made 0.

    Raises
    ------
    ValueError
        If the matrix is not square, a label stands twice or on one side only, a value is missing or infinite, the matrix is asymmetric
        where ``directed`` is False, or there are fewer than ``fewest`` actors; names the first five.

    Examples
    --------
    >>> ties = pd.DataFrame([[0, 2.0], [2.0, 0]], index=["f1", "f2"], columns=["f1", "f2"])
    >>> square(ties, fewest=2).symmetric()
    True
    """
    found = matrix if isinstance(matrix, Square) else _read_square(matrix, name)
    require_unique(found.labels, name)
    require(found.n >= fewest, f"{name}: {found.n} actors; at least {fewest} are needed")
    sparse = hasattr(found.values, "toarray")
    if not sparse and np.isnan(found.values.diagonal()).any():
        values = found.values.copy()  # the caller's stays as it is
        np.fill_diagonal(values, np.where(np.isnan(values.diagonal()), 0.0, values.diagonal()))
        found = Square(values, found.labels, found.named)
    require_finite(found.values, found.labels, found.labels, name, missing=missing and not sparse)
    if directed is False and not found.symmetric():
        values, labels = found.dense(), found.labels
        unlike = np.argwhere(np.triu(~np.isclose(values, values.T, rtol=1e-12, atol=1e-12, equal_nan=True)))
        cells = [f"{labels[i]}, {labels[j]} = {values[i, j]:g} but {values[j, i]:g} the other way" for i, j in unlike]
        refuse(cells, f"{name}: given as undirected, but not symmetric: ")
    return found


def _read_square(matrix: Any, name: str) -> Square:
    if isinstance(matrix, pd.DataFrame):
        require_unique(matrix.index, name, "row label")
        require_unique(matrix.columns, name, "column label")
        one_side = matrix.index.symmetric_difference(matrix.columns)
        refuse(one_side, f"{name}: labels of one side only: ", "; rows and columns must be the same actors")
        in_order = matrix if matrix.columns.equals(matrix.index) else matrix.loc[:, matrix.index]  # a copy weighs
        return Square(_floats(in_order, name), matrix.index, True)
    if hasattr(matrix, "get_edgelist"):
        labels = matrix.vs["name"] if "name" in matrix.vs.attributes() else range(matrix.vcount())
        weights = matrix.es["weight"] if "weight" in matrix.es.attributes() else [1.0] * matrix.ecount()
        return _from_edges(matrix.get_edgelist(), weights, pd.Index(labels), matrix.is_directed(), "name" in matrix.vs.attributes())
    if hasattr(matrix, "edges") and hasattr(matrix, "is_directed"):
        position = {node: i for i, node in enumerate(matrix.nodes)}
        edges = [(position[a], position[b]) for a, b in matrix.edges()]
        weights = [1.0 if weight is None else weight for *_, weight in matrix.edges(data="weight")]
        return _from_edges(edges, weights, pd.Index(list(position)), matrix.is_directed(), True)
    if hasattr(matrix, "tocsr"):
        from scipy.sparse import csr_array

        values = csr_array(matrix, dtype=float)
        values.sum_duplicates()
    else:
        values = _floats(matrix, name)
    even = values.ndim == 2 and values.shape[0] == values.shape[1]
    require(even, f"{name}: shape {' x '.join(map(str, values.shape))}; a square matrix of actors by actors is needed")
    return Square(values, pd.RangeIndex(values.shape[0]), False)


def _from_edges(edges: list[tuple[int, int]], weights: Iterable[float], labels: pd.Index, directed: bool, named: bool) -> Square:
    from scipy.sparse import coo_array

    ends = np.array(edges, dtype=int).reshape(-1, 2)
    values = np.asarray(list(weights), dtype=float)
    if not directed:
        apart = ends[:, 0] != ends[:, 1]
        ends, values = np.vstack([ends, ends[apart][:, ::-1]]), np.concatenate([values, values[apart]])
    return Square(coo_array((values, ends.T), shape=(len(labels), len(labels))).tocsr(), labels, named)


def _floats(values: ArrayLike, name: str) -> Floats:
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: not all values are numbers: {error}") from None


def numbers(frame: pd.DataFrame, name: str, remedy: str = "") -> pd.DataFrame:
    """The frame as floats, NaN where a value is missing; refuses what is no number or is infinite, by row, column and value."""
    found = frame.astype(object).apply(pd.to_numeric, errors="coerce").astype(float)
    wrong = (found.isna() & frame.notna()).to_numpy()
    cells = [f"{frame.index[i]}, {frame.columns[j]} = {frame.iat[i, j]!r}" for i, j in np.argwhere(wrong)]
    refuse(cells, f"{name}: not a number: ", remedy)
    require_finite(found.to_numpy(), frame.index, frame.columns, name, missing=True)
    return found


def filled(rows: pd.DataFrame, name: str, columns: list[str]) -> pd.DataFrame:
    """These columns, if they are there and nothing in them is blank; refuses a table otherwise, by column or row label."""
    refuse([column for column in columns if column not in rows], f"{name}: no column ", f"; each row has {listed(columns)}")
    blank = (rows[columns].isna() | (rows[columns] == "")).any(axis=1)
    refuse(rows.index[blank], f"{name}: blank {' or '.join(columns)} in row ")
    return rows[columns]


def aligned(matrices: Mapping[str, object], *, missing: bool = False, fewest: int = 3) -> dict[str, Square]:
    """Square matrices in one order of actors: that of the first that has labels.

    Raises
    ------
    ValueError
        If an actor is missing from one of them, or sizes differ; names the first five of each.
    """
    read = {name: square(matrix, name, missing=missing, fewest=fewest) for name, matrix in matrices.items()}
    base_name, base = next(((name, one) for name, one in read.items() if one.named), next(iter(read.items())))
    faults = []
    for name, one in read.items():
        if one.named and base.named:
            lacks = {name: base.labels.difference(one.labels), base_name: one.labels.difference(base.labels)}
            faults += [f"{here} lacks {listed(labels)}" for here, labels in lacks.items() if len(labels)]
        elif one.n != base.n:
            faults.append(f"{name} has {one.n} actors, {base_name} has {base.n}")
    require(not faults, f"the matrices are not of the same actors: {'; '.join(faults)}")
    orders = {name: one.labels.get_indexer(base.labels) for name, one in read.items() if one.named and not one.labels.equals(base.labels)}
    moved = {name: read[name].values[order][:, order] for name, order in orders.items()}
    return {name: Square(moved.get(name, one.values), base.labels, base.named) for name, one in read.items()}


def ties(matrix: object, name: str = "ties", *, directed: bool | None = None, fewest: int = 3) -> Square:
    """A square matrix of ties: as ``square``, and no weight is negative and no actor is tied to itself."""
    found = square(matrix, name, directed=directed, fewest=fewest)
    refuse(found.labels[found.values.diagonal() != 0], f"{name}: tied to itself: ", "; set the diagonal to 0")
    require_finite(found.values, found.labels, found.labels, name, lowest=0.0)
    return found


def grouping(groups: Any, labels: pd.Index, name: str = "groups") -> tuple[Ints, pd.Index]:
    """The class of each actor as a number from 0, and the classes in order of first appearance.

    Parameters
    ----------
    groups : Series by actor, mapping from actor to class, or sequence in the order of ``labels``
    labels : Index
        The actors.

    Raises
    ------
    ValueError
        If an actor has no class; names the first five.
    """
    if isinstance(groups, Mapping):
        groups = pd.Series(dict(groups), dtype=object)
    elif not isinstance(groups, pd.Series) or (groups.index.equals(pd.RangeIndex(len(groups))) and not labels.isin(groups.index).all()):
        classes = list(groups)  # in the order of the actors: only positions are known
        require(len(classes) == len(labels), f"{name}: {len(classes)} classes for {len(labels)} actors")
        groups = pd.Series(classes, index=labels)
    require_unique(groups.index, name)
    found = groups.reindex(labels)
    refuse(labels[found.isna().to_numpy()], f"{name}: no class for ")
    codes, kinds = pd.factorize(found)
    return codes.astype(np.int64), pd.Index(kinds)


def planar(points: Any, name: str = "points") -> tuple[Floats, pd.Index]:
    """Coordinates in metres, shape (n, 2), and their labels.

    Parameters
    ----------
    points : GeoSeries or GeoDataFrame of points, DataFrame with columns x and y, or array of shape (n, 2)
        Projected, in metres: Lambert-93 in metropolitan France.
    name : str
        What an error calls it.

    Raises
    ------
    ValueError
        If the coordinates are degrees (a geographic CRS, columns named lon and lat, or bare numbers that all lie within ±180 and ±90
        without being a unit square), in another unit than metres, missing or infinite, or a label stands twice; names the first five.
    """
    if hasattr(points, "geometry") and hasattr(points, "crs"):
        shapes, crs = points.geometry, points.crs
        if crs is not None:
            degrees = f"{name}: coordinates are degrees ({crs.to_string()}); project them first, in France with .to_crs(2154)"
            require(not crs.is_geographic, degrees)
            units = {axis.unit_name for axis in crs.axis_info[:2]} - {"metre", "meter", "m"}
            refuse(units, f"{name}: coordinates are in ", ", metres are needed")
        refuse(shapes.index[shapes.is_empty | shapes.isna() | (shapes.geom_type != "Point")], f"{name}: not a point: ")
        labels, values, known = shapes.index, np.column_stack([shapes.x, shapes.y]).astype(float), crs is not None
    elif isinstance(points, pd.DataFrame):
        unprojected = {str(column).lower() for column in points} & {"lon", "lat", "longitude", "latitude"}
        hint = "; degrees must be projected first, in France to Lambert-93 (EPSG:2154)" if unprojected else ""
        lacking = " and ".join(column for column in ("x", "y") if column not in points)
        require(not lacking, f"{name}: no column {lacking}{hint}")
        labels, values, known = points.index, _floats(points[["x", "y"]], name), False
    else:
        values, known = _floats(points, name), False
        even = values.ndim == 2 and values.shape[1] == 2
        require(even, f"{name}: shape {' x '.join(map(str, values.shape))}; one row a point with x and y is needed")
        labels = pd.RangeIndex(len(values))
    require_unique(labels, name)
    require_finite(values, labels, ["x", "y"], name)
    if len(values) and not known and (abs(values) <= (180, 90)).all():
        said = f"{name}: coordinates from {values.min():g} to {values.max():g} look like degrees; metres are needed (project to EPSG:2154; "
        square_of_one = ((values >= 0) & (values <= 1)).all()
        require(square_of_one, said + "a site smaller than 90 m comes as a GeoSeries with its CRS)")
    return values, labels


def generator(rng: np.random.Generator | int) -> np.random.Generator:
    """The generator itself, or one seeded with a whole number."""
    return rng if isinstance(rng, np.random.Generator) else np.random.default_rng(rng)


Alternative = Literal["two-sided", "greater", "less"]
