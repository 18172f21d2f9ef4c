"""A mail within a page."""

import base64
import hashlib
import re

from services.console.views.mail_preview import preview
from tests.support.told import GB
from tests.unit.shared.wording.test_mail import BRAND, mailed
from tests.unit.shared.wording.test_proposal import aozora


def test_our_own_mails_look_as_they_do_and_load_nothing() -> None:
    mail = mailed("usage.threshold", aozora(9 * GB, 90) | {"brand": BRAND}, "ja-JP").html
    found = preview(mail, "ja-JP")
    assert re.findall(r"\s(?:style|src|href|on\w+)=", found.html) == []
    assert 'alt="青空クラウド"' in found.html
    assert "font-size:22px;line-height:1.4" in found.html
    assert found.html.count("<table") == found.html.count("</table") == mail.count("</table") - 1
    sheet = re.findall(r"<style>(.*?)</style>", found.html, re.S)[0]
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in found.policy
    assert "unsafe" not in found.policy
    assert found.policy.startswith("default-src 'none'; ")


def test_what_is_not_known_is_left_out() -> None:
    odd = (
        '<body onload=x><script>alert(1)</script><svg><title>t</title><a href="x">in</a></svg>'
        '<img src=x onerror=y alt="&lt;b&gt;"><p style="color:red}@import url(x)">&lt;i&gt;</p>'
        "<a href='javascript:x' title=t>go</a><!-- <b>no</b> --><marquee>text</marquee>"
        "<style>p{color:red}</style></style><form><input></form>"
        "<style>@import 'x';</style><p style='background:URL(x)'></p>"
    )
    found = preview(odd, '"><script>')
    body = found.html.split("<body", 1)[1]
    assert body == '><img alt="&lt;b&gt;"><p>&lt;i&gt;</p><a>go</a>text<p></p></body></html>\n'
    assert "<script" not in found.html
    assert "<style>p{color:red}</style>" in found.html


def test_a_sheet_ends_no_style_element() -> None:
    found = preview("<style>p{}</style><p style='a:\"</style><script>x</script>\"'>t</p>", "en")
    assert found.html.count("</style>") == 1
    assert "<script" not in found.html
