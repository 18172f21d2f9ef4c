"""Trials: features and limits that a customer has for a while, and what shall come of it."""
