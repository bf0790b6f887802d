"""E0745 to E0749: what `altac play` refuses or stops. They have no place in a source text."""

from __future__ import annotations

from altac.diagnostics.diagnostic import Diagnostic
from altac.diagnostics.record import record


@record
class CannotListen(Diagnostic):
    code = "E0745"
    title = "cannot listen at {address}:{port}: {reason}"
    help = "take a port that is free: `--port 0`"
    address: str
    port: int
    reason: str


@record
class TookTooLong(Diagnostic):
    code = "E0746"
    title = "this was stopped after {seconds:g} seconds"
    help = "give a shorter input or a smaller program, or more time: `altac play --seconds {more:g}`"
    seconds: float

    @property
    def more(self) -> float:
        return 10 * self.seconds

    def facts(self) -> dict[str, object]:
        return {**super().facts(), "more": self.more}


@record
class TookTooMuchMemory(Diagnostic):
    code = "E0747"
    title = "this was stopped, since it takes more than {megabytes:,} MB of memory"
    help = "give a shorter input or a smaller program, or run it in a terminal: `altac run`"
    megabytes: int


@record
class TooLargeToPlay(Diagnostic):
    code = "E0748"
    title = "the program, what it imports and the input have more than {limit:,} bytes"
    help = "shorten them, or run the program in a terminal: `altac run`"
    limit: int


@record
class NotFromThisPage(Diagnostic):
    """A request that the page of `altac play` does not make; the classes below say why."""

    code = "E0749"


@record
class WrongHost(NotFromThisPage):
    title = "this server answers to {hosts} only, and was asked for `{host}`"
    help = "open {address}"
    hosts: str
    host: str
    address: str


@record
class WrongOrigin(NotFromThisPage):
    title = "a page of `{origin}` asks for this, and only {address} may"
    help = "open {address}"
    origin: str
    address: str


@record
class WrongToken(NotFromThisPage):
    title = "this page belongs to an `altac play` that has ended"
    help = "copy what you want to keep, and load the page again"


@record
class NotAsked(NotFromThisPage):
    title = "cannot understand the request: {reason}"
    help = "load the page again"
    reason: str
