"""API keys, secrets at rest, signatures."""
