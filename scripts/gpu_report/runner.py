"""Runs commands against two clocks, the stage's and the report's, and keeps what each stage has found so far on disk."""

import json
import os
import shlex
import signal
import subprocess
import time


def write(path, text):
    """All or nothing, and on disk."""
    with open(path + ".part", "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".part", path)


class Stage:
    """What one stage ran and found: `record`, in a file of its own, written anew after every command."""

    def __init__(self, runner, name, seconds):
        self.runner = runner
        self.ends = min(time.monotonic() + seconds, runner.ends)
        self.started = time.monotonic()
        self.path = os.path.join(runner.folder, f"{len(runner.records) + 1}-{name}.json")
        self.record = {"stage": name, "status": "died", "why": "", "seconds": 0, "runs": []}
        runner.records.append(self.record)
        self.save()

    def save(self):
        self.record["seconds"] = round(time.monotonic() - self.started, 1)
        write(self.path, json.dumps(self.record, indent=1) + "\n")

    def left(self):
        return max(0.0, self.ends - time.monotonic())

    def run(self, command, seconds, ours=True, folder=None):
        """One command, for at most so many seconds. Its entry among the runs: status is "ok", "failed" or "out of
        time", and may be changed by the caller; output, both streams apart, is not kept in the file. `ours` gets the
        path to our libraries; others, such as Python, do without."""
        limit = min(seconds, self.left())
        entry = {"command": self.runner.shown(command), "status": "out of time", "seconds": 0, "note": ""}
        self.record["runs"].append(entry)
        if limit < 1:
            entry["note"] = "no time was left for it"
            self.save()
            return entry, "", ""
        start = time.monotonic()
        environment = self.runner.our_environment if ours else None
        try:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                       errors="replace", env=environment, cwd=folder, stdin=subprocess.DEVNULL,
                                       start_new_session=True)
        except OSError as error:
            entry.update(status="failed", note=str(error))
            self.save()
            return entry, "", ""
        try:
            output, errors = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            entry["note"] = f"stopped after {limit:.0f} s"
            try:
                output, errors = process.communicate(timeout=5)
            except subprocess.TimeoutExpired:  # the driver does not let it go
                output = errors = ""
        except BaseException:  # Ctrl-C is for this process alone
            os.killpg(process.pid, signal.SIGKILL)
            raise
        else:
            entry["status"] = "ok" if process.returncode == 0 else "failed"
            if process.returncode != 0:
                entry["note"] = ending(process.returncode, errors or output)
            entry["exit"] = process.returncode
        entry["seconds"] = round(time.monotonic() - start, 2)
        self.save()
        return entry, output, errors

    def end(self, status=None, why=""):
        """Without a status: "ok" if all that ran was, or need not have run ("skipped")."""
        runs = self.record["runs"]
        bad = [run for run in runs if run["status"] not in ("ok", "skipped")]
        self.record["status"] = status or ("failed" if bad else "ok")
        self.record["why"] = why or (f"{len(bad)} of {len(runs)} commands" if bad else "")
        self.save()


def ending(status, text):
    """How a program ended, and its last words."""
    how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
    words = [line.strip() for line in text.splitlines() if line.strip()]
    return f"{how}: {words[-1][:300]}" if words else how


class Runner:
    def __init__(self, root, build, out, seconds):
        self.root, self.build = root, build
        self.ends = time.monotonic() + seconds
        self.folder = os.path.join(out, "stages")
        os.makedirs(self.folder, exist_ok=True)
        self.records = []
        self.our_environment = None

    def program(self, name):
        return os.path.join(self.build, name)

    def stage(self, name, seconds):
        return Stage(self, name, seconds)

    def shown(self, command):
        """As one would type it in the project's folder."""
        words = [os.path.relpath(word, self.root) if str(word).startswith(self.root + "/") else str(word)
                 for word in command]
        return shlex.join(words)
