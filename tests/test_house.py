"""The house: environments that agree, jobs that are listed, notebooks as they are committed, nothing of this machine in any file."""

import ast
import json
import re
import subprocess
import tomllib
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import yaml
from conftest import ROOT, run_press
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FROM_PIP = {"pypandoc-binary", "typst"}  # conda-forge does not carry them under the same version
CONDA_NAMES = {"igraph": "python-igraph", "matplotlib": "matplotlib-base"}


def locked() -> dict[str, list[tuple[str, str, list[str]]]]:
    """Each package of the lock file with its versions, markers and hashes."""
    found: dict[str, list[tuple[str, str, list[str]]]] = {}
    for block in re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text(encoding="utf-8")):
        head, *rest = block.replace("\\\n", "\n").splitlines()
        if head.startswith("#"):
            continue
        requirement = Requirement(head.strip())
        (version,) = [part.version for part in requirement.specifier if part.operator == "=="]
        hashes = [line.strip() for line in rest if line.strip()]
        found.setdefault(canonicalize_name(requirement.name), []).append((version, str(requirement.marker or ""), hashes))
    return found


def direct() -> dict[str, Requirement]:
    """The packages that pyproject.toml names, over all its extras."""
    lines = [*PROJECT["dependencies"], *(line for extra in PROJECT["optional-dependencies"].values() for line in extra)]
    requirements = [Requirement(line) for line in lines]
    return {canonicalize_name(requirement.name): requirement for requirement in requirements}


# Environments.


def test_the_lock_file_holds_every_direct_dependency_once_and_within_its_bounds():
    lock = locked()
    assert len(direct()) > 15
    for name, requirement in direct().items():
        ((version, marker, _),) = lock[name]
        assert requirement.specifier.contains(version), (name, version)
        assert marker == "", (name, marker)


def test_every_package_of_the_lock_file_has_hashes_and_nothing_else():
    lock = locked()
    assert len(lock) > 100
    for name, pins in lock.items():
        for _, _, hashes in pins:
            assert hashes and all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", line) for line in hashes), name


