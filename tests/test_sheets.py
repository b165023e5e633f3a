"""Tables as people hand them in."""

import sys
from datetime import date
from pathlib import Path

import pytest
import workbooks

from slpi.sheets import INVENTED, SheetError, csv_cells, number, with_point, workbook_cells


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize(("sign", "comma"), [(",", False), (";", True), ("\t", True)])
def test_a_file_is_read_whatever_its_encoding_and_separator(tmp_path, encoding, sign, comma):
    (tmp_path / "a.csv").write_bytes(f"id{sign}nom\r\n1{sign} Éts Façade \r\n\r\n{sign}\r\n2{sign}b\r\n".encode(encoding))
    cells = csv_cells(tmp_path / "a.csv")
    assert cells == (["id", "nom"], [(2, ["1", "Éts Façade"]), (5, ["2", "b"])], comma)


def test_bytes_that_are_in_no_code_page_are_latin_1(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"id\n\x81\xe9\n")
    assert csv_cells(tmp_path / "a.csv").rows == [(2, ["\x81é"])]


def test_a_row_has_the_line_on_which_it_begins(tmp_path):
    (tmp_path / "a.csv").write_text('id,note\n1,"two\nlines"\n2,one\n')
    assert [row for row, _ in csv_cells(tmp_path / "a.csv").rows] == [2, 4]


def test_an_empty_file_has_no_header(tmp_path):
    (tmp_path / "a.csv").write_text("\n \n")
    assert csv_cells(tmp_path / "a.csv") == ([], [], False)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("id,a\n1,2\n".encode("utf-16"), "a.csv: is no text; save it as CSV, UTF-8"),
        ("id\né\n".encode() + "é\n".encode("latin-1"), "a.csv row 3: is UTF-8 before this row and Latin-1 here; save it as CSV, UTF-8"),
        (b'id\n1\n"2\n', "a.csv row 3: cannot be read: unexpected end of data; look for a quote too many or too few"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_the_row(tmp_path, data, told):
    (tmp_path / "a.csv").write_bytes(data)
    with pytest.raises(SheetError) as error:
        csv_cells(tmp_path / "a.csv")
    assert str(error.value) == told


def test_a_workbook_gives_text_with_the_rows_of_the_spreadsheet(tmp_path):
    rows = [[None, None], ["id", "n", None, None], [5520, 0.25, None], [None], ["b ", date(2019, 7, 1), None, "left over"], [True, 1e20]]
    found = workbook_cells(workbooks.save(tmp_path / "a.xlsx", {"Firms": rows, "empty": []}))
    assert found["empty"] == ([], [], False)
    assert found["Firms"].header == ["id", "n"] and found["Firms"].decimal_comma
    assert found["Firms"].rows == [
        (3, ["5520", "0.25"]),
        (5, ["b", "2019-07-01", "left over"]),
        (6, ["1", "100000000000000000000"]),
    ]


def test_what_is_no_workbook_is_refused(tmp_path):
    (tmp_path / "a.xlsx").write_text("id,a\n")
    with pytest.raises(SheetError, match=r"a\.xlsx: cannot be read as a workbook .*; save it anew as \.xlsx"):
        workbook_cells(tmp_path / "a.xlsx")


def test_without_the_reader_of_workbooks_csv_is_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(SheetError, match="save each sheet as CSV, UTF-8"):
        workbook_cells(tmp_path / "a.xlsx")


@pytest.mark.parametrize(("text", "value"), [("12", 12), ("-1.5", -1.5), ("1 250", 1250), ("1 250 000.5", 1250000.5), ("6.5E5", 650000)])
def test_numbers_are_read_as_they_are_printed(text, value):
    assert number(text) == value


@pytest.mark.parametrize("text", ["2,5", "", "1 2", "1 2500", "ten", "nan", "inf", "1e999", "٣", "0x1", "1_000"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match="is no number"):
        number(text)


def test_the_templates_name_the_source_that_a_check_looks_for():
    raw = Path(__file__).parents[1] / "data" / "raw"
    for head in (raw / "territories" / "template" / "territory.toml", raw / "poles" / "template" / "pole.toml"):
        assert f'"{INVENTED}"' in head.read_text(encoding="utf-8")


def test_a_decimal_comma_is_made_a_point_in_a_number_only():
    assert [with_point(text) for text in ("2,5", "-1 250,75", "a,b", "2,5 %", "1,2,3")] == ["2.5", "-1 250.75", "a,b", "2.5 %", "1,2,3"]
