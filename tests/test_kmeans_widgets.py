"""The Python half of the widgets about K-means: what they refuse, follow, and send to a page."""

import json
import re

import numpy as np
import pytest

from emlib import GaussianMixture, GaussianParams, KMeans, KMeansParams, em
from emlib.data import three_groups, twelve_points, two_strips
from emlib.widgets import LimitStepper, PairStepper

FAR = [(1.0, 1.0), (8.0, 8.0)]
LEFT = [(-3.0, 2.0), (-3.0, -1.0)]
THREE = [(1.0, 0.0), (4.0, 0.0), (2.0, 3.0)]


def limit(**options):
    return LimitStepper(twelve_points(), FAR, **options)


def pair(**options):
    return PairStepper(*two_strips(), LEFT, **options)


def both_sets():
    starts = {"on the left": LEFT, "along the strips": [(-4, -2), (4, 3)]}
    return PairStepper(
        *two_strips(), starts, sets={"groups": (*three_groups(), THREE)}, name="strips"
    )


def state_of(widget):
    html = widget._repr_mimebundle_()["text/html"]
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])


@pytest.mark.parametrize("make", [limit, pair, both_sets])
def test_two_runs_give_the_same_bytes_and_no_steps(make):
    bundles = [make()._repr_mimebundle_() for _ in range(2)]
    assert bundles[0]["text/html"] == bundles[1]["text/html"]
    assert bundles[0]["text/plain"] == bundles[1]["text/plain"]
    assert state_of(make())["steps"] == []


def test_the_slider_changes_the_model():
    widget = limit()
    assert widget.model == KMeans(4.0, hard=False)
    assert len(widget._steps) == len(list(em(widget.model, twelve_points(), widget.start)))
    widget.position = 8
    widget.options = {"variance": 0}
    assert widget.model == KMeans(hard=True)
    assert widget.position == len(widget._steps) - 1 < 8
    np.testing.assert_allclose(widget.params.means, [[13 / 6, 13 / 6], [7, 19 / 3]])


def test_a_start_from_the_screen_arrives_as_means():
    widget = limit()
    widget.set_state({"start": {"means": [[2, 2], [3, 3]]}})
    assert isinstance(widget.start, KMeansParams)
    assert widget.step.params.means.tolist() == [[2, 2], [3, 3]]


def test_the_page_gets_the_stops_the_window_and_the_code():
    presets = {"neighbours": [(1, 1), (2, 1)], "outside": [(0, 0), (30, 0)]}
    state = state_of(limit(variance=1, presets=presets, features=("length", "width")))
    problem = state["problem"]
    assert state["options"] == {"variance": 1}
    assert problem["stops"]["variance"][0] == 20 and problem["stops"]["variance"][-1] == 0
    assert problem["features"] == ["length", "width"]
    assert problem["range"][0][0] < 0 and problem["range"][0][1] > 30
    assert problem["presets"][0] == {
        "name": "neighbours", "start": {"means": [[1, 1], [2, 1]]}
    }  # fmt: skip
    assert "one_hot" in problem["code"][1]["source"]
    assert "hard" not in state["options"]


def test_the_text_says_what_happened():
    assert repr(limit()) == ("LimitStepper: 9 iterations from log-likelihood -54.8095 to -49.6305")
    assert repr(pair()) == (
        "PairStepper: adjusted Rand index of K-means 0.003 after 4 iterations, "
        "of the Gaussian mixture 0.987 after 14"
    )


def test_the_pair_steps_both_models_and_the_shorter_run_stays():
    widget, x = pair(), two_strips()[0]
    left = list(em(KMeans(), x, KMeansParams(np.array(LEFT))))
    right = list(em(GaussianMixture(), x, widget.start))
    assert len(left) < len(right) == len(widget._steps)
    for position in (0, 1, 2, len(left) - 1, len(left), len(right) - 1):
        widget.position = position
        one = left[min(position, len(left) - 1)]
        assert widget.step.kind == right[position].kind
        assert (widget.params.centres == one.params.means).all()
        for name in ("weights", "means", "covs"):
            ours = getattr(widget.params, name)
            assert (ours == getattr(right[position].params, name)).all()


