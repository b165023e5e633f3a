"""Readers of the national open data: each source as one tidy table, checked at the door, and what was set aside of it.

A reader takes the file as it was downloaded and returns its table with a small table of what was set aside and why. Keys are text with
their leading zeros; every outline is in Lambert-93 (EPSG:2154), the one to take distances in. :func:`prepared` converts each source once.
"""

import ast
import difflib
import hashlib
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from slpi import areas
from slpi.areas import aside, commune_of, is_metropolitan
from slpi.corpus import Fault
from slpi.labelled import SHOWN, listed

LAMBERT_93, LAMBERT_2 = 2154, 27572
#: Cities that the sources count once whole and once by arrondissement, and how the codes of their arrondissements begin.
CITIES = {"13055": "132", "69123": "6938", "75056": "751"}
#: Metropolitan France in Lambert II étendu, metres: west, south, east, north.
REACH = (0.0, 1.6e6, 1.3e6, 2.7e6)

Read = tuple[pd.DataFrame, pd.DataFrame]


class DataError(ValueError):
    """A file cannot be taken; the message lists every fault, one a line. ``faults`` holds them as a tuple of :class:`slpi.corpus.Fault`."""

    def __init__(self, faults: Collection[Fault], remedy: str = "make data fetches a damaged download again"):
        self.faults = tuple(faults)
        super().__init__("\n".join([*map(str, self.faults), remedy]))


@dataclass(frozen=True, eq=False)
class Prepared:
    """A table, what was set aside of its source (what, why, count, keys), and who produced the data; prints what was set aside."""

    name: str
    table: Any
    set_aside: pd.DataFrame
    producer: str

    def __str__(self) -> str:
        said = [f"{row.count:,} {row.what} ({row.why}): {listed(row.keys.split(', '))}" for row in self.set_aside.itertuples() if row.keys]
        return "\n  ".join([f"{self.name} ({self.producer}): {len(self.table):,} rows", *said])


# What a column holds.


class _Rule(NamedTuple):
    pattern: str
    wrong: str
    dtype: str = "str"
    blank: bool = False


_TEXT = _Rule(r"(?s).*\S.*", "is blank")
_ANY = _Rule(r"(?s).*", "")
_COMMUNE = _Rule(r"(\d\d|2[AB])\d{3}", "is no commune; its INSEE code has five characters, as 01001 or 2A004")
_DEPARTEMENT = _Rule(r"\d\d|2[AB]|97\d", "is no département; its code has two or three characters, as 01, 2A or 971")
_REGION = _Rule(r"\d\d", "is no région; its code has two digits")
_ZONE = _Rule(r"\d{4}", "is no zone d'emploi; its code has four digits")
_EPCI = _Rule(r"\d{9}|Z{9}", "is no EPCI; write the nine digits of its SIREN, or ZZZZZZZZZ for none")
_EPCI_EPT = _Rule(r"\d{9}(/\d{9})?|NR", "is no EPCI; write its nine digits, /, nine of an EPT where there is one, or NR for none")
_SIRENS = _Rule(r"\d{9}(, \d{9})*", "is no list of SIREN; write nine digits each, separated by a comma and a blank")
_NAF = _Rule(r"\d\d\.?\d\d[A-Z]", "is no NAF sub-class; write four digits and a letter, as 25.71Z")
_SIRET = _Rule(r"\d{14}", "is no SIRET; it has 14 digits")
_POSTCODE = _Rule(r"\d{5}", "is no postcode; it has five digits")
_TERRITORY = _Rule(r"ti-\d{4}", "is no territory; it reads ti- and four digits")
_DATE = _Rule(r"\d{4}-\d\d-\d\d", "is no date; write YYYY-MM-DD")
_KIND = _Rule("merged|split|renumbered", "is none of merged, split, renumbered")
_COUNT = _Rule(r"\d+", "is no whole number from 0 on", "int64")
_AMOUNT = _Rule(r"\d+(\.\d+)?", "is no number from 0 on", "float64", blank=True)
_METRES = _Rule(r"-?\d+(\.\d+)?", "is no number of metres", "float64")

