"""Real Apache Kafka and PostgreSQL servers, installed from Python packages only.

For `plimsoll demo`, `plimsoll up` without addresses, and the tests, so that a newcomer sees what
the tests run on.
"""

from shared.embedded.errors import EmbeddedError
from shared.embedded.kafka import EmbeddedKafka
from shared.embedded.postgres import EmbeddedPostgres
from shared.embedded.stack import Addresses, EmbeddedStack, Given, remove_data

__all__ = [
    "Addresses",
    "EmbeddedError",
    "EmbeddedKafka",
    "EmbeddedPostgres",
    "EmbeddedStack",
    "Given",
    "remove_data",
]
