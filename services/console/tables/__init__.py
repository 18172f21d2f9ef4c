"""All SQL of the console: log-ins, sessions, preferences. Nothing here commits."""
