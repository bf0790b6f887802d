"""E0720 and E0721: what an export of a whole model does not take."""

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
