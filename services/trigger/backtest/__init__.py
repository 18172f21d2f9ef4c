"""Backtests: recorded usage and facts asked again under another catalogue.

Reads ``usage_day`` and what is stored of the accounts, replays both through the pure modules that decide for real
(``services.trigger.thresholds``, ``services.trigger.judgement``), and compares with the decisions kept. Writes nothing.
"""
