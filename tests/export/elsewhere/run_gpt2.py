"""Runs where altac is not: opens folders as GPT-2, and writes the stream after every sub-layer, and what is generated.

Arguments as of `run_transformer_lens.py`; the sequences of a job run as one padded batch.
"""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GPT2LMHeadModel

torch.set_num_threads(1)
torch.set_grad_enabled(False)
assert importlib.util.find_spec("altac") is None
JOBS = json.loads(Path(sys.argv[1]).read_text())
for job in JOBS:
    folder = Path(job["folder"])
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    assert type(model) is GPT2LMHeadModel
    names = json.loads((folder / "config.json").read_text())["altac"]
    seen = []

    def keep(module, arguments, seen=seen):
        seen.append(arguments[0])

    for block in model.transformer.h:
        block.ln_1.register_forward_pre_hook(keep)
        block.ln_2.register_forward_pre_hook(keep)
    model.transformer.ln_f.register_forward_pre_hook(keep)
    longest = max(map(len, job["tokens"]))
    rows = [[names["sink"], *tokens] for tokens in job["tokens"]]
    batch = torch.tensor([row + [names["sink"]] * (longest + 1 - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (longest + 1 - len(row)) for row in rows])
    logits = model(batch, attention_mask=mask).logits
    streams = torch.stack(seen)[..., 0 : 2 * len(names["dimensions"]) : 2]
    found = {}
    for number, row in enumerate(rows):
        found[f"streams {number}"] = streams[:, number, 1 : len(row)].numpy()
        found[f"logits {number}"] = logits[number, 1 : len(row)].numpy()
    for number, text in enumerate(job["texts"]):
        found[f"tokens {number}"] = tokenizer(text, return_tensors="np").input_ids
    written = {}
    if job["writes"]:
        asked = tokenizer(job["texts"], return_tensors="pt", padding=True)
        for cached in (True, False):
            ids = model.generate(**asked, use_cache=cached)[:, asked.input_ids.shape[1] :]
            written[str(cached)] = [tokenizer.convert_ids_to_tokens(row.tolist()) for row in ids]
    np.savez(folder / "found.npz", **found)
    (folder / "written.json").write_text(json.dumps(written))
