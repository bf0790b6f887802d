"""A folder for Hugging Face transformers: the weights as they are, altac's own module, and a thin file around it."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from safetensors.torch import save as save_safetensors
from torch import Tensor

from altac.export.card import model_card
from altac.export.halting import is_changed, refuse_sizes
from altac.export.names import apart, label_texts, number_known, token_texts, unknown_texts, written
from altac.export.picture import circuit_picture
from altac.export.request import Export, Request
from altac.export.shipping import shipped_module, template
from altac.ir.interface import Interface
from altac.ir.values import value_text
from altac.model.metadata import Metadata
from altac.model.model import Model

MODULES = {  # which need no other part of altac
    **dict.fromkeys(("config", "schedule", "transformer", "learned", "cache", "digest"), "altac.model"),
    **dict.fromkeys(("nearest", "unknown"), "altac.ir"),
}
BEYOND = 10**9  # as many positions as nobody has


class Tokens(NamedTuple):
    """The tokens of a tokenizer.

    Attributes:
        texts: of each.
        reads: for each its index in the program's vocabulary; -1 where the program reads nothing.
        padding: the index of padding.
        end: that of what ends a written text, if there is one.
    """

    texts: list[str]
    reads: list[int]
    padding: int
    end: int | None


def write(request: Request) -> Export:
    """The folder.

    Raises:
        AltacError: if an option was given that says nothing here.
    """
    refuse_sizes(request, "huggingface")
    model, described = request.model, request.model.metadata
    interface = described.interface
    tokens = tokens_of(interface)
    tensors = {
        f"transformer.{name}": tensor.detach().cpu().contiguous()
        for name, tensor in model.module.state_dict().items()
        if isinstance(tensor, Tensor)
    }
    cached = None if interface.writing is None or is_changed(request) else model.digest()
    documents = {
        "config.json": config(model, tokens, cached),
        "tokenizer_config.json": tokenizer_config(interface, described, tokens),
        "tokenizer.json": tokenizer(interface, tokens),
    }
    if interface.writing is not None:
        documents["generation_config.json"] = generation_config(interface, tokens, cached is not None)
    texts = {name: json.dumps(data, indent=1, ensure_ascii=False) + "\n" for name, data in documents.items()}
    texts |= {f"{name}.py": shipped_module(package, name) for name, package in MODULES.items()}
    texts |= {f"{name}.py": template(name) for name in ("modeling_alta", "growing_alta", "tokenization_alta")}
    texts["README.md"] = model_card(request, task(interface))
    texts["circuit.svg"] = circuit_picture(model)
    return Export(
        {
            **{name: text.encode() for name, text in texts.items()},
            "model.safetensors": save_safetensors(tensors, {"format": "pt"}),
        },
        (f"AutoModel and {task(interface)}, {described.certificate.summary}",),
    )


def task(interface: Interface) -> str:
    """The class of transformers for what a program gives."""
    if interface.writing is not None:
        return "AutoModelForCausalLM"
    pooled = interface.scoring is not None and interface.scoring.pooled
    whole = pooled or interface.at in ("first", "last")
    return "AutoModelForSequenceClassification" if whole else "AutoModelForTokenClassification"


def tokens_of(interface: Interface) -> Tokens:
    """Tokens: those of the vocabulary; of a program that writes, what it writes first, in the order of its output.

    So of two symbols that have the same score, the same one is written.
    """
    texts = token_texts(interface)
    reads: list[int] = list(range(len(texts)))
    end = None
    if interface.writing is not None:
        first = [-1 if token is None else token for token in interface.written_tokens]
        reads = first + [token for token in reads if token not in first]
        end = interface.writing.end
    ending, padding = apart("<end>", texts), apart("<pad>", texts)
    return Tokens([ending if token < 0 else texts[token] for token in reads] + [padding], [*reads, -1], len(reads), end)


def config(model: Model, tokens: Tokens, cached: str | None) -> dict[str, Any]:
    """`config.json`.

    Args:
        cached: a digest of the weights, if those permit to keep what was found at earlier positions.
    """
    described = model.metadata
    interface, scoring, labels = described.interface, described.interface.scoring, label_texts(described.interface)
    name = f"AltaFor{task(interface).removeprefix('AutoModelFor')}"
    return {
        "model_type": "alta",
        "architectures": [name],
        "auto_map": {
            "AutoConfig": "modeling_alta.AltaConfig",
            "AutoModel": "modeling_alta.AltaModel",
            task(interface): f"modeling_alta.{name}",
        },
        "dtype": str(model.weight.dtype).removeprefix("torch."),
        "transformer": described.config.to_dict(),
        "learned": None if described.learned is None else described.learned.to_dict(),
        "reads": tokens.reads,
        "added": interface.added_positions,
        "dimensions": described.stream.names,
        "layers": list(described.layer_names),
        "heads": [list(names) for names in described.head_names],
        "units": [[list(names) for names in mlps] for mlps in described.unit_names],
        "output": {
            "variable": interface.variable,
            "at": interface.at,
            "parts": [[part.start, part.size, part.is_number] for part in described.outputs],
            "number": number_known(described),
        },
        "score": None
        if scoring is None
        else {
            "denominator": scoring.denominator,
            "temperature": float(scoring.temperature),
            "pooled": scoring.pooled,
        },
        "writing": None if interface.writing is None else interface.writing.most,
        "certificate": {name: limit.longest for name, limit in described.certificate.formats.items()},
        "layer_rate": model.layer_rate,
        "id2label": dict(enumerate(labels)),
        "label2id": {label: number for number, label in enumerate(labels)},
        "pad_token_id": tokens.padding,
        "eos_token_id": tokens.end,
        "cached": cached,
        "use_cache": cached is not None,
        "program": described.source,
    }


def generation_config(interface: Interface, tokens: Tokens, use_cache: bool) -> dict[str, Any]:
    """`generation_config.json`: the program writes what has the greatest score."""
    assert interface.writing is not None
    return {
        "max_new_tokens": interface.writing.most,
        "do_sample": False,
        "use_cache": use_cache,
        "pad_token_id": tokens.padding,
        "eos_token_id": tokens.end,
    }


def tokenizer_config(interface: Interface, described: Metadata, tokens: Tokens) -> dict[str, Any]:
    """`tokenizer_config.json`."""
    longest = described.certificate.formats["float32"].longest
    return {
        "tokenizer_class": "AltaTokenizer",
        "auto_map": {"AutoTokenizer": [None, "tokenization_alta.AltaTokenizer"]},
        "symbols": [value_text(value) for value in interface.alphabet],
        **unknown_texts(interface),
        "longest": longest,
        "pad_token": tokens.texts[tokens.padding],
        **({} if tokens.end is None else {"eos_token": tokens.texts[tokens.end]}),
        "padding_side": "right" if interface.writing is None else "left",
        "model_max_length": BEYOND if longest is None else longest + interface.added_positions,
        "model_input_names": ["input_ids", "attention_mask"],
        "clean_up_tokenization_spaces": False,
    }


def tokenizer(interface: Interface, tokens: Tokens) -> dict[str, Any]:
    """`tokenizer.json`: words are tokens, the program's frame around them; `AltaTokenizer` refuses other words."""
    before, after = ([tokens.reads.index(token) for token in part] for part in (interface.before, interface.after))
    symbols = {tokens.reads.index(token) for token in (*interface.indices.values(), *written(interface))}
    framing = {*before, *after} - symbols
    special = sorted({*framing, tokens.padding, *([] if tokens.end is None else [tokens.end])})
    splits: dict[str, Any] = {"type": "WhitespaceSplit"}
    if interface.one_per_character:
        each = {"type": "Split", "pattern": {"Regex": "."}, "behavior": "Isolated", "invert": False}
        splits = {"type": "Sequence", "pretokenizers": [splits, each]}

    def framed(ids: list[int]) -> list[dict[str, Any]]:
        return [{"SpecialToken": {"id": tokens.texts[number], "type_id": 0}} for number in ids]

    text = {"Sequence": {"id": "A", "type_id": 0}}
    other = "" if interface.unknown is None else value_text(interface.unknown.other)
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": number,
                "content": tokens.texts[number],
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for number in special
        ],
        "normalizer": None,
        "pre_tokenizer": splits,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [*framed(before), text, *framed(after)],
            "pair": [*framed(before), text, *framed(after), {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {
                tokens.texts[number]: {
                    "id": tokens.texts[number],
                    "ids": [number],
                    "tokens": [tokens.texts[number]],
                }
                for number in sorted({*before, *after})
            },
        },
        "decoder": None,
        "model": {
            "type": "WordLevel",
            "vocab": {text: number for number, text in enumerate(tokens.texts)},
            "unk_token": other,
        },
    }
