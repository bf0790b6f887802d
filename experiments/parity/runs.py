"""Train one setting with one seed, and measure what it learned."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from altac.api import load
from altac.driver import compile_source, load_source
from altac.engine.protocol import run_texts
from altac.learn.logs import read_log
from altac.learn.run import definitions, start_run
from altac.learn.settings import TrainingConfig
from experiments.parity.inputs import write_inputs
from experiments.parity.settings import Setting

HERE = Path(__file__).parent
RESULTS = HERE / "results"
BUILD = Path("build/experiments/parity")


def run_setting(name: str, setting: Setting, seed: int, say: Callable[[str], None]) -> None:
    """Train, unless the results are there; `results/NAME-SEED.json`, `.toml` and `.csv` are written at the end."""
    write_inputs(BUILD)
    if (RESULTS / f"{name}-{seed}.json").exists():
        return
    folder = BUILD / f"{name}-{seed}"
    inputs = {"input": str(BUILD / "train.txt"), "test": str(BUILD / "test.txt")}
    config = TrainingConfig().with_values({**setting.config, **inputs, "seed": seed})
    resume = (folder / "checkpoint.pt").exists()
    start_run(config, folder, lambda row: say(f"{name}-{seed} {row}"), resume)
    row = read_log(folder / "log.csv")[-1]
    summary = {
        "name": name,
        "label": setting.label,
        "scaled": setting.scaled,
        "seed": seed,
        "steps": int(row["step"]),
        "loss": float(row["loss"]),
        "seconds": float(row["seconds"]),
        "machine": machine(),
        "measured": measure(config, folder / "model.pt", setting.measured),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}-{seed}.toml").write_text(config.to_toml(RESULTS), encoding="utf-8")
    shutil.copy(folder / "log.csv", RESULTS / f"{name}-{seed}.csv")
    (RESULTS / f"{name}-{seed}.json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")


def measure(config: TrainingConfig, model: Path, every: int) -> dict[str, Any]:
    """Right answers and inputs by length and by number of ones; for a learned step also without restoring its state."""
    texts = (BUILD / "figures.txt").read_text(encoding="utf-8").splitlines()[::every]
    compiled = compile_source(load_source(Path(config.program)), overrides=definitions(config))
    wanted = [result.output for result in run_texts(compiled.interpreter, texts)]
    learned: Any = load(model)
    found = {"restored": [result.output for result in run_texts(learned, texts)]}
    if config.supervision == "trace":
        layer = learned.module.layers[0]
        layer.learned.restores = False
        layer.attention.one_value = [False] * len(layer.attention.one_value)
        found["not restored"] = [result.output for result in run_texts(learned, texts)]
    else:
        found = {"outputs": found["restored"]}
    return {
        name: {
            "all": tally(["all"] * len(texts), wanted, outputs)["all"],
            "length": tally([len(text.split()) for text in texts], wanted, outputs),
            "ones": tally([text.count("1") for text in texts], wanted, outputs),
        }
        for name, outputs in found.items()
    }


def tally(groups: list[Any], wanted: list[Any], found: list[Any]) -> dict[Any, list[int]]:
    """For each group, how many answers are right, of how many."""
    counts: dict[Any, list[int]] = {group: [0, 0] for group in sorted(set(groups), key=str)}
    for group, one, other in zip(groups, wanted, found, strict=True):
        counts[group][0] += one == other
        counts[group][1] += 1
    return counts


def machine() -> dict[str, Any]:
    """What a time was measured on."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    return {"cpu": model, "threads": torch.get_num_threads(), "torch": torch.__version__}
