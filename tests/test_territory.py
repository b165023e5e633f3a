"""A territory of firms: what is read and how, all that is refused and in which words, what is noted; layers; the command line."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import workbooks
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from slpi import association, proximity, territory_sheets
from slpi.labelled import Square
from slpi.territory import Territory, TerritoryError, described, layer, load_firms, load_territory, main, new

TERRITORIES = ROOT / "data" / "raw" / "territories"
HEAD = {"name": "A valley", "status": "measured", "source": "A survey", "licence": "private", "crs": "EPSG:2154"}
FIRMS = """firm_id,name,role,x,y,naf,legal_form,ess,jobs,group_id
A,Forge,firm,650000,6400000,25.50A,SAS,0,12,G1
B,Turning,firm,651000,6401000,2562A,SCOP,1,8.5,
C,Bank,financier,652000,6402000,,,0,,
"""
TIES = """source,target,layer,kind,weight,directed,date_from,date_to
A,B,productive,supply,2,1,2015,2018
B,C,financial,loan,1,0,,
"""
MEMBERSHIPS = "firm_id,body_id,kind\nA,club,association\nB,club,association\nC,fund,funder\n"
#: What the check digit of Danone, Renault and a firm with leading zeros asks for.
SIREN = ("552032534", "441639465", "005420120")


class Folder:
    """A territory's folder in the making."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(exist_ok=True)
        self.head()
        self.write(firms=FIRMS, ties=TIES, memberships=MEMBERSHIPS)

    def head(self, **changed: str | None) -> None:
        lines = [f'{key} = "{value}"' for key, value in (HEAD | changed).items() if value is not None]
        (self.path / "territory.toml").write_text("\n".join(lines), encoding="utf-8")

    def write(self, **sheets: str) -> None:
        for name, text in sheets.items():
            (self.path / f"{name}.csv").write_text(text, encoding="utf-8")

    def edit(self, sheet: str, old: str, new: str) -> None:
        text = (self.path / f"{sheet}.csv").read_text(encoding="utf-8")
        assert text.count(old) == 1, (sheet, old)
        self.write(**{sheet: text.replace(old, new)})

    def add(self, sheet: str, *rows: str) -> None:
        self.write(**{sheet: (self.path / f"{sheet}.csv").read_text(encoding="utf-8") + "".join(f"{row}\n" for row in rows)})

    def load(self) -> Territory:
        return load_territory(self.path)

    def faults(self) -> list[str]:
        with pytest.raises(TerritoryError) as error:
            self.load()
        assert [str(fault) for fault in error.value.faults] == str(error.value).splitlines()
        return str(error.value).splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "valley")


def noted(territory: Territory) -> dict[str, tuple[str, int, str]]:
    return {row.what: (row.why, row.count, row.keys) for row in territory.set_aside.itertuples(name="Row")}


# What is read.


def test_a_clean_territory_is_read_as_it_stands(folder):
    found = folder.load()
    assert (found.name, found.status, found.source, found.licence) == ("A valley", "measured", "A survey", "private")
    assert found.firms.index.tolist() == ["A", "B", "C"] and found.firms.index.name == "firm_id"
    assert found.firms.loc["B"].drop("group_id").tolist() == ["Turning", "firm", 651000.0, 6401000.0, "25.62A", "SCOP", True, 8.5]
    assert found.firms["ess"].dtype == bool and found.firms["jobs"].isna().tolist() == [False, False, True]
    assert found.firms["group_id"].isna().tolist() == [False, True, True] and pd.isna(found.firms["naf"]["C"])
    assert found.ties.iloc[0].tolist() == ["A", "B", "productive", "supply", 2.0, True, 2015.0, 2019.0]
    assert found.ties.iloc[1, :6].tolist() == ["B", "C", "financial", "loan", 1.0, False] and found.ties.iloc[1, 6:].isna().all()
    assert found.memberships.to_numpy().tolist() == [["A", "club", "association"], ["B", "club", "association"], ["C", "fund", "funder"]]
    assert found.set_aside.empty and list(found.set_aside) == ["what", "why", "count", "keys"]
    assert repr(found) == "Territory('A valley', measured: 3 firms, 2 ties, 3 memberships)"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("sign", [";", "\t"])
def test_files_as_french_spreadsheets_save_them_give_the_same_territory(folder, encoding, sign):
    folder.edit("firms", "Forge", "Forge à façon")
    clean = folder.load()
    for name, text in {"firms": (folder.path / "firms.csv").read_text(), "ties": TIES, "memberships": MEMBERSHIPS}.items():
        french = (
            text.replace(",", sign).replace("8.5", "8,5").replace("650000", "650 000,0").replace("2015", "01/01/2015").replace("\n", "\r\n")
        )
        (folder.path / f"{name}.csv").write_bytes(french.replace("firm_id", " Firm-ID ").encode(encoding))
    found = folder.load()
    for name in ("firms", "ties", "memberships"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(clean, name))


