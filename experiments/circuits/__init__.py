"""Methods that find circuits, graded on circuits that are known: `python -m experiments.circuits`."""
