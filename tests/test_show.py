"""What a chapter calls: what it takes, what it refuses, and what it leaves to the press."""

import doctest
import importlib
import math
import pkgutil

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import compendium
from compendium import figure, raw, record, reference, table
from compendium.show import format_value

ALT = "Line from (0, 1) up to (2, 3) and down again to (4, 0); the axes are hours and kilometres."


def drawn(top: float = 3.0):
    fig, ax = plt.subplots(figsize=(3, 2))
    ax.plot([0, 2, 4], [1, top, 0])
    ax.scatter([0, 1], [1, 1], clip_on=True)
    ax.set(xlabel="hours", ylabel="km", title="It falls")
    return fig


# Printing values.


def test_the_examples_of_the_press_hold():
    modules = [importlib.import_module(f"compendium.{module.name}") for module in pkgutil.iter_modules(compendium.__path__)]
    tried = {module.__name__: doctest.testmod(module) for module in modules if not module.__name__.endswith("__main__")}
    assert tried["compendium.show"].attempted >= 1
    assert not {name: result for name, result in tried.items() if result.failed}


@pytest.mark.parametrize(
    ("value", "unit", "digits", "printed"),
    [
        (0.126, "", None, "0.13"),
        (0.126, "", 1, "0.1"),
        (0.126, "", 0, "0"),
        (-0.126, "", None, "−0.13"),
        (-0.004, "", None, "0.00"),
        (-0.004, "share", None, "0 %"),
        (-0.004, "share", 1, "−0.4 %"),
        (-0.2, "km", 0, "0 km"),
        (0.5, "share", None, "50 %"),
        (1, "share", None, "100 %"),
        (12, "", None, "12"),
        (12, "", 3, "12"),
        (1234567, "", None, "1,234,567"),
        (1234567.891, "€", 1, "1,234,567.9 €"),
        (-18000, "firms", None, "−18,000 firms"),
        ("words - as they are", "km", 2, "words - as they are"),
        (True, "", None, "True"),
    ],
)
def test_a_value_is_printed(value, unit, digits, printed):
    assert format_value(value, unit, digits) == printed


# Numbers.


def test_record_shows_the_value_and_leaves_it_to_the_press(displayed):
    record("forms.gap", 0.126, status="coded", unit="", evidence=["b-2", "a-1", "b-2"], digits=1)
    ((shown, metadata),) = displayed
    assert metadata["compendium"] == {
        "kind": "number",
        "name": "forms.gap",
        "value": 0.126,
        "unit": "",
        "digits": 1,
        "status": "coded",
        "evidence": ["a-1", "b-2"],
    }
    assert shown["text/plain"] == "forms.gap = 0.1  [coded; 2 coded rows]"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (np.float64(0.5), 0.5),
        (np.float32(0.5), 0.5),
        (np.int64(7), 7),
        (np.uint8(7), 7),
        (np.str_("words"), "words"),
        (pd.Series([3, 4]).max(), 4),
        (np.array(2.5), 2.5),
        (0, 0),
        (-1.5, -1.5),
        ("words", "words"),
    ],
)
def test_a_number_of_numpy_is_kept_as_one_of_python(displayed, value, kept):
    record("forms.gap", value, status="coded")
    stored = displayed[0][1]["compendium"]["value"]
    assert stored == kept and type(stored) is type(kept)


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        np.float64("nan"),
        np.float32("inf"),
        None,
        pd.NA,
        pd.NaT,
        [1],
        {"a": 1},
        1j,
        pd.Timestamp("2020-01-01"),
    ],
)
def test_what_is_neither_a_finite_number_nor_words_is_refused(displayed, value):
    with pytest.raises(ValueError, match=r"record\('forms.gap'\): .* is neither a finite number nor words; say in words why there is none"):
        record("forms.gap", value, status="coded")
    assert not displayed


