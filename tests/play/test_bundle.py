"""What the page includes of others: made from what stands here, and named with its license."""

from __future__ import annotations

import hashlib
import json
import re

from altac.play.app import STATIC
from tests.support import nonempty
from tests.test_packaging import ROOT

WEB = ROOT / "altac" / "play" / "web"
SOURCES = ("package.json", "package-lock.json", "codemirror.js", "build.mjs")
PACKAGES = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))["packages"]
BUNDLE = (STATIC / "codemirror.js").read_text(encoding="utf-8")


def test_the_bundle_is_made_from_these_sources() -> None:
    """If not: `make play-bundle`."""
    digest = hashlib.sha256(b"".join((WEB / name).read_bytes() for name in SOURCES)).hexdigest()
    assert BUNDLE.splitlines()[0].endswith(f" {digest}")


def test_every_package_is_pinned() -> None:
    wanted = json.loads((WEB / "package.json").read_text(encoding="utf-8"))
    for name, version in nonempty((wanted["dependencies"] | wanted["devDependencies"]).items()):
        assert PACKAGES[f"node_modules/{name}"]["version"] == version
    for name, package in nonempty(PACKAGES.items()):
        assert name == "" or package["integrity"].startswith("sha512-")


def test_every_package_is_named_with_its_license() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    bundled = {name.removeprefix("node_modules/"): one for name, one in PACKAGES.items() if name and not one.get("dev")}
    assert re.findall(r"^    (\S+) (\S+)$", notice, re.MULTILINE) == [
        (name, one["version"]) for name, one in bundled.items()
    ]
    assert {one["license"] for one in bundled.values()} == {"MIT"}


def test_what_the_page_takes_of_the_bundle_is_in_it() -> None:
    imported = {
        name
        for path in STATIC.glob("*.js")
        for names in re.findall(r"import \{([^}]*)\} from \"./codemirror.js\"", path.read_text(encoding="utf-8"))
        for name in re.findall(r"\w+", names)
    }
    exported = set(re.findall(r"(?:\w+ as )?(\w+)[,}]", re.findall(r"export\{(.*?\})", BUNDLE)[-1]))
    assert imported == exported


def test_the_page_asks_for_its_own_files_alone() -> None:
    own = [path for path in STATIC.iterdir() if path.name != "codemirror.js"]
    for path in nonempty(own):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://|innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|Function\(", text)
        for name in re.findall(r'(?:from "\./|/static/)([\w.]+)"', text):
            assert (STATIC / name).exists()
