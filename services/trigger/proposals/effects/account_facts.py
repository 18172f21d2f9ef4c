"""What every message says of its account."""

from services.trigger.alerts.notices import account_facts, admin_facts, brand_facts, filled
from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.words import proposal
from shared.messages.facts import AboutAccount, LinkFacts, PersonFacts, PlanFacts, SenderFacts


def base_facts(loaded: Loaded) -> AboutAccount:
    """What every message contains, except for a meter (docs/data.md)."""
    profile, catalog = loaded.profile, loaded.catalog
    subscription = loaded.facts.subscription
    plan = catalog.plans.get(subscription.plan) if subscription else None
    target = catalog.next_plan(plan.id) if plan else None
    return AboutAccount(
        account=account_facts(profile),
        plan=PlanFacts(plan.id, proposal.named(plan.name)) if plan else None,
        links=LinkFacts(
            upgrade=link(loaded, "upgrade", target.id) if target else None,
            usage=link(loaded, "usage", plan.id if plan else ""),
        ),
        owner=None
        if profile.voice is None
        else PersonFacts(profile.voice.name, profile.voice.email),
        admin=admin_facts(profile),
        brand=brand_facts(catalog),
        proposal=None,
    )


def link(loaded: Loaded, name: str, plan: str) -> str | None:
    address = loaded.catalog.links.get(name)
    if address is None or "{meter}" in address:
        return None
    return filled(address, loaded.profile.id, plan, "")


def sender(loaded: Loaded) -> SenderFacts | None:
    found = loaded.catalog.policy.sender
    return None if found is None else SenderFacts(found.name, found.address, found.contact)
