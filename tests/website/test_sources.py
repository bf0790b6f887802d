"""Pages of the repository on the site: every link of them leads to something there."""

from __future__ import annotations

import posixpath

import pytest

from tests.support import nonempty
from website import sources

PAGE = "docs/page.md"
NESTED = """\
See [sort](../programs/sort.alta) and [how](tour.md#numbers), or [elsewhere](https://example.org/a.md).

```console
$ echo "[no link](../programs/sort.alta)"
```

![picture](trace.svg) [programs](../programs) [here](#below)
"""


def test_links_lead_to_the_pages_that_show_what_they_name() -> None:
    found = sources.with_links_of_the_site(PAGE, NESTED)
    assert "[sort](../programs/sort.alta.md)" in found
    assert "[how](tour.md#numbers)" in found
    assert "[elsewhere](https://example.org/a.md)" in found
    assert "![picture](trace.svg)" in found
    assert "[programs](../programs/README.md)" in found
    assert "[here](#below)" in found
    assert '$ echo "[no link](../programs/sort.alta)"\n' in found


def test_a_link_to_nothing_is_an_error() -> None:
    with pytest.raises(FileNotFoundError, match=r"programs/nothing\.alta"):
        sources.with_links_of_the_site(PAGE, "[gone](../programs/nothing.alta)")


def test_fences_name_their_language_alone() -> None:
    assert (
        sources.plain_fences("```alta error\nx\n```\n\n```pycon\n1\n```\n") == "```alta\nx\n```\n\n```pycon\n1\n```\n"
    )


def test_a_folder_without_a_page_is_a_list_of_its_files() -> None:
    path = "experiments/transformer_programs/results"
    files = sources.with_contents(path)[1:]
    assert f"{path}/sort.alta" in files
    page = sources.made_page(path)
    for name in nonempty(map(posixpath.basename, files)):
        assert f"[{name}]({name}.md)" in page or f"[{name}]({name})" in page


def test_every_page_of_the_documentation_is_on_the_site() -> None:
    assert {"README.md", "docs/tour.md", "docs/errors.md", "programs/README.md"} <= set(sources.pages())
    listed = (sources.ROOT / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:")[1]
    for page in nonempty(sources.pages()):
        is_listed = f"{page}\n" in listed or page.startswith("exercises/")  # those are linked from their list
        assert is_listed, f"mkdocs.yml does not list {page}"
