"""What a chapter calls: ``record`` a number, show a ``figure`` or a ``table``, find ``raw`` data and committed ``reference`` values.

Each writes into the metadata of the cell's output only; the press harvests it after the run. A chapter that runs in JupyterLab
therefore changes nothing on disk.
"""

import html
import io
import math
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from compendium.project import STATUSES, find_root

if TYPE_CHECKING:  # chapters import this module first: keep it light
    import pandas as pd
    from matplotlib.figure import Figure

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_collected: list[dict] | None = None


def raw(*parts: str) -> Path:
    """Path of a file or folder below ``data/raw`` of the compendium in which the chapter lies.

    A whole path (``/private/valley``, ``~/valley``) stays what it is: so a parameter can name data that lie elsewhere. What is read there
    is watched as the compendium's own is.
    """
    root = _root()
    path = root.joinpath("data", "raw", *(Path(part).expanduser() for part in parts))
    if not path.resolve().is_relative_to(root.resolve()):
        sys.audit("compendium.outside", str(path))
    return path


def reference(*parts: str) -> Path:
    """Path of a committed reference value: below ``reports/reference`` of the compendium in which the chapter lies."""
    return _root().joinpath("reports", "reference", *parts)


def _root() -> Path:
    return Path(os.environ["COMPENDIUM_ROOT"]) if "COMPENDIUM_ROOT" in os.environ else find_root(Path.cwd())


