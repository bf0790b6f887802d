"""The sizes of a Transformer as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from altac.ir.certificate import Certificate

NUMBERS = 12  # characters of a column of numbers


def sizes_text(sizes: Mapping[str, Any]) -> Iterator[str]:
    """What `stats` of a program or of a model gives, in lines."""
    layers = sizes.get("layers")
    shown = {name: value for name, value in sizes.items() if name not in ("passes", "certificate")}
    if isinstance(layers, list):  # of what learned from outputs alone it is a number
        del shown["layers"]
    width = max(map(len, shown)) + 2
    for name, value in shown.items():
        text = "unbounded" if value is None else f"{value:,}" if isinstance(value, int) else value
        yield f"{name.replace('_', ' '):<{width}}{text:>{NUMBERS}}"
    if isinstance(layers, list) and len(layers) > 1:
        yield ""
        yield from _layers_text(layers, width)
    if "passes" in sizes:
        yield ""
        yield from _passes_text(sizes["passes"], width)
    if "certificate" in sizes:
        certificate = Certificate.from_dict(sizes["certificate"])
        learned = "" if sizes.get("learned", "nothing") == "nothing" else " but for what it learned"
        yield ""
        yield f"exact{learned}, for {certificate.runs}, in"
        for name, limit in certificate.formats.items():
            yield f"  {name:<{width - 2}}{limit.text}" + (f"; {limit.reason}" if limit.reason else "")
        if certificate.decimals:
            yield f"but for numbers that are known to some digits: {', '.join(certificate.known)}"


def _layers_text(layers: Sequence[Mapping[str, Any]], width: int) -> Iterator[str]:
    """The sizes of each layer."""
    columns = [name for name in layers[0] if name != "name"]
    width = max(width, *(len(layer["name"]) + 4 for layer in layers))
    yield f"{'layer':<{width}}" + "".join(f"{name.replace('_', ' '):>{NUMBERS}}  " for name in columns).rstrip()
    for layer in layers:
        numbers = "".join(f"{layer[name]:>{NUMBERS},}  " for name in columns).rstrip()
        yield f"  {layer['name']:<{width - 2}}{numbers}"


def _passes_text(passes: Sequence[Mapping[str, Any]], width: int) -> Iterator[str]:
    """The hidden units after each pass, and how many it saved."""
    yield f"{'hidden units after':<{width}}{'units':>{NUMBERS}}{'saved':>10}"
    before: int | None = None
    for entry in passes:
        units = entry["hidden_units"]
        text = "too many to count" if units is None else f"{units:>{NUMBERS},}"
        saved = "" if before is None or units is None else f"{before - units:>10,}"
        yield f"  {entry['pass']:<{width - 2}}{text}{saved}"
        before = units
