"""A governance sheet: who sits in a pole, who can decide, on what it lives and who is tied to whom, as its own papers say.

:func:`load_pole` reads a folder as ``data/README.md`` describes it and refuses it with a list of every fault. ``python -m slpi.pole NAME``
(``make pole``) starts such a folder from the template, or says what is still wrong with it.
"""

import argparse
import re
import shutil
import sys
import tomllib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from slpi import corpus, networks
from slpi.corpus import Fault
from slpi.governance import KINDS, NUMBER, composition, resource_mix, voting_power

__all__ = ["CLASSES", "Pole", "PoleError", "centre", "classes", "indicators", "load_pole", "new_pole", "power", "tied", "volunteers"]

POLES = Path(__file__).resolve().parents[2] / "data" / "raw" / "poles"
#: Legal statuses that a sheet may hold, by class. Whether a company meets the conditions of the law on the ESS is said by ``actor``.
LEGAL = {
    "association": ("association",),
    "cooperative": ("scop", "scic", "cae", "cooperative"),
    "mutual or foundation": ("mutual", "foundation"),
    "company": ("sas", "sarl", "sa", "sole_trader", "gie"),
    "public body": ("state", "region", "department", "intermunicipality", "municipality", "university", "chamber", "public_body"),
    "person": ("person",),
}
CLASSES = {status: name for name, statuses in LEGAL.items() for status in statuses}
ACTORS = ("ess", "firm", "authority", "training_research", "support", "citizen")
PUBLIC_ROLES = ("none", "marginal", "facilitator", "delegator", "carrier")
RULES = ("member", "college")
LEVELS = ("strategic", "operational", "technical")
GIVERS = ("board", "users", "members")
_MONEY = KINDS[:2]


class PoleError(ValueError):
    """A sheet cannot be taken; the message lists every fault, one a line. ``faults`` holds them as :class:`slpi.corpus.Fault`."""

    def __init__(self, faults: Collection[Fault]):
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


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


# What a sheet may hold. The door of the corpus reads the files; here is what their columns and they together must meet.

_WORD = corpus._pattern(r"[a-z0-9]+(_[a-z0-9]+)*", "is no kind; write one word in a-z, 0-9 and _, as in shared_staff")
_COUNT = corpus._maybe(corpus._number(0, whole=True))
_AMOUNT = corpus._maybe(corpus._number(0))
_VOTES = corpus._Kind(
    "is no number of votes; write 0 or more, as in 5, 2.5 or 25/3", lambda text: re.fullmatch(NUMBER, text) is not None, number=True
)
_TABLES: dict[str, dict[str, corpus._Kind]] = {
    "members": {
        "member_id": corpus._ID,
        "name": corpus._TEXT,
        "college": corpus._TEXT._replace(silence="every member sits in a college; where there are none, write the actor's kind"),
        "actor": corpus._words(*ACTORS),
        "legal_status": corpus._words(*CLASSES),
        "votes": _VOTES._replace(silence="write 0 for a member without a vote"),
        "seats": _COUNT,
        "volunteer_seats": _COUNT,
        "founder": corpus._maybe(corpus._YES_NO),
    },
    "resources": {
        "line": corpus._TEXT,
        "kind": corpus._words(*KINDS),
        "given_by": corpus._maybe(corpus._words(*GIVERS)),
        "amount": _AMOUNT,
        "hours": _AMOUNT,
    },
    "ties": {"source": corpus._ID, "target": corpus._ID, "kind": _WORD},
    "levels": {
        "body": corpus._TEXT,
        "level": corpus._words(*LEVELS),
        "decides": corpus._YES_NO,
        "seats": corpus._number(1, whole=True),
        "user_seats": _COUNT,
    },
}
_KEYED = ("members", "resources", "levels")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value and abs(value) < float("inf")


def _text(*words: str) -> tuple[Callable[[Any], bool], str]:
    said = f"is none of {', '.join(words)}" if words else "is blank or no text; write it between quotes"
    return lambda value: isinstance(value, str) and (value in words if words else bool(value.strip())), said


