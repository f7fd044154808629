"""mailer against Exim."""

import os
import unittest

from exim import Exim
from mail_test import PASSWORD, WRONG_PASSWORD, MailTest, text_of


class AgainstExim(MailTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.enterClassContext(Exim(cls.authority, cls.shared))

    def test_every_way_in(self):
        for url in self.server.urls:
            for way in "plain", "login":
                with self.subTest(url=url, way=way):
                    ended = self.run_mailer("test", url, "--auth", way)
                    self.assertEqual(ended.status, 0, ended)
                    self.assertIn("AUTH", ended.out)
        self.assertEqual([message["subject"] for message in self.server.box(4)], ["favras: a test message"] * 4)

    def test_text_survives(self):
        text = "From the start\n.\n..\n" + "ä" * 3000 + "\n \n=20\n"
        self.assertEqual(self.run_mailer("send", self.server.urls[0], text=text.encode()).status, 0)
        (message,) = self.server.box(1)
        self.assertEqual(text_of(message), text)
        self.assertEqual(message["references"], None)

    def test_refusals(self):
        url = self.server.urls[1]
        self.environment["FAVRAS_SMTP_PASSWORD"] = WRONG_PASSWORD
        self.assertIn("AUTH: the server says 535", self.run_mailer("test", url).err)
        self.environment["FAVRAS_SMTP_PASSWORD"] = PASSWORD
        ended = self.run_mailer("send", url, "--mail-to", "ann@example.org,bad@example.org")
        self.assertEqual((ended.status, ended.err), (1, "bad@example.org is refused: 550 no such user\n"))
        self.assertIn("longer than the server takes", self.run_mailer("send", url, text=b"x" * 300_000).err)
        self.server.box(1)

    def test_too_many_recipients(self):
        addresses = ",".join(f"a{i}@example.org" for i in range(12))
        self.assertEqual(self.run_mailer("send", self.server.urls[0], "--mail-to", addresses).status, 0)
        messages = self.server.box(3)
        self.assertEqual(sorted(len(message["envelope-to"].split(",")) for message in messages), [2, 5, 5])

    def test_spool(self):
        spool = os.path.join(self.folder, "spool")
        for i in range(3):
            self.run_mailer("send", None, "--spool", spool, "--subject", f"digest {i}", "--digest")
        self.assertEqual(self.run_mailer("flush", self.server.urls[1], "--spool", spool).status, 0)
        self.assertEqual([message["subject"] for message in self.server.box(1)], ["digest 2"])


if __name__ == "__main__":
    unittest.main(warnings="ignore")