@pytest.mark.parametrize("call", ["record", "table", "figure"])
class TestEveryResult:
    """Numbers, tables and figures alike carry a name, a status and evidence."""

    @pytest.fixture
    def show(self, call, displayed):
        def show(name: str, **more):
            if call == "record":
                return record(name, 1, **more)
            if call == "table":
                return table(name, pd.DataFrame({"a": [1]}), caption="A table.", **more)
            return figure(name, drawn(), alt=ALT, caption="A figure.", **more)

        yield show
        plt.close("all")

    @pytest.mark.parametrize(
        "name", ["gap", "Forms.gap", "forms.Gap", "forms gap.x", "forms.", ".gap", "forms..gap", "forms.gap-x", "é.gap", ""]
    )
    def test_a_malformed_name_is_refused(self, show, displayed, name):
        with pytest.raises(ValueError, match=r"a name is dotted and in lower case, such as forms\.gap"):
            show(name, status="coded")
        assert not displayed

    @pytest.mark.parametrize("status", ["", "Coded", "guessed", "code"])
    def test_an_unknown_status_is_refused_with_the_four_known(self, show, displayed, status):
        with pytest.raises(ValueError, match=f"status '{status}' is none of documented, coded, measured, simulated"):
            show("forms.gap", status=status)
        assert not displayed

    def test_a_result_without_status_cannot_be_shown(self, show, displayed):
        with pytest.raises(TypeError, match="status"):
            show("forms.gap")
        assert not displayed

    def test_one_id_in_place_of_a_list_is_refused(self, show, displayed):
        with pytest.raises(ValueError, match="evidence is a list of ids, not the one text 'gia-004'"):
            show("forms.gap", status="coded", evidence="gia-004")
        assert not displayed

    @pytest.mark.parametrize("status", ["documented", "coded", "measured", "simulated"])
    def test_ids_of_a_column_are_kept_sorted_and_once(self, show, displayed, status):
        show("forms.gap_2", status=status, evidence=pd.Series(["b", "a", "b"]))
        entry = displayed[0][1]["compendium"]
        assert entry["evidence"] == ["a", "b"] and entry["status"] == status and entry["name"] == "forms.gap_2"


# Tables.


def test_a_table_escapes_its_labels_its_head_and_its_cells(displayed):
    nasty = '<script>alert("1")</script> & more'
    table("a.b", pd.DataFrame({nasty: [nasty]}, index=pd.Index([nasty], name=nasty)), caption="Any.", status="coded")
    shown = displayed[0][0]["text/html"]
    assert "<script" not in shown
    assert shown.count("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; more") == 4


def test_a_table_rounds_for_print_and_marks_what_is_missing(displayed):
    frame = pd.DataFrame(
        {"share": [0.12345, np.nan], "count": pd.array([1234, None], dtype="Int64"), "word": ["a", None], "low": [-0.001, -0.5]},
        index=["first", "second"],
    )
    table("a.b", frame, caption="Any.", status="coded", digits=2)
    entry = displayed[0][1]["compendium"]
    assert entry["head"] == ["", "share", "count", "word", "low"]
    assert entry["rows"] == [["first", "0.12", "1,234", "a", "0.00"], ["second", "–", "–", "–", "−0.50"]]
    assert entry["numeric"] == [False, True, True, False, True]
    assert displayed[0][0]["text/html"].count('class="num"') == 3 * 3


def test_a_column_that_holds_sentences_is_marked_and_so_given_room(displayed):
    frame = pd.DataFrame(
        {"says": ["short", "a coder's paraphrase of what stands in a passage, in a sentence"], "n": [1, 2]}, index=["a", "b"]
    )
    table("a.b", frame, caption="Any.", status="coded")
    assert displayed[0][0]["text/html"].count('class="said"') == 3
    table("a.c", frame.iloc[:0], caption="Any.", status="coded")
    table("a.d", frame.assign(why=frame["says"], how=frame["says"]), caption="Any.", status="coded")  # too many to have room each
    assert all("said" not in shown["text/html"] for shown, _ in displayed[1:])


