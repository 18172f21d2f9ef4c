"""What `plimsoll up` and `plimsoll demo` find out before anything that takes time."""

import argparse
from pathlib import Path

from shared.addresses import check_free
from shared.embedded.lock import is_held
from shared.settings import Settings, load_settings


def settings_to_run(args: argparse.Namespace, data_dir: Path) -> Settings:
    """Raises SettingsError, and AddressTaken where somebody else listens there."""
    settings = load_settings(port=args.port, data_dir=data_dir)
    # Where a Plimsoll runs on the directory it is most likely the one that listens: the embedded servers then say that at once.
    if not is_held(data_dir):
        check_free(settings)
    return settings
