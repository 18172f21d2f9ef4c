"""Every sentence by its key."""

from collections.abc import Mapping
from typing import Any

from shared.wording.sentence import Sentence, WordingError
from shared.wording.texts import (
    advice,
    angles,
    documents,
    feedback,
    handoffs,
    mails,
    notices,
    objections,
    operations,
    ownership,
    proposals,
    retention,
    setup,
    tasks,
    timings,
    unsubscribe,
    usage,
    value,
)

SENTENCES: Mapping[str, Sentence] = {
    **notices.SENTENCES,
    **usage.SENTENCES,
    **proposals.SENTENCES,
    **mails.SENTENCES,
    **unsubscribe.SENTENCES,
    **timings.SENTENCES,
    **value.SENTENCES,
    **advice.SENTENCES,
    **angles.SENTENCES,
    **documents.SENTENCES,
    **feedback.SENTENCES,
    **objections.SENTENCES,
    **operations.SENTENCES,
    **handoffs.SENTENCES,
    **ownership.SENTENCES,
    **tasks.SENTENCES,
    **retention.SENTENCES,
    **setup.SENTENCES,
}


def sentence(key: str, variables: Mapping[str, Any], locale: str) -> str:
    """The sentence in the reader's language. WordingError names the key and what is wrong: unknown,
    or a variable missing or unreadable.

    `SENTENCES[key].variables()` lists what a sentence needs; `shared/wording/kinds.py` defines the
    form of each.
    """
    found = SENTENCES.get(key)
    if found is None:
        raise WordingError(f"there is no sentence {key!r}")
    try:
        return found.say(variables, locale)
    except WordingError as fault:
        raise WordingError(f"{key}: {fault}") from fault.__cause__


def sentences(said: list[Any], locale: str) -> list[str]:
    """Several sentences in the form of messages: `[{"key", "variables"}]`."""
    return [sentence(one["key"], one.get("variables") or {}, locale) for one in said]
