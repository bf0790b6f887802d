"""Runs where altac is not: exported models without single heads, and with others in the place of what is in no circuit.

Arguments: a file of jobs, each a folder, sequences of tokens, others of the same lengths, and names of heads. In each
folder `without.npz` holds the logits of all sequences, padded, as they are (`(clean)`) and with each head ablated, by
its name; with `shown` behind the name, where the output is shown. In `(other)` all nodes that are not in the static
circuit, `(outside)`, do what they do on the other sequences.
"""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import torch


class Opened:
    """A folder, by its own `load.py`."""

    def __init__(self, folder):
        spec = importlib.util.spec_from_file_location("load", folder / "load.py")
        self.script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.script)
        self.model, self.names = self.script.load()
        self.nodes = self.names["nodes"]

    def padded(self, sequences):
        longest = max(map(len, sequences)) + 1
        rows = [[self.names["sink"], *tokens] for tokens in sequences]
        return torch.tensor([row + [self.names["padding"]] * (longest - len(row)) for row in rows])

    def run(self, batch, hooks):
        """Logits, and where the output is shown."""
        seen = []

        def see(stream, hook):
            shown = self.names["output_shown"]
            place = None if shown is None else self.names["dimensions"].index(shown)
            seen.append(torch.ones(stream.shape[:2]) if place is None else stream[..., place].clone())

        logits = self.model.run_with_hooks(batch, fwd_hooks=[*hooks, (self.nodes["logits"]["hook"], see)])
        return logits[:, 1:].numpy(), seen[0][:, 1:].numpy() > 0.5

    def putting(self, node, brought):
        """A hook that puts something in the place of a node."""

        def put(x, hook):
            if "head" not in node:
                return brought.clone()
            x = x.clone()
            shape = (*x.shape[:2], self.names["transformer_lens"]["n_heads"], -1)
            x.view(shape)[:, :, node["head"]] = brought.reshape(shape)[:, :, node["head"]]
            return x

        return node["hook"], put


torch.set_num_threads(1)
torch.set_grad_enabled(False)
assert importlib.util.find_spec("altac") is None
for job in json.loads(Path(sys.argv[1]).read_text()):
    folder = Path(job["folder"])
    one = Opened(folder)
    batch, others = one.padded(job["tokens"]), one.padded(job["others"])
    inside = {node["name"] for node in json.loads((folder / "circuit.json").read_text())["nodes"]}
    outside = {name: node for name, node in one.nodes.items() if name not in {*inside, "embed", "logits"}}
    cache = one.model.run_with_cache(others)[1]
    changes = {"(clean)": [], **{head: one.script.ablate(one.names, head) for head in job["heads"]}}
    changes["(other)"] = [one.putting(node, cache[node["hook"]]) for node in outside.values()]
    found = {"(outside)": np.array(sorted(outside))}
    for name, hooks in changes.items():
        found[name], found[f"{name} shown"] = one.run(batch, hooks)
    np.savez(folder / "without.npz", **found)
