"""JupyterLab with a kernel in which chapters run as they do in a build, and failed runs opened again."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from compendium.project import BadInput, Project, write_atomically


def lab_environment(project: Project) -> dict[str, str]:
    """What JupyterLab is started with, so that its Python kernel is that of the build: same paths and threads, raw data kept."""
    folder = project.scratch / "jupyter"
    guard = f"--IPKernelApp.exec_lines=__import__('compendium.trace').trace.guard({str(project.root)!r})"
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", guard],
        "display_name": "Python 3 (compendium)",
        "language": "python",
    }
    write_atomically(folder / "kernels" / "python3" / "kernel.json", json.dumps(spec, indent=1))
    paths = [str(folder), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    return {**project.kernel_environment(), "JUPYTER_PATH": os.pathsep.join(paths)}


def open_lab(project: Project, inside: str = "notebooks", options: Sequence[str] = ()) -> int:
    """Open JupyterLab on a file or folder of the compendium, and wait until it is closed; its exit code."""
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={project.root}", f"--LabApp.default_url=/lab/tree/{inside}"]
    return subprocess.run([*command, *options], cwd=project.root, env=lab_environment(project)).returncode


def reopened(project: Project, name: str) -> Path:
    """A copy of a chapter's last failed run, its parameters and its outputs in place, where JupyterLab can open it.

    Raises
    ------
    BadInput
        If no run of the chapter has failed since it last ran to its end.
    """
    project.chapter(name)
    folders = [project.press / "runs" / name, *(project.reports / "runs" / name).glob("*")]
    failed = [folder / "failed.ipynb" for folder in folders if (folder / "failed.ipynb").exists()]
    if not failed:
        raise BadInput(f"no failed run of {name} is kept; open the chapter itself with make lab")
    last = max(failed, key=lambda path: path.stat().st_mtime_ns)
    copy = project.reports / "reopened" / f"{name}.ipynb"
    write_atomically(copy, last.read_bytes())
    return copy
