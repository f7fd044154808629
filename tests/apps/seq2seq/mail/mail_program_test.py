"""seq2seq train --mail-to against aiosmtpd: every epoch's report arrives, nothing is lost to a server that is away or to
a kill, no secret shows, and the weights do not know that there was mail."""

import contextlib
import json
import os
import signal
import time
import unittest

from training import TrainingTest, small_training
from authority import Authority
from hostile import HONEST, STALL, Hostile, changed
from mail_test import USER, WRONG_PASSWORD, parsed, text_of
from receiver import Receiver


class Training(TrainingTest):
    def test_every_epochs_report_arrives(self):
        with Receiver(self.tls) as server:
            self.finished("run", "--epochs", "2", "--mail-on", "started,epoch,finished", server=server.url)
        self.assertEqual(self.subjects(server), ["run: Started", "run: Completed training epoch 1",
                                                 "run: Completed training epoch 2", "run: Finished"])
        mails = [parsed(content) for _, _, content in server.messages]
        self.assertEqual(len({mail["references"] for mail in mails}), 1)
        header, epochs = self.read("run", "log.txt").decode().split("\n\n", 1)
        first, second, _ = epochs.split("%\n\n")
        for mail, lines in (mails[1], first), (mails[2], second):
            text = text_of(mail.get_body(("plain",)))
            self.assertEqual(text.rstrip("\n"), f"{header}\n\n{lines}%")
            self.assertIn("<td>rnn-size</td><td>8</td>", text_of(mail.get_body(("html",))))

    def test_a_server_that_is_away_costs_nothing(self):
        self.finished("plain", "--epochs", "3")
        with Receiver(self.tls) as server:
            url = server.url  # where nobody listens any more
        self.finished("run", "--epochs", "3", "--mail-on", "epoch,finished", server=url)
        for name in "model.safetensors", "best.safetensors":
            self.assertEqual(self.read("run", name), self.read("plain", name), name)
        self.assertEqual(len(self.spooled("run/mail")), 4)
        # What waits goes out when the run goes on.
        with Receiver(self.tls) as server:
            self.finished("run", "--epochs", "4", "--mail-on", "epoch", server=server.url)
        self.assertEqual(self.subjects(server), [f"run: Completed training epoch {n}" for n in (1, 2, 3)] +
                         ["run: Finished", "run: Completed training epoch 4"])
        self.assertEqual(self.spooled("run/mail"), [])

    def test_a_server_that_stalls_holds_nothing_up(self):
        self.finished("plain", "--epochs", "3")
        for step in ("no TLS", *(name for name, _ in HONEST)):
            run = f"run-{step}"
            script = HONEST if step == "no TLS" else changed(HONEST, step, STALL)
            with self.subTest(step=step), Hostile(None if step == "no TLS" else self.tls, script) as server:
                process = self.train(run, "--epochs", "3", "--mail-on", "epoch", server=server.url)
                # The server lets go only after the training has come to its end.
                while b'"event":"finished"' not in self.read_if_there(run, "events.jsonl"):
                    time.sleep(0.01)
            self.assertEqual(self.ended(process).status, 0)
            self.assertEqual(self.read(run, "model.safetensors"), self.read("plain", "model.safetensors"))
            # Taken and not answered, or not taken: none is lost.
            self.assertGreaterEqual(len(self.spooled(f"{run}/mail")), 2 if step == "QUIT" else 3)

    def test_a_killed_training_has_lost_no_mail(self):
        with Receiver(self.tls) as server:
            url = server.url
        process = self.train("run", "--epochs", "100000", "--mail-on", "epoch", server=url)
        while not os.path.isdir(self.path("run/mail")) or len(self.spooled("run/mail")) < 3:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        waiting = len(self.spooled("run/mail"))
        with Receiver(self.tls) as server:
            process = self.train("run", "--epochs", "100000", "--mail-on", "interrupted", server=server.url)
            while len(server.messages) < waiting:
                time.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            self.assertEqual(self.ended(process).status, 75)
        self.assertEqual(self.subjects(server)[:3], [f"run: Completed training epoch {n}" for n in (1, 2, 3)])
        self.assertIn("run: Interrupted after step", self.subjects(server)[-1])

    def hears(self, process):
        """A line that the training says on standard error while it goes on."""
        line = process.stderr.readline().decode()
        self.check_no_secret(line, "the output")
        self.assertIsNone(process.poll())
        self.check_environment(process)
        return line

    def test_a_server_that_cannot_be_had_is_told_at_once(self):
        with Receiver(self.tls) as server:
            away = server.port
        other = Authority(self.folder, "other").context()
        cases = [("localhost", away, None, "Connection refused"),
                 ("nowhere.invalid", 465, None, "nowhere.invalid has no address"),
                 ("localhost", 0, Receiver(other), "the certificate of localhost is not accepted"),
                 ("localhost", 0, Receiver(self.tls), "AUTH: the server says 535")]
        self.environment["FAVRAS_SMTP_PASSWORD"] = WRONG_PASSWORD
        for host, port, server, why in cases:
            with self.subTest(why=why), server or contextlib.nullcontext():
                port = server.port if server else port
                process = self.train(why, "--epochs", "100000", "--mail-on", "interrupted",
                                     server=f"smtps://{USER}@{host}:{port}")
                said = self.hears(process)
                process.send_signal(signal.SIGTERM)
                ended = self.ended(process)
            self.assertEqual(ended.status, 75)
            self.assertTrue(said.startswith(f"Mail cannot be sent by {host} port {port}: "), said)
            self.assertIn(why, said)
            spool = self.path(f"{why}/mail")
            self.assertTrue(said.endswith(f". It waits in {spool} and is tried again; mailer test, with the same "
                                          "options, shows each step.\n"), said)
            # Once is enough; at the end it is said what became of the mail.
            self.assertEqual(sorted(ended.err.splitlines()),
                             [f"1 mail waits in {spool}, for the next start or mailer flush --spool {spool}",
                              next(line for line in ended.err.splitlines() if line.startswith("Interrupted after"))])

    def test_a_server_that_comes_back_is_told_once(self):
        with Receiver(self.tls) as server:
            url, port = server.url, server.port
        process = self.train("run", "--epochs", "100000", "--mail-on", "interrupted", server=url)
        self.assertIn("Connection refused", self.hears(process))
        with Receiver(self.tls, port=port) as server:
            process.send_signal(signal.SIGTERM)
            ended = self.ended(process)
        self.assertEqual(self.subjects(server)[0][:24], "run: Interrupted after s")
        self.assertEqual(ended.err.count(f"Mail is sent by localhost port {port} now.\n"), 1, ended)
        self.assertNotIn("wait", ended.err)

    def test_a_stop_is_saved_before_its_mail_is_waited_for(self):
        for last in signal.SIGKILL, signal.SIGTERM:
            run = f"run-{last.name}"
            with self.subTest(last=last), Hostile(self.tls, changed(HONEST, "EHLO", STALL)) as server:
                words = "--epochs", "100000", "--mail-on", "interrupted"
                process = self.train(run, *words, server=server.url)
                while not server.heard:  # and answered never
                    time.sleep(0.01)
                process.send_signal(signal.SIGTERM)
                while not os.path.isdir(self.path(f"{run}/mail")) or not self.spooled(f"{run}/mail"):
                    time.sleep(0.01)
                self.assertIsNone(process.poll())
                process.send_signal(last)
                process.communicate()
                self.assertEqual(process.returncode, -last)
            interrupted = json.loads(self.read(run, "events.jsonl").splitlines()[-1])
            self.assertEqual(interrupted["event"], "interrupted")
            with Receiver(self.tls) as receiver:
                process = self.train(run, *words, server=receiver.url)
                line = process.stdout.readline().decode()
                self.assertTrue(line.startswith(f"Going on after step {interrupted['step']} "), line)
                process.send_signal(signal.SIGTERM)
                self.assertEqual(self.ended(process).status, 75)
            self.assertEqual(self.subjects(receiver)[0], f"{run}: Interrupted after step {interrupted['step']}")
            self.assertEqual(len(receiver.messages), 2)

    def test_stalls_and_digests(self):
        """Their periods are seconds here; an epoch takes longer."""
        os.mkdir(self.path("long"))
        data = small_training.prepare(self.path("long"), 200_000, 8)
        with Receiver(self.tls) as server:
            process = self.train("run", "--mail-on", "stalled=1s,digest=1s", server=server.url, data=data, log_every=10**6)
            while len(set(self.subjects(server))) < 2:
                time.sleep(0.02)
            process.send_signal(signal.SIGTERM)
            self.assertEqual(self.ended(process).status, 75)
        self.assertEqual(set(self.subjects(server)), {"run: No news for 1s", "run: Progress"})
        self.assertEqual(self.subjects(server).count("run: No news for 1s"), 1)
        # What waits while the server is away becomes one.
        process = self.train("run", "--mail-on", "digest=1s", server=server.url, data=data, log_every=10)
        while not os.path.isdir(self.path("run/mail")) or len(self.spooled("run/mail")) < 3:
            time.sleep(0.02)
        process.kill()
        process.communicate()
        waiting = len(self.spooled("run/mail"))
        with Receiver(self.tls) as server:
            self.assertEqual(self.run_mailer("flush", server.url, "--spool", self.path("run/mail")).status, 0)
        self.assertEqual(self.subjects(server), ["run: Progress"])
        text = text_of(parsed(server.messages[0][2]).get_body(("plain",)))
        self.assertEqual(text.count("What happened in the last 1s."), waiting)
        self.assertIn("\nEpoch   1/4 Batch   ", text)

    def test_a_failure_is_mailed(self):
        with Receiver(self.tls) as server:
            ended = self.finished("run", "--memory-limit", "50K", server=server.url, status=1)
        self.assertEqual(self.subjects(server)[-1], "run: Failed")
        self.assertIn("out of memory", ended.err)

    def test_no_setting_of_mail_is_recorded(self):
        with Receiver(self.tls) as server:
            self.finished("run", "--epochs", "1", server=server.url)
        self.assertNotIn(b"\nmail-", self.read("run", "config.ini"))
        self.assertNotIn(b"\nsmtp-", self.read("run", "config.ini"))


if __name__ == "__main__":
    unittest.main(warnings="ignore")
