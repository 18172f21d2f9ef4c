"""Pages that say one thing: that something was refused, is over, or has to be confirmed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from services.console.login.reader import Reader
from shared.wording.language import language
from shared.wording.texts.console.login import SENTENCES

Variables = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of `shared/wording/texts/console/login.py` by its key."""

    key: str
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """A form: `hidden` fields, the `typed` texts, and the key of its button."""

    action: str
    button: str
    hidden: Sequence[tuple[str, str]] = ()
    typed: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """`links`: (address, key). `typed`: what was typed and not sent, to copy."""

    title: str
    said: Sequence[Said] = ()
    links: Sequence[tuple[str, str]] = ()
    forms: Sequence[Asked] = ()
    typed: Sequence[tuple[str, str]] = ()


def show(
    request: Request,
    reader: Reader | None,
    notice: Notice,
    status: int,
    headers: Mapping[str, str] | None = None,
) -> Response:
    locale = (
        reader.language
        if reader is not None
        else language(request.headers.get("accept-language", "").strip() or "en")
    )

    def say(key: str, variables: Variables | None = None) -> str:
        return escape(SENTENCES[key].say(variables or {}, locale))

    parts = [f"<h1>{say(notice.title)}</h1>"]
    parts += [f"<p>{say(one.key, one.variables)}</p>" for one in notice.said]
    parts += [_area(name, told, "readonly") for name, told in notice.typed]
    parts += [_form(one, say(one.button)) for one in notice.forms]
    parts += [f'<p><a href="{escape(to)}">{say(key)}</a></p>' for to, key in notice.links]
    html = (
        f'<!doctype html><html lang="{locale}"><head><meta charset="utf-8">'
        f"<title>{say(notice.title)}</title></head>"
        f'<body data-page="login"><main id="main">{"".join(parts)}</main></body></html>'
    )
    policy = "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    told = {"Content-Security-Policy": policy, "Referrer-Policy": "same-origin"}
    return HTMLResponse(html, status, {**told, **(headers or {})})


def _form(asked: Asked, button: str) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(told)}">'
        for name, told in asked.hidden
    )
    typed = "".join(_area(name, told, f'name="{escape(name)}"') for name, told in asked.typed)
    return (
        f'<form method="post" action="{escape(asked.action)}">'
        f"{hidden}{typed}<button>{button}</button></form>"
    )


def _area(name: str, told: str, attribute: str) -> str:
    return f"<p><label>{escape(name)}<textarea {attribute}>\n{escape(told)}</textarea></label></p>"
