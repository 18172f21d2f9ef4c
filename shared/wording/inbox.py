"""A message in the in-app inbox: title, body, actions, severity."""

from dataclasses import dataclass

from shared.messages import Facts, Kind, MessageClass
from shared.wording.facts import for_reader
from shared.wording.language import language
from shared.wording.layout import Action, Layout, lay_out
from shared.wording.severity import Severity


@dataclass(frozen=True, slots=True)
class InboxText:
    """`body` has everything, line by line; `parts` has the same in parts, for custom layouts."""

    body: str
    parts: Layout
    usage_url: str | None = None

    @property
    def title(self) -> str:
        return self.parts.title

    @property
    def action(self) -> Action | None:
        return self.parts.action

    @property
    def severity(self) -> Severity:
        return self.parts.severity

    @property
    def options(self) -> tuple[str, ...]:
        return self.parts.options

    @property
    def consequence(self) -> str:
        return self.parts.consequence


def inbox_text(kind: Kind, cls: MessageClass, facts: Facts, role: str, locale: str) -> InboxText:
    """For one reader. `facts` as in a message; its `proposal` is shown only to a role that may
    buy.
    """
    told = for_reader(facts, kind, role)
    parts = lay_out(kind, told, role, "in_app", locale)
    return InboxText(_body(parts, locale), parts, told.links.usage)


def _body(parts: Layout, locale: str) -> str:
    bullet = "・" if language(locale) == "ja" else "• "
    notice = (
        parts.amounts,
        parts.sentence,
        parts.consequence,
        parts.reset,
        *(f"{bullet}{option}" for option in parts.options),
    )
    blocks = (notice, (*parts.offer, parts.assumed))
    return "\n\n".join(
        "\n".join(lines) for block in blocks if (lines := [line for line in block if line])
    )
