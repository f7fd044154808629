"""What the tests of a training's mail share: a tiny data set, and seq2seq train with a mail server."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "mailer"))
from mail_test import MailTest, parsed  # noqa: E402

SEQ2SEQ = os.environ["FAVRAS_SEQ2SEQ"]


class TrainingTest(MailTest):
    def setUp(self):
        super().setUp()
        self.environment |= {"OMP_WAIT_POLICY": "passive"}
        with open(self.path("pairs.tsv"), "w") as file:
            for n in range(300):
                word = "".join("abcdef"[n // 6**k % 6] for k in range(3))
                file.write(f"{word}\t{''.join(sorted(word))}\n")
        subprocess.run([SEQ2SEQ, "prepare", "--pairs", self.path("pairs.tsv"), "--output", self.path("data")],
                       check=True, capture_output=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, *names):
        with open(os.path.join(self.folder, *names), "rb") as file:
            return file.read()

    def read_if_there(self, *names):
        return self.read(*names) if os.path.exists(self.path(os.path.join(*names))) else b""

    def train(self, run, *words, server=None):
        mail = ["--mail-to", "ann@example.org", "--mail-from", "run@example.org"] if server else []
        mail += ["--smtp-url", server, "--ca-file", self.authority.certificate] if server else []
        return subprocess.Popen(
            [SEQ2SEQ, "train", "--data", self.path("data"), "--run", self.path(run), "--rnn-size", "8",
             "--encoding-embedding-size", "4", "--decoding-embedding-size", "4", "--batch-size", "16", "--log-every", "5",
             "--threads", "1", *mail, *words], env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)

    def finished(self, *words, status=0, **options):
        ended = self.ended(self.train(*words, **options))
        self.assertEqual(ended.status, status, ended)
        return ended

    def subjects(self, server):
        return [parsed(content)["subject"].split(" - ")[0] for _, _, content in server.messages]
