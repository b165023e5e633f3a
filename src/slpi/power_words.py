"""What the chapter on power says: verdicts on error rates and on what can be found, each by a written rule."""

import pandas as pd

from slpi.power import LEVEL, NULLS, ODDS, TESTS, WANTED, smallest_odds
from slpi.verdicts import count, listing

#: Between these rates the interval of a test at 5 % must lie for its errors to be called as announced.
LOW, HIGH = 0.03, 0.07
#: The four nulls under which the primary test is to keep its level; the fifth is printed as it is.
KEPT = ("independent", "geography", "wrong_decay", "groups")
NULL_NAMES = {
    "independent": "independent",
    "geography": "shared geography",
    "wrong_decay": "shared geography with the wrong decay told",
    "groups": "shared groups and bodies",
    "size": "shared size that is not told",
    "wrong_decay_straight": "the wrong decay told without a spline",
}


def rate_words(low: float, high: float) -> str:
    """Whether errors are as announced.

    The rule, by the exact 95 % interval of the rate at 5 %: within 3 to 7 % *as often as announced*; wholly above 7 % *too often*; wholly
    below 3 % *too rarely*; else *open* on so few territories.
    """
    if low >= LOW and high <= HIGH:
        return "as often as announced"
    return "too often" if low > HIGH else "too rarely" if high < LOW else "open"


def nulls_sentence(rates: pd.DataFrame) -> str:
    """How often the primary test finds what is not there."""
    own = rates.xs("crt", level="test")
    words = {name: rate_words(row["low"], row["high"]) for name, row in own.iterrows()}
    kept = [name for name in KEPT if words.get(name) == "as often as announced"]
    said = f"Conditional randomisation rejects a true null as often as announced under {len(kept)} of {len(KEPT)} nulls"
    others = [f"{NULL_NAMES[name]}: {words[name]}" for name in KEPT if name in words and name not in kept]
    return said + (f" ({listing(others)})" if others else "") + "."


def size_sentence(rates: pd.DataFrame) -> str:
    """What shared size that nobody recorded does to each test."""
    rows = rates.xs("size", level="null")["rate"]
    each = listing(f"{TESTS[test]} {100 * rows[test]:.1f} %" for test in ("crt", "dsp", "msr") if test in rows)
    worst = rows.drop(index="crt_plain", errors="ignore").max()
    what = "a finding of such a study can be firm size and nothing else" if worst > 2 * HIGH else "size alone does little harm"
    return f"Where large firms have more ties of both kinds and nobody recorded size, a true null is rejected by {each}: {what}."


def straight_sentence(rates: pd.DataFrame) -> str:
    """What a wrong decay does where no spline mends it."""
    own = rates.xs("crt", level="test")
    if "wrong_decay_straight" not in own.index:
        return "What a wrong decay does without a spline was not run."
    row = own.loc["wrong_decay_straight"]
    word = rate_words(row["low"], row["high"])
    said = f"{100 * row['rate']:.1f} % of true nulls ({word if word != 'open' else 'on so few territories the reading is open'})"
    return f"Told the wrong decay as one straight term, without a spline, it rejects {said}."


def design_sentence(powers: pd.Series, replications: int, *, firms: int, equity_ties: int, lost: float) -> str:
    """What one design finds, run here."""
    found = smallest_odds(powers)
    said = f"finds an odds ratio of {odds_word(found)}" if pd.notna(found) else f"finds {odds_word(found)}"
    register = f"{100 * lost:.0f} % of the register lost" if lost else "a complete register"
    design = f"{firms} firms, {equity_ties} equity ties and {register}"
    return f"A design of {design} {said} with power {WANTED:g} ({count(replications, 'territory', 'territories')})."


def usual_sentence(rates: pd.DataFrame) -> str:
    """Under how many nulls the usual tests keep their level."""
    misled: dict[str, list[str]] = {}
    for test in ("dsp", "msr"):
        if test in rates.index.get_level_values("test"):
            rows = rates.xs(test, level="test")
            rows = rows.loc[[name for name in (*KEPT, "size") if name in rows.index]]
            over = [NULL_NAMES[str(name)] for name, row in rows.iterrows() if rate_words(row["low"], row["high"]) == "too often"]
            misled.setdefault(listing(over) if over else "none of them", []).append(TESTS[test])
    if not misled:
        return "The usual tests were not run."
    said = "; ".join(f"{listing(tests)} reject{'s' * (len(tests) == 1)} too often under {over}" for over, tests in misled.items())
    return f"{said[0].upper()}{said[1:]}."


