"""The tools that models are exported to, by the names that `--to` takes; a writer is imported when it is used."""

from __future__ import annotations

from collections.abc import Callable

from altac.export.request import Export, Request


def transformer_lens(request: Request) -> Export:
    """A folder that TransformerLens opens."""
    from altac.export.transformer_lens import write

    return write(request)


def huggingface(request: Request) -> Export:
    """A folder that `AutoModel.from_pretrained` opens."""
    from altac.export.huggingface import write

    return write(request)


def onnx(request: Request) -> Export:
    """One file that onnxruntime runs."""
    from altac.export.onnx_model import write

    return write(request)


def gpt2(request: Request) -> Export:
    """A folder that `GPT2LMHeadModel.from_pretrained` opens."""
    from altac.export.gpt2 import write

    return write(request)


TARGETS: dict[str, Callable[[Request], Export]] = {
    "transformer-lens": transformer_lens,
    "huggingface": huggingface,
    "onnx": onnx,
    "gpt2": gpt2,
}
