"""An input that is longer than the positions that a program knows is an error of that input, in every engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from altac.cli.main import run
from altac.engine.protocol import run_texts, trace_text
from altac.ir.interface import InputError
from altac.model.file import load_model
from altac.model.model import Model
from tests.support import compiled

TEXT = """program places
input word: 0..9 up to 4
frame "<s>" word "<e>" * 2
var place: 0..6 = position
head far = place where key.position == query.place else 0
step:
    place := far
layers 2
output place
"""


@pytest.mark.parametrize("engine", ["interpreter", "sparse", "dense", "loaded"])
def test_one_symbol_too_many_is_refused_and_the_others_still_run(engine: str, tmp_path: Path) -> None:
    one = compiled(TEXT)
    one.save(tmp_path / "places.pt")
    model = one.model
    engines = {
        "interpreter": one.interpreter,
        "sparse": Model(model.module, model.metadata, "sparse"),
        "dense": Model(model.module, model.metadata, "dense"),
        "loaded": load_model(tmp_path / "places.pt"),
    }
    fine, wrong, short = run_texts(engines[engine], ["1 2 3 4", "1 2 3 4 5", ""])
    assert (fine.output, short.output) == ((0, 1, 2, 3, 4, 5, 6), (0, 1, 2))
    assert wrong.output is None
    assert wrong.error is not None
    assert (wrong.error.code, wrong.error.message) == (
        "E0602",
        "column 9: the input is longer than 4 symbols, the most that `places` accepts",
    )
    with pytest.raises(InputError, match="longer than 4"):
        trace_text(engines[engine], "12345")


def test_the_position_embedding_has_all_positions_and_no_more() -> None:
    one = compiled(TEXT)
    assert one.model.module.position_embedding is not None
    assert len(one.model.module.position_embedding.weight) == 4 + 3 == one.model.module.config.positions


@pytest.mark.parametrize("suffix", [".alta", ".pt", ".safetensors"])
def test_the_command_line_names_line_and_column(
    suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / f"places{suffix}"
    if suffix == ".alta":
        file.write_text(TEXT, encoding="utf-8")
    else:
        compiled(TEXT).save(file)
    (tmp_path / "words.txt").write_text("1234\n1 2 3 4 5 6\n4\n", encoding="utf-8")
    assert run(["run", str(file), "--input", str(tmp_path / "words.txt"), "--keep-going"]) == 1
    out, err = capsys.readouterr()
    assert out == "0 1 2 3 4 5 6\n\n0 1 2 3\n"
    assert f"error[E0602]: {tmp_path}/words.txt:2:9: the input is longer than 4 symbols" in err
