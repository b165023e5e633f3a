"""Verdicts on power: change the counts and the sentence changes."""

import pandas as pd
import pytest

from slpi import power_figures, power_words
from slpi.power import ODDS, clopper_pearson, rates


def counted(**rejected: int) -> pd.DataFrame:
    """Rates from rejections of 2,500 territories by null; the usual tests reject 500 of them everywhere."""
    rows = [(name, 0, 2500, number, number // 2, 500, 500) for name, number in rejected.items()]
    return rates(pd.DataFrame(rows, columns=["null", "first", "territories", "crt", "crt_plain", "dsp", "msr"]))


GOOD = {"independent": 120, "geography": 125, "wrong_decay": 130, "groups": 110, "size": 150, "wrong_decay_straight": 300}


def powers(**changed: float) -> pd.DataFrame:
    rows = []
    for lost, loss in ((0.0, "random"), (0.3, "random"), (0.3, "small_first")):
        for firms in (50, 200):
            for ties in (20, 40, 50, 100):
                share = {f"power.at_{ratio:g}": min(1.0, ratio * ties * (1 - lost) / 250) for ratio in ODDS}
                rows.append({"firms": firms, "equity_ties": ties, "lost": lost, "loss": loss, "replications": 100, **share} | changed)
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("count", "of", "word"),
    [(125, 2500, "as often as announced"), (300, 2500, "too often"), (30, 2500, "too rarely"), (5, 100, "open"), (170, 2500, "open")],
)
def test_a_rate_is_read_by_its_exact_interval(count, of, word):
    assert power_words.rate_words(*clopper_pearson(count, of)) == word


def test_the_sentence_on_nulls_counts_those_that_keep_the_level():
    assert "under 4 of 4 nulls." in power_words.nulls_sentence(counted(**GOOD))
    off = power_words.nulls_sentence(counted(**GOOD | {"geography": 300, "groups": 170}))
    assert "under 2 of 4 nulls (shared geography: too often and shared groups and bodies: open)" in off


def test_shared_size_is_harmless_or_not_by_its_rates():
    said = power_words.size_sentence(counted(**GOOD))
    assert "20.0 %" in said and said.endswith("firm size and nothing else.")
    rows = counted(**GOOD)
    rows.loc[("size", "dsp"), "rate"] = rows.loc[("size", "msr"), "rate"] = 0.06
    assert power_words.size_sentence(rows).endswith("size alone does little harm.")


def test_the_usual_tests_are_named_with_the_nulls_that_mislead_them():
    said = power_words.usual_sentence(counted(**GOOD))
    assert said.startswith("Double semi-partialling and Moran spectral reject too often under independent, shared geography")
    rows = counted(**GOOD)
    rows.loc[rows.index.get_level_values("test") == "dsp", ["low", "high"]] = 0.04, 0.06
    assert (
        "Double semi-partialling rejects too often under none of them; Moran spectral rejects too often under independent"
        in power_words.usual_sentence(rows)
    )
    assert power_words.usual_sentence(rows.loc[(slice(None), ["crt"]), :]) == "The usual tests were not run."


def test_a_wrong_decay_without_a_spline_is_told_or_missing():
    assert "rejects 12.0 % of true nulls (too often)" in power_words.straight_sentence(counted(**GOOD))
    assert "was not run" in power_words.straight_sentence(counted(**{k: v for k, v in GOOD.items() if k != "wrong_decay_straight"}))


def test_sentences_on_power_follow_the_table():
    table = powers()
    assert "an odds ratio of 2 is found in 32 % of territories, one of 3 in 48 % and one of 5 in 80 %" in power_words.power_sentence(table)
    assert power_words.loss_sentence(table).count(
        "5.6 with 30 % lost at random"
    ) == 1 and "lost from the smallest firms up" in power_words.loss_sentence(table)
    assert "from 100 equity ties among 50 firms and 100 equity ties among 200 firms" in power_words.survey_sentence(table, wanted=3.0)
    nothing = powers(**{f"power.at_{ratio:g}": 0.1 for ratio in ODDS})
    assert power_words.survey_sentence(nothing).startswith("No design tried")
    assert "none up to 20" in power_words.loss_sentence(nothing)
    assert power_words.power_title(nothing).endswith("by 0 of 24 designs") and power_words.power_title(table).endswith("by 6 of 24 designs")


def test_which_loss_costs_more_is_read_from_the_table():
    table = powers()
    assert power_words.loss_kind_sentence(table).startswith("In 0 of 8 designs losing the small firms first costs more")
    worse = table.copy()
    worse.loc[worse["loss"] == "small_first", [f"power.at_{ratio:g}" for ratio in ODDS]] *= 0.5
    assert "small firms' ties are the ones that tell" in power_words.loss_kind_sentence(worse)
    better = table.copy()
    better.loc[(better["loss"] == "random") & (better["lost"] > 0), [f"power.at_{ratio:g}" for ratio in ODDS]] *= 0.5
    assert "the ties are with the large firms" in power_words.loss_kind_sentence(better)
    assert power_words.loss_kind_sentence(table[table["lost"] == 0]) == "Which loss costs more was not tried."


def test_what_more_ties_and_more_firms_bring_is_read_from_the_table():
    assert "add 76 points of power; 200 firms in place of 50, with as many equity ties, takes 0" in power_words.ties_sentence(powers())
    table = powers()
    table.loc[(table["firms"] == 200), "power.at_3"] = 0.5
    table.loc[(table["firms"] == 50), "power.at_3"] = 0.2
    assert power_words.ties_sentence(table).endswith(
        "more equity ties add no power; 200 firms in place of 50, with as many equity ties, adds 30."
    )


def test_a_design_run_here_says_what_it_finds():
    found = pd.Series({2.0: 0.5, 4.0: 0.9})
    said = power_words.design_sentence(found, 50, firms=100, equity_ties=30, lost=0.3)
    assert "100 firms, 30 equity ties and 30 % of the register lost finds an odds ratio of 3.4" in said and "50 territories" in said
    assert "finds none up to 20" in power_words.design_sentence(found * 0, 1, firms=9, equity_ties=3, lost=0)


def test_what_is_run_again_is_told_apart_where_it_differs():
    again = pd.DataFrame({"again": [1, 2], "committed": [1.0, 2.0]}, index=["a", "b"])
    assert power_words.reproduced_sentence(again, 25).endswith("2 counts on 25 territories of each null, all as committed.")
    assert "1 differ from what is committed" in power_words.reproduced_sentence(again.assign(committed=[1.0, 3.0]), 25)
    assert power_words.reproduced_sentence(again.assign(committed=float("nan")), 25).startswith("Nothing")


def test_figures_say_their_finding_and_have_words_for_listeners():
    found, table = counted(**GOOD), powers()
    assert power_words.nulls_title(found).startswith("Of five true nulls, rejected too often: by conditional randomisation under 0")
    assert power_words.nulls_title(found.iloc[:0]) == "No null was run"
    assert "4.8 % (4.0 to 5.7)" in power_words.nulls_alt(found)
    assert "200 firms, 40 ties: 48 % at 3, 80 % at 5" in power_words.curve_alt(table)
    assert "50 firms, 20 ties, none lost: 10.0" in power_words.power_alt(table)
    assert power_words.curve_title(table).startswith(
        "Equity ties count more than firms: at odds 3, power 24 % with 20 ties, 100 % with 100"
    )
    drawn = [
        power_figures.null_rates(found, title="t", status="simulated"),
        power_figures.power_curves(table, title="t", status="simulated"),
        power_figures.smallest_tables(
            powers(**{"power.at_20": 0.1, "power.at_15": 0.1, "power.at_10": 0.1}), title="t", status="simulated"
        ),
    ]
    assert all(fig.texts[-1].get_text() == "simulated" for fig in drawn)
    assert power_words.level_word() == "5 %" and "large firms" in power_words.null_says("size")