def test_a_workbook_gives_the_same_territory(folder):
    clean = folder.load()
    sheets = {}
    for name, text in {"Firms": FIRMS, "ties": TIES, "memberships": MEMBERSHIPS}.items():
        rows = [line.split(",") for line in text.splitlines()]
        sheets[name] = [
            [float(cell) if cell.replace(".", "").isdigit() and cell.count(".") < 2 else cell or None for cell in row] for row in rows
        ]
        (folder.path / f"{name.lower()}.csv").unlink()
    sheets["ties"][1][6:] = [date(2015, 1, 1), date(2018, 12, 31)]
    sheets["remarks"] = [["nothing of ours"]]
    workbooks.save(folder.path / "valley.xlsx", sheets)
    (folder.path / "~$valley.xlsx").write_text("the lock of a workbook that is open")
    found = folder.load()
    for name in ("firms", "ties", "memberships"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(clean, name))


def test_a_sheet_may_be_in_several_files(folder):
    folder.write(ties_survey="source,target,layer,directed\nB,A,productive,1\n")
    found = folder.load()
    assert found.ties["source"].tolist() == ["A", "B", "B"] and found.ties["weight"].tolist() == [2, 1, 1]
    folder.write(ties_survey="source,target,layer,kind,directed\nA,Z,productive,supply,1\nA,C,productive,supply,1\nC,B,financial,loan,0\n")
    assert folder.faults() == [
        "ties_survey.csv row 2: target = 'Z' is no firm of the sheet firms; give it a row there, or leave this one out",
        "ties_survey.csv row 4: draws the same tie as row 3 of ties.csv; keep one, with the weight of both",
    ]


def lambert_2(lon: float, lat: float) -> tuple[float, float]:
    """Lambert II étendu by IGN's own constants (note NTG 71): the shift of datum, then a cone on the ellipsoid of Clarke 1880."""
    phi, lam = np.radians([lat, lon])
    a, e2 = 6378137.0, 0.00669438002290
    n = a / np.sqrt(1 - e2 * np.sin(phi) ** 2)
    x, y, z = n * np.cos(phi) * np.cos(lam) + 168, n * np.cos(phi) * np.sin(lam) + 60, n * (1 - e2) * np.sin(phi) - 320
    a, e2 = 6378249.2, 0.08248325676**2
    lam, phi = np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))
    for _ in range(20):
        phi = np.arctan2(z + a * e2 * np.sin(phi) / np.sqrt(1 - e2 * np.sin(phi) ** 2), np.hypot(x, y))
    e = np.sqrt(e2)
    isometric = np.log(np.tan(np.pi / 4 + phi / 2)) - e * np.arctanh(e * np.sin(phi))
    radius, angle = 11745793.39 * np.exp(-0.7289686274 * isometric), 0.7289686274 * (lam - np.radians(2 + 20 / 60 + 14.025 / 3600))
    return 600000 + radius * np.sin(angle), 8199695.768 - radius * np.cos(angle)


LAMBERT_2 = lambert_2(3.0, 46.5)


@pytest.mark.parametrize(
    ("crs", "x", "y", "tolerance"),
    [
        ("EPSG:4326", 3.0, 46.5, 0.01),
        ("WGS 84", 3.0, 46.5, 0.01),
        ("Lambert-93", 700000, 6600000, 0),
        ("2154", 700000, 6600000, 0),
        ("EPSG:27572", LAMBERT_2[0], LAMBERT_2[1], 0.1),
        ("Lambert II étendu", LAMBERT_2[0], LAMBERT_2[1], 0.1),
    ],
)
def test_places_become_metres_of_lambert_93(folder, crs, x, y, tolerance):
    # The origin of Lambert-93, 3° E and 46° 30' N, is (700000, 6600000) by definition.
    folder.head(crs=crs)
    folder.write(firms=f"firm_id,x,y\nA,{x},{y}\nB,{x},{y}\nC,{x},{y}\n")
    found = folder.load().firms
    assert np.allclose(found[["x", "y"]], (700000, 6600000), atol=tolerance)


@pytest.mark.parametrize(
    ("written", "begins", "ends"),
    [
        ("2019", 2019, 2020),
        ("2019-07", 2019 + 181 / 365, 2019 + 212 / 365),
        ("2019-12", 2019 + 334 / 365, 2020),
        ("2020-12-31", 2020 + 365 / 366, 2021),
        ("31/12/2020", 2020 + 365 / 366, 2021),
        ("7/2019", 2019 + 181 / 365, 2019 + 212 / 365),
    ],
)
def test_a_date_is_where_its_day_month_or_year_begins_or_ends(folder, written, begins, ends):
    folder.edit("ties", "2015,2018", f"{written},{written}")
    assert folder.load().ties.loc[0, ["date_from", "date_to"]].tolist() == pytest.approx([begins, ends], abs=1e-12)


@given(st.dates(date(1000, 1, 1), date(9998, 12, 31)))
def test_a_day_ends_where_the_next_begins(day):
    after = date.fromordinal(day.toordinal() + 1)
    assert territory_sheets._when(day.isoformat(), end=True) == pytest.approx(
        territory_sheets._when(after.isoformat(), end=False), abs=1e-9
    )


def test_identifiers_are_text_with_their_zeros(folder):
    folder.write(
        firms=FIRMS.replace("\nA,", "\n007,"), ties=TIES.replace("\nA,", "\n007,"), memberships=MEMBERSHIPS.replace("\nA,", "\n007,")
    )
    assert folder.load().firms.index[0] == "007"


def with_ids(folder: Folder, ids: tuple[str, ...], written: Callable[[str], str] = str) -> None:
    for name, text in {"firms": FIRMS, "ties": TIES, "memberships": MEMBERSHIPS}.items():
        for letter, own in zip("ABC", ids, strict=True):
            text = text.replace(f"\n{letter},", f"\n{written(own)},").replace(f",{letter},", f",{written(own)},")
        folder.write(**{name: text})


