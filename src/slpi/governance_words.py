"""What the chapter on governance says: titles, alt texts and verdicts, each computed from its tables by a written rule."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from slpi.governance_texts import DIMENSIONS
from slpi.pole import Pole, centre, power, tied, volunteers
from slpi.verdicts import count, listing, plain

#: The middle of a scale of the codebook: a model is *networked* above it, *hierarchical* below.
MIDDLE = 0.5
#: From this share of all that a star would have on, ties turn around one member; from this power on, so do decisions.
STAR = 0.5
#: A p, corrected for those side by side, up to this is said to differ from what was drawn.
UNLIKELY = 0.05


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def short(dimension: str) -> str:
    """A dimension as a figure of governance names it, on one line."""
    return DIMENSIONS.get(dimension, plain(dimension)).replace("\n", " ")


def _stated(found: pd.DataFrame) -> pd.DataFrame:
    return found[found["mode"] == "stated"].set_index(["unit", "dimension"])


# Forms.


def model_words(found: pd.DataFrame, unit: str, dimension: str) -> str:
    """Which model a unit follows on a dimension from hierarchy (0) to network (1).

    The rule: *networked* when value and range lie above the middle of the scale, *hierarchical* when they lie below, *between the two*
    when the range holds the middle, *not said* where nothing is stated.
    """
    stated = _stated(found)
    if (unit, dimension) not in stated.index:
        return "not said"
    low, high = stated.loc[(unit, dimension), ["low", "high"]]
    return "networked" if low > MIDDLE else "hierarchical" if high < MIDDLE else "between the two"


def models_words(found: pd.DataFrame, units: Iterable[str], dimension: str) -> str:
    """Which model each unit follows on one dimension, those alike together, those of which nothing is stated last."""
    units = list(units)
    words = {unit: model_words(found, unit, dimension) for unit in units}
    alike = {word: [unit for unit in units if words[unit] == word] for word in ("hierarchical", "between the two", "networked", "not said")}
    named = {word: listing(f"for {'the ' * ('PTCE' in unit)}{unit}" for unit in some) for word, some in alike.items()}
    said = ", ".join(f"{word} {named[word]}" for word, some in alike.items() if some and word != "not said")
    return "; ".join(filter(None, [said, f"not stated {named['not said']}" if alike["not said"] else ""]))


def answer_sentence(found: pd.DataFrame, comparators: Iterable[str], dimension: str = "governance_decentralisation") -> str:
    """On who decides: whether group-led and network PTCE follow one model, and how the comparators stand."""
    kinds = ["group-led PTCE", "network PTCE"]
    models = {model_words(found, unit, dimension) for unit in kinds}
    one = "no single model" if len(models) > 1 else "no model that is stated" if models == {"not said"} else "one model"
    return f"On {short(dimension)}, the PTCE follows {one}; governance is {models_words(found, [*kinds, *comparators], dimension)}."


def ties_sentence(found: pd.DataFrame, units: Iterable[str], asked: str) -> str:
    """How firms deal with each other, and where this is told of a unit whose deciding bodies are not spoken of."""
    units, dimension = list(units), "coordination_horizontality"
    only = [
        unit
        for unit in units
        if model_words(found, unit, dimension) != "not said" and model_words(found, unit, "governance_decentralisation") == "not said"
    ]
    told = f"On {short(dimension)}, coordination is {models_words(found, units, dimension)}."
    return told + (f" For the {listing(only)}, {asked} is told of their production and not of the bodies that decide." if only else "")


def sure_sentence(found: pd.DataFrame, units: Iterable[str], dimensions: Iterable[str]) -> str:
    """How many cells are silent, and how many hold only what ought to be."""
    units, dimensions = list(units), list(dimensions)
    cells, told = len(units) * len(dimensions), _cells(found, units, dimensions)
    silent, ought = cells - len(told), sum("stated" not in modes for modes in told.values())
    return (
        f"Of {cells} cells of forms and dimensions {silent} are silent and {ought} hold only what ought to be or might be; "
        f"what is said of the PTCE comes from {_texts(_voices(found, units))}."
    )


def _texts(n: int) -> str:
    return "one text" if n == 1 else count(n, "text")


def _voices(found: pd.DataFrame, units: Iterable[str]) -> int:
    return int(found.loc[found["unit"].str.contains("PTCE") & found["unit"].isin(list(units)), "n_documents"].max())


def _cells(found: pd.DataFrame, units: Iterable[str], dimensions: Iterable[str]) -> dict[tuple[str, str], set[str]]:
    kept = found[found["unit"].isin(list(units)) & found["dimension"].isin(list(dimensions))]
    return {key: set(part) for key, part in kept.groupby(["unit", "dimension"], sort=False)["mode"]}


def matrix_title(found: pd.DataFrame, units: Iterable[str], dimensions: Iterable[str]) -> str:
    """How thin the evidence is, and whom it describes most."""
    units, dimensions = list(units), list(dimensions)
    told = _cells(found, units, dimensions)
    stated = pd.Series([unit for (unit, _), modes in told.items() if "stated" in modes]).value_counts(sort=False)
    most = stated.sort_values(ascending=False, kind="stable")
    first = listing(most.index[most == most.iloc[0]])
    cells = len(units) * len(dimensions)
    return (
        f"The texts are silent in {cells - len(told)} of {cells} cells; most is stated of the {first} "
        f"({most.iloc[0]} of {len(dimensions)} dimensions)"
    )


def matrix_alt(found: pd.DataFrame, units: Iterable[str]) -> str:
    """Every mark in words."""
    said = []
    for unit in units:
        rows = found[found["unit"] == unit]
        marks = [f"{short(row.dimension)} {row.value:.2f}{'' if row.mode == 'stated' else f' ({row.mode})'}" for row in rows.itertuples()]
        said.append(f"{unit}: {', '.join(marks) or 'nothing'}")
    drawn = "A small scale from 0 to 1 for each form and dimension: a mark where a text places it, hollow where it only ought to be"
    return f"{drawn}. {'; '.join(said)}."


def ought_sentence(found: pd.DataFrame, codes: pd.DataFrame) -> str:
    """Where what ought to be stands without, or against, what is."""
    stated, ought = _stated(found), found[found["mode"] == "prescribed"].set_index(["unit", "dimension"])
    alone: dict[str, list[str]] = {}
    for unit, d in ought.index:
        if (unit, d) not in stated.index:
            alone.setdefault(short(d), []).append(unit)
    against = [
        f"{short(d)} of the {unit} ({stated.loc[(unit, d), 'value']:.2f} stated, {ought.loc[(unit, d), 'value']:.2f} called for)"
        for unit, d in ought.index
        if (unit, d) in stated.index and stated.loc[(unit, d), "high"] < ought.loc[(unit, d), "low"] + 1e-9
    ]
    n = int((codes["status"] == "prescribed").sum())
    said = f"{n} of the rows used here {'says' if n == 1 else 'say'} what ought to be."
    named = listing(f"{dimension} ({listing(units)})" for dimension, units in alone.items())
    said += f" Nothing else is said on {named}." if alone else ""
    return said + (f" What ought to be stands against what is stated on {listing(against)}." if against else "")


# Group-led and network PTCE.


def names_sentence(cell: str, documents: int) -> str:
    """How many names one form's governance bears, and in how many texts."""
    if cell == "–":
        return "The texts give the governance of PTCE no name."
    return f"The governance of PTCE bears {count(len(cell.split('; ')), 'name')} in {_texts(documents)}."


