"""Block by block: the numbers of `em`, whatever the blocks, the digits and the threads."""

import tracemalloc

import numpy as np
import pytest
from cases import CASES, HALF, ON_PLANE, PLANE, TIMES
from threadpoolctl import threadpool_limits

from emlib import (
    CoinMixture,
    CoinParams,
    GaussianMixture,
    GaussianParams,
    KMeans,
    KMeansParams,
    Repeated,
    blocks,
    em,
    fit,
    passes,
)
from emlib.linear import Linear
from emlib.mixture import complete
from emlib.passes import Passes
from emlib.runs import job_of
from emlib.sharing import hard, soft, soft_two

LINEAR = {name: case for name, case in CASES.items() if "reader's own" not in name}


@pytest.fixture(params=LINEAR.values(), ids=LINEAR.keys())
def case(request):
    return request.param


def path_of(case, **options):
    answer = fit(*case, max_iter=8, tol=0, **options)
    return [answer.path, answer.bounds, *answer.params]


def ready(model, x, start):
    """Return the job of a fit, and the start in its units."""
    x, start = complete(model).check(x, start)
    job = job_of(complete(model), x, start)
    return job, job.inner(start)


def assert_alike(one, other, rtol=1e-11):
    for here, there in zip(one, other, strict=True):
        np.testing.assert_allclose(here, there, rtol=rtol, atol=1e-11)


def assert_steps_are_fits(model, x, start, iterations=10, rtol=1e-10):
    """Compare `em` and `fit`; params in units of the data's spread."""
    steps = [s for s in em(model, x, start, max_iter=iterations, tol=0) if s.kind == "M"]
    unit = np.ptp(x, axis=0).max()
    for count in (1, 2, iterations):
        answer, step = fit(model, x, start, max_iter=count, tol=0), steps[count - 1]
        scale = max(len(x), abs(step.elbo))
        assert answer.bounds[-1] == pytest.approx(step.elbo, rel=0, abs=rtol * scale)
        for name in step.params._fields:
            mine, theirs = getattr(answer.params, name), getattr(step.params, name)
            atol = rtol * (unit if name == "means" else 0)
            np.testing.assert_allclose(mine, theirs, rtol=rtol, atol=atol)


# ---- blocks, memory, threads ----


def test_the_size_of_a_block_does_not_matter(case, monkeypatch):
    whole = path_of(case)
    monkeypatch.setattr(blocks, "CACHE", 12)
    parts = path_of(case)
    assert ready(*case)[0].rows <= 3
    assert_alike(parts, whole)


@pytest.mark.parametrize(("axes", "components"), [(1, 2), (6, 20)])
def test_a_block_fits_the_cache_and_one_thread(axes, components):
    x = np.random.default_rng(0).normal(size=(50_000, axes))
    start = GaussianMixture().start(x, components, np.random.default_rng(0))
    job, _ = ready(GaussianMixture(), x, start)
    size = len(job.total)
    assert job.rows * (components + size) <= blocks.CACHE
    assert job.rows * components * size <= blocks.THREADS


def test_a_job_equals_only_itself(case):
    one, other = (ready(*case)[0] for _ in range(2))
    assert one == one
    assert one != other


