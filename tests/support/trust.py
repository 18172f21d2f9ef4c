"""The authorities that the clients of tests trust, read once: each client that reads its own takes
a fortieth of a second.
"""

import ssl

TRUST = ssl.create_default_context()