def likened_sentence(cells: pd.Series) -> str:
    """What the governance of several forms is called, with the codes; a dash is silence."""
    said = {unit: "not named" if cell == "–" else listing(cell.split("; ")) for unit, cell in cells.items()}
    return _upper("; ".join(f"the governance of the {unit} is {called}" for unit, called in said.items())) + "."


def kinds_sentence(forms: pd.DataFrame, units: Mapping[str, str]) -> str:
    """The definitions of several forms, as the corpus holds them."""
    definitions = forms.set_index("form_id")["definition"]
    return " ".join(f"The {name}: {definitions[unit]}." for unit, name in units.items())


def two_title(found: pd.DataFrame, a: str, b: str) -> str:
    """On what two units part most, and on what they do not part."""
    wide = found[found["mode"] == "stated"].pivot(index="dimension", columns="unit", values="value").reindex(columns=[a, b]).dropna()
    if wide.empty:
        return f"Nothing is stated of both the {a} and the {b}"
    apart = (wide[a] - wide[b]).abs().sort_values(ascending=False, kind="stable")
    first, alike = apart.index[0], [short(d) for d in apart.index[apart < 1e-9]]
    rest = f"; they do not part on {listing(alike)}" if alike else ""
    return f"The two kinds of PTCE part most on {short(first)} ({wide.loc[first, a]:.2f} and {wide.loc[first, b]:.2f}){rest}"


