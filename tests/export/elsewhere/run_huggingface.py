"""Opens exported folders with transformers, where altac is not installed, and keeps all that they compute.

The first argument is a file of jobs: folders with texts. For each, `FOLDER.npz` and `FOLDER.json` are written.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HOME"] = str(Path(sys.argv[1]).parent / "home")

import numpy as np
import torch
import transformers
from transformers import AutoModel, AutoTokenizer

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
torch.set_num_threads(1)


def open_folder(folder: str) -> tuple:
    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=True)
    kind = json.loads((Path(folder) / "config.json").read_text())["architectures"][0].removeprefix("AltaFor")
    whole = AutoModel.from_pretrained(folder, trust_remote_code=True)
    task = getattr(transformers, f"AutoModelFor{kind}").from_pretrained(folder, trust_remote_code=True)
    return tokenizer, whole, task


def run(folder: str, texts: list[str]) -> None:
    tokenizer, model, task = open_folder(folder)
    found: dict = {"refused": refused(tokenizer), "names": model.config.dimensions}
    arrays: dict = {}
    for side in ("right", "left"):
        batch = tokenizer(texts, return_tensors="pt", padding=True, padding_side=side)
        with torch.no_grad():
            output = model(**batch, output_hidden_states=True, output_attentions=True)
        arrays[side] = torch.stack(output.hidden_states).numpy()
        sums = [(weights.sum(dim=-1) - batch["attention_mask"][:, None]).abs() for weights in output.attentions]
        found[side] = {
            "mask": batch["attention_mask"].tolist(),
            "tokens": batch["input_ids"].tolist(),
            "layers": output.layers.tolist(),
            "places": list(output.places),
            "texts": model.texts(output),
            # a sequence that a layer did not run for has no pattern there
            "patterns": all(bool(((one < 1e-5) | (one > 0.9)).all()) for one in sums),
        }
    found["task"] = answers(tokenizer, task, texts)
    again = f"{folder}-again"
    task.save_pretrained(again)
    tokenizer.save_pretrained(again)
    tokenizer, model, task = open_folder(again)
    found["again"] = answers(tokenizer, task, texts)
    Path(f"{folder}.json").write_text(json.dumps(found))
    np.savez(f"{folder}.npz", **arrays)


def answers(tokenizer, task, texts: list[str]) -> list[str]:
    """What the class for the program's task says; a program that writes does so."""
    if task.config.writing is None:
        return task.texts(task(**tokenizer(texts, return_tensors="pt", padding=True)))
    # nothing is written behind an input without a token, and `generate` refuses it
    begun = [text for text in texts if tokenizer(text)["input_ids"]]
    batch = tokenizer(begun, return_tensors="pt", padding=True)
    growing = []
    handle = task.register_forward_pre_hook(
        lambda module, arguments, given: growing.append(given["growing"]), with_kwargs=True
    )
    written = task.generate(**batch)[:, batch["input_ids"].shape[1] :]
    assert growing
    assert [one for one in growing if one is None or not one.known] == [], "there is a cache"
    for others in ({"use_cache": False}, {"num_beams": 2}, {"output_hidden_states": True}):
        again = task.generate(**batch, **others)[:, batch["input_ids"].shape[1] :]
        if "num_beams" not in others:
            assert again.tolist() == written.tolist(), others
    handle.remove()
    found = dict(zip(begun, tokenizer.batch_decode(written, skip_special_tokens=True), strict=True))
    return [found.get(text, "") for text in texts]


def refused(tokenizer) -> str:
    """What is said about a symbol that no program has."""
    try:
        tokenizer("\N{SNOWMAN}\N{SNOWMAN}")
    except ValueError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    try:
        import altac
    except ModuleNotFoundError:
        altac = None
    assert altac is None, "altac is installed here"
    for job in json.loads(Path(sys.argv[1]).read_text()):
        run(*job)
