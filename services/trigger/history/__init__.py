"""How usage and limits were in the past, put together from what is stored."""
