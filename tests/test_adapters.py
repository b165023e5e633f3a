"""Exports of owners, boards and members: what is found in them, what becomes of persons, what is refused."""

import itertools
import stat
from pathlib import Path

import pandas as pd
import pytest
import workbooks
from hypothesis import given
from hypothesis import strategies as st

from slpi.adapters import SECRET, AdapterError, adapt, board, hashed, members, outsider, ownership, secret_of
from slpi.territory import TerritoryError, load_territory, main

KEY = b"a secret of thirty-two bytes or so"
FIRMS = pd.DataFrame({"name": ["Forge à façon", "Turning", "Bank", "Bank"]}, index=pd.Index(list("ABCD"), name="firm_id"))
SIREN = pd.DataFrame({"name": ["Petit", "Grand"]}, index=pd.Index(["005420120", "552032534"], name="firm_id"))


def export(folder: Path, text: str, name: str = "export.csv") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def refused(call, *arguments, **options) -> list[str]:
    with pytest.raises(AdapterError) as error:
        call(*arguments, **options)
    assert [str(fault) for fault in error.value.faults] == str(error.value).splitlines()
    return str(error.value).splitlines()


# Ownership.


@pytest.mark.parametrize(
    "heading",
    [
        "owner,owned,share",
        "Actionnaire,Filiale,Taux",
        "SIREN de l'actionnaire,SIREN de la filiale,Part du capital",
        "Shareholder name,Subsidiary name,Stake",
        "Nom du détenteur,Société détenue,Détention",
    ],
)
def test_holdings_become_directed_ties_of_equity_whatever_the_headings(tmp_path, heading):
    found = ownership(export(tmp_path, f"{heading}\nA,B,0.6\nb,forge a facon,0.05\n"), FIRMS, secret=KEY)
    assert found.ties.to_dict("records") == [
        {
            "source": "A",
            "target": "B",
            "layer": "financial",
            "kind": "equity",
            "weight": "0.6",
            "directed": "1",
            "date_from": "",
            "date_to": "",
        },
        {
            "source": "B",
            "target": "A",
            "layer": "financial",
            "kind": "equity",
            "weight": "0.05",
            "directed": "1",
            "date_from": "",
            "date_to": "",
        },
    ]
    assert found.memberships.empty and found.set_aside.empty


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("owner;owned;share\nA;B;60\nB;A;0,5\n", ["0.6", "0.005"]),
        ("owner;owned;share\nA;B;60 %\nB;A;0,5%\n", ["0.6", "0.005"]),
        ("owner,owned,share %\nA,B,1\nB,A,0.5\n", ["0.01", "0.005"]),
        ("owner,owned,pourcentage\nA,B,100\nB,A,33.3333333333333\n", ["1", "0.333333333333"]),
        ("owner,owned,share\nA,B,1\nB,A,0.5\n", ["1", "0.5"]),
    ],
)
def test_shares_are_per_cent_where_a_sign_the_heading_or_a_value_says_so(tmp_path, text, weights):
    assert ownership(export(tmp_path, text), FIRMS, secret=KEY).ties["weight"].tolist() == weights


def test_dates_go_with_a_holding(tmp_path):
    found = ownership(export(tmp_path, "owner,owned,share,Depuis,Date de fin\nA,B,0.1,2015,\nA,B,0.2,2018-03,2020\n"), FIRMS, secret=KEY)
    assert found.ties[["date_from", "date_to"]].to_numpy().tolist() == [["2015", ""], ["2018-03", "2020"]]


def test_an_owner_from_elsewhere_is_a_funder_and_a_name_is_hashed(tmp_path):
    text = "owner,owned,share\nMarie Curie,A,0.5\n552 032 534,A,0.2\ncurie marie,B,0.1\nMarie Curie,B,0.2\nA,Elsewhere,0.3\nA,A,0.1\n"
    found = ownership(export(tmp_path, text), FIRMS, secret=KEY)
    person = hashed("Marie Curie", KEY)
    assert found.ties.empty and set(found.memberships["kind"]) == {"funder"}
    assert found.memberships[["firm_id", "body_id"]].to_numpy().tolist() == [["A", person], ["A", "552032534"], ["B", person]]
    assert [(row.what, row.why, row.keys) for row in found.set_aside.itertuples(name="Row")] == [
        ("firms", "owned, not of the territory", "Elsewhere"),
        ("firms", "their shares in themselves", "A"),
    ]
    assert "urie" not in found.memberships.to_csv() + found.set_aside.to_csv()


