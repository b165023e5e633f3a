"""Strict parameters: names, types and ranges are read from a chapter's parameters cell, and nothing else is taken.

A parameters cell holds lines such as ``radius_km: float = 30.0  # neighbourhood radius in km; 1 to 200``. The comment may end in
``LOW to HIGH`` or ``one of A, B``; a ``list[str]`` takes any of its choices, separated by commas.
"""

import ast
import difflib
import math
import re
import shlex
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO

from compendium.project import BadInput

_NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
_RANGE = re.compile(rf"(?:^|[;,\s])({_NUMBER}) to ({_NUMBER})\s*$")
_CHOICES = re.compile(r"one of ([^;]+)$")
_BARE = object()  # in place of a value where a word has no =
_TYPES = ("int", "float", "str", "bool", "list[str]")


@dataclass(frozen=True)
class Parameter:
    """One parameter as its chapter declares it."""

    name: str
    type: str
    default: object
    meaning: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        """What would be right, in words."""
        if self.choices:
            return ("any of " if self.type == "list[str]" else "one of ") + ", ".join(self.choices)
        if self.low is not None:
            return f"{self.type}, {self.low:.12g} to {self.high:.12g}"
        return self.type

    def convert(self, text: str) -> object:
        """The value that ``text`` stands for; ValueError where it is of another type or out of range."""
        if self.type == "list[str]":
            value: object = [part.strip() for part in text.split(",") if part.strip()]
        elif self.type == "bool":
            value = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[text.lower()]
        else:
            value = {"int": int, "float": float, "str": str}[self.type](text)
        self.check(value)
        return value

    def take(self, value: object) -> object:
        """A value as another file holds it: text as by `convert`, anything else of the declared type; ValueError else."""
        if isinstance(value, str) and self.type != "str":
            return self.convert(value)
        if not _is_of(value, self.type):
            raise ValueError
        value = float(value) if self.type == "float" else value
        self.check(value)
        return value

    def check(self, value: object) -> None:
        """ValueError where a value of the right type is out of range, none of the choices, or not finite."""
        values = value if isinstance(value, list) else [value]
        if self.choices and not all(str(v) in self.choices for v in values):
            raise ValueError
        if self.type == "float" and not math.isfinite(value):
            raise ValueError
        if self.low is not None and not self.low <= value <= self.high:
            raise ValueError


def declared(source: str, where: str) -> dict[str, Parameter]:
    """Read the parameters that a parameters cell declares.

    Raises
    ------
    BadInput
        If a line of the cell is not ``name: type = value  # meaning``, or a default breaks its own range; lists every such line.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise BadInput(f"{where}: the parameters cell is no Python: line {error.lineno}: {error.msg}") from None
    comments = {
        token.start[0]: token.string.lstrip("# ").strip()
        for token in tokenize.generate_tokens(StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    parameters, faults = {}, []
    for node in tree.body:
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None):
            faults.append(f"line {node.lineno}: write it as  name: type = value  # meaning; LOW to HIGH")
            continue
        kind = ast.unparse(node.annotation).replace(" ", "")
        meaning = comments.get(node.end_lineno or node.lineno, "")
        span, choices = _RANGE.search(meaning), _CHOICES.search(meaning)
        try:
            if kind not in _TYPES:
                raise ValueError(f"the type {kind} is none of {', '.join(_TYPES)}")
            if node.target.id in parameters:
                raise ValueError("it is declared twice")
            if span and kind not in ("int", "float"):
                raise ValueError(f"a {kind} has no range; name its choices with  one of A, B")
            default = _default(node.value, kind)
            parameter = Parameter(
                node.target.id,
                kind,
                default,
                meaning,
                low=float(span[1]) if span else None,
                high=float(span[2]) if span else None,
                choices=tuple(c.strip() for c in choices[1].split(",")) if choices else (),
            )
            parameter.check(default)
            parameters[parameter.name] = parameter
        except ValueError as error:
            faults.append(f"line {node.lineno}: {node.target.id}: {str(error) or 'its default is outside its own range'}")
    if faults:
        raise BadInput(f"{where}: the parameters cell has {len(faults)} fault(s):\n  " + "\n  ".join(faults))
    return parameters


def _default(node: ast.expr, kind: str) -> object:
    """The value of a default that is written out and of the declared type; ValueError else."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        raise ValueError(f"its default {ast.unparse(node)} is not a value written out") from None
    if not _is_of(value, kind):
        raise ValueError(f"its default {value!r} is no {kind}")
    return value


def _is_of(value: object, kind: str) -> bool:
    if kind == "list[str]":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return type(value) is {"int": int, "float": float, "str": str, "bool": bool}[kind] or (kind == "float" and type(value) is int)


def parse(text: str, parameters: dict[str, Parameter], where: str) -> dict[str, object]:
    """Turn ``draws=500 filter=strict`` into values, or list everything that is wrong with it.

    Raises
    ------
    BadInput
        For unknown names (with the nearest right one), wrong types, values out of range, a name given twice.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise BadInput(f"PARAMS={text!r} cannot be read: {error}") from None
    parts = (word.partition("=") for word in words)
    return checked(((name, value if equals else _BARE) for name, equals, value in parts), parameters, where)


def checked(given: Iterable[tuple[str, object]], parameters: dict[str, Parameter], where: str) -> dict[str, object]:
    """The given values in their types, those apart that are the defaults.

    Raises
    ------
    BadInput
        For unknown names (with the nearest right one), wrong types, values out of range, a name given twice; lists every fault.
    """
    values: dict[str, object] = {}
    faults = []
    for name, value in given:
        if value is _BARE:
            faults.append(f"{name!r} is not of the form name=value")
        elif name not in parameters:
            near = difflib.get_close_matches(str(name), parameters, n=1)  # YAML has names that are no text
            faults.append(f"{name!r} is no parameter of {where}" + (f"; did you mean {near[0]!r}?" if near else ""))
        elif name in values:
            faults.append(f"{name!r} is given twice")
        else:
            values[name] = value
            try:
                values[name] = parameters[name].take(value)
            except (ValueError, KeyError):
                faults.append(f"{name} = {value!r} is not right: {parameters[name].allowed}")
    if faults:
        listing = "\n".join(f"    {p.name}: {p.allowed} (default {p.default!r})" for p in parameters.values()) or "    none"
        raise BadInput("\n".join(faults) + f"\n  parameters of {where}:\n{listing}")
    return {name: value for name, value in values.items() if value != parameters[name].default}
