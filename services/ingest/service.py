"""The ingest service: its endpoints, its loop, its upkeep."""

from services.ingest.handler import IngestHandler
from shared.context import Context
from shared.service import Service, add_loop


def build(context: Context) -> Service:
    service = Service("ingest")
    add_loop(service, context, IngestHandler(context))
    return service
