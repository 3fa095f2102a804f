"""The widget with one slider from a mixture to K-means."""

from typing import Any

from matplotlib.axes import Axes

from emlib import plots, plots_2d
from emlib.core import Step
from emlib.kmeans import KMeans, KMeansParams
from emlib.widgets.plane import need_plane
from emlib.widgets.stepper import Stepper

STOPS = (20, 12, 11.5, 11, 10, 8, 5, 4, 2, 1, 0.5, 0.25, 0.1, 0.01, 0.001, 0)


class LimitStepper(Stepper):
    """Step through K Gaussians of one shared variance; a slider takes it to 0, which is K-means.

    x is (N, 2), `start` is KMeansParams or just the means (K, 2). `variance` is where the slider
    stands at first and `stops` are the values it can take, squared units of x; 0 stands for
    Lloyd's K-means, `KMeans(hard=True)`. `presets` maps names to other starts, `features` names the
    two columns of x. Raises what `em` raises, and ValueError for what is no plane or no stop.
    """

    view, engine, ported = "limit", "limit", KMeans

    def __init__(
        self,
        x: Any,
        start: Any,
        variance: float = 4.0,
        stops: Any = STOPS,
        presets: dict[str, Any] | None = None,
        features: tuple[str, str] = ("x₁", "x₂"),
    ) -> None:
        presets = {name: as_means(one) for name, one in (presets or {}).items()}
        self._begun = [as_means(start), *presets.values()]
        for one in self._begun:
            need_plane(x, one, None)
        self._stops = [float(one) for one in stops]
        if variance not in self._stops:
            raise ValueError(f"variance is {variance}: it must be one of stops {self._stops}")
        for stop in self._stops:
            of_variance(stop)
        self._variance, self._features = float(variance), list(features)
        super().__init__(x, self._begun[0], of_variance(self._variance), presets)

    @property
    def model(self) -> KMeans:
        """The model with the slider where it stands on the screen."""
        return of_variance(self.options["variance"])

    def _switches(self) -> dict[str, float]:
        return {"variance": self._variance}

    def _known(self) -> dict[str, Any]:
        return {
            "stops": {"variance": self._stops},
            "range": plots_2d.window(self._x, *(one.means for one in self._begun)),
            "features": self._features,
        }

    def _trace(self) -> list[dict[str, Any]]:
        return []  # the screen has an engine of its own

    def _figure(self) -> Any:
        return plots.stills(self._steps, self._draw, height=6.4)

    def _draw(self, step: Step, ax: Axes) -> None:
        limits, features = self.problem["range"], self._features
        plots_2d.mixture_2d(step, self._x, ax, features, limits)


def of_variance(variance: float) -> KMeans:
    """Return the mixture with this variance, and Lloyd's K-means for 0."""
    return KMeans(variance, hard=False) if variance else KMeans()


def as_means(start: Any) -> KMeansParams:
    """Return a start from its means alone, or as it is."""
    return start if isinstance(start, KMeansParams) else KMeansParams(start)
