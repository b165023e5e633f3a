"""What the chapter on concentration says: titles, alt texts and verdicts, each computed from its tables by a written rule."""

import re
import textwrap
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from slpi.areas import is_metropolitan
from slpi.autocorrelation import CLUSTERS
from slpi.localisation import Localisation
from slpi.national import Prepared
from slpi.verdicts import count, listing

#: Two rankings are alike from this rank correlation on, and unlike below the second.
ALIKE, UNLIKE = 0.9, 0.7
NONE = CLUSTERS[-1]
#: From here on Ellison and Glaeser call γ high.
HIGH = 0.05


def naf_label(label: str, width: int = 46) -> str:
    """An industry's title, short: without "Fabrication de" at its head, and whole letters where the source parts them.

    Examples
    --------
    >>> naf_label("Fabrication de coutellerie"), naf_label("Construction de structures fl ottantes")
    ('coutellerie', 'construction de structures flottantes')
    """
    whole = re.sub(r"\b(fi|fl) (?=[a-zéè])", r"\1", label)
    bare = re.sub(r"^Fabrication (de |d['’]|des )", "", whole)
    return textwrap.shorten(bare[:1].lower() + bare[1:], width, placeholder=" …")


def naf_labels(table: pd.DataFrame, width: int = 46) -> pd.Series:
    """Short titles with their code, by code, from a table with ``naf`` and ``label``."""
    first = table.drop_duplicates("naf").set_index("naf")["label"].sort_index()
    return first.map(lambda label: naf_label(label, width)) + " (" + first.index + ")"


# Counts by département.


