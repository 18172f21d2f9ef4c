"""A channel's name in the API: one of those that are registered."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from services.notifier.channels.registry import KINDS


def _known(name: str) -> str:
    if name not in KINDS.channels:
        *first, last = (repr(channel) for channel in KINDS.channels)
        raise PydanticCustomError(
            "literal_error",
            "Input should be {expected}",
            {"expected": f"{', '.join(first)} or {last}"},
        )
    return name


def _listed(schema: dict[str, Any]) -> None:
    schema["enum"] = list(KINDS.channels)


ChannelName = Annotated[str, AfterValidator(_known), Field(json_schema_extra=_listed)]
