"""What decisions need of one account: loaded from the tables, put together as one value."""