_Columns = Mapping[str, tuple[str, _Rule]]


def _named(rule: _Rule, pairs: str) -> dict[str, tuple[str, _Rule]]:
    """Columns of one kind: what the source calls each, and what the table does."""
    return {source: (name, rule) for source, name in (pair.split("=") for pair in pairs.split())}


SECTORS = tuple(f"establishments_{sector}" for sector in ("agriculture", "industry", "construction", "services", "public"))
_CELLS = _named(_NAF, "naf=naf") | _named(_DEPARTEMENT, "departement=departement") | _named(_COUNT, "establishments=establishments")
_COMPARATEUR = _named(_COMMUNE, "CODGEO=commune") | _named(
    _AMOUNT,
    "P18_POP=population SUPERF=area_km2 P18_EMPLT=jobs P18_EMPLT_SAL=salaried_jobs P13_EMPLT=jobs_2013 P18_ACT1564=active "
    "P18_CHOM1564=unemployed ETTOT18=establishments ETAZ18=establishments_agriculture ETBE18=establishments_industry "
    "ETFZ18=establishments_construction ETGU18=establishments_services ETGZ18=establishments_trade ETOQ18=establishments_public "
    "ETTEF118=establishments_1_to_9 ETTEFP1018=establishments_10_or_more",
)
_COMPARATEUR_MORE = (
    "P13_POP NAIS1318 DECE1318 P18_MEN NAISD20 DECESD20 P18_LOG P18_RP P18_RSECOCC P18_LOGVAC P18_RP_PROP NBMENFISC19 PIMP19 MED19 TP6019 "
    "P18_POP1564"
)
_LEVELS = {"DEP": "departement", "REG": "region", "EPCI": "epci", "ZE2020": "zone"}
_GEOGRAPHY = _named(_COMMUNE, "CODGEO=commune") | _named(_TEXT, "LIBGEO=name") | _named(_DEPARTEMENT, "DEP=departement")
_GEOGRAPHY |= _named(_REGION, "REG=region") | _named(_EPCI, "EPCI=epci") | _named(_ZONE, "ZE2020=zone")
_GEOGRAPHY_MORE = "NATURE_EPCI ARR CV UU2020 TUU2017 TDUU2017 AAV2020 TAAV2017 TDAAV2017 CATEAAV2020 BV2012"
_ABOVE = _named(_TEXT, "NIVGEO=level CODGEO=code LIBGEO=name") | _named(_COUNT, "NB_COM=communes")
_SHAPES = _named(_COMMUNE, "INSEE_COM=commune") | _named(_TEXT, "NOM=name") | _named(_DEPARTEMENT, "INSEE_DEP=departement")
_SHAPES |= _named(_REGION, "INSEE_REG=region") | _named(_EPCI_EPT, "SIREN_EPCI=epci")
_SHAPES_MORE = "geometry ID NOM_M STATUT INSEE_ARR INSEE_CAN"
_PLANTS = _named(_TEXT, "Identifiant=plant Nom_Etablissement=name") | _named(_SIRET, "Numero_SIRET=siret")
_PLANTS |= _named(_POSTCODE, "Code_Postal=postcode") | _named(_ANY, "Commune=commune_name")
_PLANTS |= _named(_TEXT, "Departement=departement_name Region=region_name") | _named(_METRES, "Coordonnees_X=x Coordonnees_Y=y")
_PLANTS |= _named(_NAF, "Code_APE=naf") | _named(_TEXT, "Libelle_APE=label")
_TERRITORIES = _named(_TERRITORY, "id_ti=territory") | _named(_TEXT, "lib_ti=name lib_groupement=member_names")
_TERRITORIES |= _named(_SIRENS, "siren_groupement=members")
_CHANGES = _named(_COMMUNE, "old=old new=new") | _named(_DATE, "date=date") | _named(_KIND, "kind=kind")
_CHANGES |= _named(_TEXT, "name=name source=source")


