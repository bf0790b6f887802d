"""E0733 and E0734: folders of many models, and programs that are generated."""

from __future__ import annotations

from altac.diagnostics.diagnostic import Diagnostic
from altac.diagnostics.record import record
from altac.diagnostics.words import listed


@record
class NotSuite(Diagnostic):
    code = "E0733"


@record
class NotEmpty(NotSuite):
    title = "`{folder}` is not empty, and what is in it would stand among the programs"
    help = "choose another folder with `-o`, or remove this one"
    folder: str


@record
class SameName(NotSuite):
    title = "two programs are called `{name}`: {places}"
    help = "name one of them otherwise, `program {name}_2`, or leave it out"
    name: str
    files: tuple[str, ...]

    def facts(self) -> dict[str, object]:
        return {**super().facts(), "places": listed(self.files)}


@record
class TooFewPrograms(Diagnostic):
    code = "E0734"
    title = "found only {found:,} different programs among the last {tried:,} that were drawn, not {count:,}"
    help = "ask for fewer, `--count {found}`"
    count: int
    found: int
    tried: int
