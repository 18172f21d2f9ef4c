"""A task that somebody begins by hand."""

from collections.abc import Iterable

from services.trigger.process.bodies import Identifier, Text, Title
from services.trigger.process.deals.first_entry import may_begin
from services.trigger.process.deals.opportunity import Owner
from services.trigger.process.log.context import Context
from services.trigger.process.log.entries import Actor, Refused
from services.trigger.process.tasks import words
from services.trigger.process.tasks.due_dates import When, due, moment_of, out_of_range
from services.trigger.process.tasks.openings import Opening, owner_of, role_of
from services.trigger.process.tasks.reasons import BY_HAND, REASONS
from shared.messages import Priority
from shared.values.bodies import Body
from shared.values.faults import Fault


class BeginTaskBody(Body):
    """`due_at`: a moment, or a day (09:00 there), 1 minute to 90 days ahead; else what the priority
    says. `owner`: a person's id, else oneself. `opportunity`: one of the account.
    """

    title: Title
    text: Text | None = None
    priority: Priority = "medium"
    due_at: When | None = None
    owner: Identifier | None = None
    opportunity: Identifier | None = None


def checks(body: BeginTaskBody, context: Context, opportunity: str | None) -> Iterable[Fault]:
    """`opportunity`: the account of the one that is named; None: there is none."""
    if body.due_at is not None:
        yield from out_of_range("/due_at", body.due_at, context.account, context.at)
    if body.owner is not None:
        found = context.persons.get(body.owner)
        if found is None:
            yield Fault("/owner", "no person has this id")
        elif not found.active:
            yield Fault("/owner", "is not active any more")
    if body.opportunity is not None and opportunity != context.account.id:
        yield Fault("/opportunity", "the account has no opportunity with this id")


def refused(actor: Actor, context: Context) -> Refused | None:
    """Leaders, and the account's own two."""
    if actor.person is None or (code := may_begin(actor.person, context)) is None:
        return None
    return Refused(403, (Fault("/title", code),))


def by_hand(body: BeginTaskBody, actor: Actor, context: Context, cause: str) -> Opening:
    due_at = (
        due(context.at, body.priority, context.account, context.policy)
        if body.due_at is None
        else moment_of(body.due_at, context.account)
    )
    return Opening(
        account=context.account.id,
        reason=BY_HAND,
        about="",
        cause=cause,
        type=REASONS[BY_HAND].type,
        words=words.written(body.title, body.text),
        priority=body.priority,
        owner=_owner(body, actor, context),
        due_at=due_at,
        opportunity=body.opportunity,
    )


def _owner(body: BeginTaskBody, actor: Actor, context: Context) -> Owner:
    """A key that acts as itself begins it for the account's CSM."""
    person = context.persons[body.owner] if body.owner is not None else actor.person
    return owner_of(context.csm, "cs") if person is None else owner_of(person, role_of(person))
