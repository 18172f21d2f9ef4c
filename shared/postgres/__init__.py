"""PostgreSQL: the engine, transactions, wake-ups, and when it is back."""
