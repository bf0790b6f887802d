"""The extension for VS Code: what its package holds, and that it starts `altac lsp`, without an editor behind it.

`make vscode` has built the package, by `vsce`, which refuses contributions that are not valid; `vscode.cjs` stands for
the editor.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from altac.syntax.scan import words
from altac.version import __version__
from tests.support import nonempty
from tests.test_packaging import ROOT

VSIX = ROOT / "build" / "alta.vsix"
CLIENT = Path(__file__).with_name("client.cjs")
PROGRAM = "program p\ninput bits: 0..1\nvar seen: 0..1 = tokn\nlayers 0\nstep: pass\noutput seen\n"
LIMIT = 300  # seconds, which end a test that hangs


@pytest.fixture(scope="module")
def extension(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, as an editor unpacks it."""
    folder = tmp_path_factory.mktemp("vsix")
    with zipfile.ZipFile(VSIX) as archive:
        archive.extractall(folder)
    return folder / "extension"


def server(path: Path, *lines: str) -> Path:
    """A program in the place of altac."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(("#!/bin/sh", *lines, "")), encoding="utf-8")
    path.chmod(0o755)
    return path


def started(extension: Path, folder: Path, **settings: str) -> dict[str, Any]:
    """What the extension does with these settings in a folder, when a text is opened; see client.cjs."""
    found = json.dumps({f"altac.{name}": value for name, value in settings.items()})
    command = ["node", str(CLIENT), str(extension), str(folder), found, "p.alta", PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_the_package_holds_the_extension_and_its_licenses(extension: Path) -> None:
    found = {str(path.relative_to(extension)) for path in extension.rglob("*") if path.is_file()}
    assert found == {
        "package.json",
        "readme.md",
        "LICENSE.txt",
        "language-configuration.json",
        "alta.tmLanguage.json",
        "dist/extension.js",
        "dist/LICENSES.txt",
    }
    for name in ("alta.tmLanguage.json", "language-configuration.json"):
        assert (extension / name).read_bytes() == (ROOT / "editors" / "vscode" / name).read_bytes()
    licenses = (extension / "dist" / "LICENSES.txt").read_text(encoding="utf-8")
    packages = re.findall(r"^(\S+) (\d\S+) \((\S+)\)$", licenses, re.MULTILINE)
    assert "vscode-languageclient" in {name for name, _, _ in packages}
    assert {license for _, _, license in packages} <= {"MIT", "ISC", "BlueOak-1.0.0"}


def test_diagnostics_arrive_and_a_new_server_starts_on_demand(extension: Path, tmp_path: Path) -> None:
    server(tmp_path / "bin" / "altac", f'PYTHONPATH="{ROOT}" exec "{sys.executable}" -m altac "$@"')
    found = started(extension, tmp_path, command="bin/altac", importsFrom="lib")
    place = PROGRAM.splitlines()[2].index("tokn")
    (told,) = found["first"]["diagnostics"]
    assert (told["code"], told["line"], told["begin"], told["end"]) == ("E0101", 2, place, place + 4)
    assert told["message"].startswith("there is no name called `tokn`")
    assert found["second"] == found["first"] == {"diagnostics": [told], "messages": []}
    assert found["calls"] == [[f"{tmp_path}/bin/altac", "lsp", "--imports-from", f"{tmp_path}/lib"]] * 2
    assert found["exit"] == 0


def test_a_program_that_is_not_there_is_named_with_what_installs_it(extension: Path, tmp_path: Path) -> None:
    found = started(extension, tmp_path, command="no-such-altac")
    (message,) = found["first"]["messages"]
    assert "`no-such-altac` is not found" in message
    assert 'pip install ".[lsp]"' in message
    assert "altac.command" in message
    assert found["second"] == found["first"]


def test_an_extra_that_is_not_installed_is_named(extension: Path, tmp_path: Path) -> None:
    """The words are those of altac itself, where pygls cannot be imported."""
    blocked = "import sys; sys.modules['pygls'] = None; import altac.cli.main as m; sys.exit(m.run(sys.argv[1:]))"
    server(tmp_path / "altac", f'PYTHONPATH="{ROOT}" exec "{sys.executable}" -c "{blocked}" "$@"')
    (message,) = started(extension, tmp_path, command="./altac")["first"]["messages"]
    assert "its extra `lsp` is not installed" in message
    assert 'pip install ".[lsp]"' in message


def test_another_program_is_not_taken_for_altac(extension: Path, tmp_path: Path) -> None:
    server(tmp_path / "other", "echo 'other: unknown command lsp' >&2", "exit 2")
    (message,) = started(extension, tmp_path, command="./other")["first"]["messages"]
    assert "ended without an answer: other: unknown command lsp" in message


def test_what_cannot_be_run_is_named(extension: Path, tmp_path: Path) -> None:
    server(tmp_path / "altac").chmod(0o644)
    (message,) = started(extension, tmp_path, command="./altac")["first"]["messages"]
    assert re.search(r"`\S+/altac` cannot be started: .*EACCES", message)


def test_lines_are_indented_behind_blocks() -> None:
    rules = json.loads((ROOT / "editors" / "vscode" / "language-configuration.json").read_text(encoding="utf-8"))
    more, less = (re.compile(rules["indentationRules"][f"{one}IndentPattern"]) for one in ("increase", "decrease"))
    for line in ("layer a:", "step:  # all", "    if x == 1:", "    elif x:", "  else:", "match a, b:", "    case 1:"):
        assert more.search(line), line
    for line in ("var x: 0..1 = 0", "    x := {1: 2}", "    if x: y := 1", "# if x:", "layer a: pass"):
        assert not more.search(line), line
    for line in ("    elif x > 1:", "    else:", "else: pass"):
        assert less.search(line), line
    assert not less.search("    elsewhere := 1")
    assert not less.search("    x := a if b else c")
    named = re.findall(
        r"[a-z]{2,}", "".join(rules["indentationRules"].values()) + rules["onEnterRules"][0]["beforeText"]
    )
    assert set(nonempty(named)) <= set(words())


def test_the_version_is_that_of_altac() -> None:
    package = json.loads((ROOT / "editors" / "vscode" / "package.json").read_text(encoding="utf-8"))
    assert package["version"] == __version__
