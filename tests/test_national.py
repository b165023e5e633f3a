"""The readers of the national open data: small files of each format for every fault, and the real files' published totals."""

import io
import json
import os
import re
import subprocess
import sys
import unicodedata
import zipfile
from html import escape
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import ROOT
from shapely.geometry import MultiPoint, MultiPolygon, Point, box, mapping

from slpi import areas, national
from slpi.national import DataError, prepared
from slpi.systems import lambert93

MIRROR = Path(os.environ.get("SLPI_MIRROR") or ROOT.parent / "shared" / "mirror")
SQUARES = {"01001": box(3, 46, 3.1, 46.1), "01002": box(3.1, 46, 3.2, 46.1), "2A004": box(8.7, 41.9, 8.8, 42), "97101": box(0, 41, 1, 42)}


def said(read, *arguments) -> list[str]:
    """What an error says of faults, one a line; its last line tells the remedy."""
    with pytest.raises(DataError) as caught:
        read(*arguments)
    *faults, remedy = str(caught.value).splitlines()
    assert "make data" in remedy and len(caught.value.faults) == len(faults)
    return faults


# Small files of each format.


def urssaf(path: Path, **changed) -> Path:
    source = {
        "apeData": [
            {"codeApe": code, "title": title} for code, title in (("25.71Z", "Coutellerie"), ("10.71C", "Boulangerie"), ("01.11Z", "Blé"))
        ],
        "nbEtablissements2021": [40, 7, 9],
        "indexByCodeApe": {"2571Z": [0, 2], "1071C": [1]},
        "indexByCodeDepartement": {"63": [0], "01": [1], "2A": [2]},
    }
    path.write_text(json.dumps(source | changed), encoding="utf-8")
    return path


def comparateur(path: Path, *rows: dict, columns: dict | None = None) -> Path:
    names = [*national._COMPARATEUR, *national._COMPARATEUR_MORE.split()]
    sectors = {code: "1" for code in ("ETAZ18", "ETBE18", "ETFZ18", "ETGU18", "ETOQ18")}
    cities = [{"CODGEO": code} for code in ("13055", "13201", "69123", "69381", "75056", "75101")]
    lines = [dict.fromkeys(names, "2") | sectors | {"ETTOT18": "5"} | row for row in (*cities, *rows)]
    frame = pd.DataFrame(lines).rename(columns=columns or {})
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("base_cc_comparateur.CSV", frame.to_csv(sep=";", index=False))
    return path


