"""Shows a page of log-in."""

from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import Response

from services.console import render
from services.console.login.reader import Reader
from services.console.views.login import Notice, view


def show(
    request: Request,
    reader: Reader | None,
    notice: Notice,
    status: int,
    headers: Mapping[str, str] | None = None,
) -> Response:
    return render.page(request, reader, "login", view(notice), status=status, headers=headers)
