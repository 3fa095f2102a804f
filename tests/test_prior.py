"""A prior on the parameters: the M-step maximises, the bound climbs, nothing collapses."""

from itertools import pairwise

import numpy as np
import pytest
from cases import HEADS, LINE, ON_LINE, ON_PLANE, PLANE
from scipy import stats
from scipy.optimize import minimize

from emlib import CoinMixture, CoinParams, GaussianMixture, GaussianParams, em, fit
from emlib.prior import MapGaussianMixture, WithPrior

ON_A_LINE = (MapGaussianMixture(scale=0.3, dof=3), LINE, ON_LINE)
IN_A_PLANE = (MapGaussianMixture(scale=[[0.5, 0.1], [0.1, 0.3]], dof=4.0), PLANE, ON_PLANE)
BOTH = pytest.mark.parametrize(("model", "x", "start"), [ON_A_LINE, IN_A_PLANE])
SIX = np.array([-1.2, -0.4, 0.3, 1.9, 2.6, 3.5])
THIN = GaussianParams([0.9, 0.1], [1.1, 1.9], [3.0, 1e-3])


class BetaCoins(WithPrior, CoinMixture):
    """Two coins of known weights with a Beta(2, 2) prior each."""

    def log_prior(self, params):
        return stats.beta.logpdf(params.heads, 2, 2).sum()

    def m_step(self, x, responsibilities):
        heads, tosses = responsibilities.T @ x, 10 * responsibilities.sum(axis=0)
        return CoinParams(np.array(self.weights), (heads + 1) / (tosses + 2))


# ---- the prior ----


@BOTH
def test_the_log_prior_is_the_inverse_wishart_density_up_to_a_constant(model, x, start):
    rng = np.random.default_rng(0)
    axes = len(model.scale)
    differences = []
    for _ in range(5):
        roots = rng.normal(size=(2, axes, axes))
        covs = roots @ roots.transpose(0, 2, 1) + np.eye(axes)
        density = stats.invwishart(df=model.dof, scale=model.scale)
        expected = sum(density.logpdf(cov) for cov in covs)
        shape = np.shape(start.covs)
        found = model.log_prior(GaussianParams(start.weights, start.means, covs.reshape(shape)))
        differences.append(found - expected)
    np.testing.assert_allclose(differences, differences[0], atol=1e-10)


def test_in_one_dimension_the_prior_is_an_inverse_gamma():
    model = MapGaussianMixture(scale=0.8, dof=3.0)
    density = stats.invgamma(a=1.5, scale=0.4)
    values = [
        model.log_prior(GaussianParams([1.0], [0.0], [v])) - density.logpdf(v) for v in (0.1, 1, 7)
    ]
    np.testing.assert_allclose(values, values[0], atol=1e-12)


def test_the_default_prior_follows_the_source():
    line, plane = MapGaussianMixture.for_data(LINE, 3), MapGaussianMixture.for_data(PLANE, 3)
    assert (line.dof, plane.dof) == (3, 4)
    np.testing.assert_allclose(line.scale, [[LINE.var() / 9]])
    np.testing.assert_allclose(plane.scale, np.cov(PLANE.T, bias=True) / 3)


# ---- the half-steps ----


@BOTH
def test_the_m_step_maximises_q_plus_log_prior(model, x, start):
    responsibilities = model.e_step(x, start)
    best = model.m_step(x, responsibilities)
    top = model.elbo(x, responsibilities, best)
    rng = np.random.default_rng(2)
    for size in (1e-1, 1e-2, 1e-3):
        for _ in range(50):
            noise = rng.normal(size=np.shape(best.covs)) * size
            noise = (noise + np.swapaxes(noise, -1, -2)) / 2 if noise.ndim == 3 else noise
            means = best.means + rng.normal(size=np.shape(best.means)) * size
            other = GaussianParams(best.weights, means, best.covs * (1 + noise))
            assert model.elbo(x, responsibilities, other) < top


@BOTH
def test_the_bound_never_falls_and_touches_after_every_e_step(model, x, start):
    steps = list(em(model, x, start, tol=0, max_iter=60))
    bounds = [step.elbo for step in steps[1:]]
    assert min(now - before for before, now in pairwise(bounds)) > -1e-10
    assert max(abs(step.kl) for step in steps if step.kind == "E") < 1e-10
    assert min(step.kl for step in steps if step.kind == "M") > -1e-10


def test_the_number_watched_is_log_likelihood_plus_log_prior():
    model, x, start = IN_A_PLANE
    plain = GaussianMixture().log_likelihood(x, start)
    assert model.each_log_likelihood(x, start).sum() == pytest.approx(plain, abs=1e-12)
    total = plain + model.log_prior(start)
    assert model.log_likelihood(x, start) == pytest.approx(total, abs=1e-12)


