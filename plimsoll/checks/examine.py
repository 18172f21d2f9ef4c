"""All checks, one after the other: a fault in one does not prevent the others."""

import dataclasses
import os
from pathlib import Path
from typing import Any

from plimsoll.checks import (
    accounts,
    channels,
    documents,
    hours,
    identity,
    kafka,
    mail,
    postgres,
    processes,
    secrets,
    services,
)
from plimsoll.checks.finding import Finding
from plimsoll.checks.places import check as places_check
from plimsoll.datadir import Running, find_running
from shared.runtime.setting_values import read_dotenv
from shared.runtime.settings import Settings, SettingsError, load_settings
from shared.values.faults import Fault

_KEYS = {"PLIMSOLL_SECRET_KEY", "PLIMSOLL_ADMIN_KEY"}
_SECURITY = ("PLIMSOLL_KAFKA_SECURITY", "PLIMSOLL_KAFKA_SASL", "PLIMSOLL_KAFKA_SSL")


async def examine(data: Path | None) -> list[Finding]:
    settings, faults = _settings()
    settings, running, places = _addresses(settings, data, faults)
    findings = [*_configuration(faults, running), *places]
    faulty = {fault.path for fault in faults}
    if settings.database_url:
        findings += await postgres.check(settings.database_url)
        findings += await accounts.check(settings.database_url)
        findings += await hours.check(settings.database_url)
        findings += await processes.check(settings.database_url)
    told = running is not None and running.settings is not None
    if settings.kafka_bootstrap_servers and (
        told or not any(name.startswith("PLIMSOLL_KAFKA_") for name in faulty)
    ):
        findings += await kafka.check(settings)
        findings += await places_check(settings)
    findings += await mail.check(settings)
    findings += await channels.check(settings)
    findings += await documents.check()
    findings += await identity.check(settings)
    findings += _keys(settings, faulty)
    if settings.database_url and not faulty & _KEYS:
        findings += await secrets.check(settings)
    if running:
        findings += await services.check(running.url)
    return findings


def _settings() -> tuple[Settings, tuple[Fault, ...]]:
    """The settings without the faulty ones: the others can still be checked."""
    environ = _environ()
    faults: tuple[Fault, ...] = ()
    while True:
        try:
            return load_settings(environ), faults
        except SettingsError as error:
            # The rest may no longer fit together, such as a password without its user. That is not
            # another fault.
            faults = faults or error.faults
            environ = _without(environ, {fault.path for fault in error.faults})


def _environ() -> dict[str, str]:
    return {**read_dotenv(Path(".env")), **os.environ}


def _without(environ: dict[str, str], faulty: set[str]) -> dict[str, str]:
    """If one of Kafka's security settings is faulty, all of them are dropped."""
    security = any(name.startswith(_SECURITY) for name in faulty)
    return {
        name: value
        for name, value in environ.items()
        if not faulty & {name, name.removesuffix("_FILE")}
        and not (security and name.startswith(_SECURITY))
    }


def _configuration(faults: tuple[Fault, ...], running: Running | None) -> list[Finding]:
    if not faults:
        return [
            Finding(
                "configuration",
                f"{sum(name.startswith('PLIMSOLL_') for name in _environ())} settings, "
                "all understood",
            )
        ]
    if running:
        # A running service has read its own settings when it started.
        what = "these are the settings of this shell, not those of the running services"
        return [
            Finding(
                "configuration",
                f"{fault.path} {fault.reason} ({what})",
                f"correct or remove {fault.path}",
                warning=True,
            )
            for fault in faults
        ]
    return [
        Finding("configuration", f"{fault.path} {fault.reason}", f"correct or remove {fault.path}")
        for fault in faults
    ]


def _keys(settings: Settings, faulty: set[str]) -> list[Finding]:
    given = settings.database_url and settings.kafka_bootstrap_servers
    if (
        settings.embedded
        or settings.admin_key
        or settings.secret_key
        or not given
        or faulty & _KEYS
    ):
        return []
    remedy = "set PLIMSOLL_SECRET_KEY to 32 random characters or more, the same for every process"
    what = (
        "neither PLIMSOLL_SECRET_KEY nor PLIMSOLL_ADMIN_KEY is set here: "
        "services with these settings would not start"
    )
    return [Finding("keys", what, remedy, warning=True)]


def _addresses(
    settings: Settings, data: Path | None, faults: tuple[Fault, ...]
) -> tuple[Settings, Running | None, list[Finding]]:
    place, running = find_running(data)
    if running and _means(settings, running):
        settings = dataclasses.replace(
            settings,
            database_url=settings.database_url or running.database_url,
            kafka_bootstrap_servers=settings.kafka_bootstrap_servers or running.kafka,
            embedded=True,
            data_dir=place,
            **_told(running),
        )
        return (
            settings,
            running,
            [Finding("installation", f"is running on {place} as {running.url}")],
        )
    if settings.database_url and settings.kafka_bootstrap_servers:
        return (
            settings,
            None,
            [Finding("installation", "PostgreSQL and Kafka are named by settings")],
        )
    missing = _missing(settings, faults)
    if not missing:
        return settings, None, []
    remedy = f"start one with `plimsoll up --data {place}`, or set {' and '.join(missing)}"
    why = (
        f"the installation on {place} has other addresses than the settings"
        if running
        else f"none is running on {place}"
    )
    return (
        settings,
        None,
        [Finding("installation", f"{why}; not set: {', '.join(missing)}", remedy)],
    )


def _missing(settings: Settings, faults: tuple[Fault, ...]) -> list[str]:
    """The settings that should name a server and do not. A faulty one has its own finding."""
    named = {
        "PLIMSOLL_DATABASE_URL": settings.database_url,
        "PLIMSOLL_KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
    }
    faulty = {fault.path for fault in faults}
    return [name for name, value in named.items() if not value and name not in faulty]


def _told(running: Running) -> dict[str, Any]:
    """Settings that this shell lacks are those of the running installation; its Kafka credentials
    always are.
    """
    environ = _environ()
    unset = {
        name: value
        for name, value in (running.settings or {}).items()
        if not {f"PLIMSOLL_{name.upper()}", f"PLIMSOLL_{name.upper()}_FILE"} & environ.keys()
    }
    return unset | running.kafka_settings


def _means(settings: Settings, running: Running) -> bool:
    """Addresses in settings take precedence, as for every command: an installation with other
    addresses is not the one they name.
    """
    given = (
        (settings.database_url, running.database_url),
        (settings.kafka_bootstrap_servers, running.kafka),
    )
    return all(ours in (None, theirs) for ours, theirs in given)
