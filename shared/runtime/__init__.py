"""What a process is: its settings, its services, its HTTP server, and how it ends."""
