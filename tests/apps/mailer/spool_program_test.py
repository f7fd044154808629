"""The spool and mailer flush: nothing is lost, whatever dies; nothing is sent twice without need."""

import asyncio
import os
import random
import stat
import time
import unittest

from mail_test import MailTest, parsed, text_of
from receiver import Receiver

NOWHERE = "smtps://trainer@localhost:1"  # nobody listens there


class Spooling(MailTest):
    def setUp(self):
        super().setUp()
        self.spool = os.path.join(self.folder, "spool")

    def put(self, subject, *words, server=None, text=b"All is well.\n"):
        ended = self.run_mailer("send", server, "--spool", self.spool, "--subject", subject, *words, text=text)
        self.assertEqual(ended.status, 0, ended)
        return ended

    def flush(self, server, *words):
        return self.run_mailer("flush", server, "--spool", self.spool, *words)

    def test_waits_for_the_server_and_stays_private(self):
        self.assertIn("the message waits", self.put("one", server=NOWHERE).err)
        self.put("two")
        self.assertEqual(stat.S_IMODE(os.stat(self.spool).st_mode), 0o700)
        for name in self.spooled():
            self.assertEqual(stat.S_IMODE(os.stat(os.path.join(self.spool, name)).st_mode), 0o600)
        ended = self.flush(NOWHERE)
        self.assertEqual(ended.status, 1)
        self.assertIn("0 sent, 0 refused", ended.out)
        self.assertIn("2 left", ended.out)
        with Receiver(self.tls) as server:
            self.assertEqual(self.flush(server.url).status, 0)
            self.assertEqual(self.flush(server.url).status, 0)
        self.assertEqual([parsed(content)["subject"] for _, _, content in server.messages], ["one", "two"])
        self.assertEqual(self.spooled(), [])

    def test_a_message_that_is_refused_with_its_command_is_not_kept(self):
        for words in (["smtp://u@h:xx"], [NOWHERE, "--timeouts", "conect=1"]):
            ended = self.run_mailer("send", words[0], "--spool", self.spool, "--subject", "one", *words[1:])
            self.assertEqual(ended.status, 2, ended)
            self.assertFalse(os.path.exists(self.spool))

    def test_a_wrong_password_costs_no_message(self):
        self.put("one")
        with Receiver(self.tls) as server:
            self.environment["FAVRAS_SMTP_PASSWORD"] = "wrong-geheim-2,718"
            ended = self.flush(server.url)
        self.assertEqual(ended.status, 1)
        self.assertIn("left alone for 15 minutes", ended.err)
        self.assertEqual(len(self.spooled()), 1)

    def test_digests_are_folded_and_criticals_are_not(self):
        for i in range(5):
            self.put(f"digest {i}", "--digest", "--thread", "run", text=f"loss {i}\n".encode())
            self.put(f"event {i}", "--thread", "run")
        self.put("another run's", "--digest", "--thread", "other")
        with Receiver(self.tls) as server:
            self.assertEqual(self.flush(server.url).status, 0)
        messages = [parsed(content) for _, _, content in server.messages]
        self.assertEqual([message["subject"] for message in messages],
                         ["event 0", "event 1", "event 2", "event 3", "digest 4", "event 4", "another run's"])
        text = text_of(messages[4])
        self.assertTrue(text.startswith("loss 4\n\n4 earlier digests could not be sent in time:\n"), text)
        self.assertEqual([line for line in text.splitlines() if line.startswith("loss")],
                         [f"loss {i}" for i in (4, 0, 1, 2, 3)])

    def test_refused_is_kept_and_can_be_tried_again(self):
        self.put("one", "--mail-to", "ann@example.org,bad@example.org")
        with Receiver(self.tls, replies={"bad@example.org": "550 No such user"}) as server:
            ended = self.flush(server.url)
            self.assertEqual(ended.status, 1)
            self.assertIn("bad@example.org is refused: 550 No such user", ended.err)
            self.assertEqual(self.flush(server.url).status, 0)
            self.assertEqual(len(server.messages), 1)
        (name,) = self.spooled("spool/failed")
        with open(os.path.join(self.spool, "failed", name)) as file:
            self.assertTrue(file.read().endswith("\nbad@example.org: 550 No such user\n"))
        with Receiver(self.tls) as server:
            self.assertEqual(self.flush(server.url, "--retry-refused").status, 0)
        self.assertEqual([recipients for _, recipients, _ in server.messages], [["bad@example.org"]])
        self.assertEqual(self.spooled() + self.spooled("spool/failed"), [])

    def test_temporary_refusals_are_kept(self):
        self.put("one", "--mail-to", "ann@example.org,slow@example.org")
        self.put("two")
        with Receiver(self.tls, replies={"slow@example.org": "451 Later"}, ends=["250 OK", "454 Throttling failure"]) as server:
            ended = self.flush(server.url)
            self.assertEqual(ended.status, 1)
            self.assertIn("454 Throttling failure", ended.err)
            self.assertIn("left alone for 5 minutes", ended.err)
            self.assertEqual(len(self.spooled()), 2)
            server.replies.clear()
            self.assertEqual(self.flush(server.url).status, 0)
        self.assertEqual([recipients for _, recipients, _ in server.messages],
                         [["ann@example.org"], ["slow@example.org"], ["ann@example.org"]])

    def test_a_refusal_fails_the_command_though_another_recipient_waits(self):
        replies = {"bad@example.org": "550 No such user", "slow@example.org": "451 Later"}
        with Receiver(self.tls, replies=replies) as server:
            ended = self.run_mailer("send", server.url, "--spool", self.spool, "--mail-to",
                                    "slow@example.org,bad@example.org", "--subject", "one")
        self.assertEqual(ended.status, 1, ended)
        self.assertEqual(len(self.spooled()), 1)

    def test_flush_makes_no_spool(self):
        ended = self.flush(NOWHERE)
        self.assertEqual(ended.status, 1)
        self.assertIn(f"there is no spool {self.spool}", ended.err)
        self.assertFalse(os.path.exists(self.spool))

    def test_one_sender_at_a_time(self):
        self.put("one")
        with Receiver(self.tls) as server:
            inside = []

            async def look(_):
                inside.append(await asyncio.to_thread(self.flush, server.url))
            server.before_mail = look
            self.assertEqual(self.flush(server.url).status, 0)
        self.assertEqual(inside[0].status, 1)
        self.assertIn("another process is sending", inside[0].err)
        self.assertEqual(len(server.messages), 1)

    def test_who_has_got_it_is_recorded_before_anything_else(self):
        """Killed in the second transaction of a message, and in the second message."""
        self.put("one", "--mail-to", "a@example.org,b@example.org,c@example.org")
        self.put("two")
        with Receiver(self.tls, most_recipients=2) as server:
            async def kill(number):
                if number == self.deadly:
                    process.kill()
            server.before_mail = kill
            for self.deadly in 1, 3:
                process = self.start("flush", server.url, "--spool", self.spool)
                self.assertEqual(self.ended(process).status, -9)
            self.assertEqual(self.flush(server.url).status, 0)
        self.assertEqual([(parsed(content)["subject"], recipients) for _, recipients, content in server.messages],
                         [("one", ["a@example.org", "b@example.org"]), ("one", ["c@example.org"]),
                          ("two", ["ann@example.org"])])

    def test_kills_at_random_moments(self):
        """Every message arrives, and at most one of them twice for each kill."""
        generator = random.Random(20261128)
        put, killed = 0, 0
        with Receiver(self.tls) as server:
            for _ in range(25):
                writer = self.start("send", None, "--spool", self.spool, "--subject", f"number {put}")
                writer.stdin.write(b"text\n" * 2000)
                writer.stdin.close()
                if generator.random() < 0.3:
                    time.sleep(generator.random() * 0.01)
                    writer.kill()
                status = writer.wait()
                writer.stdout.close(), writer.stderr.close()
                sender = self.start("flush", server.url, "--spool", self.spool)
                time.sleep(generator.random() * 0.04)
                sender.kill()
                killed += sender.wait() == -9
                for stream in sender.stdin, sender.stdout, sender.stderr:
                    stream.close()
                put += status == 0
            self.assertEqual(self.flush(server.url).status, 0)
        subjects = [parsed(content)["subject"] for _, _, content in server.messages]
        missing = {f"number {i}" for i in range(put)} - set(subjects)
        self.assertEqual(missing, set())
        ids = [parsed(content)["message-id"] for _, _, content in server.messages]
        self.assertLessEqual(len(ids) - len(set(ids)), killed)
        self.assertEqual(self.spooled(), [])
        print(f"report: {killed} of 25 senders killed, {len(set(ids))} messages, {len(ids) - len(set(ids))} sent twice")


if __name__ == "__main__":
    unittest.main(warnings="ignore")