def test_siren_are_found_with_their_zeros_lost_and_with_the_spaces_of_print(tmp_path):
    found = ownership(export(tmp_path, "owner,owned,share\n5420120,552 032 534,0.5\n"), SIREN, secret=KEY)
    assert found.ties[["source", "target"]].to_numpy().tolist() == [["005420120", "552032534"]]


def test_a_name_that_is_nearly_that_of_a_firm_is_said_so(tmp_path):
    found = ownership(export(tmp_path, "owner,owned,share\nA,Turnings,0.5\nA,Oven,0.5\n"), FIRMS, secret=KEY)
    assert found.set_aside["keys"].tolist() == ["Turnings (Turning?), Oven"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("owner,owned,share\nA,B,0\n", ["export.csv row 2: share = 0 is not above 0 and up to 1"]),
        ("owner,owned,share\nA,B,120\n", ["export.csv row 2: share = 120 is not above 0 and up to 100"]),
        ("owner,owned,share\nA,B,most\n", ["export.csv row 2: share = 'most' is no number"]),
        (
            "owner,owned,share\nA,,\n",
            ["export.csv row 2: owned is blank; every row needs one", "export.csv row 2: share is blank; every row"],
        ),
        ("owner,owned,share\n–,B,0.1\n", ["export.csv row 2: owner is blank; every row needs one"]),
        ("owner,owned,share\nA,B,0.1\na,turning,0.1\nA,B,0.1\n", ["export.csv row 4: says the same as row 2; keep one, with the sum"]),
        ("owner,owned,share\nA,bank,0.1\n", ["export.csv row 2: owned = 'bank' is the name of C, D; write the identifier"]),
        ("owner,owned,share\nA,B\n", ["export.csv row 2: has 2 fields where the header has 3"]),
        (
            "owner,colour,share\nA,B,1\n",
            ["export.csv: no column looks like the owned (there are 'owner', 'colour', 'share'); head it 'owned id'"],
        ),
        (
            "nom actionnaire,prénom actionnaire,owned,share\nA,B,A,1\n",
            ["export.csv: the owner may be any of the columns 'nom actionnaire', 'prénom"],
        ),
    ],
)
def test_what_is_no_list_of_owners_is_refused_with_every_fault(tmp_path, text, told):
    found = refused(ownership, export(tmp_path, text), FIRMS, secret=KEY)
    assert len(found) == len(told) and all(line.startswith(begin) for line, begin in zip(found, told, strict=True)), found


# Boards.


@pytest.mark.parametrize(
    "text",
    [
        "firm,person\nA,Zoé Martin\nB,MARTIN Zoe\n",
        "Entreprise;Nom;Prénom\nA;Martin;Zoé\nTurning;MARTIN;ZOE\n",
        "Société,Nom du dirigeant,Prénom du dirigeant\nA,Martin,Zoé\nB,Martin,Zoé\n",
    ],
)
def test_a_person_on_two_boards_is_one_body_whatever_the_writing(tmp_path, text):
    found = board(export(tmp_path, text), FIRMS, secret=KEY)
    person = hashed("Martin Zoé", KEY)
    assert found.memberships.to_numpy().tolist() == [["A", person, "board"], ["B", person, "board"]] and found.set_aside.empty


def test_seats_elsewhere_and_seats_listed_twice_are_set_aside(tmp_path):
    found = board(export(tmp_path, "firm,person\nA,X Y\nA,Y X\nElsewhere,X Y\n"), FIRMS, secret=KEY)
    assert len(found.memberships) == 1
    assert [tuple(row) for row in found.set_aside.itertuples(index=False)] == [
        ("members", "not of the territory", 1, "Elsewhere"),
        ("members", "listed twice, taken once", 1, "A"),
    ]


