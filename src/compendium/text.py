"""Prose with computed values: filling ``[[ n("name") ]]``, finding numbers typed by hand."""

import html
import re
from collections.abc import Callable, Iterable

from compendium.project import BadInput
from compendium.show import format_value

_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_SPELLED = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>&#|$@^~])")


def escape_markdown(text: str) -> str:
    """Text that Markdown prints as it stands."""
    return _SPECIAL.sub(r"\\\1", text)


def anchor(name: str) -> str:
    """The id of a number's place in the book."""
    return "n-" + name.replace(".", "-")  # two names never share one: names hold no hyphen


def fill(template: str, where: str, numbers: dict[str, dict], link: Callable[[str, str], str], **more: Callable) -> str:
    """Fill a text's ``[[ … ]]``.

    ``n("name")`` prints a recorded value as a link (``spell=True``: a small whole number as a word), ``v("name")`` gives the bare
    value for a condition, ``more`` adds functions.

    Raises
    ------
    BadInput
        If the text asks for a number that no chapter records, calls a function wrongly, or its delimiters do not close; names the text
        and the line.
    """
    import difflib
    import traceback

    import jinja2

    def entry(name: str) -> dict:
        if name not in numbers:
            near = difflib.get_close_matches(name, numbers, n=1)
            raise jinja2.UndefinedError(f"no chapter records {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        return numbers[name]

    def n(name: str, digits: int | None = None, unit: str | None = None, spell: bool = False) -> str:
        found = entry(name)
        if spell and found["value"] in range(len(_SPELLED)):
            return link(name, _SPELLED[int(found["value"])])
        shown = format_value(found["value"], found["unit"] if unit is None else unit, found["digits"] if digits is None else digits)
        return link(name, shown)

    environment = jinja2.Environment(
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[##",
        comment_end_string="##]",
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )
    try:
        return environment.from_string(template).render(n=n, v=lambda name: entry(name)["value"], **more)
    except jinja2.TemplateSyntaxError as error:
        raise BadInput(f"{where} line {error.lineno}: {error.message}") from None
    except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
        raise BadInput(f"{where}{f' line {lines[-1]}' if lines else ''}: {error}") from None


def built_among(chapters: Iterable[str], numbers: dict[str, dict]) -> Callable[[str], bool]:
    """For a condition in a text, ``[% if built("08_specialisation") %]``: whether that chapter was built or left out for want of data."""

    def built(chapter: str) -> bool:
        if chapter not in chapters:
            raise LookupError(f"there is no chapter {chapter!r}; there are: {', '.join(chapters)}")
        return any(entry["chapter"] == chapter for entry in numbers.values())

    return built


def chapter_link(chapter_of: Callable[[str], str], here: str, folder: str = "") -> Callable[[str, str], str]:
    """Links for the prose of a chapter: HTML, which notebooks and the book both print."""

    def link(name: str, shown: str) -> str:
        page = "" if chapter_of(name) == here else f"{folder}{chapter_of(name)}.html"
        text = escape_markdown(re.sub(r" (?=%)", "\u00a0", " ".join(shown.split())))
        for character in "&<>":  # within HTML an entity is surer than a backslash
            text = text.replace(f"\\{character}", html.escape(character))
        return f'<a class="number" href="{page}#{anchor(name)}">{text}</a>'

    return link


def sentences(text: str, mark: str = "[[") -> list[str]:
    """The sentences of a text that hold a computed value, as written; ``mark`` is what begins such a value."""
    found = []
    for block in re.split(r"\n\s*\n", _FENCE.sub("", text)):
        if mark in block:
            block = re.sub(r"^---.*?\babstract: [|>]", "", block, flags=re.DOTALL)  # a paper's metadata before its abstract
            parts = re.split(rf"(?<=[.?!])\s+(?=[A-ZÀ-Ý\[*_({re.escape(mark)}])", " ".join(block.split()))
            found += [part for part in parts if mark in part]
    return found


_ALLOWED = re.compile(
    r"""\[\[.*?\]\]|\[%.*?%\]|\[\#\#.*?\#\#\]      # computed
    |`[^`]*`                                        # code
    |\[@[^\]]*\]|@[\w:-]+                           # citations and cross-references
    |\]\([^)]*\)|<[^>]*>|https?://\S+               # targets of links, HTML
    |\{[^}]*\}                                      # attributes
    |\b(1[6-9]|20)\d\d(?:[-–](?:1[6-9]|20)?\d\d)?\b # years
    |\bEPSG:\d+|\bLambert-93\b|\bsha256\b|\bCC\ BY\ \d\.\d     # names that hold digits
    |^\s*\d+\.\s                                    # numbered lists
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_TYPED = re.compile(
    r"\d+(?:[.,]\d+)*"
    r"|\b(?:per cent|percent|(?:a|one|two) thirds?|(?:a|one|three) quarters?|one in (?:two|three|four|five|ten)|twice as|half of)\b",
    re.IGNORECASE,
)


def typed_results(text: str, verdict_words: tuple[str, ...] = ()) -> list[tuple[int, str]]:
    """Numbers, shares in words and verdict words that were typed into prose instead of computed: (line, what).

    Years, code, citations, links and names such as EPSG:2154 are not results. A verdict word is let pass in a question, in quotation
    marks or in italics, where it is named and not pronounced.
    """
    text = _FENCE.sub(lambda match: "\n" * match[0].count("\n"), text)
    blank = _ALLOWED.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    found = [(blank.count("\n", 0, match.start()) + 1, match[0]) for match in _TYPED.finditer(blank)]
    if verdict_words:
        quiet = re.sub(r"[“\"*_‘][^”\"*_’\n]*[”\"*_’]", lambda match: " " * len(match[0]), blank)
        quiet = re.sub(r"[^.?!:\n]*(?:\n[^.?!:\n]+)*\?", lambda match: re.sub(r"[^\n]", " ", match[0]), quiet)
        words = re.compile(r"\b(?:" + "|".join(map(re.escape, verdict_words)) + r")\b", re.IGNORECASE)
        found += [(quiet.count("\n", 0, match.start()) + 1, match[0]) for match in words.finditer(quiet)]
    return sorted(found)
