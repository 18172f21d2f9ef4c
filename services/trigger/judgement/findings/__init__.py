"""What the facts mean: signals, needs, health, loyalty, and the plan that would fit. Pure."""
