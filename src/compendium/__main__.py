"""``python -m compendium``: the commands that the Makefile calls. Exit code 0 well, 1 failure, 2 bad input."""

import argparse
import shlex
import signal
import sys
from pathlib import Path

from compendium.project import BadInput, Failure, Project, alone, find_root


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(prog="compendium", description=__doc__)
    parser.add_argument("--root", type=Path, help="the compendium's folder (found upwards from here if not given)")
    commands = parser.add_subparsers(dest="command", required=True)
    root = argparse.ArgumentParser(add_help=False)
    root.add_argument("--root", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    jobs = argparse.ArgumentParser(add_help=False)
    jobs.add_argument("--jobs", type=int, default=0, help="chapters that run at a time (one more than cores if not given)")
    commands.add_parser("build", parents=[root, jobs], help="run stale chapters; make numbers, book and paper")
    chapter = commands.add_parser("chapter", parents=[root], help="run one chapter, with other parameters if given")
    chapter.add_argument("name")
    chapter.add_argument("parameters", nargs="*", help="name=value …")
    commands.add_parser("impact", parents=[root, jobs], help="build, then list the numbers and sentences that moved")
    commands.add_parser("status", parents=[root], help="which chapters are fresh, which are stale and why")
    why = commands.add_parser("why", parents=[root], help="all that a chapter's stored run read and imported")
    why.add_argument("name")
    sweep = commands.add_parser("sweep", parents=[root, jobs], help="run one chapter over a grid of parameters")
    sweep.add_argument("name")
    sweep.add_argument("grid", type=Path, help="a YAML file: grid or list, outcome")
    sweep.add_argument("--dask", default="", help="address of a Dask scheduler, as tcp://host:8786; this machine's cores if not given")
    sweep.add_argument("--keep", type=Path, help="where the table is written as CSV too")
    commands.add_parser("quick", parents=[root, jobs], help="run all chapters with the small parameters of their metadata")
    to_jupyter = {"epilog": "Other options are handed on to JupyterLab.", "allow_abbrev": False}
    reopen = commands.add_parser(
        "reopen", parents=[root], help="open JupyterLab on a chapter's failed run, its parameters in place", **to_jupyter
    )
    reopen.add_argument("name")
    commands.add_parser("lab", parents=[root], help="open JupyterLab, with a kernel that runs chapters as the build does", **to_jupyter)
    commands.add_parser("lint", parents=[root], help="results typed into prose, figures without alt text")
    options, others = parser.parse_known_args(arguments)
    if others and options.command not in ("lab", "reopen"):
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    options.others = others
    try:
        project = Project((options.root or find_root(Path.cwd())).resolve())
        return _run(options, project)
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    except Failure as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; the last good build stands", file=sys.stderr)
        return 1


def _run(options: argparse.Namespace, project: Project) -> int:
    from compendium import build

    def say(line: str) -> None:
        print(line, flush=True)

    if options.command == "build":
        with alone(project, say):
            build.build(project, say, options.jobs)
    elif options.command == "chapter":
        with alone(project, say):
            build.run_one(project, options.name, shlex.join(options.parameters), say)
    elif options.command == "impact":
        from compendium.numbers import impact

        with alone(project, say):
            build.build(project, say, options.jobs)
        print(impact(project))
    elif options.command == "status":
        from compendium.run import read_chapter, why_stale

        for name in project.chapters:
            chapter = read_chapter(project, name)
            reason = why_stale(project, chapter, {}, project.press / "runs" / name)
            missing = chapter.missing(project)
            print(build.lacks(name, missing) if missing else f"{name}  {'stale: ' + reason if reason else 'fresh'}")
    elif options.command == "quick":
        with alone(project, say):
            build.quick(project, say, options.jobs)
    elif options.command == "sweep":
        from compendium.sweep import sweep

        with alone(project, say):
            sweep(project, options.name, options.grid, say, options.jobs, options.dask, options.keep)
    elif options.command == "lab":
        from compendium.lab import open_lab

        return open_lab(project, options=options.others)
    elif options.command == "reopen":
        from compendium.lab import open_lab, reopened

        inside = reopened(project, options.name).relative_to(project.root).as_posix()
        say(f"→ {inside}: a copy to look into; mend notebooks/ or src/, then: make chapter CHAPTER={options.name}")
        return open_lab(project, inside, options.others)
    elif options.command == "why":
        print(build.why(project, options.name))
    elif options.command == "lint":
        faults = build.lint(project)
        print("\n".join(faults) or "no result is typed in prose")
        return 1 if faults else 0
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # an orderly stop: no kernel and no socket stays behind
    sys.exit(main())
