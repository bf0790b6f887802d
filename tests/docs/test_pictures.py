"""The pictures of the README show what altac says today."""

from __future__ import annotations

import pytest

from tests.docs.pages import ROOT
from tests.docs.pictures import FOLDER, PICTURES, texts


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_not_stale(name: str) -> None:
    kept = texts((FOLDER / name).read_text(encoding="utf-8"))
    assert kept == texts(PICTURES[name]()), "draw it anew: make pictures"
    assert len(kept) > 8


def test_the_readme_shows_them() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in PICTURES if f"](docs/{name})" not in readme] == []
    assert {path.name for path in FOLDER.glob("*.svg")} == set(PICTURES)


def test_pictures_hold_what_they_are_about() -> None:
    found = {name: " ".join(texts(picture())) for name, picture in PICTURES.items()}
    assert "error[E0301]" in found["diagnostic.svg"]
    assert "parity_left" in found["trace.svg"]
    assert "100.0 % of longer inputs" in found["accuracy.svg"]
