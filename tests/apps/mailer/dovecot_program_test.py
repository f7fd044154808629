"""mailer against Dovecot's submission service."""

import unittest

from dovecot import Dovecot
from mail_test import PASSWORD, WRONG_PASSWORD, MailTest, parsed, text_of


class AgainstDovecot(MailTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.enterClassContext(Dovecot(cls.authority))

    def setUp(self):
        super().setUp()
        self.server.relay.messages.clear()

    def test_every_way_in(self):
        for url in self.server.urls:
            for way in "plain", "login", "xoauth2":
                with self.subTest(url=url, way=way):
                    self.environment["FAVRAS_SMTP_PASSWORD"] = self.server.token() if way == "xoauth2" else PASSWORD
                    ended = self.run_mailer("test", url, "--auth", way)
                    self.assertEqual(ended.status, 0, f"{ended}{self.server.said()}")
        self.assertEqual(len(self.server.relay.messages), 6)

    def test_wrong_passwords_and_tokens(self):
        self.environment["FAVRAS_SMTP_PASSWORD"] = WRONG_PASSWORD
        self.assertIn("AUTH: the server says 535", self.run_mailer("test", self.server.urls[0]).err)
        for bad in self.server.token(exp=1), self.server.token(b"another key" * 3):
            self.environment["FAVRAS_SMTP_PASSWORD"] = bad
            ended = self.run_mailer("test", self.server.urls[1], "--auth", "xoauth2")
            self.assertIn("AUTH: the server says 535", ended.err)
            self.assertNotIn(bad, ended.err + ended.out)
        self.assertEqual(self.server.relay.messages, [])

    def test_text_survives_and_recipients_are_split(self):
        text = "From the start\n.\n..\n" + "ä" * 3000 + "\n \n=20\n"
        addresses = [f"a{i}@example.org" for i in range(7)]
        ended = self.run_mailer("send", self.server.urls[1], "--mail-to", ",".join(addresses), text=text.encode())
        self.assertEqual(ended.status, 0, f"{ended}{self.server.said()}")
        self.assertEqual([recipients for _, recipients, _ in self.server.relay.messages], [addresses[:5], addresses[5:]])
        for _, _, content in self.server.relay.messages:
            self.assertEqual(text_of(parsed(content)), text)

    def test_longer_than_the_server_takes(self):
        self.assertIn("longer than the server takes", self.run_mailer("send", self.server.urls[0], text=b"x" * 300_000).err)


if __name__ == "__main__":
    unittest.main(warnings="ignore")
