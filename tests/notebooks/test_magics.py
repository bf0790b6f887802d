"""The extension in a shell of IPython: what is bound, what is shown, and that no traceback ever is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from altac.driver import Compiled
from altac.notebook.living import widget_class

MOST = """program most
input text: "a".."d" up to 4
layer look:
    head f = count where key.token == query.token
output f
"""
BROKEN = MOST.replace("key.token", "key.tokens")


class Session:
    """A shell, and what its cells print and show."""

    def __init__(self) -> None:
        self.shell = InteractiveShell.instance()
        self.run("%load_ext altac")

    def run(self, cell: str) -> Session:
        with capture_output() as caught:
            result = self.shell.run_cell(cell)
        self.error = result.error_in_exec or result.error_before_exec
        self.value = result.result
        self.out, self.err = caught.stdout, caught.stderr
        self.shown: list[dict[str, Any]] = [one.data for one in caught.outputs]
        assert "Traceback" not in self.out + self.err + str(self.shown)
        return self


@pytest.fixture
def session(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.chdir(tmp_path)
    InteractiveShell.clear_instance()
    yield Session()
    InteractiveShell.clear_instance()


def names(session: Session) -> dict[str, Any]:
    bound = session.shell.user_ns.items()
    return {name: value for name, value in bound if isinstance(value, Compiled) and name[0] != "_"}


@pytest.mark.parametrize(
    ("line", "name"), [("", "most"), (" most", "most"), (" mine", "mine"), (" mine.alta", "mine"), (" -O 0", "most")]
)
def test_a_program_is_bound_to_its_name(session: Session, tmp_path, line: str, name: str) -> None:
    session.run(f"%%alta{line}\n{MOST}")
    assert session.error is None
    bound = session.shell.user_ns[name]
    assert isinstance(bound, Compiled)
    assert session.value is bound
    assert bound("a b a") == "2 1 2"
    assert bound.level == (0 if "-O" in line else 2)
    assert [path.name for path in tmp_path.iterdir()] == (["mine.alta"] if "mine.alta" in line else [])
    if "mine.alta" in line:
        assert (tmp_path / "mine.alta").read_text(encoding="utf-8") == MOST


def test_parameters_are_set(session: Session) -> None:
    text = MOST.replace("up to 4", "up to N").replace("program most\n", "program most\nparam N = 2\n")
    session.run(f"%%alta -D N=3\n{text}")
    assert session.shell.user_ns["most"].program.interface.longest == 3


def test_a_cell_imports_what_lies_beside_the_notebook_or_where_it_may(session: Session, tmp_path) -> None:
    (tmp_path / "here.alta").write_text("const TWO = 2\n", encoding="utf-8")
    text = MOST.replace("program most\n", 'program most\nimport "here.alta"\n').replace("up to 4", "up to TWO")
    session.run(f"%%alta\n{text}")
    assert session.shell.user_ns["most"].program.interface.longest == 2
    elsewhere = tmp_path.parent / "elsewhere.alta"
    elsewhere.write_text("const TWO = 2\n", encoding="utf-8")
    text = text.replace('"here.alta"', '"../elsewhere.alta"')
    session.run(f"%%alta\n{text}")
    assert session.error is not None
    session.run(f"%%alta --imports-from {tmp_path.parent}\n{text}")
    assert session.error is None


@pytest.mark.parametrize("text", [BROKEN, MOST.replace("==", "=== =")])
@pytest.mark.parametrize("name", ["", " most"])
def test_a_program_with_errors_unbinds_its_name_and_stops(session: Session, name: str, text: str) -> None:
    session.run(f"%%alta{name}\n{MOST}")
    assert names(session)
    session.run(f"%%alta{name}\n{text}")
    assert session.error is not None
    assert not names(session)
    (shown,) = session.shown
    assert shown["text/plain"].startswith("error[E0")
    assert ":4:" in shown["text/plain"]
    assert "<mark>" in shown["text/html"]


def test_warnings_are_shown_with_the_program(session: Session) -> None:
    session.run(f"%%alta\n{MOST.replace('output f', '    head g = token at -1' + chr(10) + 'output f')}")
    assert session.error is None
    assert "warning[W0101]" in session.value._repr_html_()


def test_errors_of_altac_are_told_in_all_cells(session: Session) -> None:
    session.run(f"%%alta\n{MOST}")
    session.run('most("a z")')
    assert session.error is not None
    (shown,) = session.shown
    assert "E0601" in shown["text/plain"]
    session.run("import altac; altac.compile('nothing.alta')")
    assert "E0007" in session.shown[0]["text/plain"]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%%alta --viw x\nprogram p", "No such option '--viw'. Did you mean '--view'?"),
        ('%%alta "x\nprogram p', "no closing quotation."),
        ("%%alta a b\nprogram p", "unexpected extra argument"),
        ('%altac run "a', "no closing quotation."),
    ],
)
def test_wrong_options_are_told(session: Session, cell: str, said: str) -> None:
    session.run(cell)
    assert session.error is not None
    assert said in session.err


@pytest.mark.parametrize("name", ["2x", "class", "a-b.alta"])
def test_a_name_has_to_be_one(session: Session, tmp_path, name: str) -> None:
    session.run(f"%%alta {name}\n{MOST}")
    assert "error[E0754]" in session.shown[0]["text/plain"]
    assert not list(tmp_path.iterdir())


def test_commands_run_as_in_a_shell(session: Session) -> None:
    session.run(f"%%alta most.alta\n{MOST}")
    session.run('%altac run most.alta "a b a" "a z"')
    assert session.out == "2 1 2\n"
    assert session.err.startswith("error[E0601]")
    session.run("%altac chekc")
    assert "Did you mean 'check'?" in session.err


def test_a_view_is_shown(session: Session) -> None:
    session.run(f'%%alta --view "a b a"\n{MOST}')
    assert session.error is None
    assert isinstance(session.shell.user_ns["most"], Compiled)
    (shown,) = session.shown
    assert shown["text/plain"] == "<View of <Trace of most: 3 positions, 1 layer>>"
    assert "<table" in shown["text/html"]
    session.run(f'%%alta --view "a z"\n{MOST}')
    assert "E0601" in session.shown[0]["text/plain"]


def test_the_widget_runs_what_is_typed() -> None:
    from altac.notebook import view
    from tests.support import program

    make = widget_class()
    assert make is not None
    living = view(program("parity"), "1 1")
    widget = living.widget(make)
    before = widget.page
    assert before == living.page
    widget.input = "1 0"
    assert widget.page == living.page != before
    assert widget.message == ""
    widget.input = "1 2"
    assert "E0601" in widget.message
    assert widget.page == living.page
    widget.input = "1 1"
    assert (widget.page, widget.message) == (before, "")


def test_the_extension_can_be_taken_away(session: Session) -> None:
    session.run("%unload_ext altac")
    assert session.error is None
    assert session.shell.custom_exceptions == ()
    assert "alta" not in session.shell.magics_manager.magics["cell"]
