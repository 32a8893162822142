"""The formulas against scipy and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.api import OLS, add_constant
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from imglearn.analytics.rates import t_below, wilson_interval
from imglearn.learning.association import association, centred, ranks
from imglearn.learning.chance import Flips, false_discovery_rates
from imglearn.learning.regression import clustered, dummies
from imglearn.learning.strata import odds_ratio
from imglearn.logger import ImageGenerationLogger

random = np.random.default_rng(5)


@pytest.mark.parametrize(("passed", "failed"), [(0, 7), (3, 4), (43, 74), (1000, 1)])
def test_wilson(passed: int, failed: int) -> None:
    theirs = proportion_confint(passed, passed + failed, method="wilson")
    assert wilson_interval(passed, failed) == pytest.approx([100 * bound for bound in theirs], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("freedom", [1, 2, 3.5, 11, 240])
@pytest.mark.parametrize("value", [-40.0, -2.2, 0.0, 0.3, 1.96, 9.0])
def test_student(value: float, freedom: float) -> None:
    assert t_below(value, freedom) == pytest.approx(stats.t.cdf(value, freedom), abs=1e-7)


def test_false_discovery_rates() -> None:
    for n in (1, 2, 40):
        chances = random.random(n) ** 3
        assert false_discovery_rates(chances) == pytest.approx(multipletests(chances, method="fdr_bh")[1], abs=1e-12)
    assert len(false_discovery_rates(np.zeros(0))) == 0


def test_mantel_haenszel() -> None:
    strata = random.integers(0, 6, 900)
    given = (random.random(900) < 0.2 + 0.1 * strata).astype(float)
    passed = (random.random(900) < 0.2 + 0.1 * strata + 0.15 * given).astype(float)
    tables = [
        [
            [((strata == s) & (given == g) & (passed == p)).sum() for p in (1, 0)]
            for g in (1, 0)
        ]
        for s in range(6)
    ]  # fmt: skip
    theirs = StratifiedTable([np.array(table, dtype=float) for table in tables])
    found = odds_ratio(given, passed, strata)
    assert found is not None
    assert found[0] == pytest.approx(theirs.oddsratio_pooled, rel=1e-9)
    assert found[1] == pytest.approx(theirs.oddsratio_pooled_confint(), rel=1e-9)
    assert odds_ratio(np.ones(5), np.ones(5), np.zeros(5, dtype=int)) is None


def test_regression_with_clusters() -> None:
    n, chains = 400, random.integers(0, 90, 400)
    wanted, others = random.normal(size=(n, 2)), random.normal(size=(n, 3))
    outcome = wanted @ [2.0, 0.0] + others @ [1.0, -1.0, 3.0] + random.normal(size=90)[chains] + random.normal(size=n)
    theirs = OLS(outcome, add_constant(np.column_stack([wanted, others]))).fit(
        cov_type="cluster", cov_kwds={"groups": chains}, use_t=True
    )
    found = clustered(outcome, wanted, others, chains)
    for place, estimate in enumerate(found, 1):
        assert estimate is not None
        assert estimate.value == pytest.approx(theirs.params[place], rel=1e-9)
        assert (estimate.low, estimate.high) == pytest.approx(theirs.conf_int()[place], rel=1e-5)


def test_a_column_that_the_others_explain_has_no_estimate() -> None:
    others = random.normal(size=(50, 2))
    wanted = np.column_stack([others.sum(axis=1), random.normal(size=50)])
    twin, own = clustered(random.normal(size=50), wanted, others, np.arange(50))
    assert twin is None
    assert own is not None


def test_dummies_leave_one_out_and_put_rare_names_together() -> None:
    columns = dummies(np.array([0, 0, 0, 1, 1, 2, 3]), least=2)
    assert columns.tolist() == [[0, 0]] * 3 + [[1, 0]] * 2 + [[0, 1]] * 2


def test_ranks_and_rank_correlation() -> None:
    one, other = random.integers(0, 9, 300).astype(float), random.integers(0, 4, 300).astype(float)
    assert ranks(one) == pytest.approx(stats.rankdata(one))
    left, right = (centred(ranks(values)[:, None], np.zeros(300, dtype=int)) for values in (one, one + other))
    square = stats.spearmanr(one, one + other)[0] ** 2
    assert association(left, right) ** 2 == pytest.approx((square - 1 / 299) / (1 - 1 / 299))


def test_cramers_v() -> None:
    one, other = random.integers(0, 3, 500), random.integers(0, 4, 500)
    other = np.where(random.random(500) < 0.4, one, other)
    columns = [centred(np.eye(4)[values], np.zeros(500, dtype=int)) for values in (one, other)]
    table = np.array([[((one == a) & (other == b)).sum() for b in range(4)] for a in range(3)])
    plain = stats.contingency.association(table, method="cramer") ** 2
    assert association(*columns) ** 2 == pytest.approx((plain - 3 / 499) / (1 - 3 / 499))


def test_chances_of_luck_are_even() -> None:
    flips = Flips(120)
    chain = np.repeat(np.arange(120), 3)
    chances = []
    for _ in range(60):
        shared = random.normal(size=120)[chain]
        chances.append(flips.chance(random.normal(size=(360, 3)), shared + random.normal(size=360), chain))
    assert stats.kstest(chances, "uniform").pvalue > 0.001
    joined = random.normal(size=(360, 3))
    assert flips.chance(joined, joined[:, 1] + random.normal(size=360), chain, looks=40) < 0.001


def test_models_without_retries_are_compared_as_in_a_meta_analysis(logger: ImageGenerationLogger) -> None:
    """Too few chains for a surface: the differences of the categories are those of plain means."""
    draw = np.random.default_rng(8)
    scores = {
        (category, model): draw.normal(60 + 8 * place + (4 + 3 * place) * (model == "a"), 5, 3 + place)
        for place, category in enumerate(("glass", "metal", "wood"))
        for model in ("a", "b")
    }
    for (category, model), values in scores.items():
        for place, score in enumerate(values.tolist()):
            record = {"material": f"{category} {model} {place}", "category": category, "model": model}
            logger.log_record({**record, "realism_score": score})
    (pair,) = logger.compare_models()["pairs"]
    spread = sum(((values - values.mean()) ** 2).sum() for values in scores.values())
    variance = spread / (sum(map(len, scores.values())) - len(scores))
    categories = ("glass", "metal", "wood")
    differences = np.array([scores[one, "a"].mean() - scores[one, "b"].mean() for one in categories])
    variances = np.array([variance * (1 / len(scores[one, "a"]) + 1 / len(scores[one, "b"])) for one in categories])
    sign = 1 if pair["a"] == "a" else -1
    theirs = combine_effects(differences, variances, method_re="dl", use_t=True)
    assert sign * pair["estimate"] == pytest.approx(theirs.mean_effect_re, rel=1e-9)
    factor = max(1.0, theirs.scale_hksj_re)
    half = stats.t.ppf(0.975, 2) * np.sqrt(factor) * theirs.sd_eff_w_re
    assert pair["high"] - pair["low"] == pytest.approx(2 * half, rel=1e-6)
    assert {one["category"]: sign * one["raw"] for one in pair["by_category"]} == pytest.approx(
        dict(zip(categories, differences, strict=True)), rel=1e-9
    )