def test_siren_get_lost_leading_zeros_back_everywhere_and_it_is_noted(folder):
    with_ids(folder, SIREN, lambda siren: siren.lstrip("0"))
    found = folder.load()
    assert found.firms.index.tolist() == list(SIREN)
    assert found.ties["target"].tolist() == [SIREN[1], SIREN[2]] and found.memberships["firm_id"].tolist() == list(SIREN)
    why = "leading zeros of SIREN given back"
    assert noted(found) == {
        f"{column}": (why, 1, SIREN[2]) for column in ("firm_id of the firms", "target of the ties", "firm_id of the memberships")
    }


def test_spaces_of_print_in_siren_are_no_part_of_them(folder):
    with_ids(folder, SIREN, lambda siren: f"{siren[:3]} {siren[3:6]}\u00a0{siren[6:]}")
    found = folder.load()
    assert found.firms.index.tolist() == list(SIREN) and found.set_aside.empty


def test_siret_are_known_by_their_check_digit_those_of_la_poste_too(folder):
    # 356 000 000 00048 is La Poste's seat: its digits sum to a multiple of 5.
    with_ids(folder, ("55203253400646", "35600000000048", "00542012000015"), lambda siret: siret.lstrip("0"))
    assert folder.load().firms.index.tolist() == ["55203253400646", "35600000000048", "00542012000015"]


def test_numbers_that_are_no_siren_stay_as_they_are(folder):
    with_ids(folder, ("12", "7", "123456789"))
    found = folder.load()
    assert found.firms.index.tolist() == ["12", "7", "123456789"] and found.set_aside.empty


def test_a_mistyped_siren_is_told_where_the_others_are_right(folder):
    folder.head(firm_ids="siren")
    with_ids(folder, (SIREN[0], "552032535", SIREN[2]))
    remedy = 'look for a digit mistyped, or write firm_ids = "own" in territory.toml'
    assert folder.faults() == [f"firms.csv row 3: firm_id = 552032535 is no SIREN: its check digit does not fit; {remedy}"]
    folder.head(firm_ids="own")
    assert folder.load().firms.index[1] == "552032535"
    folder.head(firm_ids="siren")
    with_ids(folder, (SIREN[0], "Forge", SIREN[2]))
    assert folder.faults() == [f"firms.csv row 3: firm_id = 'Forge' is no SIREN: its check digit does not fit; {remedy}"]


# What is noted.


def test_what_is_blank_missing_or_unknown_is_noted_never_dropped_in_silence(folder):
    folder.write(firms="firm_id,x,y,remark\nA,650000,6400000,old\nB,650000,6400000,\nC,650000,6400000,\n")
    folder.edit("ties", "supply,2,", "supply,,")
    (folder.path / "memberships.csv").unlink()
    found = folder.load()
    assert found.firms.loc["A"].isna().sum() == 4 and found.firms["role"].eq("firm").all() and not found.firms["ess"].any()
    assert found.firms["name"].tolist() == ["A", "B", "C"] and found.ties["weight"].tolist() == [1, 1]
    why = {(row.what, row.why): row.keys for row in found.set_aside.itertuples(name="Row")}
    assert why == {
        ("columns of firms.csv", "not known here, not read"): "remark",
        ("columns of firms.csv", "not there, taken for blank"): "name, role, naf, legal_form, ess, jobs, group_id",
        ("blank role in the firms", "taken for a firm"): "A, B, C",
        ("blank ess in the firms", "taken for no"): "A, B, C",
        ("blank weight in the ties", "taken for 1"): "A – B",
        ("memberships", "no such sheet: none are known"): "",
    }
    assert list(found.memberships) == ["firm_id", "body_id", "kind"] and found.memberships.empty


def test_firms_without_a_place_are_set_aside_with_all_that_is_theirs(folder):
    folder.edit("firms", "652000,6402000", ",")
    found = folder.load()
    assert found.firms.index.tolist() == ["A", "B"] and len(found.ties) == 1 and len(found.memberships) == 2
    assert noted(found) == {
        "firms": ("x and y are blank", 1, "C"),
        "ties": ("one end is a firm without a place", 1, "B – C"),
        "memberships": ("of a firm without a place", 1, "C – fund"),
    }
    assert load_firms(folder.path).index.tolist() == ["A", "B", "C"]


@settings(max_examples=12, deadline=None)
@given(st.permutations(range(3)), st.permutations(range(2)))
def test_the_order_of_rows_means_nothing(tmp_path_factory, firms, ties):
    folder = Folder(tmp_path_factory.mktemp("order") / "valley")
    clean = folder.load()
    head, *rows = FIRMS.splitlines()
    folder.write(firms="\n".join([head, *(rows[i] for i in firms)]))
    head, *rows = TIES.splitlines()
    folder.write(ties="\n".join([head, *(rows[i] for i in ties)]))
    found = folder.load()
    pd.testing.assert_frame_equal(found.firms.sort_index(), clean.firms)
    assert (layer(found, "productive", firms="ABC").values != layer(clean, "productive").values).nnz == 0


# What is refused.

