"""Words of messages stand in `altac/diagnostics`: what raises a diagnostic hands in facts."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import fields

import altac.diagnostics
from altac.diagnostics import Diagnostic
from altac.diagnostics.run_errors import RunFailed
from tests.support import nonempty

# Diagnostics that are handed a whole text, each with where that comes from. The list can only get shorter.
HANDED_IN = {
    ("NotSeparable", "label"): "the reason in the certificate, which is stored in model files",
}


def diagnostics(kind: type[Diagnostic] = Diagnostic) -> Iterator[type[Diagnostic]]:
    for module in pkgutil.iter_modules(altac.diagnostics.__path__, "altac.diagnostics."):
        importlib.import_module(module.name)
    for inner in kind.__subclasses__():
        yield inner
        yield from diagnostics(inner)


def test_no_diagnostic_is_handed_a_whole_text() -> None:
    found = set()
    for kind in nonempty(diagnostics()):
        if not kind.__module__.startswith("altac."):
            continue
        names = {entry.name for entry in fields(kind)}
        for part in ("title", "label", "help"):
            whole = re.fullmatch(r"\{(\w+)\}", vars(kind).get(part, ""))
            if whole is not None and whole[1] in names:
                found.add((kind.__name__, part))
    assert found == set(HANDED_IN)


def test_templates_mention_only_facts() -> None:
    """A template over a field that was renamed would end in a KeyError, and only where the message is shown."""
    for kind in nonempty(diagnostics()):
        own_facts = {entry.name for entry in fields(kind)}
        if kind.facts is not Diagnostic.facts:
            continue  # it adds facts of its own
        for part, shows in (("title", "message"), ("label", "label_text"), ("help", "help_text")):
            if getattr(kind, shows) in (getattr(Diagnostic, shows), RunFailed.message):
                used = set(re.findall(r"(?<!\{)\{(\w+)", getattr(kind, part, "")))
                assert used <= own_facts, f"{kind.__name__}.{part}"
