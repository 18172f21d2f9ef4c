"""Settings of the measured services."""

import secrets

from shared.embedded import Addresses


def environment(stack: Addresses, database_url: str) -> dict[str, str]:
    return {
        "PLIMSOLL_DATABASE_URL": database_url,
        "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": stack.kafka,
        "PLIMSOLL_TOPIC_PREFIX": f"b{secrets.token_hex(4)}.",
        "PLIMSOLL_ADMIN_KEY": secrets.token_hex(24),
        "PLIMSOLL_SECRET_KEY": secrets.token_hex(24),
        "PLIMSOLL_ALLOW_PRIVATE_URLS": "on",
        "PLIMSOLL_PORT": "0",
    }
