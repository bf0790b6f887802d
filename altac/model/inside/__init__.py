"""Looking inside a model, and changing what happens there, by names: `run_with_cache`, `ablate`, `patch`."""
