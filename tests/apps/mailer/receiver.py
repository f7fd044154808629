"""aiosmtpd as the tests want it: on a free port of the loopback, in a thread, with everything it received."""

import asyncio
import base64
import logging
import threading

from mail_test import PASSWORD, USER, skip

try:
    import aiosmtpd
    from aiosmtpd.smtp import SMTP, AuthResult, MISSING
except ImportError:
    from debian import unpacked
    unpacked("aiosmtpd")
    import aiosmtpd
    from aiosmtpd.smtp import SMTP, AuthResult, MISSING

logging.getLogger("mail.log").setLevel(logging.CRITICAL)


class Session(SMTP):
    async def auth_XOAUTH2(self, server, args):
        """As Google has it: what is wrong comes as a 334, and the 535 after an empty line."""
        response = base64.b64decode(args[1]) if len(args) > 1 else await server.challenge_auth("")
        if response is MISSING:
            return MISSING
        if response == f"user={USER}\1auth=Bearer {PASSWORD}\1\1".encode():
            return AuthResult(success=True, auth_data="XOAUTH2")
        answer = await server.challenge_auth(b'{"status":"400"}')
        server.event_handler.challenge_answers.append(answer)
        return AuthResult(success=False, handled=False)


class Receiver:
    """`replies` maps an address to the reply to its RCPT; `ends` are the replies to the first final dots."""

    def __init__(self, tls, implicit=True, replies=None, ends=(), most_recipients=100, port=0, **options):
        self.messages, self.logins, self.challenge_answers, self.mails = [], [], [], []
        self.replies, self.ends, self.most_recipients = replies or {}, list(ends), most_recipients
        self.before_mail = self.after_message = None  # called with the number of those before
        usual = {"hostname": "test", "authenticator": self.authenticate, "auth_required": True}
        usual |= {"auth_require_tls": False} if implicit else {"tls_context": tls, "require_starttls": True}
        options = {**usual, **options}
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(self.loop.create_server(
            lambda: Session(self, loop=self.loop, **options), "127.0.0.1", port, ssl=tls if implicit else None))
        self.port = self.server.sockets[0].getsockname()[1]
        self.url = f"{'smtps' if implicit else 'smtp'}://{USER}@localhost:{self.port}"
        self.thread = threading.Thread(target=self.loop.run_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.server.close()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()

    def version(self):
        return f"aiosmtpd {aiosmtpd.__version__}"

    def authenticate(self, server, session, envelope, mechanism, data):
        self.logins.append(mechanism)
        good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False)

    async def handle_MAIL(self, server, session, envelope, address, options):
        self.mails.append((address, options))
        if self.before_mail:
            await self.before_mail(len(self.mails) - 1)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if len(envelope.rcpt_tos) >= self.most_recipients:
            return "452 4.5.3 Too many recipients"
        reply = self.replies.get(address, "250 OK")
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server, session, envelope):
        reply = self.ends.pop(0) if self.ends else "250 Taken"
        if reply.startswith("250"):
            self.messages.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.original_content))
            if self.after_message:
                await self.after_message(len(self.messages) - 1)
        return reply
