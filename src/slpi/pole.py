"""A governance sheet: who sits in a pole, who can decide, on what it lives and who is tied to whom, as its own papers say.

:func:`load_pole` reads a folder as ``data/README.md`` describes it and refuses it with a list of every fault. ``python -m slpi.pole``
(``make pole``) begins such a folder from the template and says what is still wrong with it.
"""

import argparse
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from slpi import networks
from slpi.governance import composition, resource_mix, voting_power
from slpi.inference import holm
from slpi.pole_sheets import CLASSES, OPTIONAL, TABLES, PoleError, faults_together, read_head, read_tables
from slpi.sheets import Fault, SheetError, begun, no_folder, ordered, shortly
from slpi.verdicts import count, plain

__all__ = [
    "CLASSES",
    "Pole",
    "PoleError",
    "centre",
    "classes",
    "indicators",
    "legal_shares",
    "load_pole",
    "new",
    "power",
    "printed",
    "tied",
    "volunteers",
]

POLES = Path(__file__).resolve().parents[2] / "data" / "raw" / "poles"


@dataclass(frozen=True, eq=False, repr=False)
class Pole:
    """A governance sheet that was checked.

    Attributes
    ----------
    about : dict
        What pole.toml says: name, status (measured, simulated), form, year, source, licence, carrier, public_role, rule (member, college),
        total_votes, quota, hourly_rate and paid_hours (None where left out).
    members : DataFrame, indexed by member_id
        name, college, actor, legal_status, votes (text: a number or a fraction), seats, volunteer_seats (NaN where blank), founder (yes,
        no or NaN), legal_class.
    resources : DataFrame, indexed by line
        kind, given_by, amount (euros), hours.
    ties : DataFrame
        source, target, kind; a tie has no direction.
    levels : DataFrame, indexed by body
        level, decides (yes, no), seats, user_seats.
    """

    about: dict[str, Any]
    members: pd.DataFrame
    resources: pd.DataFrame
    ties: pd.DataFrame
    levels: pd.DataFrame

    def __getattr__(self, name: str) -> Any:
        about = self.__dict__.get("about", {})
        if name in about:
            return about[name]
        raise AttributeError(name)

    def __repr__(self) -> str:
        held = f"{len(self.members)} members, {len(self.resources)} resources, {len(self.ties)} ties, {len(self.levels)} bodies"
        return f"Pole({self.name!r}, {self.status}: {held})"


