"""All checks, one after the other: a fault in one does not keep the others from being made."""

import dataclasses
import os
from pathlib import Path

from plimsoll.checks import channels, kafka, mail, postgres, services
from plimsoll.checks.finding import Finding
from plimsoll.datadir import Running, find_running
from shared.setting_values import read_dotenv
from shared.settings import Settings, SettingsError, load_settings


async def examine(data: Path | None) -> list[Finding]:
    settings, findings = _settings()
    settings, running, places = _addresses(settings, data)
    findings += places
    if settings.database_url:
        findings += await postgres.check(settings.database_url)
    if settings.kafka_bootstrap_servers:
        findings += await kafka.check(settings)
    findings += await mail.check(settings)
    findings += await channels.check(settings)
    findings += _keys(settings)
    if running:
        findings += await services.check(running.url)
    return findings


def _settings() -> tuple[Settings, list[Finding]]:
    """The settings, without those that are faulty: what the others say can be checked all the same."""
    environ = {**read_dotenv(Path(".env")), **os.environ}
    try:
        settings = load_settings(environ)
    except SettingsError as error:
        faulty = {fault.path for fault in error.faults}
        sound = {name: value for name, value in environ.items() if not faulty & {name, name.removesuffix("_FILE")}}
        findings = [Finding("configuration", f"{fault.path} {fault.reason}", f"correct or remove {fault.path}") for fault in error.faults]
        return _loaded(sound), findings
    return settings, [Finding("configuration", f"{sum(name.startswith('PLIMSOLL_') for name in environ)} settings, all understood")]


def _loaded(environ: dict[str, str]) -> Settings:
    try:
        return load_settings(environ)
    except SettingsError:  # what is left does not fit together any more
        return Settings()


def _keys(settings: Settings) -> list[Finding]:
    given = settings.database_url and settings.kafka_bootstrap_servers
    if settings.embedded or settings.admin_key or settings.secret_key or not given:
        return []
    remedy = "set PLIMSOLL_SECRET_KEY to 32 random characters or more, the same for every process"
    return [Finding("keys", "neither PLIMSOLL_SECRET_KEY nor PLIMSOLL_ADMIN_KEY is set: the services do not start", remedy)]


def _addresses(settings: Settings, data: Path | None) -> tuple[Settings, Running | None, list[Finding]]:
    place, running = find_running(data)
    if running and _means(settings, running):
        settings = dataclasses.replace(
            settings,
            database_url=settings.database_url or running.database_url,
            kafka_bootstrap_servers=settings.kafka_bootstrap_servers or running.kafka,
            embedded=True,
        )
        return settings, running, [Finding("installation", f"runs on {place} as {running.url}")]
    if settings.database_url and settings.kafka_bootstrap_servers:
        return settings, None, [Finding("installation", "PostgreSQL and Kafka are given by settings")]
    missing = [
        f"PLIMSOLL_{name}"
        for name, value in (("DATABASE_URL", settings.database_url), ("KAFKA_BOOTSTRAP_SERVERS", settings.kafka_bootstrap_servers))
        if not value
    ]
    remedy = f"start one with `plimsoll up --data {place}`, or set {' and '.join(missing)}"
    why = f"what runs on {place} has other addresses than the settings" if running else f"none runs on {place}"
    return settings, None, [Finding("installation", f"{why}; not set: {', '.join(missing)}", remedy)]


def _means(settings: Settings, running: Running) -> bool:
    """Addresses that are set win, as for every command: what runs on others is not the installation that they name."""
    given = ((settings.database_url, running.database_url), (settings.kafka_bootstrap_servers, running.kafka))
    return all(ours in (None, theirs) for ours, theirs in given)
