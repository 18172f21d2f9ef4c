"""Whether an upgrade may be proposed, which, why, when and by whom. Pure: facts in, one decision
out; no I/O, no clock of its own.

`pipeline.decide(case)` evaluates every gate in order and returns the `Decision` that is stored and
shown.
"""
