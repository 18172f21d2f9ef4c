"""What a form brings and must prove, and what becomes of it where it cannot."""
