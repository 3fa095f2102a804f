"""Runs: accelerated, watched and interrupted."""

import io
import sys

import numpy as np
import pytest
from cases import CASES, COINS, HALF, HEADS, LINE, ON_LINE, PLANE, TIMES, Waiting, WaitingParams

from emlib import (
    CoinMixture,
    CoinParams,
    GaussianMixture,
    GaussianParams,
    KMeans,
    Linear,
    Repeated,
    best_of,
    data,
    fit,
    fitting,
    runs,
)
from emlib.passes import Passes
from emlib.runs import job_of, jump

APART = WaitingParams(HALF, (1.0, 9.0))
SOFT = {
    name: case for name, case in CASES.items() if "hard" not in name and "reader's own" not in name
    and not (isinstance(case[0], KMeans | Repeated) and case[0].hard) and "one toss" not in name
}  # fmt: skip


def slow_case():
    """Two Gaussians 1.5 standard deviations apart, four to one."""
    x = np.random.default_rng(1).normal(size=50_000)
    x[::5] += 1.5
    return GaussianMixture(), x, GaussianParams(HALF, (-1.0, 3.0), (1.0, 1.0))


# ---- accelerated ----


@pytest.mark.parametrize("case", SOFT.values(), ids=SOFT.keys())
def test_acceleration_ends_where_em_ends_and_never_falls(case):
    slow = fit(*case, tol=1e-15, max_iter=5000)
    fast = fit(*case, tol=1e-15, max_iter=500, accelerate=True)
    assert slow.status == fast.status == "converged"
    assert (np.diff(fast.path) >= -1e-12 * max(len(case[1]), abs(fast.path[-1]))).all()
    if fast.log_likelihood < slow.log_likelihood + 1e-6:  # not another maximum, which it may find
        for one, other in zip(fast.params, slow.params, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    assert fast.log_likelihood >= slow.log_likelihood - 1e-9 * len(case[1])


def test_acceleration_needs_few_passes_where_em_needs_thousands(monkeypatch):
    looks = []
    expect = Passes.expect

    def counted(self, *arguments, **options):
        looks.append(1)
        return expect(self, *arguments, **options)

    monkeypatch.setattr(Passes, "expect", counted)
    model, x, start = slow_case()
    fast = fit(model, x, start, accelerate=True, tol=1e-14)
    assert fast.converged
    assert len(looks) < 150  # the passes that certify the end included
    looks.clear()
    slow = fit(model, x, start, max_iter=3000, tol=0)
    assert slow.log_likelihood < fast.log_likelihood
    assert len(looks) > 3000


@pytest.mark.parametrize("seed", range(25))
def test_from_many_starts_acceleration_is_never_worse_than_a_step_of_em(seed):
    rng = np.random.default_rng(seed)
    model = GaussianMixture()
    start = model.start(PLANE, 3, rng)
    answer = fit(model, PLANE, start, accelerate=True, max_iter=400)
    assert answer.status in ("converged", "degenerate", "saddle")
    ends = fit(model, PLANE, answer.params, max_iter=5, tol=0)
    rounding = 1e-6 if answer.problems else 1e-9  # at the floor
    assert ends.log_likelihood >= answer.log_likelihood - rounding
    assert answer.log_likelihood >= fit(model, PLANE, start, max_iter=3, tol=0).log_likelihood


def test_a_jump_that_loses_is_refused(monkeypatch):
    monkeypatch.setattr(runs, "jump", lambda before, after: after[-1] + 3 * (after[-1] - before[-1])
                        + np.linspace(-1, 1, after.shape[1]))  # fmt: skip
    answer = fit(GaussianMixture(), LINE, ON_LINE, accelerate=True, max_iter=300, tol=1e-12)
    assert (np.diff(answer.path) >= -1e-11).all()
    right = fit(GaussianMixture(), LINE, ON_LINE, tol=1e-13, max_iter=3000)
    assert answer.log_likelihood == pytest.approx(right.log_likelihood, abs=1e-7)


def test_a_jump_to_nowhere_is_not_made(monkeypatch):
    monkeypatch.setattr(runs, "jump", lambda before, after: np.full(after.shape[1], np.inf))
    fast = fit(GaussianMixture(), LINE, ON_LINE, accelerate=True, max_iter=20, tol=0)
    slow = fit(GaussianMixture(), LINE, ON_LINE, max_iter=20, tol=0)
    np.testing.assert_allclose(fast.path, slow.path, rtol=1e-12)


def test_a_linear_map_is_left_in_one_jump():
    matrix, place = np.diag([0.9, 0.5]), np.array([3.0, -1.0])
    points = [np.array([1.0, 1.0])]
    for _ in range(3):
        points.append(place + matrix @ (points[-1] - place))
    np.testing.assert_allclose(jump(np.array(points[:3]), np.array(points[1:])), place, rtol=1e-9)


def test_acceleration_of_a_degenerate_fit_names_it():
    start = GaussianParams((0.4, 0.4, 0.2), [(-1, 0), (2, 0), (1e6, 0)], [np.eye(2)] * 3)
    answer = fit(GaussianMixture(), PLANE, start, accelerate=True)
    assert answer.problems == ("component 2 is empty: no observation is left in it",)
    assert np.isfinite(answer.path).all()


def test_acceleration_with_known_weights_keeps_them():
    answer = fit(CoinMixture(10, (0.3, 0.7)), HEADS, CoinParams((0.3, 0.7), (0.4, 0.8)),
                 accelerate=True)  # fmt: skip
    np.testing.assert_array_equal(answer.params.weights, (0.3, 0.7))
    assert answer.converged


def test_hard_assignments_may_be_accelerated_too():
    start = KMeans().start(PLANE, 3, np.random.default_rng(0))
    fast, slow = (fit(KMeans(), PLANE, start, accelerate=a) for a in (True, False))
    assert fast.bounds[-1] >= slow.bounds[-1] - 1e-9


def test_a_model_without_a_linear_form_cannot_be_accelerated():
    with pytest.raises(ValueError, match=r"^accelerate needs a model that has a Linear form: see"):
        fit(Waiting(), TIMES + 1.0, APART, accelerate=True)


def test_a_refused_jump_does_not_end_a_run():
    x, _ = data.two_gaussians()
    start = GaussianParams(HALF, (80.0, 110.0), (9.0, 9.0))
    answer = fit(GaussianMixture(), x, start, accelerate=True)
    assert answer.log_likelihood == pytest.approx(-341923.052, abs=1e-3)


@pytest.mark.parametrize(("model", "x", "start"), [
    (GaussianMixture(), data.six_numbers(),
     GaussianParams((0.0, 0.5, 0.5), (0.0, 0.0, 2.0), (4.0, 4.0, 1.0))),
    (CoinMixture(10), HEADS, CoinParams((0.0, 0.5, 0.5), (0.3, 0.5, 0.9))),
])  # fmt: skip
def test_acceleration_from_the_edge_of_what_is_allowed(model, x, start):
    answer = fit(model, x, start, accelerate=True)
    assert answer.params.weights[0] == 0
    assert answer.log_likelihood >= fit(model, x, start).log_likelihood - 1e-8


def test_acceleration_from_the_end_stops_after_two_iterations():
    end = fit(GaussianMixture(), LINE, ON_LINE, tol=1e-15, max_iter=5000).params
    assert fit(GaussianMixture(), LINE, end, accelerate=True).iterations == 2


def test_features_of_the_wrong_shape_are_named():
    class Sideways(Linear):
        def features(self, x):
            return np.stack([np.ones(len(x)), x], axis=1)

        def coefficients(self, params):
            return np.zeros((2, 2))

    with pytest.raises(ValueError, match=r"^features returned .* a table \(P, N\) whose first row"):
        fit(Sideways(), [1.0, 2.0, 3.0], COINS)


# ---- watched ----


@pytest.mark.parametrize("case", [(CoinMixture(10), HEADS, COINS), (Waiting(), TIMES + 1.0, APART)],
                         ids=["coins", "reader's own"])  # fmt: skip
def test_a_bar_shows_every_iteration(case, monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    answer = fit(*case, max_iter=7, tol=0, progress=True)
    assert "7/7" in screen.getvalue()
    assert f"bound {answer.bounds[-1]:.8g}" in screen.getvalue()


def test_without_being_asked_nothing_is_shown(capsys):
    fit(CoinMixture(10), HEADS, COINS)
    shown = capsys.readouterr()
    assert shown.out == shown.err == ""


def test_without_tqdm_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(ImportError, match=r"^progress=True needs the package tqdm: pip install"):
        fit(CoinMixture(10), HEADS, COINS, progress=True)


# ---- interrupted ----


class Impatient(Waiting):
    """A reader's own model that somebody stops in its fourth M-step."""

    def __init__(self):
        self.left = 3

    def m_step(self, x, responsibilities):
        self.left -= 1
        if self.left < 0:
            self.left = 3
            raise KeyboardInterrupt
        return super().m_step(x, responsibilities)


def impatient(monkeypatch, patience):
    step, left = Passes.step, [patience]

    def stopped(self, *arguments):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return step(self, *arguments)

    monkeypatch.setattr(Passes, "step", stopped)


@pytest.mark.parametrize("accelerate", [False, True])
def test_an_interrupted_fit_returns_what_it_has(monkeypatch, accelerate):
    whole = fit(GaussianMixture(), LINE, ON_LINE, max_iter=4, tol=0, accelerate=accelerate)
    impatient(monkeypatch, 4)
    answer = fit(GaussianMixture(), LINE, ON_LINE, tol=0, accelerate=accelerate)
    assert answer.status == "interrupted"
    assert answer.iterations == 4
    np.testing.assert_array_equal(answer.path, whole.path)
    np.testing.assert_array_equal(answer.params.means, whole.params.means)
    assert repr(answer).startswith("interrupted after 4 iterations\nstopped by you before")


def test_a_readers_own_fit_can_be_interrupted():
    x = np.array([0.5, 1.0, 7.0, 9.0, 2.0])
    answer = fit(Impatient(), x, APART, tol=0)
    assert (answer.status, answer.iterations) == ("interrupted", 3)
    np.testing.assert_array_equal(answer.path, fit(Waiting(), x, APART, max_iter=3, tol=0).path)


def test_before_the_first_iteration_there_is_nothing_to_return(monkeypatch):
    impatient(monkeypatch, 0)
    with pytest.raises(KeyboardInterrupt):
        fit(GaussianMixture(), LINE, ON_LINE)


def test_an_interrupted_search_returns_the_best_so_far(monkeypatch):
    starts = [ON_LINE._replace(means=(m, 2.0)) for m in (-1.0, 0.0, 1.0)]
    impatient(monkeypatch, 8)
    answer = best_of(GaussianMixture(), LINE, starts, max_iter=5, tol=0)
    assert answer.iterations in (3, 5)
    with pytest.raises(KeyboardInterrupt):
        best_of(GaussianMixture(), LINE, starts)


def test_a_fit_interrupted_while_it_is_judged_is_returned(monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(fitting, "rate_of", stop)
    answer = fit(GaussianMixture(), LINE, ON_LINE)
    assert answer.status == "interrupted"
    whole = fit(GaussianMixture(), LINE, ON_LINE, max_iter=answer.iterations, tol=0)
    np.testing.assert_array_equal(answer.params.means, whole.params.means)


def test_a_search_interrupted_between_iterations_returns_the_best_so_far(monkeypatch):
    made, job_of = [], fitting.job_of

    def stop_third(*arguments):
        made.append(1)
        if len(made) == 3:
            raise KeyboardInterrupt
        return job_of(*arguments)

    monkeypatch.setattr(fitting, "job_of", stop_third)
    starts = [ON_LINE._replace(means=(m, 2.0)) for m in (-1.0, 0.0, 1.0)]
    assert best_of(GaussianMixture(), LINE, starts).converged
    assert len(made) == 3


def test_the_form_of_a_model_is_made_of_its_data_alone():
    job = job_of(GaussianMixture(), LINE, ON_LINE)
    start = job.inner(ON_LINE)
    assert job.step(start).params.means.tolist() == job.step(start).params.means.tolist()
