"""Exports as registers and secretaries give them, turned into the ties and memberships of a territory.

Column headings are matched loosely, in French and English; firms are known by their identifier or their name. Persons never enter: their
names become keyed hashes (HMAC-SHA-256) under a secret that lies beside the data and is as private as the list itself. Without it nobody
finds a name by hashing guesses.
"""

import difflib
import hashlib
import hmac
import os
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from slpi.areas import aside
from slpi.labelled import listed
from slpi.sheets import Fault, SheetError, csv_cells, near, number, shown, with_point, workbook_cells
from slpi.territory import load_firms
from slpi.territory_sheets import FRENCH, KINDS, digits_of, restored
from slpi.verdicts import count

#: Headings by what they hold, the likeliest first; folded: no accents, lower case, one space between words.
HEADINGS = {
    "owner": "owner id, siren owner, siren actionnaire, siren de l actionnaire, siren detenteur, owner, shareholder, parent, holder, "
    "actionnaire, associe, detenteur, proprietaire, societe mere",
    "owned": "owned id, siren owned, siren filiale, siren de la filiale, siren societe, owned, subsidiary, filiale, societe detenue, "
    "entreprise detenue, participation, company, societe, entreprise, siren",
    "share": "share, stake, percent, pct, ownership, taux, pourcentage, detention, part, capital",
    "firm": "firm id, siren, siret, firm, company, entreprise, societe, adherent, membre, member, raison sociale, denomination, structure",
    "first": "first name, given name, prenom, prenoms",
    "person": "person, nom complet, full name, board member, director, administrateur, dirigeant, mandataire, personne, nom et prenom, "
    "nom prenom, name, nom",
    "body": "body id, body, association, organisation, organization, organisme, instance, reseau, cluster, club, syndicat, groupement",
    "kind": "kind, type, nature, categorie",
    "date_from": "date from, from, since, start, debut, date debut, date de debut, depuis, date d entree",
    "date_to": "date to, to, until, end, fin, date fin, date de fin, jusqu au, date de sortie",
}
#: The lists that can be adapted, by what their columns hold.
LISTS = {"ownership": "owner, owned, share", "board": "firm, person", "members": "firm, body, kind"}
SECRET = "names.secret"
_LOOKED_UP = 200  # names from elsewhere that are compared with those of the territory: it takes time


class AdapterError(SheetError):
    """An export cannot be taken; the message lists every fault, one a line. ``faults`` holds them as a tuple."""


@dataclass(frozen=True, eq=False)
class Adapted:
    """What an export gives a territory.

    Attributes
    ----------
    ties, memberships : DataFrame
        With the columns of a territory's sheets, all text.
    set_aside : DataFrame
        what, why, count, keys: the rows that gave neither.
    """

    ties: pd.DataFrame
    memberships: pd.DataFrame
    set_aside: pd.DataFrame


def ownership(path: Path | str, firms: pd.DataFrame, *, secret: bytes) -> Adapted:
    """Equity ties out of an ownership export: who owns which share of which firm.

    Parameters
    ----------
    path : Path or str
        CSV, or a workbook with one sheet. Owner, owned, share; perhaps from and to. Shares are per cent where a cell or the heading says
        so, or one is above 1.
    firms : DataFrame, index firm_id
        The firms of the territory, with their names.
    secret : bytes
        See :func:`secret_of`.

    Returns
    -------
    Adapted
        A tie for each holding of a firm of the territory in another (layer financial, kind equity, weight the share from 0 to 1). An owner
        from elsewhere becomes a membership of kind ``funder``: under its SIREN if it is named by one, else under a hash, since it may be a
        person. Holdings in firms from elsewhere, and a firm's own shares, are set aside.

    Raises
    ------
    AdapterError
        If a heading is not found, a cell is blank or no share, or a holding stands twice; lists every fault.
    """
    export = _Export(path, "owner", "owned", "share", optional=("date_from", "date_to"))
    owners, owned = export.known("owner", firms), export.known("owned", firms)
    told = any("%" in text for text in export.text["share"]) or re.search("percent|pct|pourcent", _folded(export.heading["share"]))
    shares = export.read("share", lambda text: number(text.replace("%", "").strip()))
    top = 100 if told or any(share is not None and share > 1 for share in shares) else 1
    export.wrong(
        "share", (i for i, share in enumerate(shares) if share is not None and not 0 < share <= top), f"is not above 0 and up to {top}"
    )
    export.refuse_twice("owner", "owned", "date_from")
    export.refuse()
    ties, funders, own = list[tuple[str, ...]](), dict[tuple[str, str], str](), list[str]()
    for i, (source, target) in enumerate(zip(owners, owned, strict=True)):
        if target is None:
            continue
        if source == target:
            own.append(target)
        elif source is None:
            funders[target, outsider(export.text["owner"][i], secret)] = "funder"
        else:
            dates = (export.text["date_from"][i], export.text["date_to"][i])
            ties.append((source, target, "financial", "equity", f"{(shares[i] or 0) / top:.12g}", "1", *dates))
    done = [("firms", "owned, not of the territory", export.elsewhere("owned", owned, firms)), ("firms", "their shares in themselves", own)]
    return _adapted(ties, [(firm, body, kind) for (firm, body), kind in funders.items()], done)


