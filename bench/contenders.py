"""Programs that measure themselves, in turn: A B A B ..."""

import json
import shlex
import subprocess
import sys


class Contender:
    """A command that prints a JSON object with `seconds_median`, others of its lines being ignored."""

    def __init__(self, name, command, against=None):
        self.name, self.command, self.against = name, command, against
        self.seconds, self.said, self.failure = [], {}, ""

    def measure(self):
        """Once. One that fails is not asked again."""
        if self.failure:
            return
        ended = subprocess.run(shlex.split(self.command), capture_output=True, text=True, check=False)
        last = next((line for line in reversed(ended.stdout.splitlines()) if line.startswith("{")), None)
        if ended.returncode != 0 or last is None:
            words = [line for line in (ended.stderr or ended.stdout).splitlines() if line.strip()]
            self.failure = words[-1].strip() if words else f"exit status {ended.returncode}"
            return
        self.said = json.loads(last)
        self.seconds.append(self.said["seconds_median"])

    def row(self, part):
        row = {"part": part, "name": self.name, "command": self.command, "seconds": self.seconds}
        row.update({key: self.said[key] for key in ("operations", "peak_mib", "lines", "system") if key in self.said})
        if self.against:
            row["against"] = self.against
        if self.failure:
            row["note"] = self.failure
        return row


def take_turns(part, contenders, rounds):
    """On a shared machine the ratios of one round mean more than the seconds: all of a round saw the same
    neighbours. Gives a row each."""
    for number in range(rounds):
        for contender in contenders:
            contender.measure()
            outcome = contender.failure or f"{contender.seconds[-1]:.4f} s"
            print(f"{part}, round {number + 1} of {rounds}: {contender.name}: {outcome}", file=sys.stderr, flush=True)
    return [contender.row(part) for contender in contenders]
