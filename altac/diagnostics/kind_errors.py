"""E02..: values of the wrong kind, constants that are not, domains that are none."""

from __future__ import annotations

from altac.diagnostics.diagnostic import Diagnostic
from altac.diagnostics.record import record


@record
class WrongKind(Diagnostic):
    code = "E0201"
    title = "{detail}"
    label = "{witness}"
    help = "{hint}"
    detail: str
    witness: str
    hint: str


@record
class NeverEqual(Diagnostic):
    code = "E0202"
    title = "`{subject}` is never {value}"
    label = "it is one of {domain}"
    value: str
    subject: str
    domain: str
    suggestion: str | None

    @property
    def help_text(self) -> str:
        if self.suggestion:
            return f"did you mean `{self.suggestion}`?"
        return "compare with one of its values, or add this one to the domain"


@record
class DifferentKinds(Diagnostic):
    code = "E0203"
    title = "{left} and {right} are never equal"
    label = "compares {left} with {right}"
    help = "{hint}"
    left: str
    right: str
    hint: str


@record
class NotConstant(Diagnostic):
    code = "E0204"
    title = "{what} must be known when the program is compiled"
    label = "`{name}` changes while the program runs"
    help = "use constants and parameters here"
    what: str
    name: str


@record
class NotADomain(Diagnostic):
    code = "E0205"
    title = "a domain is a finite set of values, and this is {what}"
    label = "not a domain"
    help = "{hint}"
    what: str
    hint: str


@record
class NotAnInteger(Diagnostic):
    code = "E0206"
    title = "{what} must be {wanted}, and this is {value}"
    label = "here"
    help = "write {wanted}"
    what: str
    wanted: str
    value: str


@record
class UnknownParameter(Diagnostic):
    code = "E0207"
    title = "the program has no parameter `{name}`"
    label = ""
    name: str
    known: str
    suggestion: str | None

    @property
    def help_text(self) -> str:
        if self.suggestion:
            return f"did you mean `-D {self.suggestion}=...`?"
        return f"its parameters are {self.known}" if self.known else "declare it with `param`"


@record
class BadParameter(Diagnostic):
    code = "E0208"
    title = "`-D {name}={text}` is not {wanted}"
    help = "the declared value is of that kind; give another such as `-D {name}={example}`"
    name: str
    text: str
    wanted: str
    example: str


@record
class DuplicateKey(Diagnostic):
    code = "E0210"
    title = "the table has two different entries for {key}"
    label = "the second one"
    help = "keep one of them"
    key: str


@record
class NotACollection(Diagnostic):
    code = "E0209"
    title = "`for` goes through a set or a list, and this is {what}"
    label = "not a collection"
    help = "write a range such as `0..9` or a list such as `[1, 2]`"
    what: str
