"""How often the tests of ``slpi.association`` find what is there, and what is not, on territories made by ``slpi.simulate``.

Every territory is drawn from a seed of its own, so that any part of a long run can be run again and must give the same counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from slpi.association import TieModel, crt, mrqap, partialled, qap, tie_model
from slpi.labelled import Bools, Floats, Ints, require, require_one_of
from slpi.simulate import Firms, TieLaw, choose_ties, draw_firms, draw_ties, pair_ends

Loss = Literal["random", "small_first"]
LEVEL, DRAWS = 0.05, 999
FIRMS, EQUITY_TIES, MEAN_PARTNERS = 200, 40, 6
PARTNERS = 4.0, 8.0  # partners in production that a firm has on average, from one territory of a null to the other
ODDS = (1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 15.0, 20.0)
WANTED = 0.8
WRONG_DECAY_KM = 40.0
PRODUCTIVE = {"near": 3.0, "decay_km": 15.0, "size": 0.5, "sector": 0.8, "group": 1.5, "body": 0.4}
#: What also draws equity ties together where power is asked for: they are no arbitrary pairs even without productive ties.
EQUITY = {"near": 1.5, "decay_km": 30.0, "size": 0.3, "body": 0.3}


@dataclass(frozen=True)
class Null:
    """A way in which both layers come about without one being bound to the other.

    Attributes
    ----------
    says : str
    productive, equity : mapping
        Fields of `TieLaw`, over those of every territory.
    sees_size : bool
        Whether the model is told the firms' sizes.
    wrong_decay : bool
        Whether it is told, in place of distance, a closeness that fades much more slowly than the layers do.
    spline : bool
        Whether distance, or that closeness, enters as a spline or as one straight term.
    """

    says: str
    productive: Mapping[str, float] = field(default_factory=dict)
    equity: Mapping[str, float] = field(default_factory=dict)
    sees_size: bool = True
    wrong_decay: bool = False
    spline: bool = True


NULLS = {
    "independent": Null("equity ties fall on any two firms"),
    "geography": Null("both layers thin out with distance, each at its own pace", equity={"near": 4.0, "decay_km": 30.0}),
    "wrong_decay": Null(
        "both layers fade within a few kilometres; the model is told a closeness that fades over forty, as a spline",
        {"decay_km": 6.0},
        {"near": 4.0, "decay_km": 6.0},
        wrong_decay=True,
    ),
    "groups": Null("both layers are denser within groups and among members of one body", equity={"group": 3.0, "body": 1.5}),
    "size": Null(
        "large firms have more ties of both layers; the model is not told the size of any", {"size": 0.8}, {"size": 1.2}, sees_size=False
    ),
    "wrong_decay_straight": Null(
        "as with the wrong decay, but the closeness enters as one straight term",
        {"decay_km": 6.0},
        {"near": 4.0, "decay_km": 6.0},
        wrong_decay=True,
        spline=False,
    ),
}
#: What each count of a run is called: the primary test; it, with whole ties counted and the fit taken as given; the two beside it.
TESTS = {
    "crt": "conditional randomisation",
    "crt_plain": "the same, fit taken as given",
    "dsp": "double semi-partialling",
    "msr": "Moran spectral",
}


@dataclass(frozen=True)
class Surveyed:
    """What a survey has of a drawn territory: firms, both layers as places in the lower triangle, and the model's matrices."""

    firms: Firms
    productive: Floats
    covariates: dict[str, Floats]
    splines: tuple[str, ...]
    kept: Bools
    same_group: Bools

    def layer(self, index: Ints) -> Floats:
        """A layer among the firms that are known, pairs within a group set aside."""
        found = _matrix(len(self.kept), index)[np.ix_(self.kept, self.kept)]
        found[self.same_group] = np.nan
        return found

    def model(self) -> TieModel:
        return tie_model(self.productive, self.covariates, splines=self.splines)


def _matrix(n: int, index: Ints) -> Floats:
    rows, columns = pair_ends(index)
    found = np.zeros((n, n))
    found[rows, columns] = found[columns, rows] = 1.0
    return found


def remaining(firms: Firms, lost: float, loss: Loss, random: np.random.Generator) -> Bools:
    """The firms that a register still has: it lost this share, at random or the smallest first (a firm's size, with some luck)."""
    require(0 <= lost < 1, f"lost = {lost:g}: a share below 1 is needed")
    require_one_of(loss, "loss", ("random", "small_first"))
    luck = random.normal(size=firms.n)
    order = np.argsort(luck if loss == "random" else firms.size + 0.3 * luck, kind="stable")
    kept = np.ones(firms.n, dtype=bool)
    kept[order[: round(lost * firms.n)]] = False
    return kept


