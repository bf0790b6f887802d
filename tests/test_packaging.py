"""altac works from a checkout, from an editable install and from a wheel in an empty environment."""

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def call(*command: object, cwd: Path, **variables: str) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | variables
    done = subprocess.run(
        [str(one) for one in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def copy(target: Path) -> Path:
    """The files of a checkout, in a folder with a blank in its name."""
    folder = target / "a checkout"
    names = [
        "altac",
        "grammar",
        "programs",
        "exercises",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "NOTICE",
        "constraints.txt",
    ]
    for name in names:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        else:
            folder.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def test_from_a_checkout(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    code = (
        "import altac, sys; assert altac.__file__.startswith(sys.argv[1]); "
        "print(altac.run('programs/parity.alta', '101'))"
    )
    out = call(sys.executable, "-c", code, folder, cwd=folder, PYTHONPATH=str(folder))
    assert "(0,) after 3 layers" in out
    assert (
        call(sys.executable, "-m", "altac", "run", "programs/parity.alta", "111", cwd=folder, PYTHONPATH=str(folder))
        == "1\n"
    )


def test_the_tests_run_from_an_editable_install() -> None:
    import altac
    from altac.syntax.parse import grammar_path

    assert Path(altac.__file__).is_relative_to(ROOT)
    assert grammar_path() == ROOT / "grammar" / "alta.lark"


@pytest.mark.slow
def test_a_wheel_in_an_empty_environment(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    call(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, folder, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    assert "altac/syntax/alta.lark" in zipfile.ZipFile(wheel).namelist()
    venv.create(tmp_path / "empty", with_pip=True)
    python = tmp_path / "empty" / "bin" / "python"
    call(python, "-m", "pip", "install", "--quiet", "-c", ROOT / "constraints.txt", wheel, cwd=tmp_path)
    program = tmp_path / "parity.alta"
    shutil.copy(ROOT / "programs" / "parity.alta", program)
    altac = tmp_path / "empty" / "bin" / "altac"
    assert call(altac, "check", program, cwd=tmp_path) == ""
    call(altac, "compile", program, "-o", "parity.pt", cwd=tmp_path)
    assert call(altac, "run", "parity.pt", "1 0 1 1", cwd=tmp_path) == "1\n"
    assert str(tmp_path) in call(python, "-c", "import altac; print(altac.__file__)", cwd=tmp_path)
