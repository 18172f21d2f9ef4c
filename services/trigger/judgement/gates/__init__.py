"""The questions that a proposal must pass: a gate says pass, skip or block, and why. Pure."""