# Checks.


def _checked(file: str, frame: pd.DataFrame, columns: _Columns, more: str = "", *, key: Sequence[str] = (), above: int = 2) -> pd.DataFrame:
    """The columns renamed and of their types, or an error with every fault; ``above`` is the row of the first record in the file."""
    known, faults = [*columns, *more.split()], list[Fault]()
    for column in [c for c in known if c not in frame]:
        near = difflib.get_close_matches(column, [c for c in frame if c not in known], n=1)
        faults.append(Fault(file, 0, column, f"column {column!r} is missing" + (f"; is {near[0]!r} meant?" if near else "")))
    faults += [Fault(file, 0, c, f"column {c!r} is not expected; its meaning is not known here") for c in frame if c not in known]
    there = {column: rule for column, (_, rule) in columns.items() if column in frame}
    for column, rule in there.items():
        good = frame[column].str.fullmatch(rule.pattern).eq(True) | (frame[column].eq("") & rule.blank)
        faults += _cells(file, frame[column][~good], column, rule.wrong, above)
    key = list(key or [next(iter(columns))])
    if {*key} <= {*frame}:
        named = frame[key[0]].str.cat(frame[key[1:]], sep=" ")
        faults += _cells(file, named[named.duplicated()], ", ".join(key), "stands twice", above)
    if faults:
        raise DataError(faults)
    blank = frame.eq("")
    kept = {to: frame[column].mask(blank[column], np.nan) for column, (to, _) in columns.items()}
    return pd.DataFrame(kept).astype({to: rule.dtype for to, rule in columns.values() if rule.dtype != "str"}).reset_index(drop=True)


def _cells(file: str, values: pd.Series, column: str, wrong: str, above: int = 2) -> list[Fault]:
    """A fault for each of the first cells, and one that counts the others."""
    said = [Fault(file, int(row) + above, column, f"{column} = {value!r} {wrong}") for row, value in values.head(SHOWN).items()]
    return said + [Fault(file, 0, column, f"{len(values) - SHOWN} more rows: {column} {wrong}")] * (len(values) > SHOWN)


def _require(faults: Iterable[Fault]) -> None:
    if found := list(faults):
        raise DataError(found)


def _reader(read: Callable[..., Read]) -> Callable[..., Read]:
    """Say of a file that is damaged or of another format which one it is."""

    @wraps(read)
    def reader(path: str | Path, *tables: pd.DataFrame) -> Read:
        try:
            return read(Path(path), *tables)
        except (DataError, MemoryError):
            raise
        except Exception as error:
            raise DataError([Fault(Path(path).name, 0, "", f"cannot be read ({type(error).__name__}: {error})")]) from error

    return reader


# Readers.


@_reader
def establishments(path: Path) -> Read:
    """Employer establishments of the private sector by NAF sub-class and département, end of 2021 (URSSAF; counts, not jobs).

    Parameters
    ----------
    path : Path
        ``urssaf_ape_departement.json``.

    Returns
    -------
    (DataFrame, DataFrame)
        naf (as 25.71Z), label, departement, establishments (int64, from 1 on: an absent cell is zero). What was set aside: sub-classes
        without any establishment.

    Raises
    ------
    DataError
        If a cell lies in no sub-class or département or in two, a code or count is none, or a key is missing or unknown.
    """
    source = json.loads(path.read_text(encoding="utf-8"))
    keys = {"apeData", "nbEtablissements2021", "indexByCodeApe", "indexByCodeDepartement"}
    odd = {key: "missing" if key in keys else "not expected" for key in sorted(keys ^ set(source))}
    _require(Fault(path.name, 0, key, f"key {key!r} is {how}") for key, how in odd.items())
    labels = {sector["codeApe"]: sector["title"] for sector in source["apeData"]}
    counts = source["nbEtablissements2021"]
    table = pd.DataFrame({"establishments": pd.Series(counts, dtype=object).astype(str)})
    for column, index in (("naf", "indexByCodeApe"), ("departement", "indexByCodeDepartement")):
        cells = pd.Series({(code, cell): code for code, cells in source[index].items() for cell in cells}, dtype=object).droplevel(0)
        wrong = [*cells.index[cells.index.duplicated()], *pd.RangeIndex(len(counts)).symmetric_difference(cells.index)]
        _require(Fault(path.name, int(cell), index, f"cell {cell} stands under no code of {index} or under two") for cell in wrong[:SHOWN])
        table[column] = cells
    table = _checked(path.name, table, _CELLS, key=("naf", "departement"), above=0)
    table["naf"] = table["naf"].str[:2] + "." + table["naf"].str[-3:]
    unknown = sorted({*table["naf"]} - {*labels})
    _require(Fault(path.name, 0, "apeData", f"apeData holds no label of {code}") for code in unknown)
    table.insert(1, "label", table["naf"].map(labels))
    empty = sorted({*labels} - {*table["naf"]})
    return table.sort_values(["naf", "departement"], ignore_index=True), aside(("sub-classes", "no employer establishment in them", empty))


