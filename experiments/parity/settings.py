"""The runs: what is trained, how, and how many seeds, and what was scaled down to fit a CPU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Setting:
    """One line of a figure.

    `scaled` says how it differs from the published settings; of the inputs of the figures, every `measured`-th is run.
    """

    label: str
    seeds: int
    config: dict[str, Any]
    scaled: str = ""
    measured: int = 1


# Published: 4 hidden layers of 4,096, Adam with 1e-4, and 50,000 steps (sequential) or 400,000 (sum and remainder).
WIDE = {"hidden": (256, 256, 256, 256), "optimizer": "adam", "learning_rate": 1e-3, "decay": 0.03, "log_every": 500}

TRACE = {
    "relative": Setting(
        "sequential, relative positions",
        3,
        {
            "program": "programs/parity.alta",
            "hidden": (128, 128),
            "optimizer": "adafactor",
            "learning_rate": 1e-2,
            "noise": 0.1,
            "steps": 50_000,
            "evaluate_every": 10_000,
            "checkpoint_every": 5_000,
            "log_every": 500,
        },
    ),
    "absolute": Setting(
        "sequential, absolute positions",
        1,
        {
            **WIDE,
            "program": "programs/parity_absolute.alta",
            "define": ("N=40",),
            "noise": 0.1,
            "steps": 5_000,
            "evaluate_every": 2_500,
        },
        "4 hidden layers of 256, not 4,096; 5,000 steps, not 50,000; 1e-3 falling to 3e-5, not 1e-4",
        measured=4,
    ),
    "sum": Setting(
        "sum and remainder",
        1,
        {
            **WIDE,
            "program": "programs/parity_sum.alta",
            "define": ("N=40",),
            "noise": 0.0,
            "steps": 3_000,
            "evaluate_every": 1_500,
        },
        "4 hidden layers of 256, not 4,096; 3,000 steps, not 400,000; 1e-3 falling to 3e-5, not 1e-4; no noise",
        measured=4,
    ),
}

ENCODER = {
    "program": "programs/parity.alta",
    "supervision": "output",
    "width": 64,
    "heads": 4,
    "hidden": (256,),
    "optimizer": "adamw",
    "learning_rate": 1e-3,
    "warmup": 100,
    "decay": 0.1,
    "weight_decay": 0.01,
    "batch": 64,
    "log_every": 100,
}
SMALL = "width 64, batch 64, {} steps: far smaller and shorter than published runs"

OUTPUT = {
    "output-relative": Setting(
        "end to end, relative positions, 4 layers",
        1,
        {**ENCODER, "layers": 4, "positions": "relative", "steps": 10_000, "evaluate_every": 2_500},
        SMALL.format("10,000"),
    ),
    "output-absolute": Setting(
        "end to end, absolute positions, 4 layers",
        1,
        {**ENCODER, "layers": 4, "positions": "absolute", "steps": 10_000, "evaluate_every": 2_500},
        SMALL.format("10,000"),
    ),
    "output-layers": Setting(
        "end to end, relative positions, one layer for each bit",
        1,
        {
            **ENCODER,
            "layers": 0,
            "shared": True,
            "positions": "relative",
            "steps": 2_000,
            "evaluate_every": 1_000,
            "checkpoint_every": 100,
        },
        SMALL.format("2,000"),
    ),
}
