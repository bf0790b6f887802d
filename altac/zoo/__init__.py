"""Suites of models: for each program what tools need, its circuit, pairs of inputs for patching, and a data set."""
