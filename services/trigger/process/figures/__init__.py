"""The arithmetic of reports: exact quotients, medians, survival, uplift, months."""
