"""All blocks of a compiled model.

Assumes a checked program and its rules; ensures blocks that are exact in float32 up to the declared length.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from altac.backend.attention import build_attention
from altac.backend.blocks import Blocks, EntryBlock, LayerBlock, LinearMap, MLPBlock, ReadoutBlock
from altac.backend.certify import certify
from altac.backend.embedding import build_embeddings
from altac.backend.extents import extents_of, test_buckets
from altac.backend.layout import build_stream
from altac.backend.mlp import build_cubes, build_rules, build_thresholds
from altac.backend.thresholds import Buckets, threshold_layers
from altac.diagnostics import AltacError
from altac.diagnostics.file_errors import EmbeddingTooLarge
from altac.diagnostics.score_errors import ScoreTooWide
from altac.ir.certificate import Certificate
from altac.ir.program import Program
from altac.ir.rules import Cubes, ProgramRules, RuleSet
from altac.ir.scores import Score
from altac.ir.stream import Part, Stream
from altac.passes.lower import too_many_rules

MOST_NUMBERS = 1 << 27  # in one matrix: a gigabyte
MOST_EMBEDDED = MOST_NUMBERS  # in the embedding of all tokens


def build_blocks(program: Program, rules: ProgramRules) -> Blocks:
    """The blocks of a program.

    Raises:
        AltacError: if float32 is not exact up to the declared length, or a matrix would not fit in memory.
    """
    stream = build_stream(program, rules)
    thresholds = all_thresholds(program, rules)
    certificate = certify(program, rules, thresholds)
    layers: list[tuple[MLPBlock, ...]] = []
    for number, layer in enumerate(rules.layers):
        view = stream.view(number)
        mlps = [build_thresholds(buckets, view) for buckets in thresholds[number]]
        if layer.rules:
            limit_matrix(program, number, layer, stream)
            mlps.append(build_rules(layer, view))
        layers.append(tuple(mlps))
    return with_stream(program, rules, stream, layers, certificate)


def build_without_step(program: Program, rules: ProgramRules) -> Blocks:
    """The blocks of a program whose steps are still to be learned: embeddings, heads and readouts, and no MLP.

    Args:
        rules: readouts, and no rules.

    Raises:
        AltacError: if float32 cannot separate the values of a number.
    """
    certificate = certify(program, rules, all_thresholds(program, rules))
    stream = build_stream(program, rules, with_mlps=False)
    return with_stream(program, rules, stream, [()] * len(rules.layers), certificate)


def all_thresholds(program: Program, rules: ProgramRules) -> list[list[list[Buckets]]]:
    """For every layer what its MLPs before the rules compute."""
    extents = extents_of(program)
    return [
        threshold_layers(program, number, layer, test_buckets(program, number, extents))
        for number, layer in enumerate(rules.layers)
    ]


def with_stream(
    program: Program,
    rules: ProgramRules,
    stream: Stream,
    mlps: Sequence[tuple[MLPBlock, ...]],
    certificate: Certificate,
) -> Blocks:
    """Blocks over a stream, given the MLPs of every layer."""
    limit_embedding(program, stream)
    tokens, positions = build_embeddings(program, stream)
    last = stream.standing(len(program.layers) - 1)
    return Blocks(
        stream=stream,
        tokens=tokens,
        positions=positions,
        layers=tuple(
            LayerBlock(name, tuple(build_attention(program, stream.view(number))), mlps[number])
            for number, name in enumerate(rules.names)
        ),
        schedule=tuple(
            EntryBlock(
                layers, times, build_readout(rules.until.get(number), stream.standing(layers.start - 1), stream.d_model)
            )
            for number, (layers, times) in enumerate(rules.schedule)
        ),
        shown=build_readout(rules.shown, last, stream.d_model),
        unembedding=(
            build_unembedding(last[program.interface.variable], stream.d_model)
            if program.score is None
            else build_scores(program.score, last, stream)
        ),
        certificate=certificate,
    )


def limit_embedding(program: Program, stream: Stream) -> None:
    """Refuse an embedding of many words that would not fit in memory.

    Raises:
        AltacError: if it has more than MOST_EMBEDDED numbers.
    """
    tokens = len(program.interface.vocabulary)
    if tokens * stream.d_model > MOST_EMBEDDED:
        largest = max(stream.parts, key=lambda part: part.size)
        spans = {variable.name: variable.span for variable in program.variables}
        spans |= {kept.name: kept.span for kept in program.kept} | {head.name: head.span for head in program.heads}
        facts = (tokens, stream.d_model, tokens * stream.d_model, MOST_EMBEDDED, largest.owner, largest.size)
        raise AltacError([EmbeddingTooLarge(spans.get(largest.owner), *facts)])


def limit_matrix(program: Program, layer: int, rules: RuleSet, stream: Stream) -> None:
    """Refuse rules of a layer whose dense matrices would not fit in memory.

    Raises:
        AltacError: if there are more than MOST_NUMBERS in one of them.
    """
    if len(rules.rules) * stream.d_model <= MOST_NUMBERS:
        return
    counts = Counter(change.variable for rule in rules.rules for change in rule.changes)
    raise AltacError([too_many_rules(program, layer, counts, MOST_NUMBERS // stream.d_model)])


def build_readout(cubes: Cubes | None, standing: Mapping[str, Part], d_model: int) -> ReadoutBlock | None:
    """The units of a yes-or-no readout of what stands in the stream, one for each cube."""
    if cubes is None:
        return None
    if not cubes:  # never true: one unit that is never on
        return ReadoutBlock(LinearMap(np.zeros((1, d_model)), np.full(1, -0.5)))
    return ReadoutBlock(build_cubes(cubes, lambda name: standing[name].place, d_model))


def build_unembedding(part: Part, d_model: int) -> LinearMap:
    """Scores of the output's values: its one-hot form."""
    if part.is_open:  # the number itself
        alone = np.zeros((1, d_model))
        alone[0, part.start] = 1
        return LinearMap(alone, np.zeros(1))
    matrix = np.zeros((len(part.domain), d_model))
    matrix[range(len(part.domain)), part.place] = 1
    return LinearMap(matrix, np.zeros(len(part.domain)))


def build_scores(score: Score, standing: Mapping[str, Part], stream: Stream) -> LinearMap:
    """The sums of a score: each term reads the one-hot form of its variable or head, or what the token adds.

    Raises:
        AltacError: if the matrix would not fit in memory.
    """
    d_model = stream.d_model
    if len(score.labels) * d_model > MOST_NUMBERS:
        raise AltacError([ScoreTooWide(score.span, score.name, len(score.labels), d_model, MOST_NUMBERS)])
    matrix, bias = np.zeros((len(score.labels), d_model)), np.zeros(len(score.labels))
    for part in stream.embedded.values():
        matrix[range(part.size), part.place] = 1
    for term in score.terms:
        if term.name in stream.embedded:
            continue
        for dimension, row in zip(standing[term.name].place, term.rows, strict=True):
            matrix[list(row.keys()), dimension] += list(row.values())
    bias[list(score.constant.keys())] = list(score.constant.values())
    return LinearMap(matrix, bias)
