"""What follows from a decision: rows to store and messages to send. Pure."""
