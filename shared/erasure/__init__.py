"""Erasure of accounts and contacts: who, what is left to delete, and how it is deleted."""