def survey(firms: Firms, productive: Ints, null: Null, kept: Bools) -> Surveyed:
    """What is known of a territory, and what the model of its productive layer is told."""
    x, y = (one[kept] for one in firms.xy.T)
    distance = np.hypot(x[:, None] - x, y[:, None] - y)
    size, sector, group, bodies = firms.size[kept], firms.sector[kept], firms.group[kept], firms.bodies[kept].astype(int)
    told = np.exp(-distance / (1000 * WRONG_DECAY_KM)) if null.wrong_decay else distance
    covariates = {"distance": told, "sector": 1.0 * (sector[:, None] == sector), "body": 1.0 * (bodies @ bodies.T > 0)}
    if null.sees_size:
        covariates["size"] = size[:, None] + size
    same_group = (group[:, None] == group) & (group >= 0)
    np.fill_diagonal(same_group, False)
    outside = np.tril(~same_group, -1)
    told_apart = {name: one for name, one in covariates.items() if np.ptp(one[outside]) > 0}
    splines = ("distance",) if null.spline and "distance" in told_apart else ()
    known = Surveyed(firms, np.zeros(0), told_apart, splines, kept, same_group)
    return Surveyed(firms, known.layer(productive), told_apart, splines, kept, same_group)


def null_trial(
    name: str, seed: int, *, firms: int = FIRMS, equity_ties: int = EQUITY_TIES, draws: int = DRAWS, beside: bool = True
) -> dict[str, float]:
    """The p-value of each test on one territory in which nothing binds the layers.

    Parameters
    ----------
    name : str
        Of the null, a key of ``NULLS``.
    seed : int
        Of the territory.
    firms, equity_ties, draws : int
    beside : bool
        Whether the other tests are run too, which take most of the time.

    Returns
    -------
    dict of test to p

    Examples
    --------
    >>> sorted(null_trial("independent", 0, firms=40, equity_ties=15, draws=99))
    ['crt', 'crt_plain', 'dsp', 'msr']
    """
    require_one_of(name, "null", NULLS)
    null = NULLS[name]
    random = np.random.default_rng([seed, [*NULLS].index(name), firms, equity_ties])
    drawn = draw_firms(firms, random)
    number = round(random.uniform(*PARTNERS) * firms / 2)
    productive = draw_ties(drawn, TieLaw(number, **{**PRODUCTIVE, **null.productive}), random)
    equity = choose_ties(drawn, TieLaw(equity_ties, **null.equity), productive, random)
    known = survey(drawn, productive, null, np.ones(firms, dtype=bool))
    y, model = known.layer(equity), known.model()
    found = {"crt": crt(y, known.productive, model=model, draws=draws, rng=seed).p}
    if beside:
        found["crt_plain"] = crt(y, known.productive, model=model.probabilities, draws=draws, rng=seed).p
        left = partialled({"y": y, "x": known.productive}, model)
        found["dsp"] = qap(left["y"], left["x"], permutations=draws, rng=seed).p
        spectral = mrqap(left["y"], {"x": left["x"]}, null="msr", places=drawn.xy, permutations=draws, rng=seed)
        found["msr"] = float(spectral.table.loc["x", "p"])
    return found


def rejections(name: str, seeds: Iterable[int], *, level: float = LEVEL, **settings: object) -> pd.Series:
    """How many of these territories each test rejects.

    Returns
    -------
    Series
        territories, then a number of rejections a test.
    """
    p = pd.DataFrame([null_trial(name, seed, **settings) for seed in seeds])  # type: ignore[arg-type]
    return pd.concat([pd.Series({"territories": len(p)}), (p <= level).sum()]).astype(int)


