"""Hours that are written later than the totals."""