_POSITIVE: tuple[Callable[[Any], bool], str] = (lambda value: _is_number(value) and value > 0, "is no number above 0")
_ABOUT: dict[str, tuple[Callable[[Any], bool], str]] = {
    "name": _text(),
    "status": _text("measured", "simulated"),
    "form": _text(),
    "year": (lambda value: type(value) is int and 1800 <= value <= 2100, "is no year; write it as in 2025"),
    "source": _text(),
    "licence": _text(),
    "carrier": _text(*CLASSES),
    "public_role": _text(*PUBLIC_ROLES),
    "rule": _text(*RULES),
    "total_votes": _POSITIVE,
    "quota": _POSITIVE,
    "hourly_rate": _POSITIVE,
    "paid_hours": (lambda value: _is_number(value) and value >= 0, "is no number from 0 on"),
}
_OPTIONAL = ("hourly_rate", "paid_hours")


def load_pole(folder: Path | str, *, forms: Collection[str] = ()) -> Pole:
    """Read and check a governance sheet.

    Parameters
    ----------
    folder : Path or str
        Holds pole.toml, members.csv, resources.csv, ties.csv and levels.csv; commas or semicolons, UTF-8 or Latin-1. The last three may be
        a header alone: what they would say is then not known.
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
    slpi.pole.PoleError: no/such/folder: is no folder; make pole NAME=folder starts one from the template
    """
    folder = Path(folder)
    if not folder.is_dir():
        beside = corpus._near(folder.name, [other.name for other in folder.parent.glob("*/")] if folder.parent.is_dir() else [])
        remedy = f"make pole NAME={folder.name} starts one from the template"
        raise PoleError([Fault(folder.as_posix(), 0, "", f"is no folder{beside}; {remedy}")])
    about, faults = _about(folder / "pole.toml", forms)
    sheets = {}
    for table, kinds in _TABLES.items():
        sheets[table], found = corpus._read(folder / f"{table}.csv", kinds)
        faults += found
        if sheets[table].columns:
            faults += _column_faults(table, sheets[table])
    complete = {table: sheet if set(_TABLES[table]) <= set(sheet.columns) else None for table, sheet in sheets.items()}
    for check in (_member_faults, _resource_faults, _tie_faults, _level_faults):
        faults += check(about, complete)
    if faults:
        order = {name: rank for rank, name in enumerate(["pole.toml", *(f"{table}.csv" for table in _TABLES)])}
        raise PoleError(sorted(dict.fromkeys(faults), key=lambda fault: (order[fault.file], fault.row)))
    frames = {table: corpus._frame(sheets[table], kinds).reset_index(drop=True)[[*kinds]] for table, kinds in _TABLES.items()}
    votes = [row["votes"] for row in sheets["members"].rows.values()]
    members = frames["members"].assign(votes=votes, legal_class=frames["members"]["legal_status"].map(CLASSES)).set_index("member_id")
    keyed = {table: frames[table].set_index(next(iter(_TABLES[table]))) for table in ("resources", "levels")}
    return Pole(dict.fromkeys(_OPTIONAL) | about, members, ties=frames["ties"], **keyed)


def _about(path: Path, forms: Collection[str]) -> tuple[dict[str, Any], list[Fault]]:
    """What pole.toml says, and what is wrong with it."""
    if not path.is_file():
        return {}, [Fault(path.name, 0, "", f"is missing in {path.parent.name}; copy it from the template")]
    text = corpus._decode(path.read_bytes())
    try:
        about = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return {}, [Fault(path.name, 0, "", f"cannot be read: {error}; texts stand between quotes, numbers have a point and no quotes")]
    rows = {key: i for i, line in enumerate(text.splitlines(), 1) for key in re.findall(r"^\s*([\w-]+)\s*=", line)}
    faults = [Fault(path.name, 0, key, f"has no line for {key}") for key in _ABOUT if key not in about and key not in _OPTIONAL]
    tests = _ABOUT | ({"form": _text(*forms)} if forms else {})
    for key, value in about.items():
        if key not in tests:
            faults.append(Fault(path.name, rows.get(key, 0), key, f"{key} is unknown{corpus._near(key, [*tests])}"))
        elif not tests[key][0](value):
            listed = tests[key][1].removeprefix("is none of ").split(", ") if tests[key][1].startswith("is none") else []
            near = corpus._near(str(value), listed)
            said = f"is none of the {len(listed)} forms of forms.csv" if key == "form" and listed else tests[key][1]
            faults.append(Fault(path.name, rows.get(key, 0), key, f"{key} = {value!r} {said}{near}"))
    quota, total = (about.get(key) for key in ("quota", "total_votes"))
    if _is_number(quota) and _is_number(total) and float(quota or 0) > float(total or 0):
        said = f"quota = {quota} is above total_votes = {total}; nothing could pass"
        faults.append(Fault(path.name, rows.get("quota", 0), "quota", said))
    return about, faults


