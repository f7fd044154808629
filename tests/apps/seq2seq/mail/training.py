"""What the tests of a training's mail share: seq2seq train with a mail server."""

import os
import subprocess
import sys

HERE = os.path.dirname(__file__)
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "..", "mailer")]
import small_training  # noqa: E402
from mail_test import MailTest, parsed  # noqa: E402


class TrainingTest(MailTest):
    def setUp(self):
        super().setUp()
        self.environment |= {"OMP_WAIT_POLICY": "passive"}
        self.data = small_training.prepare(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, *names):
        with open(os.path.join(self.folder, *names), "rb") as file:
            return file.read()

    def read_if_there(self, *names):
        return self.read(*names) if os.path.exists(self.path(os.path.join(*names))) else b""

    def train(self, run, *words, server=None, data=None, log_every=5):
        mail = ["--mail-to", "ann@example.org", "--mail-from", "run@example.org"] if server else []
        mail += ["--smtp-url", server, "--ca-file", self.authority.certificate] if server else []
        return self.started([*small_training.train(data or self.data, self.path(run)), "--log-every", str(log_every),
                             *mail, *words])

    def started(self, words):
        return subprocess.Popen(words, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def finished(self, *words, status=0, **options):
        ended = self.ended(self.train(*words, **options))
        self.assertEqual(ended.status, status, ended)
        return ended

    def subjects(self, server):
        return [parsed(content)["subject"].split(" - ")[0] for _, _, content in server.messages]
