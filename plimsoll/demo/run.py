"""The demo: the three services, its own mailbox and CRM, and the page."""

import asyncio
import dataclasses
import logging
import sys
import webbrowser
from functools import partial
from pathlib import Path

import uvloop

from plimsoll.composition import SERVICES, Ground, announce, base_url, standing
from plimsoll.demo.crm import Crm
from plimsoll.demo.mailbox import Mailbox
from plimsoll.demo.service import Demo
from shared.embedded import remove_data
from shared.embedded.errors import Cancelled
from shared.runtime.service import Ready
from shared.runtime.service import run as run_services
from shared.runtime.settings import Settings
from shared.telemetry.logs import configure_logging

MAIL_FROM = "alerts@plimsoll.example"


def demo(settings: Settings, data_dir: Path, *, browser: bool, fresh: bool) -> int:
    # The page shows what happens; log only what is wrong.
    configure_logging("text", level=logging.WARNING)
    if fresh:
        remove_data(data_dir)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(settings, data_dir, open_page=browser and sys.stdout.isatty()))


async def _run(settings: Settings, data_dir: Path, *, open_page: bool) -> int:
    stop = asyncio.Event()
    mailbox, crm = Mailbox(), Crm()
    mail_url, crm_url = mailbox.start(), await crm.start()
    try:
        async with standing(settings, data_dir, stop) as ground:
            demo = Demo(mailbox, crm, crm_url, data_dir)
            # Its mailbox and CRM are on loopback, which is otherwise forbidden for deliveries; what
            # happened before the first visit is played with the test clock.
            local = dataclasses.replace(
                ground.settings,
                smtp_url=mail_url,
                mail_from=MAIL_FROM,
                allow_private_urls=True,
                test_clock=True,
            )
            builders, on_ready = [*SERVICES, demo.build], _announcer(ground, demo, open_page)
            return await run_services(
                local,
                builders,
                on_listening=partial(announce, ground),
                on_ready=on_ready,
                stop=stop,
            )
    except Cancelled:
        return 0
    finally:
        mailbox.stop()
        await crm.stop()


def _announcer(ground: Ground, demo: Demo, open_page: bool) -> Ready:
    def on_ready(host: str, port: int) -> None:
        url = base_url(host, port)
        demo.listening(url)
        print(
            f"kafka {ground.addresses.kafka}\npostgres {ground.postgres}\nready {url}\n\n"
            f"The demo is at {url}/ and its console at {url}/console (Ctrl-C stops it)",
            flush=True,
        )
        if open_page:
            webbrowser.open(url)

    return on_ready
