"""What the stages hand to each other: values and domains, typed programs, diagrams, rules, traces. No torch, no I/O."""
