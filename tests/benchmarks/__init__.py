"""`make bench`: speed and memory on real servers."""
