"""Links of built pages that lead nowhere are found."""

from __future__ import annotations

from pathlib import Path

from website.links import dead


def test_dead_links_are_named_with_their_pages(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "index.html").write_text(
        '<a href="docs/a.html#here">fine</a> <a href="docs">fine</a> <a href="https://example.org/x">elsewhere</a>'
        '<a href="docs/a.html#gone">no place</a> <img src="picture.svg">'
    )
    (tmp_path / "docs" / "a.html").write_text(
        '<p id="here"></p><a href="#here">up</a> <a href="../index.html">back</a>'
    )
    (tmp_path / "docs" / "index.html").write_text('<iframe src="../views/1.html"></iframe>')
    assert list(dead(tmp_path)) == [
        "docs/index.html: ../views/1.html",
        "index.html: docs/a.html#gone: no such place",
        "index.html: picture.svg",
    ]
