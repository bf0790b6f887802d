"""The wheel holds every package, and nothing that an extra installs is needed to import altac."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from hashlib import sha1
from importlib.metadata import packages_distributions
from pathlib import Path

from altac.view.page import SCRIPTS
from tests.support import nonempty
from tests.test_packaging import ROOT, call, copy

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
IMPORT_EVERYTHING = """
import importlib, pkgutil, sys
from importlib.abc import MetaPathFinder

class Blocked(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in sys.argv[1:]:
            raise ModuleNotFoundError(f"{name} is blocked", name=name)

sys.meta_path.insert(0, Blocked())
import altac
names = [one.name for one in pkgutil.walk_packages(altac.__path__, "altac.") if not one.name.endswith("__main__")]
for name in names:
    importlib.import_module(name)
print(*names)
"""


def modules() -> set[str]:
    """All modules of altac, by their files."""
    return {str(path.relative_to(ROOT)) for path in (ROOT / "altac").rglob("*.py")}


def distribution(requirement: str) -> str:
    """`pytest-cov>=7` and `PyTest_Cov` are the same."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()  # type: ignore[index]


def test_the_wheel_holds_every_module_and_the_grammar(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=folder)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (metadata,) = [archive.read(name).decode() for name in names if name.endswith("METADATA")]
    assert modules() <= names
    assert "altac/syntax/alta.lark" in names
    assert {f"altac/view/{name}" for name in (*SCRIPTS, "page.css")} <= names
    assert "altac/notebook/living.js" in names
    exercises = {path.relative_to(ROOT) for path in (ROOT / "exercises").rglob("*.*")}
    assert len(exercises) >= 80
    assert {f"altac/grading/{path}" for path in exercises} <= names
    assert {str(path.relative_to(ROOT)) for path in (ROOT / "altac" / "play" / "static").iterdir()} <= names
    assert {f"altac/play/{path.relative_to(ROOT)}" for path in (ROOT / "programs").rglob("*.alta")} <= names
    assert not any("node_modules" in name or name.startswith("altac/play/web") for name in names)
    assert {name for name in names if not name.startswith("altac")} == set()
    needed = re.findall(r"^Requires-Dist: ([\w.-]+)[^;\n]*$", metadata, re.MULTILINE)
    assert sorted(map(distribution, needed)) == sorted(map(distribution, PROJECT["dependencies"]))


def test_the_wheel_has_its_license(tmp_path: Path) -> None:
    """The text is that of Apache-2.0, to the letter."""
    call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=copy(tmp_path))
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [archive.read(name).decode() for name in archive.namelist() if name.endswith("METADATA")]
        files = {Path(name).name: archive.read(name) for name in archive.namelist() if "/licenses/" in name}
    assert "License-Expression: Apache-2.0\n" in metadata
    assert "Author: The altac authors\n" in metadata
    assert set(files) == {"LICENSE", "NOTICE"}
    assert sha1(files["LICENSE"]).hexdigest() == "2b8b815229aa8a61e483fb4ba0588b8b6c491890"


def test_no_extra_repeats_what_another_has() -> None:
    """Extras name each other, as `altac[data]`, and each package stands in one of them."""
    once = Counter(distribution(one) for some in EXTRAS.values() for one in some if not one.startswith("altac["))
    assert once["pyarrow"] == 1
    assert {name for name, count in once.items() if count > 1} == set()
    named = {name for some in EXTRAS.values() for one in some for name in re.findall(r"altac\[([\w,]+)\]", one)}
    assert {name for names in named for name in names.split(",")} <= set(EXTRAS)


def test_each_target_installs_an_extra_that_there_is() -> None:
    needed = re.findall(r"^[a-z-]+: \.venv/ready-(\w+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(needed) > 10
    assert set(needed) <= {"run", *EXTRAS}
    assert (needed.count("run"), "run" in EXTRAS) == (2, False)  # of `make run` and `make zoo`, which need no extra


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "altac").rglob("*.py")}
    assert all((folder / "__init__.py").exists() for folder in nonempty(folders))


def test_altac_is_imported_without_anything_that_extras_install() -> None:
    core = set(map(distribution, PROJECT["dependencies"]))
    extras = {distribution(one) for some in EXTRAS.values() for one in some} - core - {"altac"}
    blocked = {
        package
        for package, distributions in packages_distributions().items()
        if {distribution(one) for one in distributions} <= extras and package != "coverage"  # it may be measuring this
    }
    assert {"matplotlib", "hypothesis", "pytest"} <= blocked
    command = [sys.executable, "-c", IMPORT_EVERYTHING, *sorted(blocked)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    paths = {name.replace(".", "/") for name in done.stdout.split()}
    found = {path.removesuffix(".py").removesuffix("/__init__") for path in modules()}
    assert paths == found - {"altac", "altac/__main__"}
