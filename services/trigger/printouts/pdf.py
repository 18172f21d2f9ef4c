"""HTML to PDF/UA-1 in a process of its own: `python -m services.trigger.printouts.pdf`.

It reads a JSON list of HTML texts and writes a JSON list of PDFs (base64). Laying out text takes
seconds of a core, so it never happens in the process that judges; and a text that takes longer, or
more memory, than any document needs ends only that process. WeasyPrint is an extra: without it, or
without Pango, the exit code is `MISSING` and the output says what is missing.
"""

import base64
import contextlib
import json
import os
import resource
import sys
from pathlib import Path

MISSING = 3
CHECK = "--check"
SECONDS = 60
"""Of a core, for all documents of one request."""
_BYTES = 2**30
_VARIANT = "pdf/ua-1"


def main() -> int:
    _first_to_go()
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    try:
        # Imported here only: it is an extra, and needs a library of the system.
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as error:
        sys.stdout.write(json.dumps(str(error)))
        return MISSING
    if sys.argv[1:] == [CHECK]:
        return 0
    nothing = URLFetcher(allowed_protocols=())  # a document is one file
    written = [
        HTML(string=text, url_fetcher=nothing).write_pdf(pdf_variant=_VARIANT)
        for text in json.load(sys.stdin)
    ]
    sys.stdout.write(json.dumps([base64.b64encode(pdf or b"").decode() for pdf in written]))
    return 0


def _first_to_go() -> None:
    """Where memory runs out, the kernel ends this process, not the one that judges."""
    with contextlib.suppress(OSError):  # only Linux has such a file
        Path("/proc/self/oom_score_adj").write_text("1000")


if __name__ == "__main__":
    sys.exit(main())
