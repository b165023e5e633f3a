"""Strict parameters: what a parameters cell may declare, what a person may give, and what the press says otherwise."""

import pytest

from compendium.parameters import Parameter, declared, parse
from compendium.project import BadInput

CELL = """
radius_km: float = 30.0  # neighbourhood radius in km; 1 to 200
draws: int = 2000  # readings drawn; 1 to 100000
shift: float = 0.0  # may be negative; -2.5 to 2.5
filter: str = "strict"  # which rows may speak; one of loose, strict, strict_dimensions
leave_out: list[str] = []  # families left out; one of sector, knowledge, governance
title: str = "no title"  # printed above the figure
exact: bool = False  # whether to enumerate
weight: float = 1.0  # any finite weight
"""


@pytest.fixture(scope="module")
def parameters() -> dict[str, Parameter]:
    return declared(CELL, "05_proximity.ipynb")


def refused(text: str, parameters: dict[str, Parameter]) -> str:
    with pytest.raises(BadInput) as caught:
        parse(text, parameters, "05_proximity")
    return str(caught.value)


def faults_of(cell: str) -> str:
    with pytest.raises(BadInput) as caught:
        declared(cell, "05_proximity.ipynb")
    return str(caught.value)


# What the cell declares.


def test_a_cell_declares_names_types_defaults_ranges_and_choices(parameters):
    assert list(parameters) == ["radius_km", "draws", "shift", "filter", "leave_out", "title", "exact", "weight"]
    assert parameters["radius_km"] == Parameter("radius_km", "float", 30.0, "neighbourhood radius in km; 1 to 200", 1.0, 200.0)
    assert (parameters["draws"].low, parameters["draws"].high) == (1, 100000)
    assert (parameters["shift"].low, parameters["shift"].high) == (-2.5, 2.5)
    assert parameters["filter"].choices == ("loose", "strict", "strict_dimensions")
    assert parameters["leave_out"].choices == ("sector", "knowledge", "governance")
    assert parameters["title"].choices == () and parameters["title"].low is None


def test_an_empty_cell_declares_nothing():
    assert declared("", "x.ipynb") == {} and declared("# nothing to choose here\n", "x.ipynb") == {}


def test_a_comment_that_speaks_of_a_span_in_the_middle_sets_no_range():
    assert declared("k: int = 9  # from 1 to 5 it is thin, above it is not", "x.ipynb")["k"].low is None


def test_a_default_over_several_lines_takes_the_comment_at_its_end():
    found = declared('names: list[str] = [\n    "a",\n]  # which; one of a, b', "x.ipynb")["names"]
    assert found.default == ["a"] and found.choices == ("a", "b")


def test_choices_of_whole_numbers_are_taken():
    order = declared("order: int = 2  # of the tie; one of 1, 2, 3", "x.ipynb")
    assert parse("order=3", order, "x") == {"order": 3}
    assert "order = '4' is not right: one of 1, 2, 3" in refused("order=4", order)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("k = 1", "line 1: write it as  name: type = value"),
        ("k: int", "line 1: write it as  name: type = value"),
        ("import os", "line 1: write it as  name: type = value"),
        ("k: complex = 1j  # what", "k: the type complex is none of int, float, str, bool, list[str]"),
        ("k: list[int] = [1]  # what", "k: the type list[int] is none of"),
        ("k: int = 0  # what; 1 to 5", "k: its default is outside its own range"),
        ("k: float = 5.5  # what; 1 to 5", "k: its default is outside its own range"),
        ("k: str = 'c'  # what; one of a, b", "k: its default is outside its own range"),
        ("k: list[str] = ['a', 'c']  # what; one of a, b", "k: its default is outside its own range"),
        ("k: float = 1e999  # what", "k: its default is outside its own range"),
        ("k: int = 'many'  # what; 1 to 5", "k: its default 'many' is no int"),
        ("k: int = 2.0  # what", "k: its default 2.0 is no int"),
        ("k: int = True  # what", "k: its default True is no int"),
        ("k: float = None  # what", "k: its default None is no float"),
        ("k: bool = 1  # what", "k: its default 1 is no bool"),
        ("k: str = 3  # what", "k: its default 3 is no str"),
        ("k: list[str] = 'abc'  # what", "k: its default 'abc' is no list[str]"),
        ("k: list[str] = [1]  # what", "k: its default [1] is no list[str]"),
        ("k: int = 2 * 3  # what", "k: its default 2 * 3 is not a value written out"),
        ("k: float = float('nan')  # what", "k: its default float('nan') is not a value written out"),
        ("k: str = 'a'  # years; 1990 to 2000", "k: a str has no range"),
    ],
)
def test_a_line_that_declares_nothing_sound_is_refused_with_what_is_wrong(line, told):
    message = faults_of(line)
    assert message.startswith("05_proximity.ipynb: the parameters cell has 1 fault(s):\n  line 1: ")
    assert told in message


