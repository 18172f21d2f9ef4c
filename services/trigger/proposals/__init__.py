"""The shell around judgement: takes facts, loads accounts, stores decisions with all that follows,
and returns messages.
"""
