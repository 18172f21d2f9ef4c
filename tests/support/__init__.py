"""Shared by the tests: servers, databases, clients, all of them real."""