_Sheets = dict[str, "corpus._Sheet | None"]


def _column_faults(table: str, sheet: corpus._Sheet) -> Iterator[Fault]:
    """What each column by itself shows: names, blanks, words, numbers, keys that stand twice."""
    kinds = _TABLES[table]
    for name in [column for column in kinds if column not in sheet.columns]:
        yield Fault(sheet.file, 0, name, f"column {name!r} is missing")
    for name in [column for column in sheet.columns if column not in kinds]:
        near = corpus._near(name, set(kinds) - set(sheet.columns))
        yield Fault(sheet.file, 0, name, f"column {name!r} is unknown{near}")
    first: dict[str, int] = {}
    for row, cells in sheet.rows.items():
        for name in [column for column in kinds if column in sheet.columns]:
            kind, value = kinds[name], cells[name]
            if not value and not kind.blank:
                yield corpus._cell(sheet, row, name, kind.silence)
            elif value and not (value in kind.words if kind.words else kind.test(value)):
                yield corpus._cell(sheet, row, name, kind.wrong, kind.words or None)
        key = cells[next(iter(kinds))]
        if table in _KEYED and key and first.setdefault(key, row) != row:
            yield corpus._cell(sheet, row, next(iter(kinds)), f"stands already in row {first[key]}")


def _member_faults(about: dict[str, Any], sheets: _Sheets) -> Iterator[Fault]:
    if (sheet := sheets["members"]) is None:
        return
    rows = sheet.rows.values()
    if len(rows) < 3:
        yield Fault(sheet.file, 0, "", f"has {len(rows)} members; a pole has three or more")
    elif len({row["college"] for row in rows if row["college"]}) < 2:
        yield Fault(sheet.file, 0, "college", "has one college only; where the statutes know none, write the actor's kind")
    more = "is more than seats = {seats}"
    yield from corpus._where(sheet, "volunteer_seats", more, lambda row: _above(row["volunteer_seats"], row["seats"]))
    votes, total = [row["votes"] for row in rows], about.get("total_votes")
    if votes and all(re.fullmatch(NUMBER, vote) for vote in votes) and _is_number(total):
        held = sum(map(Fraction, votes), Fraction(0))
        if held != Fraction(str(total)):
            written = f"{float(held):.12g}"
            remedy = "correct one of them; a college's share may be written as a fraction, such as 25/3"
            yield Fault(sheet.file, 0, "votes", f"votes add up to {written}, pole.toml has total_votes = {total}; {remedy}")


def _above(low: str, high: str) -> bool:
    return bool(corpus._as_float(low) > corpus._as_float(high or "0"))


def _resource_faults(about: dict[str, Any], sheets: _Sheets) -> Iterator[Fault]:
    if (sheet := sheets["resources"]) is None:
        return
    for row, cells in sheet.rows.items():
        money = cells["kind"] in _MONEY
        if bool(cells["amount"]) == bool(cells["hours"]):
            both = "both amount and hours" if cells["amount"] else "neither amount nor hours"
            yield Fault(sheet.file, row, "amount", f"line {cells['line']!r} has {both}; write one of them")
        if money and cells["hours"]:
            yield corpus._cell(sheet, row, "hours", f"stands on a {cells['kind']} line; hours are non-monetary")
        if money and cells["given_by"]:
            yield corpus._cell(sheet, row, "given_by", f"stands on a {cells['kind']} line; it is for non-monetary ones")
        if cells["hours"] and not cells["given_by"] and not money:
            yield corpus._cell(sheet, row, "given_by", f"hours are given by someone: {', '.join(GIVERS)}")
    if any(cells["hours"] for cells in sheet.rows.values()) and about and about.get("hourly_rate") is None:
        said = "has no line for hourly_rate; resources.csv has hours, say how many euros one stands for"
        yield Fault("pole.toml", 0, "hourly_rate", said)


