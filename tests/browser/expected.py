"""What a widget must show, computed by emlib from the state that stands in the page."""

from decimal import ROUND_HALF_UP, Decimal
from math import floor, log10
from typing import Any

import numpy as np

from emlib import CoinMixture, CoinParams, GaussianMixture, GaussianParams, Repeated, Step, em
from emlib.scalar import MeanParams, OneMean, TossParams, TwoTosses

MAX_ITER = 500  # where a widget stops
PARAMS = {
    "coins": CoinParams,
    "gaussian": GaussianParams,
    "plane": GaussianParams,
    "bound": MeanParams,
    "surface": TossParams,
}


def params_of(state: dict[str, Any], start: dict[str, list] | None = None) -> Any:
    kind = PARAMS[state["problem"]["engine"]]
    return kind(**{name: np.array(values) for name, values in (start or state["start"]).items()})


def model_of(state: dict[str, Any], **switches: Any) -> Any:
    """The model as the switches of the widget set it."""
    problem, options = state["problem"], state["options"] | switches
    if problem["engine"] == "coins":
        weights = tuple(state["start"]["weights"]) if options["known"] else None
        tosses = tuple(int(n) for n in problem["tosses"])
        return CoinMixture(tosses, weights=weights, hard=options["hard"])
    if problem["engine"] == "bound":
        return OneMean(problem["weight"], problem["known_mean"], problem["variance"])
    if problem["engine"] == "surface":
        return TwoTosses()
    covariance = options.get("covariance") or problem["covariance"]
    model = GaussianMixture(covariance=covariance, floor=problem["floor"], hard=options["hard"])
    return Repeated(model, problem["times"]) if "times" in problem else model


def steps_of(
    state: dict[str, Any], start: dict[str, list] | None = None, **switches: Any
) -> list[Step]:
    """Every half-step, from emlib."""
    x = np.array(state["problem"]["x"])
    return list(em(model_of(state, **switches), x, params_of(state, start), max_iter=MAX_ITER))


def steps_from(state: dict[str, Any], q: Any, start: dict[str, list] | None = None) -> list[Step]:
    """The same with the responsibilities q (K,) of every observation before the first E-step."""
    first, *others = steps_of(state, start)
    x = np.array(state["problem"]["x"])
    posterior = np.tile(q, (len(x), 1))
    bound = model_of(state).elbo(x, posterior, first.params)
    return [first._replace(posterior=posterior, elbo=bound), *others]


def joint_of(state: dict[str, Any], step: Step) -> np.ndarray:
    """Weight × probability of every observation under every component, (N, K)."""
    return np.exp(model_of(state).log_joint(np.array(state["problem"]["x"]), step.params))


# ---- numbers as the widget writes them (JavaScript's toFixed rounds exact ties up) ----


def fixed(value: float, places: int = 4) -> str:
    unit = Decimal(1).scaleb(-places)
    return f"{Decimal(float(value)).quantize(unit, ROUND_HALF_UP)}".replace("-", "−")


def short(value: float, digits: int = 4) -> str:
    size = abs(value)
    if size and (size < 1e-4 or size >= 1e7):
        mantissa, power = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa}e{'+' if int(power) > 0 else ''}{int(power)}".replace("-", "−")
    places = digits - 1 - floor(log10(size)) if size else 0
    text = fixed(value, min(12, max(0, places)))
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def percent(share: float) -> str:
    if 0 < share < 0.0005:
        return "< 0.1 %"
    return "> 99.9 %" if 0.9995 < share < 1 else f"{fixed(100 * share, 1)} %"
