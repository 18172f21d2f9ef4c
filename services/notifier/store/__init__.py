"""All SQL of the notifier: messages, the delivery queue, channels, and what the API reads."""
