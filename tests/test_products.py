"""Products in pieces: the same numbers, whatever the pieces."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from emlib import products

SIZES = [(2, 3, 1), (2, 3, 50), (3, 4, 51), (10, 6, 17)]


def tables(components, size, n):
    rng = np.random.default_rng(0)
    return (rng.normal(size=shape) for shape in ((components, size), (size, n), (components, n)))


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("most", [1, 12, 100, products.THREADS])
def test_pieces_make_the_whole(sizes, most, monkeypatch):
    monkeypatch.setattr(products, "THREADS", most)
    coefficients, features, shares = tables(*sizes)
    np.testing.assert_allclose(
        products.scores(coefficients, features), coefficients @ features, rtol=1e-13, atol=1e-13
    )
    np.testing.assert_allclose(
        products.sums(features, shares), features @ shares.T, rtol=1e-13, atol=1e-13
    )


def test_a_piece_is_the_work_of_one_thread():
    table = np.zeros((4, 1003))
    whole, rest = products.cut(table, 10)
    assert whole.shape == (100, 4, 10)
    assert rest.shape == (1, 4, 3)
    assert np.shares_memory(whole, table)
    assert np.shares_memory(rest, table)


def test_threads_change_no_bit():
    answers = []
    coefficients, features, shares = tables(20, 30, 5000)
    for threads in (1, 2):
        with threadpool_limits(threads):
            both = products.scores(coefficients, features), products.sums(features, shares)
            answers.append(both)
    for one, other in zip(*answers, strict=True):
        np.testing.assert_array_equal(one, other)
