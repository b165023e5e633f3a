"""Collecting what the chapters recorded, and telling what moved since the last build."""

import json
from collections.abc import Callable
from pathlib import Path

from compendium.evidence import read_evidence
from compendium.project import Failure, Project, canonical_json, sha256_of, write_atomically
from compendium.show import format_value
from compendium.text import fill, sentences


def harvest(executed: dict) -> list[dict]:
    """What the cells of an executed chapter recorded, in order, each with the number of its cell."""
    return [
        {**output["metadata"]["compendium"], "cell": position, "cell_id": cell["id"]}
        for position, cell in enumerate(executed["cells"], 1)
        for output in cell.get("outputs", [])
        if "compendium" in output.get("metadata", {})
    ]


def collect(project: Project, executed: dict[str, dict], keys: dict[str, dict]) -> dict:
    """The content of ``numbers.json``: every recorded value with its lineage.

    Raises
    ------
    Failure
        If two cells record one name, or a result names a coded row that no table holds; lists every such name.
    """
    numbers: dict[str, dict] = {}
    faults, rows, shown = [], read_evidence(project), {}
    for chapter, notebook in executed.items():
        for entry in harvest(notebook):
            name = entry["name"]
            here = f"{chapter} cell {entry['cell']}"
            if name in shown:
                faults.append(f"{name} is recorded twice: {shown[name]} and {here}")
            shown[name] = here
            unknown = [key for key in entry["evidence"] if key not in rows]
            if unknown:
                faults.append(f"{name} ({here}) rests on coded rows that no table holds: {', '.join(unknown[:5])}")
            if entry["kind"] == "number":
                kept = ("value", "unit", "digits", "status", "evidence", "cell", "cell_id")
                numbers[name] = {key: entry[key] for key in kept} | {"chapter": chapter}
    if faults:
        raise Failure("the numbers do not hold together:\n  " + "\n  ".join(faults))
    inputs = {path: digest for key in keys.values() for path, digest in key["inputs"].items()}
    code = {path: digest for path, digest in inputs.items() if path.startswith("src/")}
    code |= {"press": project.press_version}
    data = {path: digest for path, digest in inputs.items() if path not in code and not path.endswith("/")}
    chapters = {name: {"parameters": key["parameters"], "data": sorted(data.keys() & key["inputs"].keys())} for name, key in keys.items()}
    environment = next(iter(keys.values()))["environment"] if keys else project.environment
    return {
        "chapters": chapters,
        "code_version": sha256_of(canonical_json(code).encode()),
        "data": data,
        "environment": environment,
        "numbers": numbers,
    }


def state_of(numbers: dict, prose: dict[str, str], built: Callable[[str], bool]) -> dict:
    """What a reader sees: each number as printed and each sentence that holds one."""
    values = numbers["numbers"]
    shown = {name: format_value(e["value"], e["unit"], e["digits"]) for name, e in values.items()}
    exact = {name: e["value"] for name, e in values.items()}
    spoken = {}
    for where, template in prose.items():
        for sentence in sentences(template):
            try:
                spoken[f"{where}: {sentence}"] = fill(
                    sentence, where, values, lambda _, text: text, figure=str, table=str, ref=str, built=built
                )
            except Exception:  # a sentence that spans a condition is filled as a whole only
                spoken[f"{where}: {sentence}"] = sentence
    return {"numbers": shown, "exact": exact, "sentences": spoken}


def keep_state(project: Project, state: dict) -> None:
    """Store what this build shows; what the last different build showed becomes the one to compare with."""
    current = project.press / "state.json"
    if current.exists():
        before = current.read_text(encoding="utf-8")
        if json.loads(before) == state:
            return
        write_atomically(project.press / "state-before.json", before)
    write_atomically(current, canonical_json(state))


def impact(project: Project) -> str:
    """The numbers and sentences that moved between the last two builds that differ."""
    current, before = _load(project.press / "state.json"), _load(project.press / "state-before.json")
    if not current:
        return "nothing is built yet; run make first"
    if not before:
        return "there is one build only: nothing to compare it with"
    lines = []
    names = sorted(current["numbers"].keys() | before["numbers"].keys())
    moved = [name for name in names if current["exact"].get(name) != before["exact"].get(name)]
    lines.append(f"{len(moved)} of {len(names)} numbers moved")
    for name in moved:
        old, new = before["numbers"].get(name, "(new)"), current["numbers"].get(name, "(gone)")
        same = " (moved below the digits printed)" if old == new else ""
        lines.append(f"  {name}: {old} → {new}{same}")
    keys = sorted(current["sentences"].keys() | before["sentences"].keys())
    changed = [key for key in keys if current["sentences"].get(key) != before["sentences"].get(key)]
    lines.append(f"{len(changed)} of {len(keys)} sentences moved")
    for key in changed:
        lines.append(f"  {key.partition(':')[0]}")
        lines.append(f"    before: {before['sentences'].get(key, '(none)')}")
        lines.append(f"    now:    {current['sentences'].get(key, '(none)')}")
    return "\n".join(lines)


def _load(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
