"""Log-in with an identity provider, sessions, and what a form must prove."""
