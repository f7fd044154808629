"""mailer test and mailer send against aiosmtpd: what arrives is what was given, and nobody gets a secret who should
not."""

import os
import re
import shutil
import ssl
import subprocess
import unittest

from mail_test import MAILER, PASSWORD, USER, WRONG_PASSWORD, MailTest, parsed, text_of
from authority import Authority
from receiver import Receiver

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 5
TEXT = "Größe: 3\n.\n..two dots\n. one\nFrom here on\n" + "x" * 2000 + "\ntrailing space \n=3D\n\ttab\t\n"


class Sending(MailTest):
    def write(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def test_every_way_in(self):
        for implicit in True, False:
            for way in "auto", "plain", "login", "xoauth2":
                with self.subTest(implicit=implicit, way=way), Receiver(self.tls, implicit) as server:
                    ended = self.run_mailer("test", server.url, "--auth", way)
                    self.assertEqual((ended.status, ended.err), (0, ""), ended)
                    self.assertEqual(len(server.messages), 1)
                    self.assertEqual(server.logins, [{"auto": "PLAIN", "xoauth2": "XOAUTH2"}.get(way, way.upper())]
                                     if way != "xoauth2" else [])
                    for step in ["connected to localhost", "greeting: 220", "TLSv1.", "EHLO: 250", "AUTH",
                                 "MAIL FROM:<run@example.org>", "RCPT TO:<ann@example.org>: 250", "DATA: 354",
                                 "250 Taken", "QUIT: 221"]:
                        self.assertIn(step, ended.out)

    def test_the_whole_message_part_by_part(self):
        html = f"<p>Größe</p>\n<img src='cid:picture'>\n{'y' * 3000}\n.\n"
        words = ["--html", self.write("page.html", html.encode()), "--picture", self.write("curve.png", PNG),
                 "--text", self.write("text", TEXT.encode()), "--thread", "run-7", "--subject",
                 "Epoch 3/4 – 70.4 % " + "ü" * 90, "--mail-from", "Jürgen \"J\" <run@example.org>",
                 "--mail-to", "ann@example.org, \"Doe, Bob\" <bob@example.org>", "--mail-bcc", "eve@example.org"]
        with Receiver(self.tls) as server:
            self.assertEqual(self.run_mailer("send", server.url, *words).status, 0)
            self.assertEqual(self.run_mailer("send", server.url, *words).status, 0)
        (sender, recipients, content), (_, _, second) = server.messages
        self.assertEqual((sender, recipients),
                         ("run@example.org", ["ann@example.org", "bob@example.org", "eve@example.org"]))
        self.assertIn(f"SIZE={len(content)}", server.mails[0][1])
        message = parsed(content)
        self.assertEqual(message["subject"], "Epoch 3/4 – 70.4 % " + "ü" * 90)
        self.assertEqual(str(message["from"].addresses[0].display_name), 'Jürgen "J"')
        self.assertEqual([a.display_name for a in message["to"].addresses], ["", "Doe, Bob"])
        self.assertNotIn(b"eve", content)
        self.assertEqual(message["auto-submitted"], "auto-generated")
        self.assertEqual(message["references"], parsed(second)["references"])
        self.assertNotEqual(message["message-id"], parsed(second)["message-id"])
        self.assertEqual(message.get_content_type(), "multipart/alternative")
        plain, related = message.iter_parts()
        self.assertEqual(text_of(plain), TEXT)
        self.assertEqual(related.get_content_type(), "multipart/related")
        page, picture = related.iter_parts()
        content_id = picture["content-id"].strip("<>")
        self.assertEqual(text_of(page), html.replace("cid:picture", f"cid:{content_id}"))
        self.assertEqual(picture.get_content(), PNG)
        self.assertEqual(picture.get_content_disposition(), "inline")

    @unittest.skipIf(shutil.which("curl") is None, "curl is not here")
    def test_what_curl_makes_of_the_same_message(self):
        """But for the ids and the date, which are new each time, the server gets the same bytes."""
        words = ["--text", self.write("text", TEXT.encode()), "--html", self.write("page", b"<img src='cid:picture'>\n.\n"),
                 "--picture", self.write("curve.png", PNG), "--thread", "run-7"]
        path = self.run_mailer("send", None, "--dry-run", os.path.join(self.folder, "dry"), *words).out.strip()
        with Receiver(self.tls) as server:
            self.assertEqual(self.run_mailer("send", server.url, *words).status, 0)
            settings = {"url": server.url.replace("//trainer@", "//"), "cacert": self.authority.certificate,
                        "user": f"{USER}:{PASSWORD}", "mail-from": "run@example.org", "mail-rcpt": "ann@example.org",
                        "upload-file": path, "noproxy": "*"}
            text = "".join(f'{name} = "{value}"\n' for name, value in settings.items())
            subprocess.run(["curl", "--silent", "--show-error", "--config", "-"], input=text.encode(), check=True)
        (ours, theirs) = (re.sub(rb"Date: [^\r]*|[0-9]+\.[0-9a-f]{16}@example\.org", b"NEW", content)
                          for _, _, content in server.messages)
        self.assertEqual(ours, theirs)
        self.assertEqual(ours.count(b"NEW"), 4)  # date, id, the picture's twice
        self.assertEqual(server.messages[0][:2], server.messages[1][:2])

    def test_password_from_file_and_command(self):
        secret = self.write("password.secret", PASSWORD.encode() + b"\n")
        os.chmod(secret, 0o600)
        del self.environment["FAVRAS_SMTP_PASSWORD"]
        with Receiver(self.tls) as server:
            self.assertEqual(self.run_mailer("test", server.url, "--password-file", secret).status, 0)
            self.assertEqual(self.run_mailer("test", server.url, "--password-command", f"cat {secret}").status, 0)
            self.assertIn("FAVRAS_SMTP_PASSWORD", self.run_mailer("test", server.url).err)
            os.chmod(secret, 0o640)
            self.assertIn("chmod 600", self.run_mailer("test", server.url, "--password-file", secret).err)
        self.assertEqual(len(server.messages), 2)

    def test_a_wrong_password_is_said_and_not_shown(self):
        for way in "plain", "login", "xoauth2":
            with self.subTest(way=way), Receiver(self.tls) as server:
                self.environment["FAVRAS_SMTP_PASSWORD"] = WRONG_PASSWORD
                ended = self.run_mailer("test", server.url, "--auth", way)
                self.assertEqual(ended.status, 1)
                self.assertIn("AUTH: the server says 535", ended.err)
                self.assertEqual(server.challenge_answers, [b""] if way == "xoauth2" else [])
                self.assertEqual(server.mails, [])

    def test_one_bad_recipient_costs_the_others_nothing(self):
        replies = {"bad@example.org": "550 5.1.1 No such user", "slow@example.org": "451 4.7.1 Greylisted"}
        with Receiver(self.tls, replies=replies) as server:
            ended = self.run_mailer("send", server.url, "--mail-to",
                                    "bad@example.org,ann@example.org,slow@example.org,bob@example.org")
        self.assertEqual(ended.status, 1)
        self.assertEqual(ended.err, "bad@example.org is refused: 550 5.1.1 No such user\n"
                                    "slow@example.org is refused for now: 451 4.7.1 Greylisted\n")
        self.assertEqual([recipients for _, recipients, _ in server.messages], [["ann@example.org", "bob@example.org"]])

    def test_too_many_recipients_take_several_transactions(self):
        addresses = [f"a{i}@example.org" for i in range(7)]
        with Receiver(self.tls, most_recipients=3) as server:
            self.assertEqual(self.run_mailer("send", server.url, "--mail-to", ",".join(addresses)).status, 0)
        self.assertEqual([recipients for _, recipients, _ in server.messages],
                         [addresses[:3], addresses[3:6], addresses[6:]])

    def test_longer_than_the_server_takes(self):
        with Receiver(self.tls, data_size_limit=2000) as server:
            ended = self.run_mailer("send", server.url, text=b"x" * 3000)
        self.assertEqual((ended.status, server.mails), (1, []))
        self.assertIn("longer than the server takes", ended.err)

    def test_addresses_beyond_ascii_need_smtputf8(self):
        for able in True, False:
            with Receiver(self.tls, enable_SMTPUTF8=able) as server:
                ended = self.run_mailer("send", server.url, "--mail-to", "jürgen@example.org")
            self.assertEqual(ended.status, 0 if able else 1, ended)
            self.assertEqual(len(server.messages), 1 if able else 0)
            if able:
                self.assertEqual(server.messages[0][1], ["jürgen@example.org"])
            else:
                self.assertIn("has no SMTPUTF8", ended.err)

    def test_line_breaks_are_refused(self):
        for words in (["--subject", "a\r\nBcc: eve@example.org"], ["--mail-to", "a@b.c>\r\nDATA"],
                      ["--mail-from", "x\n <a@b.c>"]):
            ended = self.run_mailer("send", "smtps://localhost:1", *words)
            self.assertEqual(ended.status, 2, ended)

    def test_certificates(self):
        """Nothing is said to a server that cannot prove who it is."""
        other = Authority(self.folder, "other")
        old = self.authority.context("old")
        old.set_ciphers("DEFAULT:@SECLEVEL=0")
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        cases = [(other.context(), "unable to get local issuer certificate"),
                 (self.authority.context("elsewhere", alternative="DNS:elsewhere.example"), "ostname mismatch"),
                 (self.authority.context("expired", days=-1), "expired"), (old, "TLS handshake")]
        for context, why in cases:
            for implicit in True, False:
                with self.subTest(why=why, implicit=implicit), Receiver(context, implicit) as server:
                    ended = self.run_mailer("test", server.url)
                    self.assertEqual((ended.status, server.logins, server.mails), (1, [], []), ended)
                    self.assertIn(why, ended.err)
                    self.assertNotIn("AUTH PLAIN as", ended.out)
        names = []
        context = self.authority.context("names")
        context.sni_callback = lambda _, name, __: names.append(name)
        with Receiver(context) as server:
            for url in server.url, server.url.replace("localhost", "127.0.0.1"):
                self.assertEqual(self.run_mailer("test", url).status, 0)
            self.assertEqual(names, ["localhost", None])
            self.assertIn("not accepted", self.run_mailer("test", server.url, "--ca-file", other.certificate).err)

    def run_words(self, *words):
        return self.ended(subprocess.Popen([MAILER, *words], env=self.environment, stdin=subprocess.PIPE,
                                           stdout=subprocess.PIPE, stderr=subprocess.PIPE))

    def test_options_from_words_environment_and_file(self):
        dry = os.path.join(self.folder, "dry")
        config = self.write("config", f"mail-to = file@example.org\nmail-from = file@example.org\ndry-run = {dry}\n"
                                      "subject = from the file\n".encode())
        self.environment |= {"FAVRAS_MAIL_FROM": "variable@example.org", "FAVRAS_SUBJECT": "from a variable",
                             "FAVRAS_MAIL_TO": "", "FAVRAS_CONFIG": config}
        ended = self.run_words("send", "--subject", "from a word")
        self.assertEqual(ended.status, 0, ended)
        with open(ended.out.strip(), "rb") as file:
            message = parsed(file.read())
        self.assertEqual((message["subject"], message["from"], message["to"]),
                         ("from a word", "variable@example.org", "file@example.org"))

    def test_help_and_mistakes(self):
        for words in ["--help"], ["--version"], *([name, "--help"] for name in ("test", "send", "flush", "preview")):
            ended = self.run_words(*words)
            self.assertEqual((ended.status, ended.err), (0, ""))
            self.assertIn("mailer", ended.out)
        for words, why in [([], "a command is needed"), (["sned"], "unknown command 'sned'"),
                           (["send", "--subjekt", "x"], "subjekt"), (["test"], "--mail-from is needed"),
                           (["flush"], "--smtp-url is needed"), (["preview"], "one message is needed"),
                           (["flush", "word"], "positional"), (["send", "--config", "/nowhere"], "cannot be read")]:
            ended = self.run_words(*words)
            self.assertEqual((ended.status, ended.out), (2, ""), ended)
            self.assertIn(why, ended.err)
            self.assertIn("--help says more", ended.err)

    def test_dry_run_and_preview(self):
        dry = os.path.join(self.folder, "dry")
        words = ["--html", self.write("page", b"<img src='cid:picture'>"), "--picture", self.write("png", PNG)]
        ended = self.run_mailer("send", None, "--dry-run", dry, *words, text=b"\x1b[31mred\n")
        self.assertEqual(ended.status, 0, ended)
        path = ended.out.strip()
        with open(path, "rb") as file:
            parsed(file.read())
        page = os.path.join(self.folder, "page.html")
        shown = subprocess.run([MAILER, "preview", path, "--html", page], capture_output=True)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("Subject: Epoch 3\nParts: text", shown.stdout.decode())
        self.assertIn("\n\n?[31mred\n", shown.stdout.decode())
        with open(page) as file:
            self.assertTrue(file.read().startswith("<img src='data:image/png;base64,iVBOR"))


if __name__ == "__main__":
    unittest.main(warnings="ignore")
