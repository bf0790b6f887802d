"""All blocks of a compiled model.

Assumes a checked program and its rules; ensures blocks that are exact in float32 up to the declared length.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from altac.backend.attention import build_attention
from altac.backend.blocks import Blocks, LinearMap, MLPBlock, ReadoutBlock
from altac.backend.certify import certify
from altac.backend.embedding import build_embeddings
from altac.backend.layout import build_stream
from altac.backend.mlp import build_cubes, build_rules, build_thresholds
from altac.backend.thresholds import threshold_layers
from altac.diagnostics import AltacError
from altac.ir.certificate import Certificate
from altac.ir.program import Program
from altac.ir.rules import Cubes, RuleSet
from altac.ir.stream import Stream
from altac.passes.lower import too_many_rules

MOST_NUMBERS = 1 << 27  # in one matrix: a gigabyte


def build_blocks(program: Program, rules: RuleSet) -> Blocks:
    """The blocks of a program.

    Raises:
        AltacError: if float32 is not exact up to the declared length, or a matrix would not fit in memory.
    """
    stream = build_stream(program, rules)
    layers = threshold_layers(program, rules)
    certificate = certify(program, rules, layers)
    mlps = [build_thresholds(buckets, stream) for buckets in layers]
    if rules.rules:
        limit_matrix(program, rules, stream)
        mlps.append(build_rules(rules, program, stream))
    return with_stream(program, rules, stream, tuple(mlps), certificate)


def build_without_step(program: Program, rules: RuleSet) -> Blocks:
    """The blocks of a program whose step is still to be learned: embeddings, heads and readouts, and no MLP.

    Args:
        rules: readouts, and no rules.

    Raises:
        AltacError: if float32 cannot separate the values of a number.
    """
    certificate = certify(program, rules, threshold_layers(program, rules))
    return with_stream(program, rules, build_stream(program, rules, with_mlps=False), (), certificate)


def with_stream(
    program: Program, rules: RuleSet, stream: Stream, mlps: tuple[MLPBlock, ...], certificate: Certificate
) -> Blocks:
    """Blocks over a stream, given the MLPs of a layer."""
    tokens, positions = build_embeddings(program, stream)
    return Blocks(
        stream=stream,
        tokens=tokens,
        positions=positions,
        heads=tuple(build_attention(program, stream)),
        mlps=mlps,
        layers=program.layers,
        halt=build_readout(rules.halt, stream),
        shown=build_readout(rules.shown, stream),
        unembedding=build_unembedding(program, stream),
        certificate=certificate,
    )


def limit_matrix(program: Program, rules: RuleSet, stream: Stream) -> None:
    """Refuse rules whose dense matrices would not fit in memory.

    Raises:
        AltacError: if there are more than MOST_NUMBERS in one of them.
    """
    if len(rules.rules) * stream.d_model <= MOST_NUMBERS:
        return
    counts = Counter(change.variable for rule in rules.rules for change in rule.changes)
    raise AltacError([too_many_rules(program, counts, MOST_NUMBERS // stream.d_model)])


def build_readout(cubes: Cubes | None, stream: Stream) -> ReadoutBlock | None:
    """The units of a yes-or-no readout, one for each cube."""
    if cubes is None:
        return None
    if not cubes:  # never true: one unit that is never on
        return ReadoutBlock(LinearMap(np.zeros((1, stream.d_model)), np.full(1, -0.5)))
    return ReadoutBlock(build_cubes(cubes, stream))


def build_unembedding(program: Program, stream: Stream) -> LinearMap:
    """Scores of the output variable's values: its one-hot form, or how near a number is to each of them."""
    name, domain = program.interface.variable, program.interface.domain
    matrix, bias = np.zeros((len(domain), stream.d_model)), np.zeros(len(domain))
    part = stream.variables[name]
    if part.is_number:  # the greatest 2vx - v^2 is that of the nearest v
        numbers = part.codes[:, 0]
        matrix[:, stream.number(name)], bias[:] = 2 * numbers, -(numbers**2)
    else:
        matrix[range(len(domain)), stream.one_hot(name)] = 1
    return LinearMap(matrix, bias)
