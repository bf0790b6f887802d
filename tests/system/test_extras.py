"""What is not installed is named together with the extra that brings it."""

import sys
from pathlib import Path

import pytest

from altac.diagnostics import AltacError
from altac.system.extras import require


def test_what_is_installed_is_imported() -> None:
    assert require("json.decoder", "data") is sys.modules["json.decoder"]


def test_what_is_missing_is_named_with_its_extra() -> None:
    with pytest.raises(AltacError) as caught:
        require("no_such_package.inner", "train")
    (found,) = caught.value.diagnostics
    assert (found.code, found.message) == ("E0608", "this needs `no_such_package`, which is not installed")
    assert found.help_text == 'it comes with the extra `train`: pip install ".[train]" in a checkout of altac'


def test_a_package_that_is_itself_incomplete_is_not_called_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "incomplete.py").write_text("import no_such_package\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        require("incomplete", "data")