def power_sentence(powers: pd.DataFrame, *, firms: int = 200, equity_ties: int = 40) -> str:
    """Power with a complete register, at odds ratios 2, 3 and 5."""
    row = cell(powers, firms=firms, equity_ties=equity_ties)
    first, *others = (f"{ratio:g} {{}}in {100 * row[f'power.at_{ratio:g}']:.0f} %" for ratio in (2.0, 3.0, 5.0))
    found = listing([f"an odds ratio of {first.format('is found ')} of territories", *(f"one of {one.format('')}" for one in others)])
    return f"With {firms} firms, {equity_ties} equity ties and a complete register, {found}."


def cell(powers: pd.DataFrame, **chosen: object) -> pd.Series:
    """The row of a design; the register complete, unless another share is asked for."""
    wanted = {"lost": 0.0, "loss": "random"} | chosen
    return powers[(powers[[*wanted]] == pd.Series(wanted)).all(axis=1)].iloc[0]


def smallest(powers: pd.DataFrame) -> pd.DataFrame:
    """Each design with the smallest odds ratio that it finds with power 0.8; NaN where none of those tried."""
    found = powers[["firms", "equity_ties", "lost", "loss"]].copy()
    tried = powers[[f"power.at_{ratio:g}" for ratio in ODDS]].set_axis(list(ODDS), axis=1)
    found["smallest"] = [smallest_odds(row) for _, row in tried.iterrows()]
    return found


def odds_word(value: float) -> str:
    """A smallest odds ratio in words."""
    return f"none up to {max(ODDS):g}" if pd.isna(value) else f"{value:.1f}"


def loss_sentence(powers: pd.DataFrame, *, firms: int = 200, equity_ties: int = 50) -> str:
    """What an incomplete register costs."""
    found = smallest(powers)
    rows = found[(found["firms"] == firms) & (found["equity_ties"] == equity_ties)]
    complete = rows.loc[rows["lost"] == 0, "smallest"].iloc[0]
    ways = {"random": "at random", "small_first": "from the smallest firms up"}
    lost = rows[rows["lost"] > 0].itertuples()
    each = listing(f"{odds_word(row.smallest)} with {100 * row.lost:.0f} % lost {ways[row.loss]}" for row in lost)
    design = f"With {firms} firms and {equity_ties} equity ties the smallest odds ratio found with power {WANTED:g} is"
    return f"{design} {odds_word(complete)} where the register is complete, {each}."


def loss_kind_sentence(powers: pd.DataFrame) -> str:
    """Which loss costs more, the same number of firms at random or the small ones first; over the designs in which both are tried."""
    found = smallest(powers)
    wide = found[found["lost"] > 0].pivot(index=["firms", "equity_ties", "lost"], columns="loss", values="smallest")
    if wide.empty or {"random", "small_first"} - set(wide):
        return "Which loss costs more was not tried."
    wide = wide.fillna(2 * max(ODDS))
    worse = int((wide["small_first"] > wide["random"]).sum())
    better = int((wide["small_first"] < wide["random"]).sum())
    said = f"in {worse} of {len(wide)} designs losing the small firms first costs more than losing as many at random, in {better} less"
    why = "the ties are with the large firms, and remain" if better > worse else "the small firms' ties are the ones that tell"
    return f"{said[0].upper()}{said[1:]}: {why}." if worse != better else f"{said[0].upper()}{said[1:]}."


def ties_sentence(powers: pd.DataFrame) -> str:
    """What more equity ties and what more firms do to power at an odds ratio of three, the register complete."""
    at = {(firms, ties): 100 * cell(powers, firms=firms, equity_ties=ties)["power.at_3"] for firms in (50, 200) for ties in (20, 100)}
    ties, firms = at[200, 100] - at[200, 20], at[200, 100] - at[50, 100]
    move = "adds" if firms > 0 else "takes"
    told = (
        f"among 200 firms, 100 equity ties in place of 20 add {ties:.0f} points of power" if ties > 0 else "more equity ties add no power"
    )
    return f"At an odds ratio of 3, {told}; 200 firms in place of 50, with as many equity ties, {move} {abs(firms):.0f}."


