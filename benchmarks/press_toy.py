"""A toy of six notebooks with a module and a table, and the rules with which the press and each peer run it.

The rules are what a newcomer writes: each notebook stands on itself, on ``measures.py`` and on ``sites.csv``. That the module imports
another one, and that the notebooks read a second table, no rule says.
"""

import json
import random
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

NAMES = ("01_one", "02_two", "03_three", "04_four", "05_five", "06_six")
EDITED = NAMES[2]  # the notebook that is touched and edited
KINDS = ("cluster", "district", "pole")
DECLARED = ("src/measures.py", "data/raw/sites.csv")

MEASURES = '''"""What the notebooks share."""

from scales import SCALE


def weighted(sites):
    """Jobs, each counted with the weight of its kind."""
    return int((sites["jobs"] * sites["weight"]).sum()) * SCALE
'''
CODE = {
    "parameters": """
seed: int = 0  # seed of the resampling; 0 to 1000
draws: int = 100  # how often the sites are resampled; 10 to 1000
""",
    "imports": """
import numpy as np
import pandas as pd
import seaborn as sns
import statsmodels.formula.api as smf
from measures import weighted
""",
    "read": """
sites = pd.read_csv("../data/raw/sites.csv").merge(pd.read_csv("../data/raw/weights.csv"), on="kind")
sites.describe()
""",
    "fit": """
fit = smf.ols("jobs ~ firms + C(kind)", sites).fit()
drawn = np.random.default_rng(seed).integers(len(sites), size=(draws, len(sites)))
slopes = [np.polyfit(sites["firms"].to_numpy()[rows], sites["jobs"].to_numpy()[rows], 1)[0] for rows in drawn]
fit.params.round(3).to_dict(), np.percentile(slopes, [2.5, 97.5]).round(3).tolist()
""",
    "told": """
print("told", weighted(sites) + {added})
""",
    "figure": """
sns.scatterplot(sites, x="firms", y="jobs", hue="kind");
""",
}


def cell(kind: str, name: str, source: str, **more: object) -> dict:
    return {"cell_type": kind, "id": name, "metadata": {}, "source": source.strip("\n"), **more}


def notebook(name: str, added: int, edition: int) -> str:
    """A notebook as it is committed; ``added`` stands in a code cell, ``edition`` in the prose."""
    cells = [cell("markdown", "title", f"# {name}\n\nFirms and jobs of the sites, edition {edition}.")]
    for key, source in CODE.items():
        cells.append(cell("code", key, source.replace("{added}", str(added)), outputs=[], execution_count=None))
        cells.append(cell("markdown", f"on-{key}", f"What the cell on the {key} gives is read here in a sentence or two of prose."))
    cells[1]["metadata"] = {"tags": ["parameters"]}
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}}, "cells": cells}
    return json.dumps(whole, indent=1) + "\n"


@dataclass
class Toy:
    """The toy in a folder. What can be edited is an attribute; `write` puts it on disk."""

    root: Path
    added: dict[str, int] = field(default_factory=lambda: {name: 100 * i for i, name in enumerate(NAMES, 1)})  # alike, one run would do
    edition: int = 1
    scale: int = 2
    weights: dict[str, int] = field(default_factory=lambda: {kind: i for i, kind in enumerate(KINDS, 1)})

    @property
    def sites(self) -> list[tuple[str, int, int]]:
        drawn = random.Random(0)
        return [(drawn.choice(KINDS), firms := drawn.randint(5, 90), 12 * firms + drawn.randint(0, 300)) for _ in range(300)]

    def files(self) -> dict[str, str]:
        made = {f"notebooks/{name}.ipynb": notebook(name, self.added[name], self.edition if name == EDITED else 1) for name in NAMES}
        made["src/measures.py"] = MEASURES
        made["src/scales.py"] = f"SCALE = {self.scale}\n"
        made["data/raw/sites.csv"] = "kind,firms,jobs\n" + "".join(f"{kind},{firms},{jobs}\n" for kind, firms, jobs in self.sites)
        made["data/raw/weights.csv"] = "kind,weight\n" + "".join(f"{kind},{weight}\n" for kind, weight in self.weights.items())
        return made

    def write(self) -> None:
        """Write what differs from what is there; nothing else is touched."""
        for path, text in self.files().items():
            put(self.root / path, text)

    def truth(self) -> dict[str, int]:
        """What each notebook must tell, reckoned without it."""
        total = sum(jobs * self.weights[kind] for kind, _, jobs in self.sites) * self.scale
        return {name: total + self.added[name] for name in NAMES}


