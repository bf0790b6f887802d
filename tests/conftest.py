"""One thread for each test process: the processes share the cores, and threads that wait for each other are slow."""

import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")

from hypothesis import settings

settings.register_profile("altac", deadline=None)  # machines are noisy: no test is about time
settings.load_profile("altac")


@pytest.fixture(autouse=True)
def _no_progress() -> Iterator[None]:
    """On a slow machine any command may take long enough to say how far it is."""
    from altac.cli import progress

    before, progress.EVERY = progress.EVERY, 1e6
    yield
    progress.EVERY = before
