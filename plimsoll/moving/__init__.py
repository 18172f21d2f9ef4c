"""`plimsoll import`: rows of a file to a running installation, many at a time, and what became of each."""
