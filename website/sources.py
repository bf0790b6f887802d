"""What of the repository is on the site, under the paths that it has there, so that links stay as they are.

A page of Markdown stays one. Any other text that a page links to becomes a page that shows it: `sort.alta` is
`sort.alta.md` on the site. A folder is its README, or a list of its files.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
INDEX = "README.md"
PAGES = (INDEX, "CHANGELOG.md", "CONTRIBUTING.md", "docs/*.md", "programs/README.md", "experiments/*/README.md")
EXERCISES = ("exercises/README.md", "exercises/*/README.md")
RAW = (".svg", ".png", ".ipynb")  # files that stay what they are
ASSETS = ("docs/*", "experiments/*/results/*", "examples/*")  # as far as they are such files
LANGUAGES = {".alta": "alta", ".py": "python", ".json": "json", ".lark": "text"}
# a link or a picture of Markdown, but none within code: `](target)` and its anchor
LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)\s#]+)(#[^)\s]*)?(?=\))")
FENCE = re.compile(r"^(```+)(.*?)^\1$", re.MULTILINE | re.DOTALL)
HEADER = re.compile(r"^(```+)([\w-]+) .*$", re.MULTILINE)


def pages() -> list[str]:
    """The paths of all pages that stand in the repository."""
    return [str(path.relative_to(ROOT)) for pattern in (*PAGES, *EXERCISES) for path in sorted(ROOT.glob(pattern))]


def assets() -> list[str]:
    """The paths of pictures and notebooks."""
    return [
        str(path.relative_to(ROOT)) for pattern in ASSETS for path in sorted(ROOT.glob(pattern)) if path.suffix in RAW
    ]


def prose(text: str, change: Callable[[str], str]) -> str:
    """The text with all that stands outside of fenced code changed."""
    begin, parts = 0, []
    for match in FENCE.finditer(text):
        parts += [change(text[begin : match.start()]), match[0]]
        begin = match.end()
    return "".join([*parts, change(text[begin:])])


def linked(page: str, text: str) -> Iterator[str]:
    """The paths in the repository that a page links to."""
    for match in LINK.finditer(FENCE.sub("", text)):
        yield posixpath.normpath(posixpath.join(posixpath.dirname(page), match[1]))


def shown_as(path: str) -> str:
    """The page that stands for a path of the repository.

    Raises:
        FileNotFoundError: if the repository has no such path.
    """
    found = ROOT / path
    if found.is_dir():
        return posixpath.join(path, INDEX)
    if not found.is_file():
        raise FileNotFoundError(path)
    return path if found.suffix in (".md", *RAW) else f"{path}.md"


def with_links_of_the_site(page: str, text: str) -> str:
    """A page of the repository with links to what is on the site."""

    def target(match: re.Match[str]) -> str:
        folder = posixpath.dirname(page)
        shown = shown_as(posixpath.normpath(posixpath.join(folder, match[1])))
        return posixpath.relpath(shown, folder or ".") + (match[2] or "")

    return prose(text, lambda part: LINK.sub(target, part))


def plain_fences(text: str) -> str:
    """Fences that name their language alone: what else a test reads there means nothing to a reader."""
    return HEADER.sub(r"\1\2", text)


def with_contents(path: str) -> list[str]:
    """A path that is linked to, and what its page links to: the files of a folder that has no page of its own."""
    if not (ROOT / path).is_dir() or (ROOT / path / INDEX).exists():
        return [path]
    return [path, *(posixpath.join(path, one.name) for one in sorted((ROOT / path).iterdir()) if one.is_file())]


def made_page(path: str) -> str:
    """A page that shows a text of the repository, or the files of a folder."""
    if (ROOT / path).is_dir():
        files = (posixpath.basename(one) for one in with_contents(path)[1:])
        lines = [f"- [{one}]({posixpath.basename(shown_as(posixpath.join(path, one)))})" for one in files]
        return f"# {path}\n\n" + "\n".join(lines) + "\n"
    text = (ROOT / path).read_text(encoding="utf-8")
    return f"# {path}\n\n````{LANGUAGES.get(Path(path).suffix, 'text')}\n{text.rstrip()}\n````\n"
