"""Documents as files: HTML in this process, PDF in another one; a bundle of them."""

import asyncio
import base64
import io
import json
import os
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.trigger.printouts import pdf

_AT_ONCE = 1
_EPOCH = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16
_UNIX = 3


class NotPrintable(Exception):
    """PDF cannot be written here; the text says what is missing."""


class PrintFailed(Exception):
    """WeasyPrint could not write these documents, or not in time."""


@dataclass(slots=True)
class Printer:
    """`command`: what writes PDF, within `patience` seconds. One at a time: it takes a core, and
    some memory.
    """

    command: Sequence[str] = (sys.executable, "-m", pdf.__name__)
    patience: float = 2 * pdf.SECONDS
    _turns: asyncio.Semaphore | None = None

    async def ready(self) -> None:
        """NotPrintable names what is missing."""
        await self._run([*self.command, pdf.CHECK], b"")

    async def pdf(self, pages: Sequence[str]) -> list[bytes]:
        """One PDF for each HTML text."""
        if self._turns is None:
            self._turns = asyncio.Semaphore(_AT_ONCE)
        async with self._turns:
            written = await self._run(self.command, json.dumps(list(pages)).encode())
        return [base64.b64decode(one) for one in json.loads(written)]

    async def _run(self, command: Sequence[str], given: bytes) -> bytes:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(),
        )
        try:
            async with asyncio.timeout(self.patience):
                out, errors = await process.communicate(given)
        except TimeoutError:
            raise PrintFailed(f"not written within {self.patience} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode == pdf.MISSING:
            raise NotPrintable(str(json.loads(out)))
        if process.returncode != 0:
            last = errors.decode(errors="replace").strip().rpartition("\n")[2]
            raise PrintFailed(f"exit code {process.returncode}: {last}")
        return out


def _environment() -> dict[str, str]:
    """Without our settings: what lays out data of others needs none of our secrets."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PLIMSOLL_")}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The same files give the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr, info.create_system = _READABLE, _UNIX
            archive.writestr(info, content)
    return made.getvalue()