def format_value(value: object, unit: str = "", digits: int | None = None) -> str:
    """Print a recorded value: shares as per cent, thousands apart, words as they are.

    Examples
    --------
    >>> format_value(0.4321, "share"), format_value(18000, "firms"), format_value(-0.126)
    ('43 %', '18,000 firms', '−0.13')
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if unit == "share":
        text = f"{100 * value:,.{digits or 0}f} %"
    else:
        text = f"{value:,d}" if isinstance(value, int) else f"{value:,.{2 if digits is None else digits}f}"
        text += f" {unit}" if unit else ""
    if re.fullmatch(r"-0(\.0+)?( .*)?", text):
        text = text[1:]  # no minus before a rounded zero
    return text.replace("-", "−", 1) if text.startswith("-") else text


def record(
    name: str,
    value: object,
    *,
    status: str,
    unit: str = "",
    evidence: Iterable[str] = (),
    digits: int | None = None,
) -> None:
    """Show a result and leave it to the press, with what it stands on.

    Parameters
    ----------
    name : str
        Dotted name, unique in the compendium: ``forms.gap``.
    value : float, int or str
        A number, or words that a written rule computed from numbers.
    status : {"documented", "coded", "measured", "simulated"}
        What kind of result it is.
    unit : str
        Printed after the value; ``"share"`` prints 0.43 as 43 %.
    evidence : iterable of str
        Ids of the coded rows behind it, as a measure returned them.
    digits : int, optional
        Decimals in print; 2 for numbers, 0 for shares.

    Raises
    ------
    ValueError
        If the name is malformed, the status is unknown, or the value is neither a finite number nor words.
    """
    value = value.item() if hasattr(value, "item") else value
    if not isinstance(value, str | int | float) or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(f"record({name!r}): {value!r} is neither a finite number nor words; say in words why there is none")
    entry = _entry("number", name, status, evidence)
    entry |= {"value": value, "unit": unit, "digits": digits}
    printed = format_value(value, unit, digits)
    lines = {
        "text/plain": f"{name} = {printed}  [{status}; {len(entry['evidence'])} coded rows]",
        "text/html": f"<p><code>{html.escape(name)}</code> = <b>{html.escape(printed)}</b> "
        f"<span>[{status}; {len(entry['evidence'])} coded rows]</span></p>",
    }
    _display(lines, {"compendium": entry})


def table(name: str, frame: "pd.DataFrame", *, caption: str, status: str, evidence: Iterable[str] = (), digits: int = 2) -> None:
    """Show a table whose index and columns are labels; every cell is escaped, numbers are rounded for print only."""
    if _collected is not None:
        return
    index = [str(label) for label in frame.index.names]
    rows = [
        [*map(str, key if isinstance(key, tuple) else (key,)), *(_cell(value, digits) for value in values)]
        for key, values in zip(frame.index, frame.itertuples(index=False, name=None), strict=True)
    ]
    head = [("" if label == "None" else label) for label in index] + [str(column) for column in frame.columns]
    numeric = [False] * len(index) + [dtype.kind in "iuf" for dtype in frame.dtypes]
    entry = _entry("table", name, status, evidence)
    entry |= {"caption": caption, "head": head, "rows": rows, "numeric": numeric}
    _display({"text/plain": f"{name}: {caption}\n{frame.to_string()}", "text/html": table_html(entry)}, {"compendium": entry})


def table_html(entry: dict) -> str:
    """The HTML of a shown table."""
    columns = list(zip(*entry["rows"], strict=True)) or [()] * len(entry["head"])
    said = [any(len(cell) > 48 for cell in cells) for cells in columns]
    room = sum(said) <= 2  # for columns that hold sentences: more of them share what there is
    kinds = ["num" if numeric else "said" if long and room else "" for numeric, long in zip(entry["numeric"], said, strict=True)]

    def row(cells: list[str], tag: str) -> str:
        opening = [f'<{tag} class="{kind}">' if kind else f"<{tag}>" for kind in kinds]
        return "<tr>" + "".join(f"{o}{html.escape(cell)}</{tag}>" for o, cell in zip(opening, cells, strict=True)) + "</tr>"

    body = "\n".join(row(cells, "td") for cells in entry["rows"])
    return f"<table>\n<thead>{row(entry['head'], 'th')}</thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def figure(name: str, fig: "Figure", *, alt: str, caption: str, status: str, evidence: Iterable[str] = ()) -> None:
    """Show a figure as SVG and PNG, the same bytes for the same data, with alt text, caption and badge."""
    import matplotlib.pyplot as plt

    if len(alt.strip()) < 40:
        raise ValueError(f"figure({name!r}): alt text of {len(alt)} characters; say what a listener would need to draw it")
    entry = _entry("figure", name, status, evidence) | {"caption": caption, "alt": alt}
    if _collected is not None:
        plt.close(fig)
        return
    vector, pixels = io.StringIO(), io.BytesIO()
    with plt.rc_context({"svg.hashsalt": name, "svg.fonttype": "path"}):
        fig.savefig(vector, format="svg", metadata={"Date": None, "Creator": None})
        fig.savefig(pixels, format="png", dpi=144, metadata={"Software": None})
    plt.close(fig)
    bundle = {"image/svg+xml": vector.getvalue(), "image/png": pixels.getvalue(), "text/plain": f"{name}: {alt}"}
    _display(bundle, {"compendium": entry, "image/png": {"alt": alt}})


def _entry(kind: str, name: str, status: str, evidence: Iterable[str]) -> dict:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{kind}({name!r}): a name is dotted and in lower case, such as forms.gap")
    if status not in STATUSES:
        raise ValueError(f"{kind}({name!r}): status {status!r} is none of {', '.join(STATUSES)}")
    if isinstance(evidence, str):
        raise ValueError(f"{kind}({name!r}): evidence is a list of ids, not the one text {evidence!r}")
    return {"kind": kind, "name": name, "status": status, "evidence": sorted(set(map(str, evidence)))}


def _cell(value: object, digits: int) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)) or str(value) in ("<NA>", "nan"):
        return "–"
    if hasattr(value, "item"):
        value = value.item()
    return format_value(value, digits=digits)


def collect() -> list[dict]:
    """From now on keep what cells record, in this list, instead of showing it; tables and figures are passed over."""
    global _collected
    _collected = []
    return _collected


def _display(bundle: dict, metadata: dict) -> None:
    if _collected is not None:
        _collected.append(metadata["compendium"])
        return
    from IPython.display import display

    display(bundle, raw=True, metadata=metadata)