@given(st.lists(st.text("abcdefghij", min_size=2), min_size=2, max_size=4, unique=True), st.binary(min_size=16), st.binary(min_size=16))
def test_a_hash_depends_on_the_words_and_the_secret_alone(words, key, other):
    hashes = {hashed(" ".join(order), key) for order in itertools.permutations(words)} | {hashed("  ".join(words).upper(), key)}
    assert len(hashes) == 1 and len(next(iter(hashes))) == 17
    assert key == other or hashed(" ".join(words), other) not in hashes


def test_names_of_any_script_are_told_apart():
    assert len({hashed(name, KEY) for name in ("Иванов", "Петров", "李", "Łukasz", "Lukasz", "Œuvre")}) == 6


def test_a_hash_is_what_openssl_gives_for_the_sorted_words():
    # printf 'do for nothing want what ya' | openssl dgst -sha256 -hmac Jefe
    assert hashed("what do ya want for nothing?", b"Jefe") == "paed6f7fbb2d0ec16"


@pytest.mark.parametrize(("owner", "kept"), [("552 032 534", "552032534"), ("55203253400646", "55203253400646")])
def test_a_siren_or_siret_is_no_person(owner, kept):
    assert outsider(owner, KEY) == kept


@pytest.mark.parametrize("owner", ["Curie", "M. 552032534", "552 03", "123456789012"])
def test_any_other_owner_may_be_a_person_and_is_hashed(owner):
    assert outsider(owner, KEY) == hashed(owner, KEY)


def test_the_secret_is_made_once_for_its_owners_eyes(tmp_path):
    secret = secret_of(tmp_path)
    assert len(secret) == 32 and secret_of(tmp_path) == secret and secret_of(tmp_path.parent) != secret
    assert stat.S_IMODE((tmp_path / SECRET).stat().st_mode) == 0o600
    (tmp_path.parent / SECRET).unlink()


@pytest.mark.parametrize("damaged", ["", "xyz", "ab12"])
def test_a_damaged_secret_is_never_used(tmp_path, damaged):
    (tmp_path / SECRET).write_text(damaged)
    assert refused(secret_of, tmp_path) == [
        "names.secret: is damaged; put back its copy, or delete it and adapt every list of persons anew"
    ]


# Members.


def test_a_list_of_members_becomes_memberships(tmp_path):
    found = members(export(tmp_path, "Adhérent,Organisme,Nature\nA,CCI,Chambre consulaire\nTurning,ARIA,cluster\nB,X,syndicat\n"), FIRMS)
    assert found.memberships.to_numpy().tolist() == [["A", "CCI", "chamber"], ["B", "ARIA", "cluster"], ["B", "X", "union"]]


@pytest.mark.parametrize(
    ("kind", "told"), [("boards", "did you mean 'board'?"), ("", "'' is none of ownership (owner, owned, share), board")]
)
def test_a_kind_of_list_that_is_not_known_is_refused_with_those_that_are(tmp_path, kind, told):
    with pytest.raises(AdapterError) as error:
        adapt(kind, tmp_path / "x.csv", tmp_path)
    assert str(error.value).startswith("KIND: ") and told in str(error.value) and not list(tmp_path.iterdir())


def test_the_body_of_a_bare_list_is_told(tmp_path):
    path = export(tmp_path, "membre\nA\nB\n")
    found = members(path, FIRMS, body="Employers", kind="association")
    assert found.memberships.to_numpy().tolist() == [["A", "Employers", "association"], ["B", "Employers", "association"]]
    assert refused(members, path, FIRMS) == [
        "export.csv: no column looks like the body (there are 'membre'); head it 'body id', or say BODY=NAME",
        "export.csv: no column looks like the kind (there are 'membre'); head it 'kind', or say BODY_KIND=, one of "
        "board, association, training, charter, cluster, chamber, union, funder",
    ]


# Files.


def test_an_export_may_be_a_workbook_with_one_sheet(tmp_path):
    rows = [["owner", "owned", "share"], ["A", "B", 0.25]]
    found = ownership(workbooks.save(tmp_path / "a.xlsx", {"export": rows, "empty": []}), FIRMS, secret=KEY)
    assert found.ties["weight"].tolist() == ["0.25"]
    told = refused(ownership, workbooks.save(tmp_path / "b.xlsx", {"one": rows, "two": rows}), FIRMS, secret=KEY)
    assert told == ["b.xlsx: has 2 sheets with something in them (one, two); save the one that is meant alone"]


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    assert refused(members, tmp_path / "none.csv", FIRMS) == ["none.csv: cannot be read: No such file or directory"]
    (tmp_path / "a.csv").write_bytes(b"\0")
    assert refused(members, tmp_path / "a.csv", FIRMS) == ["a.csv: is no text; save it as CSV, UTF-8"]


