"""Small published tables that several tests stand on."""

import pandas as pd

# Marriage and business ties of sixteen Florentine families, about 1430: Padgett, J. F. & Ansell, C. K. (1993), Robust action and the rise
# of the Medici, American Journal of Sociology, 98, 1259–1319; as given in Wasserman, S. & Faust, K. (1994), Social Network Analysis.
FAMILIES = (
    "Acciaiuoli Albizzi Barbadori Bischeri Castellani Ginori Guadagni Lamberteschi Medici Pazzi Peruzzi Pucci Ridolfi Salviati Strozzi "
    "Tornabuoni"
).split()
MARRIAGES = (
    "Acciaiuoli-Medici Albizzi-Ginori Albizzi-Guadagni Albizzi-Medici Barbadori-Castellani Barbadori-Medici Bischeri-Guadagni "
    "Bischeri-Peruzzi Bischeri-Strozzi "
    "Castellani-Peruzzi Castellani-Strozzi Guadagni-Lamberteschi Guadagni-Tornabuoni Medici-Ridolfi Medici-Salviati "
    "Medici-Tornabuoni Pazzi-Salviati Peruzzi-Strozzi Ridolfi-Strozzi Ridolfi-Tornabuoni"
).split()
BUSINESS = (
    "Barbadori-Castellani Barbadori-Ginori Barbadori-Medici Barbadori-Peruzzi Bischeri-Guadagni Bischeri-Lamberteschi Bischeri-Peruzzi "
    "Castellani-Lamberteschi Castellani-Peruzzi Ginori-Medici "
    "Guadagni-Lamberteschi Lamberteschi-Peruzzi Medici-Pazzi Medici-Salviati "
    "Medici-Tornabuoni"
).split()


def ties_of(pairs: list[str], actors: list[str] = FAMILIES) -> pd.DataFrame:
    """An undirected matrix of ties from pairs such as ``"Albizzi-Medici"``."""
    matrix = pd.DataFrame(0, actors, actors)
    for pair in pairs:
        a, b = pair.split("-")
        matrix.loc[a, b] = matrix.loc[b, a] = 1
    return matrix
