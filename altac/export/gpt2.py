"""A folder for `GPT2LMHeadModel` of transformers: a stock model, without code of its own.

GPT-2 normalises what each block reads, by mean and variance. Here every dimension of the stream stands twice, as `x`
and `-x`, so that the mean is zero up to rounding; and the epsilon that is added to the variance is so great that the
root of the sum is a power of two, which the weights of the norm make up for. So a norm changes nothing but what
rounding leaves of the mean, the same number in every dimension: it cannot pass a unit (`altac.export.mlps.restoring`),
and what the stream holds stays zeros and ones.
"""

from __future__ import annotations

import json
from math import ceil
from typing import Any, assert_never

import numpy as np
from safetensors.numpy import save

from altac.circuits.circuit import Kind, Where
from altac.diagnostics import AltacError
from altac.diagnostics.export_errors import NotCausal, RoundedByNorms, UnrolledTooLarge
from altac.diagnostics.words import counted
from altac.export.circuit import form_of, nothing, where_nodes_are
from altac.export.description import SINK, description
from altac.export.names import apart, label_texts, token_texts
from altac.export.prepare import Prepared, prepare
from altac.export.request import Export, Request, other_token
from altac.export.scores import power_above
from altac.export.unrolled import Unrolled
from altac.ir.arrays import Array
from altac.ir.interface import Interface

ROOT = 2.0**40  # of the epsilon
MOST_NUMBERS = 1 << 28  # in the file: a gigabyte


def write(request: Request) -> Export:
    """All files of the folder.

    Raises:
        AltacError: if the program is not causal, or cannot be unrolled.
    """
    program = request.compiled.program
    for head in program.heads:
        if any(end is None or end > 0 for _, end in head.offsets.intervals):
            raise AltacError([NotCausal(None, program.name, f"the head `{head.name}`")])
    if request.units == "relu":
        raise AltacError([RoundedByNorms(None, program.name)])
    prepared = prepare(request, restores_all=True)
    unrolled = prepared.unrolled
    if not unrolled.causal:
        raise AltacError([NotCausal(None, program.name, "the end of a loop")])
    sizes = config(unrolled)
    width = sizes["n_embd"]
    if sizes["n_layer"] * width * (4 * width + 2 * sizes["n_inner"]) > MOST_NUMBERS:
        raise AltacError([UnrolledTooLarge(None, program.name, MOST_NUMBERS)])
    state = parameters(unrolled, sizes)
    count = sum(array.size for array in state.values())
    blocks = f"{counted(sizes['n_layer'], 'block')}, {counted(sizes['n_head'], 'head')}"
    shape = f"{blocks}, width {width:,}, {counted(count, 'parameter')}"
    metadata, size = request.model.metadata, width // unrolled.heads

    def places(unrolled: Unrolled, kind: Kind, block: int, head: int | None) -> Where:
        """Modules; heads are columns of what the last one of attention is given."""
        match kind:
            case Kind.EMBEDDING:
                return Where("transformer.drop")
            case Kind.HEAD:
                assert head is not None
                columns = (head * size, (head + 1) * size)
                return Where(f"transformer.h.{block}.attn.c_proj", head, columns, nothing(unrolled, block, head))
            case Kind.UNITS:
                return Where(f"transformer.h.{block}.mlp")
            case Kind.READOUT:
                return Where("transformer.ln_f")
            case _:
                assert_never(kind)

    nodes = where_nodes_are(metadata, unrolled, places)
    described = {**sizes, "altac": description(prepared, request, nodes)}
    texts = {
        "config.json": described,
        "generation_config.json": generation(unrolled.interface, sizes),
        "tokenizer.json": tokenizer(unrolled.interface),
        "tokenizer_config.json": tokenizer_config(),
    }
    encoded = {name: (json.dumps(text, indent=1, ensure_ascii=False) + "\n").encode() for name, text in texts.items()}
    return Export(
        encoded | {"model.safetensors": save(state, {"format": "pt"})}, (shape, note(prepared)), prepared.warnings
    ).with_circuit(form_of(metadata, unrolled, "gpt2", places))


