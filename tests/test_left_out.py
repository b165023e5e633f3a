"""Chapters whose data are missing: left out of the build, told in its last lines and in the book, and built once the data are there."""

import pytest
from bs4 import BeautifulSoup
from conftest import Toy, notebook

NEEDED = "national/plants.csv"
PAPER = """---
title: A toy
---

# Result {#result}

[% if built("03_plants") %]There are [[ n("plants.count") ]] plants.[% else %]Plants are left out.[% endif %]
"""
TOLD = f"03_plants  not built, data missing: data/raw/{NEEDED}; to get them: make data\n"


@pytest.fixture
def lacking(toy: Toy) -> Toy:
    """The toy with a third chapter that needs a file which is not there, and a paper that speaks of it if it can."""
    chapter = notebook(
        "# Plants\n\nThere are [[ n('plants.count') ]].",
        "",
        """
        from compendium import raw, record

        record("plants.count", len(raw("national", "plants.csv").read_text().split()), status="measured")
        """,
    )
    chapter["metadata"]["compendium"] = {"needs": [NEEDED]}
    toy.chapter("03_plants", chapter)
    toy.add_book()
    toy.write("paper/paper.md", PAPER)
    toy.write("paper/references.bib", "")
    return toy


def page(toy: Toy, name: str) -> str:
    return " ".join(BeautifulSoup((toy.reports / "book" / name).read_text(encoding="utf-8"), "html.parser").get_text(" ").split())


def test_the_rest_is_built_and_the_last_line_and_the_book_say_what_was_left_out(lacking):
    done = lacking.build()
    assert done.stdout.endswith(TOLD)
    assert "plants.count" not in lacking.numbers() and "one.value" in lacking.numbers()
    assert not (lacking.reports / "chapters" / "03_plants.ipynb").exists()
    said = page(lacking, "chapters/03_plants.html")
    assert "This chapter was not built: its data are missing" in said and f"data/raw/{NEEDED}" in said and "make data" in said
    assert "Plants are left out" in page(lacking, "paper.html")
    assert lacking.build().stdout == f"everything is up to date\n{TOLD}", "the next build makes nothing anew and says it again"
    assert TOLD in lacking.press("status").stdout

    lacking.write(f"data/raw/{NEEDED}", "a b c")
    done = lacking.build()
    assert "not built" not in done.stdout and lacking.numbers()["plants.count"]["value"] == 3
    assert "There are 3 plants" in page(lacking, "paper.html") and "not built" not in page(lacking, "chapters/03_plants.html")


def test_strict_makes_missing_data_an_error_before_anything_runs(lacking):
    done = lacking.press("build", STRICT="1")
    assert done.returncode == 1 and lacking.ran() == []
    assert done.stderr == f"STRICT is set, and data are missing:\n{TOLD}"
    assert lacking.press("build", STRICT="0").returncode == 0


def test_a_chapter_asked_for_by_name_needs_its_data(lacking):
    for command in (["chapter", "03_plants"], ["sweep", "03_plants", "grid.yml"]):
        done = lacking.press(*command)
        assert (done.returncode, done.stderr) == (1, TOLD)


def test_a_text_may_ask_only_for_chapters_that_there_are(lacking):
    lacking.edit("paper/paper.md", "03_plants", "03_plant")
    done = lacking.press("build")
    assert done.returncode == 2 and "there is no chapter '03_plant'; there are: 01_one, 02_two, 03_plants" in done.stderr


def test_what_a_chapter_needs_is_a_list_of_files(lacking):
    content = lacking.notebook("03_plants")
    content["metadata"]["compendium"] = {"needs": NEEDED}
    lacking.chapter("03_plants", content)
    done = lacking.press("build")
    assert done.returncode == 2 and "metadata compendium.needs that is no list of files below data/raw" in done.stderr
