"""A server that does whatever a test wants: it talks as a script says, over TLS from the first byte or after STARTTLS."""

import socket
import ssl
import threading

EHLO = "250-test\r\n250-SIZE 100000\r\n250 AUTH PLAIN LOGIN XOAUTH2\r\n"
# What an honest server says, with TLS from the first byte: the client's command, then the reply.
HONEST = [("", "220 test\r\n"), ("EHLO", EHLO), ("AUTH", "235 OK\r\n"), ("MAIL", "250 OK\r\n"), ("RCPT", "250 OK\r\n"),
          ("DATA", "354 Go on\r\n"), (".", "250 Taken\r\n"), ("QUIT", "221 Bye\r\n")]
# The steps before TLS that STARTTLS needs.
PLAIN = [("", "220 test\r\n"), ("EHLO", "250-test\r\n250 STARTTLS\r\n"), ("STARTTLS", "220 Go on\r\n")]

STALL, CLOSE = object(), object()


def changed(script, step, reply):
    """The script with another reply to that step."""
    assert any(name == step for name, _ in script), step
    return [(name, reply if name == step else old) for name, old in script]


class Hostile:
    """Serves each connection by the script in `self.script`; `self.heard` has every line that came, all connections
    together."""

    def __init__(self, tls, script=HONEST, plain=None, cut=None, byte_by_byte=False):
        self.tls, self.script, self.plain, self.cut, self.byte_by_byte = tls, script, plain, cut, byte_by_byte
        self.heard, self.left, self.failures = [], None, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        port = self.listener.getsockname()[1]
        self.url = f"{'smtp' if plain else 'smtps'}://trainer@localhost:{port}"
        self.released = threading.Event()
        self.thread = threading.Thread(target=self.accept)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.released.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()

    def accept(self):
        while not self.released.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.left = self.cut
            connection.settimeout(10)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                with connection:
                    self.serve(connection)
            except (OSError, EOFError):  # the client went away, as it should
                pass

    def serve(self, connection):
        if self.plain:
            self.talk(connection, connection.makefile("rb"), self.plain)
        if self.tls is None:
            self.released.wait(10)
            return
        with self.tls.wrap_socket(connection, server_side=True) as encrypted, encrypted.makefile("rb") as lines:
            self.talk(encrypted, lines, self.script)

    def talk(self, connection, lines, script):
        for step, reply in script:
            while step:
                line = lines.readline().decode("latin-1").rstrip("\r\n")
                self.heard.append(line)
                if line == "QUIT" and step != "QUIT":  # nothing to send, or no more of it
                    self.say(connection, b"221 Bye\r\n")
                    raise EOFError
                if step != ".":
                    break
                if line == ".":
                    break
                if not line and lines.peek(1) == b"":
                    raise EOFError
            if reply is STALL:
                self.released.wait(10)
            if reply is STALL or reply is CLOSE:
                raise EOFError
            self.say(connection, reply if isinstance(reply, bytes) else reply.encode("latin-1"))

    def say(self, connection, reply):
        if self.left is not None:
            reply, self.left = reply[:self.left], self.left - len(reply[:self.left])
        for piece in ([reply[i:i + 1] for i in range(len(reply))] if self.byte_by_byte else [reply]):
            connection.sendall(piece)
        if self.left == 0:
            raise EOFError
