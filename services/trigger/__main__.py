"""`python -m services.trigger`: runs the trigger alone."""

from services.trigger.service import build
from shared.runtime.service import main

if __name__ == "__main__":
    main(build)
