"""Exported graphs in onnxruntime, beside altac's own executions: whole runs on the same tensors, on one thread."""

from __future__ import annotations

from collections.abc import Iterator

from altac.export.onnx_model import write
from altac.export.request import Request
from altac.model.batch import batch_tensors
from altac.model.schedule import Runner, last_states
from altac.model.sparse import SparseTransformer
from benchmarks.runner import time_function
from benchmarks.suite import Figure, Size, compiled, of_timing

PROGRAMS = ("parity", "induction", "reverse", "sort", "dyck2", "addition", "scan_writer")
INPUTS, LONGEST = 64, 32


def onnx(size: Size) -> Iterator[Figure]:
    """Runs to their ends of 64 random inputs of up to 32 symbols, as far as the program accepts them.

    It needs onnx and onnxruntime, so it is measured only if it is asked for.
    """
    import numpy as np
    import onnxruntime
    import torch

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    for name in PROGRAMS:
        one, dice = compiled(name), np.random.default_rng(0)
        interface, module = one.program.interface, one.model.module
        longest = min(LONGEST, interface.longest or LONGEST)
        symbols = interface.alphabet.values
        batch = []
        for length in dice.integers(1, longest + 1, size=INPUTS):
            batch.append(interface.frame([symbols[int(number)] for number in dice.integers(len(symbols), size=length)]))
        tokens, lengths = batch_tensors(batch, torch.device("cpu"))
        given = {"tokens": tokens.numpy(), "lengths": lengths.numpy(), "most_layers": np.array(-1)}
        graph = write(Request(one.model, one)).files["model.onnx"]
        session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        timing = time_function(lambda session=session, given=given: session.run(None, given), size.runs)
        yield of_timing("64 inputs to their ends", f"{name}, onnxruntime", timing)
        runners: dict[str, Runner] = {"dense": module, "sparse": SparseTransformer(module)}
        for execution, runner in runners.items():

            def run(runner: Runner = runner, tokens: object = tokens, lengths: object = lengths) -> None:
                with torch.inference_mode():
                    last_states(runner, runner.run(tokens, lengths))

            yield of_timing("64 inputs to their ends", f"{name}, altac, {execution}", time_function(run, size.runs))
