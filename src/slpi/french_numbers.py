"""Numbers as a French text prints them, in digits or in words."""

import re
import unicodedata

_WORDS = {
    **{word: i for i, word in enumerate("zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze".split())},
    **{"quinze": 15, "seize": 16, "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "septante": 70},
    **{"huitante": 80, "nonante": 90, "cent": 100, "mille": 1000, "millier": 1000, "million": 10**6, "milliard": 10**9},
    **{"une": 1, "premier": 1, "premiere": 1, "second": 2, "seconde": 2, "double": 2, "triple": 3, "cinqu": 5, "neuv": 9, "diz": 10},
}
_TOKEN = re.compile(r"(?<!\d)\d{1,3}(?:[ .]\d{3})+(?!\d)|\d+(?:[.,]\d+)?|[a-z]+|[^\sa-z\d]")


def folded(text: str) -> str:
    """Lower case without accents, typographic apostrophes or line ends; words cut at a line's end are joined.

    Examples
    --------
    >>> folded("l’Œuvre d'entre-\\nprises à Évry")
    "l'oeuvre d'entreprises a evry"
    """
    text = re.sub(r"(?<=\w)-\s*\n\s*(?=\w)", "", text)
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    return " ".join(text.replace("’", "'").replace("œ", "oe").replace("-", " ").replace("*", "").split())


def numbers_in(text: str) -> set[float]:
    """The numbers that a French text may be read to print, in digits or in words.

    Generous: parts of a number count as well, ``une`` is 1, and ``années 90`` is both 90 and 1990.

    Parameters
    ----------
    text : str

    Returns
    -------
    set of float

    Examples
    --------
    >>> 500000.0 in numbers_in("environ 500 000 salariés"), 1500000.0 in numbers_in("1,5 million")
    (True, True)
    >>> sorted(numbers_in("une soixantaine, et quatre-vingt-dix"))
    [1.0, 4.0, 10.0, 20.0, 60.0, 90.0]
    """
    numbers: set[float] = set()
    run: list[float] = []
    for token in _TOKEN.findall(folded(text) + " ."):
        value = _word_number(token)
        if token[0].isdigit():
            value = float(re.sub(r"[ .]", "", token) if re.fullmatch(r"\d{1,3}([ .]\d{3})+", token) else token.replace(",", "."))
            numbers |= {float(piece) for piece in re.findall(r"\d+", token)}
            numbers |= {1900 + value} if value < 100 and value % 10 == 0 else set()
        if value is not None:
            numbers.add(value)
            run += [] if token in ("un", "une") and not run else [value]  # an article
        elif token not in ("et", "de") and run:
            numbers.add(_whole(run))
            run = []
    return numbers


def _word_number(word: str) -> float | None:
    stem = word.removesuffix("s").removesuffix("ment")
    stems = (word, stem, *(stem.removesuffix(end) + e for end in ("ieme", "aine") for e in ("", "e")))
    return next((float(_WORDS[stem]) for stem in stems if stem in _WORDS), None)


def _whole(run: list[float]) -> float:
    """4, 20, 10 is 90; 1.5, 1000000 is 1500000."""
    total = part = 0.0
    for value in run:
        if value >= 1000 and value in _WORDS.values():
            total, part = total + (part or 1) * value, 0.0
        elif value == 100:
            part = (part or 1) * 100
        else:
            part += 76 if value == 20 and part % 100 == 4 else value
    return total + part
