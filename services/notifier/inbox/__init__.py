"""What a reader sees in the app: items, their API for browsers, and the stream."""
