"""`python -m services.notifier`: the notifier alone."""

from services.notifier.service import build
from shared.runtime.service import main

if __name__ == "__main__":
    main(build)
