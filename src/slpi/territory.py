"""A territory of firms: where they lie, what ties them, which bodies they share.

:func:`load_territory` reads a folder as ``data/README.md`` describes it, CSV or workbook, and refuses it with a list of every fault.
Coordinates become metres of Lambert-93, dates years with decimals: a tie of 2019 begins at 2019.0 and ends at 2020.0, NaN where the date
is blank. What is read and not kept, or not as it was written, is counted in ``set_aside``.

``python -m slpi.territory new NAME`` copies the template, ``check NAME`` tells what a territory holds or all that is wrong with it,
``adapt KIND FILE --to NAME`` turns an export into ties or memberships (see :mod:`slpi.adapters`).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from slpi.areas import aside
from slpi.labelled import Square, listed, refuse, require_one_of, require_unique
from slpi.sheets import Fault, SheetError, begun, near, no_folder, ordered, shortly
from slpi.territory_sheets import COLUMNS, KINDS, LAYERS, Sheet, TerritoryError, check, frame_named, read_head, read_sheets
from slpi.verdicts import count

__all__ = ["KINDS", "LAYERS", "Territory", "TerritoryError", "described", "layer", "load_firms", "load_territory", "main", "new"]


@dataclass(frozen=True, eq=False, repr=False)
class Territory:
    """Firms, their ties and their memberships.

    Attributes
    ----------
    name, status, source, licence : str
        As territory.toml says them; status is ``measured`` or ``simulated``.
    firms : DataFrame, index firm_id
        name, role (firm, financier, public), x, y (metres, Lambert-93), naf (25.62B), legal_form, ess (bool), jobs (float), group_id. Text
        and numbers are NaN where blank.
    ties : DataFrame
        source, target, layer, kind, weight (float; of equity a share from 0 to 1), directed (bool), date_from, date_to (float: years with
        decimals, the end exclusive, NaN where blank).
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


# The door.


def load_territory(folder: Path | str, *, processed: Path | str | None = None) -> Territory:
    """Read and check a territory.

    Sheets are CSV (UTF-8 or Latin-1; comma, semicolon or tab; a decimal comma where none separates) or one workbook (.xlsx) with sheets of
    the same names. SIREN and SIRET get lost leading zeros back. Firms without a place are set aside with their ties and memberships.

    Parameters
    ----------
    folder : Path or str
        Holds territory.toml and firms, ties and memberships; a ``[simulate]`` table in territory.toml takes the place of these. It may lie
        anywhere.
    processed : Path or str, optional
        Where the sheets of a simulated territory are written, for people to look at.

    Returns
    -------
    Territory

    Raises
    ------
    TerritoryError
        Lists every fault in every file: file, row, column, value, and what would be right.

    Examples
    --------
    >>> load_territory("no/such/valley")
    Traceback (most recent call last):
    ...
    slpi.territory_sheets.TerritoryError: valley: no/such is no folder; one elsewhere is given by its whole path
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise TerritoryError([Fault(folder.name, 0, "", no_folder(folder, "territory"))])
    about, faults = read_head(folder)
    if "simulate" in about:
        return _simulated(folder, about, faults, processed)
    return _settled(*_checked(folder, about, faults, COLUMNS), about)


def load_firms(folder: Path | str) -> pd.DataFrame:
    """The firms of a territory, checked like a whole one, while its ties are still to come; those without a place among them.

    Raises
    ------
    TerritoryError
        Lists every fault in territory.toml and the sheet firms.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise TerritoryError([Fault(folder.name, 0, "", no_folder(folder, "territory"))])
    about, faults = read_head(folder)
    _, frames = _checked(folder, about, faults, ["firms"])
    return frames["firms"].set_index("firm_id")


def _checked(
    folder: Path, about: Mapping[str, Any], faults: list[Fault], tables: Collection[str]
) -> tuple[dict[str, Sheet], dict[str, pd.DataFrame]]:
    """The tables as sheets and as frames, if they have no fault."""
    sheets, more = read_sheets(folder, tables)
    frames = {table: sheet.frame() for table, sheet in sheets.items()}
    if "firms" in frames:
        check(sheets, frames, about)
    faults = [*faults, *more, *(fault for sheet in sheets.values() for fault in sorted(sheet.faults, key=lambda fault: fault[:2]))]
    if faults:
        raise TerritoryError(dict.fromkeys(faults))
    return sheets, frames


