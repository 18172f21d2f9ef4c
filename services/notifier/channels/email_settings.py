"""The mail server: what may be set of it, and the channel made from that."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field

from services.notifier.channels.base import Channel
from services.notifier.channels.email import EmailChannel, read_smtp_url
from services.notifier.channels.kind import ChannelSettings, Config, Kept, check_host
from services.notifier.channels.mime import AddressFault, sender
from services.notifier.delivery import compose
from services.notifier.feedback.link import offer_links
from services.notifier.unsubscribe.link import unsubscribe_url
from shared.runtime.context import Context
from shared.runtime.setting_values import smtp_url
from shared.runtime.settings import Settings

DEFAULT_SENDER = "plimsoll@localhost.localdomain"


def _sender(value: str) -> str:
    try:
        sender(value)
    except AddressFault:
        raise ValueError("is not an e-mail address") from None
    return value


class EmailSettings(ChannelSettings):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"url": "smtps://user:pass@mail.example.com", "from": "alerts@example.com"}
        }
    )
    summary: ClassVar[str] = "Set the mail server"
    description: ClassVar[str] = "Replaces the mail server from the process's environment."
    example: ClassVar[Mapping[str, str]] = {
        "url": "smtp://user:***@mail.example.com:587?starttls=required",
        "from": "alerts@example.com",
    }
    url: Annotated[str, AfterValidator(smtp_url)]
    sender: Annotated[str, AfterValidator(_sender), Field(alias="from")]

    def kept(self, before: Mapping[str, Any] | None) -> Kept:
        return Kept({"from": self.sender}, {"url": self.url})

    async def check(self, *, allow_private: bool) -> None:
        """An internal mail server can only be set through the environment."""
        parts = urlsplit(self.url)
        await check_host(parts.hostname or "", parts.port or 25, allow_private=allow_private)


def of_environment(settings: Settings) -> Kept | None:
    if settings.smtp_url is None:
        return None
    return Kept({"from": settings.mail_from or DEFAULT_SENDER}, {"url": settings.smtp_url})


def make(context: Context, config: Config) -> Channel:
    guarded = config.own and not context.settings.allow_private_urls
    smtp = read_smtp_url(config.secrets["url"], config.settings["from"], guarded=guarded)
    link, offers = unsubscribe_url(context), offer_links(context)
    return EmailChannel(
        smtp,
        lambda delivery: compose.mail(delivery, link, context.clock.now(), offers),
        context.clock.now,
    )