FRANCE_2154 = "(metropolitan France, EPSG:2154)"
CELLS = [
    ("firms", "\nB,", "\nA,", [" row 3: firm_id = 'A' stands already in row 2; a firm has one row"]),
    ("firms", "\nB,", "\n,", [" row 3: firm_id is blank; every firm needs one of its own"]),
    ("firms", "\nB,", "\n5.52E+08,", [" row 3: firm_id = '5.52E+08' is a number that a spreadsheet cut short; make the column"]),
    ("firms", "Forge", "For\ufffdge", [" row 2: name = 'For\ufffdge' holds a control or replacement character; retype it"]),
    ("firms", "financier", "finance", [" row 4: role = 'finance' is none of firm, financier, public; did you mean 'financier'?"]),
    ("firms", "2562A", "284A", [" row 3: naf = '284A' is not in NAF rev. 2; write it as 25.62B, or its first two to four digits"]),
    ("firms", "2562A", "04.10Z", [" row 3: naf = '04.10Z' is not in NAF rev. 2"]),
    ("firms", "SCOP,1", "SCOP,perhaps", [" row 3: ess = 'perhaps' is neither 1 nor 0"]),
    ("firms", ",12,", ",-12,", [" row 2: jobs = -12 is negative; leave it blank where jobs are not known"]),
    ("firms", ",12,", ",10 à 19,", [" row 2: jobs = '10 à 19' is no number"]),
    ("firms", ",8.5,", ',"8,5",', [" row 3: jobs = '8,5' is no number; write 8.5 (a decimal comma is read only "]),
    ("firms", "SAS,0", "SAS,0,", [" row 2: has 11 fields where the header has 10; a text with a separator needs quotes"]),
    ("firms", "650000,", ",", [" row 2: x is blank; a place needs x and y; a firm whose place is not known has neither"]),
    ("firms", ",6400000", ",", [" row 2: y is blank; a place needs x and y; a firm whose place is not known has neither"]),
    ("firms", "650000,6400000", "x,6400000", [" row 2: x = 'x' is no number"]),
    ("firms", "650000,6400000", "6400000,650000", [
        f" row 2: x = 6400000 is outside 0–1300000 {FRANCE_2154}; x and y look swapped",
        f" row 2: y = 650000 is outside 6000000–7200000 {FRANCE_2154}; x and y look swapped",
    ]),
    ("firms", "650000,6400000", "2.03,44.6", [
        f' row 2: y = 44.6 is outside 6000000–7200000 {FRANCE_2154}; x and y look like longitude and latitude: write crs'
    ]),
    ("firms", "650000,6400000", "44.6,2.03", [
        f" row 2: y = 2.03 is outside 6000000–7200000 {FRANCE_2154}; x and y look like longitude and latitude swapped"
    ]),
    ("firms", "650000,6400000", "600000,2000000", [
        f" row 2: y = 2000000 is outside 6000000–7200000 {FRANCE_2154}; x and y look like Lambert II étendu"
    ]),
    ("firms", "650000,6400000", "650000,9400000", [
        f" row 2: y = 9400000 is outside 6000000–7200000 {FRANCE_2154}; a firm elsewhere has no place here: leave x and y blank"
    ]),
    ("firms", "firm_id,name", "firm_id,nam", [": column 'nam' is unknown; did you mean 'name'?"]),
    ("firms", ",jobs", ",effectif", [": column 'effectif' is unknown; did you mean 'jobs'?"]),
    ("firms", ",12,", ",2026-12-05,", [" row 2: jobs = '2026-12-05' is no number; a spreadsheet has made a date of it"]),
    ("firms", ",x,y,", ",x,x,", [": column 'x' stands twice", ": column 'y' is missing; the columns are firm_id"]),
    ("ties", "\nA,B", "\nA,b", [" row 2: target = 'b' is no firm of the sheet firms; did you mean 'B'?"]),
    ("ties", "\nA,B", "\nA,turning", [" row 2: target = 'turning' is no firm of the sheet firms; did you mean 'B'?"]),
    ("ties", "\nA,B", "\nA,A", [" row 2: target = 'A' is the source itself"]),
    ("ties", "\nA,B", "\n,B", [" row 2: source is blank; write the firm that the tie comes from"]),
    ("ties", "productive", "productif", [" row 2: layer = 'productif' is none of productive, financial, institutional, knowledge"]),
    ("ties", "productive", "", [" row 2: layer is blank; write one of productive, financial"]),
    ("ties", "supply,2", "supply,0", [" row 2: weight = 0 is not above 0; a tie that is none has no row"]),
    ("ties", "2,1,2015", "2,,2015", [" row 2: directed is blank; write 1 or 0"]),
    ("ties", "2015,2018", "2018,2015", [" row 2: date_to = 2015 ends before it begins, date_from = '2018'"]),
    ("ties", "2015,2018", "2015,31/02/2018", [" row 2: date_to = '31/02/2018' is no date; write 2019, 2019-07 or 2019-07-31"]),
    ("ties", "2015,2018", "15,2018", [" row 2: date_from = 15 is no date"]),
    ("memberships", "\nC,", "\nD,", [" row 4: firm_id = 'D' is no firm of the sheet firms"]),
    ("memberships", "fund,", ",", [" row 4: body_id is blank; write the body that it is a member of"]),
    ("memberships", ",funder", ",formation", [" row 4: kind = 'formation' is not known; did you mean 'training'?"]),
    ("memberships", ",funder", ",funders", [" row 4: kind = 'funders' is not known; did you mean 'funder'?"]),
    ("memberships", ",funder", ",", [" row 4: kind is blank; write what the body is: board, association"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sheet", "old", "new", "told"), CELLS, ids=[f"{sheet}: {told[0].partition(': ')[2][:50]}" for sheet, *_, told in CELLS]
)
def test_a_faulty_cell_is_refused_in_words_that_say_the_remedy(folder, sheet, old, new, told):
    folder.edit(sheet, old, new)
    found = [line for line in folder.faults() if sheet != "firms" or line.startswith("firms")]
    assert len(found) == len(told) and all(line.startswith(f"{sheet}.csv{begin}") for line, begin in zip(found, told, strict=True)), found


TWICE = "draws the same tie as row"
PAIRS = [
    (["A,B,productive,supply,1,1,2015,2018"], [f"4: {TWICE} 2;"]),
    (["C,B,financial,loan,1,0,,"], [f"4: {TWICE} 3;"]),
    (["B,A,productive,supply,1,1,2015,2018"], []),
    (["A,B,productive,supply,1,1,,"], ["4: draws without a date the tie that row 2 dates; keep that one"]),
    (["B,C,financial,loan,1,0,2010,"], ["3: draws without a date the tie that row 4 dates;"]),
    (["A,B,productive,supply,1,1,2019,"], []),
    (["A,B,productive,testing,1,1,2015,2018"], []),
    (["A,B,knowledge,supply,1,1,2015,2018"], []),
    (["B,A,productive,supply,1,0,2015,2018"], [f"4: {TWICE} 2, of which one is directed and one is not;"]),
    (["A,C,financial,equity,0.6,1,,", "B,C,financial,equity,0.4,1,,"], []),
    (
        ["A,C,financial,equity,0.6,1,,", "B,C,financial,equity,0.5,1,,"],
        ["5: the owners of C hold 1.1 of it together; the shares of one firm sum to 1"],
    ),
    (["A,C,financial,equity,0.6,1,2010,2015", "B,C,financial,equity,0.5,1,2016,"], []),
    (["A,C,financial,equity,60,1,,"], ["4: weight = 60 is more than 1, the whole of a firm; per cent are divided by 100"]),
    (["A,C,financial,equity,0.6,0,,"], ["4: directed = 0 but equity goes from owner to owned; write 1"]),
]


@pytest.mark.parametrize(("rows", "told"), PAIRS)
def test_ties_are_held_against_one_another(folder, rows, told):
    folder.add("ties", *rows)
    if not told:
        assert len(folder.load().ties) == 2 + len(rows)
        return
    found = folder.faults()
    assert len(found) == len(told) and all(line.startswith(f"ties.csv row {begin}") for line, begin in zip(found, told, strict=True)), found


def test_a_membership_that_stands_twice_is_refused(folder):
    folder.add("memberships", "A,club,association", "A,club,board")
    assert folder.faults() == ["memberships.csv row 5: says the same as row 2; keep one"]


def test_every_fault_of_every_file_is_told_at_once_in_the_order_of_the_files(folder):
    folder.head(status="measurd", licence=None)
    folder.edit("firms", ",12,", ",-12,")
    folder.edit("ties", "productive", "productif")
    folder.add("ties", "A,Z,productive,supply,1,1,,")
    folder.edit("memberships", "funder", "funders")
    assert [line.split(": ")[0] for line in folder.faults()] == [
        "territory.toml",
        "territory.toml",
        "firms.csv row 2",
        "ties.csv row 2",
        "ties.csv row 4",
        "memberships.csv row 4",
    ]


def test_a_firm_whose_row_cannot_be_read_is_no_unknown_firm(folder):
    folder.edit("firms", "G1", "G1,more")
    assert folder.faults() == ["firms.csv row 2: has 11 fields where the header has 10; a text with a separator needs quotes"]


def test_a_whole_file_in_another_frame_is_one_fault(folder):
    firms = "".join(f"F{i},{2 + i / 100},44.5\n" for i in range(40))
    folder.write(firms="firm_id,x,y\n" + firms, ties="source,target,layer,directed\n", memberships="firm_id,body_id,kind\n")
    assert folder.faults() == [
        "firms.csv: x = 2.0 and y = 44.5 in row 2, and 39 rows more, are outside 0–1300000 and 6000000–7200000 "
        '(metropolitan France, EPSG:2154); x and y look like longitude and latitude: write crs = "EPSG:4326" in territory.toml'
    ]


def test_ties_that_name_firms_by_siren_where_firms_have_siret_are_told_so(folder):
    with_ids(folder, ("55203253400646", "35600000000048", "00542012000015"))
    folder.write(ties="source,target,layer,directed\n552032534,35600000000048,productive,1\n", memberships="firm_id,body_id,kind\n")
    assert folder.faults() == [
        "ties.csv row 2: source = 552032534 is no firm of the sheet firms; "
        "firms.csv has its establishment '55203253400646': name firms in one way"
    ]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": None}, "name is missing or blank; write what the territory is called"),
        ({"source": " "}, "source is missing or blank; write where the data come from"),
        ({"source": "Invented, to show the columns"}, "source = 'Invented, to show the columns' is that of the template; write where"),
        ({"status": "real"}, "status = 'real' is none of measured, simulated"),
        ({"crs": None}, "crs = '' is not known; write EPSG:4326 (longitude and latitude) or EPSG:2154 (Lambert-93) or EPSG:27572"),
        ({"crs": "EPSG:3857"}, "crs = 'EPSG:3857' is not known; write EPSG:4326"),
        ({"firm_ids": "rna"}, "firm_ids = 'rna' is none of siren, siret, own"),
        ({"licens": "x"}, "licens is unknown; did you mean 'licence'?"),
        ({"zzz": "x"}, "zzz is unknown; there are name, status, source, licence, crs, firm_ids, simulate"),
    ],
)
def test_territory_toml_is_checked_too(folder, changed, told):
    folder.head(**changed)
    (line,) = folder.faults()
    assert line.startswith(f"territory.toml: {told}")


