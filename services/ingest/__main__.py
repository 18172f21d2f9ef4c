"""`python -m services.ingest`: counts usage events."""

from services.ingest.service import build
from shared.runtime.service import main

if __name__ == "__main__":
    main(build)
