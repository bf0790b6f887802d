"""Runs where altac is not: circuits of exported models in AutoCircuit, which patches all other edges.

Arguments: a file of jobs, each a folder, pairs of inputs, and sets of edges by names. Prints for each job how many
edges there are, names in the sets that AutoCircuit does not know, and how far logits are at most from those of the
model where the edges of a set alone carry the clean run: for each set, for none, and for all.
"""

import importlib.util
import json
import sys
from pathlib import Path

import torch
from auto_circuit.types import AblationType
from auto_circuit.utils.ablation_activations import src_ablations
from auto_circuit.utils.graph_utils import patch_mode, patchable_model

torch.set_num_threads(1)
torch.set_grad_enabled(False)
assert importlib.util.find_spec("altac") is None
results = []
for job in json.loads(Path(sys.argv[1]).read_text()):
    spec = importlib.util.spec_from_file_location("load", Path(job["folder"]) / "load.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    model, names = script.load()
    pairs = [[script.tokens(names, text) for text in pair] for pair in job["pairs"]]
    expected = [model(clean) for clean, _ in pairs]
    model.cfg.use_attn_result = True
    model.set_use_split_qkv_input(True)
    model.set_use_hook_mlp_in(True)
    patchable = patchable_model(model, factorized=True, separate_qkv=True, device=torch.device("cpu"))
    edges = {edge.name: edge for edge in patchable.edges}
    kept = {**job["sets"], "none": [], "all": list(edges)}
    farthest = dict.fromkeys(kept, 0.0)
    for (clean, corrupted), logits in zip(pairs, expected, strict=True):
        other = src_ablations(patchable, corrupted, AblationType.RESAMPLE)
        for name, inside in kept.items():
            with patch_mode(patchable, other, [edge for one, edge in edges.items() if one not in set(inside)]):
                found = (patchable(clean) - logits).abs()
            farthest[name] = max(farthest[name], found.max().item())
    unknown = sorted({one for inside in job["sets"].values() for one in inside} - set(edges))
    results.append({"edges": len(edges), "unknown": unknown, "farthest": farthest})
sys.stdout.write(json.dumps(results))
