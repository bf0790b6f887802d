"""One ONNX file that runs as many layers as an input needs, what is said about it, and a few lines that run it."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import numpy as np
import torch

from altac.diagnostics import AltacError
from altac.diagnostics.halting_export_errors import FormatNotExported
from altac.export.halting import is_changed, refuse_sizes
from altac.export.names import label_texts, number_known, token_texts, unknown_texts
from altac.export.onnx_graph import IR, OPSET, Graph, Value
from altac.export.onnx_layers import Batch, Format, Layers, array
from altac.export.onnx_schedule import Schedule, State, Status
from altac.export.request import Export, Request
from altac.export.shipping import shipped_module, template
from altac.ir.certificate import NO_INPUT
from altac.ir.numbers import is_open
from altac.model.decode import TOLERANCE
from altac.model.metadata import Metadata
from altac.model.model import Model
from altac.model.precision import number_format
from altac.system.extras import require
from altac.version import __version__

FORMATS: dict[torch.dtype, Format] = {torch.float32: np.dtype(np.float32), torch.float64: np.dtype(np.float64)}
ANY = 2**62  # more layers than any run has
NOWHERE = -1  # no answer at this position


def write(request: Request) -> Export:
    """`model.onnx`, `about.json`, `run.py` and what that imports.

    Raises:
        AltacError: for options that say nothing here, or weights in a format that is not taken.
    """
    refuse_sizes(request, "onnx")
    model, described = request.model, request.model.metadata
    name = described.interface.program
    if model.weight.dtype not in FORMATS:
        raise AltacError([FormatNotExported(None, name, number_format(model.weight.dtype))])
    onnx = require("onnx", "export")
    about = json.dumps(description(request), indent=1, ensure_ascii=False)
    made = graph_of(model, onnx)
    made.metadata_props.add(key="altac", value=about)
    made.doc_string = request.compiled.program.doc.strip()
    return Export(
        {
            "model.onnx": made.SerializeToString(deterministic=True),
            "about.json": about.encode() + b"\n",
            "run.py": template("run_onnx").encode(),
            **{f"{name}.py": shipped_module("altac.ir", name).encode() for name in ("nearest", "unknown")},
        },
        (f"opset {OPSET}, {described.certificate.summary}",),
    )


def description(request: Request) -> dict[str, Any]:
    """What reading and writing text takes, and the names of what is inside."""
    described = request.model.metadata
    interface, certificate = described.interface, described.certificate
    return {
        "program": interface.program,
        "tokens": token_texts(interface),
        "symbols": interface.indices,
        "compact": interface.one_per_character,
        **unknown_texts(interface),
        "before": list(interface.before),
        "after": list(interface.after),
        "longest": limit(request.model),
        "output": interface.variable,
        "labels": None if is_open(interface.domain) else label_texts(interface),
        "number": number_known(described),
        "writes": None
        if interface.writing is None
        else {"most": interface.writing.most, "tokens": list(interface.written_tokens)},
        "statuses": {status.value: status.name.lower().replace("_", " ") for status in Status},
        "dimensions": described.stream.names,
        "layers": list(described.layer_names),
        "heads": [list(names) for names in described.head_names],
        "certificate": certificate.to_dict(),
        "changed": is_changed(request),
        "source": described.source,
    }


def limit(model: Model) -> int | None:
    """The greatest length that the weights are exact for; None for any.

    Raises:
        AltacError: if they are for none.
    """
    name = number_format(model.weight.dtype)
    found = model.metadata.certificate.formats[name]
    if found.longest == NO_INPUT:
        raise AltacError([FormatNotExported(None, model.metadata.interface.program, name)])
    return found.longest


def graph_of(model: Model, onnx: ModuleType) -> Any:
    """The model as ONNX."""
    helper, kinds = onnx.helper, onnx.TensorProto
    described, module = model.metadata, model.module
    kind = FORMATS[model.weight.dtype]
    number, graph, layers = helper.np_dtype_to_tensor_dtype(kind), Graph(onnx), Layers(kind, model.width)
    x, batch = embedded(graph, layers, model)
    any_number = graph.op("Less", "most_layers", graph.scalar(0))
    most = graph.op("Where", any_number, graph.scalar(ANY), "most_layers")
    if model.layer_rate:  # as `schedule.states_of` has it
        longer = graph.op("Add", "lengths", graph.scalar(8))
        most = graph.op("Min", most, graph.op("Mul", longer, graph.scalar(4 * model.layer_rate)))
    schedule = Schedule(module, layers, batch, most)
    state = schedule.run(graph, State(x, *begun(graph, model)))
    with graph.scope("output"):
        results = answers(graph, layers, model, state, batch)
    shapes = {
        "answers": (kinds.INT64, ["batch", "length"]),
        "answered": (kinds.BOOL, ["batch", "length"]),
        "logits": (number, ["batch", "length", described.config.outputs]),
        "layers": (kinds.INT64, ["batch"]),
        "status": (kinds.INT64, ["batch"]),
        "state": (number, ["batch", "length", described.config.d_model]),
    }
    for name, value in results.items():
        graph.nodes.append(helper.make_node("Identity", [value], [name], name=f"give_{name}"))
    inputs = {"tokens": ["batch", "length"], "lengths": ["batch"], "most_layers": []}
    made = helper.make_graph(
        graph.nodes,
        described.interface.program,
        [helper.make_tensor_value_info(name, kinds.INT64, shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(name, *shapes[name]) for name in results],
        list(graph.initializers.values()),
    )
    return helper.make_model(
        made,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR,
        producer_name="altac",
        producer_version=__version__,
    )


def embedded(graph: Graph, layers: Layers, model: Model) -> tuple[Value, Batch]:
    """The initial stream, with zeros at padding, and what is known of the batch."""
    module, kind = model.module, graph.onnx.helper.np_dtype_to_tensor_dtype(layers.kind)
    length = graph.op("Squeeze", graph.op("Shape", "tokens", start=1), graph.whole(0))
    places = graph.op("Range", graph.scalar(0), length, graph.scalar(1))
    row, column = graph.op("Unsqueeze", places, graph.whole(0)), graph.op("Unsqueeze", places, graph.whole(1))
    valid = graph.op("Less", row, graph.op("Unsqueeze", "lengths", graph.whole(1)))
    sink = graph.whole(0, 0, 0, 1)
    with_sink = graph.op("Pad", graph.op("Cast", valid, to=kind), sink, layers.number(graph, 1))
    looked_at = graph.op("Cast", with_sink, to=graph.onnx.TensorProto.BOOL)
    shut = graph.op("Where", looked_at, layers.number(graph, 0), layers.number(graph, -np.inf))
    batch = Batch(
        valid,
        graph.op("Unsqueeze", valid, graph.whole(2)),
        graph.op("Unsqueeze", shut, graph.whole(1)),
        graph.op("Sub", row, column),
        graph.op(
            "Div",
            layers.number(graph, 0.5),
            graph.op("Cast", graph.op("Add", length, graph.scalar(1)), to=kind),
        ),
    )
    tokens = graph.op("Where", valid, "tokens", graph.scalar(0))
    x = graph.op("Gather", graph.constant(array(module.token_embedding.weight), "token_embedding"), tokens)
    if module.position_embedding is not None:
        last = graph.scalar(module.position_embedding.num_embeddings - 1)  # padding may stand farther
        table = graph.constant(array(module.position_embedding.weight), "position_embedding")
        x = graph.op("Add", x, graph.op("Gather", table, graph.op("Min", places, last)))
    return graph.op("Where", batch.valid_stream, x, layers.number(graph, 0)), batch


def begun(graph: Graph, model: Model) -> tuple[Value, Value]:
    """How many layers each sequence has run, and its status, before the first."""
    layers = graph.op("Mul", "lengths", graph.scalar(0))
    longest = limit(model)
    if longest is None:
        return layers, layers
    most = longest + model.metadata.interface.added_positions
    long = graph.op("Greater", "lengths", graph.scalar(most))
    return layers, graph.op("Where", long, graph.scalar(Status.TOO_LONG), layers)


def answers(graph: Graph, layers: Layers, model: Model, state: State, batch: Batch) -> dict[str, Value]:
    """The outputs of the graph, by their names."""
    module, described = model.module, model.metadata
    interface, scoring = described.interface, described.interface.scoring
    logits = layers.linear(graph, state.x, module.unembedding)
    shown = batch.valid
    if module.shown is not None:
        shown = graph.op("And", shown, layers.readout(graph, module.shown, state.x))
    picked = pick(graph, shown, "first" if scoring is not None and scoring.pooled else interface.at)
    unclear = [graph.op("Not", one) for one in clear(graph, layers, described, state.x)]
    if scoring is not None:
        rounded = graph.op("Round", logits)
        off = graph.op("Abs", graph.op("Sub", logits, rounded))
        fine = graph.op("Less", off, layers.number(graph, TOLERANCE))  # not so for what is no number
        unclear.append(any_of_last(graph, graph.op("Not", fine)))
        logits = rounded
        if scoring.pooled:
            beside = graph.op("Unsqueeze", shown, graph.whole(2))
            only = graph.op("Where", beside, logits, layers.number(graph, 0))
            total = graph.op("ReduceSum", only, graph.whole(1), keepdims=1)
            logits = graph.op("Expand", total, graph.op("Shape", logits))
        logits = graph.op("Div", logits, layers.number(graph, scoring.denominator))
    status = state.status
    read = shown if scoring is not None and scoring.pooled else picked
    for one in unclear:
        rows = layers.anywhere(graph, graph.op("And", one, read), 1)
        fails = graph.op("And", rows, graph.op("Equal", status, graph.scalar(Status.ANSWERED)))
        status = graph.op("Where", fails, graph.scalar(Status.UNCLEAR), status)
    good = graph.op("Unsqueeze", graph.op("Equal", status, graph.scalar(Status.ANSWERED)), graph.whole(1))
    answered = graph.op("And", picked, good)
    results = {"answered": answered, "logits": logits, "layers": state.layers, "status": status, "state": state.x}
    if is_open(interface.domain):
        return results
    greatest = graph.op("ArgMax", logits, axis=2, keepdims=0)  # the first of several
    return {"answers": graph.op("Where", answered, greatest, graph.scalar(NOWHERE)), **results}


def pick(graph: Graph, shown: Value, at: str) -> Value:
    """Which of the positions where the output is shown answer: all, the first or the last."""
    if at == "all":
        return shown
    counted = graph.op("Cast", shown, to=graph.onnx.TensorProto.INT64)
    before = graph.op("CumSum", counted, graph.scalar(1), reverse=int(at == "last"))
    return graph.op("And", shown, graph.op("Equal", before, graph.scalar(1)))


def clear(graph: Graph, layers: Layers, described: Metadata, x: Value) -> list[Value]:
    """For each part of the stream that the output is read from, where it holds a value."""
    found = []
    for part in described.outputs:
        ends = graph.whole(part.start), graph.whole(part.start + part.size), graph.whole(2)
        read = graph.op("Slice", x, *ends)
        rounded = graph.op("Round", read)
        off = graph.op("Less", graph.op("Abs", graph.op("Sub", read, rounded)), layers.number(graph, TOLERANCE))
        fine = graph.op("Not", any_of_last(graph, graph.op("Not", off)))
        if part.is_number:
            bad = graph.op("Or", graph.op("IsNaN", read), graph.op("IsInf", read))
            found.append(graph.op("Not", any_of_last(graph, bad)))
        else:
            total = graph.op("ReduceSum", graph.op("Abs", rounded), graph.whole(2), keepdims=0)
            found.append(graph.op("And", fine, graph.op("Equal", total, layers.number(graph, 1))))
    return found


def any_of_last(graph: Graph, flags: Value) -> Value:
    """Whether a flag of the last axis is set."""
    counted = graph.op("Cast", flags, to=graph.onnx.TensorProto.INT64)
    return graph.op("Greater", graph.op("ReduceSum", counted, graph.whole(2), keepdims=0), graph.scalar(0))
