"""Prose with computed values: what is filled in, what is refused, and what the lint finds typed."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from conftest import Toy, notebook
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from compendium.project import BadInput
from compendium.text import anchor, chapter_link, escape_markdown, fill, sentences, typed_results

AWKWARD = (
    r"<script>alert(1)</script> *a* _b_ **c** $d$ [e](f) [[ g ]] `h` ``i`` \j {k} ~l~ ^m^ #n | o & p &amp; @q ![r](s) <!-- t --> 5 < 6 > 4"
)


def number(value: object, unit: str = "", digits: int | None = None) -> dict:
    return {"value": value, "unit": unit, "digits": digits}


NUMBERS = {
    "forms.gap": number(0.08688),
    "forms.share": number(0.873, "share"),
    "forms.parts": number(11),
    "forms.rows": number(18000, "rows"),
    "forms.verdict": number("a form apart"),
}


def filled(template: str, **more) -> str:
    return fill(template, "paper/paper.md", NUMBERS, lambda name, shown: f"{{{name}|{shown}}}", **more)


def refused(template: str) -> str:
    with pytest.raises(BadInput) as caught:
        filled(template)
    return str(caught.value)


# Filling.


@pytest.mark.parametrize(
    ("asked", "printed"),
    [
        ('n("forms.gap")', "{forms.gap|0.09}"),
        ('n("forms.gap", digits=3)', "{forms.gap|0.087}"),
        ('n("forms.gap", unit="km")', "{forms.gap|0.09 km}"),
        ('n("forms.share")', "{forms.share|87 %}"),
        ('n("forms.share", digits=1)', "{forms.share|87.3 %}"),
        ('n("forms.share", unit="")', "{forms.share|0.87}"),
        ('n("forms.rows")', "{forms.rows|18,000 rows}"),
        ('n("forms.parts")', "{forms.parts|11}"),
        ('n("forms.parts", spell=True)', "{forms.parts|eleven}"),
        ('n("forms.gap", spell=True)', "{forms.gap|0.09}"),
        ('n("forms.verdict", spell=True)', "{forms.verdict|a form apart}"),
        ('v("forms.parts") + 1', "12"),
        ('"few" if v("forms.parts") < 20 else "many"', "few"),
    ],
)
def test_a_value_is_printed_as_the_text_asks(asked, printed):
    assert filled(f"So [[ {asked} ]].\n") == f"So {printed}.\n"


@pytest.mark.parametrize(("value", "word"), [(0, "no"), (1, "one"), (12, "twelve"), (13, "13"), (-1, "−1"), (2.0, "two"), (2.5, "2.50")])
def test_small_whole_numbers_are_spelled_and_no_others(value, word):
    assert fill('[[ n("x.n", spell=True) ]]', "p", {"x.n": number(value)}, lambda _, shown: shown) == word


def test_conditions_comments_and_functions_of_the_caller_are_filled():
    text = '[% if v("forms.gap") > 0 %]nearer[% else %]farther[% endif %][## not said ##] [[ figure("a.b") ]]'
    assert filled(text, figure=lambda name: f"<{name}>") == "nearer <a.b>"


def test_what_is_no_delimiter_stays_as_it_is():
    text = "Jinja's own {{ x }} {% y %} {# z #}, a link [a](b), a cite [@k], a list [1] and math $x_{[0]}$.\n\n"
    assert filled(text) == text


def test_an_unknown_number_is_refused_with_file_line_and_the_nearest_name():
    message = refused('Here forms.gaps is a word.\n\nAnd [[ n("forms.gap") ]]\nor [[ n("forms.gaps") ]].')
    assert message == "paper/paper.md line 4: no chapter records 'forms.gaps'; did you mean 'forms.gap'?"


def test_a_name_that_is_near_to_none_gets_no_suggestion():
    assert refused('[[ n("zzz") ]]') == "paper/paper.md line 1: no chapter records 'zzz'"


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("one\n[[ forms ]]", "line 2: 'forms' is undefined"),
        ("one\n[[ v('forms.gap').sign ]]", "line 2: 'float object' has no attribute 'sign'"),
        ("[% if missing %]x[% endif %]", "line 1: 'missing' is undefined"),
        ('one\n\n[[ n("forms.gap" ]] more', "line 3: "),
        ("one\n[% if true %]\ntwo\n", "line 2: "),
        ("one\n[[ n() ]]", "line 2: "),
        ('one\n[[ n("forms.gap", decimals=3) ]]', "line 2: "),
        ('one\ntwo [[ v("forms.verdict") + 1 ]]', "line 2: "),
        ('one\n[[ v("forms.gap") / 0 ]]', "line 2: float division by zero"),
        ('one\n[[ v("forms.gap") | roundd ]]', "line 2: "),
    ],
)
def test_a_text_that_cannot_be_filled_is_refused_with_file_and_line(template, told):
    assert refused(template).startswith(f"paper/paper.md {told}")


# Values are data: nothing in them is markup.


def as_read(markdown: str) -> BeautifulSoup:
    return BeautifulSoup(MarkdownIt("commonmark").render(markdown), "html.parser")


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="<>&*_`[](){}#!|\\$~^@;:/\"'=-+.,0 1 a b", min_size=1).map(lambda text: " ".join(text.split())).filter(bool))
def test_a_chapter_prints_any_value_as_it_stands(value):
    text = fill('So [[ n("a.value") ]] it is.', "p", {"a.value": number(value)}, chapter_link(lambda _: "01_one", "01_one"))
    page = as_read(text)
    (link,) = page.find_all("a")
    assert link["href"] == "#n-a-value" and link["class"] == ["number"]
    assert link.get_text() == value and not link.find_all(True)
    assert page.get_text() == f"So {value} it is.\n"


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="<>*_`[](){}#!|\\$~^@;:/'=-+.,0 1 a b", min_size=1).map(lambda text: " ".join(text.split())).filter(bool))
def test_escaped_text_is_printed_as_it_stands(value):
    page = as_read(f"So {escape_markdown(value)} it is.")
    assert page.get_text() == f"So {value} it is.\n" and [tag.name for tag in page.find_all(True)] == ["p"]


def test_a_number_of_another_chapter_is_linked_to_that_chapters_page():
    link = chapter_link(lambda _: "02_forms", "01_corpus", "chapters/")
    assert as_read(link("forms.gap_low", "0.09")).a["href"] == "chapters/02_forms.html#n-forms-gap_low"


@given(st.lists(st.from_regex(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+", fullmatch=True), min_size=2, max_size=2, unique=True))
def test_two_names_never_share_an_anchor(names):
    assert anchor(names[0]) != anchor(names[1])


def as_typed(shown: str) -> str:
    """Without the typography that pandoc and Sphinx give to all prose."""
    return shown.replace("\u00a0", " ").replace("–", "--")


@pytest.fixture(scope="module")
def awkward(tmp_path_factory) -> Path:
    """The book of a compendium whose values, captions, tables, data and parameters are full of markup."""
    toy = Toy.at(tmp_path_factory.mktemp("awkward") / "toy")
    toy.add_book()
    toy.write("paper/paper.md", '---\ntitle: A toy\n---\n\n# All {#all}\n\nIt is [[ n("two.word") ]].\n\n[[ table("two.table") ]]\n')
    toy.write("paper/pages/index.md", '# Toy\n\nIt is [[ n("two.word") ]].\n')
    quoted = AWKWARD.replace('"', '""')
    toy.edit("data/raw/corpus/codes.csv", "code_id,document_id,locator,value\n", "code_id,document_id,locator,value,rationale\n")
    toy.edit("data/raw/corpus/codes.csv", "t-002,doc,P2 L3-4,1\n", f't-002,doc,P2 L3-4,1,"{quoted}"\n')
    toy.edit("data/raw/corpus/documents.csv", "doc,Nobody,A toy text\n", f'doc,"{quoted}",A toy text\n')
    toy.chapter(
        "02_two",
        notebook(
            "# Two\n\nThe word is [[ n('two.word') ]].",
            f"said: str = {AWKWARD!r}  # what is said",
            """
            import pandas as pd
            from compendium import record, table

            record("two.word", said, status="documented", evidence=["t-002"])
            frame = pd.DataFrame({said: [said]}, index=pd.Index([said], name=said))
            table("two.table", frame, caption=said, status="coded", evidence=["t-001"])
            """,
        ),
    )
    toy.build()
    return toy.reports / "book"


@pytest.mark.parametrize(
    ("page", "where"),
    [
        ("chapters/02_two.html", "p a.number"),
        ("chapters/01_one.html", "p a.number[href^='02_two']"),
        ("chapters/02_two.html", "figure#n-two-table td"),
        ("chapters/02_two.html", "figure#n-two-table th"),
        ("paper.html", "p a.number"),
        ("paper.html", "figure#n-two-table td"),
        ("index.html", "p a.number"),
        ("numbers.html", "tr:has(a[href$='n-two-word']) td:nth-of-type(2)"),
        ("evidence/doc.html", "div.row#t-002 > p:nth-of-type(2)"),
    ],
)
def test_the_book_prints_values_full_of_markup_as_they_stand(awkward, page, where):
    found = BeautifulSoup((awkward / page).read_text(encoding="utf-8"), "html.parser").select(where)
    assert found
    for element in found:
        assert as_typed(element.get_text()) == AWKWARD
        assert not element.find_all(True)


def test_a_long_value_beside_its_name_is_cut_at_a_word_since_prose_and_the_list_of_numbers_have_it_whole(awkward):
    (found,) = BeautifulSoup((awkward / "chapters/02_two.html").read_text(encoding="utf-8"), "html.parser").select("li#n-two-word > b")
    shown = as_typed(found.get_text())
    assert shown.endswith(" …") and AWKWARD.startswith(shown.removesuffix(" …")) and 30 < len(shown) <= 60
    assert not found.find_all(True)


@pytest.mark.parametrize(
    ("page", "where"),
    [
        ("chapters/02_two.html", "figure#n-two-table figcaption"),
        ("paper.html", "figure#n-two-table figcaption"),
        ("chapters/02_two.html", "p.headnote"),
        ("evidence/doc.html", "dl.facts"),
    ],
)
def test_captions_and_notes_full_of_markup_hold_it_as_it_stands(awkward, page, where):
    (found,) = BeautifulSoup((awkward / page).read_text(encoding="utf-8"), "html.parser").select(where)
    assert AWKWARD.replace("\\", "\\\\" if "headnote" in where else "\\") in as_typed(found.get_text())


def test_no_script_of_the_data_is_alive_anywhere_in_the_book(awkward):
    pages = sorted(awkward.rglob("*.html"))
    assert len(pages) > 6
    for page in pages:
        soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        assert not [script for script in soup.find_all("script") if "alert(1)" in script.get_text()], page


# The lint.


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It is 43 km wide.", ["43"]),
        ("It is 43.5 or 1,234 wide.", ["43.5", "1,234"]),
        ("A third of them, and two thirds of those.", ["A third", "two thirds"]),
        ("Half of the systems; twice as many.", ["Half of", "twice as"]),
        ("Forty per cent, or one in five.", ["per cent", "one in five"]),
        ("Three quarters did; 87 % do.", ["Three quarters", "87"]),
        ("In 123 places since 1999.", ["123"]),
        ("About 15000 in 2004.", ["15000"]),
        ("[a link of 5](page.html#12)", ["5"]),
    ],
)
def test_the_lint_finds_results_that_were_typed(text, found):
    assert typed_results(text) == sorted((1, what) for what in found)


@pytest.mark.parametrize(
    "text",
    [
        'It is [[ n("forms.gap", digits=3) ]] wide.',
        "[% if v('forms.gap') > 0.5 %]wide[% endif %]",
        "Since 1999, and in 2004–2006 or 1990-95.",
        "Call `range(3)` with 5 as in\n\n```\nx = 5\n```\n".replace("with 5 ", ""),
        "As said [@becattini1990, p. 12] and @porter1998.",
        "See [the page](https://example.org/12) and <https://example.org/7>.",
        "In EPSG:2154 (Lambert-93), under CC BY 4.0.",
        "1. first\n2. second\n",
        "A heading {#fig-3 width=50}",
        "The one, the two and half a page.",
    ],
)
def test_the_lint_lets_pass_what_is_no_result(text):
    assert typed_results(text) == []


def test_the_lint_names_the_line():
    text = "one\n\n```\n5\n6\n```\n\ntwo 7\n[[ n('a.b',\n digits=2) ]] and 8\n"
    assert typed_results(text) == [(8, "7"), (10, "8")]


WORDS = ("clearly nearer", "coherent", "stands out")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The PTCE is clearly nearer to SPL.", ["clearly nearer"]),
        ("It Stands Out, and it is coherent.", ["Stands Out", "coherent"]),
        ("Is it so? It stands out.", ["stands out"]),
        ("Incoherent is another word.", []),
        ("Which of them stands out?", []),
        ("Does it, in national\ndata, stands out?", []),
        ("*Coherent*: every comparison holds. “clearly nearer” is a word.", []),
        ('It is [[ n("forms.coherent") ]] and `coherent`.', []),
    ],
)
def test_a_verdict_may_be_named_or_asked_and_not_pronounced(text, found):
    assert [what for _, what in typed_results(text, WORDS)] == sorted(found)


def test_without_verdict_words_none_is_looked_for():
    assert typed_results("The PTCE is clearly nearer to SPL.") == []


# Sentences.


def test_sentences_are_those_that_hold_a_value():
    text = """# A title

First none. Then [[ n("a.b") ]] of
them. No value here! Is [[ n("c.d") ]] so? Écoles: [[ n("e.f") ]].

```
[[ n("code.fence") ]] is no prose.
```

| [[ n("g.h") ]] | in a table |
"""
    assert sentences(text) == [
        'Then [[ n("a.b") ]] of them.',
        'Is [[ n("c.d") ]] so?',
        'Écoles: [[ n("e.f") ]].',
        '| [[ n("g.h") ]] | in a table |',
    ]


def test_a_sentence_may_begin_with_a_value():
    assert sentences('None. [[ n("a.b") ]] are. [[ n("c.d") ]] are not.') == ['[[ n("a.b") ]] are.', '[[ n("c.d") ]] are not.']
