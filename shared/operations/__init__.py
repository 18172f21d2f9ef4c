"""Which processes run, what they lack, and what waits."""
