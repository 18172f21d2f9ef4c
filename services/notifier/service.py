"""Assembles the notifier: delivers each message once to each channel, with retries."""

from functools import partial

from services.notifier import api, widget
from services.notifier.channels import api as channels_api
from services.notifier.channels.live import Channels
from services.notifier.channels.registry import KINDS
from services.notifier.channels.settings import Settings
from services.notifier.channels.standings import standings
from services.notifier.channels.states import notices
from services.notifier.delivery.age import Watch
from services.notifier.delivery.clock_report import ClockReport
from services.notifier.delivery.in_app import InAppWorker
from services.notifier.delivery.presence import Presence
from services.notifier.delivery.wakeups import Wakeups
from services.notifier.delivery.worker import Worker
from services.notifier.erasure_steps import STEPS
from services.notifier.feedback import page as feedback_page
from services.notifier.handler import MessageHandler
from services.notifier.inbox import api as inbox_api
from services.notifier.inbox.stream import Hub
from services.notifier.pruning import RULES
from services.notifier.readings.reader import Reader
from services.notifier.secret_renewal import Rekeying
from services.notifier.unsubscribe import page
from shared.postgres.database import transaction
from shared.postgres.errors import DatabaseUnavailable
from shared.pruning import Pruner
from shared.runtime.context import Context
from shared.runtime.service import Service, add_erasing, add_loop


def build(context: Context) -> Service:
    wakeups = Wakeups(context.wake)
    channels = Channels(context)
    service = Service("notifier")
    add_loop(service, context, MessageHandler(context.clock, channels, wakeups, context.faults))

    presence = Presence(context)
    service.tasks["presence"] = presence.run
    workers = {kind.name: Worker(context, kind.name, channels, wakeups, presence) for kind in KINDS}
    service.tasks |= {name: worker.run for name, worker in workers.items()}
    readers = [Reader(context, kind.name, channels, wakeups) for kind in KINDS.to("crm")]
    service.tasks |= {f"tasks in {reader.name}": reader.run for reader in readers}
    service.tasks["rekeying"] = Rekeying(context).run
    add_erasing(service, context, STEPS)
    service.tasks["pruning"] = Pruner(context, service.name, RULES).run
    service.tasks["watch"] = Watch(context).run
    service.notes["channels"] = lambda: _notices(context, channels)
    service.channels = partial(standings, context, channels)
    service.tasks["in_app"] = InAppWorker(context, wakeups).run
    if context.settings.test_clock:
        report = ClockReport(context, workers, wakeups, readers)
        service.tasks["clock report"] = report.run
        context.quiescence["deliveries"] = report.done

    hub = Hub(context)
    wakeups.streams_are(hub.moved)
    service.tasks["streams"] = hub.run
    service.routers += [
        api.make_router(wakeups),
        channels_api.make_router(Settings(context, channels, wakeups)),
        page.routes,
        feedback_page.routes,
        inbox_api.routes(hub),
        widget.routes(context),
    ]
    return service


async def _notices(context: Context, channels: Channels) -> str | None:
    try:
        async with transaction(context.engine) as conn:
            return await notices(conn, channels)
    except DatabaseUnavailable:
        return None  # readiness checks PostgreSQL separately
