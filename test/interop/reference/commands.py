"""
The Python end of `process.ts`: a process with the reference library, controlled by lines of JSON.

Each line of standard input is a command, such as {"ask": 7, "w": "1", "do": "send", "body": "00ff"}, where "w" names a
wormhole. It is answered by {"re": 7, "value": ...} or {"re": 7, "error": CLASS, "words": TEXT}. An event of a wormhole is
written as {"w": "1", "event": "message", "value": "00ff"}, and an error in the log of the library as {"logged": TEXT}.
Bytes are written in hex.
"""

import json
import sys

from twisted.internet import defer, reactor, stdio
from twisted.internet.protocol import Protocol
from twisted.python import log


def plain(value):
    """A value as JSON can express it."""
    return value.hex() if isinstance(value, bytes) else value


def described(error):
    """An error as the tests see it."""
    return {"error": type(error).__name__, "words": str(error)}


class Commands(Protocol):
    """Runs the methods `do_...` of a subclass, with the fields of the command as arguments."""

    def __init__(self):
        self._parts = []

    def connectionMade(self):
        log.addObserver(self._logged)

    def connectionLost(self, reason):
        reactor.stop()

    def _logged(self, event):
        if event.get("isError"):
            self.write(logged=log.textFromEventDict(event))

    def write(self, **line):
        """Writes one line."""
        self.transport.write(json.dumps(line).encode() + b"\n")

    def dataReceived(self, data):
        """A line may have megabytes, so it is joined only once, when it is complete."""
        self._parts.append(data)
        if b"\n" in data:
            *lines, rest = b"".join(self._parts).split(b"\n")
            self._parts = [rest]
            for line in lines:
                self._command(json.loads(line))

    def _command(self, command):
        ask = command.pop("ask")
        done = self.run(getattr(self, "do_" + command.pop("do")), command)
        done.addCallbacks(
            lambda value: self.write(re=ask, value=plain(value)),
            lambda failure: self.write(re=ask, **described(failure.value)),
        )

    def run(self, method, command):
        """Runs one command. A subclass may wait before it does."""
        return defer.maybeDeferred(method, **command)


def main(commands):
    """Serves until standard input ends."""
    stdio.StandardIO(commands)
    reactor.run()
    sys.exit(0)