def test_every_level_of_an_index_is_a_column(displayed):
    index = pd.MultiIndex.from_tuples([("x", 1), ("y", 2)], names=["unit", None])
    table("a.b", pd.DataFrame({"n": [3, 4]}, index=index), caption="Any.", status="coded")
    entry = displayed[0][1]["compendium"]
    assert entry["head"] == ["unit", "", "n"] and entry["rows"] == [["x", "1", "3"], ["y", "2", "4"]]


# Figures.


@pytest.mark.parametrize("alt", ["", "A figure.", "x" * 39, " " * 60, "short" + " " * 60])
def test_a_figure_without_a_real_alt_text_is_refused(displayed, alt):
    with pytest.raises(ValueError, match=r"figure\('a.b'\): alt text of .* say what a listener would need to draw it"):
        figure("a.b", drawn(), alt=alt, caption="Any.", status="coded")
    plt.close("all")
    assert not displayed


def test_the_same_figure_has_the_same_bytes_twice_and_another_has_others(displayed):
    for top in (3.0, 3.0, 2.0):
        figure("a.b", drawn(top), alt=ALT, caption="Any.", status="coded")
    (first, _), (second, _), (other, _) = displayed
    for kind in ("image/svg+xml", "image/png"):
        assert first[kind] == second[kind] != other[kind]
    assert first["image/png"].startswith(b"\x89PNG")
    assert first["image/svg+xml"].count("<svg") == 1


def test_a_figure_is_the_same_whatever_was_drawn_before_and_whenever(displayed, monkeypatch):
    figure("a.b", drawn(), alt=ALT, caption="Any.", status="coded")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    kept = [drawn(float(n)) for n in range(3)]
    figure("a.b", drawn(), alt=ALT, caption="Any.", status="coded")
    assert len(kept) == 3 and displayed[0][0] == displayed[1][0]
    plt.close("all")


def test_a_figure_carries_caption_and_alt_text_and_is_closed(displayed):
    fig = drawn()
    figure("a.b", fig, alt=ALT, caption="It falls.", status="simulated")
    shown, metadata = displayed[0]
    assert metadata["compendium"] | {"evidence": []} == {
        "kind": "figure",
        "name": "a.b",
        "status": "simulated",
        "evidence": [],
        "caption": "It falls.",
        "alt": ALT,
    }
    assert metadata["image/png"] == {"alt": ALT} and ALT in shown["text/plain"]
    assert not plt.fignum_exists(fig.number)


# Data.


def test_raw_finds_the_data_of_the_compendium_that_runs(monkeypatch, tmp_path):
    monkeypatch.setenv("COMPENDIUM_ROOT", str(tmp_path))
    assert raw("corpus", "codes.csv") == tmp_path / "data" / "raw" / "corpus" / "codes.csv"


def test_reference_finds_the_committed_values_of_the_compendium_that_runs(monkeypatch, tmp_path):
    monkeypatch.setenv("COMPENDIUM_ROOT", str(tmp_path))
    assert reference("power.csv") == tmp_path / "reports" / "reference" / "power.csv"


def test_raw_finds_the_data_upwards_from_a_chapter_opened_by_hand(monkeypatch, tmp_path):
    monkeypatch.delenv("COMPENDIUM_ROOT", raising=False)
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "notebooks" / "deeper").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "notebooks" / "deeper")
    assert raw("places.csv") == tmp_path / "data" / "raw" / "places.csv"


def test_raw_leaves_a_whole_path_as_it_is(monkeypatch, tmp_path):
    monkeypatch.setenv("COMPENDIUM_ROOT", str(tmp_path / "compendium"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert raw("territories", str(tmp_path / "valley")) == tmp_path / "valley"
    assert raw("territories", "~/valley") == tmp_path / "home" / "valley"
