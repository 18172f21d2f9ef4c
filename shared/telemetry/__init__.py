"""What operators see: logs, metrics, tracebacks, without secrets."""
