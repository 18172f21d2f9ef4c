"""What is newly reached, and what was decided about it: the values between alerts and judgement.

`Watch.reconsider` finds newly reached thresholds and builds the plain notices. `Judge.decide`
returns one `Verdict` per occasion: the decision to store, and the messages to send (the notice
itself, possibly with a proposal joined to it). Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.trigger.alerts.notices import Reading
from services.trigger.judgement.case import Crossing
from services.trigger.judgement.decision import Decision
from services.trigger.judgement.gates.notice import Reached
from services.trigger.process.tasks.openings import Ended
from services.trigger.process.tasks.places import Place
from shared.messages import Message, Tell

USAGE = "usage.threshold"
GATED = "feature.gated"


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something newly reached. `notice` goes out whatever is decided; None if nothing does
    (`silent` says why).

    `crossing` None: usage of something that is not in the plan. `decision` is the id that the
    alerts already refer to.
    """

    decision: str
    cause: str
    reading: Reading
    crossing: Crossing | None
    notice: Tell | None
    silent: str = ""

    @property
    def reached(self) -> Reached:
        reading = self.reading
        return Reached(
            reading.meter.id,
            reading.used,
            reading.allowance.limit,
            reading.percent,
            self.crossing,
            None if self.notice else self.silent,
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision gets the occasion's id when it is stored.

    `messages` include the notice, possibly extended. `places`: by key, where the tasks belong that
    they ask for; `deal`: where the task of the opportunity does that takes the reason. `ended`:
    tasks with nothing left to do.
    """

    decision: Decision
    messages: tuple[Message, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    deal: Place | None = None
    ended: tuple[Ended, ...] = ()


@dataclass(frozen=True, slots=True)
class Undecided:
    """A decision that failed and has to be made later. Its notice went out at the time.

    `crossing` None: usage of something that is not in the plan.
    """

    decision: str
    cause: str
    crossing: Crossing | None
