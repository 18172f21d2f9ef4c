"""What people do, as logs of entries: which entry may be appended, and what follows. Pure."""
