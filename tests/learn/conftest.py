"""Events for TensorBoard are a test of `tests/tools`: their import takes seconds, where it is installed."""

import pytest

from altac.learn import logs


@pytest.fixture(autouse=True)
def without_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "find_spec", lambda name: None)
