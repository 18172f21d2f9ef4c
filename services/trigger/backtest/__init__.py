"""Backtests: recorded usage and facts, decided again under another catalogue.

Reads ``usage_day`` and what is stored about the accounts, replays both through the pure modules
that decide in production (``services.trigger.thresholds``, ``services.trigger.judgement``), and
compares with the stored decisions. Writes nothing.
"""
