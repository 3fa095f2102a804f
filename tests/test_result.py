"""What a `Fit` is besides numbers: one object, made once, which does no work twice."""

import numpy as np
from cases import COINS, HALF, HEADS, LINE, Waiting, WaitingParams

from emlib import CoinMixture, Fit, fit


def test_a_fit_equals_only_itself():
    one, other = (fit(CoinMixture(10), HEADS, COINS, max_iter=2) for _ in range(2))
    assert one == one
    assert one != other
    assert len({one, other}) == 2


def test_a_fit_without_data_has_no_posterior():
    answer = Fit(params=np.array([1.0]), path=np.array([-3.0, -2.0]), bounds=np.array([-2.5]),
                 status="max_iter")  # fmt: skip
    assert answer.posterior is None
    assert answer.log_likelihood == -2


def test_the_log_likelihood_of_soft_assignments_needs_no_other_look_at_the_data():
    looks = []

    class Counting(Waiting):
        def log_joint(self, x, params):
            looks.append(len(x))
            return super().log_joint(x, params)

    answer = fit(Counting(), LINE**2, WaitingParams(HALF, (1.0, 9.0)), max_iter=3)
    before = len(looks)
    assert answer.log_likelihood == answer.path[-1]
    assert len(looks) == before > 0
