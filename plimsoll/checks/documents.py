"""Documents as PDF: whether they can be written where this runs."""

from plimsoll.checks.finding import Finding
from services.trigger.printouts.printer import NotPrintable, Printer, PrintFailed

_SUBJECT = "documents"
_INSTALL = (
    "for PDF, where trigger runs: pip install 'plimsoll[pdf]', and Pango with a Japanese font "
    "(Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk)"
)


async def check(printer: Printer | None = None) -> list[Finding]:
    try:
        await (printer or Printer()).ready()
    except NotPrintable as missing:
        what = f"as HTML only: {missing}"
        return [Finding(_SUBJECT, what, _INSTALL, warning=True)]
    except PrintFailed as failed:
        what = f"as HTML only: WeasyPrint does not start ({failed})"
        return [Finding(_SUBJECT, what, _INSTALL, warning=True)]
    return [Finding(_SUBJECT, "can be written as HTML and PDF")]
