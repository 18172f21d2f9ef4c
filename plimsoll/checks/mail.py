"""The mail server: accepts a connection, encryption and the password; no mail is sent."""

import asyncio
from urllib.parse import unquote, urlsplit

import aiosmtplib

from plimsoll.checks.finding import Finding
from services.notifier.channels import smtp_faults
from services.notifier.channels.base import Failed, Misconfigured, Refused
from shared.runtime.settings import Settings


async def check(settings: Settings) -> list[Finding]:
    if settings.smtp_url is None:
        return [
            Finding(
                "mail",
                "PLIMSOLL_SMTP_URL is not set here: "
                "no mail server is checked; the services' is in GET /v1/channels",
            )
        ]
    findings = []
    if settings.mail_from is None:
        findings.append(
            Finding(
                "mail",
                "PLIMSOLL_MAIL_FROM is not set",
                "set the sender's address, alerts@your-company.example",
            )
        )
    url = urlsplit(settings.smtp_url)
    where = f"{url.hostname}:{url.port or (465 if url.scheme == 'smtps' else 25)}"
    try:
        async with asyncio.timeout(15):
            await _greet(settings.smtp_url)
    except (aiosmtplib.SMTPException, OSError, UnicodeError) as error:
        found = smtp_faults.outcome(error)
        assert isinstance(found, Misconfigured | Failed | Refused)
        remedy = (
            "check host, port, TLS, user and password in PLIMSOLL_SMTP_URL and any firewall between"
        )
        return [*findings, Finding("mail", f"{where}: {found.reason}", remedy)]
    return [*findings, Finding("mail", f"{where} answers")]


async def _greet(smtp_url: str) -> None:
    url = urlsplit(smtp_url)
    required = "starttls=required" in url.query
    client = aiosmtplib.SMTP(
        hostname=url.hostname,
        port=url.port or (465 if url.scheme == "smtps" else 25),
        use_tls=url.scheme == "smtps",
        start_tls=True if required else None if "starttls=off" not in url.query else False,
        username=unquote(url.username) if url.username else None,
        password=unquote(url.password) if url.password else None,
        timeout=10,
    )
    async with client:
        await client.noop()
