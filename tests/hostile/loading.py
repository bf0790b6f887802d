"""What must hold of the contents of every model file."""

from __future__ import annotations

import io
from pathlib import Path

from altac.diagnostics import AltacError
from altac.engine.protocol import run_texts, trace_text
from altac.ir.interface import InputError
from altac.ir.values import value_text
from altac.model.file import decode_model
from altac.model.model import Model

EVERYTHING = """program everything
param N = 1
input bits: {"0", "1"} up to 3
frame "<s>" bits
var n: (0..2)? = none
var s: number = 1 if position == 0 else 1/3
var done: bool = false
layer look:
    head m: {0, 1/2, 1} = mean (1 if token == "1" else 0) at ..0
    head h = n where key.n == query.n
    var high = m > 0
layer act:
    head g = exists where key.h == query.n at -1
    n := N if high or g else h
    s := m / 2 + (2 if high else 0)
    done := true
run look, act until done
output n at last where done
"""  # a program with every kind of part that a model has
LAYERS = 2  # that a model runs here: a damaged one may never halt
WIDEST = 10_000  # numbers in a layer of a model that runs here


def loaded(data: bytes) -> Model | None:
    """The model in the contents of a file, which has run; None if they are refused, with one short line."""
    try:
        model = decode_model(Path("hostile.pt"), io.BytesIO(data))
    except AltacError as error:
        (one,) = error.diagnostics
        assert one.code == "E0701"
        assert "\n" not in one.message
        return None
    config = model.metadata.config
    if config.d_model * max(1, *(size for layer in config.layers for size in layer.hidden_sizes)) < WIDEST:
        runs(model)
    return model


def runs(model: Model) -> None:
    """Run a model on short inputs; whatever its numbers are, every value is one of its domain, or unclear."""
    symbols = [value_text(value) for value in model.interface.alphabet][:3]
    for text in ("", " ".join(symbols)):
        try:
            trace = trace_text(model, text, LAYERS)
        except InputError:
            continue
        for name in trace.domains:
            for layer in range(name in trace.heads, trace.layers + 1):
                for position in range(len(trace.tokens)):
                    trace.value(name, layer, position)
    rounds = [None if entry.times is None else entry.layers * entry.times for entry in model.metadata.config.schedule]
    if None not in rounds and sum(filter(None, rounds)) < LAYERS:
        run_texts(model, ["", " ".join(symbols)])