def board(path: Path | str, firms: pd.DataFrame, *, secret: bytes) -> Adapted:
    """Memberships of kind ``board`` out of a list of board members: a person who sits on two boards ties two firms.

    Parameters
    ----------
    path : Path or str
        CSV, or a workbook with one sheet: firm and person, or firm, name and first name.
    firms : DataFrame, index firm_id
        The firms of the territory, with their names.
    secret : bytes
        See :func:`secret_of`. The same secret gives the same person the same hash, whatever the order of name and first name, the case and
        the accents. Namesakes are one.

    Returns
    -------
    Adapted
        body_id is the hash. Seats in firms from elsewhere are set aside.

    Raises
    ------
    AdapterError
        If a heading is not found or a cell is blank; lists every fault.
    """
    export = _Export(path, "firm", "person", optional=("first",))
    found = export.known("firm", firms)
    export.refuse()
    persons = [hashed(f"{first} {name}", secret) for first, name in zip(export.text["first"], export.text["person"], strict=True)]
    return _members(export, firms, found, persons, ["board"] * len(persons))


def members(path: Path | str, firms: pd.DataFrame, *, body: str = "", kind: str = "") -> Adapted:
    """Memberships out of a list of members.

    Parameters
    ----------
    path : Path or str
        CSV, or a workbook with one sheet: firm, body, kind.
    firms : DataFrame, index firm_id
        The firms of the territory, with their names.
    body, kind : str
        Of a list without such columns, as one association gives it.

    Returns
    -------
    Adapted
        Members from elsewhere are set aside.

    Raises
    ------
    AdapterError
        If a heading is not found and not told, or a cell is blank; lists every fault.
    """
    options = {"body": "or say BODY=NAME", "kind": f"or say BODY_KIND=, one of {', '.join(KINDS)}"}
    told = {"body": body, "kind": kind}
    export = _Export(path, "firm", *(role for role in told if not told[role]), remedies=options)
    found = export.known("firm", firms)
    export.refuse()
    kinds = [kind or next((word for start, word in FRENCH.items() if start in _folded(text)), text) for text in export.text["kind"]]
    return _members(export, firms, found, [body or text for text in export.text["body"]], kinds)


def _members(export: "_Export", firms: pd.DataFrame, found: list[str | None], bodies: Iterable[str], kinds: Iterable[str]) -> Adapted:
    rows = [(firm, body, kind) for firm, body, kind in zip(found, bodies, kinds, strict=True) if firm is not None]
    twice = [row[0] for row, again in zip(rows, pd.Series(rows, dtype=object).duplicated(), strict=True) if again]
    done = [("members", "not of the territory", export.elsewhere("firm", found, firms)), ("members", "listed twice, taken once", twice)]
    return _adapted([], list(dict.fromkeys(rows)), done)


def _adapted(ties: list[tuple[str, ...]], memberships: list[tuple[str, ...]], done: list[tuple[str, str, list[str]]]) -> Adapted:
    columns = ["source", "target", "layer", "kind", "weight", "directed", "date_from", "date_to"]
    lost = aside(*(row for row in done if row[2]))
    return Adapted(pd.DataFrame(ties, columns=columns), pd.DataFrame(memberships, columns=["firm_id", "body_id", "kind"]), lost)


# Into a territory.