def _settled(sheets: Mapping[str, Sheet], frames: Mapping[str, pd.DataFrame], about: Mapping[str, str]) -> Territory:
    """The territory of sheets without fault."""
    from pyproj import Transformer

    firms, ties = frames["firms"].set_index("firm_id"), frames["ties"]
    memberships = frames.get("memberships", pd.DataFrame({column: pd.Series(dtype="str") for column in COLUMNS["memberships"]}))
    sheets["firms"].note_blanks(firms.index)
    sheets["ties"].note_blanks(ties["source"] + " – " + ties["target"])
    firms["name"] = firms["name"].fillna(firms.index.to_series())
    done = [row for sheet in sheets.values() for row in sheet.aside]
    if "memberships" not in sheets:
        done.append(("memberships", "no such sheet: none are known", []))
    placeless = firms.index[firms["x"].isna()]
    lost = {"ties": ties[["source", "target"]].isin(placeless).any(axis=1), "memberships": memberships["firm_id"].isin(placeless)}
    if len(placeless):
        done.append(("firms", "x and y are blank", list(placeless)))
        done.append(("ties", "one end is a firm without a place", list((ties["source"] + " – " + ties["target"])[lost["ties"]])))
        member = memberships["firm_id"] + " – " + memberships["body_id"]
        done.append(("memberships", "of a firm without a place", list(member[lost["memberships"]])))
    firms = firms[firms["x"].notna()]
    stated = frame_named(about["crs"])
    if stated is not None and stated.epsg != 2154:
        x, y = Transformer.from_crs(stated.epsg, 2154, always_xy=True).transform(firms["x"].to_numpy(), firms["y"].to_numpy())
        firms = firms.assign(x=x, y=y)
    return Territory(
        **{key: about[key] for key in ("name", "status", "source", "licence")},
        firms=firms,
        ties=ties[~lost["ties"]].reset_index(drop=True),
        memberships=memberships[~lost["memberships"]].reset_index(drop=True),
        set_aside=aside(*done),
    )


def _simulated(folder: Path, about: dict[str, Any], faults: list[Fault], processed: Path | str | None) -> Territory:
    """The territory that the [simulate] table of territory.toml asks for."""
    import inspect

    from slpi.simulate import simulate

    known, table = inspect.signature(simulate).parameters, about["simulate"]
    faults += [
        Fault("territory.toml", 0, key, f"[simulate] has no {key!r}{near(key, known) or '; it takes ' + ', '.join(known)}")
        for key in table
        if key not in known
    ]
    faults += [Fault(path.name, 0, "", "is there, but [simulate] makes the firms; delete one") for path in sorted(folder.glob("firms.*"))]
    if faults:
        raise TerritoryError(faults)
    try:
        firms, ties, memberships = simulate(**table)
    except (ValueError, TypeError) as error:
        raise TerritoryError([Fault("territory.toml", 0, "simulate", f"[simulate]: {error}")]) from error
    if processed is not None:
        Path(processed).mkdir(parents=True, exist_ok=True)
        for name, frame in {"firms": firms.reset_index(), "ties": ties, "memberships": memberships}.items():
            frame.to_csv(Path(processed) / f"{name}.csv", index=False, encoding="utf-8", lineterminator="\n")
    head = {key: about[key] for key in ("name", "status", "source", "licence")}
    return Territory(**head, firms=firms, ties=ties, memberships=memberships, set_aside=aside())


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

    require_one_of(name, "layer", LAYERS)
    labels = territory.firms.index if firms is None else pd.Index(list(firms), name="firm_id")
    require_unique(labels, "firms", "firm")
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


# The command line.

TERRITORIES = Path(__file__).resolve().parents[2] / "data" / "raw" / "territories"


def new(name: str, *, among: Path | str = TERRITORIES) -> Path:
    """Copy the template to a new territory; its folder.

    Raises
    ------
    TerritoryError
        If the name is no name for a folder, or there is a territory of that name: nothing is written over.
    """
    return begun(name, Path(among), "territory", TerritoryError, like="my_valley")


