"""Which random programs are worth keeping, judged on a sample of inputs by the interpreter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from itertools import product
from random import Random

from altac.diagnostics import AltacError, Source
from altac.driver import Compiled, compile_source
from altac.engine.protocol import run_texts
from altac.generate.grammar import LONGEST, Draft
from altac.ir.values import source_text
from altac.syntax.format import format_source

ALL = 3  # symbols, up to which all inputs are in the sample
LONGER = 24  # inputs of each greater length
EXAMPLES = 4
USUAL = 0.8  # of the inputs, at most, may have the most frequent output of their length


@dataclass(frozen=True)
class Found:
    """A program, and what tells it from others: a digest of its outputs on the sample."""

    draft: Draft
    behaviour: str


@cache
def sample(symbols: tuple[str, ...]) -> tuple[str, ...]:
    """The inputs on which programs of one alphabet are compared."""
    dice = Random(" ".join(symbols))
    words: list[Sequence[str]] = [word for length in range(ALL + 1) for word in product(symbols, repeat=length)]
    for length in range(ALL + 1, LONGEST + 1):
        words += [dice.choices(symbols, k=length) for _ in range(LONGER)]
    return tuple(dict.fromkeys(" ".join(word) for word in words))


def outputs(compiled: Compiled) -> tuple[str, ...] | None:
    """What a program gives for the sample; None if it fails on some input."""
    interface = compiled.program.interface
    results = run_texts(compiled.interpreter, sample(tuple(map(str, interface.alphabet.values))))
    if any(one.error is not None for one in results):
        return None
    return tuple(one.text(interface) for one in results)


def compiled_or_none(draft: Draft) -> Compiled | None:
    try:
        return compile_source(Source(f"{draft.name}.alta", draft.text))
    except AltacError:
        return None


def judge(draft: Draft) -> Found | None:
    """A program with its digest if it is interesting, and None otherwise.

    It passes the checker without a warning, has a result for every input of the sample, and not nearly always the same.
    Each variable and head matters: where what reads it reads a constant instead, an output changes.
    """
    compiled = compiled_or_none(draft)
    if compiled is None or compiled.warnings:
        return None
    given = outputs(compiled)
    if given is None or not varies(compiled, given):
        return None
    if not all(is_live(compiled, draft, name, given) for name in draft.made if name != draft.output):
        return None
    return Found(draft, sha256("\n".join((draft.symbols, *given)).encode()).hexdigest())


def varies(compiled: Compiled, given: Sequence[str]) -> bool:
    """Whether at least a fifth of the inputs have another output than most of their length have."""
    texts = sample(tuple(map(str, compiled.program.interface.alphabet.values)))
    alike: dict[int, Counter[str]] = {}
    for text, one in zip(texts, given, strict=True):
        alike.setdefault(len(text), Counter())[one] += 1
    usual = sum(max(some.values()) for some in alike.values())
    return usual <= USUAL * len(given)


def is_live(compiled: Compiled, draft: Draft, name: str, given: tuple[str, ...]) -> bool:
    """Whether an output changes where what reads a name reads its least or its greatest value instead."""
    values = compiled.interpreter.domains[name].values
    for value in (values[0], values[-1]):
        frozen = compiled_or_none(draft.without(name, source_text(value)))
        if frozen is not None and outputs(frozen) != given:
            return True
    return False


def finished(draft: Draft, name: str) -> Draft:
    """A program under its own name, with examples."""
    compiled = compile_source(Source(f"{name}.alta", draft.text))
    texts = sample(tuple(map(str, compiled.program.interface.alphabet.values)))
    chosen = Random(draft.doc).sample([text for text in texts if 3 <= len(text.split()) <= 6], EXAMPLES)
    interface = compiled.program.interface
    lines = tuple(
        f'example "{one.input}" -> "{one.text(interface)}"' for one in run_texts(compiled.interpreter, chosen)
    )
    return replace(draft, name=name, examples=lines)


def text_of(draft: Draft) -> str:
    """The program in the one layout."""
    return format_source(Source(f"{draft.name}.alta", draft.text))
