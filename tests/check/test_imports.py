"""Where imported files may lie: in the folder of the program, in one that the user allows, or in the model file."""

from __future__ import annotations

from pathlib import Path

import pytest

import altac
from altac.cli.main import run
from altac.diagnostics import AltacError
from altac.driver import embedded_program, open_model
from altac.model.file import save_model
from altac.model.metadata import Metadata
from altac.model.model import Model
from altac.syntax.parse import LARGEST_FILE
from tests.support import nonempty

SECRET = "the password is 1234"
TAIL = "input bits: 0..1\nvar x: 0..N = 0\nstep:\n    x := N\nlayers 1\noutput x\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a program's own, beside which lie names and a secret that are not its own."""
    (tmp_path / "own" / "sub").mkdir(parents=True)
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "names.alta").write_text('import "more.alta"\nconst N = M\n')
    (tmp_path / "shared" / "more.alta").write_text("const M = 3\n")
    (tmp_path / "own" / "sub" / "names.alta").write_text('import "more.alta"\nconst N = M\n')
    (tmp_path / "own" / "sub" / "more.alta").write_text("const M = 2\n")
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "own" / "link.alta").symlink_to(tmp_path / "secret")
    (tmp_path / "own" / "linked").symlink_to(tmp_path / "shared")
    return tmp_path


def importing(folder: Path, *names: str) -> Path:
    path = folder / "own" / "main.alta"
    path.write_text("".join(f'import "{name}"\n' for name in names) + "program p\n" + TAIL)
    return path


def test_a_program_imports_from_its_folder_and_those_in_it(folder: Path) -> None:
    path = importing(folder, "sub/names.alta", "./sub/../sub/more.alta", str(folder / "own" / "sub" / "names.alta"))
    with pytest.raises(AltacError, match="E0102"):  # a file is known by its path as it is spelt from the folder
        altac.compile(path)
    path = importing(folder, "sub/names.alta", "./sub/../sub/more.alta")
    assert altac.run(path, "0").output == (2,)
    link = folder / "elsewhere.alta"
    link.symlink_to(path)
    assert altac.run(link, "0").output == (2,)  # the folder is that of the file, not of a link to it