def test_a_vanishing_prior_leaves_the_free_m_step():
    x, responsibilities = PLANE, GaussianMixture().e_step(PLANE, ON_PLANE)
    free = GaussianMixture().m_step(x, responsibilities)
    weak = MapGaussianMixture(scale=1e-9 * np.eye(2), dof=0.0).m_step(x, responsibilities)
    counts = responsibilities.sum(axis=0)[:, None, None]
    np.testing.assert_allclose(weak.covs * (counts + 3) / counts, free.covs, rtol=1e-6)
    np.testing.assert_array_equal(weak.means, free.means)


def test_an_empty_component_has_the_prior_alone():
    model, x, _ = ON_A_LINE
    with np.errstate(invalid="ignore", divide="ignore"):
        params = model.m_step(x, np.column_stack([np.ones(len(x)), np.zeros(len(x))]))
    assert params.covs[1] == pytest.approx(0.3 / 5)
    assert params.weights[1] == 0


# ---- what it is for ----


def test_a_component_that_collapses_without_a_prior_does_not_with_one():
    free = fit(GaussianMixture(), SIX, THIN)
    kept = fit(MapGaussianMixture.for_data(SIX, 2), SIX, THIN)
    assert free.status == "degenerate"
    assert "collapsed" in free.problems[0]
    assert kept.status == "converged"
    assert kept.params.covs.min() > 0.05


def test_no_start_collapses_under_the_default_prior():
    model, rng = MapGaussianMixture.for_data(SIX, 3), np.random.default_rng(5)
    for _ in range(20):
        answer = fit(model, SIX, model.start(SIX, 3, rng))
        assert answer.status in ("converged", "saddle", "flat")
        assert answer.params.covs.min() > 0.01


def test_coins_with_a_beta_prior_reach_the_mode_of_the_posterior():
    model = BetaCoins(10, weights=(0.5, 0.5))
    answer = fit(model, HEADS, CoinParams((0.5, 0.5), (0.5, 0.9)), tol=1e-15)

    def minus(heads):
        return -model.log_likelihood(HEADS, CoinParams((0.5, 0.5), heads))

    mode = minimize(
        minus, (0.5, 0.9), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12}
    )
    np.testing.assert_allclose(answer.params.heads, mode.x, atol=1e-6)
    assert answer.converged


# ---- bad input ----


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"scale": -1.0, "dof": 3.0}, "scale is -1.0: pass a positive"),
        ({"scale": [[1.0, 2.0], [0.0, 1.0]], "dof": 3.0}, "positive number or such a matrix"),
        ({"scale": [[1.0, 2.0], [2.0, 1.0]], "dof": 3.0}, "positive number or such a matrix"),
        ({"scale": [1.0, 2.0], "dof": 3.0}, r"scale has shape \(1, 2\)"),
        ({"scale": np.nan, "dof": 3.0}, "scale is nan"),
        ({"scale": 1.0, "dof": -1.0}, "dof is -1.0"),
        ({"scale": 1.0, "dof": 3.0, "covariance": "tied"}, "covariance is 'tied'"),
    ],
)
def test_bad_fields_are_named(fields, message):
    with pytest.raises(ValueError, match=message):
        MapGaussianMixture(**fields)


@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
def test_whether_a_scale_is_symmetric_does_not_depend_on_its_unit(unit):
    nearly, not_at_all = ([[unit, tilt * unit], [0.0, unit]] for tilt in (1e-10, 1e-6))
    assert MapGaussianMixture(scale=nearly, dof=3.0).scale[0][1] == 1e-10 * unit
    with pytest.raises(ValueError, match="positive number or such a matrix"):
        MapGaussianMixture(scale=not_at_all, dof=3.0)


@pytest.mark.parametrize(
    ("x", "start", "message"),
    [([1.0, np.nan], ON_LINE, r"^x has 1 NaN"),
     (LINE, ON_LINE._replace(weights=(0.5, 0.4)), r"^start\.weights sum to 0\.9")],
)  # fmt: skip
def test_data_and_start_are_checked_as_without_a_prior(x, start, message):
    with pytest.raises(ValueError, match=message):
        MapGaussianMixture(scale=1.0, dof=3.0).check(x, start)


def test_a_scale_of_the_wrong_size_is_named():
    with pytest.raises(ValueError, match=r"scale has shape \(1, 1\): here it must be \(2, 2\)"):
        list(em(MapGaussianMixture(scale=1.0, dof=3.0), PLANE, ON_PLANE))


def test_a_prior_that_was_not_written_is_named():
    class Forgot(WithPrior, CoinMixture):
        pass

    with pytest.raises(NotImplementedError, match="write log_prior"):
        list(em(Forgot(), HEADS, CoinParams((0.5, 0.5), (0.5, 0.9))))