def two_alt(found: pd.DataFrame, a: str, b: str) -> str:
    """Both units on every dimension, in words."""
    rows = found[found["unit"].isin([a, b])]
    said = [
        f"{r.unit} on {short(r.dimension)} {r.value:.2f} ({r.low:.2f} to {r.high:.2f}{'' if r.mode == 'stated' else ', ' + r.mode})"
        for r in rows.itertuples()
    ]
    return f"Two marks a dimension on a scale from 0 to 1, joined where both units are described. {'; '.join(said)}."


def circular_sentence(rows: pd.DataFrame, names: Mapping[str, str]) -> str:
    """How much of what is said of each unit stands in the passage that defines it."""
    parts = [
        f"{row.defining} of {row.rows} rows on the {names[unit]} stand in the passage that defines it" for unit, row in rows.iterrows()
    ]
    return f"{listing(parts)}; the text that draws the line is the one that describes both sides."


# Public roles, compositions, marks, conditions.


def roles_title(roles: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """How many roles the named poles show, and for whom the texts are silent."""
    named = roles[roles["group"] == "named"]
    told, silent = named.dropna(subset="value"), named[named["value"].isna()]
    spread = f", from {told['value'].min():.2f} to {told['value'].max():.2f} on the scale" if len(told) else ""
    rest = f"; on {listing(labels[unit] for unit in silent['unit'])} the text is silent" if len(silent) else ""
    return f"{count(told['role'].nunique(), 'public role')} in {count(len(told), 'named PTCE', 'named PTCE')}{spread}{rest}"


def roles_alt(roles: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Every role in words."""
    said = []
    for row in roles.itertuples():
        place = "nothing stated" if np.isnan(row.value) else f"{row.value:.2f} ({row.low:.2f} to {row.high:.2f})"
        said.append(f"{labels[row.unit]} {place}{', ' + row.role if row.role else ''}")
    return f"Points with ranges on a scale from absent to carries or leads, forms above, named PTCE below. {'; '.join(said)}."


def roles_sentence(roles: pd.DataFrame) -> str:
    """Whether the named poles spread wider than the forms."""
    spans = roles.dropna(subset="value").groupby("group")["value"].agg(lambda values: values.max() - values.min())
    if not {"form", "named"} <= set(spans.index):
        return "Forms and named PTCE cannot be set side by side."
    wider = spans["named"] > spans["form"] + 1e-9
    spread = {group: f"{spans[group]:.2f} of the scale" for group in ("named", "form")}
    told = f"the named PTCE differ more among themselves ({spread['named']}) than the forms do ({spread['form']})"
    if not wider:
        told = f"the forms differ at least as much among themselves ({spread['form']}) as the named PTCE do ({spread['named']})"
    return f"By the place that the texts give to public actors, {told}."


def compositions_title(shares: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """The largest class of each pole, exact."""
    first = shares.loc[shares.groupby("system", sort=False)["value"].idxmax()]
    said = [
        f"{row['count']} of {row['fraction'].partition('/')[2]} in {labels[row['system']]} ({row['class']})" for _, row in first.iterrows()
    ]
    return f"The largest class: {listing(said)}; two ways of counting, no common scale"


def compositions_alt(shares: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Every share in words."""
    said = [
        f"{labels[system]}: {', '.join(part['class'] + ' ' + part['fraction'])}" for system, part in shares.groupby("system", sort=False)
    ]
    return f"One square a member, in rows by class. {'; '.join(said)}."


def range_words(row: pd.Series) -> str:
    """The range of a share if any one member left."""
    return f"{100 * row['low']:.0f} to {100 * row['high']:.0f} %"


def marks_sentence(marks: pd.DataFrame, ptce: Iterable[str], others: Iterable[str]) -> str:
    """Of whom more marks of the ESS are told: the named PTCE or systems under other labels.

    The rule counts different marks a system, and only says of whom more is *told*: what no text says may be there all the same. The others
    are chosen for such passages, so that they show what is told beyond the label, and not how often.
    """
    ptce, others = list(ptce), list(others)
    each = marks.groupby("unit_id")["trait"].nunique()
    outside, inside = (each.reindex(group, fill_value=0).mean() for group in (others, ptce))
    more = "More" if outside > inside else "Fewer" if outside < inside else "As many"
    told = f"{more} marks of the ESS are told of the {count(len(others), 'system')} under other labels ({outside:.1f} each), "
    told += f"chosen for such passages, {'as' if outside == inside else 'than'} of the {len(ptce)} named PTCE ({inside:.1f} each)"
    return told + (": the texts do not keep these marks for the label." if outside >= inside and outside else ".")


def others_sentence(systems: pd.DataFrame, forms: Mapping[str, str], units: Iterable[str]) -> str:
    """Named systems with the label that their text gives them."""
    named = systems.set_index("system_id")
    said = [f"{named.loc[unit, 'name']} ({forms.get(named.loc[unit, 'form_id'], named.loc[unit, 'form_id'])})" for unit in units]
    return f"Set beside the named PTCE are {listing(said)}."


def stakes_sentence(documents: pd.DataFrame, ids: Iterable[str]) -> str:
    """Who speaks, and what the author has at stake."""
    own = documents.set_index("document_id").loc[sorted(set(ids))]
    said = [f"{row.author} ({row.author_stake})" for row in own.itertuples()]
    return f"Those who speak, and their stakes: {'; '.join(said)}."


def conditions_sentence(conditions: pd.DataFrame, by_name: pd.DataFrame) -> str:
    """What is claimed, by whom, and whether any failure stands against it."""
    shared = [plain(name) for name in by_name.index[by_name["texts"].str.contains(";")]]
    cases = int(by_name["cases"].sum())
    test = f"{count(cases, 'claim')} tell of a case that lacked one"
    if cases == 0:
        test = "no text tells of a named case that lacked one, so that neither a configurational nor a causal test can be made"
    both = f"{listing(shared)} {'is' if len(shared) == 1 else 'are'} named in both" if shared else "none is named in both"
    texts = conditions["document_id"].nunique()
    named = f"{count(len(conditions), 'claim')} in {count(texts, 'text')} name {count(len(by_name), 'condition')} of success"
    return f"{named}; {both}, and {test}."


# A pole's own sheet.


def structure_words(pole: Pole) -> str:
    """Which of the two kinds of PTCE that the texts describe a sheet resembles.

    The rule. *Authority* lies with one when the strongest voter (a member; a college where colleges vote as one) has half of the Banzhaf
    power or more, or a veto. The *pivot* is one member when the centralisation of the ties is at least half that of a star. Both: as the
    group-led PTCE is described; neither: as the network PTCE; one of them: between the two; no ties: not assessable.
    """
    found = centre(pole)
    if pd.isna(found["centralisation"]):
        return "neither (the sheet gives no ties)"
    authority, pivot = found["veto"] or found["strongest_power"] >= STAR, found["centralisation"] >= STAR
    if authority and pivot:
        return "like the group-led PTCE as described"
    if not authority and not pivot:
        return "like the network PTCE as described"
    which = "authority lies with one, ties do not turn around one" if authority else "ties turn around one, authority lies with none"
    return f"between the two kinds of PTCE ({which})"


def structure_sentence(pole: Pole) -> str:
    """The verdict with its two numbers."""
    found, names = centre(pole), pole.members["name"]
    who = f"the college of {found['strongest']}" if pole.rule == "college" else names[found["strongest"]]
    alike = f", as much as {count(found['as_strong'], 'other')}," if found["as_strong"] else ""
    held = f"{who} holds {100 * found['strongest_power']:.0f} %{alike} of the Banzhaf power{' and a veto' if found['veto'] else ''}"
    if pd.isna(found["centralisation"]):
        return f"{pole.name} is {structure_words(pole)}; {held}."
    ties = f"{names[found['tied']]} is tied to {100 * found['reach']:.0f} % of the others, and the ties are "
    return f"{pole.name} is {structure_words(pole)}: {held}, {ties}{100 * found['centralisation']:.0f} % as centralised as a star."


def limits_sentence(pole: Pole) -> str:
    """What the sheet is worth as evidence on real poles."""
    if pole.status == "simulated":
        return "No board, budget or tie of a real pole is measured here: the texts give roles and a few counts, and the sheet is invented."
    return f"One pole is measured here, {pole.name}, by its own papers; of every other the texts give roles and a few counts."


def power_title(pole: Pole) -> str:
    """Where power lies farthest from the votes."""
    found, column = power(pole), "bloc_banzhaf" if pole.rule == "college" else "free_banzhaf"
    apart = (found[column] - found["vote_share"]).sort_values(key=abs, ascending=False, kind="stable")
    if abs(apart.iloc[0]) < 0.005:
        return "Each college has the power that its votes suggest"
    name = apart.index[0]
    return _upper(f"{name}: {100 * found['vote_share'][name]:.0f} % of the votes, {100 * found[column][name]:.0f} % of the power")


def power_alt(pole: Pole) -> str:
    """Members, votes and power of each college in words."""
    said = []
    for name, row in power(pole).mul(100).iterrows():
        bloc, free = (f"{row[f'{how}_banzhaf']:.0f} and {row[f'{how}_shapley']:.0f} %" for how in ("bloc", "free"))
        parts = f"members {row['member_share']:.0f} %, votes {row['vote_share']:.0f} %"
        said.append(f"{name}: {parts}, Banzhaf and Shapley–Shubik power {bloc} as a bloc, {free} member by member")
    return f"Five marks a college on a scale of shares. {'; '.join(said)}."


def ties_title(pole: Pole, found: pd.DataFrame) -> str:
    """What of the ties differs from drawn networks."""
    ties = found[found["group"] == "ties"].dropna(subset="value")
    if ties.empty:
        return "The sheet gives no ties that could be measured"
    differ = [plain(name) for name in ties.index[ties["p_holm"] <= UNLIKELY]]
    if not differ:
        return f"None of {len(ties)} figures of the ties differs from drawn networks"
    rest = f"{len(ties) - len(differ)} of {len(ties)} figures do not"
    return f"{_upper(listing(differ))} differ{'s' if len(differ) == 1 else ''} from drawn networks; {rest}"


def ties_alt(pole: Pole, found: pd.DataFrame) -> str:
    """Who is tied to how many, and each figure beside its null."""
    degrees = tied(pole).sum(axis=1).sort_values(ascending=False, kind="stable")
    named = ", ".join(f"{pole.members['name'][member]} {n}" for member, n in degrees.items())
    rows = found[found["group"] == "ties"].dropna(subset="value")
    said = "; ".join(
        f"{plain(name)} {r.value:.2f} against {r.expected:.2f}, p {r.p_holm:.3f}"
        for name, r in zip(rows.index, rows.itertuples(), strict=True)
    )
    left = f"Left, the members as points joined by their ties; ties of each: {named}"
    return f"{left}. Right, figures of the ties beside drawn networks: {said or 'none'}."


def resources_sentence(pole: Pole, found: pd.DataFrame) -> str:
    """The three kinds of resources, and how far the rate of an hour moves them."""
    if "market_share" not in found.index:
        return "The sheet gives no resources."
    parts = [
        f"{100 * found.loc[f'{kind}_share', 'value']:.0f} % {kind.replace('_', '-')}" for kind in ("market", "non_market", "non_monetary")
    ]
    row = found.loc["non_monetary_share"]
    moved = bool(row["high"] - row["low"] > 1e-9)
    rate = f"; at half or once and a half the rate of {pole.hourly_rate:g} euros an hour the last would be {range_words(row)}" * moved
    return f"Resources are {listing(parts)}{rate}."


def volunteers_sentence(pole: Pole) -> str:
    """Volunteers in the board and in the work; users in the bodies."""
    names = {"board_seats": "volunteers hold {} of the board's seats", "hours": "volunteers and users give {} of the hours worked"}
    names |= {"user_seats": "users sit on {} of the seats of all bodies", "user_seats_deciding": "on {} in bodies that decide"}
    found, said = volunteers(pole), []
    for name, words in names.items():
        row = found.loc[name]
        if not row[["low", "high"]].isna().any():
            span = f"{100 * row['low']:.0f} %" if row["low"] == row["high"] else f"{100 * row['low']:.0f} to {100 * row['high']:.0f} %"
            said.append(words.format(span))
    return _upper(f"{listing(said)}.") if said else "The sheet says too little of volunteers and users."


def beside_title(own: pd.DataFrame, documented: pd.DataFrame, pole: Pole, other: str) -> str:
    """Which legal class is the commonest among the ESS members of a pole, and in a documented one."""
    parts = [] if len(own) else [f"{pole.name} ({pole.status}) has none"]
    for shares, name in ((own, f"{pole.name} ({pole.status})"), (documented.set_index("class"), f"{other} (documented)")):
        if shares.empty:
            continue
        first = shares.index[shares["count"] == shares["count"].max()]
        parts.append(f"{listing(first)} in {name}, {shares['fraction'][first[0]].replace('/', ' of ')}{' each' if len(first) > 1 else ''}")
    return f"The commonest legal status of members of the ESS: {'; '.join(parts)}"


def bars_alt(bars: Mapping[str, pd.Series]) -> str:
    """Every share of every bar in words."""
    said = [f"{name}: {', '.join(f'{kind} {100 * value:.0f} %' for kind, value in shares.items())}" for name, shares in bars.items()]
    return f"A bar a body, divided by the legal status of its members. {'; '.join(said)}."
