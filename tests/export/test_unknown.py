"""Unknown symbols that are read by their shape: by altac, and where its own code is exported."""

from pathlib import Path

import pytest

from altac.cli.main import run

PROGRAM = """program kinds
input text: {"in", "<name>", "<unk>"} up to 8 else {"Xx": "<name>", "": "<unk>"}
causal
layer look:
    var seen = token
output seen
"""


@pytest.mark.parametrize("tool", ["transformer-lens", "gpt2"])
def test_tools_without_code_of_altac_get_no_shapes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], tool: str
) -> None:
    file, folder = tmp_path / "kinds.alta", tmp_path / "out"
    file.write_text(PROGRAM)
    assert run(["export", str(file), "--to", tool, "-o", str(folder)]) == 1
    assert capsys.readouterr().err == (
        "error[E0722]: `kinds` reads unknown symbols by their shape, and this tool reads all of them alike\n"
        ' = help: use `--to huggingface` or `--to onnx`, or give one symbol for all of them: `else "<unk>"`\n'
    )
    assert not folder.exists()
