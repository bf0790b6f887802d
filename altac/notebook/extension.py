"""`%load_ext altac`: the magics `%%alta` and `%altac`, and diagnostics in the place of tracebacks."""

from __future__ import annotations

import keyword
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from altac.cli.files import PROGRAM, File
from altac.cli.main import run
from altac.cli.options import definitions, imports_from, imports_option, level_option
from altac.diagnostics import AltacError, Source
from altac.diagnostics.notebook_errors import NotAName
from altac.driver import Compiled, compile_source, program_name
from altac.notebook.living import view
from altac.system.extras import require
from altac.system.files import write_whole

TOLD = (AltacError, click.ClickException)


@click.command(name="%%alta", add_help_option=False)
@click.argument("name", required=False, type=File(*PROGRAM, path_type=None))
@click.option("--view", "text", metavar="INPUT", help="Show the run on this input.")
@definitions
@level_option
@imports_option
def options(**found: Any) -> None:
    """The options of `%%alta`."""


class Magics:
    """What `%load_ext altac` adds to a shell of IPython."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell

    def alta(self, line: str, cell: str) -> Compiled | None:
        """Compile the program in this cell, and bind it to a name.

        `%%alta [NAME] [--view INPUT] [-D N=5] [-O LEVEL]`. Without NAME, the name is that of the program. A NAME that
        ends in `.alta` is also a file, which the cell is written to. If the program has errors, nothing is bound to
        the name any more, and the notebook stops.
        """
        with options.make_context("%%alta", words(line)) as context:
            given, text = context.params["name"], context.params["text"]
            source = Source(given or "<cell>", cell)
            name = bound_name(given or program_name(source) or name_in(cell))
            self.shell.user_ns.pop(name, None)
            if given is not None and given.endswith(PROGRAM):
                write_whole(Path(given), cell.encode(), None)
            compiled = compile_source(source, context.params["level"], dict(context.params["define"]), imports_from())
        self.shell.push({name: compiled})
        if text is None:
            return compiled
        self.display(view(compiled, text))
        return None

    def altac(self, line: str) -> None:
        """Run a command of altac, as in a shell: `%altac run parity.alta "1 0 1"`."""
        run(words(line))

    def display(self, shown: object) -> None:
        require("IPython.display", "notebook").display(shown)

    def tell(self, error: Exception) -> None:
        """Show what is wrong in the place of a traceback."""
        if isinstance(error, AltacError):
            bundle = {"text/plain": str(error), "text/html": error._repr_html_()}
            require("IPython.display", "notebook").publish_display_data(bundle)
        elif isinstance(error, click.ClickException):
            print(error.format_message(), file=sys.stderr)  # noqa: T201


def words(line: str) -> list[str]:
    """The words of a line, as a shell takes them.

    Raises:
        click.UsageError: for a quote that does not end.
    """
    try:
        return shlex.split(line)
    except ValueError as error:
        raise click.UsageError(f"{line.strip()}: {str(error).lower()}.") from None


def name_in(cell: str) -> str:
    """The name of a program that cannot be parsed, as far as it can be seen; else nothing."""
    found = re.search(r"^program +(\w+)", cell, re.MULTILINE)
    return found[1] if found else ""


def bound_name(given: str) -> str:
    """The name of a variable for a program.

    Raises:
        AltacError: if it would be none.
    """
    name = Path(given).stem if given.endswith(PROGRAM) else given
    if given and (not name.isidentifier() or keyword.iskeyword(name)):
        raise AltacError([NotAName(None, name)])
    return name


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext altac` calls."""
    magics = Magics(shell)
    shell.register_magic_function(magics.alta, "cell", "alta")
    shell.register_magic_function(magics.altac, "line", "altac")
    shell.set_custom_exc(TOLD, handler(magics))


def handler(magics: Magics) -> Callable[..., None]:
    """What a shell calls with an exception that is told."""

    def told(_shell: object, _kind: object, error: Exception, *_trace: object, **_more: object) -> None:
        magics.tell(error)

    return told


def unload_ipython_extension(shell: Any) -> None:
    """What `%unload_ext altac` calls."""
    shell.set_custom_exc((), None)
    shell.magics_manager.magics["cell"].pop("alta", None)
    shell.magics_manager.magics["line"].pop("altac", None)
