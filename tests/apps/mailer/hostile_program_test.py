"""mailer against servers that stall, close, lie, flood and inject. The five regressions are those of a C++ mail library
that was looked at before this one was written."""

import base64
import collections
import time
import unittest

from authority import Authority
from hostile import CLOSE, EHLO, HONEST, PLAIN, STALL, Hostile, changed
from mail_test import PASSWORD, USER, MailTest

QUICK = ",".join(f"{name}=0.3" for name in ("connect", "tls", "greeting", "command", "data-start", "data-block",
                                            "data-end"))
AFTER_STARTTLS = HONEST[1:]


class Hostility(MailTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tried = collections.Counter()
        cls.addClassCleanup(cls.report)

    @classmethod
    def report(cls):
        print("report: runs of mailer against a hostile server:", sum(cls.tried.values()))
        for test, count in sorted(cls.tried.items()):
            print(f"report: {count:4} {test.removeprefix('test_')}")

    def run_mailer(self, *words, **options):
        self.tried[self._testMethodName] += 1
        return super().run_mailer(*words, **options)

    def against(self, script=HONEST, plain=None, tls=True, words=(), timeouts=QUICK, **options):
        """How mailer test ends, and what the server heard."""
        with Hostile(self.tls if tls is True else tls, script, plain, **options) as server:
            ended = self.run_mailer("test", server.url, "--timeouts", timeouts, *words)
        self.assertIn(ended.status, (0, 1), ended)
        return ended, server.heard

    def check_failed(self, why, ended, heard, never=()):
        self.assertEqual(ended.status, 1, ended)
        self.assertIn(why, ended.err)
        for command in never:
            self.assertFalse([line for line in heard if line.startswith(command)], (command, heard))

    def test_an_honest_server_for_comparison(self):
        for plain, script in (None, HONEST), (PLAIN, AFTER_STARTTLS):
            for byte_by_byte in False, True:
                ended, heard = self.against(script, plain, byte_by_byte=byte_by_byte)
                self.assertEqual(ended.status, 0, ended)
                self.assertIn("MAIL FROM:<run@example.org> SIZE=", heard[-len(heard) + (4 if plain else 2)])

    # The five regressions.

    def test_regression_untrusted_authority(self):
        other = Authority(self.folder, "other").context()
        for plain, script in (None, HONEST), (PLAIN, AFTER_STARTTLS):
            ended, heard = self.against(script, plain, other)
            self.check_failed("not accepted", ended, heard, never=["AUTH"])
            self.assertEqual(heard, ["EHLO [127.0.0.1]", "STARTTLS"] if plain else [])

    def test_regression_reply_injected_before_tls(self):
        for more in "250 injected\r\n", "250-test\r\n250 AUTH PLAIN\r\n", "2":
            ended, heard = self.against(AFTER_STARTTLS, changed(PLAIN, "STARTTLS", "220 Go on\r\n" + more))
            self.check_failed("tampering", ended, heard, never=["AUTH", "MAIL"])
        # What comes a moment later is no TLS record.
        ended, heard = self.against(AFTER_STARTTLS, PLAIN + [("", "250 injected\r\n")])
        self.check_failed("", ended, heard, never=["AUTH", "MAIL"])

    def test_regression_first_line_of_two(self):
        script = changed(HONEST, "MAIL", "550-Go away,\r\n550 please\r\n")[:4] + [("RSET", "250 OK\r\n")]
        ended, heard = self.against(script + [("QUIT", "221 Bye\r\n")])
        self.check_failed("refused: 550 Go away, please", ended, heard, never=["RCPT", "DATA"])

    def test_regression_handshake_has_a_time_out(self):
        for plain in None, PLAIN:
            ended, heard = self.against(HONEST, plain, tls=None)
            self.check_failed("time-out: TLS handshake", ended, heard, never=["AUTH"])

    def test_regression_no_space_after_the_colon(self):
        _, heard = self.against()
        self.assertIn("MAIL FROM:<run@example.org> SIZE=", "\n".join(heard))
        self.assertIn("RCPT TO:<ann@example.org>", heard)

    # Every step.

    def test_stalls_at_every_step(self):
        names = {"": "greeting", ".": "end of the message"}
        for step, _ in HONEST[:-1]:
            ended, heard = self.against(changed(HONEST, step, STALL))
            self.check_failed(f"time-out: {names.get(step, step)}", ended, heard)
        for step, _ in PLAIN:
            ended, heard = self.against(AFTER_STARTTLS, changed(PLAIN, step, STALL))
            self.check_failed(f"time-out: {names.get(step, step)}", ended, heard)

    def test_while_it_waits_its_environment_holds_no_password(self):
        with Hostile(self.tls, changed(HONEST, "MAIL", STALL)) as server:
            process = self.start("test", server.url, "--timeouts", "command=60")
            while not any(line.startswith("MAIL") for line in server.heard):
                self.assertIsNone(process.poll())
                time.sleep(0.01)
            self.check_environment(process)
            process.terminate()
            self.ended(process)

    def test_stops_reading_within_the_message(self):
        """What is longer than all buffers between the two waits for the server, as long as one block may take."""
        script = changed(HONEST[:6], "EHLO", "250-test\r\n250 AUTH PLAIN\r\n") + [("", STALL)]
        with Hostile(self.tls, script) as server:
            ended = self.run_mailer("send", server.url, "--timeouts", "data-block=0.3", text=(b"x" * 70 + b"\n") * 200_000)
        self.check_failed("time-out: message", ended, server.heard)

    def test_drips_do_not_prolong_a_step(self):
        endless = "250-x\r\n" * 2000
        ended, heard = self.against(changed(HONEST, "EHLO", endless), byte_by_byte=True,
                                    timeouts="command=0.05")
        self.check_failed("time-out: EHLO", ended, heard)

    def test_closes_at_every_byte(self):
        """A mail counts as sent if, and only if, the reply to its end has come whole."""
        for plain, script in (None, HONEST), (PLAIN, AFTER_STARTTLS):
            replies = [reply for _, reply in (plain or []) + script]
            enough = sum(map(len, replies[:-1]))
            # Under TLS all is the same after STARTTLS.
            last = len("".join(reply for _, reply in plain)) if plain else enough + 1
            with Hostile(self.tls, script, plain) as server:
                for server.cut in range(last + 1):
                    server.heard.clear()
                    ended = self.run_mailer("test", server.url, "--timeouts", QUICK)
                    self.assertEqual(ended.status, 0 if server.cut >= enough else 1, (server.cut, ended))

    def test_closes_after_every_command(self):
        for step, _ in HONEST:
            ended, heard = self.against(changed(HONEST, step, CLOSE))
            self.assertEqual(ended.status, 0 if step == "QUIT" else 1, ended)

    def test_huge_replies_are_refused(self):
        for huge in "250-" + "x" * 1_000_000, "250-x\r\n" * 100_000, "250-" + "x" * 5000 + "\r\n250 x\r\n":
            for step in "", "EHLO", "RCPT", ".":
                ended, heard = self.against(changed(HONEST, step, huge.replace("250", "220") if not step else huge))
                self.check_failed("end", ended, heard)

    def test_nonsense_is_no_reply(self):
        for nonsense in "hello\r\n", "\r\n", "25\r\n", "2500 OK\r\n", "999 OK\r\n", "250-OK\r\n550 no\r\n", "\0\r\n":
            for step in "", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", ".":
                ended, heard = self.against(changed(HONEST, step, nonsense))
                self.check_failed("", ended, heard)

    def test_only_the_right_codes_go_on(self):
        for step, reply, never in [("", "250 OK\r\n", ["EHLO"]), ("", "554 No\r\n", ["EHLO"]),
                                   ("AUTH", "250 OK\r\n", ["MAIL"]), ("MAIL", "354 OK\r\n", ["RCPT"]),
                                   ("RCPT", "354 OK\r\n", ["DATA"]), ("DATA", "250 OK\r\n", ["Date"]),
                                   (".", "354 More\r\n", []), (".", "452 Full\r\n", []), ("EHLO", "502 No\r\n", ["MAIL"])]:
            ended, heard = self.against(changed(HONEST, step, reply))
            self.check_failed("", ended, heard, never)
        for reply in "250 OK\r\n", "454 Not now\r\n":
            ended, heard = self.against(AFTER_STARTTLS, changed(PLAIN, "STARTTLS", reply))
            self.check_failed("STARTTLS", ended, heard, never=["AUTH", "MAIL"])

    def test_codes_that_mean_something_else_than_their_first_digit(self):
        script = changed(HONEST, "RCPT", "552 Too many\r\n")[:5] + [("RSET", "250 OK\r\n"), ("QUIT", "221 Bye\r\n")]
        self.check_failed("refused for now: 552 Too many", *self.against(script))
        for code in 530, 535, 538:  # the session's fault, not the message's
            ended, heard = self.against(changed(HONEST, "MAIL", f"{code} Log in\r\n"))
            self.check_failed(f"MAIL: the server says {code} Log in", ended, heard, never=["RSET"])

    def test_never_in_plain_text(self):
        plain = changed(PLAIN, "EHLO", "250-test\r\n250 AUTH PLAIN\r\n")
        ended, heard = self.against(AFTER_STARTTLS, plain)
        self.check_failed("no STARTTLS", ended, heard, never=["AUTH", "MAIL", "STARTTLS"])

    def test_what_was_offered_before_tls_is_forgotten(self):
        plain = changed(PLAIN, "EHLO", "250-test\r\n250-AUTH PLAIN\r\n250-SMTPUTF8\r\n250 STARTTLS\r\n")
        ended, heard = self.against(changed(AFTER_STARTTLS, "EHLO", "250 test\r\n"), plain)
        self.check_failed("does not offer AUTH PLAIN", ended, heard, never=["AUTH"])
        self.assertEqual(heard.count("EHLO [127.0.0.1]"), 2)

    def test_out_of_turn(self):
        ended, heard = self.against(changed(HONEST, "EHLO", EHLO + "250 OK\r\n"))
        self.check_failed("out of turn", ended, heard, never=["AUTH"])
        ended, heard = self.against(changed(HONEST, "AUTH", "235 OK\r\n421 Going down\r\n"))
        self.check_failed("421 Going down", ended, heard, never=["MAIL"])
        ended, heard = self.against(changed(HONEST, "MAIL", "421 Going down\r\n"))
        self.check_failed("MAIL: the server says 421 Going down", ended, heard, never=["RCPT", "RSET"])

    def test_a_server_that_repeats_secrets(self):
        plain = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
        for step in "AUTH", "MAIL", "RCPT", ".":
            said = f"550-{plain}\r\n550 {PASSWORD} {base64.b64encode(PASSWORD.encode()).decode()}\r\n"
            script = changed(HONEST, step, said)
            ended, heard = self.against(script)  # run_mailer looks for secrets
            self.check_failed("550 *** *** ***", ended, heard)

    def test_escape_sequences_do_not_reach_the_terminal(self):
        ended, _ = self.against(changed(HONEST, "", "220 \x1b[31mred\x07\r\n"))
        self.assertIn("220 ?[31mred?", ended.out)

    def test_long_tokens_follow_the_command(self):
        self.environment["FAVRAS_SMTP_PASSWORD"] = "t" * 900
        script = [step for step in HONEST if step[0] != "AUTH"]
        script[2:2] = [("AUTH", "334 \r\n"), ("", "")] + [("dXNlc", "235 OK\r\n")]
        ended, heard = self.against(script, words=["--auth", "xoauth2"])
        self.assertEqual(ended.status, 0, ended)
        self.assertEqual(heard[1], "AUTH XOAUTH2")
        self.assertEqual(base64.b64decode(heard[2]).decode(), f"user={USER}\1auth=Bearer {'t' * 900}\1\1")


if __name__ == "__main__":
    unittest.main(warnings="ignore")
