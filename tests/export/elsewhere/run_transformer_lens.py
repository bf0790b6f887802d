"""Runs where altac is not: opens folders by their own `load.py`, and writes the stream after every sub-layer.

Arguments: a file of jobs, each a folder and sequences of tokens. In each folder, `found.npz` holds for every sequence
its streams (1 + 2 blocks, positions, width) and logits, and for a job with a head the logits with that head ablated.
"""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import torch


def ablating(names, name):
    """Hooks that take away what a head brings, wherever it is."""

    def hook_for(head, heads):
        def hook(z, hook):
            z = z.clone()
            view = z if z.dim() == 4 else z.view(*z.shape[:2], heads, -1)
            view[:, :, head] = 0
            return z

        return hook

    heads = names["transformer_lens"]["n_heads"]
    return [
        (f"blocks.{number}.attn.hook_z", hook_for(block["heads"].index(name), heads))
        for number, block in enumerate(names["blocks"])
        if name in block["heads"]
    ]


torch.set_num_threads(1)
torch.set_grad_enabled(False)
assert importlib.util.find_spec("altac") is None
for job in json.loads(Path(sys.argv[1]).read_text()):
    folder = Path(job["folder"])
    spec = importlib.util.spec_from_file_location("load", folder / "load.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model, names = module.load()
    found = {}
    for number, tokens in enumerate(job["tokens"]):
        logits, cache = model.run_with_cache(torch.tensor([[names["sink"], *tokens]]))
        hooks = ["blocks.0.hook_resid_pre"]
        for block in range(len(names["blocks"])):
            hooks += [f"blocks.{block}.hook_resid_mid", f"blocks.{block}.hook_resid_post"]
        found[f"streams {number}"] = np.stack([cache[hook][0, 1:].numpy() for hook in hooks])
        found[f"logits {number}"] = logits[0, 1:].numpy()
        if "head" in job:
            changed = model.run_with_hooks(
                torch.tensor([[names["sink"], *tokens]]), fwd_hooks=ablating(names, job["head"])
            )
            found[f"ablated {number}"] = changed[0, 1:].numpy()
    # all in one batch, behind whose shorter sequences is padding: how far anything is from what it is alone
    longest = max(map(len, job["tokens"])) + 1
    padded = [[names["sink"], *tokens] for tokens in job["tokens"]]
    padded = [row + [names["padding"]] * (longest - len(row)) for row in padded]
    logits, cache = model.run_with_cache(torch.tensor(padded))
    off = [0.0]
    for number, tokens in enumerate(job["tokens"]):
        streams = np.stack([cache[hook][number, 1 : len(tokens) + 1].numpy() for hook in hooks])
        off.append(np.abs(streams - found[f"streams {number}"]).max(initial=0))
        off.append(np.abs(logits[number, 1 : len(tokens) + 1].numpy() - found[f"logits {number}"]).max(initial=0))
    found["padding changes"], found["batch"] = np.array(max(off)), module.tokens(names, *job["texts"]).numpy()
    for number, text in enumerate(job["texts"]):
        found[f"tokens {number}"] = module.tokens(names, text).numpy()
    np.savez(folder / "found.npz", **found)
    sys.stdout.write(f"{type(model).__name__}\n")
