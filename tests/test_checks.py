"""What is accepted gives the float64 answer; what is not is refused in one clear sentence."""

import re

import numpy as np
import pytest
from cases import COINS, HALF, HEADS, LINE, ON_LINE, ON_PLANE, PLANE, THREE, Waiting, WaitingParams

from emlib import (
    CoinMixture,
    CoinParams,
    GaussianMixture,
    GaussianParams,
    HiddenMarkov,
    KMeans,
    KMeansParams,
    Repeated,
    ascend,
    best_of,
    convergence_rate,
    em,
    fit,
    trace,
)
from emlib.logistic import LogisticRegression
from emlib.prior import MapGaussianMixture

COIN, GAUSS = CoinMixture(10), GaussianMixture()
MEANS = KMeansParams(ON_PLANE.means)
APART = WaitingParams(HALF, (1.0, 9.0))

ENTRANCES = {
    "em": em,
    "fit": fit,
    "trace": trace,
    "best_of": lambda model, x, start: best_of(model, x, [start]),
    "convergence_rate": convergence_rate,
}
MODELS = {
    "coins": (COIN, COINS),
    "Gaussians": (GAUSS, ON_LINE),
    "K-means": (KMeans(), KMeansParams((-1.0, 2.0))),
    "repeated": (Repeated(GAUSS, np.ones(40)), ON_LINE),
    "reader's own": (Waiting(), APART),
}


@pytest.fixture(params=ENTRANCES.values(), ids=ENTRANCES.keys())
def enter(request):
    return request.param


@pytest.fixture(params=MODELS.values(), ids=MODELS.keys())
def model_and_start(request):
    return request.param


# ---- refused by every model, whichever way in ----

BAD_X = {
    "NaN": ([1.0, np.nan, 3.0, np.nan], ValueError,
            "x has 2 NaN or infinite value(s), the first at x[1]: remove or repair them first"),
    "infinity": ([1.0, 2.0, np.inf], ValueError,
                 "x has 1 NaN or infinite value(s), the first at x[2]: "
                 "remove or repair them first"),
    "minus infinity": ([-np.inf, 2.0, 3.0], ValueError,
                       "x has 1 NaN or infinite value(s), the first at x[0]: "
                       "remove or repair them first"),
    "NaN in a plane": ([[1.0, 2.0], [3.0, np.nan]], ValueError,
                       "x has 1 NaN or infinite value(s), the first at x[1, 1]: "
                       "remove or repair them first"),
    "one NaN": (np.nan, ValueError, "x is nan: pass a finite number"),
    "masked": (np.ma.masked_array([1.0, 2.0, 3.0], [0, 1, 0]), TypeError,
               "x is a masked array: the mask would be ignored; pass values only"),
    "complex": ([1j, 2.0], TypeError,
                "x holds complex128 values: pass real numbers, e.g. x.astype(float)"),
    "strings": (["1", "2"], TypeError,
                "x holds <U1 values: pass real numbers, e.g. x.astype(float)"),
    "objects": (np.array([1, 2], dtype=object), TypeError,
                "x holds object values: pass real numbers, e.g. x.astype(float)"),
    "none": (None, TypeError,
             "x holds object values: pass real numbers, e.g. x.astype(float)"),
    "a None among numbers": ([1.0, None], TypeError,
                             "x holds object values: pass real numbers, e.g. x.astype(float)"),
    "dates": (np.array(["2020-01-01"], dtype="datetime64[D]"), TypeError,
              "x holds datetime64[D] values: pass real numbers, e.g. x.astype(float)"),
    "a set": ({1.0, 2.0}, TypeError,
              "x holds object values: pass real numbers, e.g. x.astype(float)"),
    "a generator": ((n for n in (1.0, 2.0)), TypeError,
                    "x holds object values: pass real numbers, e.g. x.astype(float)"),
    "ragged": ([[1.0, 2.0], [3.0]], ValueError, "x is ragged: every row needs the same length"),
    "empty": ([], ValueError, "x is empty: pass at least one value"),
    "empty rows": (np.empty((3, 0)), ValueError, "x is empty: pass at least one value"),
    "one number": (5.0, ValueError, "x has shape (): pass (N,) or (N, D)"),
    "three axes": (np.ones((2, 2, 2)), ValueError,
                   "x has shape (2, 2, 2): pass (N,) or (N, D)"),
}  # fmt: skip