def survey_sentence(powers: pd.DataFrame, *, wanted: float = 3.0) -> str:
    """What a field survey must collect to find an odds ratio: the smallest designs that are enough, by equity ties."""
    found = smallest(powers)
    enough = found[(found["lost"] == 0) & (found["smallest"] <= wanted)].sort_values(["firms", "equity_ties"])
    if enough.empty:
        return f"No design tried finds an odds ratio of {wanted:g} with power {WANTED:g}."
    first = enough.drop_duplicates("firms")
    said = listing(f"{row.equity_ties} equity ties among {row.firms} firms" for row in first.itertuples())
    lossy = found[(found["lost"] > 0) & (found["smallest"] <= wanted)]
    kept = f"{len(lossy)} of {count(int((found['lost'] > 0).sum()), 'design')} with an incomplete register still do"
    return f"An odds ratio of {wanted:g} is found with power {WANTED:g} from {said}, the register complete; {kept}."


def reproduced_sentence(again: pd.DataFrame, territories: int) -> str:
    """Whether what was run again gives the committed counts."""
    again = again[again["committed"].notna()]
    if again.empty:
        return "Nothing that is committed was run again here."
    same = int((again["again"] == again["committed"]).sum())
    what = "all as committed" if same == len(again) else f"{len(again) - same} differ from what is committed"
    return f"Run again here: {count(len(again), 'count')} on {count(territories, 'territory', 'territories')} of each null, {what}."


def nulls_title(rates: pd.DataFrame) -> str:
    """Which test keeps its level under how many of the five nulls."""
    said = []
    for test in ("crt", "dsp", "msr"):
        if test in rates.index.get_level_values("test"):
            rows = rates.xs(test, level="test")
            five = [name for name in (*KEPT, "size") if name in rows.index]
            over = sum(rate_words(rows.loc[name, "low"], rows.loc[name, "high"]) == "too often" for name in five)
            said.append(f"{TESTS[test]} under {over}")
    return f"Of five true nulls, rejected too often: by {listing(said)}" if said else "No null was run"


def nulls_alt(rates: pd.DataFrame) -> str:
    """Every rate in words."""
    each = [
        f"{NULL_NAMES[str(name)]}, {TESTS[str(test)]} {100 * row['rate']:.1f} % ({100 * row['low']:.1f} to {100 * row['high']:.1f})"
        for (name, test), row in rates.iterrows()
    ]
    return f"Dots with intervals on an axis of rejection rates, a band from 3 to 7 %. {'; '.join(each)}."


def power_title(powers: pd.DataFrame) -> str:
    """How many designs find an odds ratio of three."""
    found = smallest(powers)
    enough = int((found["smallest"] <= 3).sum())
    return f"An odds ratio of 3 is found with power {WANTED:g} by {enough} of {count(len(found), 'design')}"


def power_alt(powers: pd.DataFrame) -> str:
    """Every design in words."""
    ways = {"random": "at random", "small_first": "small first"}
    each = []
    for row in smallest(powers).itertuples():
        lost = f"{100 * row.lost:.0f} % lost {ways[row.loss]}" if row.lost else "none lost"
        each.append(f"{row.firms} firms, {row.equity_ties} ties, {lost}: {odds_word(row.smallest)}")
    return f"Tables of the smallest odds ratio found with power {WANTED:g}, one a way of losing firms from the register. {'; '.join(each)}."


def curve_alt(powers: pd.DataFrame) -> str:
    """Power curves in words."""
    rows = powers[powers["lost"] == 0]
    each = [
        f"{r['firms']} firms, {r['equity_ties']} ties: {100 * r['power.at_3']:.0f} % at 3, {100 * r['power.at_5']:.0f} % at 5"
        for _, r in rows.iterrows()
    ]
    return f"Rising curves of power over the odds ratio, one a design, a line at {WANTED:g}. {'; '.join(each)}."


def curve_title(powers: pd.DataFrame) -> str:
    """What more firms and what more equity ties bring at an odds ratio of three."""
    at = [100 * cell(powers, firms=firms, equity_ties=ties)["power.at_3"] for firms, ties in ((200, 20), (200, 100), (50, 100))]
    lead = "Equity ties count more than firms" if at[1] - at[0] > abs(at[1] - at[2]) else "Firms count as much as equity ties"
    return f"{lead}: at odds 3, power {at[0]:.0f} % with 20 ties, {at[1]:.0f} % with 100 (200 firms); {at[2]:.0f} % (50 firms, 100)"


def null_says(name: str) -> str:
    """What happens under a null."""
    return NULLS[name].says


def level_word() -> str:
    """The level of every test here, in per cent."""
    return f"{100 * LEVEL:g} %"
