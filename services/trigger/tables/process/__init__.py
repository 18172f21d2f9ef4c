"""SQL of persons, entries and the heads of their logs."""
