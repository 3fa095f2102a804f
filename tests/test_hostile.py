"""What an attacker would pass: at every entrance, in every field, in every odd but good form."""

import copy
import functools
import pickle
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from cases import (
    CASES,
    COINS,
    COVARIANCES,
    HALF,
    HEADS,
    LINE,
    ON_LINE,
    ON_PLANE,
    PLANE,
    THREE,
    Waiting,
    WaitingParams,
)
from scipy import sparse

from emlib import (
    CoinMixture,
    CoinParams,
    GaussianMixture,
    GaussianParams,
    KMeans,
    KMeansParams,
    Mixture,
    Repeated,
    ascend,
    best_of,
    convergence_rate,
    em,
    fit,
    trace,
)
from emlib.checks import named
from emlib.data import rounded
from emlib.dishes import Plates, split
from emlib.likelihood import Bag, BagParams, Normal, NormalParams, climb
from emlib.logistic import LogisticParams, LogisticRegression
from emlib.prior import MapGaussianMixture
from emlib.result import EXPLANATIONS
from emlib.scalar import MeanParams, OneMean, TossParams, TwoTosses, number_of

COIN, GAUSS, MAP = CoinMixture(10), GaussianMixture(), MapGaussianMixture(scale=1.0, dof=3.0)
MEANS = KMeansParams((-1.0, 2.0))
APART = WaitingParams(HALF, (1.0, 9.0))
HOURS = LogisticRegression([1.0, 2.0, 3.0, 4.0], [0, 1, 0, 1])
DRAW = np.random.default_rng(0)


class Bare(Mixture):
    """A reader's own model whose params are one array: means of unit Gaussians."""

    def log_joint(self, x, params):
        return -((np.asarray(x)[:, None] - params) ** 2) / 2

    def m_step(self, x, responsibilities):
        return responsibilities.T @ x / responsibilities.sum(axis=0)


# ---- bad values, in every place that takes numbers ----


def numbers(kind):
    return "{name} holds " + kind + " values: pass real numbers, e.g. x.astype(float)"


def not_finite(count, where):
    return (
        f"{{name}} has {count} NaN or infinite value(s), the first at {{name}}[{where}]: "
        "remove or repair them first"
    )


RAGGED = "{name} is ragged: every row needs the same length"
EMPTY = "{name} is empty: pass at least one value"
MASKED = "{name} is a masked array: the mask would be ignored; pass values only"

BAD = {  # made anew for every test, because a generator is used up
    "a NaN": (lambda: [1.0, np.nan], ValueError, not_finite(1, "1")),
    "NaN only": (lambda: [np.nan] * 3, ValueError, not_finite(3, "0")),
    "infinity": (lambda: [1.0, 2.0, np.inf], ValueError, not_finite(1, "2")),
    "minus infinity": (lambda: (-np.inf, 1.0), ValueError, not_finite(1, "0")),
    "NaN in a table": (lambda: [[1.0, 2.0], [np.nan, np.inf]], ValueError, not_finite(2, "1, 0")),
    "float16 infinity": (lambda: np.array([1.0, 7e4], "f4").astype("f8") * [1, np.inf],
                         ValueError, not_finite(1, "1")),
    "NaN of float32": (lambda: np.array([np.nan, 1], "f4"), ValueError, not_finite(1, "0")),
    "complex": (lambda: [1j, 2.0], TypeError, numbers("complex128")),
    "complex without imaginary part": (lambda: np.ones(2, "c8"), TypeError, numbers("complex64")),
    "digits as text": (lambda: ["1", "2"], TypeError, numbers("<U1")),
    "one text": (lambda: "12", TypeError, numbers("<U2")),
    "text among numbers": (lambda: [1.0, "two"], TypeError, numbers("<U32")),
    "bytes": (lambda: b"12", TypeError, numbers("|S2")),
    "objects": (lambda: np.array([1.0, 2.0], dtype=object), TypeError, numbers("object")),
    "nothing": (lambda: None, TypeError, numbers("object")),
    "nothing among numbers": (lambda: [1.0, None], TypeError, numbers("object")),
    "decimals": (lambda: [Decimal(1), Decimal(2)], TypeError, numbers("object")),
    "fractions": (lambda: [Fraction(1, 2)] * 2, TypeError, numbers("object")),
    "whole numbers beyond 64 bits": (lambda: [10**30, 1], TypeError, numbers("object")),
    "beyond float64": (lambda: [10**400, 1], TypeError, numbers("object")),
    "dates": (lambda: np.array(["2020-01-01"], "M8[D]"), TypeError, numbers("datetime64[D]")),
    "time spans": (lambda: np.array([1, 2], "m8[s]"), TypeError, numbers("timedelta64[s]")),
    "records": (lambda: np.ones(2, dtype=[("a", float), ("b", float)]), TypeError,
                numbers("[('a', '<f8'), ('b', '<f8')]")),
    "a set": (lambda: {1.0, 2.0}, TypeError, numbers("object")),
    "a dict": (lambda: {0: 1.0}, TypeError, numbers("object")),
    "a generator": (lambda: (n for n in (1.0, 2.0)), TypeError, numbers("object")),
    "an iterator": (lambda: map(float, (1, 2)), TypeError, numbers("object")),
    "a function": (lambda: abs, TypeError, numbers("object")),
    "a class": (lambda: float, TypeError, numbers("object")),
    "an ellipsis": (lambda: ..., TypeError, numbers("object")),
    "a sparse matrix": (lambda: sparse.eye_array(2).tocsr(), TypeError, numbers("object")),
    "masked": (lambda: np.ma.masked_array([1.0, 2.0], [0, 1]), TypeError, MASKED),
    "masked, though nothing is": (lambda: np.ma.masked_array([1.0, 2.0]), TypeError, MASKED),
    "ragged": (lambda: [[1.0, 2.0], [3.0]], ValueError, RAGGED),
    "a number and a row": (lambda: [1.0, [2.0]], ValueError, RAGGED),
    "ragged deep down": (lambda: [[[1.0], [2.0]], [[3.0], [4.0, 5.0]]], ValueError, RAGGED),
    "empty": (lambda: [], ValueError, EMPTY),
    "an empty row": (lambda: [[]], ValueError, EMPTY),
    "rows of nothing": (lambda: np.empty((3, 0)), ValueError, EMPTY),
    "an empty bool array": (lambda: np.zeros(0, dtype=bool), ValueError, EMPTY),
}  # fmt: skip


