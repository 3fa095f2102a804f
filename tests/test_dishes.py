"""The dish: published numbers, the factor 1 − 2 × share, half-steps, bad input."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emlib.dishes import Plates, adjust, observe, split

START = Plates((700, 300))

# Facts of the source article's dish: share → grams on the left plate after 1, 2, 3, 5, 10 rounds.
TABLE = {
    0.1: (660, 628, 602.4, 565.536, 521.47484),
    0.25: (600, 550, 525, 506.25, 500.19531),
    0.5: (500, 500, 500, 500, 500),
    0.6: (460, 508, 498.4, 499.936, 500.00002),
    0.75: (400, 550, 475, 493.75, 500.19531),
    0.9: (340, 628, 397.6, 434.464, 521.47484),
    1.0: (300, 700, 300, 300, 700),
    1.1: (260, 788, 154.4, 2.336, 1738.3473),
}
ROUNDS = {0.1: 27, 0.25: 9, 0.5: 1, 0.6: 4, 0.75: 9, 0.9: 27}


def left_by_round(share, rounds, start=START):
    plates, amounts = start, []
    for _ in range(rounds):
        plates = adjust(plates, observe(plates), share)
        amounts.append(plates.amounts[0])
    return np.array(amounts)


@pytest.mark.parametrize("share", TABLE)
def test_the_published_amounts(share):
    found = left_by_round(share, 10)[[0, 1, 2, 4, 9]]
    np.testing.assert_allclose(found, TABLE[share], rtol=1e-7)


@pytest.mark.parametrize("share", ROUNDS)
def test_the_published_numbers_of_rounds(share):
    *_, last = split(START, share)
    assert last.iteration == ROUNDS[share]
    assert abs(last.params.amounts[0] - 500) <= 0.5


def test_the_whole_difference_goes_back_and_forth_for_ever():
    steps = list(split(START, 1.0, max_iter=40))
    assert steps[-1].iteration == 40
    assert [s.params.amounts[0] for s in steps if s.kind == "adjust"] == [300, 700] * 20


def test_half_steps_come_in_turn_and_only_the_move_changes_the_plates():
    steps = list(split(START, 0.25))
    assert [step.kind for step in steps[:5]] == ["start", "observe", "adjust", "observe", "adjust"]
    for before, after in pairwise(steps):
        if after.kind == "observe":
            assert after.posterior == before.params.amounts[0] - before.params.amounts[1]
            np.testing.assert_array_equal(after.params.amounts, before.params.amounts)
        else:
            assert after.posterior == before.posterior
            assert not np.array_equal(after.params.amounts, before.params.amounts)


def test_steps_are_read_only_and_share_nothing():
    steps = list(split(START, 0.25))
    for one, other in pairwise(steps):
        assert not one.params.amounts.flags.writeable
        assert not np.shares_memory(one.params.amounts, other.params.amounts)


def test_an_even_start_is_the_end():
    assert [step.kind for step in split(Plates((500, 500)))] == ["start"]


@given(st.floats(0, 1000), st.floats(0, 1.5), st.integers(1, 12))
def test_the_error_shrinks_by_one_minus_two_shares(left, share, rounds):
    found = left_by_round(share, rounds, Plates(np.array([left, 1000 - left])))
    wanted = 500 + (left - 500) * (1 - 2 * share) ** np.arange(1, rounds + 1)
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9 * 2.0**rounds)


@given(st.floats(0, 1000), st.floats(0, 1000), st.floats(0, 1.5))
def test_nothing_is_lost(left, right, share):
    plates = Plates(np.array([left, right]))
    after = adjust(plates, observe(plates), share)
    np.testing.assert_allclose(after.amounts.sum(), left + right, atol=1e-9)


def test_the_start_is_left_alone():
    amounts = np.array([700.0, 300.0])
    list(split(Plates(amounts)))
    assert amounts.tolist() == [700, 300]
    assert amounts.flags.writeable


BAD = [
    (lambda: split((700, 300)), TypeError, "start must be Plates(amounts)"),
    (lambda: split(Plates((1, 2, 3))), ValueError,
     "start.amounts has shape (3,): here it must be (2,)"),
    (lambda: split(Plates((-1, 2))), ValueError,
     "start.amounts are [-1.  2.]: grams must not be negative"),
    (lambda: split(Plates((np.nan, 2))), ValueError,
     "start.amounts has 1 NaN or infinite value(s), the first at start.amounts[0]: "
     "remove or repair them first"),
    (lambda: split(START, -0.1), ValueError,
     "share is -0.1: it must be at least 0 and finite"),
    (lambda: split(START, "half"), TypeError, "share is 'half': pass a float"),
    (lambda: split(START, tolerance=-1), ValueError,
     "tolerance is -1: it must be at least 0 and finite"),
    (lambda: split(START, max_iter=0), ValueError,
     "max_iter is 0: it must be at least 1 and finite"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "message"), BAD)
def test_bad_input_is_refused_with_a_sentence(call, kind, message):
    with pytest.raises(kind) as caught:
        call()
    assert str(caught.value) == message
