"""From a row that waits to an answer that is recorded: claims, workers, retries, what is sent."""
