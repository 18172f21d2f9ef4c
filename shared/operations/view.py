"""What was found, as the API shows it, with words for whom it concerns. Pure."""

from collections.abc import Sequence

from shared.operations.shapes import (
    InstanceShown,
    KafkaShown,
    OutboxShown,
    ParkedFault,
    PostgresShown,
    ServiceShown,
)
from shared.operations.standings import Away, Figures, Instance, ParkedKind, Unsent
from shared.telemetry.masking import masked
from shared.values.moments import iso
from shared.wording import sentence

EXPECTED = ("ingest", "trigger", "notifier")
"""Services that belong to every installation."""


def services_shown(
    found: Sequence[Instance] | None, own: Sequence[Instance], lang: str
) -> list[ServiceShown]:
    """Those that belong to every installation, whether or not they run, then others that do.

    `found`: what was read, None if it could not be. `own`: this process's, as they are now.
    """
    known = {(one.name, one.service) for one in own}
    rows = [*(one for one in found or () if (one.name, one.service) not in known), *own]
    by_name: dict[str, list[Instance]] = {} if found is None else {name: [] for name in EXPECTED}
    for one in sorted(rows, key=lambda one: (one.started_at, one.name)):
        by_name.setdefault(one.service, []).append(one)
    return [
        {
            "name": name,
            "instances": [_instance_shown(one) for one in instances],
            "ready": any(one.is_ready for one in instances),
            "reasons": _reasons(name, instances, lang),
        }
        for name, instances in by_name.items()
    ]


def _reasons(service: str, own: Sequence[Instance], lang: str) -> list[str]:
    if not own:
        return [sentence("operations.service.none", {"service": service}, lang)]
    fresh = [one for one in own if one.is_fresh]
    said = []
    for part in sorted({part for one in fresh for part in one.parts}):
        having = [one for one in fresh if part in one.parts]
        known = part if part in ("kafka", "postgres", "loop") else "other"
        given = {
            "service": service,
            "part": part,
            "number": str(len(having)),
            "all": str(len(fresh)),
            "since": iso(min(one.since or one.seen_at for one in having)),
        }
        said.append(sentence(f"operations.part.{known}", given, lang))
    silent = [one for one in own if not one.is_fresh]
    for one in silent[:5]:
        given = {"service": service, "name": one.name, "since": iso(one.seen_at)}
        said.append(sentence("operations.service.silent", given, lang))
    return said


def _instance_shown(one: Instance) -> InstanceShown:
    return {
        "name": one.name,
        "version": one.version,
        "started_at": iso(one.started_at),
        "seen_at": iso(one.seen_at),
        "ready": one.is_ready,
        "fault": one.fault,
    }


def outbox_shown(one: Unsent) -> OutboxShown:
    return {
        "service": one.service,
        "pending": one.pending,
        "oldest_seconds": round(one.oldest_seconds, 1),
    }


def parked_shown(one: ParkedKind) -> ParkedFault:
    return {
        "service": one.service,
        "part": one.part,
        "reason": masked(one.reason, 200),
        "accounts": one.accounts,
        "since": iso(one.since),
    }


def postgres_shown(away: Away | None, figures: Figures | None, lang: str) -> PostgresShown:
    ready = away is None and figures is not None
    return {
        "ready": ready,
        "since": iso(away.since) if away else None,
        "reason": away.reason if away else None,
        "text": _said("postgres", away, lang)
        if away or ready
        else sentence("operations.missing", {}, lang),
        "version": figures.version if figures else None,
        "connections": figures.connections if figures else None,
        "max_connections": figures.max_connections if figures else None,
    }


def kafka_shown(away: Away | None, lang: str) -> KafkaShown:
    return {
        "ready": away is None,
        "since": iso(away.since) if away else None,
        "reason": away.reason if away else None,
        "text": _said("kafka", away, lang),
    }


def _said(part: str, away: Away | None, lang: str) -> str:
    if away is None:
        return sentence(f"operations.{part}.ready", {}, lang)
    return sentence(f"operations.{part}.away", {"since": iso(away.since)}, lang)