OUTSIDE = ["../secret", "{folder}/secret", "link.alta", "linked/names.alta", "../missing", "/etc/passwd", "sub/../../x"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_nothing_outside_is_opened(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies outside is refused in the same words whether it is there or not."""
    opened: list[Path] = []

    def read(path: Path) -> None:
        opened.append(path)

    monkeypatch.setattr("altac.check.imports.read_source", read)
    name = name.format(folder=folder)
    with pytest.raises(AltacError) as caught:
        altac.compile(importing(folder, name))
    assert [one.code for one in caught.value.diagnostics] == ["E0504"]
    assert f"cannot read `{name}`: it is not in the folder of the program" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert opened == []


def test_the_user_may_allow_another_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, shared = importing(folder, "linked/names.alta"), folder / "shared"
    with pytest.raises(AltacError, match="E0504"):
        altac.compile(path)
    assert altac.compile(path, imports_from=shared).interpreter.interface.domain.values == (0, 1, 2, 3)
    with pytest.raises(AltacError, match="E0504"):
        altac.compile(importing(folder, "link.alta"), imports_from=shared)
    path = importing(folder, "../shared/names.alta")
    for command in (["check"], ["rules"], ["test"], ["compile", "-o", str(folder / "m.pt")], ["verify"]):
        assert run([*command, str(path)]) == 1
        assert "--imports-from FOLDER" in capsys.readouterr().err
        assert run([*command, str(path), "--imports-from", str(shared)]) == 0
    assert run(["run", str(path), "0", "--imports-from", str(shared)]) == 0


def test_a_file_that_is_imported_from_elsewhere_is_not_overwritten(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "shared" / "names.pt").write_text("const N = 1\n")
    path = importing(folder, "../shared/names.pt")
    command = ["compile", str(path), "--imports-from", str(folder / "shared"), "-o"]
    assert run([*command, str(folder / "shared" / "names.pt")]) == 2
    assert "would overwrite" in capsys.readouterr().err
    train = ["train", str(path), "--imports-from", str(folder / "shared"), "--steps", "1"]
    assert run([*train, "--examples", "3", "--test-examples", "0", "-o", str(folder / "run")]) == 0
    (folder / "shared" / "model.pt").write_text("const N = 1\n")
    train[1] = str(importing(folder, "../shared/model.pt"))
    assert run([*train, "-o", str(folder / "shared")]) == 2


def test_a_program_and_its_imports_have_a_greatest_size(folder: Path) -> None:
    path = importing(folder, "sub/long.alta")
    (folder / "own" / "sub" / "long.alta").write_text("const N = 1\n" + "#" * (LARGEST_FILE - 100))
    with pytest.raises(AltacError, match="2,000,000 characters"):
        altac.compile(path)


# Model files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [["sub/names.alta"], ["sub/more.alta", "sub/names.alta"], ["../shared/names.alta"]])
@pytest.mark.parametrize("suffix", ["pt", "safetensors"])
def test_weights_carry_what_their_program_imports(
    names: list[str], suffix: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = altac.compile(importing(folder, *names), imports_from=folder)
    path = folder / f"model.{suffix}"
    compiled.save(path)
    monkeypatch.setattr("altac.check.imports.read_source", None)
    model = open_model(path)
    assert model.metadata.imports == compiled.program.imports
    assert len(model.metadata.imports) == 2
    assert altac.run(embedded_program(model.metadata), "0").output == altac.run(compiled, "0").output


def forged(folder: Path, **fields: object) -> Path:
    """Weights whose file says something else of their program."""
    model = altac.compile(importing(folder, "sub/names.alta")).model
    metadata = Metadata.from_dict({**model.metadata.to_dict(), **fields})
    model.module.extra = metadata.to_dict()
    path = folder / "own" / "forged.pt"
    save_model(Model(model.module, metadata), path)
    return path


@pytest.mark.parametrize("name", [*OUTSIDE, "sub/more.alta", "main.alta", "/dev/stdin", "."])
def test_a_model_file_opens_no_other(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = name.format(folder=folder)
    path = forged(folder, source=f'import "{name}"\nprogram p\n' + TAIL, imports={})
    monkeypatch.setattr("altac.check.imports.read_source", None)
    monkeypatch.chdir(folder / "own")
    for command in (["run", path, "0", "--engine", "interpreter"], ["verify", path], ["trace", path, "0"]):
        run([str(one) for one in command])
        shown = "".join(capsys.readouterr())
        assert SECRET not in shown
        if command[0] != "trace":  # which needs no source
            assert f"cannot read `{name}`: the model file does not carry it" in shown


def test_what_a_model_file_carries_has_the_bounds_of_a_program(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = importing(folder, "sub/names.alta").read_text()
    wrong: list[tuple[dict[str, object], str]] = [
        ({"imports": {"sub/names.alta": "const N = 1\n" + "#" * LARGEST_FILE}}, "2,000,000 characters"),
        ({"source": source + "#" * LARGEST_FILE}, "2,000,000 characters"),
        ({"imports": {"sub/names.alta": 'import "names.alta"\nconst N = 1\n'}}, "import each other"),
        ({"imports": {"sub/names.alta": "layers 3\n"}}, "declares more than names"),
        ({"overrides": {"N": {"fraction": [1, 0]}}}, "not a value"),
    ]
    for fields, message in nonempty(wrong):
        path = forged(folder, **fields)
        assert run(["run", str(path), "0", "--engine", "interpreter"]) == 1
        assert message in capsys.readouterr().err
    for imports in ([], {"a": 1}, None):
        with pytest.raises(ValueError, match="its imports are damaged"):
            forged(folder, imports=imports)


def test_a_level_that_does_not_exist_is_a_damaged_file(folder: Path) -> None:
    for level in (3, -1, 9):
        with pytest.raises(AltacError, match="there is no optimisation level"):
            altac.load(forged(folder, level=level))
