"""The seven tasks of *Learning Transformer Programs* (Friedman, Wettig and Chen, 2023), learned by `altac learn`."""