@pytest.mark.parametrize(("x", "kind", "message"), BAD_X.values(), ids=BAD_X.keys())
def test_bad_data_are_refused_in_the_same_words_by_every_model(
    enter, model_and_start, x, kind, message
):
    model, start = model_and_start
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        enter(model, x, start)


# ---- refused by one model ----

EYE = np.eye(2)
BAD = {
    # coins: data
    "heads above tosses": (COIN, [5, 11, 12], COINS,
        r"^x\[1\] is 11: heads must be whole numbers from 0 to the number of tosses \(2 bad"),
    "heads below 0": (COIN, [5, -1], COINS, r"^x\[1\] is -1: heads must be whole numbers"),
    "half a head": (COIN, [0.5, 1], COINS, r"^x\[0\] is 0\.5: heads must be whole numbers"),
    "heads above own tosses": (CoinMixture((3, 9)), [4, 9], COINS, r"^x\[0\] is 4: heads must"),
    "heads in a table": (COIN, [[5.0], [7.0]], COINS, r"^x has shape \(2, 1\): here"),
    "tosses of other groups": (CoinMixture((3, 9)), HEADS, COINS,
        r"^tosses has shape \(2,\): here it must be \(5,\)$"),
    "more coins than groups": (COIN, [5], COINS,
        r"^start has 2 components but x has only 1 observation\(s\): use fewer components or more"),
    # coins: start
    "no start": (COIN, HEADS, None, r"^start must be CoinParams\(weights, heads\)$"),
    "a bare tuple": (COIN, HEADS, (HALF, (0.5, 0.9)), r"^start must be CoinParams"),
    "another model's start": (COIN, HEADS, ON_LINE, r"^start must be CoinParams"),
    "a dict": (COIN, HEADS, {"weights": HALF, "heads": HALF}, r"^start must be CoinParams"),
    "heads above 1": (COIN, HEADS, CoinParams(HALF, (0.5, 1.5)),
        r"^start\.heads\[1\] is 1\.5: heads must lie between 0 and 1 \(1 bad value\(s\)\)$"),
    "heads under 0": (COIN, HEADS, CoinParams(HALF, (-0.5, -1)),
        r"^start\.heads\[0\] is -0\.5: heads must lie between 0 and 1 \(2 bad value\(s\)\)$"),
    "NaN heads": (COIN, HEADS, CoinParams(HALF, (0.5, np.nan)),
        r"^start\.heads has 1 NaN or infinite value\(s\), the first at start\.heads\[1\]"),
    "three heads": (COIN, HEADS, CoinParams(HALF, (0.5, 0.6, 0.7)),
        r"^start\.heads has shape \(3,\): here it must be \(2,\)$"),
    "text heads": (COIN, HEADS, CoinParams(HALF, "ab"), r"^start\.heads holds <U2 values"),
    "weights above 1": (COIN, HEADS, CoinParams((0.5, 0.6), (0.5, 0.9)),
        r"^start\.weights sum to 1\.1: weights must sum to 1$"),
    "weights as counts": (COIN, HEADS, CoinParams((1, 1), (0.5, 0.9)),
        r"^start\.weights sum to 2: weights must sum to 1$"),
    "a negative weight": (COIN, HEADS, CoinParams((1.5, -0.5), (0.5, 0.9)),
        r"^start\.weights\[1\] is -0\.5: weights must not be negative \(1 bad value\(s\)\)$"),
    "a negative weight between others": (COIN, HEADS, CoinParams((0.9, -0.4, 0.5), (0.1, 0.2, 0.3)),
        r"^start\.weights\[1\] is -0\.4: weights must not be negative \(1 bad value\(s\)\)$"),
    "a table of weights": (COIN, HEADS, CoinParams([[0.5, 0.5]], (0.5, 0.9)),
        r"^start\.weights has shape \(1, 2\): pass one number per component, \(K,\)$"),
    "weights against the known": (CoinMixture(10, (0.3, 0.7)), HEADS, COINS,
        r"^start\.weights \[0\.5 0\.5\] differ from the model's known weights \[0\.3 0\.7\]: use"),
    "more weights than known": (CoinMixture(10, (0.3, 0.7)), HEADS,
        CoinParams((0.3, 0.3, 0.4), (0.1, 0.2, 0.3)), r"^start\.weights .* differ from the model"),
    "impossible heads": (COIN, HEADS, CoinParams(HALF, (0.0, 1.0)),
        r"^start makes the data impossible: log-likelihood -inf$"),
    # Gaussians
    "wrong params of Gaussians": (GAUSS, LINE, COINS,
        r"^start must be GaussianParams\(weights, means, covs\)$"),
    "too few means": (GAUSS, LINE, GaussianParams(HALF, (0.0,), (1.0, 1.0)),
        r"^start\.means has shape \(1,\): here it must be \(2,\)$"),
    "means of a plane": (GAUSS, LINE, ON_PLANE,
        r"^start\.means has shape \(2, 2\): here it must be \(2,\)$"),
    "means of a line": (GAUSS, PLANE, ON_LINE,
        r"^start\.means has shape \(2,\): here it must be \(2, 2\)$"),
    "variances for matrices": (GAUSS, PLANE, GaussianParams(HALF, ON_PLANE.means, EYE),
        r"^start\.covs has shape \(2, 2\): here it must be \(2, 2, 2\)$"),
    "a negative variance": (GAUSS, LINE, GaussianParams(HALF, (0.0, 1.0), (1.0, -1.0)),
        r"^start\.covs\[1\] is not positive definite: \[\[-1\.0\]\]$"),
    "no variance": (GAUSS, LINE, GaussianParams(HALF, (0.0, 1.0), (0.0, 1.0)),
        r"^start\.covs\[0\] is not positive definite: \[\[0\.0\]\]$"),
    "singular": (GAUSS, PLANE, GaussianParams(HALF, ON_PLANE.means, [EYE, np.ones((2, 2))]),
        r"^start\.covs\[1\] is not positive definite: \[\[1\.0, 1\.0\], \[1\.0, 1\.0\]\]$"),
    "not symmetric": (GAUSS, PLANE, GaussianParams(HALF, ON_PLANE.means, [EYE, [[1, 0.5], [0, 1]]]),
        r"^start\.covs\[1\] is not symmetric: use \(cov \+ cov\.T\) / 2$"),
    "NaN covariance": (GAUSS, LINE, GaussianParams(HALF, (0.0, 1.0), (np.nan, 1.0)),
        r"^start\.covs has 1 NaN or infinite value\(s\), the first at start\.covs\[0\]"),
    "under the floor": (GAUSS, LINE, GaussianParams(HALF, (0.0, 1.0), (1.0, 1e-30)),
        r"^start\.covs\[1\] lies under the floor, 1e-09 of the data's variance: start wider"),
    "tilted but diagonal": (GaussianMixture("diagonal"), PLANE,
        GaussianParams(HALF, ON_PLANE.means, [EYE, [[1, 0.5], [0.5, 1]]]),
        r"^start\.covs\[1\] does not fit covariance='diagonal': the nearest that does is \[\[1"),
    "flat but spherical": (GaussianMixture("spherical"), PLANE,
        GaussianParams(HALF, ON_PLANE.means, [np.diag([1, 3]), EYE]),
        r"^start\.covs\[0\] does not fit covariance='spherical': .* is \[\[2\.0, 0"),
    "different but tied": (GaussianMixture("tied"), LINE,
        GaussianParams(HALF, (0.0, 1.0), (1.0, 3.0)),
        r"^start\.covs\[0\] does not fit covariance='tied': the nearest .* is \[\[2\.0\]\]$"),
    "weights of Gaussians": (GAUSS, LINE, ON_LINE._replace(weights=(0.5, 0.4)),
        r"^start\.weights sum to 0\.9: weights must sum to 1$"),
    "more Gaussians than points": (GAUSS, [[0.0, 1.0], [1.0, 0.0]], THREE,
        r"^start has 3 components but x has only 2 observation\(s\)"),
    "x too large": (GAUSS, LINE * 1e200, ON_LINE,
        r"^x reaches .*e\+200, too large to square: rescale it first$"),
    "x too large below 0": (KMeans(), -np.abs(LINE) * 1e200, KMeansParams((-1.0, 2.0)),
        r"^x reaches .*e\+200, too large to square: rescale it first$"),
    "x too narrow": (GAUSS, LINE * 1e-160, ON_LINE,
        r"^x spans .*e-160, too small to square: rescale it first$"),
    "a mean too far": (GAUSS, LINE, GaussianParams(HALF, (0.0, 1e200), (1.0, 1.0)),
        r"^start\.means reaches 1e\+200, too large to square: rescale it first$"),
    # K-means
    "wrong params of K-means": (KMeans(), PLANE, ON_PLANE,
        r"^start must be KMeansParams\(means\)$"),
    "bare means": (KMeans(), PLANE, PLANE[:2], r"^start must be KMeansParams\(means\)$"),
    "means in space": (KMeans(), PLANE, KMeansParams(np.zeros((2, 3))),
        r"^start\.means has shape \(2, 3\): here it must be \(2, 2\)$"),
    "one mean": (KMeans(), PLANE, KMeansParams((0.0, 0.0)),
        r"^start\.means has shape \(2,\): here it must be \(2, 2\)$"),
    "no axis of means": (KMeans(), LINE, KMeansParams(0.0),
        r"^start\.means has shape \(\): here it must be \(1,\)$"),
    "more means than points": (KMeans(), [1.0], KMeansParams((0.0, 1.0)),
        r"^start has 2 components but x has only 1"),
    "x too large for K-means": (KMeans(), PLANE * 1e200, MEANS, r"^x reaches .*e\+200"),
    "means too far for K-means": (KMeans(), PLANE, KMeansParams(PLANE[:2] * 1e200),
        r"^start\.means reaches .*e\+199"),
    # repeated
    "other times": (Repeated(COIN, (1, 2)), HEADS, COINS,
        r"^times has shape \(2,\): here it must be \(5,\)$"),
    # a reader's own class
    "a dict of a reader's": (Waiting(), LINE, {"weights": HALF},
        r"^start is a dict: pass a NamedTuple or one array$"),
    "nothing for a reader's": (Waiting(), LINE, None,
        r"^start is a NoneType: pass a NamedTuple or one array$"),
    "NaN for a reader's": (Waiting(), LINE, WaitingParams(HALF, (1.0, np.nan)),
        r"^start\.means has 1 NaN or infinite value\(s\), the first at start\.means\[1\]"),
    "a ragged reader's": (Waiting(), LINE, (HALF, (1.0, 2.0, 3.0)),
        r"^start\.params is ragged: every row needs the same length$"),
}  # fmt: skip