def test_the_lock_file_names_no_index_no_address_and_no_folder():
    for number, line in enumerate((ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines(), 1):
        pin = re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+( ; [a-z_]+ [^@/]*)?( \\)?", line)
        assert pin or re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?|#[^/:@]*(:|make lock)?", line), (number, line)


def test_environment_yml_pins_the_direct_dependencies_at_the_versions_of_the_lock_file():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *conda, last = environment["dependencies"]
    python, *pins = [line for line in conda if line != "pip"]
    versions = {name: pins[0][0] for name, pins in locked().items()}
    assert dict(line.split("=") for line in pins) == {
        CONDA_NAMES.get(name, name): versions[name] for name in direct() if name not in FROM_PIP
    }
    assert dict(line.split("==") for line in last["pip"]) == {name: versions[name] for name in FROM_PIP}
    assert "pip" in conda and environment["name"] == PROJECT["name"] and environment["channels"][0] == "conda-forge"
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains(python.removeprefix("python="))


# The front door.


def rules() -> dict[str, str]:
    """The jobs of the Makefile with what their comments say."""
    return dict(re.findall(r"^([a-z]+):[^=\n]*?(?:## (.*))?$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_make_help_lists_every_job_with_what_it_does():
    done = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0 and not done.stderr
    told = dict(re.fullmatch(r"make (\S+)\s+(.*)", line).groups() for line in done.stdout.splitlines())
    assert told == rules() and len(told) > 8
    assert all(len(words) > 10 for words in told.values())


def test_every_phony_job_has_a_rule_and_every_rule_is_phony():
    (phony,) = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(phony.split()) == sorted(rules())


def test_the_makefile_calls_commands_that_the_press_has():
    called = re.findall(r"-m compendium (\w+)", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert sorted(set(called)) == ["build", "chapter", "impact", "lab", "lint", "quick", "reopen", "status", "sweep", "why"]
    assert [command for command in called if run_press(command, "--help").returncode] == []


# Notebooks as they are committed.


def cells(path: Path, kind: str = "") -> list[dict]:
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if kind in ("", cell["cell_type"])]


def code(path: Path) -> str:
    return "\n".join("".join(cell["source"]) for cell in cells(path, "code"))


def test_every_notebook_is_a_chapter():
    assert len(NOTEBOOKS) >= 3 and all(re.fullmatch(r"\d\d_[a-z]+\.ipynb", path.name) for path in NOTEBOOKS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestNotebook:
    def test_has_no_outputs_no_counts_and_no_traces_of_a_run(self, path):
        assert cells(path, "code")
        for cell in cells(path, "code"):
            assert cell["outputs"] == [] and cell["execution_count"] is None, cell["id"]
            assert set(cell["metadata"]) <= {"tags"}, cell["id"]

    def test_has_one_parameters_cell_each_with_its_meaning(self, path):
        (found,) = [cell for cell in cells(path, "code") if "parameters" in cell["metadata"].get("tags", [])]
        for line in filter(str.strip, "".join(found["source"]).splitlines()):
            assert re.fullmatch(r"\w+: [\w\[\]]+ = .+  # .{10,}", line), line

    def test_defines_no_function_and_no_class(self, path):
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        assert not [node.name for node in ast.walk(ast.parse(code(path))) if isinstance(node, kinds)]

    def test_sets_no_looks_and_hides_no_warning(self, path):
        assert not re.findall(r"rcParams|filterwarnings|simplefilter|plt\.show|savefig|^[%!].*$", code(path), re.MULTILINE)

    def test_is_short(self, path):
        lines = [line for line in code(path).splitlines() if line.strip()]
        assert len(lines) < 110 and 18 <= len(cells(path)) <= 40

    def test_is_prose_for_two_fifths_at_least(self, path):
        assert len(cells(path, "markdown")) >= 0.4 * len(cells(path))

    def test_begins_with_its_title_and_ends_with_what_it_cannot_say(self, path):
        first, last = cells(path)[0], cells(path)[-1]
        assert first["cell_type"] == "markdown" and "".join(first["source"]).startswith("# ")
        assert last["cell_type"] == "markdown" and "cannot say" in "".join(last["source"]).splitlines()[0]


def test_no_result_is_typed_in_any_prose():
    done = run_press("lint", root=ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "no result is typed in prose\n", "")


# Names, versions, rooms.


def test_the_citation_file_can_be_read_and_says_what_is_needed():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0" and citation["type"] == "software"
    assert len(citation["title"]) > 20 and len(citation["abstract"]) > 100 and citation["message"]
    assert citation["authors"] and all(author.get("name") or author.get("family-names") for author in citation["authors"])
    assert set(citation["license"]) == {"MIT", "CC-BY-4.0"} and date.fromisoformat(citation["date-released"])


def test_the_version_is_the_same_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == PROJECT["version"]


def imported(package: str) -> set[str]:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "src" / package).rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {name.partition(".")[0] for name in names | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}}


def test_measures_and_press_do_not_know_of_each_other():
    assert "numpy" in imported("slpi") and "compendium" not in imported("slpi")
    assert "papermill" in imported("compendium") and "slpi" not in imported("compendium")


def committed() -> list[Path]:
    """Every file that is committed or would be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


MACHINE = re.compile(
    r"(?<![\w.~-])/(?:work|root|home|tmp|Users|mnt)/[\w.]"  # a folder of the machine that wrote the file
    r"|pyp[i]\.(?:org|python|internal)|pythonhos[t]ed\.org|conda\.anacon[d]a|repo\.anacon[d]a|(?:artifac[t]ory|nex[u]s|devp[i])\.\w"
    r"|--(?:extra-)?index-u[r]l|--find-li[n]ks",
)


@pytest.mark.parametrize(
    "line",
    [
        "see /wo" + "rk/main/x",
        "'/ro" + "ot/.cache'",
        "https://py" + "pi.org/simple",
        "https://files.pythonho" + "sted.org/x",
        "--index-" + "url x",
    ],
)
def test_the_search_for_traces_of_a_machine_finds_one(line):
    assert MACHINE.search(line)


def test_no_file_names_a_folder_of_this_machine_or_the_host_of_a_registry():
    files = committed()
    assert len(files) > 50
    traces = []
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        traces += [
            (path.relative_to(ROOT).as_posix(), text.count("\n", 0, found.start()) + 1, found[0]) for found in MACHINE.finditer(text)
        ]
    assert traces == []


def test_the_links_of_the_readmes_lead_somewhere():
    links = 0
    for readme in (ROOT / "README.md", ROOT / "data" / "README.md"):
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", readme.read_text(encoding="utf-8")):
            if "://" not in target:
                links += 1
                assert (readme.parent / target).exists(), (readme.name, target)
    assert links > 3


def test_what_is_made_is_not_committed():
    made = [path for path in committed() if re.match(r"(reports|data/processed|data/raw/national)/", path.relative_to(ROOT).as_posix())]
    assert [path for path in made if not path.is_relative_to(ROOT / "reports" / "reference")] == []


def test_every_concept_names_a_module_that_exists_or_says_why_none():
    concepts = pd.read_csv(ROOT / "data" / "raw" / "corpus" / "concepts.csv")
    for concept, module in concepts[["concept_id", "module"]].itertuples(index=False):
        name = module.removesuffix(" (to come)")
        there = (ROOT / "src" / Path(*name.split("."))).with_suffix(".py").exists()
        assert module.startswith("none: ") or there != module.endswith(" (to come)"), (concept, module)
