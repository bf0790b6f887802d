"""Random programs that are worth looking at: all of what they compute is needed."""
