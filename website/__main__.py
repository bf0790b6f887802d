"""Write what the site is built from: `python -m website FOLDER`.

Pages of the repository, one for each program with living traces of its examples, and every text that they link to.
What is in `website/pages` goes with them as it is.
"""

from __future__ import annotations

import posixpath
import shutil
import sys
from html import escape
from pathlib import Path

from website import gallery, sources
from website.sources import ROOT


def main(folder: Path) -> None:
    """Write all pages into a folder that is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "website" / "pages", folder)
    for path, content in files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def files() -> dict[str, bytes]:
    """All files of the site, by their paths."""
    texts = {page: (ROOT / page).read_text(encoding="utf-8") for page in sources.pages()}
    linked = {path for page, text in texts.items() for path in sources.linked(page, text)}
    programs = {f"programs/{name}.alta" for name in gallery.programs()}
    found = {path: (ROOT / path).read_bytes() for path in sources.assets()}
    for page, text in texts.items():
        views = Views(page)
        found[page] = sources.plain_fences(sources.with_links_of_the_site(page, views.below_programs(text))).encode()
        found |= views.files
    for path in sorted({one for target in linked for one in sources.with_contents(target)} | programs):
        page = sources.shown_as(path)
        if path in programs:
            views = Views(page)
            found[page] = views.of_program(Path(path).stem).encode()
            found |= views.files
        elif page not in found:
            found[page] = sources.made_page(path).encode()
    return found


def opened(run: gallery.Run) -> str:
    """A link to the program in the editor of this machine."""
    return f'<a href="{run.play}" title="where altac play is running">open in play</a>'


class Views:
    """The living traces of a page.

    Attributes:
        page: its path on the site.
        files: the traces, by their paths.
    """

    def __init__(self, page: str) -> None:
        self.page = page
        self.files: dict[str, bytes] = {}

    def keep(self, run: gallery.Run) -> str | None:
        """Where the trace of an example is, as the page links to it; None if it has none."""
        if run.view is None:
            return None
        path = f"views/{self.page.removesuffix('.md').removesuffix('.alta')}-{len(self.files) + 1}.html"
        self.files[path] = run.view
        return escape(posixpath.relpath(path, posixpath.dirname(self.page) or "."))

    def below_programs(self, text: str) -> str:
        """A page with links to the traces of a program below it."""
        parts, begin = [], 0
        for match in sources.FENCE.finditer(text):
            header, _, body = match[2].partition("\n")
            parts.append(text[begin : match.end()])
            begin = match.end()
            if header.split()[:1] == ["alta"] and header.split()[1:] not in (["error"], ["warning"], ["values"]):
                runs = [(run, self.keep(run), escape(run.example.input)) for run in gallery.runs_of_block(body)]
                links = [f'<a href="{path}">the run on <code>{text}</code></a>' for _, path, text in runs if path]
                links += [opened(run) for run, _, _ in runs[:1] if run.play]
                parts += [f'\n\n<p class="runs">{", ".join(links)}</p>'] if links else []
        return "".join([*parts, text[begin:]])

    def of_program(self, name: str) -> str:
        """The page of a program: its text, its examples with their traces, and its sizes."""
        one = gallery.entry(name)
        lines = [f"# {name}", "", "````alta", one.text.rstrip(), "````", "", "## Examples", ""]
        for run in one.runs:
            text, path = escape(run.example.input), self.keep(run)
            lines += [f"<p><code>{text}</code> → <code>{escape(run.example.output)}</code></p>", ""]
            if path is not None and run is one.runs[0]:  # a page of many frames would be slow
                lines += [f'<iframe class="run" title="the run on {text}" src="{path}" loading="lazy"></iframe>', ""]
            links = [f'<a href="{path}">this run on a page of its own</a>'] if path else []
            links += [opened(run)] if run.play else []
            lines += [f'<p class="runs">{", ".join(links)}</p>', ""] if links else []
        return "\n".join([*lines, "## Sizes", "", "```text", *one.sizes, "```", ""])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
