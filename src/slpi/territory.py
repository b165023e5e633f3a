"""A territory of firms: where they lie, what ties them, which bodies they share.

:func:`load_territory` reads a folder as ``data/README.md`` describes it. Coordinates become metres of Lambert-93, dates years with
decimals: a tie of 2019 begins at 2019.0 and ends at 2020.0, NaN where the date is blank.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from slpi.labelled import Square, refuse

LAYERS = ("productive", "financial", "institutional", "knowledge", "thematic")
FIRMS = ("firm_id", "name", "role", "x", "y", "naf", "legal_form", "ess", "jobs", "group_id")
TIES = ("source", "target", "layer", "kind", "weight", "directed", "date_from", "date_to")
MEMBERSHIPS = ("firm_id", "body_id", "kind")


@dataclass(frozen=True, eq=False, repr=False)
class Territory:
    """Firms, their ties and their memberships.

    Attributes
    ----------
    name, status, source, licence : str
        As territory.toml says them; status is ``measured`` or ``simulated``.
    firms : DataFrame, index firm_id
        name, role (firm, financier, public), x, y (metres, Lambert-93), naf, legal_form, ess (bool), jobs (float), group_id. Text is NaN
        where blank.
    ties : DataFrame
        source, target, layer, kind, weight (float; of equity a share from 0 to 1), directed (bool), date_from, date_to (float: years with
        decimals, NaN where blank).
    memberships : DataFrame
        firm_id, body_id, kind.
    set_aside : DataFrame
        what, why, count, keys: all that was read and is not in the frames, or not as it was written.
    """

    name: str
    status: str
    source: str
    licence: str
    firms: pd.DataFrame
    ties: pd.DataFrame
    memberships: pd.DataFrame
    set_aside: pd.DataFrame

    def __repr__(self) -> str:
        held = f"{len(self.firms)} firms, {len(self.ties)} ties, {len(self.memberships)} memberships"
        return f"Territory({self.name!r}, {self.status}: {held})"


def load_territory(folder: Path | str, *, processed: Path | str | None = None) -> Territory:
    """Read and check a territory."""
    folder = Path(folder)
    about = tomllib.loads((folder / "territory.toml").read_text(encoding="utf-8"))
    if "simulate" in about:
        from slpi.simulate import simulate

        firms, ties, memberships = simulate(**about["simulate"])
    else:
        text = {name: pd.read_csv(folder / f"{name}.csv", dtype=str) for name in ("firms", "ties", "memberships")}
        firms, ties, memberships = text["firms"].set_index("firm_id"), text["ties"], text["memberships"]
        firms = firms.astype({"x": float, "y": float, "jobs": float}).assign(ess=firms["ess"] == "1")
        ties = ties.astype({"weight": float, "date_from": float, "date_to": float}).assign(directed=ties["directed"] == "1")
    none = pd.DataFrame(columns=["what", "why", "count", "keys"])
    head = {key: str(about.get(key, "")) for key in ("name", "status", "source", "licence")}
    return Territory(**head, firms=firms, ties=ties, memberships=memberships, set_aside=none)


def layer(
    territory: Territory,
    name: str,
    *,
    firms: Iterable[str] | None = None,
    kinds: Iterable[str] | None = None,
    at: float | None = None,
    weighted: bool = False,
    directed: bool = True,
) -> Square:
    """One layer of ties as a sparse matrix with the firms as labels, which every measure of this package takes.

    Parameters
    ----------
    territory : Territory
    name : str
        A layer: productive, financial, institutional, knowledge, thematic.
    firms : iterable of str, optional
        The firms to keep, in this order; all if not given. Ties to others are left out.
    kinds : iterable of str, optional
        The kinds of tie to keep, such as equity; all if not given.
    at : float, optional
        A moment in years: only ties that had begun by then and not ended. A blank date is open on its side.
    weighted : bool
        The sum of the ties' weights in place of 1.
    directed : bool
        False: a tie either way counts for both. True: a directed tie counts from source to target, any other both ways.

    Returns
    -------
    Square
        ``.values`` sparse, ``.labels``; ``.dense()`` gives an array. A layer without ties is all zeros.

    Raises
    ------
    ValueError
        If there is no such layer, or a firm is unknown or stands twice; names the first five.
    """
    from scipy.sparse import coo_array

    refuse([] if name in LAYERS else [repr(name)], "layer: no layer ", f"; there are {', '.join(LAYERS)}")
    labels = territory.firms.index if firms is None else pd.Index(list(firms), name="firm_id")
    refuse(labels[labels.duplicated()].unique(), "firms: twice: ")
    refuse(labels.difference(territory.firms.index), "firms: not in the territory: ")
    ties = territory.ties[territory.ties["layer"] == name]
    if kinds is not None:
        ties = ties[ties["kind"].isin(list(kinds))]
    if at is not None:
        ties = ties[~(ties["date_from"] > at) & ~(ties["date_to"] <= at)]
    ends = np.array([labels.get_indexer(ties["source"]), labels.get_indexer(ties["target"])])
    inside = (ends >= 0).all(axis=0)
    ends, ties = ends[:, inside], ties[inside]
    back = np.ones(len(ties), bool) if not directed else ~ties["directed"].to_numpy(bool)
    weights = ties["weight"].to_numpy(float)
    ends, weights = np.hstack([ends, ends[::-1, back]]), np.concatenate([weights, weights[back]])
    matrix = coo_array((weights, (ends[0], ends[1])), shape=(len(labels),) * 2).tocsr()
    if not weighted:
        matrix.data[:] = 1.0
    return Square(matrix, labels, True)