def adapt(kind: str, path: Path | str, folder: Path | str, *, body: str = "", body_kind: str = "") -> str:
    """Write what an export gives beside a territory's own sheets, as ``ties_KIND.csv`` and ``memberships_KIND.csv``, and say what that is.

    The export stays where it is, and nothing is written over: a second list of members of another body gets a name of its own.

    Raises
    ------
    AdapterError
        As the adapters do, if there is no such kind of list, and if the file that would be written is there.
    slpi.territory.TerritoryError
        If the folder has no territory.toml or its firms have faults.
    """
    if kind not in LISTS:
        kinds = ", ".join(f"{known} ({columns})" for known, columns in LISTS.items())
        raise AdapterError([Fault("KIND", 0, "", f"{shown(kind)} is none of {kinds}{near(kind, LISTS)}")])
    folder = Path(folder).expanduser()
    firms, unkeyed = load_firms(folder), not (folder / SECRET).exists()
    try:
        if kind == "members":
            found = members(path, firms, body=body, kind=body_kind)
            kind = f"members_{re.sub('[^a-z0-9]+', '_', _folded(body))}".rstrip("_")
        else:
            found = {"ownership": ownership, "board": board}[kind](path, firms, secret=secret_of(folder))
        frames = {folder / f"ties_{kind}.csv": found.ties, folder / f"memberships_{kind}.csv": found.memberships}
        written = {file: frame for file, frame in frames.items() if len(frame)}
        if there := [Fault(file.name, 0, "", "is there already; delete it to adapt anew") for file in written if file.exists()]:
            raise AdapterError(there)
    except AdapterError:
        if unkeyed:
            (folder / SECRET).unlink(missing_ok=True)
        raise
    for file, frame in written.items():
        frame.to_csv(file, index=False, encoding="utf-8", lineterminator="\n")
    lines = [f"→ {file.name}: {count(len(frame), 'row')}" for file, frame in written.items()] or [
        "nothing of it concerns the firms of the territory"
    ]
    lines += [
        f"  set aside: {row.what}, {row.why}: {row.count:,} ({listed(row.keys.split(', '))})"
        for row in found.set_aside.itertuples(name="Row")
    ]
    return "\n".join(lines)


# Persons.


def secret_of(folder: Path | str) -> bytes:
    """The secret of a folder, in its file ``names.secret``; made there the first time, for its owner's eyes alone.

    Whoever has it can tell whether a given name is in the data: it is never committed nor handed on. Lists hashed under two secrets do not
    meet: a lost one means to adapt every list anew.
    """
    path = Path(folder).expanduser() / SECRET
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
    except FileExistsError:
        pass
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii"))
    except ValueError:
        secret = b""
    if len(secret) < 16:
        raise AdapterError([Fault(SECRET, 0, "", "is damaged; put back its copy, or delete it and adapt every list of persons anew")])
    return secret


def hashed(name: str, secret: bytes) -> str:
    """A person's hash: 16 hexadecimal digits that the secret and the words of the name give, in any order, whatever the case.

    Examples
    --------
    >>> hashed("Zoé MARTIN", b"sesame") == hashed("martin zoe", b"sesame") != hashed("martin zoe", b"another")
    True
    """
    words = " ".join(sorted(_folded(name).split()))
    return "p" + hmac.new(secret, words.encode(), hashlib.sha256).hexdigest()[:16]


def outsider(owner: str, secret: bytes) -> str:
    """An owner from elsewhere: a SIREN or SIRET stays, anything else may be a person's name and is hashed."""
    digits = re.sub(r"\D", "", owner)
    return digits if len(digits) in (9, 14) and not re.search(r"[^\d\s.]", owner) else hashed(owner, secret)


# Reading.


def _folded(text: str) -> str:
    """Words without accents, in lower case, one space between them; letters of any script stay."""
    plain = unicodedata.normalize("NFKD", text.replace("%", " percent ")).casefold()
    return " ".join(re.findall(r"[^\W_]+", "".join(sign for sign in plain if not unicodedata.combining(sign))))


