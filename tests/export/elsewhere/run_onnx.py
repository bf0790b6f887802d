"""Runs exported graphs in onnxruntime, where altac is not installed, and keeps all that they compute.

The first argument is a file of jobs: folders with sequences of tokens. For each, `FOLDER.npz` is written.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

MOST = 500  # numbers of layers at which the run is stopped and the state kept


def run(folder: str, sequences: list[list[int]]) -> None:
    path = Path(folder) / "model.onnx"
    onnx.checker.check_model(onnx.load(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    lengths = np.array([len(tokens) for tokens in sequences], np.int64)
    tokens = np.full((len(sequences), lengths.max()), 2**40, np.int64)  # no index of anything stands at padding
    for row, sequence in zip(tokens, sequences, strict=True):
        row[: len(sequence)] = sequence

    def outputs(most: int) -> dict[str, np.ndarray]:
        given = {"tokens": tokens, "lengths": lengths, "most_layers": np.array(most, np.int64)}
        return dict(zip(names, session.run(names, given), strict=True))

    found = outputs(-1)
    layers = range(min(int(found["layers"].max(initial=0)) + 1, MOST))
    stopped = [outputs(number) for number in layers]
    found["states"] = np.stack([one["state"] for one in stopped])
    found["statuses"] = np.stack([one["status"] for one in stopped])
    np.savez(f"{folder}.npz", **found)


if __name__ == "__main__":
    try:
        import altac
    except ModuleNotFoundError:
        altac = None
    assert altac is None, "altac is installed here"
    for job in json.loads(Path(sys.argv[1]).read_text()):
        run(*job)
