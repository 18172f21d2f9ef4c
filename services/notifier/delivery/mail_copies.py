"""Picks the copy of a message to mail when several contacts share a mailbox: one per mailbox. Pure.

A copy counts while its reader wants it: if the reader has muted mails or may no longer be mailed,
the next copy is sent. The copy with the offer goes first, then the owner's. In the app every
contact has a copy.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from services.notifier.rows import EMAIL, DeliveryRow, State

SAME_MAILBOX = "the same mailbox gets it already, as another contact's"


@dataclass(frozen=True, slots=True)
class Copy:
    """A mail of one message. `mailbox`: where it would go now; `sent_to`: where it went or goes.

    `wanted`: its reader may be mailed and has not muted it. `offers`: it contains an offer.
    """

    id: str
    seq: int
    state: State
    mailbox: bytes | None
    wanted: bool
    offers: bool
    role: str
    in_doubt: bool = False
    sent_to: bytes | None = None

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """The highest is sent."""
        return self.offers, self.role == "owner", -self.seq

    @property
    def reached(self) -> bytes | None:
        """The mailbox that has received it, or may have."""
        arrived = self.state in ("delivered", "unknown") or (
            self.in_doubt and self.state in ("queued", "retrying", "sending")
        )
        return (self.sent_to or self.mailbox) if arrived else None


def is_served(mine: Copy, copies: Iterable[Copy], claimed: Collection[str]) -> bool:
    """Whether the mailbox of `mine` gets the message through another copy.

    `claimed`: the deliveries that are being decided together.
    """
    if mine.mailbox is None:
        return False
    others = [one for one in copies if one.id != mine.id]
    if any(
        _under_way(one, claimed) == mine.mailbox or one.reached == mine.mailbox for one in others
    ):
        return True
    rivals = [
        one
        for one in others
        if one.state in ("queued", "retrying", "sending")
        and one.wanted
        and one.mailbox == mine.mailbox
    ]
    return any(one.rank > mine.rank for one in rivals)


def _under_way(one: Copy, claimed: Collection[str]) -> bytes | None:
    return one.sent_to if one.state == "sending" and one.id not in claimed else None


def spare(copies: Collection[Copy]) -> frozenset[str]:
    """Returns the new copies whose mailbox gets the message through another one."""
    best: dict[bytes, Copy] = {}
    shared = [
        (one.mailbox, one) for one in copies if one.state == "queued" and one.mailbox is not None
    ]
    for mailbox, one in shared:
        if mailbox not in best or one.rank > best[mailbox].rank:
            best[mailbox] = one
    return frozenset(one.id for mailbox, one in shared if best[mailbox] is not one)


def without_spare(
    deliveries: Iterable[DeliveryRow], spared: Collection[str]
) -> tuple[DeliveryRow, ...]:
    return tuple(
        _left_out(one) if one.channel == EMAIL and one.id in spared else one for one in deliveries
    )


def _left_out(delivery: DeliveryRow) -> DeliveryRow:
    return replace(
        delivery,
        state="suppressed",
        next_attempt_at=None,
        last_error=SAME_MAILBOX,
        cause="same_mailbox",
    )