def test_every_fault_of_a_cell_is_listed_with_its_line():
    message = faults_of("k: int = 0  # what; 1 to 5\n\nfine: int = 1\nm = 2\nk: int = 1\nfine: int = 2\n")
    assert message.splitlines()[0].endswith("has 3 fault(s):")
    assert [line.split(":")[0].strip() for line in message.splitlines()[1:]] == ["line 1", "line 4", "line 6"]
    assert message.splitlines()[3].strip() == "line 6: fine: it is declared twice"


def test_a_cell_that_is_no_python_is_refused_with_its_line():
    assert "05_proximity.ipynb: the parameters cell is no Python: line 2" in faults_of("k: int = 1\nm: int = = 2\n")


# What a person gives.


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("draws=500", {"draws": 500}),
        ("draws=1 radius_km=200", {"draws": 1, "radius_km": 200.0}),
        ("draws=100000  radius_km=1", {"draws": 100000, "radius_km": 1.0}),
        ("shift=-2.5", {"shift": -2.5}),
        ("filter=loose", {"filter": "loose"}),
        ("leave_out=sector,governance", {"leave_out": ["sector", "governance"]}),
        ("leave_out='sector, governance'", {"leave_out": ["sector", "governance"]}),
        ("title='Two words = one'", {"title": "Two words = one"}),
        ('title="it\'s"', {"title": "it's"}),
        ("title=", {"title": ""}),
        ("exact=true", {"exact": True}),
        ("exact=YES", {"exact": True}),
        ("weight=1e6", {"weight": 1e6}),
    ],
)
def test_values_are_read_as_what_they_are_declared_to_be(parameters, text, values):
    found = parse(text, parameters, "05_proximity")
    assert found == values and [type(value) for value in found.values()] == [type(value) for value in values.values()]


def test_a_value_that_is_the_default_is_no_change(parameters):
    given = "draws=2000 filter=strict exact=no leave_out= radius_km=30"
    assert parse(given, parameters, "05_proximity") == {}
    assert parse("draws=2000 filter=loose", parameters, "05_proximity") == {"filter": "loose"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("draws=0", "draws = '0' is not right: int, 1 to 100000"),
        ("draws=100001", "draws = '100001' is not right: int, 1 to 100000"),
        ("draws=many", "draws = 'many' is not right: int, 1 to 100000"),
        ("draws=5.5", "draws = '5.5' is not right: int, 1 to 100000"),
        ("draws=", "draws = '' is not right: int, 1 to 100000"),
        ("radius_km=0.999", "radius_km = '0.999' is not right: float, 1 to 200"),
        ("radius_km=nan", "radius_km = 'nan' is not right: float, 1 to 200"),
        ("radius_km=inf", "radius_km = 'inf' is not right: float, 1 to 200"),
        ("weight=nan", "weight = 'nan' is not right: float"),
        ("weight=inf", "weight = 'inf' is not right: float"),
        ("weight=-1e999", "weight = '-1e999' is not right: float"),
        ("shift=-2.51", "shift = '-2.51' is not right: float, -2.5 to 2.5"),
        ("filter=Strict", "filter = 'Strict' is not right: one of loose, strict, strict_dimensions"),
        ("leave_out=sector,gouvernance", "leave_out = 'sector,gouvernance' is not right: any of sector, knowledge, governance"),
        ("exact=perhaps", "exact = 'perhaps' is not right: bool"),
        ("strict", "'strict' is not of the form name=value"),
        ("draws = 500", "'draws' is not of the form name=value"),
        ("draws=5 draws=6", "'draws' is given twice"),
        ("=5", "'' is no parameter of 05_proximity"),
    ],
)
def test_what_is_not_right_is_refused_with_what_would_be(parameters, text, told):
    assert told in refused(text, parameters).splitlines()


@pytest.mark.parametrize(("typed", "meant"), [("radius", "radius_km"), ("drwas", "draws"), ("leaveout", "leave_out"), ("Filter", "filter")])
def test_a_misspelt_name_is_refused_with_the_nearest_right_one(parameters, typed, meant):
    assert f"{typed!r} is no parameter of 05_proximity; did you mean {meant!r}?" in refused(f"{typed}=5", parameters)


def test_a_name_that_is_near_to_none_gets_no_suggestion(parameters):
    assert refused("zzz=5", parameters).splitlines()[0] == "'zzz' is no parameter of 05_proximity"


def test_every_fault_is_listed_and_then_every_parameter(parameters):
    lines = refused("drwas=5 radius_km=900 bare exact=maybe title=fine", parameters).splitlines()
    assert len(lines) == 4 + 1 + len(parameters)
    assert [line.split(" ")[0] for line in lines[:4]] == ["'drwas'", "radius_km", "'bare'", "exact"]
    assert lines[4] == "  parameters of 05_proximity:"
    assert "    draws: int, 1 to 100000 (default 2000)" in lines
    assert "    filter: one of loose, strict, strict_dimensions (default 'strict')" in lines


def test_a_chapter_without_parameters_says_so():
    assert refused("k=1", {}).splitlines() == ["'k' is no parameter of 05_proximity", "  parameters of 05_proximity:", "    none"]


def test_an_open_quotation_is_refused_with_what_was_typed(parameters):
    message = refused("title='never closed", parameters)
    assert 'PARAMS="title=\'never closed" cannot be read: No closing quotation' in message
