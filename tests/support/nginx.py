"""deploy/gateway.conf in a real nginx."""

import asyncio
import getpass
import re
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.pages import ROOT
from tests.support.processes import free_port


@asynccontextmanager
async def nginx(folder: Path, upstreams: Mapping[str, Sequence[str]]) -> AsyncIterator[str]:
    """Its address. `upstreams`: service -> host:port of each of its processes; one that is not
    named is down. Skips without nginx.
    """
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed: the gateway is not tried")
    port = free_port()
    conf = _conf(folder, port, upstreams)
    await _run("-t", conf)
    process = await asyncio.create_subprocess_exec(
        "nginx", "-c", str(conf), "-p", str(folder), "-g", "daemon off;"
    )
    try:
        url = f"http://127.0.0.1:{port}"
        await _there(url)
        yield url
    finally:
        process.terminate()
        await process.wait()


def _conf(folder: Path, port: int, upstreams: Mapping[str, Sequence[str]]) -> Path:
    """The file unchanged, except for the upstream addresses and the writable paths."""

    def servers(found: re.Match[str]) -> str:
        addresses = upstreams.get(found[1], [f"127.0.0.1:{free_port()}"])
        return " ".join(f"server {address}{found[2]};" for address in addresses)

    text = (ROOT / "deploy" / "gateway.conf").read_text(encoding="utf-8")
    text = re.sub(r"server (ingest|trigger|notifier|console):8000([^;]*);", servers, text)
    text = text.replace("listen 8000;", f"listen 127.0.0.1:{port};")
    paths = "\n".join(
        f"{kind}_temp_path {folder / kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = folder / "nginx.conf"
    top = (
        f"user {getpass.getuser()};\npid {folder / 'pid'};\n"
        f"error_log {folder / 'error.log'};\nevents {{}}\n"
    )
    file.write_text(f"{top}http {{\naccess_log off;\n{paths}\n{text}}}\n", encoding="utf-8")
    return file


async def _run(flag: str, conf: Path) -> None:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        "nginx", flag, "-c", str(conf), "-p", str(conf.parent), stderr=pipe
    )
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()


async def _there(url: str) -> None:
    async with asyncio.timeout(10), httpx.AsyncClient(base_url=url, trust_env=False) as client:
        while True:
            try:
                assert (await client.get("/healthz")).status_code == 200
                return
            except httpx.ConnectError:
                await asyncio.sleep(0.02)
