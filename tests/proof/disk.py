"""A small file system that can be filled up. Mounting one requires root, and is not allowed in some
containers.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_MEGABYTES = 900


@dataclass(frozen=True, slots=True)
class SmallDisk:
    place: Path

    @classmethod
    def mounted(cls, place: Path) -> "SmallDisk | None":
        """None: not possible here."""
        if os.geteuid() != 0:
            return None
        place.mkdir()
        options = f"mode=0755,size={_MEGABYTES}m"
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return None
        return cls(place)

    def unmount(self) -> None:
        subprocess.run(["umount", "-l", str(self.place)], check=True)

    def fill(self) -> None:
        """Nothing more can be written to it."""
        free = shutil.disk_usage(self.place).free
        with self._filling.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(free, 1))

    def empty(self) -> None:
        self._filling.unlink(missing_ok=True)

    @property
    def _filling(self) -> Path:
        return self.place / "filling"
