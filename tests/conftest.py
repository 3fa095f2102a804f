"""What all tests share: every model of the frame, and the published numbers."""

import json
import os
from pathlib import Path

import pytest
from cases import CASES
from hypothesis import settings
from threadpoolctl import threadpool_limits

from emlib import em

# For every file alike, whichever are run: the same examples, and no clock to judge them.
# EMLIB_PROFILE=nightly draws ten times as many, and others every time.
common = {"database": None, "deadline": None}
settings.register_profile("emlib", derandomize=True, max_examples=200, **common)
settings.register_profile("nightly", max_examples=2000, print_blob=True, **common)
settings.load_profile(os.environ.get("EMLIB_PROFILE", "emlib"))

threadpool_limits(1)  # on matrices this small two threads only wait for each other


@pytest.fixture(scope="module", params=CASES.values(), ids=CASES.keys())
def case(request):
    """One model, its data and its start."""
    return request.param


@pytest.fixture(scope="module")
def steps(case):
    """The half-steps of its first iterations; nobody can write to them, so tests share them."""
    return list(em(*case, max_iter=30))


@pytest.fixture(scope="session")
def published():
    """The numbers of the articles, each with its source."""
    return json.loads((Path(__file__).parent / "published.json").read_text(encoding="utf-8"))