# Into a territory.


@pytest.fixture
def valley(tmp_path: Path) -> Path:
    folder = tmp_path / "valley"
    folder.mkdir()
    head = {"name": "V", "status": "measured", "source": "s", "licence": "private", "crs": "EPSG:2154"}
    (folder / "territory.toml").write_text("\n".join(f'{key} = "{value}"' for key, value in head.items()))
    export(folder, "firm_id,name,x,y\nA,Forge,650000,6400000\nB,Turning,650000,6400000\n", "firms.csv")
    return folder


def test_what_exports_give_is_written_beside_the_sheets_and_read_with_them(valley, tmp_path, capsys):
    owners = export(tmp_path, "owner,owned,share\nA,B,0.5\nZoé Martin,A,0.5\nA,Turnings,0.1\n")
    assert main(["adapt", "ownership", str(owners), "--to", str(valley)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "→ ties_ownership.csv: 1 row",
        "→ memberships_ownership.csv: 1 row",
        "  set aside: firms, owned, not of the territory: 1 (Turnings (Turning?))",
    ]
    adapt("board", export(tmp_path, "firm,person\nA,Zoé Martin\nB,Zoé Martin\n"), valley)
    adapt("members", export(tmp_path, "firm\nA\nB\n"), valley, body="Club d'Été", body_kind="association")
    found = load_territory(valley)
    assert found.ties[["source", "target", "weight"]].to_numpy().tolist() == [["A", "B", 0.5]]
    assert found.memberships["kind"].value_counts().to_dict() == {"board": 2, "association": 2, "funder": 1}
    assert found.memberships.query("kind != 'association'")["body_id"].nunique() == 1  # she owns and sits under one hash
    assert sorted(path.name for path in valley.iterdir()) == [
        "firms.csv",
        "memberships_board.csv",
        "memberships_members_club_d_ete.csv",
        "memberships_ownership.csv",
        "names.secret",
        "territory.toml",
        "ties_ownership.csv",
    ]
    assert not [path.name for path in valley.iterdir() if "artin" in path.read_text(encoding="utf-8")]


def test_nothing_is_written_over(valley, tmp_path, capsys):
    owners = export(tmp_path, "owner,owned,share\nA,B,0.5\n")
    adapt("ownership", owners, valley)
    export(tmp_path, "owner,owned,share\nA,B,0.9\n")
    assert main(["adapt", "ownership", str(owners), "--to", str(valley)]) == 2
    assert capsys.readouterr().err == "ties_ownership.csv: is there already; delete it to adapt anew\n1 fault; nothing was written\n"
    assert "0.5" in (valley / "ties_ownership.csv").read_text()


def test_a_refused_list_leaves_no_secret_behind(valley, tmp_path):
    refused(adapt, "board", export(tmp_path, "firm,colour\nA,red\n"), valley)
    assert not (valley / SECRET).exists()
    adapt("board", export(tmp_path, "firm,person\nA,Zoé Martin\n"), valley)
    secret = secret_of(valley)
    refused(adapt, "board", export(tmp_path, "firm,colour\nA,red\n"), valley)
    assert secret_of(valley) == secret


def test_an_export_of_nobody_from_here_says_so(valley, tmp_path):
    assert adapt("members", export(tmp_path, "firm,body,kind\nZ,club,board\n"), valley).splitlines() == [
        "nothing of it concerns the firms of the territory",
        "  set aside: members, not of the territory: 1 (Z)",
    ]


def test_firms_come_before_their_ties(valley, tmp_path):
    (valley / "firms.csv").unlink()
    with pytest.raises(TerritoryError, match=r"firms\.csv: is missing in valley"):
        adapt("members", export(tmp_path, "firm,body,kind\nA,club,board\n"), valley)
