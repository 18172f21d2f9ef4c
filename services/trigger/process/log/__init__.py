"""The mechanism of logs: entries, types of entries, what may be appended."""