def side_by_side(found: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """Two baselines by industry: gamma, rank and verdict under each (``_0``, ``_1``), ``moved`` (ranks lost to the second), ``flips``."""
    parts = [found[found["baseline"] == name].set_index("industry") for name in (first, second)]
    both = parts[0][["establishments"]].join([part[["gamma", "rank", "verdict"]].add_suffix(f"_{i}") for i, part in enumerate(parts)])
    flips = np.sign(both["gamma_0"]) != np.sign(both["gamma_1"])
    return both.assign(moved=both["rank_1"] - both["rank_0"], flips=flips).sort_values("rank_0")


def order_words(both: pd.DataFrame) -> str:
    """Whether two baselines give one order: *little* changed from a rank correlation of 0.9 on, *much* below 0.7, *in part* between."""
    rho = round(_rho(both), 9)
    return "little" if rho >= ALIKE else "much" if rho < UNLIKE else "in part"


def gamma_title(both: pd.DataFrame, first: str, second: str, labels: Mapping[str, str]) -> str:
    """Who leads under both baselines, and what the choice between them changes."""
    leads = [both[f"rank_{i}"].idxmin() for i in (0, 1)]
    lead = f"{labels[leads[0]]} leads against both" if leads[0] == leads[1] else f"{labels[leads[0]]} leads against {first} only"
    turned = count(int(both["flips"].sum()), "sign turns", "signs turn")
    return f"{lead[:1].upper()}{lead[1:]}; against {second} the order changes {order_words(both)}, and {turned}"


def gamma_alt(found: pd.DataFrame, shown: pd.DataFrame, first: str, second: str, labels: Mapping[str, str]) -> str:
    """Every row drawn, in words."""
    said = [
        f"{labels[name]} {row.gamma_0:.3f} and {row.gamma_1:.3f} (ranks {row.rank_0} and {row.rank_1})" for name, row in shown.iterrows()
    ]
    n = found["industry"].nunique()
    return (
        f"Two marks an industry on a logarithmic axis of concentration, full against {first} and hollow against {second}, with intervals; "
        f"{len(shown)} of {count(n, 'industry', 'industries')}. {'; '.join(said)}."
    )


def areas_sentence(both: pd.DataFrame, first: str, second: str) -> str:
    """How many industries are concentrated against each baseline, and what the choice changes."""
    one, other = (int((both[f"verdict_{i}"] == "concentrated").sum()) for i in (0, 1))
    found = (
        f"{one} of {count(len(both), 'industry', 'industries')} are more concentrated than chance against {first}, {other} against {second}"
    )
    flips = count(int(both["flips"].sum()), "industry", "industries")
    turned = f"the choice of baseline changes the order {order_words(both)} and turns the sign of {flips}"
    return f"Between départements, {found}; {turned}."


# Plants by distance.


def localised(found: Localisation, measure: str) -> list[str]:
    """The industries that are localised by a measure."""
    tests = found.tests
    return list(tests.loc[(tests["measure"] == measure) & (tests["verdict"] == "localised"), "industry"])


def by_distance(found: Localisation) -> pd.DataFrame:
    """How many of the industries told from chance lie ``above`` and ``below`` their band, by measure and r."""
    told = found.tests.loc[found.tests["verdict"] != "like chance", ["measure", "industry"]]
    curves = found.curves.merge(told.assign(told=True), how="left", on=["measure", "industry"])
    sides = {"above": curves["observed"] > curves["high"], "below": curves["observed"] < curves["low"]}
    counted = curves.assign(**{side: where & curves["told"].eq(True) for side, where in sides.items()})
    return counted.groupby(["measure", "r"], sort=False)[["above", "below"]].sum()


def everywhere(found: Localisation) -> list[str]:
    """The industries that are localised by every measure."""
    names = found.tests["measure"].unique()
    return sorted(set.intersection(*(set(localised(found, name)) for name in names)))


def extent_words(part: int, whole: int) -> str:
    """*All*, *most* (more than half), *some*, *none* of a number."""
    return "none" if part == 0 else "all" if part == whole else "most" if part > whole / 2 else "some"


def distance_sentence(found: Localisation) -> str:
    """How many industries are localised by M, and by all measures."""
    n, m, every = found.tests["industry"].nunique(), localised(found, "M"), everywhere(found)
    told = f"{extent_words(len(m), n)} of the {count(n, 'industry', 'industries')} with enough registered plants ({len(m)})"
    return f"By distance, {told} are localised by M beyond chance and the correction for many tests, {len(every)} by every measure used."


def steady_words(changed: int, n: int) -> str:
    """Whether verdicts survive another treatment of places.

    The rule: *nearly all* stay where at most 5 % change, *most* where at most 20 % do, else *many change*.
    """
    share = changed / n
    return "nearly all verdicts stay" if share <= 0.05 else "most verdicts stay" if share <= 0.2 else "many verdicts change"


def changed(found: Localisation, other: Localisation, measure: str = "M", *, against: str = "M") -> int:
    """How many industries get another verdict by ``measure`` in ``other`` than by ``against`` in ``found``."""
    before, after = (
        one.tests[one.tests["measure"] == name].set_index("industry")["verdict"] for one, name in ((found, against), (other, measure))
    )
    return int((before != after.reindex(before.index)).sum())


def distance_title(found: Localisation) -> str:
    """How many industries lie above their band at the shortest and the longest distance, by M and by the first K-density."""
    counted, n = by_distance(found)["above"], found.tests["industry"].nunique()
    m, *others = (counted[measure] for measure in found.tests["measure"].unique())
    near, far = (f"{m.index[i] / 1000:.0f} km" for i in (0, -1))
    told = f"Within {near} {m.iloc[0]} of {n} industries lie above their band by M, and {m.iloc[-1]} within {far}"
    name = found.tests["measure"].unique()[1:2]
    return told + "".join(f"; by {name[0]}, {k.iloc[0]} at {near} and {k.iloc[-1]} at {far}" for k in others[:1])


def distance_alt(found: Localisation) -> str:
    """The curves in words."""
    counted, said = by_distance(found), []
    for measure in found.tests["measure"].unique():
        curve = counted.loc[measure]
        at = [curve.index[i] for i in sorted({0, len(curve) // 2, len(curve) - 1})]
        told = [f"{curve.loc[r, 'above']} above and {curve.loc[r, 'below']} below at {r / 1000:.0f} km" for r in at]
        said.append(f"{measure}: {', '.join(told)}")
    n = found.tests["industry"].nunique()
    drawn = f"Lines of how many of {n} industries lie beyond their global band at each distance, above upwards and below downwards"
    return f"{drawn}. {'; '.join(said)}."


def strongest(found: Localisation, r: float, most: int = 6) -> list[str]:
    """The industries localised by M with the highest M at r."""
    curves = found.curves[(found.curves["measure"] == "M") & (found.curves["r"] == r)].set_index("industry")["observed"]
    return list(curves[localised(found, "M")].sort_values(ascending=False, kind="stable").index[:most])


def curves_title(found: Localisation, shown: list[str], r: float, labels: Mapping[str, str]) -> str:
    """Whose plants are the most frequent around their own."""
    if not shown:
        return "No industry is localised by M"
    curves = found.curves[(found.curves["measure"] == "M") & (found.curves["r"] == r)].set_index("industry")["observed"]
    near = f"Within {r / 1000:.0f} km of its own plants, {labels[shown[0]]}"
    return f"{near} is {curves[shown[0]]:.0f} times as frequent as among all registered plants"


def curves_alt(found: Localisation, shown: list[str], labels: Mapping[str, str]) -> str:
    """Each panel in words."""
    part = found.curves[(found.curves["measure"] == "M") & found.curves["industry"].isin(shown)].set_index(["industry", "r"])
    said = []
    for name in shown:
        one = part.loc[name].iloc[[0, -1]]
        told = [f"{row.observed:.1f} at {row.Index / 1000:.0f} km (band to {row.high:.1f})" for row in one.itertuples()]
        said.append(f"{labels[name]}: {', '.join(told)}")
    return f"Small panels of M by distance on a logarithmic axis, a dark line and around one the grey band of chance. {'; '.join(said)}."


# Areas side by side.


def alike_words(rows: pd.DataFrame, level: float = 0.05) -> str:
    """Whether neighbours are alike: *at every*, *at some* or *at no* choice of areas and neighbours, by p and the sign of I less chance."""
    alike = (rows["p"] <= level) & (rows["I"] > rows["expected"])
    return "at every choice" if alike.all() else "at some choices only" if alike.any() else "at no choice"


def size_words(rows: pd.DataFrame) -> str:
    """Whether I falls from the largest areas to the smallest (rows in that order)."""
    steps = np.diff(rows["I"])
    return "falls" if (steps < 0).all() else "rises" if (steps > 0).all() else "does not fall steadily"


def space_sentence(rows: pd.DataFrame, clusters: Mapping[str, pd.DataFrame]) -> str:
    """Whether neighbours are alike at each level, and how many zones stand in a cluster with and without the correction."""
    said, zones = listing(f"{row.I:.2f} among {row.level}" for row in rows.itertuples()), clusters["zones"]
    found, alone = (int((zones[column] != NONE).sum()) for column in ("cluster", "alone"))
    alike = f"Neighbours are alike in their share of industry {alike_words(rows)} of areas (Moran's I {said})"
    return f"{alike}; {found} of {len(zones)} zones stand in a cluster after the correction for many tests, {alone} without it."


def sure_sentence(jitter: int, ties: int, n: int, food: float) -> str:
    """How sure: what the places of plants allow, and what counts do not hold."""
    places = f"with places scattered in the commune {steady_words(jitter, n)} ({jitter} of {n} change)"
    pairs = f"without pairs in one commune {steady_words(ties, n)} ({ties} change)"
    sizes = f"counts of establishments know no size, and {100 * food:.0f} % of those in manufacturing make artisan food"
    return f"Plants are large emitters only, known by commune: {places}, {pairs}; {sizes}."


def moran_title(rows: pd.DataFrame) -> str:
    """Whether neighbours are alike, and how that changes with the size of areas."""
    main = rows[(rows["neighbours"] == "contiguity") & (rows["scale"] == "deviate") & (rows["counted"] == rows["counted"].iloc[0])]
    return f"Neighbours are alike {alike_words(rows)} of areas and neighbours; I {size_words(main)} from large areas to small"


def moran_alt(rows: pd.DataFrame) -> str:
    """Every mark in words."""
    said = [f"{r.level}, {r.counted}, {r.neighbours}, {r.scale}: {r.I:.2f} (chance {r.low:.2f} to {r.high:.2f})" for r in rows.itertuples()]
    drawn = (
        "Marks of Moran's I on rows of areas and neighbours, full for rates made comparable, hollow for plain shares, grey bars for chance"
    )
    return f"{drawn}. {'; '.join(said)}."


def food_sentence(rows: pd.DataFrame) -> str:
    """What leaving artisan food out does to I between départements: *raises*, *lowers*, or *hardly moves* it (by less than 0.05)."""
    by = rows[(rows["neighbours"] == "contiguity") & (rows["scale"] == "share")].set_index("counted")["I"]
    before, after = by["with artisan food"], by["without artisan food"]
    how = "hardly moves" if abs(after - before) < 0.05 else "raises" if after > before else "lowers"
    return f"Leaving artisan food out {how} Moran's I between départements, from {before:.2f} to {after:.2f}"


def clusters_title(zones: pd.DataFrame) -> str:
    """How many zones stand in a cluster, and where the share is highest."""
    found, alone = (int((zones[column] != NONE).sum()) for column in ("cluster", "alone"))
    top = zones.loc[zones["share"].idxmax()]
    where = "in a cluster that stays" if top["cluster"] != NONE else "in one that does not stay" if top["alone"] != NONE else "in none"
    said = f"{count(alone, 'zone')} in clusters where each is tested alone, {found} after the correction for many tests"
    return f"{said}; {top['name']}, of the highest share, is {where}"


def clusters_alt(zones: pd.DataFrame, labelled: pd.DataFrame) -> str:
    """What the map shows, in words."""
    parts = {kind: part.sort_values("p")["name"] for kind, part in zones.groupby("alone") if kind != NONE}
    said = "; ".join(f"{kind} {len(names)}, as {listing(names.head(4))}" for kind, names in parts.items()) or "none"
    kept, drawn = listing(zones.loc[zones["cluster"] != NONE, "name"]), f"Map of {len(zones)} employment zones filled by kind of cluster"
    return f"{drawn}: {said}. Marked full, after the correction: {kept}. Labelled: {listing(labelled['label'])}."


def cluster_table(clusters: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """How many areas of each level stand in a cluster of each kind after the correction, and without it."""
    kept = {level: table["cluster"].value_counts() for level, table in clusters.items()}
    table = pd.DataFrame(kept).T.reindex(columns=["high-high", "low-low", "high-low", "low-high"]).fillna(0).astype(int)
    rest = {"areas": {level: len(one) for level, one in clusters.items()}}
    alone = {"without the correction": {level: int((one["alone"] != NONE).sum()) for level, one in clusters.items()}}
    return table.assign(**{name: pd.Series(values) for name, values in (rest | alone).items()})


def top_table(top: pd.DataFrame) -> pd.DataFrame:
    """Zones by name, with the heads of a printed table."""
    heads = {"share": "share of industry", "deviate": "deviation", "lag": "neighbours' deviation"}
    heads |= {"alone": "tested alone", "cluster": "after the correction"}
    return top[[*heads]].rename(columns=heads).rename_axis("zone")


# Tables and numbers that the chapter records.


def source_table(data: Mapping[str, Prepared], plants: pd.DataFrame) -> pd.DataFrame:
    """What was read of each source, and what of it the chapter looks at."""
    here = {name: one.table for name, one in data.items()}
    looked = {
        "establishments": int(is_metropolitan(here["establishments"]["departement"]).sum()),
        "communes": int(here["communes"]["metropolitan"].sum()),
        "zone_shapes": int(here["zone_shapes"]["metropolitan"].sum()),
        "plants": len(plants),
    }
    said = {
        "establishments": ("employers", "metropolitan départements"),
        "communes": ("communes", "metropolitan communes"),
        "zone_shapes": ("outlines of employment zones", "metropolitan zones"),
        "plants": ("registered plants", "in manufacturing (NAF 10 to 33), with a coordinate"),
    }
    rows = {said[name][0]: (one.producer, len(one.table), looked[name], said[name][1]) for name, one in data.items()}
    return pd.DataFrame.from_dict(rows, "index", columns=["producer", "rows read", "looked at", "which"]).rename_axis("rows")


def gamma_numbers(gammas: pd.DataFrame, both: pd.DataFrame, shops: pd.DataFrame) -> dict[str, object]:
    """What the text names of gammas: ``both`` compares two baselines, ``shops`` the first with the one without artisan food."""
    first, second = gammas["baseline"].unique()[:2]
    signs = [np.sign(gammas.loc[gammas["baseline"] == name].set_index("industry")["gamma_ms"]) for name in (first, second)]
    counted = {f"concentrated_{word}": int((both[f"verdict_{i}"] == "concentrated").sum()) for i, word in enumerate(("first", "second"))}
    return counted | {
        "spread_first": int((both["verdict_0"] == "spread").sum()),
        "spread_second": int((both["verdict_1"] == "spread").sum()),
        "high_first": int((both["gamma_0"] > HIGH).sum()),
        "rank_correlation": _rho(both),
        "flips_number": int(both["flips"].sum()),
        "flips_ms": int((signs[0] != signs[1]).sum()),
        "order_words": order_words(both),
        "food_words": order_words(shops),
        "food_correlation": _rho(shops),
    }


def _rho(both: pd.DataFrame) -> float:
    return float(both["rank_0"].corr(both["rank_1"]))


def place_numbers(plants: pd.DataFrame, area: pd.Series, from_km: float) -> dict[str, object]:
    """How many plants and pairs share a point, and the smallest distance by the rule: twice the radius of 95 % of the plants' communes."""
    on_point = plants.groupby(["x", "y"])["x"].transform("size")
    together = plants.groupby(["naf", "x", "y"]).size()
    sizes = plants.groupby("naf").size()
    smallest = 2 * float(np.sqrt(area / np.pi).quantile(0.95)) / 1000
    return {
        "points": int(plants[["x", "y"]].drop_duplicates().shape[0]),
        "sharing_share": float((on_point > 1).mean()),
        "one_point_share": float((together * (together - 1)).sum() / (sizes * (sizes - 1)).sum()),
        "smallest_km": smallest,
        "smallest_words": "keeps to"
        if from_km >= smallest
        else "keeps to within a kilometre"
        if from_km >= smallest - 1
        else "does not keep to",
    }


def treatment_table(found: Localisation, others: Mapping[str, Localisation]) -> pd.DataFrame:
    """Verdicts by measure, and those of M under other treatments of places, with how many differ from those of M."""
    rows = {measure: part["verdict"].value_counts() for measure, part in found.tests.groupby("measure", sort=False)}
    rows |= {f"M, {name}": one.tests.loc[one.tests["measure"] == "M", "verdict"].value_counts() for name, one in others.items()}
    table = pd.DataFrame(rows).T.reindex(columns=["localised", "dispersed", "like chance"]).fillna(0).astype(int)
    differ = {measure: changed(found, found, measure, against="M") for measure in found.tests["measure"].unique()}
    differ |= {f"M, {name}": changed(found, one) for name, one in others.items()}
    return table.assign(**{"differ from M": pd.Series(differ)})


def distance_numbers(found: Localisation) -> dict[str, object]:
    """What the text names of the tests by distance."""
    verdicts = found.tests.groupby("measure", sort=False)["verdict"].value_counts().unstack(fill_value=0)
    numbers: dict[str, object] = {"tested": found.tests["industry"].nunique()}
    for measure, name in zip(verdicts.index, ("m", "narrow", "wide"), strict=False):
        for verdict in ("localised", "dispersed"):
            numbers[f"{verdict}_{name}"] = int(verdicts.loc[measure].get(verdict, 0))
    return numbers | {"localised_all": len(everywhere(found)), "holm_words": holm_words(found)}


def holm_words(found: Localisation) -> str:
    """What the strictest correction leaves of M: with few draws it cannot speak."""
    m = found.tests[found.tests["measure"] == "M"]
    if len(m) / (found.simulations + 1) > 1 - found.level:
        needed = int(np.ceil(len(m) / (1 - found.level))) - 1
        return f"cannot speak here: {len(m)} tests would need {needed:,d} draws or more"
    kept = int(((m["p_holm"] <= 1 - found.level) & (m["verdict"] == "localised")).sum())
    return f"leaves {kept} of those that M finds"


def space_numbers(
    rows: pd.DataFrame, clusters: Mapping[str, pd.DataFrame], zone_of: pd.Series, *, draws: int, level: float
) -> dict[str, object]:
    """What the text names of areas side by side; ``zone_of`` gives each commune's zone.

    ``communes_floor`` is how many communes must reach the smallest p that the draws allow before any is found at the level.
    """
    names = {"départements": "departements"}  # as a recorded name can be written
    numbers: dict[str, object] = {f"moran_{names.get(row.level, row.level)}": row.I for row in rows.itertuples()}
    for size, table in clusters.items():
        numbers[f"{names.get(size, size)}_alone"] = int((table["alone"] != NONE).sum())
        numbers[f"{names.get(size, size)}_kept"] = int((table["cluster"] != NONE).sum())
    zones, communes = clusters["zones"], clusters["communes"]
    high = communes.index[communes["cluster"] == "high-high"]
    inside = zones["alone"].reindex(zone_of.reindex(high)).eq("high-high")
    top = zones.sort_values("share", ascending=False, kind="stable").head(5)
    within = int((top["cluster"] == "high-high").sum())
    return numbers | {
        "communes_floor": int(np.ceil(2 / (draws + 1) * len(communes) / level)),
        "size_words": size_words(rows),
        "shared_share": float(inside.mean()) if len(inside) else 0.0,
        "top_zones_words": listing(top["name"]),
        "top_words": f"{extent_words(within, len(top))} of them lie in a high-high cluster after the correction",
    }


def leading_places(counts: pd.DataFrame, industries: Iterable[str], labels: Mapping[str, str], names: Mapping[str, str]) -> str:
    """The département with most establishments of each industry, and how many of them.

    ``counts`` is départements × industries; ``names`` those of départements.
    """
    said = []
    for name in industries:
        column = counts[name].sort_values(ascending=False, kind="stable")
        said.append(f"{labels[name]} in {names[column.index[0]]} ({column.iloc[0]:,.0f} of {column.sum():,.0f})")
    return listing(said)


def movers_words(counts: pd.DataFrame, industries: pd.Index, manufacturing: pd.Series, other: pd.Series, names: Mapping[str, str]) -> str:
    """Where the industries lie whose rank moves most, and what part of either baseline lies there."""
    moved = counts[industries].sum(axis=1)
    place = moved.idxmax()
    shares = [100 * part[place] / part.sum() for part in (moved, manufacturing, other)]
    held = f"{names[place]} holds {shares[0]:.0f} % of their establishments"
    return f"{held}, {shares[1]:.0f} % of the first baseline and {shares[2]:.0f} % of the second"


def register_words(counts: pd.DataFrame, registered: pd.Series, industries: Iterable[str], labels: Mapping[str, str]) -> str:
    """How many plants of each industry the register holds, beside the establishments that are counted in another source."""
    held = registered.value_counts()
    said = (f"{held.get(name, 0):,d} of {labels[name]} beside {counts[name].sum():,d} employers" for name in industries)
    return f"the industries that are most concentrated by counts the register holds {listing(said)}"
