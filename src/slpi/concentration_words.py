"""What the chapter on concentration says: titles, alt texts and verdicts, each computed from its tables by a written rule."""

import re
import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd

from slpi.areas import is_metropolitan
from slpi.localisation import Localisation
from slpi.national import Prepared
from slpi.verdicts import count, listing

#: Two rankings are alike from this rank correlation on, and unlike below the second.
ALIKE, UNLIKE = 0.9, 0.7
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
    bare = re.sub(r"^Fabrication (de |d['’]|des )(autres )?", lambda cut: cut[2] or "", whole)
    return textwrap.shorten(bare[:1].lower() + bare[1:], width, placeholder=" …")


def naf_labels(table: pd.DataFrame, width: int = 46) -> pd.Series:
    """Short titles with their code, by code, from a table with ``naf`` and ``label``."""
    first = table.drop_duplicates("naf").set_index("naf")["label"].sort_index()
    return first.map(lambda label: naf_label(label, width)) + " (" + first.index + ")"


# Counts by département.


def side_by_side(found: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """Two baselines beside each other, by industry: gamma, rank and verdict under each, ``moved`` (ranks lost from first to second), ``flips``."""
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
    return f"{lead[:1].upper()}{lead[1:]}; against {second} the order changes {order_words(both)}, {count(int(both['flips'].sum()), 'sign')} too"


def gamma_alt(found: pd.DataFrame, shown: pd.DataFrame, first: str, second: str, labels: Mapping[str, str]) -> str:
    """Every row drawn, in words."""
    said = [f"{labels[name]} {row.gamma_0:.3f} and {row.gamma_1:.3f} (ranks {row.rank_0} and {row.rank_1})" for name, row in shown.iterrows()]
    n = found["industry"].nunique()
    return (
        f"Two marks an industry on a logarithmic axis of concentration, full against {first} and hollow against {second}, with intervals; "
        f"{len(shown)} of {count(n, 'industry', 'industries')}. {'; '.join(said)}."
    )


def areas_sentence(both: pd.DataFrame, first: str, second: str) -> str:
    """How many industries are concentrated against each baseline, and what the choice changes."""
    n = [int((both[f"verdict_{i}"] == "concentrated").sum()) for i in (0, 1)]
    return (
        f"Between départements, {n[0]} of {count(len(both), 'industry', 'industries')} are more concentrated than chance against {first}, and {n[1]} against "
        f"{second}; the choice between the two changes the order {order_words(both)} and the sign of {int(both['flips'].sum())}."
    )


# Plants by distance.


def localised(found: Localisation, measure: str) -> list[str]:
    """The industries that are localised by a measure."""
    tests = found.tests
    return list(tests.loc[(tests["measure"] == measure) & (tests["verdict"] == "localised"), "industry"])


def by_distance(found: Localisation) -> pd.DataFrame:
    """How many of the industries told from chance lie above and below their band at each r: measure × r, columns ``above`` and ``below``."""
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
    """Whether verdicts survive another treatment of places: *nearly all* stay where at most 5 % change, *most* at most 20 %, else *many change*."""
    share = changed / n
    return "nearly all verdicts stay" if share <= 0.05 else "most verdicts stay" if share <= 0.2 else "many verdicts change"


def changed(found: Localisation, other: Localisation, measure: str = "M", *, against: str = "M") -> int:
    """How many industries get another verdict by ``measure`` in ``other`` than by ``against`` in ``found``."""
    before, after = (
        one.tests[one.tests["measure"] == name].set_index("industry")["verdict"] for one, name in ((found, against), (other, measure))
    )
    return int((before != after.reindex(before.index)).sum())


def distance_title(found: Localisation) -> str:
    """At what distances how many industries are localised."""
    counted = by_distance(found)["above"]
    n = found.tests["industry"].nunique()
    parts = []
    for measure in found.tests["measure"].unique():
        curve = counted[measure]
        peak = curve[curve == curve.max()].index
        parts.append(f"{curve.max()} by {measure} at {peak[0] / 1000:.0f} km")
    return f"Of {n} industries at most {listing(parts)} lie above their band at one distance"


def distance_alt(found: Localisation) -> str:
    """The curves in words."""
    counted, said = by_distance(found), []
    for measure in found.tests["measure"].unique():
        curve = counted.loc[measure]
        at = [curve.index[i] for i in sorted({0, len(curve) // 2, len(curve) - 1})]
        said.append(f"{measure}: " + ", ".join(f"{curve.loc[r, 'above']} above and {curve.loc[r, 'below']} below at {r / 1000:.0f} km" for r in at))
    n = found.tests["industry"].nunique()
    return f"Lines of how many of {n} industries lie beyond their global band at each distance, above upwards and below downwards. {'; '.join(said)}."


def strongest(found: Localisation, r: float, most: int = 6) -> list[str]:
    """The industries localised by M with the highest M at r."""
    curves = found.curves[(found.curves["measure"] == "M") & (found.curves["r"] == r)].set_index("industry")["observed"]
    return list(curves[localised(found, "M")].sort_values(ascending=False, kind="stable").index[:most])


def curves_title(found: Localisation, shown: list[str], r: float, labels: Mapping[str, str]) -> str:
    """Whose plants are the most frequent around their own."""
    if not shown:
        return "No industry is localised by M"
    curves = found.curves[(found.curves["measure"] == "M") & (found.curves["r"] == r)].set_index("industry")["observed"]
    return f"Within {r / 1000:.0f} km of its own plants, {labels[shown[0]]} is {curves[shown[0]]:.0f} times as frequent as among all registered plants"


def curves_alt(found: Localisation, shown: list[str], labels: Mapping[str, str]) -> str:
    """Each panel in words."""
    part = found.curves[(found.curves["measure"] == "M") & found.curves["industry"].isin(shown)].set_index(["industry", "r"])
    said = []
    for name in shown:
        one = part.loc[name]
        ends = [one.index[0], one.index[-1]]
        said.append(f"{labels[name]}: " + ", ".join(f"{one.loc[r, 'observed']:.1f} at {r / 1000:.0f} km (band to {one.loc[r, 'high']:.1f})" for r in ends))
    return f"Small panels of M by distance on a logarithmic axis, a grey band of chance around one and a dark line that falls with distance. {'; '.join(said)}."


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
    """Whether neighbours are alike at each level, and how many zones stand in a cluster after correction."""
    said = listing(f"{row.I:.2f} among {row.level}" for row in rows.itertuples())
    zones = clusters["zones"]
    found, alone = (int((zones[column] != "not significant").sum()) for column in ("cluster", "alone"))
    return (
        f"Neighbours are alike in their share of industry {alike_words(rows)} of areas (Moran's I {said}), but only {found} of {len(zones)} zones stand in a "
        f"cluster that survives the correction for many tests, of {alone} without it."
        if found < alone
        else f"Neighbours are alike in their share of industry {alike_words(rows)} of areas (Moran's I {said}); {found} of {len(zones)} zones stand in a cluster."
    )


def sure_sentence(jitter: int, ties: int, n: int, counted: float) -> str:
    """How sure: what the places of plants allow, and what is not measured."""
    return (
        f"Plants are known by commune and are large emitters only: with places scattered in the commune {steady_words(jitter, n)} ({jitter} of {n} change), and without pairs in one "
        f"commune {steady_words(ties, n)} ({ties}); counts of establishments say nothing of their size, and {100 * counted:.0f} % of those in manufacturing make artisan food."
    )


def moran_title(rows: pd.DataFrame) -> str:
    """Whether neighbours are alike, and how that changes with the size of areas."""
    main = rows[(rows["neighbours"] == "contiguity") & (rows["scale"] == "deviate") & (rows["counted"] == rows["counted"].iloc[0])]
    return f"Neighbours are alike {alike_words(rows)} of areas and neighbours; I {size_words(main)} from large areas to small"


def moran_alt(rows: pd.DataFrame) -> str:
    """Every mark in words."""
    said = [f"{r.level}, {r.counted}, {r.neighbours}, {r.scale}: {r.I:.2f} (chance {r.low:.2f} to {r.high:.2f})" for r in rows.itertuples()]
    return f"Marks of Moran's I on rows of areas and neighbours, full for rates made comparable and hollow for plain shares, beside grey bars of chance around zero. {'; '.join(said)}."


def food_sentence(rows: pd.DataFrame) -> str:
    """What leaving artisan food out does to I between départements: *raises*, *lowers*, or *hardly moves* it (by less than 0.05)."""
    by = rows[(rows["neighbours"] == "contiguity") & (rows["scale"] == "share")].set_index("counted")["I"]
    step = by["without artisan food"] - by["with artisan food"]
    how = "hardly moves" if abs(step) < 0.05 else "raises" if step > 0 else "lowers"
    return f"Leaving artisan food out {how} Moran's I between départements, from {by['with artisan food']:.2f} to {by['without artisan food']:.2f}"


def clusters_title(zones: pd.DataFrame) -> str:
    """How many zones stand in a cluster, and where the share is highest."""
    found, alone = (int((zones[column] != "not significant").sum()) for column in ("cluster", "alone"))
    top = zones["share"].idxmax()
    kept = f"of {alone} zones unlike chance one by one, {found} stay after the correction"
    return f"{kept[:1].upper()}{kept[1:]}; {zones.loc[top, 'name']} has the highest share, {'in no cluster' if zones.loc[top, 'cluster'] == 'not significant' else 'in a cluster'}"


def clusters_alt(zones: pd.DataFrame, labelled: pd.DataFrame) -> str:
    """What the map shows, in words."""
    said = [f"{kind} {len(part)}, as {listing(part.sort_values('p')['name'].head(4))}" for kind, part in zones.groupby("alone") if kind != "not significant"]
    kept = zones.loc[zones["cluster"] != "not significant", "name"]
    return (
        f"Map of {len(zones)} employment zones filled by kind of cluster: {'; '.join(said) or 'none'}. Outlined, after the correction: {listing(kept)}. "
        f"Labelled: {listing(labelled['label'])}."
    )


def cluster_table(clusters: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """How many areas of each level stand in a cluster of each kind after the correction, and without it."""
    kept = {level: table["cluster"].value_counts() for level, table in clusters.items()}
    table = pd.DataFrame(kept).T.reindex(columns=["high-high", "low-low", "high-low", "low-high"]).fillna(0).astype(int)
    rest = {"areas": {level: len(one) for level, one in clusters.items()}}
    alone = {"without the correction": {level: int((one["alone"] != "not significant").sum()) for level, one in clusters.items()}}
    return table.assign(**{name: pd.Series(values) for name, values in (rest | alone).items()})


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
    why = {
        "establishments": "metropolitan départements",
        "communes": "metropolitan communes",
        "zone_shapes": "metropolitan zones",
        "plants": "in manufacturing (NAF 10 to 33), with a coordinate",
    }
    rows = {name: (one.producer, len(one.table), looked[name], why[name]) for name, one in data.items()}
    return pd.DataFrame.from_dict(rows, "index", columns=["producer", "rows read", "looked at", "which"]).rename_axis("table")


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
        "pairs_share": float((on_point > 1).mean()),
        "one_point_share": float((together * (together - 1)).sum() / (sizes * (sizes - 1)).sum()),
        "smallest_km": smallest,
        "smallest_words": "kept to" if from_km >= smallest else "kept to within a kilometre" if from_km >= smallest - 1 else "not kept to",
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


def space_numbers(rows: pd.DataFrame, clusters: Mapping[str, pd.DataFrame], zone_of: pd.Series) -> dict[str, object]:
    """What the text names of areas side by side; ``zone_of`` gives each commune's zone."""
    names = {"départements": "departements"}
    numbers: dict[str, object] = {f"moran_{names.get(row.level, row.level)}": row.I for row in rows.itertuples()}
    for level, table in clusters.items():
        numbers[f"{names.get(level, level)}_alone"] = int((table["alone"] != "not significant").sum())
        numbers[f"{names.get(level, level)}_kept"] = int((table["cluster"] != "not significant").sum())
    zones, communes = clusters["zones"], clusters["communes"]
    high = communes.index[communes["cluster"] == "high-high"]
    inside = zones["alone"].reindex(zone_of.reindex(high)).eq("high-high")
    top = zones.sort_values("share", ascending=False, kind="stable").head(5)
    within = int((top["cluster"] == "high-high").sum())
    return numbers | {
        "size_words": size_words(rows),
        "shared_share": float(inside.mean()) if len(inside) else 0.0,
        "top_zones_words": listing(top["name"]),
        "top_words": f"{extent_words(within, len(top))} of them stand in a *high-high* cluster that stays",
    }
