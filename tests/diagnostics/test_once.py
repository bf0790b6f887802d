"""One cause is told once, at its first place, and says where else it goes wrong."""

from __future__ import annotations

from typing import Any

from altac.diagnostics import Diagnostic, Source, Span, diagnostic_record, render_all, tell_once
from altac.diagnostics.name_errors import UnknownName
from tests.errors.golden import diagnose
from tests.support import nonempty

SOURCE = Source("p.alta", "one\ntwo\nthree\none\none one\n")
OTHER = Source("q.alta", "one\n")


def unknown(start: int, name: str = "one", source: Source = SOURCE) -> UnknownName:
    return UnknownName(Span(source, start, start + len(name)), "name", name, None)


def test_diagnostics_of_one_cause_become_the_first_in_the_text() -> None:
    told = tell_once([unknown(14), unknown(4, "two"), unknown(0), unknown(18), unknown(22), unknown(0)])
    assert [(each.span and each.span.line, [span.start for span in each.again]) for each in told] == [
        (1, [14, 18, 22]),
        (2, []),
    ]
    assert "\n = also: lines 4 and 5" in render_all(told).replace("  = ", " = ")


def test_merging_in_steps_is_merging_at_once() -> None:
    every = [unknown(0), unknown(14), unknown(18)]
    (stepwise,) = tell_once([*tell_once(every[1:]), every[0]])
    (at_once,) = tell_once(every)
    assert stepwise == at_once
    assert stepwise.again == at_once.again


def test_very_many_places_are_counted_and_not_listed() -> None:
    source = Source("p.alta", "one\n" * 5000)
    told = tell_once([unknown(4 * line, source=source) for line in range(5000)])
    assert "= also: lines 2, 3, 4, 5, 6, 7, 8, 9 and more" in render_all(told)


def test_a_place_in_another_file_is_named_with_it() -> None:
    (told,) = tell_once([unknown(0), unknown(0, source=OTHER), unknown(14)])
    assert "= also: line 4, q.alta:1" in render_all([told])
    places: list[dict[str, Any]] = diagnostic_record(told)["again"]
    assert [(place["file"], place["line"]) for place in places] == [("q.alta", 1), ("p.alta", 4)]


def test_a_head_without_a_default_is_one_cause_however_often_it_is_used() -> None:
    uses = "".join(f"    x{number} := min(x{number} + left, 9)\n" for number in range(8))
    variables = "".join(f"var x{number}: 0..9 = 0\n" for number in range(8))
    text = (
        f'program p\ninput bits: {{"0", "1"}}\n{variables}var y: 0..9 = 0\nhead left = x0 at -1\n'
        f"step:\n{uses}    y := left\nlayers 1\noutput x0\n"
    )
    found: list[Diagnostic] = [each for each in diagnose(Source("p.alta", text)) if each.severity == "error"]
    assert [(each.code, len(each.again)) for each in found] == [("E0302", 7), ("E0301", 0)]
    assert all("`left` a default" in each.help_text for each in nonempty(found))
