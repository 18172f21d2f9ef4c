"""An opportunity as a log: its state, how it begins and ends, how it is shown."""
