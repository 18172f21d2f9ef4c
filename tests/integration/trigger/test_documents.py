"""Documents over HTTP, as HTML and as PDF, and what writes PDF."""

import asyncio
import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import IndirectObject

from plimsoll.checks import documents as check
from services.trigger.printouts.printer import NotPrintable, Printer, PrintFailed, zipped
from services.trigger.process.documents.documents import NAMES
from shared.security.api_keys import create_key
from tests.integration.trigger.test_opportunities import begun
from tests.support.desk import Desk
from tests.unit.trigger.process.documents.papers import approved, known, maruta, page, seen

PAGE = (
    '<!doctype html><html lang="ja"><head><title>題</title></head><body><h1>題</h1></body></html>'
)


@pytest.fixture
async def printer() -> Printer:
    made = Printer()
    try:
        await made.ready()
    except NotPrintable as missing:
        pytest.skip(f"WeasyPrint does not work here: {missing}")
    return made


@pytest.fixture
def without_pango(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """WeasyPrint as it fails to be imported without its library."""
    (tmp_path / "weasyprint.py").write_text('raise OSError("cannot load library libpango-1.0-0")\n')
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


async def test_a_document_and_the_bundle_over_http(desk: Desk) -> None:
    made = await begun(desk)
    path = f"/v1/opportunities/{made['id']}"
    for name in NAMES:
        found = await desk.http.get(f"{path}/documents/{name}")
        assert found.status_code == 200
        assert found.headers["content-type"] == "text/html; charset=utf-8"
        assert found.headers["content-disposition"] == f'inline; filename="{name}.html"'
        assert found.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in found.headers["content-security-policy"]
        assert '<html lang="ja">' in found.text
        assert "Aozora" in found.text
    one, two = [await desk.http.get(f"{path}/bundle?lang=en") for _ in range(2)]
    assert one.content == two.content
    assert one.headers["content-type"] == "application/zip"
    assert one.headers["content-disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(one.content)) as archive:
        assert archive.namelist() == [f"{name}.html" for name in NAMES]
        alone = await desk.http.get(f"{path}/documents/{NAMES[0]}?lang=en")
        assert archive.read(f"{NAMES[0]}.html") == alone.content
        assert '<html lang="en">' in alone.text
    await refused(desk, path)


async def refused(desk: Desk, path: str) -> None:
    for wrong, status, place in (
        ("/documents/invoice", 404, None),
        ("/documents/roi_analysis?format=docx", 422, "query.format"),
        ("/documents/roi_analysis?lang=x!", 422, "query.lang"),
        ("/bundle?format=tar", 422, "query.format"),
        ("/bundle?lang=", 422, "query.lang"),
    ):
        found = await desk("GET", f"{path}{wrong}", want=status)
        assert [one["path"] for one in found["errors"]] == ([place] if place else [])
    await desk("GET", "/v1/opportunities/nobody/documents/roi_analysis", want=404)
    await desk("GET", "/v1/opportunities/nobody/bundle", want=404)
    key = await create_key(desk.context.engine, "other", ["events:write"])
    other = {"Authorization": f"Bearer {key}"}
    await desk("GET", f"{path}/bundle", want=403, headers=other)


async def test_pdf_over_http(desk: Desk, printer: Printer) -> None:
    made = await begun(desk)
    path = f"/v1/opportunities/{made['id']}"
    found = await desk.http.get(f"{path}/documents/plan_comparison?format=pdf&lang=ja")
    assert found.headers["content-type"] == "application/pdf"
    assert found.headers["content-disposition"] == 'inline; filename="plan_comparison.pdf"'
    assert "プラン比較" in PdfReader(io.BytesIO(found.content)).pages[0].extract_text()
    bundle = await desk.http.get(f"{path}/bundle?format=pdf")
    with zipfile.ZipFile(io.BytesIO(bundle.content)) as archive:
        assert archive.namelist() == [f"{name}.pdf" for name in NAMES]
        assert all(archive.read(one).startswith(b"%PDF-1.7") for one in archive.namelist())


@pytest.mark.usefixtures("without_pango")
async def test_where_pdf_cannot_be_written_it_says_what_is_missing(desk: Desk) -> None:
    made = await begun(desk)
    found = await desk("GET", f"/v1/opportunities/{made['id']}/bundle?format=pdf", want=406)
    assert "libpango" in found["detail"]
    assert "plimsoll doctor" in found["detail"]
    (finding,) = await check.check()
    assert finding.warning
    assert finding.remedy is not None
    assert "plimsoll[pdf]" in finding.remedy


async def test_what_writes_pdf_is_found_where_it_is(printer: Printer) -> None:
    assert [one.remedy for one in await check.check(printer)] == [None]


async def test_a_pdf_is_tagged_for_those_who_cannot_see_it(printer: Printer) -> None:
    """PDF/UA-1: its language, its title, its claim, and a tag for each part."""
    text = PAGE.replace(
        "</body>",
        '<h2>二</h2><table><thead><tr><th scope="col">a</th></tr></thead>'
        "<tbody><tr><td>1</td></tr></tbody></table><ul><li>x</li></ul></body>",
    )
    one, two = [(await printer.pdf([text]))[0] for _ in range(2)]
    assert one == two
    root: Any = PdfReader(io.BytesIO(one)).trailer["/Root"]
    assert root["/Lang"] == "ja"
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    tags = list(_tags(root["/StructTreeRoot"]))
    assert [tag for tag in tags if tag in _WANTED] == ["/H1", "/H2", "/Table", "/TH", "/TD", "/L"]


_WANTED = ("/H1", "/H2", "/Table", "/TH", "/TD", "/L")


def _tags(node: Any) -> Iterator[str]:
    node = node.get_object() if isinstance(node, IndirectObject) else node
    if isinstance(node, list):
        for one in node:
            yield from _tags(one)
    elif isinstance(node, dict):
        if "/S" in node:
            yield str(node["/S"])
        yield from _tags(node.get("/K", []))


async def test_a_document_loads_nothing_even_if_it_asks(printer: Printer, tmp_path: Path) -> None:
    secret = tmp_path / "secret.css"
    secret.write_text("h1::after { content: 'leaked' }")
    text = PAGE.replace("</head>", f'<link rel="stylesheet" href="{secret.as_uri()}"></head>')
    (found,) = await printer.pdf([text])
    assert "leaked" not in PdfReader(io.BytesIO(found)).pages[0].extract_text()


async def test_the_largest_document_is_printed_in_its_time(printer: Printer) -> None:
    """A hundred approvers with names as long as may be, and a need of unbreakable text."""
    of = seen(known(name="W" * 200).told("need.stated", feature="webhooks", text="W" * 10_000))
    names = [{"name": "<b>\u0628" * 40, "title": "株" * 200} for _ in range(100)]
    state = approved(maruta(of), of, approvers=names)
    (found,) = await printer.pdf([page("executive_summary", state, of)])
    assert len(PdfReader(io.BytesIO(found)).pages) > 10


async def test_what_fails_or_takes_too_long_is_ended_and_said() -> None:
    broken = Printer((sys.executable, "-c", "raise SystemExit('no paper')"))
    with pytest.raises(PrintFailed, match="no paper"):
        await broken.pdf([PAGE])
    slow = Printer((sys.executable, "-c", "import sys, time; sys.stdin.read(); time.sleep(600)"), 1)
    with pytest.raises(PrintFailed, match="not written within 1 s"):
        await slow.pdf([PAGE])
    waiting = asyncio.ensure_future(Printer(slow.command).pdf([PAGE]))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_it_is_told_none_of_our_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLIMSOLL_SECRET_KEY", "s" * 40)
    tells = "import os, sys; sys.exit(str([one for one in os.environ if 'PLIMSOLL' in one]))"
    with pytest.raises(PrintFailed, match=r": \[\]$"):
        await Printer((sys.executable, "-c", tells)).pdf([PAGE])


def test_the_same_files_give_the_same_archive() -> None:
    files = {"a.html": b"x" * 1000, "b.html": b"y"}
    assert zipped(files) == zipped(dict(files))
    with zipfile.ZipFile(io.BytesIO(zipped(files))) as archive:
        assert archive.namelist() == ["a.html", "b.html"]
        assert archive.testzip() is None
