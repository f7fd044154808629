"""Usage: mail_delay.py [ROUNDS]. What mail costs a training: the same one without mail, with a server that takes it, one
that never says a word, and one that is away, in turn. Prints the time from the first batch to the last checkpoint, which
is what train logs as "seconds", and whether the weights are the same; what comes after, the last try to send, is not in
it. No test: it says nothing of what is enough."""

import hashlib
import json
import os
import statistics
import sys
import unittest

from training import TrainingTest, small_training
from hostile import HONEST, STALL, Hostile, changed
from receiver import Receiver

ROUNDS = int(sys.argv.pop()) if sys.argv[-1].isdigit() else 5
EPOCHS = 2


class Delay(TrainingTest):
    def seconds(self, run, server):
        words = [*small_training.train(self.data, self.path(run)), "--epochs", str(EPOCHS)]
        words[words.index("--rnn-size") + 1] = "32"
        words[words.index("--batch-size") + 1] = "64"
        if server:
            words += ["--mail-to", "ann@example.org", "--mail-from", "run@example.org", "--smtp-url", server.url,
                      "--ca-file", self.authority.certificate, "--mail-on", "epoch,digest=1s"]
        process = self.started(words)
        for _ in process.stdout:
            if b'"event":"finished"' in self.read_if_there(run, "events.jsonl"):
                break
        if server:
            server.__exit__()
        self.assertEqual(self.ended(process).status, 0)
        last = json.loads(self.read(run, "events.jsonl").splitlines()[-1])
        self.weights.add(hashlib.sha256(self.read(run, "model.safetensors")).hexdigest())
        return last["seconds"], last["step"]

    def test_delay(self):
        os.mkdir(self.path("more"))
        self.data, self.weights = small_training.prepare(self.path("more"), 6_000, 6), set()
        with Receiver(self.tls) as gone:
            pass
        servers = {"no mail": lambda: None, "taken": lambda: Receiver(self.tls).__enter__(),
                   "silent": lambda: Hostile(self.tls, changed(HONEST, "", STALL)).__enter__(), "away": lambda: Away(gone)}
        times = {name: [] for name in servers}
        for number in range(ROUNDS):
            for name, server in servers.items():
                seconds, steps = self.seconds(f"{name}-{number}", server())
                times[name].append(seconds)
        for name, all_seconds in times.items():
            best = min(all_seconds)
            print(f"report: {name:8} quickest {best:.3f} s ({1000 * best / steps:.2f} ms a step), "
                  f"median {statistics.median(all_seconds):.3f} s, slowest {max(all_seconds):.3f} s")
        print(f"report: {ROUNDS} runs each, {steps} steps, {EPOCHS} epochs; different weights: {len(self.weights)}")


class Away:
    def __init__(self, gone):
        self.url = gone.url

    def __exit__(self, *_):
        pass


if __name__ == "__main__":
    unittest.main(warnings="ignore")
