"""mailer against Dovecot's submission service, which relays to aiosmtpd: another TLS library's defaults, XOAUTH2 with a
real token, replies of its own."""

import base64
import grp
import hashlib
import hmac
import json
import os
import pwd
import secrets
import shutil
import time
import unittest

from debian import Daemon, free_port, unpacked
from mail_test import PASSWORD, USER, WRONG_PASSWORD, MailTest, parsed, text_of
from receiver import Receiver

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
libexec_dir = {folder}/lib
mail_plugin_dir = {folder}/lib/modules
auth_verbose = yes
protocols = submission
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{folder}/mail
ssl = required
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
ssl_dh =
auth_mechanisms = plain login xoauth2 oauthbearer
hostname = submission.example.org
submission_relay_host = 127.0.0.1
submission_relay_port = {relay}
submission_max_recipients = 5
submission_max_mail_size = 200000
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service submission-login {{
  chroot =
  inet_listener submission {{
    port = {plain}
  }}
  inet_listener submissions {{
    port = {encrypted}
    ssl = yes
  }}
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = scheme=PLAIN {folder}/users.secret
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/home
}}
"""
OAUTH2 = """
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={folder}/keys/
username_attribute = sub
"""


def short_folder():
    """A folder with a name of twelve characters: Dovecot's paths can only be replaced by others as long."""
    while True:
        folder = f"/tmp/d{secrets.token_hex(3)}"
        try:
            os.mkdir(folder, 0o755)
            return folder
        except FileExistsError:
            pass


def moved(source, target, folder):
    """A copy of Debian's file, or folder of files, that looks for its own below `folder`."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
        for name in os.listdir(source):
            moved(os.path.join(source, name), os.path.join(target, name), folder)
    elif os.path.islink(source):
        os.symlink(os.readlink(source), target)
    else:
        with open(source, "rb") as file:
            content = file.read()
        for old, new in (b"/usr/bin/doveconf", f"{folder}/conf"), (b"/usr/lib/dovecot", f"{folder}/lib"):
            assert len(old) == len(new)
            content = content.replace(old, new.encode())
        with open(target, "wb") as file:
            file.write(content)
        os.chmod(target, 0o755)


def token(key, **changes):
    """A JSON web token, signed with HS256."""
    now = int(time.time())
    claims = {"sub": USER, "iat": now - 10, "nbf": now - 10, "exp": now + 600, **changes}
    parts = [{"alg": "HS256", "typ": "JWT"}, claims]
    text = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    return (text + b"." + base64.urlsafe_b64encode(hmac.digest(key, text, hashlib.sha256)).rstrip(b"=")).decode()


class Dovecot(MailTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        packages = unpacked("dovecot")
        cls.home = folder = short_folder()
        cls.addClassCleanup(shutil.rmtree, folder)
        moved(f"{packages}/usr/lib/dovecot", f"{folder}/lib", folder)
        moved(f"{packages}/usr/bin/doveconf", f"{folder}/conf", folder)
        moved(f"{packages}/usr/sbin/dovecot", f"{folder}/dovecot", folder)
        for source, name in zip(cls.authority.sign("dovecot"), ("server.pem", "server.key")):
            shutil.copyfile(source, f"{folder}/{name}")
        cls.relay = cls.enterClassContext(Receiver(None, auth_required=False, auth_require_tls=True))
        cls.plain, cls.encrypted = free_port(), free_port()
        user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        group = grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name
        cls.key = secrets.token_bytes(32)
        os.makedirs(f"{folder}/keys/default/HS256")
        for name, text in {
                "configuration": CONFIGURATION.format(folder=folder, user=user, group=group, relay=cls.relay.port,
                                                      plain=cls.plain, encrypted=cls.encrypted),
                "oauth2": OAUTH2.format(folder=folder),
                "users.secret": f"{USER}:{PASSWORD}\n",
                "keys/default/HS256/default": base64.b64encode(cls.key).decode()}.items():
            with open(f"{folder}/{name}", "w") as file:
                file.write(text)
        cls.daemon = cls.enterClassContext(Daemon([f"{folder}/dovecot", "-F", "-c", f"{folder}/configuration"], folder,
                                                  [cls.plain, cls.encrypted], {}))

    def setUp(self):
        super().setUp()
        self.relay.messages.clear()
        self.urls = f"smtps://{USER}@localhost:{self.encrypted}", f"smtp://{USER}@localhost:{self.plain}"

    def test_every_way_in(self):
        for url in self.urls:
            for way in "plain", "login", "xoauth2":
                with self.subTest(url=url, way=way):
                    self.environment["FAVRAS_SMTP_PASSWORD"] = token(self.key) if way == "xoauth2" else PASSWORD
                    ended = self.run_mailer("test", url, "--auth", way)
                    self.assertEqual(ended.status, 0, f"{ended}{self.daemon.said()}")
        self.assertEqual(len(self.relay.messages), 6)

    def test_wrong_passwords_and_tokens(self):
        self.environment["FAVRAS_SMTP_PASSWORD"] = WRONG_PASSWORD
        self.assertIn("AUTH: the server says 535", self.run_mailer("test", self.urls[0]).err)
        for bad in token(self.key, exp=1), token(b"another key" * 3):
            self.environment["FAVRAS_SMTP_PASSWORD"] = bad
            ended = self.run_mailer("test", self.urls[1], "--auth", "xoauth2")
            self.assertIn("AUTH: the server says 535", ended.err)
            self.assertNotIn(bad, ended.err + ended.out)
        self.assertEqual(self.relay.messages, [])

    def test_text_survives_and_recipients_are_split(self):
        text = "From the start\n.\n..\n" + "ä" * 3000 + "\n \n=20\n"
        addresses = [f"a{i}@example.org" for i in range(7)]
        ended = self.run_mailer("send", self.urls[1], "--mail-to", ",".join(addresses), text=text.encode())
        self.assertEqual(ended.status, 0, f"{ended}{self.daemon.said()}")
        self.assertEqual([recipients for _, recipients, _ in self.relay.messages], [addresses[:5], addresses[5:]])
        for _, _, content in self.relay.messages:
            self.assertEqual(text_of(parsed(content)), text)

    def test_longer_than_the_server_takes(self):
        self.assertIn("longer than the server takes", self.run_mailer("send", self.urls[0], text=b"x" * 300_000).err)


if __name__ == "__main__":
    unittest.main(warnings="ignore")
