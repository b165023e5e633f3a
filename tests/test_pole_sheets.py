"""The door of a governance sheet: what it takes however it is written, and every fault of a bad one."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT

from slpi.pole import load_pole
from slpi.pole_sheets import TABLES, PoleError

POLES = ROOT / "data" / "raw" / "poles"


@pytest.fixture
def sheet(tmp_path):
    """A copy of the template, to be spoilt."""
    return Path(shutil.copytree(POLES / "template", tmp_path / "mine"))


def spoil(sheet: Path, file: str, old: str, new: str) -> None:
    text = (sheet / file).read_text(encoding="utf-8")
    assert old in text
    (sheet / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def faults(sheet: Path, **more) -> list[str]:
    with pytest.raises(PoleError) as caught:
        load_pole(sheet, **more)
    assert len(caught.value.faults) == len(str(caught.value).splitlines())
    return str(caught.value).splitlines()


@pytest.mark.parametrize("name", ["template", "exemple"])
def test_the_sheets_that_come_with_the_compendium_are_in_order_and_say_simulated(name, corpus):
    pole = load_pole(POLES / name, forms=set(corpus.forms["form_id"]))
    assert pole.status == "simulated"
    named = " ".join([pole.name, *pole.members["name"]])
    assert not [system for system in corpus.systems["name"] if system in named]  # an invented pole bears no name of a real one


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "members.csv",
            "association,3,2,1",
            "association,4,2,1",
            "members.csv: votes add up to 11, pole.toml has total_votes = 10; correct one",
        ),
        ("members.csv", "social enterprises,ess,scop", ",ess,scop", "members.csv row 3: college is blank; every member sits in a college"),
        ("members.csv", "scop", "scp", "members.csv row 3: legal_status = 'scp' is none of association, scop, "),
        ("members.csv", "scop", "scp", "; did you mean 'scop'?"),
        ("members.csv", "authority", "authorities", "actor = 'authorities' is none of ess, firm, authority"),
        ("members.csv", "m2,", "m1,", "members.csv row 3: member_id = 'm1' stands already in row 2"),
        ("members.csv", ",2,1,yes", ",2,3,yes", "members.csv row 2: volunteer_seats = 3 is more than seats = 2"),
        ("members.csv", ",,,no", ",,1,no", "volunteer_seats = 1 is more than seats = blank"),
        ("members.csv", ",2,1,yes", ",-2,,yes", "members.csv row 2: seats = -2 is below 0; leave it blank where it is not known"),
        ("members.csv", ",2,1,yes", ",1.5,1,yes", "seats = 1.5 is no whole number"),
        ("members.csv", ",2,1,yes", ",2,1,perhaps", "founder = 'perhaps' is none of yes, oui"),
        ("members.csv", "association,3", "association,three", "votes = 'three' is no number"),
        ("members.csv", "association,3", "association,-3", "votes = -3 is below 0"),
        (
            "members.csv",
            "The Workshop",
            "The \x07Workshop",
            "name = 'The \\x07Workshop' holds a control or replacement character; retype it",
        ),
        ("members.csv", "actor", "actors", "members.csv row 1: column 'actor' is missing; did you mean 'actors'?"),
        ("members.csv", "actor", "actors", "members.csv row 1: column 'actors' is unknown; did you mean 'actor'?"),
        ("members.csv", "actor", "name", "members.csv row 1: column 'name' stands twice"),
        ("members.csv", "m1,The Workshop", "m1,The Workshop, or so", "members.csv row 2: has 10 fields where the header has 9"),
        ("resources.csv", "board,,120", "board,,-120", "resources.csv row 5: hours = -120 is below 0"),
        ("resources.csv", "20000,", ",", "line 'Rents and services sold' has neither amount nor hours; write one of them"),
        ("resources.csv", "20000,", "20000,7", "line 'Rents and services sold' has both amount and hours; write one of them"),
        ("resources.csv", "20000,", ",7", "resources.csv row 2: hours = 7 stands on a market line; hours are non-monetary"),
        ("resources.csv", "market,,", "market,users,", "given_by = 'users' stands on a market line; it is for non-monetary ones"),
        ("resources.csv", "board,,120", ",,120", "given_by is blank; hours are given by someone: board, users, members"),
        (
            "resources.csv",
            "non-market",
            "non_market",
            "kind = 'non_market' is none of market, non-market, non-monetary; did you mean 'non-market'?",
        ),
        ("ties.csv", "m1,m2", "m1,m9", "ties.csv row 2: target = 'm9' is no member of members.csv"),
        ("ties.csv", "m1,m2", "m1,m1", "ties.csv row 2: target = 'm1' is tied to itself; strike the row"),
        ("ties.csv", "m2,m5,supply", "m3,m1,contract", "ties.csv row 5: m1 and m3 have this tie already in row 3; keep one"),
        ("levels.csv", "6,2", "6,7", "levels.csv row 3: user_seats = 7 is more than seats = 6"),
        ("levels.csv", "6,2", "0,0", "seats = 0 is below 1"),
        (
            "levels.csv",
            "working group,technical",
            "working group,technic",
            "level = 'technic' is none of strategic, operational, technical",
        ),
        ("pole.toml", "quota = 6 ", "quota = 12 ", "quota = 12 is above total_votes = 10; nothing could pass"),
        ("pole.toml", "quota = 6 ", "quota = 0 ", "quota = 0 is no number above 0"),
        ("pole.toml", 'rule = "member"', 'rule = "colleges"', "rule = 'colleges' is none of member, college; did you mean 'college'?"),
        ("pole.toml", 'carrier = "association"', 'carier = "association"', "carier is unknown; did you mean 'carrier'?"),
        ("pole.toml", 'carrier = "association"', 'carier = "association"', "pole.toml: has no line for carrier"),
        ("pole.toml", "year = 2025", 'year = "2025"', "year = '2025' is no year; write it as in 2025"),
        ("pole.toml", 'licence = "CC BY 4.0"', 'licence = ""', "licence = '' is blank or no text; write it between quotes"),
        ("pole.toml", "hourly_rate = 15.0", "# no rate", "pole.toml: has no line for hourly_rate; resources.csv has hours"),
        ("pole.toml", "paid_hours = 1600", "paid_hours = -1", "paid_hours = -1 is no number from 0 on"),
        ("pole.toml", 'name = "A pole', "name = A pole", "pole.toml: cannot be read: "),
        ("pole.toml", 'form = "ptce"', 'form = "ptec"', "form = 'ptec' is no form of the corpus's forms.csv; did you mean 'ptce'?"),
    ],
)
def test_a_bad_sheet_is_refused_by_file_row_value_and_remedy(sheet, file, old, new, said):
    spoil(sheet, file, old, new)
    assert any(said in fault for fault in faults(sheet, forms=["ptce", "spl"])), "\n".join(faults(sheet))


def test_all_faults_are_listed_at_once_in_the_order_of_the_files(sheet):
    spoil(sheet, "pole.toml", "quota = 6 ", "quota = 60 ")
    spoil(sheet, "members.csv", "scop", "scp")
    spoil(sheet, "resources.csv", "board,,120", "board,,-120")
    spoil(sheet, "ties.csv", "m1,m2", "m1,m9")
    spoil(sheet, "levels.csv", "6,2", "6,7")
    found = [fault.partition(" row")[0].partition(":")[0] for fault in faults(sheet)]
    assert found == ["pole.toml", "members.csv", "resources.csv", "ties.csv", "levels.csv"]


def test_the_board_has_as_many_seats_as_the_members_hold(sheet):
    spoil(sheet, "members.csv", ",1,,,no", ",1,0,0,no")
    spoil(sheet, "levels.csv", "working group,technical,no,6,2", "board,strategic,yes,6,1")
    assert faults(sheet) == ["levels.csv row 3: seats = 6 is not the 5 seats that members.csv gives; correct one of them"]
    spoil(sheet, "levels.csv", "yes,6,1", "yes,5,1")
    assert load_pole(sheet).levels.loc["board", "seats"] == 5


@pytest.mark.parametrize(("kept", "said"), [(2, "has 2 members; a pole has three or more"), (0, "has 0 members")])
def test_a_pole_of_two_is_none(sheet, kept, said):
    lines = (sheet / "members.csv").read_text(encoding="utf-8").splitlines()
    (sheet / "members.csv").write_text("\n".join(lines[: kept + 1]), encoding="utf-8")
    assert any(said in fault for fault in faults(sheet))


def test_one_college_only_is_refused(sheet):
    text = (sheet / "members.csv").read_text(encoding="utf-8")
    for college in ("social enterprises", "firms,", "authorities", "users"):
        text = text.replace(college, "all," if college.endswith(",") else "all")
    (sheet / "members.csv").write_text(text, encoding="utf-8")
    assert "has one college only" in faults(sheet)[0]


def test_resources_of_zeros_are_no_resources(sheet):
    (sheet / "resources.csv").write_text("line,kind,given_by,amount,hours\nGrant,non-market,,0,\n", encoding="utf-8")
    assert faults(sheet) == ["resources.csv: holds nothing but zeros; strike the rows where nothing is known"]


def test_missing_empty_and_unreadable_files_are_told_apart(sheet):
    (sheet / "ties.csv").unlink()
    (sheet / "levels.csv").write_text("", encoding="utf-8")
    (sheet / "resources.csv").write_bytes(b"line,kind\0")
    (sheet / "pole.toml").unlink()
    said = faults(sheet)
    assert "pole.toml: is missing; copy it from the template" in said
    assert "resources.csv: is no text; save it as CSV, UTF-8" in said
    assert "ties.csv: is missing; its first line is source,target,kind" in said
    assert "levels.csv: is empty; its first line is body,level,decides,seats,user_seats" in said
    assert len(said) == 4


def test_no_folder_offers_the_nearest_name(sheet):
    assert faults(sheet.parent / f"{sheet.name}_")[0].endswith(f"did you mean {sheet.name!r}?; one elsewhere is given by its whole path")
    assert faults(sheet / "no" / "such")[0] == f"such: {(sheet / 'no').as_posix()} is no folder; one elsewhere is given by its whole path"


def test_semicolons_decimal_commas_old_encodings_and_french_words_are_read(sheet):
    text = (sheet / "members.csv").read_text(encoding="utf-8").replace(",", ";").replace("yes", "oui").replace("scop;2", "SCOP;1,5")
    (sheet / "members.csv").write_bytes(text.replace("sas;2", "sas;5/2").replace("The Bakery", "Crêperie").encode("latin-1"))
    pole = load_pole(sheet)
    assert pole.members.loc["m2", ["name", "legal_status", "votes", "founder"]].to_list() == ["Crêperie", "scop", "1.5", "yes"]
    assert pole.members.loc["m3", "votes"] == "5/2"


def test_tables_may_be_sheets_of_a_workbook(sheet):
    pytest.importorskip("python_calamine")
    from test_national import xlsx

    before = load_pole(sheet)
    tables = {name: pd.read_csv(sheet / f"{name}.csv", dtype=str, keep_default_na=False) for name in TABLES}
    (sheet / "pole.xlsx").write_bytes(without_notes(xlsx(tables)))
    for name in TABLES:
        (sheet / f"{name}.csv").unlink()
    after = load_pole(sheet)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(after, name), getattr(before, name))
    (sheet / "pole.xlsx").write_bytes(b"no workbook")
    assert "pole.xlsx: cannot be read as a workbook" in faults(sheet)[0]


def without_notes(book: bytes) -> bytes:
    """The workbook without the five lines of remarks above each header."""
    import io
    import re
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode("utf-8")
            new.writestr(name, re.sub(r'<row r="[1-5]">.*?</row>', "", text) if "worksheets" in name else text)
    return out.getvalue()


def test_blank_is_not_known_and_never_zero(sheet):
    pole = load_pole(sheet)
    assert pole.members.loc["m5", ["seats", "volunteer_seats"]].isna().all()
    for name in ("resources", "ties", "levels"):
        path = sheet / f"{name}.csv"
        path.write_text(path.read_text(encoding="utf-8").splitlines()[0], encoding="utf-8")
    spoil(sheet, "pole.toml", "paid_hours = 1600", "# unknown")
    bare = load_pole(sheet)
    assert bare.resources.empty and bare.ties.empty and bare.levels.empty and bare.paid_hours is None
