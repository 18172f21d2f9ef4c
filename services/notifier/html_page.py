"""The frame of the pages behind the links of a mail."""

from html import escape

from fastapi.responses import HTMLResponse, Response

from shared.wording import sentence

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # anyone who has the URL may act
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
}
_PAGE = (
    "<!doctype html>\n"
    '<html lang="{lang}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">\n'
    "<title>{title}</title><style>body{{font:1rem/1.6 system-ui,sans-serif;max-width:32rem;"
    "margin:4rem auto;padding:0 1rem}}\n"
    "button{{font:inherit;padding:.5rem 1rem}}\n"
    "form{{margin:1rem 0}}</style></head>"
    "<body><main><h1>{title}</h1><p>{text}</p>{form}</main></body></html>\n"
)


def page(title: str, said: str, locale: str, form: str) -> Response:
    """`title` and `said` are sentences; `form` is HTML."""
    words = {"title": title, "text": said}
    texts = {name: escape(sentence(key, {}, locale)) for name, key in words.items()}
    lang = "ja" if locale[:2].lower() == "ja" else "en"
    return HTMLResponse(_PAGE.format(lang=lang, form=form, **texts), headers=HEADERS)
