"""bpftrace beside a load."""

import json
import os
import shutil
import signal
import subprocess
import time

LONGEST_END = 120  # seconds that the tracer may take to print its maps


class Failed(Exception):
    """The tracer did not run, or did not end; in one line."""


def possible():
    return os.geteuid() == 0 and shutil.which("bpftrace") is not None


class Trace:
    """From when it is made, with all probes attached, until end(); use in `with`."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(["bpftrace", "-f", "json", *map(str, arguments)], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if not self.process.stdout.readline():  # says when the probes are attached
            _, errors = self.process.communicate()
            raise Failed(f"bpftrace: {' '.join(errors.split())}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def end(self):
        """The script's maps by name."""
        maps = {}
        for line in self._rest().splitlines():
            if line.startswith("{") and json.loads(line)["type"] in ("map", "hist"):
                maps.update(json.loads(line)["data"])
        return maps

    def _rest(self):
        """bpftrace takes notice of a signal only while it waits for events, so one
        is not enough. A second SIGINT would end it while it prints, and background
        jobs of a shell that is not interactive ignore SIGINT: hence SIGTERM."""
        deadline = time.monotonic() + LONGEST_END
        while time.monotonic() < deadline:
            self.process.send_signal(signal.SIGTERM)
            try:
                return self.process.communicate(timeout=0.2)[0]
            except subprocess.TimeoutExpired:
                pass
        raise Failed(f"bpftrace did not end within {LONGEST_END} s")