@pytest.mark.parametrize(("model", "x", "start", "message"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_named(enter, model, x, start, message):
    if enter is convergence_rate and "impossible" in message:
        pytest.skip("the rate is asked at a fit, not at a start")
    with pytest.raises((TypeError, ValueError), match=message):
        enter(model, x, start)


# ---- options ----

BAD_OPTIONS = {
    "no iteration": (
        {"max_iter": 0},
        ValueError,
        "max_iter is 0: it must be at least 1 and finite",
    ),
    "minus one": ({"max_iter": -1}, ValueError, "max_iter is -1: it must be at least 1 and finite"),
    "half an iteration": ({"max_iter": 2.5}, TypeError, "max_iter is 2.5: pass a int"),
    "a float": ({"max_iter": 2.0}, TypeError, "max_iter is 2.0: pass a int"),
    "True": ({"max_iter": True}, TypeError, "max_iter is True: pass a int"),
    "None": ({"max_iter": None}, TypeError, "max_iter is None: pass a int"),
    "text": ({"max_iter": "9"}, TypeError, "max_iter is '9': pass a int"),
    "negative tol": ({"tol": -1e-9}, ValueError, "tol is -1e-09: it must be at least 0 and finite"),
    "NaN tol": ({"tol": np.nan}, ValueError, "tol is nan: it must be at least 0 and finite"),
    "infinite tol": ({"tol": np.inf}, ValueError, "tol is inf: it must be at least 0 and finite"),
    "text tol": ({"tol": "small"}, TypeError, "tol is 'small': pass a float"),
    "True tol": ({"tol": True}, TypeError, "tol is True: pass a float"),
}


@pytest.mark.parametrize(
    ("options", "kind", "message"), BAD_OPTIONS.values(), ids=BAD_OPTIONS.keys()
)
def test_bad_options_are_refused(options, kind, message):
    for call in (em, fit, trace):
        with pytest.raises(kind, match=f"^{re.escape(message)}$"):
            call(COIN, HEADS, COINS, **options)
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        best_of(COIN, HEADS, [COINS], **options)
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        list(ascend(lambda p: -p, lambda p: p, 1.0, **options))


def test_bad_options_of_the_rate_are_refused():
    with pytest.raises(ValueError, match="max_iter is 0"):
        convergence_rate(COIN, HEADS, COINS, max_iter=0)


def test_best_of_nothing_is_refused():
    with pytest.raises(ValueError, match=r"^starts is empty: pass at least one start$"):
        best_of(COIN, HEADS, [])


@pytest.mark.parametrize("value", [np.int64(3), 3])
def test_numpy_integers_count_iterations(value):
    assert fit(COIN, HEADS, COINS, max_iter=value, tol=np.float32(0)).iterations == 3


# ---- fields of models ----

BAD_FIELDS = [
    (lambda: CoinMixture(0), ValueError, "tosses is 0: pass whole numbers of at least 1"),
    (lambda: CoinMixture(-3), ValueError, "tosses is -3: pass whole numbers of at least 1"),
    (lambda: CoinMixture(2.5), ValueError, "tosses is 2.5: pass whole numbers of at least 1"),
    (lambda: CoinMixture((9, 0)), ValueError, "tosses[1] is 0: pass whole numbers of at least 1"),
    (lambda: CoinMixture("10"), TypeError, "tosses holds <U2 values: pass real numbers, e.g. x."),
    (lambda: CoinMixture(np.nan), ValueError, "tosses is nan: pass a finite number"),
    (lambda: CoinMixture([]), ValueError, "tosses is empty: pass at least one value"),
    (lambda: CoinMixture(10, (0.5, 0.6)), ValueError, "weights sum to 1.1: weights must sum to 1"),
    (lambda: CoinMixture(10, (1.5, -0.5)), ValueError, "weights[1] is -0.5: weights must not be"),
    (lambda: CoinMixture(10, 1.0), ValueError, "weights has shape (): pass one number per"),
    (lambda: CoinMixture(10, "half"), TypeError, "weights holds <U4 values"),
    (lambda: GaussianMixture("round"), ValueError,
        "covariance is 'round': pass one of ['full', 'tied', 'diagonal', 'spherical']"),
    (lambda: GaussianMixture(None), ValueError, "covariance is None: pass one of ['full',"),
    (lambda: GaussianMixture(["full"]), ValueError, "covariance is ['full']: pass one of"),
    (lambda: GaussianMixture(floor=-1.0), ValueError, "floor is -1.0: it must be at least 0 and"),
    (lambda: GaussianMixture(floor=np.nan), ValueError, "floor is nan: it must be at least 0"),
    (lambda: GaussianMixture(floor="0"), TypeError, "floor is '0': pass a float"),
    (lambda: KMeans(0), ValueError, "variance is 0: it must be at least 1e-300 and finite"),
    (lambda: KMeans(-1.0), ValueError, "variance is -1.0: it must be at least 1e-300 and finite"),
    (lambda: KMeans(np.inf), ValueError, "variance is inf: it must be at least 1e-300 and finite"),
    (lambda: KMeans(hard=1), TypeError, "hard is 1: pass True or False"),
    (lambda: GaussianMixture(hard="no"), TypeError, "hard is 'no': pass True or False"),
    (lambda: CoinMixture(10, hard=None), TypeError, "hard is None: pass True or False"),
    (lambda: KMeans(None), TypeError, "variance is None: pass a float"),
    (lambda: Repeated(COIN, (1, -2, -3)), ValueError,
        "times[1] is -2: counts must not be negative (2 bad value(s))"),
    (lambda: Repeated(COIN, (0, 0)), ValueError, "times are all 0: no observation is left"),
    (lambda: Repeated(COIN, (1, np.nan)), ValueError, "times has 1 NaN or infinite value(s)"),
    (lambda: Repeated(COIN, ()), ValueError, "times is empty: pass at least one value"),
    (lambda: Repeated(COIN, ((1, 2), (3,))), ValueError, "times is ragged: every row needs the"),
    (lambda: Repeated(COIN, "12345"), TypeError, "times holds <U5 values"),
    (lambda: Repeated(COIN, 3), ValueError, "times has shape (): pass one count per observation"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "kind", "message"), BAD_FIELDS)
def test_a_model_with_a_bad_field_is_refused(make, kind, message):
    with pytest.raises(kind, match=f"^{re.escape(message)}"):
        make()


# ---- starts drawn at random ----

DRAW = np.random.default_rng(0)
BAD_STARTS = {
    "more than points": ((6, DRAW), ValueError, "start has 6 components but x has only 5 obs"),
    "none": ((0, DRAW), ValueError, "components is 0: it must be at least 1 and finite"),
    "minus one": ((-1, DRAW), ValueError, "components is -1: it must be at least 1"),
    "a float": ((2.0, DRAW), TypeError, "components is 2.0: pass a int"),
    "True": ((True, DRAW), TypeError, "components is True: pass a int"),
    "a seed": ((2, 0), TypeError, "rng is 0: pass np.random.default_rng(0), or another seed"),
    "no generator": ((2, None), TypeError, "rng is None: pass np.random.default_rng(0)"),
    "an old generator": ((2, np.random.RandomState(0)), TypeError, "rng is RandomState(MT19937)"),
}


@pytest.mark.parametrize(("options", "kind", "message"), BAD_STARTS.values(), ids=BAD_STARTS)
@pytest.mark.parametrize("model", [COIN, GAUSS, KMeans()], ids=lambda m: type(m).__name__)
def test_a_start_that_cannot_be_drawn_is_refused(model, options, kind, message):
    with pytest.raises(kind, match=f"^{re.escape(message)}"):
        model.start(HEADS, *options)


@pytest.mark.parametrize("model", [COIN, GAUSS, KMeans()], ids=lambda m: type(m).__name__)
def test_a_start_is_not_drawn_from_bad_data(model):
    with pytest.raises(ValueError, match=r"^x has 1 NaN"):
        model.start([1.0, np.nan], 1, DRAW)


def test_a_start_has_as_many_coins_as_known_weights():
    with pytest.raises(ValueError, match=r"^weights has shape \(2,\): here it must be \(3,\)$"):
        CoinMixture(10, HALF).start(HEADS, 3, DRAW)


# ---- accepted: the answer is that of float64 ----


class Table:
    """Something like a table of pandas: not an array, but willing to become one."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype)

    def __len__(self):
        return len(self.values)


def read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


FORMS = {
    "list": lambda x: x.tolist(),
    "tuple": lambda x: tuple(x.tolist()),
    "table": Table,
    "read-only": read_only,
    "Fortran order": np.asfortranarray,
    "every second": lambda x: np.repeat(x, 2, axis=0)[::2],
    "reversed twice": lambda x: x[::-1].copy()[::-1],
    "long double": lambda x: x.astype(np.longdouble),
    "big-endian": lambda x: x.astype(">f8"),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize(
    ("model", "x", "start"),
    [
        (COIN, HEADS, COINS),
        (GAUSS, LINE, ON_LINE),
        (GAUSS, PLANE, ON_PLANE),
        (KMeans(), PLANE, MEANS),
        (Waiting(), LINE**2, APART),
    ],
    ids=["coins", "line", "plane", "K-means", "reader's own"],
)
def test_any_form_of_the_data_gives_the_same_answer(model, x, start, form):
    expected = fit(model, x, start, max_iter=10)
    answer = fit(model, form(x), start, max_iter=10)
    np.testing.assert_array_equal(answer.path, expected.path)
    assert repr(answer) == repr(expected)
    assert answer.posterior.dtype == float


@pytest.mark.parametrize("kind", [int, np.int8, np.uint8, np.int64, np.float16, np.float32])
def test_whole_numbers_of_any_kind_give_the_same_answer(kind):
    expected = fit(COIN, HEADS, COINS)
    answer = fit(COIN, HEADS.astype(kind), COINS)
    np.testing.assert_array_equal(answer.path, expected.path)
    line = np.round(LINE * 10)
    start = GaussianParams(HALF, (-5, 20), (100, 100))
    if np.issubdtype(kind, np.signedinteger) or np.issubdtype(kind, np.floating):
        np.testing.assert_array_equal(
            fit(GAUSS, line.astype(kind), start).path, fit(GAUSS, line, start).path
        )


@pytest.mark.parametrize("model", [COIN, GAUSS, KMeans(), Repeated(GAUSS, np.ones(40)),
                                   MapGaussianMixture(scale=1.0, dof=3), HiddenMarkov(2),
                                   LogisticRegression([0.0, 1], [0, 1])], ids=type)  # fmt: skip
def test_a_model_cannot_be_changed(model):
    for name in vars(model):
        with pytest.raises(AttributeError):
            setattr(model, name, None)


def test_a_model_cannot_write_to_the_data():
    x = LINE.copy()
    checked, _ = GAUSS.check(x, ON_LINE)
    assert (checked.flags.writeable, x.flags.writeable) == (False, True)


def test_true_and_false_are_heads_and_tails():
    x, start = [True, True, False, True], CoinParams((0.4, 0.6), (0.6, 0.7))
    expected = fit(CoinMixture(1), [1.0, 1, 0, 1], start)
    np.testing.assert_array_equal(fit(CoinMixture(1), x, start).path, expected.path)


def test_float32_data_are_read_as_float64():
    small = PLANE.astype(np.float32)
    answer, expected = (fit(GAUSS, x, ON_PLANE) for x in (small, small.astype(float)))
    np.testing.assert_array_equal(answer.path, expected.path)


def test_a_start_may_be_lists_and_integers():
    expected = fit(GAUSS, LINE, GaussianParams(np.array(HALF), np.array([-1.0, 2]), np.ones(2)))
    np.testing.assert_array_equal(
        fit(GAUSS, LINE, GaussianParams([0.5, 0.5], [-1, 2], [1, 1])).path, expected.path
    )


@pytest.mark.parametrize("tosses", [10.0, np.int32(10), [10] * 5, np.full(5, 10), (10.0,) * 5])
def test_tosses_may_be_a_number_or_one_per_group(tosses):
    expected = fit(CoinMixture(10), HEADS, COINS).path
    np.testing.assert_allclose(fit(CoinMixture(tosses), HEADS, COINS).path, expected, rtol=1e-14)


def test_a_hundred_thousand_times_the_same_sentence_is_short():
    with pytest.raises(ValueError) as caught:
        fit(GAUSS, np.full(100_000, np.nan), ON_LINE)
    assert len(str(caught.value)) < 120
