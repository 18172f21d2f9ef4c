"""The CRM: what may be set of it, and the channel made from that."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, ConfigDict

from services.notifier.channels.base import Channel
from services.notifier.channels.hubspot.api import (
    DEFAULT_VERSION,
    REPLY_LIMIT,
    HubSpotApi,
    HubSpotConfig,
)
from services.notifier.channels.hubspot.channel import HubSpotChannel
from services.notifier.channels.kind import Config, HttpSettings, Kept
from services.notifier.channels.safe_http import SafeHttp
from services.notifier.delivery import compose
from shared.runtime.context import Context


def _token(value: str) -> str:
    if not (value.isascii() and value.isprintable()) or " " in value or not 1 <= len(value) <= 1000:
        raise ValueError("must be 1 to 1000 printable ASCII characters without spaces")
    return value


def _version(value: str) -> str:
    if not (value.isascii() and value.replace("-", "").isalnum()) or len(value) > 20:
        raise ValueError("must be a version of HubSpot's API such as 2026-03")
    return value


class HubSpotSettings(HttpSettings):
    model_config = ConfigDict(
        json_schema_extra={"example": {"url": "https://api.hubapi.com", "token": "pat-eu1-0123"}}
    )
    summary: ClassVar[str] = "Set the CRM"
    description: ClassVar[str] = "Ends a block and tries again, even if nothing has changed."
    example: ClassVar[Mapping[str, str]] = {
        "url": "https://api.hubapi.com",
        "version": DEFAULT_VERSION,
        "token": "***",
    }
    masked: ClassVar[tuple[str, ...]] = ("token",)
    token: Annotated[str, AfterValidator(_token)]
    version: Annotated[str, AfterValidator(_version)] = DEFAULT_VERSION

    def kept(self, before: Mapping[str, Any] | None) -> Kept:
        return Kept({"url": self.url, "version": self.version}, {"token": self.token})


def make(context: Context, config: Config) -> Channel:
    http = SafeHttp(allow_private=context.settings.allow_private_urls, reply_limit=REPLY_LIMIT)
    hubspot = HubSpotConfig(
        config.settings["url"], config.secrets["token"], config.settings["version"]
    )
    return HubSpotChannel(
        HubSpotApi(hubspot, http, context.clock.now), compose.task_order, context.clock.now
    )