def load_pole(folder: Path | str, *, forms: Collection[str] = ()) -> Pole:
    """Read and check a governance sheet.

    Parameters
    ----------
    folder : Path or str
        Holds pole.toml and the tables members, resources, ties and levels, as CSV or as sheets of pole.xlsx. The last three may be a header
        alone: what they would say is then not known.
    forms : collection of str
        The forms that ``form`` may name; any where none are given.

    Returns
    -------
    Pole

    Raises
    ------
    PoleError
        Lists every fault in every file: file, row, column, value, and what would be right.

    Examples
    --------
    >>> load_pole("no/such/folder")
    Traceback (most recent call last):
    ...
    slpi.pole_sheets.PoleError: folder: no/such is no folder; one elsewhere is given by its whole path
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise PoleError([Fault(folder.name, 0, "", no_folder(folder, "pole"))])
    head, faults = read_head(folder / "pole.toml", forms)
    tables, wrong = read_tables(folder)
    faults = [*faults, *wrong, *faults_together(head, tables)]
    if faults:
        order = {"pole.toml": 0} | {table.file: rank for rank, table in enumerate(tables.values(), 1)}
        raise PoleError(sorted(dict.fromkeys(faults), key=lambda fault: (order.get(fault.file, 0), fault.row)))
    frames = {name: _frame(name, table.read) for name, table in tables.items()}
    frames["members"]["legal_class"] = frames["members"]["legal_status"].map(CLASSES)
    return Pole(dict.fromkeys(OPTIONAL) | head, **frames)


def _frame(name: str, rows: dict[int, dict[str, Any]]) -> pd.DataFrame:
    numbers = [column for column in TABLES[name] if column in ("seats", "volunteer_seats", "amount", "hours", "user_seats")]
    frame = pd.DataFrame(list(rows.values()), columns=[*TABLES[name]], dtype=object).astype(dict.fromkeys(numbers, float))
    return frame if name == "ties" else frame.set_index(frame.columns[0])


# What a sheet says.


def power(pole: Pole) -> pd.DataFrame:
    """Share of members, of votes and of power of each college.

    Parameters
    ----------
    pole : Pole

    Returns
    -------
    DataFrame, indexed by college, the one with most votes first
        members, member_share, vote_share; bloc_banzhaf, bloc_shapley: power where each college casts its votes as one; free_banzhaf,
        free_shapley: the sum over its members where each casts its own; bloc_veto (nothing passes without the college as one), bloc_dummy.

    Notes
    -----
    ``rule`` of the sheet says which of the two the statutes foresee. Shapley–Shubik shares may be added over members; added Banzhaf shares
    are the part of all swings that members of the college hold.

    Examples
    --------
    >>> power(load_pole(POLES / "exemple"))[["vote_share", "bloc_banzhaf"]].round(2).head(2).to_dict("index")
    {'social enterprises': {'vote_share': 0.4, 'bloc_banzhaf': 0.48}, 'firms': {'vote_share': 0.25, 'bloc_banzhaf': 0.22}}
    """
    votes, colleges = pole.members["votes"].map(Fraction), pole.members["college"]
    grouped = votes.groupby(colleges, sort=False)
    held = grouped.sum().sort_values(ascending=False, kind="stable")
    bloc, free = voting_power(held, pole.quota), voting_power(votes, pole.quota).groupby(colleges).sum()
    found = pd.DataFrame({"members": grouped.size()}).reindex(held.index).assign(vote_share=bloc["weight_share"])
    found.insert(1, "member_share", found["members"] / len(votes))
    for index, name in (("banzhaf", "banzhaf"), ("shapley_shubik", "shapley")):
        found[f"bloc_{name}"], found[f"free_{name}"] = bloc[index], free[index]
    return found.assign(bloc_veto=bloc["veto"], bloc_dummy=bloc["dummy"]).rename_axis("college")


def classes(pole: Pole, column: str = "legal_class") -> tuple[pd.DataFrame, pd.DataFrame]:
    """The composition by legal class, actor or college, as :func:`slpi.governance.composition` gives it."""
    return composition(pole.members[column])


def legal_shares(pole: Pole, actor: str | None = None) -> pd.DataFrame:
    """Count, exact fraction and share of each legal class among all members, or those of one kind of actor; empty if there are none."""
    own = pole.members if actor is None else pole.members[pole.members["actor"] == actor]
    counts = own["legal_class"].value_counts(sort=False)
    fractions = [f"{n}/{len(own)}" for n in counts]
    return pd.DataFrame({"count": counts, "fraction": fractions, "value": counts / max(len(own), 1)}).rename_axis(None)


def volunteers(pole: Pole) -> pd.DataFrame:
    """The part of volunteers in the board and in the work, and of users in the bodies.

    Returns
    -------
    DataFrame
        Rows board_seats (seats held by volunteers), hours (of volunteers and users, over those and the paid ones), user_hours (of users
        alone), user_seats (in all bodies), user_seats_deciding (in bodies that decide). Columns value, low and high: a blank in the sheet
        may hide none or all, so that value is NaN where low and high differ, and all are NaN where nothing is given.
    """
    members, levels, lines = pole.members, pole.levels, pole.resources
    by = lines.groupby("given_by")["hours"].sum()
    given = by.get("board", 0.0) + by.get("users", 0.0)
    work = given + pole.paid_hours if pole.paid_hours is not None else np.nan
    work = work if len(lines) and work > 0 else np.nan
    deciding = levels[levels["decides"] == "yes"]
    rows = {
        "board_seats": _bounds(members["volunteer_seats"], members["seats"]),
        "hours": (given / work,) * 2,
        "user_hours": (by.get("users", 0.0) / work,) * 2,
        "user_seats": _bounds(levels["user_seats"], levels["seats"]),
        "user_seats_deciding": _bounds(deciding["user_seats"], deciding["seats"]),
    }
    found = pd.DataFrame(rows, index=["low", "high"]).T
    return found.assign(value=found["low"].where(found["low"] == found["high"]))[["value", "low", "high"]]


def _bounds(part: pd.Series, whole: pd.Series) -> tuple[float, float]:
    """Lowest and highest share that the blanks of the part allow; NaN where the whole is not known."""
    if whole.isna().any() or not whole.sum() > 0:
        return np.nan, np.nan
    return float(part.fillna(0).sum() / whole.sum()), float(part.fillna(whole).sum() / whole.sum())


def tied(pole: Pole) -> pd.DataFrame:
    """Who is tied to whom, by any kind of tie: a symmetric table of 0 and 1 of all members."""
    found = pd.DataFrame(0, pole.members.index, pole.members.index)
    for source, target in pole.ties[["source", "target"]].itertuples(index=False):
        found.loc[source, target] = found.loc[target, source] = 1
    return found


def centre(pole: Pole) -> pd.Series:
    """Who stands at the centre of the ties, and who could decide most.

    Returns
    -------
    Series
        tied (member with most ties), ties, reach (its ties over all others), centralisation (of degree, 0 to 1), strongest (member, or
        college where colleges vote as one, with the highest Banzhaf power), as_strong (how many others have as much), strongest_power, veto
        (whether it has one). NaN without ties.
    """
    ties = tied(pole).sum(axis=1)
    top, n = ties.max(), len(ties)
    votes = pole.members["votes"].map(Fraction)
    if pole.rule == "college":
        votes = votes.groupby(pole.members["college"], sort=False).sum()
    found = voting_power(votes, pole.quota)
    strongest = found["banzhaf"].idxmax()
    spread = float((top - ties).sum() / ((n - 1) * (n - 2))) if top else np.nan
    held: dict[str, Any] = {"tied": ties.idxmax() if top else np.nan, "ties": top, "reach": top / (n - 1), "centralisation": spread}
    held["as_strong"] = int(np.isclose(found["banzhaf"], found["banzhaf"].max()).sum()) - 1
    held |= {"strongest": strongest, "strongest_power": found.loc[strongest, "banzhaf"], "veto": found.loc[strongest, "veto"]}
    return pd.Series(held, dtype=object)


def indicators(pole: Pole, *, draws: int = 999, rng: np.random.Generator | int = 0) -> pd.DataFrame:
    """Every figure of a sheet, with its range and with what it would be without what it is a sign of.

    Parameters
    ----------
    pole : Pole
    draws : int
        Networks drawn for each comparison.
    rng : Generator or int
        A number starts each comparison anew.

    Returns
    -------
    DataFrame, indexed by indicator
        group; value; low and high (of compositions, if any one member left; of resources, if the rate of an hour were half or once and a
        half; of seats, what blanks allow); expected (under ``against``), sd, p, and p_holm, corrected for the figures of ties that stand
        side by side; against: what the figure is set beside; remark: why there is none. NaN and blank where it does not apply.
    """
    rows = [*_figures_of_votes(pole), *_figures_of_members(pole), *_figures_of_resources(pole), *_figures_of_ties(pole, draws, rng)]
    columns = ["indicator", "group", "value", "low", "high", "expected", "sd", "p", "p_holm", "against", "remark"]
    found = pd.DataFrame(rows).reindex(columns=columns).set_index("indicator")
    found["p_holm"] = holm(found["p"].astype(float))
    return found.assign(**{text: found[text].fillna("") for text in ("against", "remark")})


def printed(found: pd.DataFrame) -> pd.DataFrame:
    """The figures of a sheet for a page: corrected p alone, and one note that says what stands beside a figure or why there is none."""
    note = found["remark"].where(found["remark"] != "", found["against"])
    return found.assign(p=found["p_holm"], note=note)[["value", "low", "high", "expected", "p", "note"]]


def members_printed(pole: Pole) -> pd.DataFrame:
    """The members of a sheet for a page: what each is, its votes and its seats, in words."""
    columns = ["college", "actor", "legal_status", "votes", "seats", "volunteer_seats", "founder"]
    found = pole.members.set_index("name")[columns]
    words = {"actor": found["actor"].map(plain), "legal_status": found["legal_status"].map(_capitals)}
    return found.assign(**words).rename(columns=plain)


def _capitals(status: str) -> str:
    return status.upper() if status in ("scop", "scic", "cae", "sas", "sarl", "sa", "gie") else plain(status)


_Figures = Iterator[dict[str, Any]]


def _figures_of_votes(pole: Pole) -> _Figures:
    found, votes = power(pole), pole.members["votes"].map(Fraction)
    equal = {"group": "power", "against": "the same for all"}
    squares = {"votes": ((votes / sum(votes)).astype(float) ** 2).sum(), "power_of_colleges": (found["bloc_banzhaf"] ** 2).sum()}
    for name, n in (("votes", len(votes)), ("power_of_colleges", len(found))):
        yield equal | {"indicator": f"concentration_of_{name}", "value": squares[name], "expected": 1 / n}
        yield equal | {"indicator": f"effective_holders_of_{name}", "value": 1 / squares[name], "expected": float(n)}
    for index in ("banzhaf", "shapley"):
        kept = found[f"bloc_{index}"]
        same = {"group": "power", "against": "its share of the votes"}
        yield same | {"indicator": f"highest_{index}_of_a_college", "value": kept.max(), "expected": found["vote_share"][kept.idxmax()]}


def _figures_of_members(pole: Pole) -> _Figures:
    for column in ("college", "actor", "legal_class"):
        if pole.members[column].nunique() > 1:
            row = classes(pole, column)[1].loc["pairs"]
            yield {"indicator": f"diversity_by_{column}", "group": "members", **row[["value", "low", "high"]].to_dict()}
    votes = pole.members["votes"].map(Fraction)
    founder = pole.members["founder"].map({"yes": 1.0, "no": 0.0})
    private = (pole.members["legal_class"] != "public body").astype(float)
    for who, holds in {"founders": founder, "private_members": private, "ess": (pole.members["actor"] == "ess").astype(float)}.items():
        low, high = (float((votes * holds.fillna(blank).map(Fraction)).sum() / votes.sum()) for blank in (0.0, 1.0))
        row = {"indicator": f"votes_of_{who}", "group": "members", "value": low if low == high else np.nan, "low": low, "high": high}
        beside = {"expected": holds.mean(), "against": "their share of the members"}
        yield row | (beside if low == high else {"remark": "blanks leave it open"})
    for name, row in volunteers(pole).iterrows():
        silent = "the sheet does not say" if row.isna().all() else "blanks leave it open" if np.isnan(row["value"]) else ""
        yield {"indicator": f"volunteer_{name}".replace("volunteer_user", "user"), "group": "volunteers", **row.to_dict(), "remark": silent}


def _figures_of_resources(pole: Pole) -> _Figures:
    if pole.resources.empty:
        yield {"indicator": "non_market_share", "group": "resources", "remark": "the sheet gives no resources"}
        return
    mix = resource_mix(pole.resources, hourly_rate=pole.hourly_rate)
    for name in ("market", "non-market", "non-monetary", "hybridity"):
        row = mix[name]
        ends = {"value": row["stated"], "low": row.min(), "high": row.max()}
        yield {"indicator": name.replace("-", "_") + "_share" * (name != "hybridity"), "group": "resources", **ends}


def _figures_of_ties(pole: Pole, draws: int, rng: np.random.Generator | int) -> _Figures:
    matrix, members = tied(pole), pole.members
    alike, same = "networks in which each has as many ties", "networks of as many members and ties"
    asked: list[tuple[str, str, Callable[[], Any]]] = [
        ("degree_centralisation", same, lambda: networks.centralisation(matrix, "degree", draws=draws, rng=rng)),
        ("betweenness_centralisation", alike, lambda: networks.centralisation(matrix, "betweenness", draws=draws, rng=rng)),
        ("core_periphery_fit", alike, lambda: networks.core_periphery(matrix, draws=draws, rng=rng)),
        ("assortativity_by_legal_class", alike, lambda: networks.assortativity(matrix, members["legal_class"], draws=draws, rng=rng)),
        ("assortativity_by_actor", alike, lambda: networks.assortativity(matrix, members["actor"], draws=draws, rng=rng)),
        ("liaisons_between_actors", alike, lambda: _liaisons(networks.brokerage(matrix, members["actor"], draws=draws, rng=rng)[0])),
    ]
    for name, against, measure in asked:
        row = {"indicator": name, "group": "ties", "against": against}
        try:
            found = measure()
            yield row | {"value": found.value, "expected": found.null_mean, "sd": found.null_sd, "p": found.p}
        except ValueError as error:  # a network too small or too even for the measure, which says so
            yield row | {"remark": str(error) if len(pole.ties) else "the sheet gives no ties"}


def _liaisons(roles: pd.DataFrame) -> networks.Compared:
    """How often one of a third kind stands between two of different kinds that are not tied themselves, each path counted both ways."""
    row = roles.loc["liaison"]
    return networks.Compared(row["count"], row["expected"], row["sd"], row["p"], row["p_error"], 0)


def new(name: str, *, among: Path | str = POLES) -> Path:
    """Copy the template to a new sheet; its folder.

    Raises
    ------
    PoleError
        If the name is no name for a folder, or there is a sheet of that name: nothing is written over.
    """
    return begun(name, Path(among), "pole", PoleError, like="my_pole")


def described(pole: Pole) -> str:
    """What a sheet holds, in a few lines, and what it leaves unsaid."""
    members, about = pole.members, pole.about
    lines = [f"{pole.name} ({pole.status}; {pole.source}; {pole.licence})"]
    lines.append(f"  {len(members)} members in {members['college'].nunique()} colleges, {pole.quota:g} of {pole.total_votes:g} votes carry")
    lines.append(f"  {len(pole.resources)} resources, {len(pole.ties)} ties, {len(pole.levels)} bodies")
    blank = [f"{column} of {count(int(members[column].isna().sum()), 'member')}" for column in ("seats", "volunteer_seats", "founder")]
    blank = [said for said in blank if " of 0 " not in said] + [f"{key} in pole.toml" for key in OPTIONAL if about[key] is None]
    blank += [f"{name}.csv" for name in ("resources", "ties", "levels") if getattr(pole, name).empty]
    return "\n".join([*lines, f"  not said: {', '.join(blank) or 'nothing'}"])


def main(arguments: list[str] | None = None) -> int:
    """``python -m slpi.pole``: 0 where all is well, 2 where what was given cannot be taken."""
    parser = argparse.ArgumentParser(prog="python -m slpi.pole", description="Begin and check a governance sheet.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("new", help="copy the template").add_argument("name")
    check = commands.add_parser("check", help="tell what a sheet holds, or all that is wrong with it")
    check.add_argument("folder", help="a name below data/raw/poles, or the path of a folder elsewhere")
    parser.add_argument("--among", type=Path, default=POLES, metavar="FOLDER", help="where sheets lie, if not in data/raw/poles")
    given = parser.parse_args(arguments)
    try:
        if given.command == "new":
            folder = new(given.name, among=given.among)
            print(f"→ {shortly(folder)}: write your pole over the example in it, then: make pole CHECK={given.name}")
        else:
            found = load_pole(given.among / Path(given.folder).expanduser(), forms=_forms(given.among))
            print(described(found))
            print(ordered("07_governance", "pole", given.folder, found.source))
    except SheetError as error:
        told = count(len(error.faults), "fault") + "; nothing was written" * (given.command == "new")
        print(f"{error}\n{told}", file=sys.stderr)
        return 2
    return 0


def _forms(poles: Path) -> list[str]:
    """The forms of the corpus beside the sheets; none where there is no corpus."""
    path = poles.parent / "corpus" / "forms.csv"
    return list(pd.read_csv(path, dtype=str)["form_id"]) if path.is_file() else []


if __name__ == "__main__":
    sys.exit(main())