def start_with(kind, other, **fields):
    """Return a function that puts a value into one field of this start."""
    [(name, _)] = fields.items()
    return lambda value: kind(**{**other._asdict(), name: value})


def fitting(model, start, enter=fit):
    return lambda x: enter(model, x, start)


BAG, BELL = BagParams(0.5), NormalParams(0.0, 1.0)
PLACES = {
    # observations
    "x of fit, coins": ("x", fitting(COIN, COINS)),
    "x of fit, Gaussians": ("x", fitting(GAUSS, ON_LINE)),
    "x of fit, tied": ("x", fitting(GaussianMixture("tied"), ON_LINE)),
    "x of fit, hard": ("x", fitting(GaussianMixture("diagonal", hard=True), ON_PLANE)),
    "x of fit, prior": ("x", fitting(MAP, ON_LINE)),
    "x of fit, K-means": ("x", fitting(KMeans(), MEANS)),
    "x of fit, soft K-means": ("x", fitting(KMeans(0.5, hard=False), MEANS)),
    "x of fit, one mean": ("x", fitting(OneMean(), MeanParams(1.0))),
    "x of fit, two tosses": ("x", fitting(TwoTosses(), TossParams(0.5))),
    "x of fit, repeated": ("x", fitting(Repeated(GAUSS, np.ones(40)), ON_LINE)),
    "x of fit, reader's own": ("x", fitting(Waiting(), APART)),
    "x of fit, params one array": ("x", fitting(Bare(), np.array([0.0, 1.0]))),
    "x of em": ("x", fitting(COIN, COINS, em)),
    "x of trace": ("x", fitting(COIN, COINS, trace)),
    "x of rate": ("x", fitting(COIN, COINS, convergence_rate)),
    "x of best_of": ("x", lambda x: best_of(COIN, x, [COINS])),
    "x of check": ("x", lambda x: GAUSS.check(x, ON_LINE)),
    "x of start, coins": ("x", lambda x: COIN.start(x, 1, DRAW)),
    "x of start, Gaussians": ("x", lambda x: GAUSS.start(x, 1, DRAW)),
    "x of start, prior": ("x", lambda x: MAP.start(x, 1, DRAW)),
    "x of start, K-means": ("x", lambda x: KMeans().start(x, 1, DRAW)),
    "x of start, repeated": ("x", lambda x: Repeated(COIN, (1, 1)).start(x, 1, DRAW)),
    "x of for_data": ("x", lambda x: MapGaussianMixture.for_data(x, 2)),
    "x of logistic": ("x", lambda x: LogisticRegression(x, [0, 1])),
    "y of logistic": ("y", lambda y: LogisticRegression([1.0, 2.0], y)),
    "x of log_odds": ("x", lambda x: HOURS.log_odds(HOURS.start(), x)),
    "x of probability": ("x", lambda x: HOURS.probability(HOURS.start(), x)),
    "x of a bag": ("x", lambda x: Bag().log_likelihood(x, BAG)),
    "x of a bag's score": ("x", lambda x: Bag().score(x, BAG)),
    "x of a bag's information": ("x", lambda x: Bag().information(x, BAG)),
    "x of a normal": ("x", lambda x: Normal().log_density(x, BELL)),
    "x of a normal's score": ("x", lambda x: Normal().score(x, BELL)),
    "x of a normal's information": ("x", lambda x: Normal().information(x, BELL)),
    "x of climb": ("x", lambda x: climb(Normal(), x, BELL)),
    "x of rounded": ("x", lambda x: rounded(x, 0.5)),
    # starts
    "weights of coins": ("start.weights",
        lambda v: fit(COIN, HEADS, start_with(CoinParams, COINS, weights=0)(v))),
    "heads of coins": ("start.heads",
        lambda v: fit(COIN, HEADS, start_with(CoinParams, COINS, heads=0)(v))),
    "heads of coins, em": ("start.heads",
        lambda v: em(COIN, HEADS, start_with(CoinParams, COINS, heads=0)(v))),
    "heads of coins, trace": ("start.heads",
        lambda v: trace(COIN, HEADS, start_with(CoinParams, COINS, heads=0)(v))),
    "heads of coins, rate": ("start.heads",
        lambda v: convergence_rate(COIN, HEADS, start_with(CoinParams, COINS, heads=0)(v))),
    "heads of coins, best_of": ("start.heads",
        lambda v: best_of(COIN, HEADS, [COINS, start_with(CoinParams, COINS, heads=0)(v)])),
    "weights of Gaussians": ("start.weights",
        lambda v: fit(GAUSS, LINE, start_with(GaussianParams, ON_LINE, weights=0)(v))),
    "means of Gaussians": ("start.means",
        lambda v: fit(GAUSS, LINE, start_with(GaussianParams, ON_LINE, means=0)(v))),
    "covs of Gaussians": ("start.covs",
        lambda v: fit(GAUSS, LINE, start_with(GaussianParams, ON_LINE, covs=0)(v))),
    "covs of a prior": ("start.covs",
        lambda v: fit(MAP, LINE, start_with(GaussianParams, ON_LINE, covs=0)(v))),
    "means of K-means": ("start.means", lambda v: fit(KMeans(), LINE, KMeansParams(v))),
    "one mean": ("start.mean", lambda v: fit(OneMean(), LINE, MeanParams(v))),
    "two tosses": ("start.heads", lambda v: fit(TwoTosses(), [1, 2], TossParams(v))),
    "a number alone": ("start.mean", lambda v: number_of(MeanParams(v))),
    "means of a reader's": ("start.means", lambda v: fit(Waiting(), LINE**2, APART._replace(
        means=v))),
    "times repeated": ("start.weights", lambda v: fit(Repeated(COIN, np.ones(5)), HEADS,
        start_with(CoinParams, COINS, weights=0)(v))),
    "amounts of a dish": ("start.amounts", lambda v: split(Plates(v))),
    "black of a bag": ("params.black", lambda v: climb(Bag(), 8, BagParams(v))),
    "mean of a normal": ("params.mean", lambda v: climb(Normal(), [1.0], NormalParams(v, 1.0))),
    "sd of a normal": ("params.sd", lambda v: Normal().score([1.0], NormalParams(0.0, v))),
    "intercept": ("params.intercept", lambda v: HOURS.log_likelihood(LogisticParams(v, 1.0))),
    "slopes": ("params.slopes", lambda v: HOURS.objective(LogisticParams(0.0, v))),
    "slopes, gradient": ("params.slopes", lambda v: HOURS.gradient(LogisticParams(0.0, v))),
    "slopes, Newton": ("params.slopes", lambda v: HOURS.newton_step(LogisticParams(0.0, v))),
    # fields of models
    "tosses": ("tosses", CoinMixture),
    "known weights": ("weights", lambda v: CoinMixture(10, v)),
    "times": ("times", lambda v: Repeated(COIN, v)),
    "scale": ("scale", lambda v: MapGaussianMixture(scale=v, dof=3.0)),
    "known mean": ("known_mean", lambda v: OneMean(known_mean=v)),
}  # fmt: skip


