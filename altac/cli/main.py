"""Entry point: the commands in order of use, exit codes, and the promise that no traceback reaches a user."""

from __future__ import annotations

import codecs
import errno
import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
from click.shell_completion import CompletionItem, shell_complete

from altac.cli.output import escape, say, show_diagnostics
from altac.diagnostics import AltacError, closest
from altac.system.files import reason_of
from altac.version import __version__

COMMANDS = {  # in `--help` order; the module is imported when the command is used
    "check": "Check programs; prints nothing if they are correct.",
    "fmt": "Format programs in place.",
    "lsp": "Help an editor with programs: a language server.",
    "compile": "Compile a program to PyTorch weights.",
    "run": "Run a program or compiled weights on inputs.",
    "trace": "Show every variable at every position, layer by layer.",
    "explain": "Say why a variable has its value, back to the input.",
    "view": "Show a run in the browser, and the reason for each value.",
    "play": "Write and run programs in the browser.",
    "sample": "Draw balanced random inputs for a program.",
    "test": "Run the examples of programs, in interpreter and weights.",
    "exercise": "List exercises, or begin one.",
    "grade": "Say what is wrong with an answer to an exercise.",
    "verify": "Compare weights with their program, state by state.",
    "learn": "Learn a program from examples.",
    "decompile": "Write a program that is equal to compiled weights.",
    "circuit": "Write which part of a model passes what to which.",
    "counterfactuals": "Find pairs of inputs that differ in one variable.",
    "export": "Write a model in the form of another tool.",
    "zoo": "Write many models with circuits, inputs and cards.",
    "generate": "Write random programs, as many as you like.",
    "train": "Train a model on the traces or outputs of a program.",
    "coverage": "Show which lines and rules a set of inputs uses.",
    "evaluate": "Measure on which inputs a model is right.",
    "rules": "Print the transition rules of a program.",
    "stats": "Print the size of a Transformer, and where it is exact.",
}
USER_ERROR, INTERNAL_ERROR, INTERRUPTED, CLOSED_PIPE, TERMINATED = 1, 70, 130, 141, 143
COMPLETION = "_ALTAC_COMPLETE"  # the variable in which a shell asks for completions
AGAIN = 3.0  # seconds after which an interrupt that had no effect is repeated


class Commands(click.Group):
    """Finds a command in the module of the same name, so that `check` starts without torch."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"altac.cli.{cmd_name}_command").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            guess = closest(args[0], COMMANDS)
            if guess is None:
                raise
            raise click.UsageError(f"{error.message} Did you mean '{guess}'?", ctx) from None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        names = [CompletionItem(name, help=text) for name, text in COMMANDS.items() if name.startswith(incomplete)]
        return names + click.Command.shell_complete(self, ctx, incomplete)  # a group would import every command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="altac")
def cli() -> None:
    """Compile alta programs, which are Transformers, to exact PyTorch weights."""


class Terminated(BaseException):
    """The process was asked to end; what is open is closed first."""


def main() -> NoReturn:
    """Run the command line and exit: 0 fine, 1 the user's errors, 2 usage, 70 a bug in altac."""
    gc.set_threshold(100_000, 20, 20)  # tables are many small objects that stay: looking through them costs a quarter
    _open_streams()
    try:
        _listen()
        code = run(sys.argv[1:])
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, signal.SIG_IGN)  # all is done, only Python has to end
    except (KeyboardInterrupt, Terminated) as error:  # in the moments before and after the command
        code = _end(error)
    if code in (INTERRUPTED, TERMINATED):
        os._exit(code)  # all is said, and where an import was interrupted, Python would end otherwise
    sys.exit(code)


def _open_streams() -> None:
    """Put something in the place of standard streams that are closed, and let them show names that are not text.

    Descriptors are taken in order, so that no file that is opened later stands for one of the streams. What is written
    to a closed output is an error; messages are not missed, and whoever reads standard input sees that there is none.
    """
    if sys.stdin is None:
        os.open(os.devnull, os.O_RDONLY)
    if sys.stdout is None:
        sys.stdout = open(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")  # noqa: PTH123, SIM115
    if sys.stderr is None:
        sys.stderr = open(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")  # noqa: PTH123, SIM115
    codecs.register_error("altac.escape", escape)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="altac.escape")


def _listen() -> None:
    """Answer ctrl-C and SIGTERM with one exception, however often they come.

    An exception can get lost: in a callback, or just before a read that waits for long. So it is raised again.
    """

    def ending(kind: type[BaseException]) -> Callable[[int, FrameType | None], NoReturn]:
        def answer(number: int, frame: FrameType | None) -> NoReturn:
            for signum in (signal.SIGINT, signal.SIGTERM):
                signal.signal(signum, signal.SIG_IGN)
            if _imports(frame):
                os._exit(_end(kind()))
            if hasattr(signal, "setitimer"):
                signal.signal(signal.SIGALRM, answer)
                signal.setitimer(signal.ITIMER_REAL, AGAIN)
            raise kind

        return answer

    signal.signal(signal.SIGINT, ending(KeyboardInterrupt))
    signal.signal(signal.SIGTERM, ending(Terminated))


def _imports(frame: FrameType | None) -> bool:
    """Whether a module is being imported: native code may import others, and breaks where that fails.

    Nothing is open then that has to be closed.
    """
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _end(error: BaseException) -> int:
    """Say that the command was ended; the exit code."""
    terminated = isinstance(error, Terminated)
    say(f"altac: {'terminated' if terminated else 'interrupted'}")
    return TERMINATED if terminated else INTERRUPTED


def run(arguments: list[str]) -> int:
    """The exit code of a command line."""
    try:
        code = _invoke(arguments)
        if not sys.stdout.closed:  # as by a server that has spoken over it
            sys.stdout.flush()
        return code
    except (KeyboardInterrupt, click.Abort, Terminated) as error:
        return _end(error)
    except BrokenPipeError:
        _give_up_output()
        return CLOSED_PIPE
    except OSError as error:
        _give_up_output()
        reason = "it is closed" if error.errno == errno.EBADF else reason_of(error)
        say(f"altac: {error.filename or 'output'}: {reason}")
        return USER_ERROR
    except Exception as error:
        if isinstance(error, MemoryError) or "can't allocate memory" in str(error):  # as torch says it
            say("altac: there is not enough memory for this")
            return USER_ERROR
        say(internal_report(arguments))
        return INTERNAL_ERROR


def _invoke(arguments: list[str]) -> int:
    """Run a command; what the user did wrong is reported here."""
    try:
        # Not `cli.main`, which has its own ideas of interrupts and closed pipes.
        if asked := os.environ.get(COMPLETION):
            return shell_complete(cli, {}, "altac", COMPLETION, asked)
        with cli.make_context("altac", list(arguments)) as context:
            result = cli.invoke(context)
        return result if isinstance(result, int) else 0
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        return error.exit_code
    except click.exceptions.Exit as error:
        return error.exit_code
    except AltacError as error:
        show_diagnostics(error)
        return USER_ERROR


def _give_up_output() -> None:
    """Nothing more can be printed on standard output, not even when Python exits."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def internal_report(arguments: list[str]) -> str:
    """What to send us when altac breaks: the failure in one line each, without a traceback."""
    error = sys.exc_info()[1]
    frames = traceback.extract_tb(error.__traceback__ if error else None)[-3:]
    places = " <- ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
    return (
        f"internal error: {type(error).__name__}: {error}\n"
        f"  altac {__version__}, Python {sys.version.split()[0]}, at {places}\n"
        f"  command: altac {' '.join(arguments)}\n"
        "This is a bug in altac. Please report these lines together with the program."
    )