def test_a_head_that_is_no_toml_or_not_there_is_told(folder):
    (folder.path / "territory.toml").write_text('name = "A"\nstatus = measured\n')
    (line,) = folder.faults()
    assert line.startswith("territory.toml row 2: cannot be read: ") and "a text stands in quotes" in line
    (folder.path / "territory.toml").unlink()
    assert folder.faults()[0] == "territory.toml: is missing in valley; copy it from the territory 'template'"


def test_files_that_are_missing_empty_or_there_twice_are_told(folder):
    (folder.path / "ties.csv").rename(folder.path / "tie.csv")
    (folder.path / "memberships.csv").rename(folder.path / "membership.csv")
    folder.write(firms="")
    assert folder.faults() == [
        "firms.csv: is empty; its first row is firm_id,name,role,x,y,naf,legal_form,ess,jobs,group_id, and a row for each of them follows",
        "ties.csv: is missing in valley, and no workbook has a sheet 'ties'; did you mean 'tie.csv'?",
        "memberships.csv: is missing in valley, and no workbook has a sheet 'memberships'; did you mean 'membership.csv'?",
    ]
    folder.write(firms=FIRMS, ties=TIES, memberships=MEMBERSHIPS)
    workbooks.save(folder.path / "valley.xlsx", {"firms": [line.split(",") for line in FIRMS.splitlines()]})
    assert folder.faults()[0] == "firms.csv: holds the firms, and valley.xlsx, sheet firms too; delete all but one"
    (folder.path / "valley.xlsx").write_text("no workbook")
    assert folder.faults()[0].startswith("valley.xlsx: cannot be read as a workbook")
    (folder.path / "valley.xlsx").unlink()
    (folder.path / "ties.csv").write_bytes(b"\0")
    assert folder.faults() == ["ties.csv: is no text; save it as CSV, UTF-8"]