def test_features_made_anew_are_the_features_kept(case, monkeypatch):
    kept, job = path_of(case), ready(*case)[0]
    assert job.blocks() is job.kept is not None
    needed = sum(features.nbytes for features, _ in job.kept)
    monkeypatch.setattr(blocks, "MEMORY", needed)
    assert ready(*case)[0].kept is not None
    monkeypatch.setattr(blocks, "MEMORY", needed - 1)
    assert ready(*case)[0].kept is None
    for one, other in zip(path_of(case), kept, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_exact_way_is_the_fast_way(case, monkeypatch):
    fast = path_of(case)
    monkeypatch.setattr(passes, "CANCELLATION", 0)
    job, start = ready(*case)
    assert job.step(start).statistics is None
    assert_alike(path_of(case), fast)


def test_the_exact_way_by_blocks_is_the_exact_way(case, monkeypatch):
    monkeypatch.setattr(passes, "CANCELLATION", 0)
    whole = path_of(case)
    monkeypatch.setattr(blocks, "CACHE", 12)
    assert_alike(path_of(case), whole)


def test_threads_change_no_bit():
    x = np.random.default_rng(0).normal(size=(20_000, 8))
    x[::3] += 3
    start = GaussianMixture().start(x, 10, np.random.default_rng(0))
    job, _ = ready(GaussianMixture(), x, start)
    assert job.rows == blocks.THREADS // (10 * 45)  # as much work as one thread gets
    answers = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            answers.append(fit(GaussianMixture(), x, start, max_iter=3, tol=0))
    np.testing.assert_array_equal(answers[0].bounds, answers[1].bounds)
    np.testing.assert_array_equal(answers[0].params.covs, answers[1].params.covs)


@pytest.mark.parametrize("model", [GaussianMixture(), KMeans(), CoinMixture(10), KMeans(hard=False),
                                   GaussianMixture(floor=1.0)])  # fmt: skip
def test_no_table_of_the_size_of_the_data_is_made(model, monkeypatch):
    monkeypatch.setattr(blocks, "MEMORY", 0)
    rng, components = np.random.default_rng(0), 20
    x = rng.binomial(10, 0.5, 200_000).astype(float)
    if not isinstance(model, CoinMixture):
        x += rng.normal(size=len(x))
    start = model.start(x, components, rng)
    tracemalloc.start()
    _ = fit(model, x, start, max_iter=2, tol=0).log_likelihood
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2.5 * x.nbytes  # a table would take 20 times as much as the data


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int16])
@pytest.mark.parametrize("model", [GaussianMixture(), KMeans(), CoinMixture(10)])
def test_a_file_is_fitted_like_an_array(model, dtype, tmp_path):
    x = np.random.default_rng(0).integers(0, 11, 3000).astype(dtype)
    on_disk = np.memmap(tmp_path / "x", dtype=dtype, mode="w+", shape=x.shape)
    on_disk[:] = x
    start = model.start(x.astype(float), 2, np.random.default_rng(0))
    here, there = fit(model, x.astype(float), start), fit(model, on_disk, start)
    np.testing.assert_array_equal(here.path, there.path)
    np.testing.assert_array_equal(here.posterior, there.posterior)


def test_data_are_not_copied_and_not_written_to():
    x = PLANE.copy()
    x.flags.writeable = False
    assert np.shares_memory(GaussianMixture().check(x, ON_PLANE)[0], x)
    fit(GaussianMixture(), x, ON_PLANE)
    np.testing.assert_array_equal(x, PLANE)


# ---- digits ----


@pytest.mark.parametrize("covariance", ["full", "tied", "diagonal", "spherical"])
@pytest.mark.parametrize("gap", [10.0, 1e3, 1e5, 1e8])
def test_clusters_far_apart_keep_their_digits(covariance, gap):
    x = np.random.default_rng(0).normal(size=(60, 2))
    x[30:] += gap
    covs = [np.eye(2)] * 2
    start = GaussianParams(HALF, [(0.5, 0.5), (gap - 0.5, gap)], covs)
    model = GaussianMixture(covariance, floor=0.0)
    assert_steps_are_fits(model, x, start)


@pytest.mark.parametrize("offset", [0.0, 1e4, 1e8])
@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_units_and_origin_do_not_matter(offset, scale):
    here = GaussianParams(ON_PLANE.weights, ON_PLANE.means, ON_PLANE.covs)
    means = scale * (np.array(here.means) + offset)
    there = GaussianParams(here.weights, means, scale**2 * np.array(here.covs))
    moved = scale * (PLANE + offset)
    wanted = fit(GaussianMixture(), PLANE, here, max_iter=20, tol=0)
    found = fit(GaussianMixture(), moved, there, max_iter=20, tol=0)
    digits = 1e-12 + 1e-15 * offset  # what the data themselves have lost
    np.testing.assert_allclose(found.params.weights, wanted.params.weights, rtol=1e3 * digits)
    np.testing.assert_allclose(found.params.covs / scale**2, wanted.params.covs, rtol=1e3 * digits)
    jacobian = 2 * len(PLANE) * np.log(scale)
    np.testing.assert_allclose(found.path + jacobian, wanted.path, rtol=1e2 * digits)


def test_the_log_likelihood_of_hard_assignments_keeps_its_digits():
    x = np.random.default_rng(0).normal(size=60) + np.repeat([0.0, 1e8], 30)
    model = GaussianMixture(hard=True, floor=0.0)
    answer = fit(model, x, GaussianParams(HALF, (0.5, 1e8), (1.0, 1.0)))
    assert answer.log_likelihood == model.log_likelihood(x, answer.params)


