"""One module per report: from typed rows to rows, totals and flags."""