@_reader
def communes_2021(path: Path) -> Read:
    """Population, jobs at the workplace and establishments of each commune of 2021, counted in 2018 (INSEE, comparateur de territoires).

    Parameters
    ----------
    path : Path
        ``base_cc_comparateur_csv.zip``.

    Returns
    -------
    (DataFrame, DataFrame)
        commune; float64, missing where INSEE has none: population, area_km2, jobs, salaried_jobs, jobs_2013, active, unemployed (15 to 64),
        establishments, those of ``SECTORS`` (which add up to them), of trade (among the services), with 1 to 9 employees and with 10 or
        more. What was set aside: arrondissements of the three ``CITIES``; communes with a value missing.

    Raises
    ------
    DataError
        If a code or number is none, a commune stands twice, sectors do not add up to establishments, or arrondissements to their city.
    """
    name = "base_cc_comparateur.CSV"
    with zipfile.ZipFile(path) as files:
        text = io.BytesIO(files.read(name))
    table = _checked(name, pd.read_csv(text, sep=";", dtype=str, keep_default_na=False), _COMPARATEUR, _COMPARATEUR_MORE)
    off = table["establishments"] != table[[*SECTORS]].sum(axis=1, min_count=len(SECTORS))
    off &= table[["establishments", *SECTORS]].notna().any(axis=1)
    faults = _cells(name, table.loc[off, "establishments"], "ETTOT18", "is not the sum of its five sectors")
    parts = table["commune"].str.startswith(tuple(CITIES.values())) & ~table["commune"].isin(CITIES)
    counts = table.drop(columns="area_km2").set_index("commune")
    for city, prefix in CITIES.items():
        whole, sums = counts.reindex([city]).iloc[0], counts[parts.to_numpy() & counts.index.str.startswith(prefix)].sum()
        wrong = whole.index[~np.isclose(whole, sums, rtol=1e-9)]
        faults += [Fault(name, 0, c, f"{c} = {whole[c]:g} in {city}, but {sums[c]:g} in its arrondissements") for c in wrong]
    _require(faults)
    kept = table[~parts].reset_index(drop=True)
    return kept, aside(
        ("arrondissements", "counted with their city", table.loc[parts, "commune"]),
        ("communes with missing values", "kept; the source leaves them blank", kept.loc[kept.isna().any(axis=1), "commune"]),
    )