class _Export:
    """A sheet with headings of its own: text by what the columns hold, blank for those that are not there."""

    def __init__(self, path: Path | str, *needed: str, optional: Iterable[str] = (), remedies: Mapping[str, str] | None = None) -> None:
        path = Path(path).expanduser()
        self.file, self.faults, self.heading = path.name, list[Fault](), dict[str, str]()
        header, rows, decimal_comma = self._cells(path)
        for role in sorted([*needed, *optional], key=[*HEADINGS].index):
            self._find(role, header, role in needed, (remedies or {}).get(role, ""))
        for row, line in rows:
            if len(line) != len(header):
                self.faults.append(Fault(self.file, row, "", f"has {len(line)} fields where the header has {len(header)}"))
        self.refuse()
        self.rows = [row for row, _ in rows]
        self.text = {role: [""] * len(rows) for role in HEADINGS}
        self.text |= {role: [line[header.index(name)] for _, line in rows] for role, name in self.heading.items()}
        if decimal_comma:
            self.text["share"] = [with_point(text) for text in self.text["share"]]
        for role in needed:
            self.wrong(role, (i for i, text in enumerate(self.text[role]) if not _folded(text)), "every row needs one")

    def _cells(self, path: Path) -> tuple[list[str], list[tuple[int, list[str]]], bool]:
        try:
            if path.suffix.lower() not in (".xlsx", ".xls", ".ods"):
                return csv_cells(path)
            book = {name: cells for name, cells in workbook_cells(path).items() if cells.header}
            if len(book) == 1:
                return next(iter(book.values()))
            fault = Fault(
                path.name, 0, "", f"has {len(book)} sheets with something in them ({', '.join(book)}); save the one that is meant alone"
            )
        except SheetError as error:
            raise AdapterError(error.faults) from None
        except OSError as error:
            fault = Fault(path.name, 0, "", f"cannot be read: {error.strerror}")
        raise AdapterError([fault])

    def _find(self, role: str, header: list[str], needed: bool, remedy: str) -> None:
        """The column that holds this: the likeliest heading as it stands, else the only one that has a likely heading's words."""
        free = {name: _folded(name) for name in header if name and name not in self.heading.values()}
        wanted = HEADINGS[role].split(", ")
        exact = [name for heading in wanted for name, plain in free.items() if plain == heading]
        within = [name for name, plain in free.items() if any(set(heading.split()) <= set(plain.split()) for heading in wanted)]
        if exact or len(within) == 1:
            self.heading[role] = (exact or within)[0]
        elif needed:
            said = f"the {role} may be any of the columns {', '.join(map(repr, within))}" if within else f"no column looks like the {role}"
            there = "" if within else f" (there are {', '.join(map(repr, header))})"
            self.faults.append(Fault(self.file, 0, role, f"{said}{there}; head it {wanted[0]!r}{', ' * bool(remedy)}{remedy}"))

    def wrong(self, role: str, rows: Iterable[int], said: str) -> None:
        for i in rows:
            name, value = self.heading[role], self.text[role][i]
            self.faults.append(
                Fault(self.file, self.rows[i], name, f"{name} = {shown(value)} {said}" if _folded(value) else f"{name} is blank; {said}")
            )

    def read(self, role: str, reader: Callable[[str], float]) -> list[float | None]:
        """A column's values; None where blank or wrong, which is a fault."""
        values = list[float | None]()
        for i, text in enumerate(self.text[role]):
            try:
                values.append(reader(text) if text else None)
            except ValueError as error:
                values.append(None)
                self.wrong(role, [i], str(error))
        return values

    def known(self, role: str, firms: pd.DataFrame) -> list[str | None]:
        """The firm of the territory that each cell names, by identifier or name; None for one from elsewhere."""
        ids, digits = {firm.casefold(): firm for firm in firms.index}, digits_of(firms.index)
        named = firms.index.to_series().groupby([_folded(str(name)) for name in firms["name"]]).agg(list).to_dict()
        found = list[str | None]()
        for i, text in enumerate(self.text[role]):
            firm = ids.get(restored(text, digits).casefold())
            same = named.get(_folded(text), []) if firm is None and text else []
            if len(same) > 1:
                self.wrong(role, [i], f"is the name of {', '.join(same)}; write the identifier")
            found.append(firm or (same[0] if same else None))
        return found

    def elsewhere(self, role: str, found: Iterable[str | None], firms: pd.DataFrame) -> list[str]:
        """What names no firm of the territory; where it is nearly the name of one, with that."""
        names = {_folded(str(name)): str(name) for name in firms["name"]}
        said = list[str]()
        for text in dict.fromkeys(text for text, firm in zip(self.text[role], found, strict=True) if firm is None):
            close = difflib.get_close_matches(_folded(text), names, n=1, cutoff=0.85) if len(said) < _LOOKED_UP else []
            said.append(f"{text} ({names[close[0]]}?)" if close else text)
        return said

    def refuse_twice(self, *roles: str) -> None:
        first = dict[tuple[str, ...], int]()
        for i, key in enumerate(zip(*(map(_folded, self.text[role]) for role in roles), strict=True)):
            if first.setdefault(key, i) != i:
                self.faults.append(
                    Fault(self.file, self.rows[i], "", f"says the same as row {self.rows[first[key]]}; keep one, with the sum")
                )

    def refuse(self) -> None:
        if self.faults:
            raise AdapterError(sorted(self.faults, key=lambda fault: fault.row))
