"""What a guard may look at besides the log: a moment, the account, judgement's view of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from services.trigger import accounts
from services.trigger.accounts import Account, Trial
from services.trigger.dossier.dossier import Loaded
from services.trigger.judgement.findings.qualification import Qualification, qualify
from services.trigger.judgement.question import Question
from services.trigger.process.log.entries import Actor
from services.trigger.process.log.voice import Voice
from services.trigger.process.people import Person, in_charge
from shared.catalog import Catalog, Plan, Policy
from shared.values.periods import local_date


@dataclass(frozen=True)
class Context:
    """`persons`: all that the log or the request names, with their managers. `lifted`: a fact came
    that ends what a person decided about the stage. `language`: what to show texts in, where it is
    not the account's. `most_used`: the feature that they used most of late, where texts are shown.
    `loaded`: the account as messages about it are composed; None where nothing is sent.
    `trials`: the account's that are not recorded as over; `uses`: how often each feature was used
    in the time of each trial, by its id and the feature. `actor`: who asks, None where Plimsoll
    does. `voices`: the mails of the account's deals, where somebody wants to send another one.
    `overview`: what the account shows of judgement, and its alerts, where a hand-off is asked for.
    """

    at: datetime
    account: Account
    question: Question
    persons: Mapping[str, Person]
    lifted: bool = False
    language: str | None = None
    most_used: str | None = None
    loaded: Loaded | None = None
    trials: tuple[Trial, ...] = ()
    uses: Mapping[tuple[str, str], int] = field(default_factory=dict)
    actor: Actor | None = None
    overview: Mapping[str, Any] = field(default_factory=dict)
    voices: tuple[Voice, ...] = ()

    @property
    def catalog(self) -> Catalog:
        return self.question.catalog

    @property
    def policy(self) -> Policy:
        return self.question.policy

    @property
    def plan(self) -> Plan | None:
        """What they are subscribed to; None without a subscription."""
        running = self.question.facts.subscription
        return None if running is None else self.catalog.plans.get(running.plan)

    @property
    def locale(self) -> str:
        return self.language or self.account.locale

    @property
    def today(self) -> date:
        return local_date(self.at, self.account.time_zone)

    @cached_property
    def qualification(self) -> Qualification | None:
        """None: nothing to judge without a plan."""
        return None if self.question.plan is None else qualify(self.question)

    @property
    def verdict(self) -> str | None:
        return None if self.qualification is None else self.qualification.verdict

    def feature_name(self, feature: str | None) -> str | None:
        known = self.catalog.features.get(feature) if feature else None
        return feature if known is None else known.name.in_(self.locale)

    def name_of(self, person: str | None) -> str | None:
        found = self.persons.get(person) if person else None
        return found.name if found else None

    @property
    def csm(self) -> Person | None:
        """Who has the account's customers: its CSM, or who stands in."""
        return self._in_charge(self.account.csm)

    @property
    def ae(self) -> Person | None:
        return self._in_charge(self.account.ae)

    def _in_charge(self, named: accounts.Person | None) -> Person | None:
        """Whom a version before has named since the migration is nobody's person yet."""
        if named is None:
            return None
        if named.id not in self.persons:
            return Person(named.id, named.name, named.email)
        return in_charge(named.id, self.persons)