def xlsx(sheets: dict[str, pd.DataFrame]) -> bytes:
    """A workbook of text cells, each sheet with five lines above its header."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    package = "http://schemas.openxmlformats.org/package/2006"
    book, links, buffer = "", "", io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for i, (name, frame) in enumerate(sheets.items(), 1):
            lines = [["note"]] * 5 + [list(frame)] + frame.to_numpy().tolist()
            cells = ["".join(f'<c t="inlineStr"><is><t>{escape(str(cell))}</t></is></c>' for cell in line) for line in lines]
            rows = "".join(f'<row r="{r}">{line}</row>' for r, line in enumerate(cells, 1))
            file.writestr(f"xl/worksheets/sheet{i}.xml", f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>')
            book += f'<sheet name="{name}" sheetId="{i}" r:id="rId{i}"/>'
            links += f'<Relationship Id="rId{i}" Type="{office}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        file.writestr("xl/workbook.xml", f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{book}</sheets></workbook>')
        file.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}/relationships">{links}</Relationships>')
        top = f'<Relationship Id="rId1" Type="{office}/officeDocument" Target="xl/workbook.xml"/>'
        file.writestr("_rels/.rels", f'<Relationships xmlns="{package}/relationships">{top}</Relationships>')
        file.writestr("[Content_Types].xml", f'<Types xmlns="{package}/content-types"/>')
    return buffer.getvalue()


def geography(path: Path, changed: dict | None = None, above: dict | None = None) -> Path:
    names = [*national._GEOGRAPHY, *national._GEOGRAPHY_MORE.split()]
    rows = {
        "01001": ("L'Abergement", "01", "84", "200069193", "8405"),
        "01002": ("L'Autre", "01", "84", "200069193", "8405"),
        "2A004": ("Ajaccio", "2A", "94", "Z" * 9, "9401"),
        "97101": ("Les Abymes", "971", "01", "200018653", "0101"),
    }
    table = pd.DataFrame([dict.fromkeys(names, "x") | dict(zip(names, (code, *row), strict=False)) for code, row in rows.items()])
    parts = table.head(1).assign(CODGEO="75101", COM="75056")
    sizes = {("DEP", "01"): 2, ("DEP", "2A"): 1, ("DEP", "971"): 1, ("REG", "84"): 2, ("REG", "94"): 1, ("REG", "01"): 1} | {
        ("EPCI", "200069193"): 2,
        ("EPCI", "Z" * 9): 1,
        ("EPCI", "200018653"): 1,
        ("ZE2020", "8405"): 2,
        ("ZE2020", "9401"): 1,
        ("ZE2020", "0101"): 1,
    }
    listed = [(*key, f"name of {key[1]}", str(size)) for key, size in (sizes | (above or {})).items()]
    sheets = {
        "COM": table.assign(**(changed or {})),
        "ARM": parts,
        "Zones_supra_communales": pd.DataFrame(listed, columns=[*national._ABOVE]),
    }
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("table.xlsx", xlsx(sheets))
    return path


@pytest.fixture
def shapes(tmp_path, monkeypatch):
    """Reads a frame as if rdata had parsed it from a file."""
    rdata = pytest.importorskip("rdata")

    def read(**changed):
        def convert(_: bytes, constructor_dict: dict) -> dict:
            frame = pd.DataFrame({"INSEE_COM": list(SQUARES), "NOM": ["A", "B", "C", "D"]}, index=range(1, 5))
            frame = frame.assign(INSEE_DEP=["01", "01", "2A", "971"], INSEE_REG=["84", "84", "94", "01"])
            frame = frame.assign(SIREN_EPCI=["200069193/200058014", "200069193", "NR", "200018653"])
            rings = [[np.array(square.exterior.coords)] for square in SQUARES.values()]
            frame["geometry"] = [constructor_dict["XY"](part, {}) for part in [[rings[0]], *rings[1:]]]
            more = {name: "x" for name in national._SHAPES_MORE.split() if name != "geometry"}
            return {"COMMUNES": frame.assign(POPULATION=1, **more).assign(**changed)}

        monkeypatch.setattr(rdata.parser, "parse_data", bytes)
        monkeypatch.setattr(rdata.conversion, "convert", convert)
        path = tmp_path / "COMMUNES.RData"
        path.write_bytes(b"")
        return national.commune_shapes(path)

    return read


def irep(path: Path, *rows: dict) -> Path:
    names = [*national._PLANTS, "Adresse", "code_eprtr", "libelle_eprtr"]
    usual = {"Numero_SIRET": "0" * 14, "Code_Postal": "01000", "Coordonnees_X": "600000", "Coordonnees_Y": "2200000", "Code_APE": "2571Z"}
    pd.DataFrame([dict.fromkeys(names, "x") | usual | row for row in rows]).to_csv(path, index=False)
    return path


def geojson(path: Path, *features: tuple[object, dict]) -> Path:
    made = [{"type": "Feature", "properties": of, "geometry": shape and mapping(shape)} for shape, of in features]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": made}), encoding="utf-8")
    return path


def territory(shape: object, code: str, members: str) -> tuple[object, dict]:
    return shape, {"id_ti": code, "lib_ti": "name", "lib_groupement": "names", "siren_groupement": members}


def changes(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(["old,new,date,kind,name,source", *rows]), encoding="utf-8")
    return path


# Each reader.


def test_establishments_are_one_row_a_cell_with_codes_as_text(tmp_path):
    table, set_aside = national.establishments(urssaf(tmp_path / "u.json"))
    assert table.to_numpy().tolist() == [
        ["10.71C", "Boulangerie", "01", 7],
        ["25.71Z", "Coutellerie", "2A", 9],
        ["25.71Z", "Coutellerie", "63", 40],
    ]
    assert set_aside["keys"].tolist() == ["01.11Z"] and set_aside["count"].tolist() == [1]


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        (
            {"indexByCodeApe": {"2571Z": [0, 1, 2], "1071C": [1]}},
            "u.json row 1: cell 1 stands under no code of indexByCodeApe or under two",
        ),
        (
            {"indexByCodeDepartement": {"63": [0], "01": [1]}},
            "u.json row 2: cell 2 stands under no code of indexByCodeDepartement or under two",
        ),
        ({"indexByCodeDepartement": {"63": [0], "1": [1], "2A": [2]}}, "u.json row 1: departement = '1' is no département"),
        ({"indexByCodeApe": {"257Z": [0, 2], "1071C": [1]}}, "u.json: naf = '257Z' is no NAF sub-class"),
        ({"nbEtablissements2021": [40, -7, 9]}, "u.json row 1: establishments = '-7' is no whole number"),
        ({"apeData": []}, "u.json: apeData holds no label of 10.71C"),
        ({"indexByCodeRegion": {}}, "u.json: key 'indexByCodeRegion' is not expected"),
        ({"nbEtablissements2021": 3}, "u.json: cannot be read (TypeError"),
    ],
)
def test_altered_establishments_are_refused(tmp_path, changed, fault):
    assert said(national.establishments, urssaf(tmp_path / "u.json", **changed))[0].startswith(fault)


def test_a_missing_key_and_a_file_that_is_no_json_are_named(tmp_path):
    path = urssaf(tmp_path / "u.json")
    path.write_text(json.dumps({key: value for key, value in json.loads(path.read_text()).items() if key != "apeData"}))
    assert said(national.establishments, path) == ["u.json: key 'apeData' is missing"]
    path.write_text("<!DOCTYPE html>")
    assert said(national.establishments, str(path))[0].startswith("u.json: cannot be read (JSONDecodeError")


def test_communes_keep_their_zeros_and_arrondissements_are_counted_with_their_city(tmp_path):
    rows = (
        {"CODGEO": "01001", "P18_EMPLT": "93.5"},
        {"CODGEO": "2A004"},
        {"CODGEO": "97601", **dict.fromkeys(list(national._COMPARATEUR)[1:], "")},
    )
    table, set_aside = national.communes_2021(comparateur(tmp_path / "c.zip", *rows))
    assert table["commune"].tolist() == ["13055", "69123", "75056", "01001", "2A004", "97601"]
    assert table.set_index("commune")["jobs"].dropna().to_dict() == {"13055": 2, "69123": 2, "75056": 2, "01001": 93.5, "2A004": 2}
    assert dict(zip(set_aside["what"], set_aside["keys"], strict=True)) == {
        "arrondissements": "13201, 69381, 75101",
        "communes with missing values": "97601",
    }
    assert {str(kind) for kind in table.drop(columns="commune").dtypes} == {"float64"}


def test_every_fault_of_an_altered_comparateur_is_listed_at_once(tmp_path):
    rows = [{"CODGEO": "1001"}, {"CODGEO": "01002", "P18_EMPLT": "n/a"}, {"CODGEO": "01002", "SUPERF": "-1"}]
    path = comparateur(tmp_path / "c.zip", *rows, columns={"ETTOT18": "ETTOT19", "MED19": "MED20"})
    assert said(national.communes_2021, path) == [
        "base_cc_comparateur.CSV: column 'ETTOT18' is missing; is 'ETTOT19' meant?",
        "base_cc_comparateur.CSV: column 'MED19' is missing; is 'MED20' meant?",
        "base_cc_comparateur.CSV: column 'ETTOT19' is not expected; its meaning is not known here",
        "base_cc_comparateur.CSV: column 'MED20' is not expected; its meaning is not known here",
        "base_cc_comparateur.CSV row 8: CODGEO = '1001' is no commune; its INSEE code has five characters, as 01001 or 2A004",
        "base_cc_comparateur.CSV row 10: SUPERF = '-1' is no number from 0 on",
        "base_cc_comparateur.CSV row 9: P18_EMPLT = 'n/a' is no number from 0 on",
        "base_cc_comparateur.CSV row 10: CODGEO = '01002' stands twice",
    ]


def test_of_many_faults_of_one_kind_five_are_spelt_out_and_the_others_counted(tmp_path):
    path = comparateur(tmp_path / "c.zip", *[{"CODGEO": f"0100{i}", "P18_POP": "?"} for i in range(8)])
    faults = said(national.communes_2021, path)
    assert len(faults) == 6 and faults[5] == "base_cc_comparateur.CSV: 3 more rows: P18_POP is no number from 0 on"


def test_establishments_must_be_the_sum_of_their_sectors_and_cities_that_of_their_arrondissements(tmp_path):
    path = comparateur(tmp_path / "c.zip", {"CODGEO": "01001", "ETTOT18": "6"}, {"CODGEO": "75102", "P18_EMPLT": "1", "ETTOT18": "5"})
    faults = said(national.communes_2021, path)
    assert faults[0] == "base_cc_comparateur.CSV row 8: ETTOT18 = 6.0 is not the sum of its five sectors"
    assert "base_cc_comparateur.CSV: jobs = 2 in 75056, but 3 in its arrondissements" in faults


def test_a_city_that_is_missing_and_a_zip_that_is_cut_off_are_named(tmp_path):
    path = comparateur(tmp_path / "c.zip", {"CODGEO": "75103"})
    path.write_bytes(path.read_bytes()[:-40])
    assert said(national.communes_2021, path)[0].startswith("c.zip: cannot be read (BadZipFile")


def test_geography_has_codes_and_names_of_each_level(tmp_path):
    table, set_aside = national.geography_2022(geography(tmp_path / "g.zip"))
    assert table.loc[2].tolist()[:6] == ["2A004", "Ajaccio", "2A", "name of 2A", "94", "name of 94"]
    assert table.loc[2, ["epci", "epci_name"]].isna().all() and table.loc[3, "zone_name"] == "name of 0101"
    assert set_aside[["count", "keys"]].to_numpy().tolist() == [[1, "75101"], [1, "2A004"]]


def test_altered_geography_is_refused(tmp_path):
    path = geography(tmp_path / "g.zip", {"ZE2020": ["8405", "845", "9401", "0101"], "NEW": "x"})
    assert said(national.geography_2022, path) == [
        "table.xlsx, COM: column 'NEW' is not expected; its meaning is not known here",
        "table.xlsx, COM row 8: ZE2020 = '845' is no zone d'emploi; its code has four digits",
    ]
    path = geography(tmp_path / "g.zip", above={("ZE2020", "8405"): 3})
    assert said(national.geography_2022, path) == ["table.xlsx: zone 8405 has 2 communes, and 3 by the sheet of areas"]


def test_communes_overseas_have_no_outline_to_measure_on(shapes):
    table, set_aside = shapes()
    assert table.crs.to_epsg() == 2154 and table["metropolitan"].tolist() == [True, True, True, False]
    assert table.geometry.isna().tolist() == [False, False, False, True] and set_aside["keys"].tolist() == ["97101"]
    assert table["ept"].dropna().tolist() == ["200058014"] and table["epci"].isna().tolist() == [False, False, True, False]
    x, y = lambert93([3.0], [46.0])
    assert table.geometry[0].bounds[:2] == pytest.approx((x[0], y[0]), abs=20)  # parallels are curved


def test_altered_shapes_are_refused(shapes):
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    wrong = lambda: shapes(geometry=[bow, *list(SQUARES.values())[1:]])  # noqa: E731
    assert said(wrong) == ["COMMUNES.RData row 1: geometry of INSEE_COM = '01001' is missing or not valid"]
    assert said(lambda: shapes(INSEE_COM="01001", YEAR=2025))[0].startswith("COMMUNES.RData: column 'YEAR' is not expected")


def test_departement_outlines_are_in_lambert_93_and_a_repeated_one_is_refused(tmp_path):
    features = [(box(3, 46, 4, 47), {"code": "01", "nom": "Ain"}), (box(8, 41, 9, 42), {"code": "2A", "nom": "Corse-du-Sud"})]
    table, set_aside = national.departement_outlines(geojson(tmp_path / "d.geojson", *features))
    assert table["departement"].tolist() == ["01", "2A"] and table.crs.to_epsg() == 2154 and set_aside.empty
    path = geojson(tmp_path / "d.geojson", *features, (None, {"code": "01", "nom": "Ain"}))
    assert said(national.departement_outlines, path) == ["d.geojson row 3: code = '01' stands twice"]
    path = geojson(tmp_path / "d.geojson", *features, (None, {"code": "03", "nom": "Allier"}))
    assert said(national.departement_outlines, path) == ["d.geojson row 3: geometry = '03' is missing or not valid"]


def test_plants_are_converted_to_lambert_93_and_what_lies_outside_has_no_coordinate(tmp_path):
    rows = [{"Identifiant": "1"}, {"Identifiant": "2", "Commune": ""}, {"Identifiant": "3", "Coordonnees_X": "700000", "Code_APE": "3821Z"}]
    abroad = {"Coordonnees_X": "-12011954.17", "Coordonnees_Y": "7741647.5"}
    rows += [{"Identifiant": "4", "Code_Postal": "97221", **abroad}, {"Identifiant": "5", "Code_Postal": "89210", **abroad}]
    table, set_aside = national.plants(irep(tmp_path / "i.csv", *rows))
    # The origin of Lambert II étendu is 52 gr (46.8° N) on the meridian of Paris (2.337229° E); the datums lie 0.1 km apart.
    x, y = lambert93([2.337229], [46.8])
    assert (table["x"][0], table["y"][0]) == pytest.approx((x[0], y[0]), abs=150)
    assert table["sharing"].tolist() == [2, 2, 1, 0, 0] and table["x"].isna().tolist() == [False] * 3 + [True] * 2
    assert table["naf"].tolist()[2:4] == ["38.21Z", "25.71Z"] and table["manufacturing"].tolist() == [True, True, False, True, True]
    assert set_aside["keys"].tolist() == ["4", "5", "1, 2"] and pd.isna(table["commune_name"][1])


def test_altered_plants_are_refused(tmp_path):
    wrong = {"Identifiant": "1", "Code_APE": "2571", "Coordonnees_X": "far", "Numero_SIRET": "12"}
    faults = said(national.plants, irep(tmp_path / "i.csv", {"Identifiant": "1"}, wrong))
    assert [fault.split(" = ")[0] for fault in faults] == [
        f"i.csv row 3: {c}" for c in ("Numero_SIRET", "Coordonnees_X", "Code_APE", "Identifiant")
    ]


@pytest.fixture
def communes():
    table = pd.DataFrame(
        {"commune": list(SQUARES), "epci": ["200069193", "200069193", "200000001", None], "ept": [None, "200058014", None, None]}
    )
    return gpd.GeoDataFrame(table, geometry=list(SQUARES.values()), crs=4326).to_crs(2154)


def test_members_that_are_communes_have_their_outline_instead_of_a_point(tmp_path, communes):
    features = [
        territory(SQUARES["01001"], "ti-8401", "200069193"),
        territory(shapely.GeometryCollection([Point(8.7, 41.9), MultiPolygon([SQUARES["01001"]])]), "ti-9402", "212000045, 200069193"),
        territory(MultiPoint([(3, 46)]), "ti-8403", "210100015"),
        territory(box(-61, 16, -60, 17), "ti-0101", "200018653"),
    ]
    communes = communes.replace({"commune": {"2A004": "20004"}})  # no SIREN has a letter
    table, set_aside = national.territoires_industrie(geojson(tmp_path / "t.geojson", *features), communes)
    sizes = communes.set_index("commune").area
    assert table.area.tolist()[:3] == pytest.approx([sizes["01001"], sizes["01001"] + sizes["20004"], sizes["01001"]], rel=1e-6)
    assert table["metropolitan"].tolist() == [True, True, True, False] and table.geometry.isna().tolist() == [False, False, False, True]
    assert set_aside["keys"].tolist() == ["ti-9402, ti-8403", "ti-0101"]


def test_a_territory_of_points_whose_communes_are_not_known_is_refused(tmp_path, communes):
    path = geojson(tmp_path / "t.geojson", territory(Point(3, 46), "ti-8401", "210109990"))
    assert said(national.territoires_industrie, path, communes) == ["t.geojson row 1: members = '210109990' have no outline"]


def test_a_territory_with_a_member_that_is_no_siren_is_refused(tmp_path, communes):
    path = geojson(tmp_path / "t.geojson", territory(SQUARES["01001"], "ti-8401", "200069193;12"))
    assert said(national.territoires_industrie, path, communes)[0].startswith(
        "t.geojson row 1: siren_groupement = '200069193;12' is no list"
    )


def test_a_territory_has_the_communes_of_its_epci_ept_and_communes(communes):
    territories = pd.DataFrame({"territory": ["t1", "t2", "t3"], "members": ["200069193, 210100015", "200058014", "999999999"]})
    table, set_aside = areas.territory_communes(territories, communes)
    assert table.to_numpy().tolist() == [["t1", "01001"], ["t1", "01002"], ["t2", "01002"]]
    assert set_aside["keys"].tolist() == ["999999999"]


# Communes of several vintages.


def test_changes_are_read_as_text_and_altered_ones_refused(tmp_path):
    table = national.commune_changes(changes(tmp_path / "c.csv", "01039,01138,2023-01-01,merged,Culoz-Béon,x"))
    assert table.to_numpy().tolist() == [["01039", "01138", "2023-01-01", "merged", "Culoz-Béon", "x"]]
    path = changes(
        tmp_path / "c.csv", "1039,01138,2023,merge,Culoz-Béon,x", "01039,01138,2023-01-01,split,x,x", "01039,01138,2023-01-01,split,x,"
    )
    assert [fault.split(" is ")[0] for fault in said(national.commune_changes, path)] == [
        "c.csv row 2: old = '1039'",
        "c.csv row 2: date = '2023'",
        "c.csv row 2: kind = 'merge'",
        "c.csv row 4: source = ''",
        "c.csv row 4: old, new = '01039 01138' stands twice",
    ]


def vintages(counts: dict, known: list[str], drawn: dict, *moves: tuple[str, str, str]):
    """``areas.communes`` on small tables: jobs of 2021, codes of 2022, squares of 2024."""
    placed = pd.DataFrame({"commune": known, "zone": [f"0{i}" for i in range(len(known))], "epci": "200069193", "name": known})
    table = gpd.GeoDataFrame({"commune": list(drawn), "ept": None}, geometry=list(drawn.values()), crs=2154)
    jobs = pd.DataFrame({"commune": list(counts), "jobs": list(counts.values())})
    return areas.communes(jobs, placed, table, pd.DataFrame(moves, columns=["old", "new", "kind"]))


def test_jobs_add_up_before_and_after_communes_merge_split_and_are_renumbered():
    counts = {"01001": 5.0, "01002": 7.0, "01003": 1.0, "01004": np.nan}
    drawn = {"01001": box(0, 0, 2, 1), "01009": box(2, 0, 3, 1), "01005": box(3, 0, 4, 1), "01004": box(4, 0, 5, 1)}
    moves = ("01002", "01001", "merged"), ("01001", "01009", "split"), ("01003", "01005", "renumbered")
    table, set_aside = vintages(counts, ["01001", "01002", "01003", "01004"], drawn, *moves)
    assert (
        table["commune"].tolist() == ["01001", "01004", "01005"] and table["jobs"].tolist()[::2] == [12, 1] and np.isnan(table["jobs"][1])
    )
    assert table.area.tolist() == [3, 1, 1] and table.set_index("commune").loc["01001", "zone"] == "00"
    found = set_aside.set_index("what")["keys"].to_dict()
    assert found["communes merged"] == "01002 > 01001" and found["communes over two zones"] == "01001"
    assert all(not keys for what, keys in found.items() if "unmatched" in what)


def test_communes_without_counterpart_are_listed_and_too_many_refused(monkeypatch):
    square = {"01001": box(0, 0, 1, 1)}
    with pytest.raises(ValueError, match=r"2 of 3 communes have no counterpart .* more than 0\.2%: 01002, 01003; name their changes"):
        vintages({"01001": 1, "01002": 2}, ["01001", "01003"], square)
    monkeypatch.setattr(areas, "MOST_UNMATCHED", 1)
    table, set_aside = vintages({"01001": 1, "01002": 2}, ["01001", "01003"], square)
    assert table["jobs"].sum() == 3
    assert set_aside.set_index("what").loc["communes unmatched in 2021", "keys"] == "01003"
    assert set_aside.set_index("what").loc["communes unmatched in 2024", "keys"] == "01002, 01003"


def test_a_chain_of_changes_ends_at_its_last_commune_and_a_circle_is_refused():
    moves = pd.DataFrame([("01", "02", "merged"), ("02", "03", "renumbered"), ("03", "04", "split")], columns=["old", "new", "kind"])
    assert areas.common_codes(pd.Series(["01", "02", "03", "04", "05"]), moves).tolist() == ["03", "03", "03", "03", "05"]
    with pytest.raises(ValueError, match="01, 02 lead round in a circle"):
        areas.common_codes(pd.Series(["01", "02"]), moves.head(2).assign(new=["02", "01"], kind="merged"))
    with pytest.raises(ValueError, match="01 can go into one commune only"):
        areas.common_codes(pd.Series(["01"]), moves.head(2).assign(old="01", kind="merged"))


def test_zones_have_the_sums_and_the_outline_of_their_communes():
    table = gpd.GeoDataFrame(
        {"commune": list("abcd"), "zone": ["1", "1", "9", None], "zone_name": ["One", "One", "Nine", None], "jobs": [1.0, np.nan, 5, 7]},
        geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1), None, box(5, 5, 6, 6)],
        crs=2154,
    ).assign(metropolitan=[True, True, False, True])
    zones, set_aside = areas.zone_shapes(table)
    assert zones[["zone", "name", "metropolitan", "communes", "jobs"]].to_numpy().tolist() == [
        ["1", "One", True, 2, 1],
        ["9", "Nine", False, 1, 5],
    ]
    assert zones.area[0] == 2 and zones.geometry[0].geom_type == "Polygon" and zones.geometry.isna().tolist() == [False, True]
    assert set_aside["keys"].tolist() == ["d", "9"]


# Each source converted once.


@pytest.fixture
def folders(tmp_path):
    (tmp_path / "raw" / "national").mkdir(parents=True)
    urssaf(tmp_path / "raw" / "national" / "urssaf_ape_departement.json")
    return tmp_path / "raw", tmp_path / "processed"


def stored(folders) -> Path:
    return folders[1] / "national" / "establishments.parquet"


def test_a_table_is_converted_once_and_prints_what_was_set_aside(folders, monkeypatch):
    first = prepared("establishments", *folders)
    data = stored(folders).read_bytes()
    monkeypatch.setattr(national, "_store", None)  # would fail
    again = prepared("establishments", *folders)
    pd.testing.assert_frame_equal(first.table, again.table)
    pd.testing.assert_frame_equal(first.set_aside, again.set_aside)
    assert str(again) == "establishments (URSSAF): 3 rows\n  1 sub-classes (no employer establishment in them): 01.11Z"
    assert stored(folders).read_bytes() == data and again.table.attrs == {} and again.producer == "URSSAF"


def test_tables_go_beside_the_raw_folder_where_no_other_is_named(folders):
    assert len(prepared("establishments", folders[0]).table) == 3
    assert stored(folders).is_file()


def test_a_table_is_as_old_as_its_source_and_the_same_bytes_when_made_again(folders):
    prepared("establishments", *folders)
    data = stored(folders).read_bytes()
    assert stored(folders).stat().st_mtime_ns == (folders[0] / "national" / "urssaf_ape_departement.json").stat().st_mtime_ns
    stored(folders).unlink()
    prepared("establishments", *folders)
    assert stored(folders).read_bytes() == data


def test_a_table_is_converted_again_when_its_source_changed(folders):
    prepared("establishments", *folders)
    urssaf(folders[0] / "national" / "urssaf_ape_departement.json", nbEtablissements2021=[41, 7, 9])
    assert prepared("establishments", *folders).table["establishments"].sum() == 57


def test_a_table_is_converted_again_when_the_code_changed_or_it_is_damaged(folders, monkeypatch):
    prepared("establishments", *folders)
    good = stored(folders).read_bytes()
    stored(folders).write_bytes(good[:100])
    prepared("establishments", *folders)
    assert stored(folders).read_bytes() == good
    monkeypatch.setattr(national, "_code", lambda: b"another version")
    prepared("establishments", *folders)
    assert stored(folders).read_bytes() != good


def test_comments_and_docstrings_are_no_new_version_of_the_code(tmp_path, monkeypatch):
    module = tmp_path / "areas.py"
    monkeypatch.setattr(areas, "__file__", str(module))
    versions = []
    for text in ("def f():\n    return 1\n", '"""Doc."""\n\ndef f():\n    """Doc."""\n    return 1  # one\n', "def f():\n    return 2\n"):
        module.write_text(text)
        versions.append(national._code())
    assert versions[0] == versions[1] != versions[2]


def test_a_name_that_is_unknown_and_files_that_are_missing_are_named_at_once(folders):
    with pytest.raises(ValueError, match="name = 'establishment' is none of establishments, communes_2021"):
        prepared("establishment", *folders)
    faults = said(prepared, "territory_communes", *folders)
    assert [fault.split(": is missing in ")[0] for fault in faults] == [
        "commune_changes.csv",
        "COMMUNES.RData",
        "base_cc_comparateur_csv.zip",
        "polygone-4326_ti.geojson",
        "table-appartenance-geo-communes-22.zip",
    ]


def test_a_write_that_fails_leaves_nothing_behind(folders, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        prepared("establishments", *folders)
    assert list((folders[1] / "national").iterdir()) == []


def test_processes_that_convert_at_once_do_not_spoil_the_table(folders):
    code = "import sys; from slpi.national import prepared; print(prepared('establishments', *sys.argv[1:]).table['establishments'].sum())"
    running = [subprocess.Popen([sys.executable, "-c", code, *map(str, folders)], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=100)[0] for process in running] == ["56\n"] * 2
    assert [path.name for path in (folders[1] / "national").iterdir()] == ["establishments.parquet"]


def test_what_is_read_is_told_to_the_trace_of_a_chapter(folders):
    code = (
        "import sys; seen = []; sys.addaudithook(lambda event, of: event == 'open' and seen.append(str(of[0]).replace('\\\\', '/')))\n"
        "from slpi.national import prepared; prepared('establishments', *sys.argv[1:3])\n"
        "print(*[path for path in seen if path.startswith(sys.argv[3])], sep='\\n')"
    )
    prepared("establishments", *folders)
    command = [sys.executable, "-c", code, *map(str, folders), str(folders[0].parent)]
    read = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert {Path(path).name for path in read} == {"urssaf_ape_departement.json", "establishments.parquet"}


# The real files.


@pytest.fixture(scope="session")
def real(tmp_path_factory):
    """Reads a table of the real data; the slowest are converted in a process of their own, whose peak of memory is kept."""
    if "SLPI_MIRROR" not in os.environ and not (MIRROR / "COMMUNES.RData").is_file():  # one that is named must be there
        pytest.skip("the open data are not at hand; SLPI_MIRROR names their folder")
    folder = tmp_path_factory.mktemp("national")
    (folder / "raw").mkdir()
    (folder / "raw" / "national").symlink_to(MIRROR.resolve())
    (folder / "raw" / "commune_changes.csv").symlink_to(ROOT / "data" / "raw" / "commune_changes.csv")
    code = "import resource, sys; from slpi.national import _RECIPES, prepared; [prepared(name, *sys.argv[1:]) for name in _RECIPES]"
    code += "; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)"
    command = [sys.executable, "-W", "error::UserWarning", "-c", code, str(folder / "raw"), str(folder / "processed")]
    peak = float(subprocess.run(command, capture_output=True, text=True, check=True, timeout=400).stdout)

    def read(name: str) -> national.Prepared:
        return prepared(name, folder / "raw", folder / "processed")

    read.peak = peak
    return read


def keys(found: national.Prepared, what: str) -> list[str]:
    return found.set_aside.set_index("what").loc[what, "keys"].split(", ")


def test_conversion_of_everything_stays_below_two_gibibytes(real):
    assert real.peak < 2


def test_real_establishments_have_their_published_totals(real):
    table = real("establishments").table
    assert (len(table), table["establishments"].sum(), table["naf"].nunique(), table["departement"].nunique()) == (
        50_114,
        1_885_359,
        682,
        100,
    )
    assert table["establishments"].min() == 1 and {"01", "2A", "2B", "974"} <= {*table["departement"]}


def test_real_communes_of_2021_are_34_965_beside_45_arrondissements(real):
    found = real("communes_2021")
    assert len(found.table) == 34_965 == 35_010 - len(keys(found, "arrondissements"))
    totals = found.table[["population", "jobs", "establishments"]].sum()
    # INSEE, 2018: 66,732,538 inhabitants of France without Mayotte.
    assert (
        totals["population"] == 66_732_538
        and 26e6 < totals["jobs"] < 27.5e6
        and totals["establishments"] == 2_390_650 - 169_368 - 24_513 - 27_447
    )
    assert [code for code in keys(found, "communes with missing values") if not code.startswith("976")] == ["14666", "76601"]


def test_real_geography_has_34_955_communes_in_306_zones(real):
    table = real("geography_2022").table
    assert len(table) == 34_955 and table[["departement", "region", "epci", "zone"]].nunique().tolist() == [101, 18, 1255, 306]
    assert not table.drop(columns=["epci", "epci_name"]).isna().any(axis=None) and table["epci"].isna().sum() == 4


def test_real_outlines_of_communes_fit_together(real):
    table = real("commune_shapes").table
    assert len(table) == 34_935 and table["metropolitan"].sum() == 34_806 == table.geometry.notna().sum()
    assert shapely.coverage_is_valid(table.geometry[table["metropolitan"]].to_numpy())  # no gap and no overlap between neighbours
    assert table.area.sum() / 1e6 == pytest.approx(549_000, rel=0.01)  # metropolitan France, km²


def test_no_real_commune_is_unmatched_and_jobs_and_establishments_add_up(real):
    found, before = real("communes"), real("communes_2021").table
    unmatched = found.set_aside[found.set_aside["what"].str.contains("unmatched")]
    assert len(unmatched) == 3 and unmatched["count"].sum() == 0 <= 0.002 * len(found.table)
    assert len(found.table) == 34_932 and found.table["commune"].is_unique
    sums = [column for column in before if column != "commune"]
    pd.testing.assert_series_equal(found.table[sums].sum(), before[sums].sum(), rtol=1e-12)
    assert not found.table[["name", "departement", "zone", "zone_name"]].isna().any(axis=None)


def test_every_real_change_of_a_commune_is_seen_in_the_vintages(real):
    of_2021, of_2022, of_2024 = ({*real(name).table["commune"]} for name in ("communes_2021", "geography_2022", "commune_shapes"))
    for change in national.commune_changes(ROOT / "data" / "raw" / "commune_changes.csv").itertuples():
        assert change.old in of_2021 and change.new in of_2024, change
        assert (change.old in of_2024, change.new in of_2021) == {
            "merged": (False, True),
            "renumbered": (False, False),
            "split": (True, False),
        }[change.kind]
        assert (change.old in of_2022) == (change.kind == "split" or change.date > "2022-01-01"), change


def test_real_zones_are_306_of_which_287_metropolitan_that_touch_each_other(real):
    zones = real("zone_shapes").table
    assert len(zones) == 306 and zones["metropolitan"].sum() == 287 == zones.geometry.notna().sum()
    assert zones["jobs"].sum() == pytest.approx(real("communes_2021").table["jobs"].sum(), rel=1e-12)
    inside = zones[zones["metropolitan"]].reset_index(drop=True)
    assert inside.is_valid.all() and shapely.coverage_is_valid(inside.geometry.to_numpy())
    one, _ = inside.sindex.query(inside.geometry, predicate="touches")
    assert np.bincount(one, minlength=287).min() >= 1 and 5 < len(one) / 287 < 6
    islands = gpd.GeoSeries([inside.union_all()]).explode()
    corsica = inside[inside["zone"].str.startswith("94")]
    assert len(corsica) == 7 and not corsica.union_all().intersects(inside.drop(corsica.index).union_all()) and len(islands) >= 2


def test_real_departement_outlines_are_96(real):
    assert len(real("departement_outlines").table) == 96


def folded(name: str) -> str:
    plain = unicodedata.normalize("NFD", name.replace("œ", "oe").replace("Œ", "OE")).encode("ascii", "ignore").decode().upper()
    return re.sub("[^A-Z]", "", re.sub(r"\bST(E?)\b", r"SAINT\1", plain))


def test_real_plants_with_a_coordinate_lie_in_france_and_near_their_commune(real):
    found = real("plants")
    table = found.table
    assert len(table) == 10_167 and table["manufacturing"].sum() == 4_679 and table["x"].notna().sum() == 10_052
    assert (len(keys(found, "coordinates overseas")), keys(found, "coordinates outside France")) == (114, ["89288528"])
    placed = table[table["x"].notna()]
    points = gpd.GeoSeries(gpd.points_from_xy(placed["x"], placed["y"]), index=placed.index, crs=2154)
    outlines = real("departement_outlines").table
    own = outlines.set_index(outlines["name"].map(folded)).geometry.reindex(placed["departement_name"].map(folded))
    assert points.distance(gpd.GeoSeries(own.to_numpy(), index=points.index, crs=2154)).max() < 6_000  # Freigné changed its département

    communes = real("communes").table
    names = (
        communes.assign(key=communes["departement_name"].map(folded) + communes["name"].map(folded)).drop_duplicates("key").set_index("key")
    )
    at = names.geometry.reindex(placed["departement_name"].map(folded) + placed["commune_name"].fillna("").map(folded))
    known = at.notna().to_numpy()
    away = points[known].distance(gpd.GeoSeries(at[known].to_numpy(), index=points.index[known], crs=2154))
    assert known.mean() > 0.9 and (away < 30_000).mean() > 0.999


def test_real_coordinates_of_plants_are_points_of_communes(real):
    placed = real("plants").table.dropna(subset=["x"])
    commune = placed["departement_name"] + placed["commune_name"].fillna("").map(folded)
    point = placed["x"].astype(str) + " " + placed["y"].astype(str)
    assert commune.nunique() == point.nunique() == len(pd.DataFrame({"c": commune, "p": point}).drop_duplicates()) == 5_017
    assert (placed["sharing"] == 1).sum() == 3_173


def test_real_territories_of_industry_are_149_and_each_metropolitan_one_has_an_outline(real):
    found, members = real("territoires_industrie"), real("territory_communes")
    table = found.table
    assert len(table) == 149 and table["metropolitan"].sum() == 141 == table.geometry.notna().sum()
    assert set(table.geometry.dropna().geom_type) <= {"Polygon", "MultiPolygon"} and table.geometry.dropna().is_valid.all()
    assert members.set_aside["count"].sum() == 0 and {*members.table["territory"]} == {*table["territory"]}
    communes = real("communes").table.set_index("commune")
    drawn = communes.loc[members.table["commune"]].assign(territory=members.table["territory"].to_numpy())
    drawn = drawn[drawn["metropolitan"]].dissolve("territory").geometry
    both = gpd.GeoDataFrame({"a": drawn, "b": table.set_index("territory").geometry.reindex(drawn.index)})
    overlap = both["a"].intersection(both["b"]).area / both["a"].union(both["b"]).area
    assert len(overlap) == 141 and overlap.median() > 0.95 and overlap.min() > 0.5


def test_a_stored_table_of_the_real_data_is_read_in_less_than_a_second(real):
    from time import perf_counter

    for name in national._RECIPES:
        real(name)
        began = perf_counter()
        real(name)
        assert perf_counter() - began < 1, name
