"""The data of the source articles, and a few published sets used beside them."""

from importlib.resources import files

import numpy as np

from emlib.checks import Array, as_numbers, need_range


def coin_heads() -> Array:
    """Return heads in five groups of ten tosses, (5,): the two coins of chapter 3.

    Source: Chen (2019).
    """
    return np.array([5.0, 7.0, 8.0, 9.0, 4.0])


def do_batzoglou_heads() -> Array:
    """Return heads in five groups of ten tosses, (5,) (Do & Batzoglou 2008, Fig. 1)."""
    return np.array([5.0, 9.0, 8.0, 4.0, 7.0])


def single_tosses() -> Array:
    """Return ten single tosses, 1 for heads, (10,): the three-coin model.

    Source: Li (2019), section 9.1.
    """
    return np.array([1.0, 1, 0, 1, 0, 0, 1, 0, 1, 1])


def six_numbers() -> Array:
    """Return six made-up numbers, (6,), some near 0 and some near 3: the bound of chapter 4."""
    return np.array([-1.2, -0.4, 0.3, 1.9, 2.6, 3.5])


def two_gaussians() -> tuple[Array, np.ndarray]:
    """Return 60,000 draws from N(100, 5) then 50,000 from N(90, 2), and their labels 0 or 1.

    5 and 2 are standard deviations. Uses NumPy's legacy generator, whose stream is frozen, because
    these are the very numbers of the article that chapter 5 reproduces.
    """
    draw = np.random.RandomState(0)
    x = np.concatenate([draw.normal(100, 5, 60_000), draw.normal(90, 2, 50_000)])
    return x, np.repeat([0, 1], [60_000, 50_000])


def rounded(x: Array, width: float) -> tuple[Array, Array]:
    """Return the distinct values of `x` rounded to multiples of `width`, and their frequencies.

    Both are (M,), in ascending order; `width` is in the unit of x (N,). Raises TypeError or
    ValueError for bad `x` and for a width that is not above 0.
    """
    need_range("width", width, float, 1e-9)
    x = as_numbers("x", x)
    if np.abs(x).max() > 2**53 * width:
        raise ValueError(f"x reaches {np.abs(x).max():g}, too large for steps of {width:g}")
    steps, times = np.unique(np.round(x / width), return_counts=True)
    return np.round(steps * width, 10), times.astype(float)


def old_faithful() -> Array:
    """Return 272 eruptions of Old Faithful, (272, 2): duration and waiting time, in minutes.

    Source: Azzalini & Bowman (1990), as distributed with R (data set `faithful`).
    """
    text = (files("emlib") / "datasets" / "old_faithful.csv").read_text(encoding="utf-8")
    return np.array([line.split(",") for line in text.splitlines()[1:]], dtype=float)


def hours_and_passes() -> tuple[Array, Array]:
    """Return how many hours 20 students learned, (20,), and who passed, (20,): 1 or 0.

    Source: the example of Wikipedia's article "Logistic regression".
    """
    hours = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 1.75, 2, 2.25, 2.5,
             2.75, 3, 3.25, 3.5, 4, 4.25, 4.5, 4.75, 5, 5.5]  # fmt: skip
    passes = [0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1]
    return np.array(hours), np.array(passes, dtype=float)


def twelve_points() -> Array:
    """Return twelve points in two loose groups of six, (12, 2): chapter 7 takes K-means on them."""
    left = [(1, 1), (2, 1), (1, 2), (2, 3), (3, 2), (4, 4)]
    right = [(6, 5), (7, 5), (6, 7), (8, 6), (7, 7), (8, 8)]
    return np.array(left + right, dtype=float)


def two_strips() -> tuple[Array, np.ndarray]:
    """Return 300 points in two parallel strips at 30 degrees, (300, 2), and their labels 0 or 1.

    Across the strips the deviation is 0.5, along them 4: K-means cuts where it should not.
    """
    draw = np.random.RandomState(1)  # a frozen stream, as in `two_gaussians`
    strips = [draw.standard_normal((150, 2)) * [4, 0.5] + [0, side] for side in (1.5, -1.5)]
    c, s = np.cos(np.pi / 6), np.sin(np.pi / 6)
    return np.round(np.vstack(strips) @ [[c, s], [-s, c]], 4), np.repeat([0, 1], 150)


def unequal_spread() -> tuple[Array, np.ndarray]:
    """Return 360 points, a wide group of 300 and a dense one of 60, (360, 2), and labels 0 or 1."""
    draw = np.random.RandomState(3)
    wide = draw.standard_normal((300, 2)) * 2.0
    dense = draw.standard_normal((60, 2)) * 0.35 + np.array([4.2, 0])
    return np.round(np.vstack([wide, dense]), 4), np.repeat([0, 1], [300, 60])


def three_groups() -> tuple[Array, np.ndarray]:
    """Return 240 points in three round groups far apart, (240, 2), and their labels 0, 1 or 2.

    The standard deviation is 1 in every direction, the distance of two centres 6.
    """
    centres = np.array([[0.0, 0.0], [6.0, 0.0], [3.0, 3 * np.sqrt(3)]])
    labels = np.repeat([0, 1, 2], 80)
    noise = np.random.default_rng(0).normal(size=(240, 2))
    return np.round(centres[labels] + noise, 4), labels


def crossed() -> tuple[Array, np.ndarray]:
    """Return 240 points in two narrow groups that cross at right angles, (240, 2), and labels 0, 1.

    Both have their centre at 0 and standard deviations 3 along and 0.4 across.
    """
    labels = np.repeat([0, 1], 120)
    along, across = (np.random.default_rng(0).normal(size=(240, 2)) * [3, 0.4]).T
    signs = 1 - 2 * labels  # the second group is the first one mirrored
    x = np.stack([along - across, signs * (along + across)], axis=1) / np.sqrt(2)
    return np.round(x, 4), labels