def test_a_start_from_means_alone_has_equal_weights_and_the_covariance_of_the_data():
    start = pair().start
    assert start.weights.tolist() == [0.5, 0.5]
    for cov in start.covs:
        np.testing.assert_allclose(cov, np.cov(two_strips()[0].T, bias=True), rtol=1e-12)


def test_another_data_set_begins_with_a_start_of_its_own():
    widget = both_sets()
    assert state_of(widget)["options"] == {"data": "strips"}
    widget.position = 5
    widget.options = {"data": "groups"}
    assert widget.start.means.tolist() == [list(mean) for mean in THREE]
    assert widget._steps[0].params.centres.shape == (3, 2)
    assert len(widget.step.kmeans.posterior) == 240
    widget.start = widget.start._replace(means=[(0, 0), (2, 0), (0, 3)])
    assert widget._steps[0].params.centres.tolist() == [[0, 0], [2, 0], [0, 3]]
    widget.options = {"data": "strips"}
    assert widget.start.means.tolist() == [list(mean) for mean in LEFT]


def test_data_and_start_that_come_from_the_screen_together_stay_together():
    widget = both_sets()
    start = {
        "weights": [1 / 3] * 3, "means": [[0, 1], [5, 1], [3, 4]], "covs": [np.eye(2).tolist()] * 3
    }  # fmt: skip
    widget.set_state({"start": start, "options": {"data": "groups"}, "position": 0})
    assert widget._steps[0].params.covs.tolist() == start["covs"]
    assert len(widget._steps[1].kmeans.posterior) == 240
    widget.set_state({"start": start | {"means": [[0, 0], [5, 0], [3, 5]]}})
    assert widget.start.means[2].tolist() == [3, 5]


def test_presets_belong_to_their_data():
    problem = state_of(both_sets())["problem"]
    named = [(one["name"], one["data"]) for one in problem["presets"]]
    assert named == [("on the left", "strips"), ("along the strips", "strips")]
    assert problem["choices"] == {"data": ["strips", "groups"]}
    assert list(problem["sets"]) == ["strips", "groups"]
    assert problem["sets"]["strips"]["start"]["means"] == [list(mean) for mean in LEFT]
    single = state_of(PairStepper(*two_strips(), {"on the left": LEFT}))
    assert single["options"] == {}
    assert single["problem"]["presets"][0]["name"] == "on the left"
    assert "data" not in single["problem"]["presets"][0]


def test_labels_may_be_words():
    x, labels = two_strips()
    widget = PairStepper(x, np.array(["upper", "lower"])[labels], LEFT)
    assert repr(widget) == repr(pair())
    assert set(state_of(widget)["problem"]["sets"]["data"]["labels"]) == {0, 1}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LimitStepper([1.0, 2.0, 3.0], FAR), r"x has shape \(3,\)"),
        (lambda: LimitStepper(twelve_points(), [1.0, 2.0]), r"start.means has shape \(2,\)"),
        (lambda: limit(variance=3.0), "variance is 3.0: it must be one of stops"),
        (lambda: limit(variance=-1.0, stops=(1, -1)), "variance is -1.0: it must be at least"),
        (lambda: limit(presets={"bad": [(1, 1, 1)]}), r"start.means has shape \(1, 3\)"),
        (lambda: PairStepper([1.0, 2.0], [0, 1], LEFT), r"x has shape \(2,\)"),
        (lambda: PairStepper(twelve_points(), [0, 1], FAR), r"labels has shape \(2,\)"),
        (lambda: PairStepper(twelve_points(), [0] * 12, [1.0, 2.0]), "start.means has shape"),
        (lambda: PairStepper(np.full((5, 2), np.nan), [0] * 5, FAR), "x has 10 NaN"),
        (lambda: PairStepper(twelve_points(), [0] * 12, {}), "start is an empty dict"),
        (lambda: pair(sets={"data": (*three_groups(), THREE)}), "called 'data' too"),
    ],
)
def test_bad_input_is_refused_with_a_sentence(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_bad_start_is_refused_and_the_old_one_stays():
    widget = pair()
    bad = GaussianParams((0.5, 0.6), np.array(LEFT), np.stack([np.eye(2)] * 2))
    with pytest.raises(ValueError, match=r"sum to 1.1"):
        widget.start = bad
    assert widget.start.means.tolist() == [list(mean) for mean in LEFT]