@_reader
def geography_2022(path: Path) -> Read:
    """Département, région, EPCI and employment zone of each commune of 2022 (INSEE, table d'appartenance géographique).

    Parameters
    ----------
    path : Path
        ``table-appartenance-geo-communes-22.zip``.

    Returns
    -------
    (DataFrame, DataFrame)
        commune, name, and code and name of departement, region, epci (missing for the four islands without), zone: text. What was set
        aside: arrondissements of the three ``CITIES``; communes without an EPCI.

    Raises
    ------
    DataError
        If a sheet or column is missing or unknown, a code is none, or an area has not as many communes as it is said to have.
    """
    header = 5
    with zipfile.ZipFile(path) as files:
        (name,) = [file for file in files.namelist() if file.endswith(".xlsx")]
        book = io.BytesIO(files.read(name))
    names = ["COM", "ARM", "Zones_supra_communales"]
    sheets = pd.read_excel(book, sheet_name=names, header=header, dtype=str, keep_default_na=False, engine="calamine")
    table, parts, above = (
        _checked(f"{name}, COM", sheets["COM"], _GEOGRAPHY, _GEOGRAPHY_MORE, above=header + 2),
        _checked(f"{name}, ARM", sheets["ARM"], _GEOGRAPHY, _GEOGRAPHY_MORE + " COM", above=header + 2),
        _checked(f"{name}, {names[2]}", sheets[names[2]], _ABOVE, key=("NIVGEO", "CODGEO"), above=header + 2),
    )
    faults = []
    for level, column in _LEVELS.items():
        known = above[above["level"] == level].set_index("code")
        sizes = pd.DataFrame({"said": known["communes"], "counted": table[column].value_counts()}).fillna(0).astype(int)
        wrong = sizes[sizes["said"] != sizes["counted"]]
        said = [f"{column} {code} has {row.counted} communes, and {row.said} by the sheet of areas" for code, row in wrong.iterrows()]
        faults += [Fault(name, 0, column, what) for what in said]
        table.insert(int(table.columns.get_loc(column)) + 1, f"{column}_name", table[column].map(known["name"]))
    _require(faults)
    none = table["epci"] == "Z" * 9
    table[["epci", "epci_name"]] = table[["epci", "epci_name"]].mask(none)
    return table, aside(
        ("arrondissements", "counted with their city", parts["commune"]),
        ("communes without EPCI", "kept; islands that belong to none", table.loc[none, "commune"]),
    )


@_reader
def commune_shapes(path: Path) -> Read:
    """Outlines of the communes of 2024, much simplified (IGN, ADMIN EXPRESS, by way of CARTElette).

    Neighbours share their borders exactly, so contiguity holds; areas of single communes do not. Overseas communes are drawn in an inset
    below Corsica and come without an outline.

    Parameters
    ----------
    path : Path
        ``COMMUNES.RData``; half a minute to read.

    Returns
    -------
    (GeoDataFrame, DataFrame)
        commune, name, departement, region, epci, ept (établissement public territorial of Greater Paris; missing elsewhere), metropolitan,
        geometry (Lambert-93). What was set aside: outlines overseas.

    Raises
    ------
    DataError
        If a code is none, a commune stands twice, or an outline is missing or not valid.
    """
    import geopandas as gpd
    import rdata
    from rdata.conversion import DEFAULT_CLASS_MAP
    from shapely import MultiPolygon, Polygon

    def outline(parts: list[Any], _: object) -> Any:
        if isinstance(parts[0], list):
            return MultiPolygon([(rings[0], rings[1:]) for rings in parts])
        return Polygon(parts[0], parts[1:])

    asis: dict[str, Callable[..., Any]] = {name: lambda value, _: value for name in ("bbox", "crs", "sfc_GEOMETRY")}
    known = DEFAULT_CLASS_MAP | asis | {"sf": DEFAULT_CLASS_MAP["data.frame"], "XY": outline}
    (frame,) = rdata.conversion.convert(rdata.parser.parse_data(path.read_bytes()), constructor_dict=known).values()
    text = frame.drop(columns="POPULATION").astype(object).fillna("").reset_index(drop=True)
    table = _checked(path.name, text, _SHAPES, _SHAPES_MORE, above=1)
    shapes = gpd.GeoSeries(list(frame["geometry"]), crs=4326)
    wrong = shapes.isna() | shapes.is_empty | ~shapes.is_valid
    _require(_cells(path.name, table.loc[wrong, "commune"], "geometry of INSEE_COM", "is missing or not valid", 1))
    table[["epci", "ept"]] = table["epci"].mask(table["epci"] == "NR").str.split("/", expand=True).reindex(columns=[0, 1])
    table["metropolitan"] = is_metropolitan(table["commune"])
    shapes[~table["metropolitan"]] = None
    placed = gpd.GeoDataFrame(table, geometry=shapes.to_crs(LAMBERT_93))
    moved = aside(("outlines overseas", "drawn in an inset, not to scale or place", sorted(table.loc[~table["metropolitan"], "commune"])))
    return placed.sort_values("commune", ignore_index=True), moved


