"""Lists over all accounts, over HTTP."""
