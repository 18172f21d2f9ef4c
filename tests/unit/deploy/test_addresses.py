"""Addresses that the pages name are offered, and docs/product-developers.md has all of them."""

import re

from services.notifier.channels.registry import KINDS
from tests.support.description import scopes
from tests.support.pages import DEVELOPERS, blocks, pages, rows, section, spans
from tests.unit.deploy.conftest import Offered

_METHODS = "GET|PUT|POST|PATCH|DELETE"
_NOT_OURS = {"/alerts-token"}  # the customer's own


def test_the_developers_page_has_every_address(offered: Offered) -> None:
    told = {
        (method, _shape(path))
        for methods, *_ in rows(section(DEVELOPERS, "Every address"))
        for names, path in re.findall(rf"`((?:{_METHODS})(?:, (?:{_METHODS}))*) ([^`]+)`", methods)
        for method in names.split(", ")
    }
    # docs/channels.md has what each channel takes.
    settable = {("PUT", f"/v1/channels/{kind.name}") for kind in KINDS}
    offers = {offer for found in offered.values() for offer in found}
    assert settable <= offers
    every = {(method, _shape(path)) for method, path in offers - settable} | {
        ("GET", "/openapi.json"),
        ("PUT", "/v1/channels/{}"),
    }
    assert told == every


async def test_the_developers_page_tells_the_scope_of_every_change() -> None:
    """A bracket is for the addresses before it in its row; without one it is `read`."""
    needed = await scopes()
    wrong = []
    for methods, *_ in rows(section(DEVELOPERS, "Every address")):
        waiting: list[tuple[str, str]] = []
        for address, bracket in re.findall(r"`([^`]+)`|\[([\w:]+)", methods + " [read"):
            if not bracket:
                names, _, path = address.rpartition(" ")
                waiting += [(name, path) for name in names.split(", ") if name != "GET"]
                continue
            wrong += [one for one in waiting if needed.get(one, bracket) != bracket]
            waiting = []
    assert wrong == []


def test_every_address_that_a_page_names_is_offered(offered: Offered) -> None:
    every = {(method, _shape(path)) for found in offered.values() for method, path in found} | {
        ("GET", "/openapi.json")
    }
    paths = {path for _, path in every}
    unknown = []
    for page in pages():
        for text in (
            *spans(page),
            *(line for block in blocks(page) for line in block.text.splitlines()),
        ):
            unknown += [
                (page.name, text)
                for method, path in _named(text)
                if not _offered(method, path, every, paths)
            ]
    assert unknown == []


def _named(text: str) -> list[tuple[str | None, str]]:
    """`GET /v1/x?y`, `/v1/x`, `localhost:8000/v1/x`, `PUT /v1/channels/{name} {"url": …}`; a|b
    stands for two.
    """
    found = re.findall(
        rf"(?:\b({_METHODS}) )?(?:(?<=[\s'\"`(])|^|:8000)"
        r"(/(?:v1/[\w{}/:|.-]+|healthz|readyz|metrics|openapi\.json))",
        text,
    )
    return [
        (method or None, path)
        for method, paths in found
        if not paths.endswith("/")
        for path in _alternatives(paths)
    ]


def _alternatives(path: str) -> list[str]:
    start, _, last = path.rpartition("/")
    return [f"{start}/{end}" for end in last.split("|")]


def _offered(method: str | None, path: str, every: set[tuple[str, str]], paths: set[str]) -> bool:
    if path in _NOT_OURS:
        return True
    known = paths if method is None else {found for name, found in every if name == method}
    return any(
        re.fullmatch(re.sub(r"\\\{\\\}", "[^/:]+", re.escape(offer)), _shape(path))
        for offer in known
    )


def _shape(path: str) -> str:
    """`{account}` and `{id}` are the same; so is a name that stands for one."""
    return re.sub(r"\{\w+\}", "{}", path)
