"""What a form must prove before anything changes: that a page of ours sent it, in this session."""

from typing import Annotated

from fastapi import Depends, Request

from services.console.login.forms import refusal
from services.console.login.forms.fields import (
    Fields,
    came_from_us,
    fields_of,
    given_token,
)
from services.console.login.forms.masks import is_token
from services.console.login.instead import Instead
from services.console.login.sessions import SignedIn


async def form(request: Request, reader: SignedIn) -> Fields:
    """A dependency: what the form brought, without its token. 403 unless it came from a page of
    this session.
    """
    fields = await fields_of(request)
    ours = came_from_us(request)
    if not ours or not is_token(given_token(request, fields), reader.csrf):
        raise Instead(refusal.not_proven(request, reader, fields.typed, ours=ours))
    return fields.typed


Form = Annotated[Fields, Depends(form)]
