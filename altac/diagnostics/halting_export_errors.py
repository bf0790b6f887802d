"""E0720 to E0722: what exports of whole models, or all exports, do not take."""

from __future__ import annotations

from altac.diagnostics.diagnostic import Diagnostic
from altac.diagnostics.record import record


@record
class NothingToUnroll(Diagnostic):
    code = "E0720"
    title = "`{option}` does nothing with `--to {tool}`"
    help = "leave it out: the model runs as many layers as an input needs, and takes every length that it is exact for"
    option: str
    tool: str


@record
class FormatNotExported(Diagnostic):
    code = "E0721"
    title = "cannot export `{name}`: its weights are in {form}"
    help = 'bring them to float32: `altac.load("MODEL").to(torch.float32).save("OTHER.pt")`'
    name: str
    form: str


@record
class ShapesNotExported(Diagnostic):
    code = "E0722"
    title = "`{name}` reads unknown symbols by their shape, and this tool reads all of them alike"
    help = 'use `--to huggingface` or `--to onnx`, or give one symbol for all of them: `else "<unk>"`'
    name: str