def test_a_territory_that_is_not_there_is_told_with_those_that_are(folder):
    with pytest.raises(
        TerritoryError, match=r"vally: is no territory in .*; did you mean 'valley'\?; one elsewhere is given by its whole path"
    ):
        load_territory(folder.path.with_name("vally"))
    with pytest.raises(TerritoryError, match=r"zzz: is no territory in .*; there are valley;"):
        load_firms(folder.path.with_name("zzz"))


# A simulated territory.

SIMULATED = 'name = "S"\nstatus = "simulated"\nsource = "model"\nlicence = "CC BY 4.0"\n[simulate]\n'


def test_a_territory_with_a_simulate_table_is_made_by_it(tmp_path):
    (tmp_path / "territory.toml").write_text(SIMULATED + "firms = 40\nseed = 3\n")
    found = load_territory(tmp_path, processed=tmp_path / "made")
    assert len(found.firms) == 40 and found.status == "simulated" and found.set_aside.empty
    again = load_territory(tmp_path)
    pd.testing.assert_frame_equal(found.firms, again.firms)
    written = {"name": "S", "status": "simulated", "source": "model", "licence": "CC BY 4.0", "crs": "EPSG:2154"}
    (tmp_path / "made" / "territory.toml").write_text("\n".join(f'{key} = "{value}"' for key, value in written.items()))
    assert len(load_territory(tmp_path / "made").firms) == 40  # what is written is itself a territory


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("firmes = 40", "[simulate] has no 'firmes'; did you mean 'firms'?"),
        ("firms = -4", "[simulate]: "),
        ('firms = "many"', "[simulate]: "),
    ],
)
def test_a_simulate_table_is_checked_too(tmp_path, table, told):
    (tmp_path / "territory.toml").write_text(SIMULATED + table)
    with pytest.raises(TerritoryError) as error:
        load_territory(tmp_path)
    assert str(error.value).startswith(f"territory.toml: {told}")


def test_what_is_simulated_is_never_said_to_be_measured(tmp_path):
    (tmp_path / "territory.toml").write_text(SIMULATED.replace('"simulated"', '"measured"'))
    (tmp_path / "firms.csv").write_text(FIRMS)
    with pytest.raises(TerritoryError) as error:
        load_territory(tmp_path)
    assert str(error.value).splitlines() == [
        "territory.toml: status = 'measured', but [simulate] makes the firms; write simulated",
        "firms.csv: is there, but [simulate] makes the firms; delete one",
    ]


# Layers.


@pytest.fixture
def tied(folder) -> Territory:
    folder.write(
        ties="source,target,layer,kind,weight,directed,date_from,date_to\n"
        "A,B,productive,supply,2,1,2015,2018\nA,B,productive,testing,0.5,1,,\nB,C,productive,joint,3,0,2019,\nA,C,financial,equity,0.2,1,,\n"
    )
    return folder.load()


