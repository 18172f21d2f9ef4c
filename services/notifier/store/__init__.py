"""The notifier's SQL, all of it: what messages write, the queue of deliveries, channels, and what the API reads."""
