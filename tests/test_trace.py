import json
import os
import sys
from contextlib import suppress
from importlib.machinery import FileFinder, SourceFileLoader
from pathlib import Path

import pytest

import compendium.trace
from compendium.project import Project
from compendium.trace import Trace


@pytest.fixture
def trace(tmp_path: Path) -> Trace:
    for folder in ("data/raw/corpus", "data/processed", "src/toy", "reports", ".press"):
        (tmp_path / folder).mkdir(parents=True)
    return Trace(str(tmp_path), str(tmp_path / "reports" / "trace.json"))


def test_files_and_folders_that_were_read_are_noted_by_their_place(trace, monkeypatch):
    monkeypatch.chdir(Path(trace.root) / "data")
    trace.hook("open", ("raw/one.csv", "r", 0))
    trace.hook("open", (os.fsencode(f"{trace.root}/data/raw/two.csv"), None, os.O_RDONLY))
    trace.hook("os.listdir", (Path(trace.root) / "data" / "raw" / "corpus",))
    trace.hook("os.scandir", (None,))
    assert trace.read == {"data/raw/one.csv", "data/raw/two.csv", "data/raw/corpus/", "data/"}


@pytest.mark.parametrize("path", ["/etc/hostname", "reports/numbers.json", ".press/lock", "src/toy/__pycache__/a.pyc", "../x"])
def test_what_is_no_input_is_not_noted(trace, path):
    trace.hook("open", (os.path.join(trace.root, path), "r", 0))
    assert not trace.read and not trace.written


def test_which_modules_stand_in_a_folder_is_no_input(trace):
    trace.hook("os.listdir", (os.path.join(trace.root, "src", "toy"),))
    trace.hook("os.scandir", (os.path.join(trace.root, "src"),))
    assert not trace.read


def test_a_folder_is_known_by_its_names_without_what_python_leaves_there(tmp_path):
    (tmp_path / "valleys").mkdir()
    (tmp_path / "valleys" / "one.csv").touch()
    before = Project(tmp_path).digest("valleys/")
    (tmp_path / "valleys" / "__pycache__").mkdir()
    (tmp_path / "valleys" / ".hidden").touch()
    assert Project(tmp_path).digest("valleys/") == before
    (tmp_path / "valleys" / "two.csv").touch()
    assert Project(tmp_path).digest("valleys/") != before


def test_committed_reference_values_are_inputs_like_any_data(trace):
    trace.hook("open", (f"{trace.root}/reports/reference/power.csv", "r", 0))
    trace.hook("open", (f"{trace.root}/reports/runs/power.csv", "r", 0))
    assert trace.read == {"reports/reference/power.csv"}


def test_a_file_descriptor_is_not_taken_for_a_name(trace):
    trace.hook("open", (3, "r", 0))
    assert not trace.read


@pytest.mark.parametrize(
    ("event", "args"),
    [
        ("open", ("{}/data/raw/one.csv", "w", 0)),
        ("open", ("{}/data/raw/one.csv", "r+", 0)),
        ("open", ("{}/data/raw/one.csv", None, os.O_WRONLY | os.O_CREAT)),
        ("os.remove", ("{}/data/raw/one.csv", -1)),
        ("os.rename", ("{}/data/processed/one.csv", "{}/data/raw/one.csv", -1, -1)),
        ("os.mkdir", ("{}/data/raw/mine", 0o777, -1)),
    ],
)
def test_raw_data_is_never_changed(trace, event, args):
    args = tuple(part.format(trace.root) if isinstance(part, str) else part for part in args)
    with pytest.raises(PermissionError, match=r"data/raw/(one.csv|mine) is raw data, which no chapter writes or removes"):
        trace.hook(event, args)


def test_what_a_chapter_writes_itself_is_told_apart(trace):
    trace.hook("open", (f"{trace.root}/data/processed/table.parquet", "wb", 0))
    trace.hook("open", (f"{trace.root}/data/processed/table.parquet", "rb", 0))
    trace.store()
    stored = json.loads(trace.target.read_text())
    assert stored["written"] == ["data/processed/table.parquet"] and "data/processed/table.parquet" in stored["inputs"]


@pytest.mark.parametrize("folder", ["src", "notebooks", "tools"])
def test_modules_that_are_loaded_from_the_compendium_are_inputs_wherever_they_lie(trace, monkeypatch, folder):
    place = Path(trace.root) / folder
    (place / "helpers").mkdir(parents=True)
    (place / "helpers" / "__init__.py").write_text("X = 1\n")
    monkeypatch.syspath_prepend(place)
    import helpers

    trace.store()
    assert json.loads(trace.target.read_text())["inputs"] == [f"{folder}/helpers/__init__.py"]
    del sys.modules[helpers.__name__]


def test_code_that_is_run_and_not_imported_is_an_input_but_the_environment_and_the_press_are_not(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "env"))
    trace = Trace(str(tmp_path), "")
    trace.hook("open", (f"{tmp_path}/tools/clean.py", "r", 0))
    trace.hook("open", (f"{tmp_path}/env/lib/json/decoder.py", "r", 0))
    assert trace.read == {"tools/clean.py"}
    press = Path(compendium.trace.__file__).parent
    own = Trace(str(press.parents[1]), "")
    own.hook("open", (str(press / "show.py"), "r", 0))
    assert not own.read and not any("compendium" in path for path in own.modules())


def test_where_python_looks_for_modules_is_no_input(trace, monkeypatch):
    (Path(trace.root) / "notebooks").mkdir()
    monkeypatch.chdir(Path(trace.root) / "notebooks")
    sys.addaudithook(trace.hook)
    with suppress(ImportError):
        FileFinder(".", (SourceFileLoader, [".py"])).find_spec("absent")
    assert not trace.read
    os.listdir(".")
    assert trace.read == {"notebooks/"}


def test_what_lies_outside_is_noted_by_its_whole_path_once_it_was_asked_for(trace, tmp_path_factory):
    private = tmp_path_factory.mktemp("private") / ".valley"
    private.mkdir()
    trace.hook("open", (str(private / "firms.csv"), "r", 0))
    assert not trace.read
    trace.hook("compendium.outside", (str(private),))
    trace.hook("open", (str(private / "firms.csv"), "r", 0))
    trace.hook("os.scandir", (str(private),))
    trace.hook("open", (str(private.parent / "other.csv"), "r", 0))
    assert trace.read == {f"{private}/firms.csv", f"{private}/"}


def test_raw_data_outside_are_never_changed_either(trace, tmp_path_factory):
    private = tmp_path_factory.mktemp("private")
    trace.hook("compendium.outside", (str(private),))
    with pytest.raises(PermissionError, match=r"firms.csv is raw data, which no chapter writes or removes"):
        trace.hook("open", (str(private / "firms.csv"), "w", 0))
    with pytest.raises(PermissionError, match="is raw data"):
        trace.hook("os.rmdir", (str(private), -1))


def test_a_link_to_what_lies_outside_is_known_by_its_own_place(trace, tmp_path_factory):
    private = tmp_path_factory.mktemp("private")
    (private / "firms.csv").write_text("firm_id\n")
    link = Path(trace.root) / "data" / "raw" / "valley"
    link.symlink_to(private, target_is_directory=True)
    trace.hook("open", (str(link / "firms.csv"), "r", 0))
    assert trace.read == {"data/raw/valley/firms.csv"}
    with pytest.raises(PermissionError, match=r"data/raw/valley/firms\.csv is raw data"):
        trace.hook("open", (str(link / "firms.csv"), "w", 0))
