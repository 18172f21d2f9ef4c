"""A page from its template and its view, in the reader's language, zone and theme."""

import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context as Rendering

from services.console import formats, words
from services.console.assets import address_of
from services.console.headers import page_headers
from services.console.login.forms.masks import masked
from services.console.login.reader import Reader
from services.console.names import Names, capital
from services.console.views.report.vocabulary import Vocabulary
from shared.values.faults import Fault
from shared.web.dependencies import current_context
from shared.wording.language import Language, language

Source = tuple[str, str, Callable[[], bool] | None]
"""Of a template: its text, its file, whether that is still the same."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is written for whoever reads it, also before anybody logged in."""

    language: Language
    time_zone: str
    theme: str
    keys_on: bool

    @property
    def locale(self) -> str:
        return "ja-JP" if self.language == "ja" else "en-GB"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What was refused: the form field (or none), and the reason as the API gave it."""

    field: str
    reason: str


def look_of(request: Request, reader: Reader | None) -> Look:
    if reader is not None:
        return Look(reader.language, reader.time_zone, reader.theme, reader.keys_on)
    asked = request.headers.get("accept-language", "")
    return Look(language(asked.strip() or "en"), "UTC", "system", False)


def page(
    request: Request,
    reader: Reader | None,
    name: str,
    view: Mapping[str, Any],
    *,
    status: int = 200,
    troubles: Sequence[Trouble] = (),
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """`name`: of the template, the words and `data-page`. `view`: what the template calls `v`.
    `troubles`: shown as a summary on top, and beside the fields of these names.
    """
    context = current_context(request)
    look, now = look_of(request, reader), context.clock.now()
    html = (
        _environment()
        .get_template(f"{name}.html")
        .render(
            v=view,
            page=name,
            reader=reader,
            works=_works(request, reader),
            look=look,
            now=now,
            say=words.speaker(name, look.locale, look.time_zone),
            knows=partial(words.knows, name),
            names=context.only(Names),
            troubles=troubles,
            faults={one.field: one.reason for one in troubles},
            section=_section(name),
            made_at=round(time.time(), 3),
            form_token=masked(reader.csrf) if reader else "",
            fresh_key=lambda: secrets.token_hex(16),
            **_asked(request, name),
        )
    )
    return HTMLResponse(html, status, {**page_headers(context.settings), **(headers or {})})


def _asked(request: Request, name: str) -> dict[str, str]:
    """What a page has of its address."""
    path, query = request.url.path, request.url.query
    return {
        "path": path,
        "address": path + (f"?{query}" if query else ""),
        "opened": request.query_params.get("act", ""),
        "said": _said(request, name),
    }


def vocabulary_of(page: str, look: Look, by: str = "") -> Vocabulary:
    """What a report and its codes are called on this page."""
    say = words.speaker(page, look.locale, look.time_zone)
    return Vocabulary(say, partial(words.knows, page), by)


def troubles_of(faults: Sequence[Fault]) -> list[Trouble]:
    """The API's faults as those of form fields: `/data/key` belongs to `data.key`. What a
    fact is refused for begins with its kind, as in the log.
    """
    return [
        Trouble(one.path.strip("/").replace("/", "."), one.reason.removeprefix("field: "))
        for one in faults
    ]


def _works(request: Request, reader: Reader | None) -> bool:
    """Whether forms of the work with customers are shown: to those who may send them, and once more
    with what was typed to those who were just refused.
    """
    return reader is not None and (request.method == "POST" or reader.may("work:write"))


def refusal(status: int, faults: Sequence[Fault]) -> list[Trouble]:
    """What is said of a write that the API refused: 412 is that it has changed meanwhile."""
    return [Trouble("", "newer")] if status == 412 else troubles_of(faults)


def _said(request: Request, name: str) -> str:
    """What a form that led here has done: `?said=closed` is announced by `said.closed`."""
    said = f"said.{request.query_params.get('said', '')}"
    return said if words.knows(name, said) else ""


def _section(page: str) -> str:
    """The entry of the navigation that a page belongs to."""
    first = page.partition("_")[0]
    return {
        "tasks": "today",
        "decisions": "accounts",
        "opportunities": "pipeline",
        "policy": "catalogue",
    }.get(first, first)


class _Views(Environment):
    """`v.clear` is what the view calls so, and not a method of dictionaries."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


class _Lean(PackageLoader):
    """Templates without the indentation of their lines: a list of fifty rows repeats it."""

    def get_source(self, environment: Environment, template: str) -> Source:
        source, name, is_current = super().get_source(environment, template)
        return re.sub(r"(?m)^[ \t]+", "", source), name, is_current


@cache
def _environment() -> Environment:
    environment = _Views(
        loader=_Lean("services.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(_FILTERS)
    environment.filters["named"] = _named
    environment.filters["choices"] = _choices
    environment.filters["capital"] = capital
    environment.globals["static"] = address_of
    environment.globals["zipped"] = lambda values: [(one, one) for one in values]
    return environment


def _filter(write: Callable[..., str], *given: str) -> Callable[..., str]:
    """A format of `formats`, with what it needs of the reader."""

    @pass_context
    def formatted(rendering: Rendering, value: Any, *more: Any) -> str:
        look: Look = rendering["look"]
        known = {"locale": look.locale, "time_zone": look.time_zone, "now": rendering["now"]}
        return write(value, *more, **{name: known[name] for name in given})

    return formatted


@pass_context
def _said_of(rendering: Rendering, names: Sequence[str], prefix: str) -> list[tuple[str, str]]:
    """Options of a choice: each with its words."""
    return [(one, rendering["say"](prefix + one)) for one in names]


def _unnumbered(field: str) -> str:
    """`contacts.0.email` is `contacts.email`: the words are the same for every row."""
    return re.sub(r"\.[0-9]+(?=\.|$)", "", field)


@pass_context
def _named(rendering: Rendering, id: Any, group: str = "") -> str:
    """What people call a plan, a meter, a feature, a person."""
    names: Names = rendering["names"]
    return names.name(id, rendering["look"].language, group)


@pass_context
def _choices(rendering: Rendering, ids: Sequence[str], group: str) -> list[tuple[str, str]]:
    """(value, words) pairs of a form field."""
    return [(id, _named(rendering, id, group)) for id in ids]


_FILTERS: Mapping[str, Callable[..., Any]] = {
    "said_of": _said_of,
    "unnumbered": _unnumbered,
    "tongue": _filter(formats.tongue, "locale"),
    "day": _filter(formats.day, "locale", "time_zone"),
    "weekday": _filter(formats.weekday, "locale", "time_zone"),
    "moment": _filter(formats.moment, "locale", "time_zone"),
    "clock": _filter(formats.clock, "time_zone"),
    "number": _filter(formats.number, "locale"),
    "whole": _filter(formats.whole, "locale"),
    "percent": _filter(formats.percent, "locale"),
    "money": _filter(formats.money, "locale"),
    "amount": _filter(formats.amount, "locale"),
    "away": _filter(formats.in_words, "now", "locale"),
}
