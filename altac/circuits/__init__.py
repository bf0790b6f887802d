"""Circuits as ground truth: which part of a model passes what to which, from its weights and by exact patching."""
