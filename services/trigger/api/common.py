"""What the trigger's endpoints share: the `Watch`, transactions, 404s and examples."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncConnection

from services.trigger.accounts import Account, Terms
from services.trigger.alerts.watch import Watch
from services.trigger.outcome import Outcome
from services.trigger.subscriptions.plan_changes import Unknown
from services.trigger.tables import accounts
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.web import CurrentContext, Problem


def _current_watch(context: CurrentContext) -> Watch:
    return context.given(Watch)


CurrentWatch = Annotated[Watch, Depends(_current_watch)]


@asynccontextmanager
async def deciding(context: Context) -> AsyncIterator[tuple[AsyncConnection, Outcome]]:
    """One transaction; its commit sends the outcome. 404 if the account is erased meanwhile."""
    outcome = Outcome()
    try:
        async with transaction(context.engine) as conn:
            yield conn, outcome
            await context.outbox("trigger").write(conn, outcome.messages)
    except Unknown:
        raise unknown_account() from None
    if outcome.messages:
        context.outbox("trigger").wake()
    outcome.count()


async def account_or_404(conn: AsyncConnection, account: str) -> Account:
    found = await accounts.find(conn, account)
    if found is None:
        raise unknown_account()
    return found


async def terms_or_404(conn: AsyncConnection, account: str, now: datetime) -> Terms:
    found = (await accounts.terms_of(conn, [account], now)).get(account)
    if found is None:
        raise unknown_account()
    return found


def unknown_account() -> Problem:
    return Problem(404, "No account has this id.")


def shows(
    example: Any, status: int = 200, description: str = "Done", model: Any = None
) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI example of an answer.

    `model`: for an answer other than the endpoint's return type.
    """
    shown = {"description": description, "content": {"application/json": {"example": example}}}
    return {status: shown if model is None else shown | {"model": model}}


def example_of(body: Any) -> dict[str, Any]:
    """`openapi_extra` with an example of the body."""
    return {"requestBody": {"content": {"application/json": {"example": body}}}}
