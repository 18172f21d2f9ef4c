"""What a channel is to everything else: one object with all that differs between channels.

`registry.py` lists them. A channel's module has its `Channel`, what may be set of it, and how it
is made from that.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, Literal

from services.notifier.channels.base import Channel, Way
from services.notifier.channels.safe_http import NotAllowed, NotSent, UrlFault, parse_url, permitted
from shared.runtime.context import Context
from shared.runtime.settings import Settings
from shared.web import Body

_RECORDED = timedelta(seconds=35)


@dataclass(frozen=True, slots=True, repr=False)
class Config:
    """`settings` may be shown, `secrets` never. `own`: set over HTTP, not from the environment."""

    name: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, Any]
    own: bool

    @property
    def digest(self) -> str:
        return hashlib.sha256(
            json.dumps([self.settings, self.secrets], sort_keys=True, default=str).encode()
        ).hexdigest()[:32]


@dataclass(frozen=True, slots=True, repr=False)
class Kept:
    """What is stored of a channel's settings. `told`: secrets made now, answered only this once."""

    settings: Mapping[str, Any]
    secrets: Mapping[str, Any]
    told: Mapping[str, Any] = field(default_factory=dict)


class ChannelSettings(Body):
    """The body of `PUT /v1/channels/<name>`: a subclass per channel, with its fields.

    `summary`, `description`: of that operation. `example`: how its settings are shown; a field of
    its own has a line in `states.ChannelShown`. `masked`: the secrets that are shown as `***`.
    """

    summary: ClassVar[str]
    description: ClassVar[str]
    example: ClassVar[Mapping[str, str]]
    masked: ClassVar[tuple[str, ...]] = ()

    def kept(self, before: Mapping[str, Any] | None) -> Kept:
        """`before`: the secrets so far; None if there are none."""
        raise NotImplementedError

    async def check(self, *, allow_private: bool) -> None:
        """Raises UrlFault if the URL may not be set.

        A name that does not resolve now is accepted: it is checked again before every request.
        """
        raise NotImplementedError


class HttpSettings(ChannelSettings):
    """Of a channel that sends over HTTP."""

    url: str

    async def check(self, *, allow_private: bool) -> None:
        target = parse_url(self.url, allow_private=allow_private)
        await check_host(
            target.raw_host.decode("ascii"), target.port or 443, allow_private=allow_private
        )


async def check_host(host: str, port: int, *, allow_private: bool) -> None:
    try:
        await permitted(host, port, allow_private=allow_private)
    except NotAllowed as refused:
        raise UrlFault(str(refused)) from None
    except NotSent:
        return


def _nothing(settings: Settings) -> Kept | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelKind(Way):
    """`timeout`: the seconds of one attempt. `in_flight`: how many attempts run concurrently in one
    process. `repeats`: "safely" if the receiver recognises a repetition; otherwise what was not
    answered is sent "once" more. `make` builds the channel; `environment`: its settings from the
    process's environment, None if that has none.
    """

    timeout: float
    in_flight: int
    repeats: Literal["safely", "once"]
    settings: type[ChannelSettings]
    make: Callable[[Context, Config], Channel]
    environment: Callable[[Settings], Kept | None] = _nothing

    @property
    def lease(self) -> timedelta:
        """Longer than an attempt and the recording of its outcome: no process may take over a
        delivery that is still being sent.
        """
        return timedelta(seconds=self.timeout) + _RECORDED
