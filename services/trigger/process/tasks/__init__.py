"""Tasks of our own people: logs of the other kind."""
