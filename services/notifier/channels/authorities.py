"""Which certificates are trusted."""

import ssl
from functools import cache


@cache
def trusted() -> ssl.SSLContext:
    """By this machine's authorities; read once, which takes 20 ms."""
    return ssl.create_default_context()
