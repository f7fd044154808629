"""Dovecot's submission service on free ports of the loopback, which relays to aiosmtpd: another TLS library's defaults,
XOAUTH2 with a real token, replies of its own."""

import base64
import grp
import hashlib
import hmac
import json
import os
import pwd
import secrets
import shutil
import subprocess
import time

from debian import Daemon, free_port, unpacked
from mail_test import PASSWORD, USER
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


class Dovecot(Daemon):
    """A context; `relay` is the aiosmtpd that its mail goes to."""

    def __init__(self, authority):
        packages = unpacked("dovecot")
        self.home = folder = short_folder()
        moved(f"{packages}/usr/lib/dovecot", f"{folder}/lib", folder)
        moved(f"{packages}/usr/bin/doveconf", f"{folder}/conf", folder)
        moved(f"{packages}/usr/sbin/dovecot", f"{folder}/dovecot", folder)
        for source, name in zip(authority.sign("dovecot"), ("server.pem", "server.key")):
            shutil.copyfile(source, f"{folder}/{name}")
        self.relay = Receiver(None, auth_required=False, auth_require_tls=True)
        plain, encrypted = free_port(), free_port()
        user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        group = grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name
        self.key = secrets.token_bytes(32)
        os.makedirs(f"{folder}/keys/default/HS256")
        for name, text in {
                "configuration": CONFIGURATION.format(folder=folder, user=user, group=group, relay=self.relay.port,
                                                      plain=plain, encrypted=encrypted),
                "oauth2": OAUTH2.format(folder=folder),
                "users.secret": f"{USER}:{PASSWORD}\n",
                "keys/default/HS256/default": base64.b64encode(self.key).decode()}.items():
            with open(f"{folder}/{name}", "w") as file:
                file.write(text)
        self.urls = f"smtps://{USER}@localhost:{encrypted}", f"smtp://{USER}@localhost:{plain}"
        super().__init__([f"{folder}/dovecot", "-F", "-c", f"{folder}/configuration"], folder, [plain, encrypted], {})

    def __enter__(self):
        self.relay.__enter__()
        return super().__enter__()

    def __exit__(self, *_):
        super().__exit__()
        self.relay.__exit__()
        shutil.rmtree(self.home)

    def version(self):
        told = subprocess.run([f"{self.home}/dovecot", "--version"], capture_output=True, text=True)
        return f"Dovecot {told.stdout.strip()}, relaying to {self.relay.version()}"

    def token(self, key=None, **changes):
        """A JSON web token, signed with HS256 by this key or by that of the server."""
        now = int(time.time())
        claims = {"sub": USER, "iat": now - 10, "nbf": now - 10, "exp": now + 600, **changes}
        parts = [{"alg": "HS256", "typ": "JWT"}, claims]
        text = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
        signature = hmac.digest(key or self.key, text, hashlib.sha256)
        return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()