MEANS_SOMETHING = {"known weights", "x of log_odds", "x of probability"}  # None: see their docs


@pytest.mark.parametrize(("make", "kind", "message"), BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("place", PLACES)
def test_bad_values_are_refused_in_the_same_words_everywhere(place, make, kind, message):
    (name, call), value = PLACES[place], make()
    if value is None and place in MEANS_SOMETHING:
        call(None)
        return
    with pytest.raises(kind) as caught:
        call(value)
    assert str(caught.value) == message.format(name=name)


# ---- the wrong thing altogether ----

NOT_A_START = [None, 3.0, "half", {}, [0.5, 0.5], (HALF, HALF), np.ones(2), object(), CoinParams]
STARTS = {
    "coins": (COIN, HEADS, "start must be CoinParams(weights, heads)"),
    "Gaussians": (GAUSS, LINE, "start must be GaussianParams(weights, means, covs)"),
    "a prior": (MAP, LINE, "start must be GaussianParams(weights, means, covs)"),
    "K-means": (KMeans(), LINE, "start must be KMeansParams(means)"),
    "one mean": (OneMean(), LINE, "start must be MeanParams(mean)"),
    "two tosses": (TwoTosses(), [1], "start must be TossParams(heads)"),
    "repeated": (Repeated(COIN, np.ones(5)), HEADS, "start must be CoinParams(weights, heads)"),
}
ENTRANCES = {
    "em": em,
    "fit": fit,
    "trace": trace,
    "best_of": lambda model, x, start: best_of(model, x, [start]),
    "convergence_rate": convergence_rate,
    "check": lambda model, x, start: model.check(x, start),
}


@pytest.mark.parametrize("start", NOT_A_START, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("enter", ENTRANCES.values(), ids=ENTRANCES.keys())
@pytest.mark.parametrize(("model", "x", "message"), STARTS.values(), ids=STARTS.keys())
def test_what_is_no_start_is_refused(model, x, message, enter, start):
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        enter(model, x, start)


NOT_A_MODEL = {
    "nothing": (None, "model NoneType has no log_joint"),
    "text": ("coins", "model str has no log_joint"),
    "a number": (3, "model int has no log_joint"),
    "data": (HEADS, "model ndarray has no log_joint"),
    "a start": (COINS, "model CoinParams has no log_joint"),
    "a class": (CoinMixture, "model is the class CoinMixture: pass an instance, CoinMixture()"),
    "a function": (fit, "model function has no log_joint"),
    "a list of models": ([COIN], "model list has no log_joint"),
}


@pytest.mark.parametrize(("model", "message"), NOT_A_MODEL.values(), ids=NOT_A_MODEL.keys())
@pytest.mark.parametrize("name", ["em", "fit", "trace", "best_of", "convergence_rate"])
def test_what_is_no_model_is_refused(name, model, message):
    with pytest.raises(TypeError, match=f"^{re.escape(message)}"):
        ENTRANCES[name](model, HEADS, COINS)


BAD_COUNTS = {
    "zero": (0, ValueError, "max_iter is 0: it must be at least 1 and finite"),
    "negative": (-3, ValueError, "max_iter is -3: it must be at least 1 and finite"),
    "half": (1.5, TypeError, "max_iter is 1.5: pass a int"),
    "NaN": (np.nan, TypeError, "max_iter is nan: pass a int"),
    "infinite": (np.inf, TypeError, "max_iter is inf: pass a int"),
    "true": (True, TypeError, "max_iter is True: pass a int"),
    "nothing": (None, TypeError, "max_iter is None: pass a int"),
    "text": ("9", TypeError, "max_iter is '9': pass a int"),
    "a list": ([9], TypeError, "max_iter is [9]: pass a int"),
}
COUNTED = {
    "em": lambda n: em(COIN, HEADS, COINS, max_iter=n),
    "fit": lambda n: fit(COIN, HEADS, COINS, max_iter=n),
    "trace": lambda n: trace(COIN, HEADS, COINS, max_iter=n),
    "best_of": lambda n: best_of(COIN, HEADS, [COINS], max_iter=n),
    "rate": lambda n: convergence_rate(COIN, HEADS, COINS, max_iter=n),
    "ascend": lambda n: list(ascend(lambda p: -p, lambda p: p, 1.0, max_iter=n)),
    "climb": lambda n: list(climb(Bag(), 8, BAG, max_iter=n)),
    "split": lambda n: list(split(Plates((700.0, 300.0)), max_iter=n)),
}


@pytest.mark.parametrize(("value", "kind", "message"), BAD_COUNTS.values(), ids=BAD_COUNTS.keys())
@pytest.mark.parametrize("call", COUNTED.values(), ids=COUNTED.keys())
def test_a_bad_number_of_iterations_is_refused(call, value, kind, message):
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        call(value)


# ---- odd but good ----


class Tagged(np.ndarray):
    """A subclass of array, as libraries of units have one."""


class Willing:
    """Like a table of pandas: not an array, but willing to become one."""

    def __init__(self, values):
        self.values = values

    def __len__(self):
        return len(self.values)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype)


def on_disk(x, folder):
    file = folder / f"{len(list(folder.iterdir()))}.bin"
    table = np.memmap(file, dtype=float, mode="w+", shape=np.shape(x))
    table[...] = x
    table.flush()
    return np.memmap(file, dtype=float, mode="r", shape=np.shape(x))


def read_only(x):
    x = np.array(x)
    x.flags.writeable = False
    return x


ODD = {
    "list": lambda x, folder: x.tolist(),
    "tuple of lists": lambda x, folder: tuple(x.tolist()),
    "list of scalars or arrays": lambda x, folder: list(x),
    "read-only": lambda x, folder: read_only(x),
    "Fortran order": lambda x, folder: np.asfortranarray(x),
    "a column of a wider table": lambda x, folder: np.stack([x, x], axis=-1)[..., 0],
    "every third": lambda x, folder: np.repeat(x, 3, axis=0)[::3],
    "backwards in memory": lambda x, folder: x[::-1].copy()[::-1],
    "not aligned": lambda x, folder: np.frombuffer(b"\0" + x.tobytes(), offset=1).reshape(x.shape),
    "big-endian": lambda x, folder: x.astype(">f8"),
    "long double": lambda x, folder: x.astype(np.longdouble),
    "memory map": on_disk,
    "subclass": lambda x, folder: x.view(Tagged),
    "willing to be an array": lambda x, folder: Willing(x),
    "memory view": lambda x, folder: memoryview(np.ascontiguousarray(x)),
}


@functools.cache
def expected_of(name):
    model, x, start = CASES[name]
    return fit(model, np.array(x, dtype=float), start, max_iter=6)


@pytest.mark.parametrize("form", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("name", CASES)
def test_data_in_any_form_give_the_same_numbers(name, form, tmp_path):
    model, x, start = CASES[name]
    answer = fit(model, form(np.array(x, dtype=float), tmp_path), start, max_iter=6)
    np.testing.assert_allclose(answer.path, expected_of(name).path, rtol=1e-14)  # order of sums
    assert repr(answer) == repr(expected_of(name))
    assert type(answer.posterior) is np.ndarray


@pytest.mark.parametrize("form", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("name", CASES)
def test_a_start_in_any_form_gives_the_same_numbers(name, form, tmp_path):
    model, x, start = CASES[name]
    changed = type(start)(*(form(np.array(part, dtype=float), tmp_path) for part in start))
    answer = fit(model, x, changed, max_iter=6)
    np.testing.assert_array_equal(answer.path, expected_of(name).path)
    assert all(type(part) is np.ndarray and part.dtype == float for part in answer.params)


@pytest.mark.parametrize("kind", ["f2", "f4", "i1", "i2", "i4", "i8", ">i4"])
@pytest.mark.parametrize("name", CASES)
def test_narrow_numbers_are_read_as_float64(name, kind):
    model, x, start = CASES[name]
    narrow = np.array(x, dtype=float).astype(kind)
    if narrow.dtype.kind == "i" and "coins" not in name:
        narrow = np.round(np.array(x, dtype=float) * 20).astype(kind)
    if isinstance(start, WaitingParams):
        narrow = abs(narrow) + narrow.dtype.type(1)
    answers = [fit(model, x, start, max_iter=6) for x in (narrow, narrow.astype(float))]
    np.testing.assert_array_equal(answers[0].path, answers[1].path)


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_a_matrix_is_a_table():
    answer = fit(GAUSS, np.asmatrix(PLANE), ON_PLANE, max_iter=6)
    np.testing.assert_array_equal(answer.path, fit(GAUSS, PLANE, ON_PLANE, max_iter=6).path)
    assert type(answer.posterior) is np.ndarray


@pytest.mark.parametrize("count", [1, np.int8(1), np.uint64(1), np.int64(1)])
def test_numpy_s_whole_numbers_count(count):
    assert all(list(call(count)) or True for call in (COUNTED["em"], COUNTED["ascend"]))
    assert COUNTED["fit"](count).iterations == 1


# ---- nothing that was passed is changed ----


def fingerprint(*values):
    """Return the bytes, the type and the flags of everything that was passed."""
    return [(v.tobytes(), v.dtype, v.strides, v.flags.writeable) for v in values]


@pytest.mark.parametrize("enter", ENTRANCES.values(), ids=ENTRANCES.keys())
@pytest.mark.parametrize("name", CASES)
def test_no_entrance_changes_what_it_is_given(name, enter):
    model, x, start = copy.deepcopy(CASES[name])
    x, start = np.array(x), type(start)(*(np.array(part) for part in start))
    before, fields = fingerprint(x, *start), repr(vars(model))
    if enter is ENTRANCES["check"] and not hasattr(model, "check"):
        return
    answer = enter(model, x, start)
    list(answer if enter is em else [])
    assert fingerprint(x, *start) == before
    assert repr(vars(model)) == fields


class Stumbles(Waiting):
    """A reader's own model that fails in its third M-step."""

    def __init__(self):
        self.calls = 0

    def m_step(self, x, responsibilities):
        self.calls += 1
        if self.calls == 3:
            raise ZeroDivisionError("the reader's own mistake")
        return super().m_step(x, responsibilities)


class Scribbles(Waiting):
    """A reader's own model that writes into the data it was given."""

    def m_step(self, x, responsibilities):
        x *= 1.01
        return super().m_step(x, responsibilities)


RAISE = {
    "a NaN": (GAUSS, np.array([1.0, np.nan]), ON_LINE, ValueError),
    "a shape": (GAUSS, PLANE.copy(), ON_LINE, ValueError),
    "a weight": (GAUSS, LINE.copy(), ON_LINE._replace(weights=(0.7, 0.7)), ValueError),
    "a collapse without floor": (GaussianMixture(floor=0.0), np.array([0.0, 0.0, 5.0]),
        GaussianParams(HALF, (0.0, 5.0), (1e-3, 1.0)), ValueError),
    "a reader's mistake": (Stumbles(), LINE**2, APART, ZeroDivisionError),
    "impossible data": (COIN, HEADS.copy(), CoinParams(HALF, (0.0, 1.0)), ValueError),
}  # fmt: skip


@pytest.mark.parametrize("name", ["em", "fit", "trace", "best_of"])
@pytest.mark.parametrize(("model", "x", "start", "kind"), RAISE.values(), ids=RAISE.keys())
def test_what_raises_changes_nothing_either(model, x, start, kind, name):
    start = type(start)(*(np.array(part) for part in start))
    before = fingerprint(x, *start)
    with pytest.raises(kind):
        list(ENTRANCES[name](copy.deepcopy(model), x, start))
    assert fingerprint(x, *start) == before


@pytest.mark.parametrize("name", ["em", "fit", "trace", "best_of"])
def test_a_model_that_writes_into_its_data_does_not_reach_the_caller(name):
    x = LINE**2
    before = fingerprint(x)
    try:
        answer = ENTRANCES[name](Scribbles(), x, APART)
        list(answer if name == "em" else [])
    except ValueError as error:
        assert "read-only" in str(error)
    assert fingerprint(x) == before


def test_other_entrances_change_nothing_either():
    x, y, amounts = np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 0.0]), np.array([700.0, 300.0])
    black, slopes = np.array(0.5), np.array(0.3)
    before = fingerprint(x, y, amounts, black, slopes)
    model = LogisticRegression(x, y)
    params = LogisticParams(np.array(0.1), slopes)
    for step in (model.newton_step, model.gradient_step(0.1)):
        list(ascend(model.objective, step, params, max_iter=3))
    list(split(Plates(amounts)))
    list(climb(Bag(3), y, BagParams(black)))
    list(climb(Normal(), x, NormalParams(black, black)))
    for one in (GAUSS, COIN, KMeans(), MapGaussianMixture.for_data(x, 2)):
        one.start(x, 2, np.random.default_rng(0))
    rounded(x, 0.5)
    assert fingerprint(x, y, amounts, black, slopes) == before


# ---- degenerate and unidentified: named, never NaN, never "converged" ----

PAIR = GaussianParams(HALF, (0.0, 1.0), (1.0, 1.0))
FAR = GaussianParams(HALF, [(0.0, 0.0), (1e6, 1e6)], [2 * np.eye(2)] * 2)
COLLAPSED = r"component \d has collapsed: its smallest variance is at the floor"
EMPTIED = r"component \d is empty: no observation is left in it"
GENTLE = CoinParams(HALF, (0.4, 0.6))

BAD_ENDS = {
    "two points, two components": (GAUSS, [0.0, 1.0], PAIR, "degenerate", COLLAPSED),
    "two points, hard": (GaussianMixture(hard=True), [0.0, 1.0], PAIR, "degenerate", COLLAPSED),
    "two points far apart": (GAUSS, [0.0, 1e6],
        GaussianParams(HALF, (0.0, 1e6), (1e6, 1e6)), "degenerate", COLLAPSED),
    "one point": (GAUSS, [5.0], GaussianParams((1.0,), (0.0,), (1.0,)), "degenerate", COLLAPSED),
    "one point in a plane": (GAUSS, [[5.0, 6.0]],
        GaussianParams((1.0,), [(0.0, 0.0)], [np.eye(2)]), "degenerate", COLLAPSED),
    "equal points": (GAUSS, np.full(9, 3.0), PAIR, "degenerate", COLLAPSED),
    "zeros": (GAUSS, np.zeros(9), PAIR, "degenerate", COLLAPSED),
    "equal points far out": (GAUSS, np.full(9, 1e8 + 0.1), PAIR._replace(means=(1e8, 1e8 + 1)),
        "degenerate", COLLAPSED),
    "equal points, one component": (GAUSS, np.full(9, 0.1),
        GaussianParams((1.0,), (0.0,), (1.0,)), "degenerate", COLLAPSED),
    "duplicates": (GAUSS, np.r_[np.full(20, 0.1), LINE],
        GaussianParams(HALF, (0.1, 1.0), (1e-3, 1.0)), "degenerate", COLLAPSED),
    "an outlier": (GAUSS, np.r_[LINE, 1e9], GaussianParams(HALF, (0.0, 1e9), (1e8, 1e12)),
        "degenerate", COLLAPSED),
    "a mean far away": (GAUSS, LINE, PAIR._replace(means=(0.0, 1e6)), "degenerate", EMPTIED),
    "means far away": (GAUSS, LINE, GaussianParams((0.2, 0.4, 0.4), (0.0, 1e6, -1e6),
        (1.0, 1.0, 1.0)), "degenerate", EMPTIED),
    "a weight of 0": (GAUSS, LINE, PAIR._replace(weights=(1.0, 0.0)), "degenerate", EMPTIED),
    "a weight near 0": (GAUSS, LINE, PAIR._replace(weights=(1.0, 1e-310)), "degenerate", EMPTIED),
    "a prior and a mean far away": (MAP, LINE, PAIR._replace(means=(0.0, 1e6)),
        "degenerate", EMPTIED),
    "a coin that is never used": (COIN, HEADS, CoinParams((1.0, 0.0), (0.5, 0.6)),
        "degenerate", EMPTIED),
    "a coin that cannot be": (COIN, HEADS, CoinParams(HALF, (0.0, 0.6)), "degenerate", EMPTIED),
    "a coin that only shows heads": (COIN, HEADS, CoinParams(HALF, (1.0, 0.6)),
        "degenerate", EMPTIED),
    "an empty cluster": (KMeans(), LINE, KMeansParams((0.0, 1e6)), "degenerate", EMPTIED),
    "an empty cluster in a plane": (KMeans(), PLANE, KMeansParams([(0.0, 0.0), (1e6, 0.0)]),
        "degenerate", EMPTIED),
    "an empty soft cluster": (KMeans(0.5, hard=False), LINE, KMeansParams((0.0, 1e6)),
        "degenerate", EMPTIED),
    "equal points for K-means": (KMeans(), np.ones(5), KMeansParams((1.0, 1.0)),
        "degenerate", EMPTIED),
    "fewer different points than clusters": (KMeans(), [1.0, 1.0, 2.0, 2.0],
        KMeansParams((1.0, 2.0, 3.0)), "degenerate", EMPTIED),
    "equal hard coins": (CoinMixture(10, hard=True), HEADS, CoinParams(HALF, (0.5, 0.5)),
        "degenerate", EMPTIED),
    "equal hard Gaussians": (GaussianMixture(hard=True), LINE, PAIR._replace(means=(1.0, 1.0)),
        "degenerate", EMPTIED),
    "a mean without observations": (OneMean(), LINE, MeanParams(1e4), "degenerate", EMPTIED),
    "tosses without a second coin": (TwoTosses(), [1], TossParams(1.0), "degenerate", EMPTIED),
    "observations seen 0 times": (Repeated(KMeans(), [1] * 20 + [0] * 20), np.arange(40.0),
        KMeansParams((5.0, 60.0)), "degenerate", EMPTIED),
    "one observation that counts": (Repeated(GAUSS, [1] + [0] * 39), LINE, ON_LINE,
        "degenerate", COLLAPSED),
    "equal components": (GAUSS, LINE, PAIR._replace(means=(1.0, 1.0)), "saddle", None),
    "equal components in a plane": (GAUSS, PLANE,
        GaussianParams(HALF, np.ones((2, 2)), [np.eye(2)] * 2), "saddle", None),
    "two of three equal": (GaussianMixture("spherical"), PLANE,
        GaussianParams((0.3, 0.3, 0.4), [(-1, 0), (-1, 0), (2, 0)], [np.eye(2)] * 3),
        "saddle", None),
    "equal soft clusters": (KMeans(0.2, hard=False), LINE, KMeansParams((0.0, 0.0)),
        "saddle", None),
    "equal components far away": (GAUSS, LINE, GaussianParams(HALF, (1e100, 1e100), (1.0, 1.0)),
        "saddle", None),
    "infinitely wide components": (GAUSS, LINE, GaussianParams(HALF, (-1.0, 2.0), (1e290, 1e290)),
        "saddle", None),
    "equal coins": (COIN, HEADS, CoinParams(HALF, (0.5, 0.5)), "saddle", None),
    "a coin that got stuck at 0": (COIN, [0, 1, 5, 7, 6, 1], CoinParams(HALF, (0.0, 0.5)),
        "saddle", None),
    "three coins": (CoinMixture(1), [1, 1, 0, 1, 0], CoinParams((0.4, 0.6), (0.6, 0.7)),
        "flat", None),
    "no heads at all": (COIN, np.zeros(5), GENTLE, "flat", None),
    "heads only": (COIN, np.full(5, 10), GENTLE, "flat", None),
    "equal groups": (COIN, np.full(5, 5), GENTLE, "flat", None),
    "one group that counts": (Repeated(COIN, (1, 0, 0, 0, 0)), HEADS, GENTLE, "flat", None),
    "two tosses a group": (CoinMixture(2), [0, 1, 1, 2, 2, 2], CoinParams((0.3, 0.7), (0.2, 0.8)),
        "flat", None),
    "stopped early": (COIN, HEADS, COINS, "max_iter", None),
}  # fmt: skip


def enough(name):
    return {"max_iter": 3} if name == "stopped early" else {"max_iter": 20_000}


@pytest.mark.parametrize("way", [fit, lambda m, x, s, **o: best_of(m, x, [s, s], **o)])
@pytest.mark.parametrize("name", BAD_ENDS)
def test_a_bad_end_is_named_and_never_nan(name, way):
    model, x, start, status, problem = BAD_ENDS[name]
    answer = way(model, x, start, **enough(name))
    assert answer.status == status
    assert not answer.converged
    printed = repr(answer)
    assert printed.startswith(f"{status} after {answer.iterations} iterations\n")
    assert EXPLANATIONS[status] in printed
    assert bool(answer.problems) == (problem is not None)
    if problem:
        assert re.search(problem, answer.problems[0])
    assert all(line in printed for line in answer.problems)
    values = [answer.posterior, answer.path, answer.bounds, *(part for _, part in
              named(answer.params))]  # fmt: skip
    assert all(np.isfinite(value).all() for value in values)
    assert "nan" not in printed


@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize("hard", [False, True])
def test_every_type_names_an_empty_component_a_million_away(kind, hard):
    model = GaussianMixture(kind, hard)
    answer = fit(model, PLANE, FAR)
    assert answer.problems == ("component 1 is empty: no observation is left in it",)
    np.testing.assert_array_equal(answer.params.means[1], FAR.means[1])
    alone = fit(model, PLANE, GaussianParams((1.0,), [(0.0, 0.0)], [2 * np.eye(2)]))
    assert answer.log_likelihood == pytest.approx(alone.log_likelihood, rel=1e-12)


@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("value", [0.0, 0.1, -1e8, 1e-30])
def test_every_type_names_constant_data(kind, hard, value):
    start = GaussianParams(HALF, value + np.array([(0.0, 0.0), (1.0, 1.0)]), [np.eye(2)] * 2)
    answer = fit(GaussianMixture(kind, hard), np.full((9, 2), value), start)
    assert answer.status == "degenerate"
    assert np.isfinite(answer.log_likelihood)


@pytest.mark.parametrize("kind", COVARIANCES)
def test_more_features_than_observations_are_degenerate_or_a_maximum(kind):
    x = np.random.default_rng(0).normal(size=(3, 6))
    answer = fit(GaussianMixture(kind), x, GaussianMixture(kind).start(x, 2, DRAW))
    assert answer.status == "degenerate"  # three points lie in a plane, and two of them on a line


def test_the_smallest_problems_have_the_documented_ends():
    one_coin = fit(COIN, [5], CoinParams((1.0,), (0.9,)))
    assert (one_coin.status, one_coin.params.heads.tolist()) == ("converged", [0.5])
    one_mean = fit(KMeans(), [5.0], KMeansParams((1.0,)))
    assert (one_mean.status, one_mean.params.means.tolist()) == ("converged", [5.0])
    each = fit(KMeans(), [5.0, 6.0], KMeansParams((5.0, 6.0)))
    assert each.status == "converged"  # every point is its own mean: nothing can be better
    with_prior = fit(MAP, [5.0], GaussianParams((1.0,), (0.0,), (1.0,)))
    assert (with_prior.status, with_prior.params.covs[0]) == ("converged", 1 / 6)


def test_hard_tosses_of_the_edges_are_a_maximum():
    answer = fit(COIN, [0, 0, 10, 10, 10], COINS)
    assert answer.status == "converged"
    np.testing.assert_allclose(answer.params.heads, [0, 1], atol=1e-12)
    assert answer.log_likelihood == pytest.approx(2 * np.log(0.4) + 3 * np.log(0.6), rel=1e-12)


# ---- tiny, huge, impossible ----


@pytest.mark.parametrize("scale", [1e-100, 1e-8, 1e8, 1e100])
@pytest.mark.parametrize("kind", COVARIANCES)
def test_tiny_and_huge_units_are_answered(kind, scale):
    start = GaussianParams(HALF, np.array(ON_PLANE.means) * scale, [np.eye(2) * scale**2] * 2)
    plain = fit(GaussianMixture(kind), PLANE, ON_PLANE._replace(weights=HALF, covs=[np.eye(2)] * 2))
    answer = fit(GaussianMixture(kind), PLANE * scale, start)
    assert answer.status == plain.status == "converged"
    np.testing.assert_allclose(answer.params.weights, plain.params.weights, atol=1e-3)


TOO_LARGE = [
    lambda s: fit(GAUSS, LINE * s, ON_LINE),
    lambda s: fit(GAUSS, LINE, ON_LINE._replace(means=(0.0, s))),
    lambda s: fit(KMeans(), PLANE * s, KMeansParams(PLANE[:2])),
    lambda s: fit(KMeans(), PLANE, KMeansParams(PLANE[:2] * s)),
    lambda s: fit(MAP, LINE * s, ON_LINE),
    lambda s: LogisticRegression([s, 1.0], [0, 1]),
    lambda s: Normal().log_likelihood([s], BELL),
]


@pytest.mark.parametrize("size", [1e200, -1e200, 1e300])
@pytest.mark.parametrize("call", TOO_LARGE)
def test_what_cannot_be_squared_is_refused(call, size):
    with pytest.raises(ValueError, match=r"reaches .*, too large to square: rescale it first$"):
        call(size)


ODDS = {  # log-odds far above 600, where exp overflows soon after
    "coins of nothing but one side": (COIN, [0, 0, 10, 10, 10], COINS),
    "clusters far apart": (KMeans(hard=False), [29.5, -5.25, 0.0], KMeansParams((-5.25, 0.0))),
    "Gaussians far apart": (GAUSS, np.r_[LINE, LINE + 1e4],
        GaussianParams(HALF, (0.0, 1e4), (1.0, 1.0))),
    "a start far outside": (GAUSS, LINE, GaussianParams(HALF, (1e10, 1e10), (1.0, 1.0))),
    "a start very far outside": (GAUSS, LINE, GaussianParams(HALF, (1e100, 1e100), (1.0, 1.0))),
}  # fmt: skip


@pytest.mark.parametrize(("model", "x", "start"), ODDS.values(), ids=ODDS.keys())
def test_huge_odds_are_fitted_as_they_are_stepped(model, x, start):
    answer, steps = fit(model, x, start), list(em(model, x, start))
    ends = [step for step in steps if step.kind != "E"]
    np.testing.assert_allclose(answer.path, [s.log_likelihood for s in ends], rtol=1e-10)
    np.testing.assert_allclose(answer.bounds, [s.elbo for s in ends[1:]], rtol=1e-10)
    assert answer.status != "fell"


# ---- fits as objects ----


def test_a_fit_can_be_copied_and_stored():
    answer = fit(GAUSS, PLANE, ON_PLANE)
    for twin in (copy.copy(answer), copy.deepcopy(answer), pickle.loads(pickle.dumps(answer))):
        assert repr(twin) == repr(answer)
        np.testing.assert_array_equal(twin.path, answer.path)
    for step in em(COIN, HEADS, COINS, max_iter=2):
        assert pickle.loads(pickle.dumps(step)).log_likelihood == step.log_likelihood
    for model in (COIN, GAUSS, KMeans(), MAP, OneMean(), TwoTosses(), Repeated(COIN, (1, 2))):
        assert repr(pickle.loads(pickle.dumps(model))) == repr(model)


def test_fits_of_a_reader_s_own_model_can_be_stored():
    answer = fit(Waiting(), LINE**2, APART)
    assert repr(pickle.loads(pickle.dumps(answer))) == repr(answer)


@pytest.mark.parametrize("name", ["full Gaussians, plane", "K-means, line", "reader's own"])
def test_writing_to_the_data_after_a_fit_does_not_reach_it(name, tmp_path):
    model, x, start = CASES[name]
    file = np.memmap(tmp_path / "x.bin", dtype=float, mode="w+", shape=np.shape(x))
    for data in (np.array(x, dtype=float), file):
        data[...] = x
        answer = fit(model, data, start, max_iter=5)
        data[...] = 0
        np.testing.assert_array_equal(answer.posterior, expected_posterior(name))


def expected_posterior(name):
    model, x, start = CASES[name]
    return fit(model, np.array(x, dtype=float), start, max_iter=5).posterior


def test_runs_at_the_same_time_do_not_meet():
    """Half-steps of several runs of one model, taken in turn, are those of each run alone."""
    starts = [THREE, THREE._replace(weights=(0.5, 0.3, 0.2))]
    alone = [[s.elbo for s in em(GAUSS, PLANE, start, max_iter=5)] for start in starts]
    turns = zip(*(em(GAUSS, PLANE, start, max_iter=5) for start in starts), strict=True)
    assert [list(bounds) for bounds in zip(*([s.elbo for s in turn] for turn in turns),
            strict=True)] == alone  # fmt: skip


# ---- found by attack ----


@pytest.mark.parametrize(
    "x",
    [
        [np.ma.masked_array([1.0, 2.0], [0, 1]), np.ma.masked_array([3.0, 4.0], [0, 1])],
        [(np.ma.masked_array([1.0, 2.0], [0, 1])), [3.0, 4.0]],
    ],
    ids=["rows", "a row"],
)
def test_masked_rows_in_a_list_are_refused(x):
    with pytest.raises(TypeError, match=r"^x .*masked"):
        fit(GAUSS, x, ON_PLANE)


def test_data_need_no_length_of_their_own():
    class Shy:
        """Willing to become an array, and nothing more."""

        def __array__(self, dtype=None, copy=None):
            return np.array(LINE, dtype=dtype)

    for enter in (fit, trace, convergence_rate):
        assert repr(enter(GAUSS, Shy(), ON_LINE)) == repr(enter(GAUSS, LINE, ON_LINE))


def test_a_masked_number_in_a_list_is_refused():
    with pytest.raises((TypeError, ValueError), match=r"^x "):
        fit(GAUSS, [1.0, np.ma.masked, 3.0], ON_LINE)


def test_long_doubles_beyond_float64_are_refused():
    with pytest.raises(ValueError, match=r"^x has 1 NaN or infinite value"):
        fit(GAUSS, np.array([np.longdouble("1e4000"), 1, 2]), ON_LINE)


@pytest.mark.parametrize("floor", [0.0, 1e-40])
def test_a_variance_of_rounding_errors_is_no_maximum(floor):
    x = [0.9, -1.1, 0.9, 0.0, -1.2, -0.3]  # the two 0.9 leave a variance of 1e-32
    start = GaussianParams(HALF, (0.9, -0.65), (0.01, 0.3))
    try:
        answer = fit(GaussianMixture(floor=floor), x, start)
    except ValueError as error:
        assert "collapsed" in str(error)
    else:
        assert answer.status == "degenerate"


@pytest.mark.parametrize("scale", [1e-160, 1e-200, 1e-300])
@pytest.mark.parametrize("model", [GAUSS, KMeans()], ids=lambda m: type(m).__name__)
def test_what_is_too_small_to_square_is_refused_or_answered(model, scale):
    """Squares underflow to 0: all distances tie, all variances are subnormal."""
    x = LINE * scale
    try:
        start = model.start(x, 2, np.random.default_rng(0))
        answer = fit(model, x, start)
    except ValueError as error:
        assert "small" in str(error)
    else:
        plain = fit(model, LINE, model.start(LINE, 2, np.random.default_rng(0)))
        assert answer.status == plain.status


def test_few_counts_do_not_stop_a_run_before_its_maximum():
    """`tol` is per observation; counts of 1e-9 are observations too, and a unit of counts."""
    few, plain = (fit(Repeated(COIN, [times] * 5), HEADS, COINS) for times in (1e-9, 1.0))
    assert few.status == plain.status
    np.testing.assert_allclose(few.params.heads, plain.params.heads, rtol=1e-6)


def test_an_impossible_observation_seen_0_times_is_refused_or_ignored():
    model, start = Repeated(COIN, (0, 1, 1)), CoinParams(HALF, (0.0, 0.0))
    try:
        answer = fit(model, [10, 0, 0], start)
    except ValueError as error:
        assert "impossible" in str(error)
    else:
        assert np.isfinite(answer.log_likelihood)


def test_a_prior_is_not_lost_inside_repeated():
    once, alone = (fit(model, LINE, ON_LINE) for model in (Repeated(MAP, np.ones(40)), MAP))
    assert repr(once) == repr(alone)
    assert once.log_likelihood == pytest.approx(alone.log_likelihood, rel=1e-14)


def test_a_small_lopsided_scale_is_refused():
    with pytest.raises(ValueError, match="pass a positive number or such a matrix"):
        MapGaussianMixture(scale=np.array([[1.0, 0.9], [0.0, 1.0]]) * 1e-10, dof=3.0)


@pytest.mark.parametrize("x", [3.0, np.ones((2, 2, 2))], ids=["a number", "three axes"])
def test_a_prior_for_data_of_another_shape_is_refused(x):
    with pytest.raises(ValueError, match=r"^x has shape .*: pass \(N,\) or \(N, D\)$"):
        MapGaussianMixture.for_data(x, 2)


def test_two_tosses_never_exclude_what_was_seen():
    """Found by Hypothesis: heads ends at exactly 1, and 0 heads are impossible for that coin."""
    answer = fit(TwoTosses(), [0, 2, 2], TossParams(0.5))
    assert answer.params.heads == pytest.approx(1, abs=1e-6)
    assert np.isfinite(answer.bounds).all()


def test_a_rate_where_the_data_are_impossible_is_refused():
    with pytest.raises(ValueError, match="impossible"):
        convergence_rate(COIN, HEADS, CoinParams(HALF, (0.0, 1.0)))


@pytest.mark.parametrize("hard", ["no", 1, None, np.array([True, False])], ids=repr)
@pytest.mark.parametrize(
    "make",
    [
        lambda hard: CoinMixture(10, hard=hard),
        lambda hard: GaussianMixture(hard=hard),
        lambda hard: KMeans(hard=hard),
    ],
    ids=["coins", "Gaussians", "K-means"],
)
def test_hard_is_yes_or_no(make, hard):
    with pytest.raises(TypeError, match=r"^hard is "):
        make(hard)


@pytest.mark.parametrize("starts", [None, 3, COINS], ids=["nothing", "a number", "one start"])
def test_best_of_asks_for_a_list_of_starts(starts):
    with pytest.raises(TypeError, match=r"^starts "):
        best_of(COIN, HEADS, starts)


def test_fits_can_be_compared():
    one, two = fit(COIN, HEADS, COINS), fit(COIN, HEADS, COINS)
    assert one == one
    assert isinstance(one == two, bool)
    assert len({one, one}) == 1


def test_the_path_of_a_fit_cannot_be_written_to():
    answer = fit(COIN, HEADS, COINS)
    for array in (answer.path, answer.bounds):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_a_run_feels_no_other_setting_of_numpy():
    """With underflow="raise" an exp(-800) is still 0: users debug their own code like that."""
    start = GaussianParams(HALF, (-100.0, 100.0), (1.0, 1.0))
    expected = fit(GAUSS, LINE, start)
    with np.errstate(all="raise"):
        answer = fit(GAUSS, LINE, start)
    assert repr(answer) == repr(expected)


@pytest.mark.parametrize("call", [
    lambda: fit(OneMean(), LINE, MeanParams(1e200)),
    lambda: fit(OneMean(), LINE * 1e200, MeanParams(1.0)),
    lambda: fit(OneMean(known_mean=1e200), LINE, MeanParams(1.0)),
    lambda: climb(Normal(), [1.0, 2.0], NormalParams(1e300, 1.0)),
    lambda: rounded([1e300], 1e-9),
    lambda: HOURS.log_likelihood(LogisticParams(-1e308, 1e308)),
    lambda: fit(KMeans(1e-300), LINE * 1e10, MEANS),
    lambda: fit(CoinMixture(1e308), [5e307, 1e307], GENTLE),
], ids=["start of one mean", "x of one mean", "known mean", "mean of a climb", "rounded",
        "slopes", "variance of K-means", "tosses"])  # fmt: skip
def test_what_overflows_is_refused_in_a_sentence(call):
    with pytest.raises(ValueError, match=r"too large|rescale|impossible|at most"):
        call()


def test_a_dish_that_explodes_ends_in_a_sentence():
    with pytest.raises(ValueError, match=r"share|NaN|large"):
        list(split(Plates((700.0, 300.0)), share=10.0, max_iter=1000))


@pytest.mark.parametrize("start", [None, "a", {"a": 1.0}, 1j, np.nan,
                                   np.ma.masked_array([1.0, 2.0], [0, 1])], ids=str)  # fmt: skip
def test_ascend_refuses_a_start_that_is_no_number(start):
    with pytest.raises((TypeError, ValueError), match=r"^start"):
        list(ascend(lambda params: -1.0, lambda params: params, start))


@pytest.mark.parametrize("value", [None, np.ones(2), 1j, "3"], ids=str)
def test_ascend_refuses_an_objective_that_is_no_number(value):
    with pytest.raises(TypeError, match=r"^objective returned"):
        list(ascend(lambda params: value, lambda params: params, 1.0))


@pytest.mark.parametrize("method", ["log_likelihood", "problems"])
def test_a_model_of_its_own_kind_lacks_no_method(method):
    class Partial:
        """Everything that `em` needs of a model, but for one method."""

        e_step = m_step = elbo = check = log_likelihood = problems = lambda self, *args: None

    partial = type("Partial", (), {k: v for k, v in vars(Partial).items() if k != method})
    with pytest.raises(TypeError, match=f"has no {method}"):
        fit(partial(), HEADS, COINS)


@pytest.mark.parametrize("offset", [1e5, 1e8])
def test_newton_feels_no_origin(offset):
    x, y = np.arange(5.0), [0, 1, 0, 1, 1]
    here, there = LogisticRegression(x, y), LogisticRegression(x + offset, y)
    start = LogisticParams(0.0, 0.0)
    near, far = here.newton_step(start), there.newton_step(start)
    assert far.slopes == pytest.approx(near.slopes, rel=1e-6)
    assert far.intercept + far.slopes * offset == pytest.approx(near.intercept, abs=1e-6)
