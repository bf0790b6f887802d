"""The compiled model: a plain PyTorch module, its file, and running text through it."""
