"""Every table is either covered by the erasure, or listed with the reason why it names no one."""

from services.ingest.erasure_steps import STEPS as INGEST
from services.notifier.erasure_steps import STEPS as NOTIFIER
from services.trigger.erasure_steps import STEPS as TRIGGER
from shared.erasure.rewrites import Rewritten
from shared.runtime.context import make_context
from shared.runtime.settings import Settings
from tests.support.sweep import columns

NOBODY = {
    "alembic_version": "the schema's",
    "api_key": "an installation's own keys",
    "app_state": "an installation's own: its clock, secrets, faults that a tester asked for",
    "catalog": "what is sold",
    "channel": "where messages go, as an operator has set it",
    "channel_block": "likewise",
    "channel_reading": "likewise",
    "closing": "digests of messages",
    "console_session": "our people",
    "consumer_offset": "places in topics",
    "dedupe_segment": "keyed hashes of (account, source, id); they go with their day",
    "dedupe_state": "the key of these hashes",
    "erasure": "the tombstones themselves: ids only until nothing is left",
    "instance": "our processes",
    "kept_form": "what one of our people typed, for a week",
    "layout_progress": "places in topics",
    "login": "our people",
    "login_attempt": "our people",
    "mailbox_refusal": "hashes of addresses: who wants no offers in any account is not asked again",
    "once_link": "our people",
    "person": "our people",
    "person_preference": "our people",
    "play": "counts",
    "revision": "a count",
    "saved_view": "addresses of lists of our people",
    "suppressed_address": "hashes of addresses: what is refused stays refused",
}

NO_CONTACT = {
    "account.ae": "our people",
    "account.csm": "our people",
    "account.external_ids": "the account's ids elsewhere",
    "backtest.tally": "numbers",
    "due.payload": "dates and plans",
    "erasure.known": "goes with the erasure",
    "event_rejected.headers": "deleted with the payload",
    "limit_override.thresholds": "numbers",
    "meter_state.state": "numbers",
    "next_subscription.add_ons": "numbers",
    "notification.threshold": "a number",
    "opportunity.credit": "our people",
    "opportunity.external_ids": "the deal's ids elsewhere",
    "opportunity.owner": "our people",
    "opportunity.reasons": "words of rules",
    "opportunity.scenarios": "words of rules",
    "plan_change.add_ons": "numbers",
    "parked.waiting": "decisions by their ids",
    "subscription.add_ons": "numbers",
    "trial.limits": "numbers",
}


async def _columns(settings: Settings) -> dict[str, dict[str, str]]:
    context = make_context(settings, name="test")
    try:
        async with context.engine.connect() as conn:
            return await columns(conn)
    finally:
        await context.close()


async def test_no_json_of_an_account_is_forgotten_when_a_contact_goes(settings: Settings) -> None:
    found = await _columns(settings)
    rewritten = {
        f"{step.table}.{name}"
        for step in (*INGEST, *TRIGGER, *NOTIFIER)
        if isinstance(step, Rewritten)
        for name in step.columns
    }
    held = {
        f"{table}.{name}"
        for table, named in found.items()
        if table not in NOBODY
        for name, type_ in named.items()
        if type_ == "jsonb"
    }
    assert held | {"erasure.known"} == rewritten | NO_CONTACT.keys()
    assert rewritten & NO_CONTACT.keys() == set()


async def test_no_table_is_forgotten(settings: Settings) -> None:
    found = await _columns(settings)
    tables = {name for name in found if not name.startswith("dedupe_segment_")}
    erased = {getattr(step, "table", None) for step in (*INGEST, *TRIGGER, *NOTIFIER)} - {None}
    assert erased & NOBODY.keys() == set()
    assert tables == erased | NOBODY.keys()
    named = {
        name
        for name in tables
        for column in found[name]
        if column in ("account", "accounts", "contact")
    }
    assert named - erased == {"erasure"}
