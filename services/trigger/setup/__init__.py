"""The first steps of an installation, and which are done."""
