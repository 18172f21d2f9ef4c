"""Cookies of log-in: none that a script may read, none that other sites' forms bring."""

from datetime import timedelta

from fastapi.responses import Response

from services.console.login.place import Place


def put(
    response: Response, here: Place, name: str, value: str, lasts: timedelta | None = None
) -> None:
    """Without `lasts` it goes when the browser is closed."""
    seconds = f"; Max-Age={int(lasts.total_seconds())}" if lasts is not None else ""
    secure = "; Secure" if here.secure else ""
    told = f"{name}={value}; Path=/{seconds}; HttpOnly; SameSite=Lax{secure}"
    response.headers.append("Set-Cookie", told)


def take_away(response: Response, here: Place, name: str) -> None:
    put(response, here, name, "", timedelta(0))