def test_a_layer_is_a_matrix_with_the_firms_as_labels(tied):
    found = layer(tied, "productive")
    assert isinstance(found, Square) and found.named and found.labels.tolist() == ["A", "B", "C"]
    assert found.dense().tolist() == [[0, 1, 0], [0, 0, 1], [0, 1, 0]]
    assert layer(tied, "productive", weighted=True).dense().tolist() == [[0, 2.5, 0], [0, 0, 3], [0, 3, 0]]
    assert layer(tied, "productive", directed=False).dense().tolist() == [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    assert layer(tied, "productive", kinds=["supply"], weighted=True).dense().sum() == 2
    assert layer(tied, "productive", firms=["C", "B"]).dense().tolist() == [[0, 1], [1, 0]]
    assert layer(tied, "knowledge").dense().sum() == 0


def test_a_layer_at_a_moment_holds_the_ties_of_that_moment(tied):
    def supplied(at):
        return layer(tied, "productive", kinds=["supply", "joint"], at=at).values.nnz

    assert [supplied(at) for at in (2014.9, 2015.0, 2018.9, 2019.0, 2030.0)] == [0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"name": "productif"}, "layer = 'productif' is none of productive"),
        ({"name": "productive", "firms": ["A", "A"]}, "firms: firm twice: A"),
        ({"name": "productive", "firms": ["A", "Z"]}, "firms: not in the territory: Z"),
    ],
)
def test_a_layer_that_cannot_be_had_is_refused(tied, asked, told):
    with pytest.raises(ValueError, match=told):
        layer(tied, **asked)


# The template.


def test_the_template_is_complete_and_has_nothing_to_note():
    found = load_territory(TERRITORIES / "template")
    assert found.source == territory_sheets._INVENTED
    assert 12 <= len(found.firms) <= 20 and found.set_aside.empty and found.status == "simulated"
    assert set(found.ties["layer"]) == set(territory_sheets.LAYERS) and set(found.firms["role"]) == set(territory_sheets.ROLES)
    assert {"board", "association", "training", "charter", "cluster", "funder"} <= set(found.memberships["kind"])
    assert found.ties["date_from"].notna().all() and found.firms.drop(columns="group_id").notna().all(axis=None)
    for sheet in ("firms", "ties", "memberships"):
        header = (TERRITORIES / "template" / f"{sheet}.csv").read_text(encoding="utf-8").splitlines()[0]
        assert header.split(",") == [*territory_sheets.COLUMNS[sheet]]


def test_the_measures_take_the_template_as_it_is():
    found = load_territory(TERRITORIES / "template")
    distances = proximity.geographic(found.firms[["x", "y"]])
    assert distances.index.equals(found.firms.index) and distances.to_numpy().max() < 40_000
    assert len(proximity.belonging(found.memberships, firms=found.firms.index)) == 16
    assert proximity.cognitive(found.firms["naf"]).loc["F04", "F05"] == 1
    holdings = found.ties[found.ties["kind"] == "equity"].rename(columns={"source": "owner", "target": "owned", "weight": "share"})
    proximity.ownership(holdings[["owner", "owned", "share"]])
    layers = {name: layer(found, name, directed=False) for name in ("productive", "financial")}
    assert association.overlap(layers).loc[("productive", "financial"), "both"] > 0


def test_the_guide_shows_the_messages_that_its_mistakes_give(tmp_path):
    shown = re.findall(r"```text\n(.*?)```", (ROOT / "paper" / "pages" / "territory.md").read_text(encoding="utf-8"), re.DOTALL)
    mistakes = [("firms", "5.6390,46.2629", "46.2629,5.6390"), ("ties", "F04,F06,productive", "F-04,F06,productive")]
    mistakes += [("ties", "equity,0.6,", "equity,60,")]
    assert len(shown) == len(mistakes)
    for i, (told, (sheet, old, wrong)) in enumerate(zip(shown, mistakes, strict=True)):
        shutil.copytree(TERRITORIES / "template", tmp_path / str(i))
        text = (tmp_path / str(i) / f"{sheet}.csv").read_text(encoding="utf-8")
        assert text.count(old) == 1
        (tmp_path / str(i) / f"{sheet}.csv").write_text(text.replace(old, wrong), encoding="utf-8")
        with pytest.raises(TerritoryError) as error:
            load_territory(tmp_path / str(i))
        assert str(error.value) == told.strip()


def test_the_chapter_on_proximities_takes_the_template_as_it_takes_any_territory(monkeypatch):
    from compendium import show

    cells = json.loads((ROOT / "notebooks" / "05_proximity.ipynb").read_text(encoding="utf-8"))["cells"]
    monkeypatch.setenv("COMPENDIUM_ROOT", str(ROOT))
    monkeypatch.setattr(show, "_collected", recorded := [])
    namespace: dict[str, object] = {}
    for cell in (cell for cell in cells if cell["cell_type"] == "code"):
        exec("".join(cell["source"]), namespace)
        if "parameters" in cell["metadata"].get("tags", []):
            namespace |= {"territory": "template", "draws": 19}
    numbers = {one["name"]: one for one in recorded if one["kind"] == "number"}
    assert numbers["proximity.firms"]["value"] == 14 and "measured" not in {one["status"] for one in recorded}


# Size.


