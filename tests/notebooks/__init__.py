"""altac in notebooks: a kernel that runs them, and those in `examples/`, which are made from the documentation."""
