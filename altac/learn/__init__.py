"""Training: steps learned from the traces of a program, or a whole Transformer from its inputs and outputs alone."""