def note(prepared: Prepared) -> str:
    """What is certain of it: units leave room for what a norm leaves of a mean, and scores were tried alone."""
    if not prepared.is_exact:
        return "not certified: the weights are not those of the program"
    return f"up to {prepared.unrolled.longest} positions and the sink; its norms round what scores read: no certificate"


# Tokens ----------------------------------------------------------------------------------------------------------


def extra_values(interface: Interface) -> list[int]:
    """The values of the output, by their indices, that are no tokens: they are only ever said."""
    return [index for index, value in enumerate(interface.domain) if value not in interface.vocabulary]


def said_as(interface: Interface) -> list[int]:
    """For each value of the output the token that says it; those that are no tokens come behind the sink."""
    extra = {index: place for place, index in enumerate(extra_values(interface), len(interface.vocabulary) + 1)}
    values = interface.domain.values
    return [extra[i] if i in extra else interface.vocabulary.index(values[i]) for i in range(len(values))]


def all_tokens(interface: Interface) -> list[str]:
    """A text for each token: of the vocabulary, of the sink, and of outputs that are no tokens."""
    texts, labels = [*token_texts(interface), SINK], label_texts(interface)
    for index in extra_values(interface):
        texts.append(labels[index] if labels[index] not in texts else apart(labels[index], texts))
    return texts


def tokenizer(interface: Interface) -> dict[str, Any]:
    """A tokenizer that splits at blanks, puts the sink and the frame around the input, and knows whole symbols."""
    texts = all_tokens(interface)
    unknown = other_token(interface)
    before = [len(interface.vocabulary), *interface.before]
    around = [*before, *interface.after]
    single = (
        [{"SpecialToken": {"id": texts[token], "type_id": 0}} for token in before]
        + [{"Sequence": {"id": "A", "type_id": 0}}]
        + [{"SpecialToken": {"id": texts[token], "type_id": 0}} for token in interface.after]
    )
    split: dict[str, Any] = {"type": "WhitespaceSplit"}
    if interface.one_per_character:
        every = {"type": "Split", "pattern": {"Regex": "."}, "behavior": "Isolated", "invert": False}
        split = {"type": "Sequence", "pretokenizers": [split, every]}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": split,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": single,
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
            "special_tokens": {
                texts[token]: {"id": texts[token], "ids": [token], "tokens": [texts[token]]} for token in around
            },
        },
        "decoder": None,
        "model": {
            "type": "WordLevel",
            "vocab": {text: number for number, text in enumerate(texts)},
            "unk_token": SINK if unknown is None else texts[unknown],
        },
    }


def tokenizer_config() -> dict[str, Any]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": SINK,
        "pad_token": SINK,
        "padding_side": "left",
        "clean_up_tokenization_spaces": False,
    }


def end_of(interface: Interface) -> int | None:
    """The token that ends what is written."""
    writing = interface.writing
    return None if writing is None or writing.end is None else said_as(interface)[writing.end]


def generation(interface: Interface, sizes: dict[str, Any]) -> dict[str, Any]:
    """What `generate` does by itself: it takes the greatest logit, and writes as much as the program may."""
    known = {"bos_token_id": sizes["bos_token_id"], "pad_token_id": sizes["pad_token_id"], "do_sample": False}
    if interface.writing is not None:
        known |= {"eos_token_id": end_of(interface), "max_new_tokens": interface.writing.most}
    return known


# Numbers ---------------------------------------------------------------------------------------------------------


