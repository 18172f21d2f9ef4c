"""The hand-off of a deal from its CSM to Sales."""
