"""What lists show of each account, kept as rows."""
