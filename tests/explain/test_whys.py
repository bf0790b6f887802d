"""What is said of every value in runs of the library: the rule fires, alone, and gives the value."""

from __future__ import annotations

import random
from functools import cache

import numpy as np
import pytest

from altac.engine.protocol import trace_text
from altac.engine.trace import Trace
from altac.explain import Explainer, Fact, explain
from altac.explain.facts import Fired, Given, Looked, Stayed, Unread
from altac.explain.place import has_row
from altac.ir.heads import Count, Exists, Extreme, Pick, Select, Sum
from altac.ir.numbers import is_open
from altac.ir.values import UNCLEAR
from tests.support import PROGRAMS, compiled, nonempty, program

LIBRARY = sorted(path.stem for path in PROGRAMS.glob("*.alta"))
MOST = 250  # facts of a run that are looked at
FEW_RULES = 4000  # of a program whose rules are all tried


@cache
def run_of(name: str, weights: bool = False) -> Explainer:
    """The run of a program of the library on the first of its inputs that is not short."""
    lines = (PROGRAMS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    text = next((line for line in lines if 3 <= len(line.split()) <= 30), lines[0])
    one = program(name)
    return Explainer(one.program, trace_text(one.model if weights else one.interpreter, text))


def facts(explainer: Explainer) -> list[Fact]:
    trace = explainer.trace
    found = [
        Fact(layer, position, name)
        for name in trace.domains
        for layer in range(trace.layers + 1)
        if not explainer.is_test(name) and has_row(trace, name, layer)
        for position in range(len(trace.tokens))
    ]
    return random.Random(0).sample(found, min(MOST, len(found)))


@pytest.mark.parametrize("name", LIBRARY)
def test_the_program_gives_the_value_where_it_came_about(name: str) -> None:
    explainer = run_of(name)
    for fact in nonempty(facts(explainer)):
        origin = explainer.came_about(fact)
        assert origin.layer <= fact.layer
        assert explainer.index(origin) == explainer.index(fact)
        why = explainer.why(origin)
        assert why.expected is None
        assert explainer.came_about(origin) == origin
        assert all(read.layer <= origin.layer for read in why.reads)
        if origin.layer == 0:
            assert isinstance(why.cause, Given)


def fired(explainer: Explainer) -> list[tuple[Fact, Fired]]:
    found = []
    for fact in facts(explainer):
        origin = explainer.came_about(fact)
        cause = explainer.why(origin).cause
        if isinstance(cause, Fired):
            found.append((origin, cause))
    return found


WITH_RULES = [name for name in LIBRARY if any(layer.step for layer in program(name).program.layers)]


def test_most_of_the_library_has_rules() -> None:
    assert len(WITH_RULES) > len(LIBRARY) // 2


def test_the_rule_is_the_only_one_that_fires_and_gives_the_value() -> None:
    seen = 0
    for name in WITH_RULES:
        explainer = run_of(name)
        if explainer.plain.total > FEW_RULES:
            continue
        rules = list(enumerate(explainer.plain))
        for fact, cause in fired(explainer)[:60]:
            place = explainer.trace.ran[fact.layer - 1].place
            holding = [
                number
                for number, rule in rules
                if rule.changes[0].variable == fact.name
                and explainer.plain.layer_of(number) == place
                and all(
                    explainer.row(one, explainer.origin(one, fact.layer))[fact.position] in values
                    for one, values in rule.antecedent
                )
            ]
            assert holding == [cause.number]
            (change,) = cause.rule.changes
            assert change.new == explainer.index(fact)
            assert change.old is None or change.old == explainer.row(fact.name, fact.layer - 1)[fact.position]
            assert [read.name for read in cause.reads] == [one for one, _ in cause.rule.antecedent]
            seen += 1
    assert seen > 300


@pytest.mark.parametrize("name", ["parity", "addition", "bubble_sort", "dyck1", "rule110", "turing", "subleq"])
def test_nothing_else_decides_what_a_step_makes(name: str) -> None:
    """Whatever the rest of the state is, the step makes the same of the values that the explanation names."""
    explainer, dice = run_of(name), np.random.default_rng(1)
    typed, interpreter = explainer.program, program(name).interpreter
    seen = 0
    for fact in nonempty(facts(explainer)):
        origin = explainer.came_about(fact)
        cause = explainer.why(origin).cause
        if not isinstance(cause, Fired | Stayed):
            continue
        place = explainer.trace.ran[origin.layer - 1].place
        named = {read.name: explainer.index(read) for read in cause.reads}
        if fact.name in typed.variable_names:
            named[fact.name] = int(explainer.row(fact.name, origin.layer - 1)[fact.position])
        heads = {head.name for head in typed.layers[place].heads}
        drawn = {
            one: np.full(20, named[one]) if one in named else dice.integers(0, len(domain), 20)
            for one, domain in typed.state(place)
        }
        state = {one: values for one, values in drawn.items() if one not in heads}
        after = interpreter.after(place, state, {one: drawn[one] for one in heads})
        assert (after[fact.name] == explainer.index(origin)).all()
        seen += 1
    assert seen


@pytest.mark.parametrize("name", LIBRARY)
def test_the_positions_that_a_head_takes_give_what_it_brings(name: str) -> None:
    explainer = run_of(name)
    for head in explainer.program.heads:
        layers = [layer for layer, one in enumerate(explainer.trace.ran, 1) if head.name in one.heads]
        for layer in layers[:3]:
            for position in range(min(explainer.positions, 12)):
                check_head(explainer, Fact(layer, position, head.name))


def check_head(explainer: Explainer, fact: Fact) -> None:
    head, cause = explainer.heads[fact.name], explainer.why(fact).cause
    assert isinstance(cause, Looked)
    brought, brings = explainer.index(fact), head.brings
    assert set(cause.taken) <= set(cause.selected)
    refused = {one.position for one in explainer.refused(fact)}
    assert sorted({*cause.selected, *refused}) == list(range(explainer.positions))
    assert not refused & set(cause.selected)
    match brings:
        case Count():
            assert head.domain.values[brought] == len(cause.selected)
        case Exists():
            assert brought == (brings.yes if cause.selected else brings.no)
        case Sum(variable=None, numbers=numbers):
            assert head.domain.values[brought] == len(cause.selected) * numbers[0]
        case Select() | Pick() | Extreme():
            if not cause.selected:
                assert brought == brings.default
            where = None
            if brings.variable is not None:
                where = explainer.row(brings.variable, explainer.origin(brings.variable, fact.layer))
            given = [brings.values[0 if where is None else int(where[position])] for position in cause.taken]
            assert set(given) <= {brought}
            assert len(cause.taken) <= 1 or not isinstance(brings, Pick)
            assert bool(cause.taken) == bool(cause.selected)


def test_a_refused_position_is_out_of_reach_or_fails_a_condition() -> None:
    explainer = Explainer(CAREFUL.program, trace_text(CAREFUL.interpreter, "a b a"))
    cause = explainer.why(Fact(1, 2, "before")).cause
    assert isinstance(cause, Looked)
    assert cause.selected == (0,)
    first, second = explainer.refused(Fact(1, 2, "before"))
    assert (first.position, first.is_out_of_reach, first.key, first.query) == (
        1,
        False,
        Fact(0, 1, "token"),
        Fact(0, 2, "token"),
    )
    assert (second.position, second.is_out_of_reach) == (2, True)


CAREFUL = compiled("""program careful
input text: "a".."c" up to 5
layer look:
    head before = count where key.token == query.token at ..-1
output before
""")

REPEATED = compiled("""program repeated
input bits: 0..1 up to 8
var seen: 0..1 = 0
var ready: bool = false
head left = seen at -1 else 1
step:
    seen := max(seen, left)
    ready := position == 3 or ready
layers 5
output seen
""")


def test_a_value_that_is_assigned_again_for_the_same_reasons_is_from_the_first_time() -> None:
    """`seen` moves one position a layer, and every layer assigns it at all positions; once 1, it is what it was."""
    explainer = Explainer(REPEATED.program, trace_text(REPEATED.interpreter, "0 0 0"))
    assert [explainer.came_about(Fact(5, position, "seen")).layer for position in range(3)] == [1, 2, 3]
    assert isinstance(explainer.why(Fact(2, 1, "seen")).cause, Fired)


def test_an_assignment_of_the_same_value_for_other_reasons_is_where_it_is_from() -> None:
    """`parity ^ 0`: the neighbour is known in layer 3 only, and the value stays."""
    one = program("parity")
    explainer = Explainer(one.program, trace_text(one.interpreter, "1 1 1"))
    origin = explainer.came_about(Fact(3, 3, "parity"))
    why = explainer.why(origin)
    assert origin == Fact(3, 3, "parity")
    assert isinstance(why.cause, Stayed)
    assert why.reads == (Fact(2, 3, "parity"), Fact(2, 3, "done"), Fact(3, 3, "parity_left"))


@pytest.mark.parametrize("name", ["parity", "addition", "most_frequent", "running_mean", "moving_average", "dyck1"])
def test_compiled_weights_do_what_their_program_does(name: str) -> None:
    explainer = run_of(name, weights=True)
    for fact in nonempty(facts(explainer)):
        assert explainer.why(explainer.came_about(fact)).expected is None


def test_it_shows_where_edited_weights_do_something_else() -> None:
    import torch

    one = compiled((PROGRAMS / "parity.alta").read_text(encoding="utf-8"))
    with torch.no_grad():
        one.model.module.layers[0].mlps[-1].fc_out.weight[:, 1] = 0  # type: ignore[union-attr, index]
    explainer = Explainer(one.program, trace_text(one.model, "1 1"))
    why = explainer.why(explainer.came_about(Fact(2, 2, "parity")))
    assert (why.value, why.expected) == (1, (0,))
    assert isinstance(why.cause, Fired)
    assert why.cause.text.endswith("parity: 1 -> 0")


def test_where_weights_hold_no_value_nothing_is_said_but_that() -> None:
    """A unit that adds the new value and leaves the old one: `parity` is both, and what follows from it is unknown."""
    import torch

    one = compiled((PROGRAMS / "parity.alta").read_text(encoding="utf-8"))
    with torch.no_grad():
        one.model.module.layers[0].mlps[-1].fc_out.weight[1, 1] = 0  # type: ignore[union-attr, index]
    explainer = Explainer(one.program, trace_text(one.model, "1 1 1"))
    first, after = (explainer.why(Fact(layer, layer, "parity")) for layer in (2, 3))
    assert (first.fact, first.value, first.expected) == (Fact(2, 2, "parity"), UNCLEAR, (0,))
    assert isinstance(first.cause, Fired)
    assert isinstance(after.cause, Unread)
    assert after.cause.missing == (Fact(3, 3, "parity_left"),)
    head = explainer.why(Fact(3, 3, "parity_left"))
    assert isinstance(head.cause, Unread)
    assert head.cause.missing == (Fact(2, 2, "parity"),)


def test_an_explanation_ends_at_the_input() -> None:
    one = program("addition")
    text = (PROGRAMS / "addition.txt").read_text(encoding="utf-8").splitlines()[0]
    explainer = Explainer(one.program, trace_text(one.interpreter, text))
    asked = Fact(explainer.trace.layers, explainer.positions - 1, one.program.interface.variable)
    whole = explain(explainer, [asked], 10_000)
    leaves = [why for why in whole.whys.values() if not why.reads]
    for why in nonempty(leaves):
        assert isinstance(why.cause, Given | Looked | Fired)
    assert set(whole.origins.values()) == set(whole.whys)
    for depth in nonempty(range(min(whole.deepest, 4))):
        some = explain(explainer, [asked], depth)
        assert len(some.whys) < len(whole.whys)
        assert set(some.whys) <= set(whole.whys)


def test_numbers_and_what_is_asked_of_them_have_terms() -> None:
    explainer = run_of("running_mean")
    names = {type(explainer.why(explainer.came_about(fact)).cause).__name__ for fact in facts(explainer)}
    assert "Added" in names


def test_where_the_output_is_read() -> None:
    one = program("most_frequent")
    trace: Trace = trace_text(one.interpreter, "d a b a")
    explainer = Explainer(one.program, trace)
    assert explainer.shown == (1,)
    assert explainer.shown_by(1) == (Fact(2, 1, "beaten"),)
    assert is_open(one.program.interface.domain) is False
