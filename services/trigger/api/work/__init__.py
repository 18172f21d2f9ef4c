"""What people do, over HTTP: persons, opportunities."""