@pytest.mark.parametrize("width", [1e-2, 1e-4, 1e-7])
def test_a_narrow_component_in_the_middle_of_the_data_keeps_its_digits(width):
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(size=50), width * rng.normal(size=50)])
    start = GaussianParams(HALF, (0.1, 0.0), (1.0, width**2))
    assert_steps_are_fits(GaussianMixture(floor=0.0), x, start)


def test_a_narrow_second_component_is_not_taken_off_the_sum():
    half = np.random.default_rng(0).normal(size=100) * np.repeat([1, 1e-6], 50)
    x, start = np.append(half, -half), GaussianParams(HALF, (0.0, 0.0), (1.0, 1e-12))
    job, inner = ready(GaussianMixture(floor=0.0), x, start)
    reached = job.step(inner).reached
    wanted = GaussianMixture().log_likelihood(x, start)
    assert reached == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("times", [1.0, 1e12])
def test_enough_digits_are_left_however_often_each_was_seen(times):
    model = Repeated(GaussianMixture(), np.full(40, times))
    job, start = ready(model, PLANE, ON_PLANE)
    assert job.step(start).statistics is not None


def test_a_component_that_shrinks_to_the_floor():
    x = np.concatenate([np.random.default_rng(0).normal(size=30), [20.0]])
    start = GaussianParams(HALF, (0.0, 20.0), (1.0, 0.01))
    assert_steps_are_fits(GaussianMixture(), x, start)
    assert "collapsed" in fit(GaussianMixture(), x, start).problems[0]


def test_features_that_nearly_repeat_one_another():
    x = PLANE @ [[1, 1], [0, 1e-6]]
    start = GaussianMixture(floor=0.0).start(x, 2, np.random.default_rng(0))
    assert_steps_are_fits(GaussianMixture(floor=0.0), x, start, 4, rtol=1e-8)


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("spread", [1.0, 1e4, 1e8])
def test_k_means_of_wide_data_keeps_its_digits(spread, hard):
    x = spread * np.random.default_rng(0).normal(size=(60, 2))
    model = KMeans(hard=hard)
    assert_steps_are_fits(model, x, model.start(x, 3, np.random.default_rng(1)))


def test_an_empty_component_stays_where_it_is():
    start = GaussianParams((0.4, 0.4, 0.2), [(-1, 0), (2, 0), (1e6, 0)], [np.eye(2)] * 3)
    assert_steps_are_fits(GaussianMixture(), PLANE, start)
    assert fit(GaussianMixture(), PLANE, start).params.means[2, 0] == 1e6


def test_a_component_of_weight_nothing():
    start = GaussianParams((0.5, 0.5, 0.0), [(-1, 0), (2, 0), (0, 0)], [np.eye(2)] * 3)
    assert_steps_are_fits(GaussianMixture(), PLANE, start)


# ---- ties ----


@pytest.mark.parametrize("model", [KMeans(), GaussianMixture(hard=True)], ids=["K-means", "hard"])
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("numbers", [blocks.CACHE, 100], ids=["one block", "blocks"])
def test_ties_on_a_grid_go_where_em_sends_them(model, seed, numbers, monkeypatch):
    monkeypatch.setattr(blocks, "CACHE", numbers)
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 5, (60, 2)).astype(float)
    means = x[rng.choice(60, 4, replace=False)]
    covs = np.repeat(np.eye(2)[None], 4, axis=0)
    start = KMeansParams(means)
    if isinstance(model, GaussianMixture):
        start = GaussianParams(np.full(4, 0.25), means, covs)
    steps = list(em(model, x, start, max_iter=30))
    answer = fit(model, x, start, max_iter=30)
    np.testing.assert_array_equal(answer.posterior, steps[-1].posterior)
    assert answer.iterations == steps[-1].iteration


def test_equal_components_are_tied_everywhere():
    start = KMeansParams([(0.0, 0.0)] * 3)
    answer = fit(KMeans(), PLANE, start, max_iter=1)
    assert (answer.posterior[:, 0] == 1).all()
    assert answer.status == "degenerate"


def test_ties_of_counted_observations():
    x, model = np.array([[0.0], [1.0], [2.0]]), Repeated(KMeans(), (1, 3, 2))
    start = KMeansParams([(0.0,), (2.0,)])
    answer = fit(model, x, start, max_iter=1, tol=0)
    np.testing.assert_array_equal(answer.params.means, [[0.75], [2.0]])


