"""Which thresholds are reached, what is told about them, and when to look again."""
