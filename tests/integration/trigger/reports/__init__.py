"""Reports on a real database."""
