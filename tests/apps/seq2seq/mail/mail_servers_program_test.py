"""seq2seq train against Exim and Dovecot, with an authority of their own: the mails that arrive are those that
--mail-dry-run writes, part by part."""

import glob
import os
import re
import unittest

from training import TrainingTest
from dovecot import Dovecot
from exim import Exim
from mail_test import parsed

OCCASIONS = "started,epoch,finished"
SUBJECTS = ["run: Started", "run: Completed training epoch 1", "run: Completed training epoch 2", "run: Finished"]


def parts_of(message):
    """The types and contents, but for what no two runs share: times and ids."""
    parts = []
    for part in message.walk():
        content = b"" if part.is_multipart() else part.get_payload(decode=True).replace(b"\r\n", b"\n")
        if part.get_content_maintype() == "text":
            content = re.sub(rb"\d+h:\d+m:\d+s|\b(\d+h)?(\d+m)?\d+s\b", b"TIME", content)
            content = re.sub(rb"cid:picture\.[^\"]+", b"cid:picture", content)
        parts.append((part.get_content_type(), part.get_content_charset(), part.get_content_disposition(), content))
    return parts


def headers_of(message):
    subject = re.sub(r" - [\dhms]+ left$", "", message["subject"])
    return subject, message["from"], message["to"], message["auto-submitted"], message["mime-version"]


def occasion(message):
    return message["subject"].split(" - ")[0]


class Servers(TrainingTest):
    """A server delivers mails that it has taken in any order: Exim by a process each."""

    def setUp(self):
        super().setUp()
        words = ["--mail-to", "ann@example.org", "--mail-from", "run@example.org", "--mail-dry-run", self.path("dry")]
        self.finished("run", "--epochs", "2", "--mail-on", OCCASIONS, *words)
        os.rename(self.path("run"), self.path("first"))  # the other one has its name, which is among the settings
        self.dry = []
        for name in sorted(glob.glob(self.path("dry/*.eml"))):
            with open(name, "rb") as file:
                self.dry.append(parsed(file.read()))

    def check_arrival(self, server, url, arrived):
        ended = self.finished("run", "--epochs", "2", "--mail-on", OCCASIONS, server=url)
        self.assertEqual(ended.err, "")
        messages = sorted(arrived(), key=lambda message: SUBJECTS.index(occasion(message)))
        self.assertEqual([occasion(message) for message in messages], SUBJECTS)
        self.assertEqual(len({message["references"] for message in messages}), 1)
        self.assertEqual(len({message["message-id"] for message in messages}), 4)
        for message, dry in zip(messages, self.dry, strict=True):
            self.assertEqual(headers_of(message), headers_of(dry))
            self.assertEqual(parts_of(message), parts_of(dry))
        self.assertEqual([kind for kind, *_ in parts_of(messages[2])],
                         ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"])
        self.assertEqual(self.spooled("run/mail"), [])
        print(f"report: {server.version()}: {len(messages)} mails of a training arrived, equal to the dry run's")
        for name in "model.safetensors", "best.safetensors":
            self.assertEqual(self.read("first", name), self.read("run", name))

    def test_exim_with_starttls(self):
        with Exim(self.authority, self.shared) as server:
            self.check_arrival(server, server.urls[1], lambda: server.box(4))

    def test_dovecot_with_tls_from_the_first_byte(self):
        with Dovecot(self.authority) as server:
            self.check_arrival(server, server.urls[0], lambda: [parsed(content) for _, _, content in server.relay.messages])


if __name__ == "__main__":
    unittest.main(warnings="ignore")
