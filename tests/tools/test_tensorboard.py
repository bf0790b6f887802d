"""TensorBoard reads the events of a run, which are those of its log."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from altac.learn import logs
from tests.learn.support import BASE, bits, trained
from tests.support import program


def test_the_events_are_those_of_the_log(tmp_path: Path) -> None:
    trained(program("parity"), replace(BASE, steps=20), tmp_path, bits(4, 20), [])
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    found = [(event.step, pytest.approx(event.value)) for event in events.Scalars("loss")]
    assert found == [(int(row["step"]), float(row["loss"])) for row in logs.read_log(tmp_path / "log.csv")]
    assert found