@_reader
def departement_outlines(path: Path) -> Read:
    """Outlines of the 96 metropolitan départements, simplified (IGN and INSEE): a backdrop.

    Parameters
    ----------
    path : Path
        ``departements-version-simplifiee.geojson``.

    Returns
    -------
    (GeoDataFrame, DataFrame)
        departement, name, geometry (Lambert-93). Nothing is set aside.

    Raises
    ------
    DataError
        If a code is none, a département stands twice, or an outline is not valid.
    """
    return _outlines(path, {"code": ("departement", _DEPARTEMENT), "nom": ("name", _TEXT)}), aside()


def _outlines(path: Path, columns: _Columns) -> Any:
    """The features of a GeoJSON file, read through Python, which tells the trace of a chapter what it opens."""
    import geopandas as gpd

    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    frame = gpd.GeoDataFrame.from_features(features, crs=4326)
    table = _checked(path.name, pd.DataFrame(frame.drop(columns="geometry")), columns, above=1)
    wrong = frame.geometry.isna() | ~frame.geometry.is_valid
    _require(_cells(path.name, table.loc[wrong, next(iter(table))], "geometry", "is missing or not valid", 1))
    return gpd.GeoDataFrame(table, geometry=frame.geometry.to_crs(LAMBERT_93))


@_reader
def plants(path: Path) -> Read:
    """Plants of the register of polluting emissions, 2015: large emitters, a selected population (Géorisques, IREP).

    A coordinate is the point of the plant's commune, one for all its plants: distances of zero, and those within a commune, mean nothing.

    Parameters
    ----------
    path : Path
        ``irep_etablissements.csv``.

    Returns
    -------
    (DataFrame, DataFrame)
        plant, name, siret, postcode, commune_name (as registered; missing for two), departement_name, region_name, naf (as 25.71Z), label,
        manufacturing (NAF 10 to 33), x and y (metres, Lambert-93; missing where unusable), sharing (plants on the same point; 0 without).
        What was set aside: coordinates outside metropolitan France; coordinates that several plants share.

    Raises
    ------
    DataError
        If a code or number is none, or a plant stands twice.
    """
    from pyproj import Transformer

    more = "Adresse code_eprtr libelle_eprtr"
    table = _checked(path.name, pd.read_csv(path, dtype=str, keep_default_na=False), _PLANTS, more)
    west, south, east, north = REACH
    usable = table["x"].between(west, east) & table["y"].between(south, north)
    x, y = Transformer.from_crs(LAMBERT_2, LAMBERT_93, always_xy=True).transform(table["x"], table["y"])
    table["naf"] = table["naf"].str[:2] + "." + table["naf"].str[-3:]
    table.insert(10, "manufacturing", table["naf"].str[:2].between("10", "33"))
    table["x"], table["y"] = pd.Series(x).where(usable), pd.Series(y).where(usable)
    table["sharing"] = table.groupby(["x", "y"])["plant"].transform("size").fillna(0).astype("int64")
    overseas = table["postcode"].str.startswith(("97", "98"))
    return table, aside(
        ("coordinates overseas", "converted wrongly in the source", table.loc[~usable & overseas, "plant"]),
        ("coordinates outside France", "plants of metropolitan France; wrong in the source", table.loc[~usable & ~overseas, "plant"]),
        ("coordinates of several plants", "kept; points of communes, not of plants", table.loc[table["sharing"] > 1, "plant"]),
    )


