"""A browser without a window: keeps cookies, sends what forms of the page send."""

import re
from dataclasses import dataclass
from html import unescape
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.support.trust import TRUST

SAME = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Browserlike:
    """Follows no redirect by itself. `http` has the cookies."""

    http: httpx.AsyncClient

    @classmethod
    def at(cls, url: str, **more: Any) -> "Browserlike":
        return cls(
            httpx.AsyncClient(verify=TRUST, base_url=url, timeout=60, trust_env=False, **more)
        )

    async def __aenter__(self) -> "Browserlike":
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.http.aclose()

    async def get(self, address: str, **more: Any) -> httpx.Response:
        return await self.http.get(address, **more)

    async def post(self, address: str, fields: dict[str, str], **more: Any) -> httpx.Response:
        headers = {**SAME, **more.pop("headers", {})}
        return await self.http.post(address, data=fields, headers=headers, **more)

    async def send(self, page: httpx.Response, **typed: str) -> httpx.Response:
        """The last form of a page, with what is typed into it."""
        action, fields = form_of(page)
        return await self.post(action, {**fields, **typed})

    async def to_provider(self, to: str = "/console/today") -> httpx.Response:
        return await self.get("/console/login", params={"to": to})

    async def back(self, begun: httpx.Response) -> httpx.Response:
        """What the console says to the browser that the provider sends back."""
        assert begun.status_code == 303, begun.text
        async with httpx.AsyncClient(verify=TRUST, timeout=60, trust_env=False) as elsewhere:
            sent = await elsewhere.get(begun.headers["location"])
        assert sent.status_code == 302, sent.text
        return await self.get(sent.headers["location"])

    async def log_in(self, to: str = "/console/today") -> httpx.Response:
        return await self.back(await self.to_provider(to))

    async def csrf(self) -> str:
        """Of a page of this session."""
        found = await self.get("/console/today")
        return fields_of(found)["csrf"]

    @property
    def session(self) -> str | None:
        return self.http.cookies.get("plimsoll")


def form_of(page: httpx.Response) -> tuple[str, dict[str, str]]:
    """Where the last form goes, and the fields that it sends as they are."""
    form = page.text.rsplit("<form", 1)[1].split("</form>")[0]
    (action,) = re.findall(r'action="([^"]*)"', form)
    return unescape(action), _fields(form)


def fields_of(page: httpx.Response) -> dict[str, str]:
    """Of all forms."""
    return _fields(page.text)


def _fields(html: str) -> dict[str, str]:
    inputs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', html)
    areas = re.findall(r'<textarea [^>]*?name="([^"]*)"[^>]*>\n?(.*?)</textarea>', html, re.DOTALL)
    return {unescape(name): unescape(value) for name, value in [*inputs, *areas]}


def text_of(page: httpx.Response) -> str:
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", page.text).split()))


def place_of(response: httpx.Response) -> str:
    """Path and query of the address that a redirect leads to."""
    parts = urlsplit(response.headers["location"])
    return parts.path + (f"?{parts.query}" if parts.query else "")
