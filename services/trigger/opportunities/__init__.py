"""The shell around the process: loads logs, asks what may be appended, stores what follows."""
