"""What `GET /v1/operations` says of the channels."""

from datetime import datetime, timedelta

from services.notifier.channels.live import Channels
from services.notifier.channels.registry import KINDS
from services.notifier.channels.states import ChannelState, channel_state
from services.notifier.delivery.age import age
from services.notifier.store import queue
from services.notifier.store.queue import Waiting
from shared.operations.shapes import ChannelStanding
from shared.postgres.database import transaction
from shared.runtime.context import Context
from shared.values.moments import iso
from shared.wording import sentence


async def standings(context: Context, channels: Channels, lang: str) -> list[ChannelStanding]:
    """Every channel, also one that is off."""
    async with transaction(context.engine) as conn:
        states = [await channel_state(conn, channels, kind.name) for kind in KINDS]
        waiting = await queue.standing(conn)
    now = context.clock.now()
    return [
        standing(state, waiting[state.name], _rest(channels, state.name, now), now, lang)
        for state in states
    ]


def _rest(channels: Channels, name: str, now: datetime) -> datetime | None:
    live = channels.held(name)
    rest = live.breaker.rest(now) if live is not None else timedelta()
    return now + rest if rest else None


def standing(
    state: ChannelState, waiting: Waiting, rests_until: datetime | None, now: datetime, lang: str
) -> ChannelStanding:
    """`rests_until`: its receiver did not answer, and is asked again then."""
    off_at = state.row.off_at if state.row is not None else None
    shown = "resting" if state.state == "on" and rests_until is not None else state.state
    given = {"next": iso(rests_until)} if shown == "resting" else {}
    return {
        "name": state.name,
        "state": state.state,
        "reason": state.reason,
        "since": iso(state.since or off_at),
        "next_attempt_at": iso(state.next_attempt_at),
        "resting_until": iso(rests_until),
        "last_delivered_at": iso(waiting.last_delivered_at),
        "waiting": waiting.number,
        "oldest_seconds": round(age(state.name, waiting.deadline, now), 1),
        "text": sentence(f"operations.channel.{shown}", given, lang),
    }
