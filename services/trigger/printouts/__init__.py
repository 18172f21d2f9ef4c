"""Documents as files: HTML here, PDF in a process of its own."""
