"""What is wrong with an input: where, and why. Shared by the catalogue, the HTTP API, settings and rejected records."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """`path` is a JSON pointer into the body (`/3/data/bytes`), `query.name`, or the name of a setting; `reason` one clear sentence."""

    path: str
    reason: str
