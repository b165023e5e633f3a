"""Numbers read from French text: digits, words, and what only looks like a number."""

import doctest
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import slpi.french_numbers
from slpi.french_numbers import folded, numbers_in

UNITS = "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize".split()
TENS = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante"}


def below_hundred(n: int) -> str:
    """The standard spelling of France, with hyphens as since 1990."""
    if n <= 16:
        return UNITS[n]
    if n < 20:
        return f"dix-{UNITS[n - 10]}"
    if n >= 80:
        return "quatre-vingts" if n == 80 else f"quatre-vingt-{below_hundred(n - 80)}"
    ten = 60 if n >= 60 else n // 10 * 10
    rest = n - ten
    return TENS[ten] if not rest else f"{TENS[ten]}-et-{below_hundred(rest)}" if rest in (1, 11) else f"{TENS[ten]}-{below_hundred(rest)}"


def below_thousand(n: int) -> str:
    hundreds, rest = divmod(n, 100)
    if not hundreds:
        return below_hundred(rest)
    many = "cent" if hundreds == 1 else f"{UNITS[hundreds]}-cent" + ("" if rest else "s")
    return f"{many}-{below_hundred(rest)}" if rest else many


def spelled(n: int) -> str:
    thousands, rest = divmod(n, 1000)
    if not thousands:
        return below_thousand(rest)
    many = "mille" if thousands == 1 else re.sub("(vingt|cent)s$", r"\1", below_thousand(thousands)) + "-mille"
    return f"{many}-{below_thousand(rest)}" if rest else many


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 999_999))
def test_any_spelled_number_is_read_as_itself(n):
    assert n in numbers_in(f"On compte {spelled(n)} établissements.")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from([" ", ".", "\u00a0", "\u202f"]))
def test_digits_in_groups_of_three_are_read_whatever_parts_them(n, gap):
    assert n in numbers_in(f"On compte {n:,} emplois.".replace(",", gap))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("quatre fabricants", 4),
        ("la cinquième agence", 5),
        ("neuvième", 9),
        ("une centaine", 100),
        ("une dizaine", 10),
        ("une douzaine", 12),
        ("quatre-vingt-dix-sept", 97),
        ("deux cent quatre-vingts", 280),
        ("mille neuf cent quatre-vingt-dix-huit", 1998),
        ("soixante et onze", 71),
        ("500 000 salariés", 500_000),
        ("500\u202f000", 500_000),
        ("3millions", 3_000_000),
        ("1,5 million", 1_500_000),
        ("dix mille emplois", 10_000),
        ("deux milliers", 2000),
        ("les années 90", 1990),
        ("de 15 à 40 %", 40),
        ("2e rang", 2),
    ],
)
def test_a_number_is_read_from_french_digits_and_words(text, number):
    assert number in numbers_in(text)


def test_words_that_are_no_numbers_hold_none():
    assert numbers_in("La vallée centrale, semaine certaine, sizaine") == set()


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_read_and_folding_it_once_more_changes_nothing(text):
    assert all(number >= 0 for number in numbers_in(text))
    assert numbers_in(folded(text)) == numbers_in(text)


def test_the_examples_in_the_docstrings_are_true():
    result = doctest.testmod(slpi.french_numbers)
    assert result.attempted and not result.failed
