"""A search that is interrupted goes on where it was, and ends with the same program."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from altac.synthesis.candidates import Candidate
from altac.synthesis.engine import Settings, State
from altac.synthesis.search import Search, search
from experiments.transformer_programs.tasks import examples as task_examples
from tests.cli.conftest import Altac
from tests.support import nonempty
from tests.synthesis.support import examples_of

STATE = "p.alta.search.json"
pytestmark = pytest.mark.usefixtures("own_folder")


def write(task: str, number: int = 120) -> str:
    rows = task_examples(task)
    lines = [f"{' '.join(text)} -> {' '.join(output)}\n" for text, output in (next(rows) for _ in range(number))]
    Path("d.txt").write_text("".join(lines))
    return "d.txt"


def body(path: str) -> str:
    return Path(path).read_text().split('"""\n', 1)[1]


def test_an_interrupted_search_is_resumed(altac: Altac, tmp_path: Path) -> None:
    command = ["learn", write("double_hist"), "-o", "p.alta", "--name", "p", "--time", "10m"]
    patched = (
        "import altac.cli.learn_command as c, sys; c.SAVED = 0.0; from altac.cli.main import main; sys.exit(main())"
    )
    process = subprocess.Popen([sys.executable, "-c", patched, *command], cwd=tmp_path, stderr=subprocess.PIPE)
    end = time.monotonic() + 60
    while time.monotonic() < end and not (Path(STATE).exists() and json.loads(Path(STATE).read_text())["rounds"]):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert "--resume goes on from here" in told.decode()
    assert process.returncode == 1
    assert Path("p.alta").exists()
    state = json.loads(Path(STATE).read_text())
    assert state["rounds"] > 0 or state["stage"] > 0
    assert altac(*command, "--resume")[0] == 0
    assert not Path(STATE).exists()
    resumed = body("p.alta")
    assert altac(*command)[0] == 0
    assert body("p.alta") == resumed


def test_every_state_leads_to_the_same_program() -> None:
    """And what an earlier run has asked is not asked again."""
    task = examples_of(lambda text: [text.count(symbol) % 2 for symbol in text], "abc", number=60)
    nothing = task.take([])
    steps = list(search(task, nothing, Settings(name="same")))
    states = [step.state for step in nonempty(steps) if step.state is not None]
    last = steps[-1].best
    assert last is not None
    for state in nonempty([states[0], states[len(states) // 2], states[-1]]):
        resumed = list(search(task, nothing, Settings(name="same", state=state)))
        assert resumed[-1].best is not None
        assert resumed[-1].best.text == last.text
        assert len(resumed) <= len(steps)


def test_the_end_of_its_time_can_be_resumed(altac: Altac, monkeypatch: pytest.MonkeyPatch) -> None:
    over = iter([False] * 300)
    with monkeypatch.context() as patch:
        patch.setattr(Search, "is_over", lambda _: next(over, True))
        _, _, told = altac("learn", write("double_hist"), "-o", "p.alta")
    assert "the time was up; --resume goes on from here" in told
    assert Path(STATE).exists()
    assert altac("learn", "d.txt", "-o", "p.alta", "--resume")[0] == 0
    assert not Path(STATE).exists()


VALID = {"stage": 0, "rounds": 2, "sample": [0, 1, 2], "best": None}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "there is no search to resume: `p.alta.search.json` cannot be read: no such file or directory"),
        (b"", "it is not a JSON object, or cut off"),
        (b'{"altac": "0.1', "it is not a JSON object, or cut off"),
        (b"[" * 100_000, "it is not a JSON object, or cut off"),
        (b"\xff\xfe\x00", "it is not a JSON object, or cut off"),
        (b"\x80\x04\x95cposix\nsystem\n.", "it is not a JSON object, or cut off"),
        (b"[1]", "it is not a JSON object, or cut off"),
        ({"stage": -1}, "`stage` is missing, or not what it must be"),
        ({"stage": True}, "`stage` is missing, or not what it must be"),
        ({"rounds": 1.5}, "`rounds` is missing, or not what it must be"),
        ({"sample": "0 1"}, "`sample` is missing, or not what it must be"),
        ({"sample": [0, 0]}, "`sample` has places where no examples are"),
        ({"sample": [10**30]}, "`sample` has places where no examples are"),
        ({"sample": [-1]}, "`sample` has places where no examples are"),
        ({"best": 1}, "`best` is missing, or not what it must be"),
        ({"best": "import os"}, "`best` is no program"),
        ({"altac": "0.0.1"}, "was written by altac 0.0.1, and this is"),
        ({"search": "0"}, "is about other examples, or another name, shape or seed of the program"),
    ],
)
def test_states_that_are_none(altac: Altac, content: bytes | dict[str, Any] | None, told: str) -> None:
    write("sort", 40)
    if isinstance(content, bytes):
        Path(STATE).write_bytes(content)
    elif content is not None:
        Path(STATE).write_text(json.dumps(valid_state() | content))
    code, out, err = altac("learn", "d.txt", "-o", "p.alta", "--resume")
    assert (code, out) == (1, "")
    assert "error[E0634]" in err
    assert told in err
    assert not Path("p.alta").exists()


def valid_state() -> dict[str, Any]:
    from altac.synthesis import read_examples
    from altac.synthesis.learning import Task
    from altac.synthesis.resuming import fingerprint, written

    task = Task.of(read_examples("d.txt"), "d.txt", 0)
    settings = Settings(name="p")
    record: dict[str, Any] = json.loads(written(State(**VALID), fingerprint(task.learned_from, settings)))
    return record


def test_a_whole_state_is_taken_and_others_are_not(altac: Altac) -> None:
    write("sort", 40)
    Path(STATE).write_text(json.dumps(valid_state()))
    kept = Path(STATE).read_text()
    assert altac("learn", "d.txt", "-o", "p.alta", "--resume", "--seed", 1)[0] == 1
    assert altac("learn", "d.txt", "-o", "p.alta", "--resume", "--name", "other")[0] == 1
    assert Path(STATE).read_text() == kept
    assert altac("learn", "d.txt", "-o", "p.alta", "--resume", "--time", "5m")[0] == 0
    assert not Path(STATE).exists()


def test_the_best_of_a_state_counts_only_as_much_as_it_is_right() -> None:
    task = examples_of(sorted, "abc", number=40)
    text = 'program best\ninput text: "a".."c" up to 16\nlayer say:\n    var answer = "a"\noutput answer\n'
    first = next(search(task, task.take([]), Settings(state=State(best=text))))
    assert first.score == Candidate(text).score(task)