def put(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


# The press and its peers.

PAPERMILL = "papermill --no-progress-bar --cwd notebooks"


@dataclass(frozen=True)
class Tool:
    """How a tool runs the notebooks of a folder: its rules, its command, where its results lie and what a clean state lacks."""

    name: str
    package: str  # names its environment as well
    rules: Callable[[tuple[str, ...], tuple[str, ...]], Mapping[str, str]]  # of the notebooks and of what each is said to stand on
    command: tuple[str, ...]
    results: str
    made: tuple[str, ...]
    setup: tuple[tuple[str, ...], ...] = ()
    looks: bool = True  # whether it asks what is up to date

    def clean(self, root: Path) -> None:
        for pattern in (*self.made, "src/__pycache__"):
            for path in root.glob(pattern):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def loop(names: tuple[str, ...], needed: tuple[str, ...]) -> dict[str, str]:
    lines = [f"{PAPERMILL} notebooks/{name}.ipynb out/{name}.ipynb" for name in names]
    return {"all.sh": "\n".join(["set -e", "mkdir -p out", *lines, ""])}


def makefile(names: tuple[str, ...], needed: tuple[str, ...]) -> dict[str, str]:
    return {
        "Makefile": f"""all: $(patsubst notebooks/%,out/%,$(wildcard notebooks/*.ipynb))

out/%.ipynb: notebooks/%.ipynb {" ".join(needed)}
	mkdir -p out
	{PAPERMILL} $< $@
"""
    }


def snakefile(names: tuple[str, ...], needed: tuple[str, ...]) -> dict[str, str]:
    return {
        "Snakefile": f"""NAMES = glob_wildcards("notebooks/{{name}}.ipynb").name

rule all:
    input: expand("out/{{name}}.ipynb", name=NAMES)

rule notebook:
    input: "notebooks/{{name}}.ipynb", {", ".join(f'"{path}"' for path in needed)}
    output: "out/{{name}}.ipynb"
    shell: "{PAPERMILL} {{input[0]}} {{output}}"
"""
    }


def stages(names: tuple[str, ...], needed: tuple[str, ...]) -> dict[str, str]:
    deps = "".join(f"        - {path}\n" for path in ("notebooks/${item}.ipynb", *needed))
    return {
        "dvc.yaml": f"""stages:
  notebook:
    foreach: [{", ".join(f'"{name}"' for name in names)}]
    do:
      cmd: mkdir -p out && {PAPERMILL} notebooks/${{item}}.ipynb out/${{item}}.ipynb
      deps:
{deps}      outs:
        - out/${{item}}.ipynb
"""
    }


def book(names: tuple[str, ...], needed: tuple[str, ...]) -> dict[str, str]:
    first, *others = names
    config = "title: Toy\nonly_build_toc_files: true\nexecute:\n  execute_notebooks: cache\n  timeout: 600\n"
    chapters = "".join(f"- file: notebooks/{name}\n" for name in others)
    return {"_config.yml": config, "_toc.yml": f"format: jb-book\nroot: notebooks/{first}\nchapters:\n{chapters}"}


CORES = "2"
PRESS = Tool(
    "press",
    "",
    lambda names, needed: {},
    (sys.executable, "-m", "compendium", "build", "--root", ".", "--jobs", CORES),
    "reports/chapters/{}.ipynb",
    ("reports",),
)
LOOP = Tool("papermill loop", "papermill", loop, ("sh", "all.sh"), "out/{}.ipynb", ("out",), looks=False)
MAKE = Tool("make", "papermill", makefile, ("make", f"-j{CORES}"), "out/{}.ipynb", ("out",))
SNAKEMAKE = Tool("Snakemake", "snakemake", snakefile, ("snakemake", f"-c{CORES}"), "out/{}.ipynb", ("out", ".snakemake"))
DVC = Tool(
    "DVC",
    "dvc",
    stages,
    ("dvc", "repro"),
    "out/{}.ipynb",
    ("out", "dvc.lock", ".dvc/cache", ".dvc/tmp", ".dvc-site"),
    setup=(
        ("dvc", "init", "--no-scm", "--quiet"),
        ("dvc", "config", "core.analytics", "false"),
        ("dvc", "config", "core.check_update", "false"),
    ),
)
BOOK = Tool("Jupyter Book", "jupyter-book", book, ("jupyter-book", "build", "."), "_build/html/notebooks/{}.html", ("_build",))
TOOLS = (PRESS, LOOP, MAKE, SNAKEMAKE, DVC, BOOK)


def told(tool: Tool, root: Path) -> dict[str, tuple[int | None, int | None]]:
    """The number and the edition of the prose that a reader of each result finds."""

    def first(pattern: str, text: str) -> int | None:
        found = re.search(pattern, text)
        return int(found[1]) if found else None

    found = {}
    for name in NAMES:
        path = root / tool.results.format(name)
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        found[name] = (first(r"told (\d+)", text), first(r"edition (\d+)", text))
    return found