def _tie_faults(about: dict[str, Any], sheets: _Sheets) -> Iterator[Fault]:
    sheet, members = sheets["ties"], sheets["members"]
    if sheet is None:
        return
    known = {row["member_id"] for row in members.rows.values()} if members else None
    first: dict[tuple[str, ...], int] = {}
    for row, cells in sheet.rows.items():
        for end in ("source", "target"):
            if known is not None and cells[end] and cells[end] not in known:
                yield corpus._cell(sheet, row, end, "is no member of members.csv", known)
        if cells["source"] == cells["target"] and cells["source"]:
            yield corpus._cell(sheet, row, "target", "is tied to itself; strike the row")
        pair = (*sorted((cells["source"], cells["target"])), cells["kind"])
        if first.setdefault(pair, row) != row:
            yield Fault(sheet.file, row, "source", f"{pair[0]} and {pair[1]} have this tie already in row {first[pair]}; keep one")


def _level_faults(about: dict[str, Any], sheets: _Sheets) -> Iterator[Fault]:
    sheet, members = sheets["levels"], sheets["members"]
    if sheet is None:
        return
    yield from corpus._where(sheet, "user_seats", "is more than seats = {seats}", lambda row: _above(row["user_seats"], row["seats"]))
    seats = [corpus._as_float(row["seats"]) for row in members.rows.values()] if members else []
    for row, cells in sheet.rows.items():
        if cells["body"] == "board" and seats and sum(seats) == sum(seats) and sum(seats) != corpus._as_float(cells["seats"]):
            yield corpus._cell(sheet, row, "seats", f"is not the {sum(seats):g} seats that members.csv gives; correct one of them")


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
        college where colleges vote as one, with the highest Banzhaf power), strongest_power, veto (whether it has one). NaN without ties.
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
        half; of seats, what blanks allow); expected (under ``against``), sd, p; against: what the figure is set beside; remark: why there
        is none. NaN and blank where it does not apply.
    """
    rows = [*_figures_of_votes(pole), *_figures_of_members(pole), *_figures_of_resources(pole), *_figures_of_ties(pole, draws, rng)]
    columns = ["indicator", "group", "value", "low", "high", "expected", "sd", "p", "against", "remark"]
    found = pd.DataFrame(rows).reindex(columns=columns).set_index("indicator")
    return found.assign(**{text: found[text].fillna("") for text in ("against", "remark")})


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


def new_pole(name: str, *, poles: Path = POLES) -> Path:
    """Copy the template to a folder of this name; refuses a name that is no identifier."""
    if not re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", name) or name == "template":
        raise PoleError([Fault(name or "NAME", 0, "", "is no name for a pole; write a-z, 0-9 and _, as in make pole NAME=my_pole")])
    return Path(shutil.copytree(poles / "template", poles / name))


def main(arguments: list[str] | None = None) -> int:
    """``python -m slpi.pole NAME``: start a sheet, or check the one of that name; exit code 2 on a bad name or a sheet with faults."""
    parser = argparse.ArgumentParser(prog="python -m slpi.pole", description="Start a governance sheet, or say what is wrong with one.")
    parser.add_argument("name", nargs="?", default="", help="folder of the sheet, new or there already")
    parser.add_argument("--poles", type=Path, default=POLES, help="the folder of all sheets (data/raw/poles)")
    options = parser.parse_args(arguments)
    folder = options.poles / options.name
    try:
        if not options.name or not folder.is_dir():
            new_pole(options.name, poles=options.poles)
            print(f"{folder} is there: fill pole.toml and the tables, then type make pole NAME={options.name} again to check them")
            return 0
        pole = load_pole(folder, forms=_forms(options.poles))
    except PoleError as error:
        n = len(error.faults)
        print(f"{error}\n{n} fault{'s' * (n > 1)}; see data/README.md and the page on governance sheets", file=sys.stderr)
        return 2
    print(f"{pole!r} is in order: make chapter CHAPTER=07_governance PARAMS=pole={options.name}")
    return 0


def _forms(poles: Path) -> list[str]:
    """The forms of the corpus beside the sheets; none where there is no corpus."""
    path = poles.parent / "corpus" / "forms.csv"
    return list(pd.read_csv(path, dtype=str)["form_id"]) if path.is_file() else []


if __name__ == "__main__":
    sys.exit(main())
