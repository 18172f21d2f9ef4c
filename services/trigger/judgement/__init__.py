"""May we propose an upgrade, which, why, when, by whom. Pure: facts in, one decision out; no I/O and no clock of its own.

`pipeline.decide(case)` asks every gate in its order and returns the `Decision` that is stored and shown.
"""
