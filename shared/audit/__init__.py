"""Who changed what: a row with each change, in its transaction."""
