"""`python -m services.trigger`: runs the trigger alone."""

from services.trigger.service import build
from shared.service import main

if __name__ == "__main__":
    main(build)
