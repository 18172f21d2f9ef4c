"""A CloudEvent in the API description; `modes` and `strict` define what is accepted."""

from typing import Any

from shared.events.event import MAX_EVENT_BYTES
from shared.events.http import MAX_BATCH

_ATTRIBUTE = {"type": "string", "minLength": 1, "maxLength": 256}

EVENT_DATA: dict[str, Any] = {
    "title": "EventData",
    "description": "The event's content: the fields that meters read, or those of the fact.",
    "type": "object",
    "additionalProperties": True,
}
CLOUD_EVENT: dict[str, Any] = {
    "title": "CloudEvent",
    "description": (
        f"[CloudEvents 1.0](https://cloudevents.io), at most {MAX_EVENT_BYTES} bytes. "
        "Extensions are accepted and ignored."
    ),
    "type": "object",
    "required": ["specversion", "id", "source", "type", "subject", "time"],
    "properties": {
        "specversion": {"type": "string", "const": "1.0"},
        "id": _ATTRIBUTE
        | {"description": "With `source` the event's identity: a retry keeps both."},
        "source": _ATTRIBUTE,
        "type": _ATTRIBUTE
        | {"description": "Determines which meters it feeds, or which fact it is."},
        "subject": _ATTRIBUTE | {"description": "The account."},
        "time": {
            "type": "string",
            "format": "date-time",
            "description": "When it happened. A retry keeps it.",
        },
        "datacontenttype": {"type": "string"},
        "dataschema": {"type": "string"},
        "data": {"$ref": "#/components/schemas/EventData"},
    },
    "additionalProperties": True,
}
_ONE = {"$ref": "#/components/schemas/CloudEvent"}
CLOUD_EVENT_BATCH: dict[str, Any] = {
    "title": "CloudEventBatch",
    "description": "Accepted or refused as a whole.",
    "type": "array",
    "items": _ONE,
}
# Not a bare array: next to other bodies openapi-python-client would generate an invalid
# `isinstance`; this way it leaves the array out.
_BATCH = {
    "allOf": [
        {"$ref": "#/components/schemas/CloudEventBatch"},
        {"minItems": 1, "maxItems": MAX_BATCH},
    ]
}

_HEADERS = {
    "ce-specversion": "Binary mode: `1.0`",
    "ce-id": "Binary mode: with `ce-source` the event's identity",
    "ce-source": "Binary mode: where it happened",
    "ce-type": "Binary mode: what happened",
    "ce-subject": "Binary mode: the account",
    "ce-time": "Binary mode: when it happened",
}


def taking_events(example: dict[str, Any]) -> dict[str, Any]:
    """`openapi_extra` of an operation that accepts events in structured, batch and binary mode,
    with an example of each body.
    """
    content = {
        "application/cloudevents+json": {"schema": _ONE, "example": example},
        "application/cloudevents-batch+json": {"schema": _BATCH, "example": [example]},
        "application/json": {
            "schema": {"$ref": "#/components/schemas/EventData"},
            "example": example["data"],
        },
    }
    return {
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": False,
                "description": text,
                "schema": {"type": "string"},
            }
            for name, text in _HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "description": (
                "In binary mode the attributes are headers, `ce-id: …`, and the body is `data`."
            ),
            "content": content,
        },
    }
