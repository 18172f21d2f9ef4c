"""The people's side of selling, as pure rules: logs of entries, and what they add up to."""