def test_five_thousand_firms_with_fifty_thousand_ties_load_within_two_seconds(folder):
    rng, n, m = np.random.default_rng(0), 5_000, 50_000
    firms = pd.DataFrame(
        {"firm_id": [f"F{i}" for i in range(n)], "x": rng.uniform(0, 5, n), "y": rng.uniform(43, 48, n), "jobs": 3, "ess": 0}
    )
    source = rng.integers(0, n, m)
    ties = pd.DataFrame({"source": source, "target": (source + rng.integers(1, n, m)) % n}).drop_duplicates()
    ties = ("F" + ties.astype(str)).assign(
        layer="productive", kind="supply", weight=rng.uniform(1, 9, len(ties)), directed=1, date_from="2019-07"
    )
    folder.head(crs="EPSG:4326")
    folder.write(firms=firms.to_csv(index=False), ties=ties.to_csv(index=False), memberships="firm_id,body_id,kind\nF1,club,association\n")
    folder.load()  # whatever it imports, it has now
    began = time.process_time()  # others may be at work on this machine
    found = folder.load()
    assert time.process_time() - began < 2 and len(found.ties) == len(ties)
    assert layer(found, "productive").values.nnz == len(ties)


# The command line.


@pytest.fixture
def among(tmp_path: Path) -> Path:
    shutil.copytree(TERRITORIES / "template", tmp_path / "territories" / "template")
    return tmp_path / "territories"


def test_a_new_territory_is_the_template_under_another_name(among, capsys):
    assert main(["--among", str(among), "new", "my_valley"]) == 0
    assert "my_valley" in capsys.readouterr().out
    found, template = load_territory(among / "my_valley"), load_territory(among / "template")
    assert found.name == "My valley" and found.status == "simulated"
    pd.testing.assert_frame_equal(found.firms, template.firms)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("template", "is there already and is left as it is; choose another name, or delete it first"),
        ("Ma vallée", "is no name for a territory; did you mean 'ma_vallee'?; write a-z, 0-9 and _, a letter first, as in my_valley"),
        ("../x", "is no name for a territory; did you mean 'x'?"),
        ("", "NAME: is no name for a territory; write a-z"),
        ("42", "is no name for a territory; write a-z"),
    ],
)
def test_a_name_that_is_taken_or_none_is_refused_and_nothing_is_written(among, capsys, name, told):
    before = sorted(among.parent.rglob("*"))
    assert main(["--among", str(among), "new", name]) == 2
    assert told in capsys.readouterr().err and sorted(among.parent.rglob("*")) == before


def test_without_a_template_there_is_nothing_to_copy(tmp_path):
    with pytest.raises(TerritoryError, match="template: is missing"):
        new("my_valley", among=tmp_path)


def test_check_tells_what_a_territory_holds(folder, capsys):
    folder.edit("firms", "652000,6402000", ",")
    assert main(["check", str(folder.path)]) == 0
    assert capsys.readouterr().out.splitlines()[:-1] == [
        "A valley (measured; A survey; private)",
        "  2 places: 2 firm; 2 with jobs, 2 with an industry, 1 in a group",
        "    1 of the social and solidarity economy",
        "  1 tie, 1 with a beginning",
        "    productive: 1 (1 supply)",
        "  2 memberships in 1 body: 2 association",
        "  noted:",
        "    firms: 1, x and y are blank (C)",
        "    ties: 1, one end is a firm without a place (B – C)",
        "    memberships: 1, of a firm without a place (C – fund)",
    ]


def test_check_says_what_is_left_of_the_template_and_the_next_command(among, capsys):
    new("my_valley", among=among)
    assert main(["--among", str(among), "check", "my_valley"]) == 0
    kept, command = capsys.readouterr().out.splitlines()[-2:]
    assert "source is still the template's" in kept and command.endswith('make chapter CHAPTER=05_proximity PARAMS="territory=my_valley"')
    blank = (among / "my_valley").rename(among / "my valley")
    head = (blank / "territory.toml").read_text(encoding="utf-8").replace("Invented, to show the columns", "A survey")
    (blank / "territory.toml").write_text(head, encoding="utf-8")
    assert main(["--among", str(among), "check", "my valley"]) == 0
    told = capsys.readouterr().out
    assert "template" not in told and told.endswith("PARAMS=\"'territory=my valley'\"\n")


def test_check_tells_every_fault_and_how_many(folder, capsys):
    folder.edit("firms", ",12,", ",-12,")
    folder.edit("ties", "productive", "productif")
    assert main(["check", str(folder.path)]) == 2
    told = capsys.readouterr()
    assert not told.out and len(told.err.splitlines()) == 3 and told.err.endswith("2 faults\n")


def test_a_territory_without_ties_or_memberships_is_described(folder):
    folder.write(ties="source,target,layer,directed\n", memberships="firm_id,body_id,kind\n")
    assert "  0 ties\n  0 memberships in 0 bodies" in described(folder.load())


def test_territories_of_users_are_kept_out_of_the_repository():
    def ignored(path: str) -> bool:
        return subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT).returncode == 0

    territories = "data/raw/territories"
    assert ignored(f"{territories}/my_valley/firms.csv") and ignored(f"{territories}/my_valley/names.secret")
    assert ignored(f"{territories}/template/names.secret")
    assert not ignored(f"{territories}/template/firms.csv") and not ignored(f"{territories}/mecanic_vallee/territory.toml")
