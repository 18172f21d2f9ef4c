"""Assembles the notifier: delivers each message once to each channel, with retries."""

from services.notifier import api, channels_api, inbox_api, unsubscribe, widget
from services.notifier.channel_settings import Settings
from services.notifier.channel_states import notices
from services.notifier.clock_report import ClockReport
from services.notifier.delivery import Worker
from services.notifier.erasing import STEPS
from services.notifier.handler import MessageHandler
from services.notifier.in_app import InAppWorker
from services.notifier.inbox_stream import Hub
from services.notifier.live import SETTABLE, Channels
from services.notifier.presence import Presence
from services.notifier.pruning import RULES
from services.notifier.rekeying import Rekeying
from services.notifier.wakeups import Wakeups
from services.notifier.watch import Watch
from shared.context import Context
from shared.database import is_unavailable, transaction
from shared.pruning import Pruner
from shared.service import Service, add_erasing, add_loop


def build(context: Context) -> Service:
    wakeups = Wakeups(context.wake)
    channels = Channels(context)
    service = Service("notifier")
    add_loop(service, context, MessageHandler(context.clock, channels, wakeups, context.faults))

    presence = Presence(context)
    service.tasks["presence"] = presence.run
    workers = {name: Worker(context, name, channels, wakeups, presence) for name in SETTABLE}
    service.tasks |= {name: worker.run for name, worker in workers.items()}
    service.tasks["rekeying"] = Rekeying(context).run
    add_erasing(service, context, STEPS)
    service.tasks["pruning"] = Pruner(context, service.name, RULES).run
    service.tasks["watch"] = Watch(context).run
    service.notes["channels"] = lambda: _notices(context, channels)
    service.tasks["in_app"] = InAppWorker(context, wakeups).run
    if context.settings.test_clock:
        report = ClockReport(context, workers, wakeups)
        service.tasks["clock report"] = report.run
        context.quiescence["deliveries"] = report.done

    hub = Hub(context)
    service.tasks["streams"] = hub.run
    service.routers += [
        api.make_router(wakeups),
        channels_api.make_router(Settings(context, channels, wakeups)),
        unsubscribe.routes,
        inbox_api.routes(hub),
        widget.routes(context),
    ]
    return service


async def _notices(context: Context, channels: Channels) -> str | None:
    try:
        async with transaction(context.engine) as conn:
            return await notices(conn, channels)
    except Exception as error:
        if not is_unavailable(error):
            raise
        return None  # readiness checks PostgreSQL separately
