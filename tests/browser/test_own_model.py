"""A model that only Python knows: the page shows Python's half-steps, to the last printed place."""

import json

import numpy as np
import pytest
from chromium import watched_page
from expected import fixed, short
from scipy.stats import binom
from site_files import WidgetOnPage
from stepper import Stepper

from emlib import CoinParams, em
from emlib.data import coin_heads
from emlib.widgets import CoinStepper, bundle

START = CoinParams((0.5, 0.5), (0.5, 0.9))


class FairAndSuspect:
    """A fair coin and an unknown one."""

    def log_joint(self, x, params):
        return np.log(params.weights) + binom.logpmf(x[:, None], 10, params.heads)

    def m_step(self, x, responsibilities):
        share = responsibilities[:, 1]
        return CoinParams((0.5, 0.5), (0.5, share @ x / (10 * share.sum())))


@pytest.fixture(scope="module")
def page(chromium, tmp_path_factory):
    file = tmp_path_factory.mktemp("own") / "page.html"
    html = CoinStepper(coin_heads(), START, model=FairAndSuspect())._repr_mimebundle_()["text/html"]
    file.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Own</title>'
        f"<style>{bundle.read('style.css')}</style>{html}<script>{bundle.as_script()}</script>"
    )
    page, watch = watched_page(chromium, "file://")
    page.goto(file.as_uri())
    yield page
    assert watch.problems == []
    page.context.close()


@pytest.fixture
def own(page):
    state = json.loads(page.locator(".emlib-widget script").text_content())
    own = Stepper(page, WidgetOnPage("page.html", 0, state)).ready()
    own.press("r")
    return own


@pytest.fixture(scope="module")
def steps():
    return list(em(FairAndSuspect(), coin_heads(), START, max_iter=500))


def test_every_e_step_prints_the_model_s_products_and_shares(own, steps):
    x = coin_heads()
    for position, step in enumerate(steps):
        own.go(position)
        if step.kind == "E":
            joint = np.exp(FairAndSuspect().log_joint(x, step.params))
            assert own.cells() == [
                [str(n + 1), short(x[n]), *(fixed(v, 5) for v in joint[n])]
                + [fixed(v) for v in step.posterior[n]]
                for n in range(len(x))
            ]


def test_every_m_step_prints_the_model_s_parameters(own, steps):
    for position, step in enumerate(steps):
        own.go(position)
        assert own.params() == [
            f"A {fixed(step.params.heads[0])}",
            f"B {fixed(step.params.heads[1])}",
        ]


def test_in_a_page_without_python_the_start_cannot_be_moved(own):
    assert own.handles.count() == 0
    assert own.presets.count() == 0