@_reader
def territoires_industrie(path: Path, communes: pd.DataFrame) -> Read:
    """Territories of industry that the State labelled, 2018 to 2023 (ANCT).

    Members that are communes are points in the source; their outlines come from ``communes``.

    Parameters
    ----------
    path : Path
        ``polygone-4326_ti.geojson``.
    communes : GeoDataFrame
        commune, geometry, as :func:`slpi.areas.communes` returns them.

    Returns
    -------
    (GeoDataFrame, DataFrame)
        territory, name, member_names, members (SIREN of EPCI, EPT and communes, separated by a comma and a space), metropolitan, geometry
        (Lambert-93; none overseas, where it does not reach). What was set aside: points in place of outlines, outlines overseas.

    Raises
    ------
    DataError
        If a territory stands twice, a member is no SIREN, or an outline is not valid.
    """
    table = _outlines(path, _TERRITORIES)
    drawn = table.set_index("territory").geometry.explode()
    whole = drawn[drawn.geom_type.isin(["Polygon", "MultiPolygon"])]
    members = table.set_index("territory")["members"].str.split(", ").explode()
    own = commune_of(members).dropna().map(communes.set_index("commune").geometry).dropna()
    joined = pd.concat([whole, type(whole)(own, crs=table.crs)]).groupby(level=0).agg(lambda shapes: shapes.union_all())
    table["metropolitan"] = table["territory"].str[3:5] > "06"  # the code of the région
    table["geometry"] = table["territory"].map(joined).where(table["metropolitan"], None)
    _require(_cells(path.name, table.loc[table["metropolitan"] & table.geometry.isna(), "members"], "members", "have no outline", 1))
    points = drawn.index[drawn.geom_type == "Point"].unique()
    return table[[*table.columns.drop("geometry"), "geometry"]], aside(
        ("points", "members that are communes; drawn by their outlines instead", points),
        ("outlines overseas", "Lambert-93 does not reach there", table.loc[~table["metropolitan"], "territory"]),
    )


def commune_changes(path: str | Path) -> pd.DataFrame:
    """Communes that merged, split or changed their number from 2021 to 2024: old, new, date, kind, name, source (text).

    Raises
    ------
    DataError
        If a code, date or kind is none, or a change stands twice.
    """
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    return _checked(Path(path).name, table, _CHANGES, key=("old", "new"))


# Each source converted once.


class _Recipe(NamedTuple):
    make: Callable[..., Read]
    of: tuple[str, ...]  # files below data/raw, or other tables
    producer: str


_RECIPES = {
    "establishments": _Recipe(establishments, ("national/urssaf_ape_departement.json",), "URSSAF"),
    "communes_2021": _Recipe(communes_2021, ("national/base_cc_comparateur_csv.zip",), "INSEE"),
    "geography_2022": _Recipe(geography_2022, ("national/table-appartenance-geo-communes-22.zip",), "INSEE"),
    "commune_shapes": _Recipe(commune_shapes, ("national/COMMUNES.RData",), "IGN"),
    "communes": _Recipe(
        lambda counts, geography, shapes, changes: areas.communes(counts, geography, shapes, commune_changes(changes)),
        ("communes_2021", "geography_2022", "commune_shapes", "commune_changes.csv"),
        "INSEE, IGN",
    ),
    "zone_shapes": _Recipe(areas.zone_shapes, ("communes",), "INSEE, IGN"),
    "departement_outlines": _Recipe(departement_outlines, ("national/departements-version-simplifiee.geojson",), "IGN, INSEE"),
    "plants": _Recipe(plants, ("national/irep_etablissements.csv",), "Géorisques"),
    "territoires_industrie": _Recipe(territoires_industrie, ("national/polygone-4326_ti.geojson", "communes"), "ANCT, IGN"),
    "territory_communes": _Recipe(areas.territory_communes, ("territoires_industrie", "communes"), "ANCT, INSEE, IGN"),
}


