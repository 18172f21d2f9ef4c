"""Rows that lists over all accounts are read from."""
