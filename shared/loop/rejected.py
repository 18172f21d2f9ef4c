"""Unusable records: kept once each, with their position, the reason and the content."""

import base64
import codecs
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.erasure import requests as erasure
from shared.events import binary_headers
from shared.kafka.records import Headers

PAYLOAD_BYTES = 65_536
_REASON_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Rejected:
    topic: str
    partition: int
    offset: int
    reason: str
    value: bytes | None
    accounts: Collection[str] = ()
    """Whom the record concerns, as far as known: it is found by these when one of them is erased.
    """
    headers: Headers = ()


async def keep(
    conn: AsyncConnection, service: str, rejects: Sequence[Rejected], at: datetime
) -> None:
    """Stores them in the transaction that advances past their offsets. Existing rows are left
    unchanged.

    Of a record about an erased account only the reason is kept.
    """
    if not rejects:
        return
    barred = await erasure.barred(
        conn, {account for reject in rejects for account in reject.accounts}
    )
    kept = [not barred.keys() & set(reject.accounts) for reject in rejects]
    payloads = [
        payload(reject.value if is_kept else None)
        for reject, is_kept in zip(rejects, kept, strict=True)
    ]
    await conn.execute(
        _KEEP,
        {
            "service": service,
            "topics": [reject.topic for reject in rejects],
            "partitions": [reject.partition for reject in rejects],
            "offsets": [reject.offset for reject in rejects],
            "reasons": [storable(reject.reason) for reject in rejects],
            "texts": [text for text, _ in payloads],
            "base64s": [encoded for _, encoded in payloads],
            "headers": [
                json.dumps(binary_headers(reject.headers if is_kept else ()))
                for reject, is_kept in zip(rejects, kept, strict=True)
            ],
            "accounts": [
                json.dumps(sorted(reject.accounts) if is_kept else [])
                for reject, is_kept in zip(rejects, kept, strict=True)
            ],
            "at": at,
        },
    )


_KEEP = text(
    """
    insert into event_rejected (service, topic, partition, "offset", reason, payload,
        payload_base64, headers, at, accounts)
    select :service, r.topic, r.partition, r."offset", r.reason, r.payload, r.encoded,
           nullif(cast(r.headers as jsonb), 'null'), :at,
           array(select jsonb_array_elements_text(cast(r.accounts as jsonb)))
    from unnest(cast(:topics as text[]), cast(:partitions as int[]), cast(:offsets as bigint[]),
        cast(:reasons as text[]),
                cast(:texts as text[]), cast(:base64s as text[]), cast(:headers as text[]),
                cast(:accounts as text[]))
         as r(topic, partition, "offset", reason, payload, encoded, headers, accounts)
    on conflict (service, topic, partition, "offset") do nothing
    """
)


def payload(value: bytes | None) -> tuple[str | None, str | None]:
    """(text, base64) of at most 64 kB: text if it is UTF-8 without NUL, else base64; (None, None)
    if it is empty.
    """
    if value is None:
        return None, None
    kept = value[:PAYLOAD_BYTES]
    try:
        # A character split by the cut is dropped; in a complete value it is a fault.
        decoded = codecs.getincrementaldecoder("utf-8")().decode(
            kept, final=len(value) == len(kept)
        )
    except UnicodeDecodeError:
        decoded = "\0"
    if "\0" in decoded:
        return None, base64.b64encode(kept).decode()
    return decoded, None


def storable(reason: str) -> str:
    """Valid for a text column, and cut to a readable length."""
    return (
        reason[:_REASON_CHARACTERS]
        .replace("\0", "\\u0000")
        .encode("utf-8", "backslashreplace")
        .decode()
    )
