"""What is known about an account: the facts as they arrive, and what they add up to. Pure."""
