"""What all pages of an opportunity share: reading it with its account's name, and appending to its
log.
"""

from dataclasses import dataclass
from typing import Any

from fastapi.responses import RedirectResponse, Response

from services.console.addresses import is_ours, path_part, with_said
from services.console.ask import Answered, Asker
from services.console.login.forms.fields import Fields
from services.console.names import persons
from shared.web import Problem

FEW = 30


@dataclass(frozen=True, slots=True)
class Deal:
    """`found`: the opportunity. `name`: of its account, its id if that is away. `entries`: None
    where they are away.
    """

    found: dict[str, Any]
    name: str
    locale: str
    entries: list[Any] | None
    people: list[tuple[str, str]]
    sellers: list[tuple[str, str]]
    """Those of the people whom a deal can be handed to."""
    contacts: list[tuple[str, str]]
    """Of the account; none while that is away."""


async def read(ask: Asker, id: str) -> Deal:
    """Raises Problem if there is no such opportunity."""
    path = f"/v1/opportunities/{path_part(id)}"
    parts = await ask.parts(
        deal=ask.get(path),
        entries=ask.get(f"{path}/entries", {"limit": FEW}),
        people=ask.people(),
    )
    answered = parts["deal"].answered
    if answered is None or not answered.ok:
        raise Problem(503 if answered is None else answered.status, "No such opportunity.")
    found = answered.body
    account = (await ask.parts(account=ask.get(f"/v1/accounts/{path_part(found['account'])}")))[
        "account"
    ].ready
    entries, people = parts["entries"].ready, parts["people"].ready
    return Deal(
        found,
        account["name"] if account else found["account"],
        account["locale"] if account else "",
        entries["data"] if entries else None,
        persons(people),
        persons(people, "sales"),
        [(one["id"], one["name"]) for one in account["contacts"]] if account else [],
    )


async def append(ask: Asker, id: str, body: Any, form: Fields) -> Answered:
    return await ask.send(
        "POST",
        f"/v1/opportunities/{path_part(id)}/entries",
        body,
        key=form.get("idempotency_key"),
        revision=form.get("revision"),
    )


def done(form: Fields, page: str, said: str) -> Response:
    """Back to where the form was, which then says what was done."""
    to = form.get("to_page")
    return RedirectResponse(with_said(to if is_ours(to) else page, said), 303)


def since(entries: list[Any] | None, form: Fields | None) -> list[Any]:
    """What was appended since the form was filled, newest first."""
    known = form.get("revision") if form else ""
    return [one for one in entries or () if known.isdecimal() and one["seq"] > int(known)]
