"""Turn what a reader passes into clean arrays, or say in one sentence what is wrong with it."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def as_numbers(name: str, values: Any) -> Array:
    """Return `values` as a new float64 array.

    Raises TypeError for masked, complex, text and object data, ValueError for ragged or empty
    data and for NaN or infinity (with the first index and the count).
    """
    array = real_numbers(name, values)
    with np.errstate(over="ignore"):  # a long double beyond float64 becomes infinite
        copy = np.array(array, dtype=float, order="C")
    return copy if array.dtype.itemsize <= copy.dtype.itemsize else real_numbers(name, copy)


def real_numbers(name: str, values: Any) -> np.ndarray[Any, Any]:
    """Return `values` as an array of any real type, without a copy where there is one already."""
    if isinstance(values, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array: the mask would be ignored; pass values only")
    if isinstance(values, list | tuple) and any(isinstance(v, np.ma.MaskedArray) for v in values):
        raise TypeError(f"{name} holds masked values: the mask would be ignored; pass values only")
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} is ragged: every row needs the same length") from error
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"{name} holds {array.dtype} values: pass real numbers, e.g. x.astype(float)"
        )
    if array.size == 0:
        raise ValueError(f"{name} is empty: pass at least one value")
    with np.errstate(all="ignore"):
        if np.isfinite(array.sum()):  # needs no memory, and any NaN or infinity would show in it
            return array
    bad = np.argwhere(~np.isfinite(array))
    if len(bad) and array.ndim == 0:
        raise ValueError(f"{name} is {array}: pass a finite number")
    if len(bad):
        where = ", ".join(str(index) for index in bad[0])
        raise ValueError(
            f"{name} has {len(bad)} NaN or infinite value(s), the first at {name}[{where}]: "
            "remove or repair them first"
        )
    return array


def as_data(x: Any) -> Array:
    """Return observations (N,) or (N, D) as float64, read-only; what is float64 is not copied.

    A `numpy.memmap` stays on disk, whatever its type: a fit reads it block by block.
    """
    array = real_numbers("x", x)
    if array.ndim not in (1, 2):
        raise ValueError(f"x has shape {array.shape}: pass (N,) or (N, D)")
    if isinstance(x, np.memmap):
        view: Array = x.view()
    else:
        with np.errstate(over="ignore"):  # a long double beyond float64 becomes infinite
            converted = np.asarray(array, dtype=float)
        view = (array if converted is array else real_numbers("x", converted)).view()
    view.flags.writeable = False
    return view


def as_params(start: Any) -> Any:
    """Return a NamedTuple, or one array, of numbers; raise an error that names a bad field."""
    if start is None or isinstance(start, dict | set):
        raise TypeError(f"start is a {type(start).__name__}: pass a NamedTuple or one array")
    fields = [as_numbers(f"start.{name}", value) for name, value in named(start)]
    return type(start)(*fields) if hasattr(start, "_fields") else fields[0]


def as_weights(name: str, weights: Any) -> np.ndarray:
    """Return mixing weights as a (K,) array; raise ValueError unless they are >= 0 and sum to 1."""
    array = as_numbers(name, weights)
    if array.ndim != 1:
        raise ValueError(f"{name} has shape {array.shape}: pass one number per component, (K,)")
    need_not_negative(name, array, "weights")
    if abs(array.sum() - 1) > 1e-8:
        raise ValueError(f"{name} sum to {array.sum():.6g}: weights must sum to 1")
    return array


def as_rows(name: str, rows: Any, *shape: int) -> Array:
    """Return a table of this shape; raise ValueError unless each row is >= 0 and sums to 1."""
    table = as_numbers(name, rows)
    need_shape(name, table, *shape)
    bad = np.argwhere(table < 0)
    if len(bad):
        i, j = bad[0]
        raise ValueError(
            f"{name}[{i}, {j}] is {table[i, j]:g}: probabilities must not be negative "
            f"({len(bad)} bad value(s))"
        )
    sums = table.sum(axis=1)
    wrong = np.flatnonzero(np.abs(sums - 1) > 1e-8)
    if len(wrong):
        raise ValueError(
            f"{name}[{wrong[0]}] sums to {sums[wrong[0]]:.6g}: every row must sum to 1 "
            f"({len(wrong)} bad row(s))"
        )
    return table


def need_not_negative(name: str, array: np.ndarray, what: str) -> None:
    """Raise ValueError if a value of `array` (N,), which holds `what`, is below 0."""
    if (array < 0).any():
        first, count = int(np.argmax(array < 0)), int((array < 0).sum())
        raise ValueError(
            f"{name}[{first}] is {array[first]:g}: {what} must not be negative "
            f"({count} bad value(s))"
        )


def need_shape(name: str, array: np.ndarray, *shape: int) -> None:
    """Raise ValueError unless `array` has exactly this shape."""
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}: here it must be {shape}")


def slices(size: int, rows: int = 2**16) -> Iterator[slice]:
    """Yield slices of `rows` observations each: what they cut may lie on a disk."""
    return (slice(first, first + rows) for first in range(0, size, rows))


def need_whole(x: Array, most: Array | int, what: str) -> None:
    """Raise ValueError unless every x (N,) is a whole number from 0 to `most`, () or (N,)."""
    bad, limits = np.empty(len(x), dtype=bool), np.broadcast_to(most, len(x))
    for part in slices(len(x)):
        bad[part] = (x[part] < 0) | (x[part] > limits[part]) | (x[part] != np.round(x[part]))
    if bad.any():
        first = int(np.argmax(bad))
        raise ValueError(f"x[{first}] is {x[first]:g}: {what} ({int(bad.sum())} bad value(s))")


def need_finite_squares(**arrays: Array) -> None:
    """Raise ValueError when squared distances would overflow."""
    for name, array in arrays.items():
        largest = float(max(array.max(), -array.min()))
        if largest > 1e150:
            raise ValueError(f"{name} reaches {largest:g}, too large to square: rescale it first")


def need_visible_spread(x: Array) -> None:
    """Raise ValueError when squared distances within x would vanish."""
    width = float(x.max() - x.min())
    if 0 < width < 1e-150:
        raise ValueError(f"x spans {width:g}, too small to square: rescale it first")


def need_enough(x: np.ndarray, components: int) -> None:
    """Raise ValueError when there are more components than observations."""
    if components > len(x):
        raise ValueError(
            f"start has {components} components but x has only {len(x)} observation(s): "
            "use fewer components or more data"
        )


def start_data(x: Any, components: int, rng: Any) -> Array:
    """Return clean `x`; raise an error unless a model can draw a start of this size from it."""
    need_range("components", components, int, 1)
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng is {rng!r}: pass np.random.default_rng(0), or another seed")
    points = as_data(x)
    need_enough(points, components)
    return points


def need_range(name: str, value: Any, kind: type, low: float) -> None:
    """Raise TypeError or ValueError unless `value` is a `kind` of at least `low`."""
    numbers = (int, np.integer) if kind is int else (int, float, np.integer, np.floating)
    if isinstance(value, bool) or not isinstance(value, numbers):
        raise TypeError(f"{name} is {value!r}: pass a {kind.__name__}")
    if not low <= value < np.inf:
        raise ValueError(f"{name} is {value!r}: it must be at least {low:g} and finite")


def need_yes_or_no(name: str, value: Any) -> None:
    """Raise TypeError unless `value` is True or False."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} is {value!r}: pass True or False")


def frozen(value: Any) -> Any:
    """Return a copy of an array, or of a (named) tuple of arrays, that nobody can write to."""
    if value is None:
        return None
    if isinstance(value, tuple):
        parts = [frozen(part) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    array = np.array(value, dtype=float)  # order "K": a component-contiguous table stays one
    array.flags.writeable = False
    return array


def named(params: Any) -> list[tuple[str, Any]]:
    """Return the (name, value) pairs of a NamedTuple, or the one array as "params"."""
    return list(params._asdict().items()) if hasattr(params, "_asdict") else [("params", params)]