def test_only_a_tie_asks_the_models_own_e_step(monkeypatch):
    start, asked = KMeansParams((0.0, 10.0)), []
    kind = type(ready(KMeans(), [0.0, 10.0], start)[0].model)
    own = kind.e_step

    def noted(model, x, params):
        asked.append(len(x))
        return own(model, x, params)

    monkeypatch.setattr(kind, "e_step", noted)
    for x in ([0.0, 1, 9, 10], [0.0, 1, 5, 9, 10]):
        job, inner = ready(KMeans(), x, start)
        job.step(inner)
    assert asked == [5]


# ---- the E-step of a block ----


def test_two_components_need_one_exponential():
    rng = np.random.default_rng(0)
    coefficients, features = 5 * rng.normal(size=(2, 3)), rng.normal(size=(3, 50))
    (table, each), (other, short) = soft(coefficients, features), soft_two(coefficients, features)
    np.testing.assert_allclose(table, other, rtol=1e-12)
    np.testing.assert_allclose(each, short + coefficients[1] @ features, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("share", [soft, soft_two])
def test_hopeless_components_share_nothing_and_nothing_overflows(share):
    coefficients, features = np.array([[0.0, 1e5], [0.0, -1e5]]), np.array([[1.0, 1], [1, -1]])
    table, each = share(coefficients, features)
    np.testing.assert_allclose(table, [[1, 0], [0, 1]], atol=1e-200)
    base = coefficients[1] @ features if share is soft_two else 0
    np.testing.assert_allclose(each + base, 1e5)


def test_a_tie_is_as_wide_as_the_rounding_of_the_largest_term():
    coefficients, features = np.array([[1e6, -1], [1e6 + 1e-9, -1]]), np.array([[1.0], [1e6]])
    assert hard(coefficients, features)[0].tolist() == [[1], [1]]


def test_counts_weigh_features():
    job, _ = ready(Repeated(GaussianMixture(), TIMES), PLANE, ON_PLANE)
    assert job.total[0] == TIMES.sum()


def test_no_push_has_no_effect():
    job, start = ready(GaussianMixture(), PLANE, ON_PLANE)
    statistics = job.reached(start)[1]
    assert job.effect(statistics, np.zeros_like(statistics)) == 0


def test_a_push_has_the_effect_of_a_small_one_on_the_best_that_an_m_step_reaches(case):
    # The maximum of Q changes with a statistic as its coefficient says: the envelope theorem.
    job, start = ready(*case)
    statistics = job.reached(start)[1]
    unit, small = job.unit(statistics), 1e-6

    def best(there):
        return (job.model.coefficients(job.model.maximise(there)) * there).sum()

    for k, p in np.ndindex(statistics.shape):
        push = np.zeros_like(statistics)
        push[k, p] = 1
        up, down = (best(statistics + sign * small * push * unit) for sign in (1, -1))
        change = abs(up - down) / (2 * small * statistics[k, 0]) if p > 0 else 0
        assert job.effect(statistics, push) == pytest.approx(max(change, 1), rel=1e-4)


@pytest.mark.parametrize(("nats", "limit"), [(0.2, 1.0), (1.0, 1.0), (1.7, 1.7), (30.0, 30.0)])
def test_the_digits_that_are_left_are_those_of_the_density_itself(nats, limit):
    job, start = ready(GaussianMixture(), PLANE, ON_PLANE)
    statistics = job.reached(start)[1]
    counts, reached = statistics[:, 0], -nats * len(PLANE)
    terms = passes.CANCELLATION * limit * counts
    assert job.exact_enough(0.99 * terms, statistics, reached)
    assert not job.exact_enough(terms * [0.99, 1.01], statistics, reached)
    assert not job.exact_enough(terms * [0.5, np.nan], statistics, reached)


@pytest.mark.parametrize(
    "table",
    [lambda x: np.ones(len(x)), lambda x: np.ones((2, len(x), 1)), lambda x: np.ones((len(x), 2)),
     lambda x: np.stack([x, np.ones(len(x))])],
    ids=["one axis", "three axes", "sideways", "1 is not first"],
)  # fmt: skip
def test_features_that_are_no_table_with_a_row_of_1_are_refused(table):
    class Odd(Linear):
        def features(self, x):
            return table(x)

    with pytest.raises(ValueError, match=r"must be a table \(P, N\) whose first row is 1$"):
        Passes(Odd(), np.array([2.0, 3.0]), None, 2)


def test_impossible_data_are_refused():
    with pytest.raises(ValueError, match=r"^start makes the data impossible: log-likelihood -inf$"):
        fit(CoinMixture(10), [5.0, 5.0], CoinParams(HALF, (0.0, 1.0)))