def prepared(name: str, raw_folder: str | Path, processed_folder: str | Path | None = None) -> Prepared:
    """A table of the national data, converted when it is first asked for and again when its source or this code has changed.

    Parameters
    ----------
    name : str
        ``establishments``, ``communes`` (2021, 2022 and 2024 in one), ``zone_shapes``, ``departement_outlines``, ``plants``,
        ``territoires_industrie``, ``territory_communes``; also ``communes_2021``, ``geography_2022``, ``commune_shapes``.
    raw_folder : path
        ``data/raw``, which holds ``commune_changes.csv`` and ``national/``.
    processed_folder : path, optional
        The table goes to ``national/NAME.parquet`` in it; ``processed`` beside ``raw_folder`` where none is given.

    Returns
    -------
    Prepared

    Raises
    ------
    ValueError
        If there is no table of that name.
    DataError
        If a source is missing or cannot be taken; lists every fault.
    """
    if name not in _RECIPES:
        raise ValueError(f"name = {name!r} is none of {', '.join(_RECIPES)}")
    raw, recipe = Path(raw_folder), _RECIPES[name]
    files = [raw / file for file in _files(name)]
    _require(Fault(file.name, 0, "", f"is missing in {file.parent}") for file in files if not file.is_file())
    folder = raw.parent / "processed" if processed_folder is None else Path(processed_folder)
    target = folder / "national" / f"{name}.parquet"
    stamp = hashlib.sha256(b"".join([_code(), *(hashlib.sha256(file.read_bytes()).digest() for file in files)])).hexdigest()
    if (stored := _stored(target, stamp)) is None:
        of = [prepared(part, raw, folder).table if part in _RECIPES else raw / part for part in recipe.of]
        table, set_aside = recipe.make(*of)
        table.attrs = {"stamp": stamp, "set_aside": set_aside.to_dict("list")}
        stored = _parsed(_store(table, target, max(file.stat().st_mtime_ns for file in files)))
    table, kept = stored
    return Prepared(name, table, pd.DataFrame(kept["set_aside"]), recipe.producer)


def _files(name: str) -> list[str]:
    """The raw files that a table is made of, by way of other tables."""
    found = [_files(part) if part in _RECIPES else [part] for part in _RECIPES[name].of]
    return sorted({file for files in found for file in files})


def _code() -> bytes:
    """A hash of what the readers do: their syntax, without docstrings and comments."""
    trees = [ast.parse(Path(module).read_bytes()) for module in (__file__, areas.__file__)]
    for node in (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)):
        node.body = [part for part in node.body if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))]
    return hashlib.sha256("".join(map(ast.dump, trees)).encode()).digest()


def _stored(path: Path, stamp: str) -> tuple[Any, dict[str, Any]] | None:
    """The stored table and its notes, read through a file of Python's, which the trace of a chapter sees; None where not of this stamp."""
    import pyarrow as pa

    try:
        found = _parsed(path.read_bytes())
    except (FileNotFoundError, pa.ArrowInvalid):
        return None
    return found if found[1].get("stamp") == stamp else None


def _parsed(data: bytes) -> tuple[Any, dict[str, Any]]:
    import geopandas as gpd
    import pyarrow.parquet as pq

    shapes = b"geo" in (pq.read_schema(io.BytesIO(data)).metadata or {})
    table = (gpd if shapes else pd).read_parquet(io.BytesIO(data))
    kept, table.attrs = table.attrs, {}
    return table, kept


def _store(table: pd.DataFrame, path: Path, made: int) -> bytes:
    """Write beside the target, then rename: a reader sees the old file, the new one or none. It is as old as what it was made from."""
    table.to_parquet(buffer := io.BytesIO())
    path.parent.mkdir(parents=True, exist_ok=True)
    part, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-")
    try:
        with open(part, "wb") as file:
            file.write(buffer.getvalue())
        os.utime(name, ns=(made, made))
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    return buffer.getvalue()