def config(unrolled: Unrolled) -> dict[str, Any]:
    """The sizes, as transformers names them: heads share the width, so it may have to be greater than needed."""
    heads = unrolled.heads
    size = max(unrolled.head_size, ceil((2 * unrolled.width + 1) / heads))
    interface = unrolled.interface
    return {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "vocab_size": len(all_tokens(interface)),
        "n_positions": unrolled.longest + 1,
        "n_embd": size * heads,
        "n_layer": len(unrolled.blocks),
        "n_head": heads,
        "n_inner": unrolled.units,
        "activation_function": "relu",
        "layer_norm_epsilon": ROOT**2,
        "scale_attn_weights": False,
        "resid_pdrop": 0.0,
        "embd_pdrop": 0.0,
        "attn_pdrop": 0.0,
        "tie_word_embeddings": False,
        "bos_token_id": unrolled.sink,
        "pad_token_id": unrolled.sink,
        "eos_token_id": end_of(interface),
        "dtype": "float32",
    }


def parameters(unrolled: Unrolled, sizes: dict[str, Any]) -> dict[str, Array]:
    """All parameters by the names of transformers, in float32; what a block lacks is zero."""
    width, wide, units = unrolled.width, sizes["n_embd"], sizes["n_inner"]
    size, vocabulary = wide // unrolled.heads, sizes["vocab_size"]

    def written(rows: Array) -> Array:
        """What rows (n, width) write: every dimension twice."""
        both = np.zeros((len(rows), wide))
        both[:, 0 : 2 * width : 2], both[:, 1 : 2 * width : 2] = rows, -rows
        return both

    def read(rows: Array) -> Array:
        """What rows (n, width) read: half of the difference, from which a mean that is not quite zero falls out."""
        return written(rows) / 2

    tokens = np.zeros((vocabulary, width))
    tokens[: len(unrolled.tokens)] = unrolled.tokens
    said = said_as(unrolled.interface)
    logits, always = np.zeros((vocabulary, width)), 2 * width  # a dimension that the last norm makes one
    logits[said] = unrolled.unembedding
    biases = np.full(vocabulary, -power_above(4 * float(np.abs(unrolled.unembedding).sum(axis=1).max()) + 1024))
    biases[said] = unrolled.unembedding_bias
    said_by, constant = read(logits), np.zeros(wide)
    said_by[:, always], constant[always] = biases, 1
    state: dict[str, Array] = {
        "transformer.wte.weight": written(tokens),
        "transformer.wpe.weight": written(unrolled.positions),
        "lm_head.weight": said_by,
        "transformer.ln_f.weight": np.full(wide, ROOT),
        "transformer.ln_f.bias": constant,
    }
    for number, block in enumerate(unrolled.blocks):
        path = f"transformer.h.{number}"
        asked, bias, brought = np.zeros((wide, 3 * wide)), np.zeros(3 * wide), np.zeros((wide, wide))
        for place, one in enumerate(block.heads):
            linears = ((one.query, one.query_bias), (one.key, one.key_bias), (one.value, one.value_bias))
            for part, (weight, own) in enumerate(linears):
                start = part * wide + place * size
                asked[:, start : start + len(weight)] = read(weight).T
                bias[start : start + len(weight)] = own
            brought[place * size : place * size + len(one.value)] = written(one.output.T)
        mlp, count = block.mlp, len(block.mlp.units)
        inward, inner, outward = np.zeros((wide, units)), np.zeros(units), np.zeros((units, wide))
        inward[:, :count] = read(mlp.inward).T
        inner[:count], outward[:count] = mlp.inward_bias, written(mlp.outward.T)
        state |= {
            f"{path}.ln_1.weight": np.full(wide, ROOT),
            f"{path}.ln_1.bias": np.zeros(wide),
            f"{path}.ln_2.weight": np.full(wide, ROOT),
            f"{path}.ln_2.bias": np.zeros(wide),
            f"{path}.attn.c_attn.weight": asked,
            f"{path}.attn.c_attn.bias": bias,
            f"{path}.attn.c_proj.weight": brought,
            f"{path}.attn.c_proj.bias": written(block.attention_bias[None])[0],
            f"{path}.mlp.c_fc.weight": inward,
            f"{path}.mlp.c_fc.bias": inner,
            f"{path}.mlp.c_proj.weight": outward,
            f"{path}.mlp.c_proj.bias": written(mlp.outward_bias[None])[0],
        }
    return {name: np.ascontiguousarray(array, np.float32) for name, array in state.items()}