def described(territory: Territory) -> str:
    """What a territory holds, a line each: firms by role, ties by layer and kind, memberships by kind, and what was set aside."""
    firms, ties, memberships = territory.firms, territory.ties, territory.memberships
    known = {"with jobs": firms["jobs"].notna(), "with an industry": firms["naf"].notna(), "in a group": firms["group_id"].notna()}
    lines = [f"{territory.name} ({territory.status}; {territory.source}; {territory.licence})"]
    lines.append(
        f"  {count(len(firms), 'place')}: {_counted(firms['role'])}; " + ", ".join(f"{n.sum():,} {what}" for what, n in known.items())
    )
    lines.append(f"    {firms['ess'].sum():,} of the social and solidarity economy")
    lines.append(f"  {count(len(ties), 'tie')}" + (f", {ties['date_from'].notna().sum():,} with a beginning" if len(ties) else ""))
    lines += [f"    {name}: {len(some):,} ({_counted(some['kind'].fillna('no kind'))})" for name, some in ties.groupby("layer")]
    bodies = count(memberships["body_id"].nunique(), "body", "bodies")
    kinds = f": {_counted(memberships['kind'])}" if len(memberships) else ""
    lines.append(f"  {count(len(memberships), 'membership')} in {bodies}{kinds}")
    lines += _set_aside(territory.set_aside)
    return "\n".join(lines)


def _counted(words: pd.Series) -> str:
    return ", ".join(f"{count:,} {word}" for word, count in words.value_counts().sort_index().items())


def _set_aside(rows: pd.DataFrame) -> list[str]:
    said = [
        f"{row.what}: {row.count:,}, {row.why}" + (f" ({listed(row.keys.split(', '))})" if row.keys else "")
        for row in rows.itertuples(name="Row")
    ]
    return ["  noted:", *(f"    {line}" for line in said)] if said else []


def main(arguments: list[str] | None = None) -> int:
    """``python -m slpi.territory``: 0 where all is well, 2 where what was given cannot be taken."""
    import argparse
    import sys

    from slpi import adapters

    parser = argparse.ArgumentParser(prog="python -m slpi.territory", description="Begin, check and fill a territory of firms.")
    commands = parser.add_subparsers(dest="command", required=True)
    place = "a name below data/raw/territories, or the path of a folder elsewhere"
    commands.add_parser("new", help="copy the template").add_argument("name")
    commands.add_parser("check", help="tell what a territory holds, or all that is wrong with it").add_argument("folder", help=place)
    adapt = commands.add_parser("adapt", help="turn an export into ties or memberships")
    adapt.add_argument("kind", help="; ".join(f"{kind}: {columns}" for kind, columns in adapters.LISTS.items()))
    adapt.add_argument("file", help="CSV or workbook")
    adapt.add_argument("--to", required=True, metavar="FOLDER", help=place)
    adapt.add_argument("--body", default="", help="of a list of the members of one body: which")
    adapt.add_argument("--kind", dest="body_kind", default="", help=f"and what it is: {', '.join(KINDS)}")
    parser.add_argument("--among", default=TERRITORIES, metavar="FOLDER", help="where territories lie, if not in data/raw/territories")
    given = parser.parse_args(arguments)
    try:
        if given.command == "new":
            folder = new(given.name, among=given.among)
            print(f"→ {shortly(folder)}: write your firms over those of the example, then: make territory CHECK={given.name}")
        elif given.command == "check":
            found = load_territory(Path(given.among) / Path(given.folder).expanduser())
            print(described(found))
            print(ordered("05_proximity", "territory", given.folder, found.source))
        else:
            folder = Path(given.among) / Path(given.to).expanduser()
            print(adapters.adapt(given.kind, given.file, folder, body=given.body, body_kind=given.body_kind))
    except SheetError as error:
        faults = count(len(error.faults), "fault")
        print(error, file=sys.stderr)
        print(faults if given.command == "check" else f"{faults}; nothing was written", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    import sys

    from slpi.territory import main as run  # under its own name: adapters import this module too

    sys.exit(run())
