"""Values that every part speaks in: money, quantities, periods, names. Pure."""
