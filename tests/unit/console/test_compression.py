"""Which answers are packed, and that their length does not tell what is in them."""

import gzip

import pytest
from fastapi import Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from services.console.compression import gzipped, pack, takes_gzip

PAGE = "<p>Acme</p>" * 1_000


def _asked(**headers: str) -> Request:
    told = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": told})


def _packed(response: Response, **headers: str) -> Response:
    pack(_asked(**{"accept_encoding": "gzip"} | headers), response)
    return response


def test_a_page_is_packed_for_those_who_take_it() -> None:
    page = _packed(HTMLResponse(PAGE))
    assert page.headers["content-encoding"] == "gzip"
    assert page.headers["content-length"] == str(len(page.body))
    assert page.headers["vary"] == "Accept-Encoding, Sec-Fetch-Site"
    assert gzip.decompress(bytes(page.body)).decode() == PAGE


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_page_of_ours_and_the_reader_get_it_packed(site: str) -> None:
    assert "content-encoding" in _packed(HTMLResponse(PAGE), sec_fetch_site=site).headers


@pytest.mark.parametrize(
    "headers",
    [{"accept_encoding": "br"}, {"sec_fetch_site": "cross-site"}, {"sec_fetch_site": "same-site"}],
)
def test_a_page_that_another_site_asks_for_goes_out_as_it_is(headers: dict[str, str]) -> None:
    page = _packed(HTMLResponse(PAGE), **headers)
    assert "content-encoding" not in page.headers
    assert page.headers["vary"] == "Accept-Encoding, Sec-Fetch-Site"
    assert bytes(page.body).decode() == PAGE


def test_files_and_streams_and_what_is_packed_already_stay_as_they_are() -> None:
    csv = _packed(Response("a,b\n" * 1_000, media_type="text/csv"))
    stream = _packed(StreamingResponse(iter(()), media_type="text/event-stream"))
    page = _packed(StreamingResponse(iter((PAGE,)), media_type="text/html"))
    assert all("content-encoding" not in one.headers for one in (csv, stream, page))
    assert "vary" not in csv.headers
    packed = HTMLResponse(gzipped(PAGE.encode()), headers={"Content-Encoding": "gzip"})
    before = packed.body
    assert _packed(packed).body == before


def test_a_short_page_is_not_worth_it() -> None:
    assert "content-encoding" not in _packed(HTMLResponse("<p>Acme</p>")).headers


def test_the_same_page_has_another_length_each_time() -> None:
    lengths = [len(gzipped(PAGE.encode())) for _ in range(500)]
    assert len(set(lengths)) > 80
    assert max(lengths) - min(lengths) <= 100


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip, deflate, br", True),
        ("br;q=1, GZIP ; q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.00", False),
        ("identity", False),
        ("", False),
        ("x-gzip", False),
    ],
)
def test_who_takes_gzip(accepted: str, takes: bool) -> None:
    assert takes_gzip(accepted) is takes