def detected(
    seed: int,
    *,
    firms: int = FIRMS,
    equity_ties: int = EQUITY_TIES,
    lost: float = 0.0,
    loss: Loss = "random",
    odds: Sequence[float] = ODDS,
    draws: int = DRAWS,
) -> pd.Series:
    """The p-value of the primary test on one territory at each odds ratio; 1 where too little is left to test.

    Parameters
    ----------
    seed : int
    firms, equity_ties : int
        Of the territory, before the register loses any.
    lost : float
        Share of the firms that the register has lost, and with them their ties.
    loss : {"random", "small_first"}
    odds : sequence of float
    draws : int

    Returns
    -------
    Series by odds ratio
    """
    random = np.random.default_rng([seed, firms, equity_ties])
    drawn = draw_firms(firms, random)
    productive = draw_ties(drawn, TieLaw(MEAN_PARTNERS * firms // 2, **PRODUCTIVE), random)
    layers = [choose_ties(drawn, TieLaw(equity_ties, odds=ratio, **EQUITY), productive, random, apart=True) for ratio in odds]
    known = survey(drawn, productive, NULLS["independent"], remaining(drawn, lost, loss, random))
    if not np.nansum(known.productive) or not known.covariates:
        return pd.Series(1.0, index=list(odds))
    model = known.model()
    found = []
    for equity in layers:
        y = known.layer(equity)
        found.append(crt(y, known.productive, model=model, draws=draws, rng=seed).p if np.nansum(y) else 1.0)
    return pd.Series(found, index=list(odds))


def power(seeds: Iterable[int], *, level: float = LEVEL, **settings: object) -> pd.Series:
    """Share of territories in which the primary test finds the association, by odds ratio."""
    p = pd.DataFrame([detected(seed, **settings) for seed in seeds])  # type: ignore[arg-type]
    return (p <= level).mean().astype(float)


def smallest_odds(shares: pd.Series, *, wanted: float = WANTED) -> float:
    """The smallest odds ratio that is found with this power: between two that were tried by their logarithms; NaN if none was enough.

    Examples
    --------
    >>> smallest_odds(pd.Series({2.0: 0.2, 4.0: 0.7, 8.0: 0.9}))
    5.66
    """
    risen = np.maximum.accumulate(shares.sort_index().to_numpy())
    if not len(risen) or risen[-1] < wanted:
        return float("nan")
    tried = np.log(shares.sort_index().index.to_numpy(dtype=float))
    at = int(np.argmax(risen >= wanted))
    if at == 0:
        return float(np.exp(tried[0]))
    part = (wanted - risen[at - 1]) / (risen[at] - risen[at - 1])
    return round(float(np.exp(tried[at - 1] + part * (tried[at] - tried[at - 1]))), 2)


def counted(seeds: Sequence[int], *, beside: bool = False, **settings: object) -> pd.Series:
    """The rejections of each null by each test that is run, on the same seeds.

    Returns
    -------
    Series by null and test
        Empty where there are no seeds.

    Examples
    --------
    >>> counted(range(2), firms=40, equity_ties=15, draws=99)["independent"].to_dict()
    {'crt': 0}
    """
    names = NULLS if len(seeds) else {}
    found = {name: rejections(name, seeds, beside=beside, **settings).drop("territories") for name in names}  # type: ignore[arg-type]
    return pd.concat(found, names=["null", "test"]) if found else pd.Series(dtype=int)


def blocks(swept: pd.DataFrame) -> pd.DataFrame:
    """The blocks of territories of a sweep over seeds, a row each null and block.

    Parameters
    ----------
    swept : DataFrame
        seed (of the first territory), nulls (territories from it on), power.again_NULL_TEST (rejections).

    Returns
    -------
    DataFrame
        null, first, territories, then rejections by test: those of ``TESTS`` that were run.
    """
    found = []
    for name in NULLS:
        columns = {f"power.again_{name}_{test}": test for test in TESTS}
        known = swept[["seed", "nulls", *(column for column in columns if column in swept)]]
        found.append(known.rename(columns={"seed": "first", "nulls": "territories", **columns}).assign(null=name))
    rows = pd.concat(found, ignore_index=True)
    return rows[["null", "first", "territories", *(test for test in TESTS if test in rows)]]


def reproduced(again: pd.Series, committed: pd.DataFrame, *, first: int, territories: int) -> pd.DataFrame:
    """What was run again beside what is committed of the same territories.

    Parameters
    ----------
    again : Series by null and test
        `counted`, of territories from the seed ``first`` on.
    committed : DataFrame
        `blocks`.
    first, territories : int
        The seed from which on, and how many: a block of another number bears no comparison.

    Returns
    -------
    DataFrame indexed by null and test
        again, committed (NaN where no committed block has just these territories).
    """
    block = committed[(committed["first"] == first) & (committed["territories"] == territories)].set_index("null")
    wanted = [float(block[test].get(name, np.nan)) if test in block else np.nan for name, test in again.index]
    return pd.DataFrame({"again": again.to_numpy(), "committed": wanted}, index=again.index)


def clopper_pearson(count: int, of: int, *, level: float = 0.95) -> tuple[float, float]:
    """The exact interval of a share.

    References
    ----------
    Clopper, C. J. & Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of the binomial. *Biometrika*,
    26, 404–413.

    Examples
    --------
    >>> [round(end, 4) for end in clopper_pearson(125, 2500)]
    [0.0418, 0.0593]
    """
    from scipy.stats import beta

    tail = (1 - level) / 2
    return float(beta.ppf(tail, count, of - count + 1)) if count else 0.0, float(
        beta.ppf(1 - tail, count + 1, of - count)
    ) if count < of else 1.0


def rates(counts: pd.DataFrame) -> pd.DataFrame:
    """Rejection rates with their exact intervals, from `blocks` of territories.

    Returns
    -------
    DataFrame indexed by null and test
        territories, rate, low, high.
    """
    tests = [test for test in TESTS if test in counts]
    found = []
    for name, rows in counts.groupby("null", sort=False):
        of = int(rows["territories"].sum())
        found += [(name, test, of, (number := int(rows[test].sum())) / of, *clopper_pearson(number, of)) for test in tests]
    return pd.DataFrame(found, columns=["null", "test", "territories", "rate", "low", "high"]).set_index(["null", "test"])
