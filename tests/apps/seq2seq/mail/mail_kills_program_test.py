"""Trainings killed at random moments, FAVRAS_MAIL_KILLS of them, 3 by default: the mail of every epoch that the run then
has arrives."""

import json
import os
import random
import re
import signal
import time
import unittest

from training import TrainingTest
from mail_test import parsed
from receiver import Receiver

KILLS = int(os.environ.get("FAVRAS_MAIL_KILLS", 3))


class Kills(TrainingTest):
    def epochs(self):
        lines = self.read_if_there("run", "events.jsonl").splitlines()
        events = [json.loads(line) for line in lines if line.endswith(b"}")]
        return {event["epoch"] for event in events if event["event"] == "epoch"}

    def train_on(self, epochs, server):
        """A training that has gone on for so many epochs."""
        last = max(self.epochs(), default=0) + epochs
        process = self.train("run", "--epochs", "1000000", "--checkpoint-every", "7", "--mail-on", "epoch",
                             server=server.url)
        while last not in self.epochs():
            time.sleep(0.005)
        return process

    def test_kills_at_random_moments(self):
        generator = random.Random(20261128)
        with Receiver(self.tls) as server:
            for _ in range(KILLS):
                process = self.train_on(generator.randint(1, 3), server)
                time.sleep(generator.random() * 0.1)
                process.kill()
                process.communicate()
            process = self.train_on(1, server)
            process.send_signal(signal.SIGTERM)
            self.assertEqual(self.ended(process).status, 75)
        self.assertEqual(self.spooled("run/mail"), [])
        mails = [parsed(content) for _, _, content in server.messages]
        told = [int(re.search(r"training epoch (\d+)", mail["subject"])[1]) for mail in mails]
        epochs, ids = self.epochs(), [mail["message-id"] for mail in mails]
        lost = epochs - set(told)
        twice = len(ids) - len(set(ids))
        print(f"report: {KILLS} kills, {len(epochs)} epochs, {len(mails)} mails; lost: {len(lost)}; sent twice: {twice}; "
              f"of epochs trained again: {len(set(ids)) - len(set(told))}")
        self.assertEqual(lost, set())
        self.assertLessEqual(twice, KILLS)


if __name__ == "__main__":
    unittest.main(warnings="ignore")
