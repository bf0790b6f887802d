"""E076.: names that an editor cannot change."""

from __future__ import annotations

from altac.diagnostics.diagnostic import Diagnostic
from altac.diagnostics.record import record


@record
class NoNameHere(Diagnostic):
    code = "E0760"
    title = "there is no name here that could be changed"
    help = "place the cursor on a variable, a head, a layer, a function or another name that the program declares"


@record
class UnreadNames(NoNameHere):
    title = "names are changed in a program that parses, and this one does not"
    help = "mend its syntax errors first"


@record
class UnreadFile(NoNameHere):
    title = "names are changed in files that can be read and that parse, and {file} does not"
    help = "mend it first: it may use the name, or declare the new one"
    file: str


@record
class DeclaredElsewhere(Diagnostic):
    code = "E0761"
    name: str
    is_builtin: bool

    @property
    def message(self) -> str:
        return f"`{self.name}` is " + ("built in" if self.is_builtin else "not declared in this file")

    @property
    def help_text(self) -> str:
        return "it has this name in every program" if self.is_builtin else "change it in the file that declares it"


@record
class BadNewName(Diagnostic):
    code = "E0762"
    title = "`{new}` cannot be a name"
    help = "a name has letters, digits and underscores, begins with no digit, and is no word of the language"
    new: str


@record
class TakenName(BadNewName):
    title = "`{new}` has a meaning here already"
    help = "choose another name"


@record
class TakenInFile(TakenName):
    title = "`{new}` would mean something else in {file}, which is used together with this file"
    file: str
