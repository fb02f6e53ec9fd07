"""
The reference library's end of dilated wormholes, for tests. Any number of wormholes is controlled by the lines of
`commands.py`. The events and commands of a subchannel have its number as "c".

The kinds of subchannel: "half", which can be closed in one direction, "full", which cannot, and "sum", which is like
"half" but reports only the count and the hash of its data.
"""

import hashlib
import os

import wormhole
from commands import Commands, described, main
from twisted.internet import defer, reactor
from twisted.internet.interfaces import IHalfCloseableProtocol, IPullProducer
from twisted.internet.protocol import Factory, Protocol
from wormhole._dilation.roles import LEADER
from zope.interface import implementer


class Full(Protocol):
    """Reports every event. Closing it ends both directions."""

    def __init__(self, report):
        self._report = report

    def dataReceived(self, data):
        self._report("data", data.hex())

    def connectionLost(self, reason):
        self._report("closed", None)

    def finish(self):
        self.transport.loseConnection()


@implementer(IHalfCloseableProtocol)
class Half(Full):
    """Reports every event. Each direction can be closed alone."""

    def readConnectionLost(self):
        self._report("ended", None)

    def writeConnectionLost(self):
        self._report("finished", None)

    def finish(self):
        self.transport.loseWriteConnection()


class Sum(Half):
    """Counts and hashes the incoming data."""

    def connectionMade(self):
        self._bytes = 0
        self._hash = hashlib.sha256()

    def dataReceived(self, data):
        self._bytes += len(data)
        self._hash.update(data)

    def readConnectionLost(self):
        self._report("ended", {"bytes": self._bytes, "sha256": self._hash.hexdigest()})


@implementer(IPullProducer)
class Push:
    """Writes bytes as fast as they are accepted, and closes."""

    def __init__(self, protocol, size, chunk):
        self._protocol = protocol
        self._left = size
        self._chunk = os.urandom(chunk)
        self._hash = hashlib.sha256()
        self.done = defer.Deferred()
        protocol.transport.registerProducer(self, False)

    def resumeProducing(self):
        data = self._chunk[: self._left]
        self._left -= len(data)
        self._hash.update(data)
        self._protocol.transport.write(data)
        if not self._left:
            self._protocol.transport.unregisterProducer()
            self._protocol.finish()
            self.done.callback(self._hash.hexdigest())

    def stopProducing(self):
        pass


class Subchannels(Factory):
    kinds = {"full": Full, "half": Half, "sum": Sum}

    def __init__(self, side, kind, name, announce):
        self._side = side
        self._kind = self.kinds[kind]
        self._name = name
        self._announce = announce

    def buildProtocol(self, address):
        return self._side.add(self._kind, self._name, self._announce)


class Side:
    def __init__(self, report, url, appid, code, dilation):
        self._report = report
        self._channels = []
        self._state = None
        self.wormhole = wormhole.create(appid, url, reactor, dilation=dilation)
        self.wormhole.set_code(code)

    def dilate(self, relay, no_listen, ping_interval):
        self._dilated = self.wormhole.dilate(
            transit_relay_location=relay,
            no_listen=no_listen,
            ping_interval=ping_interval,
            on_status_update=self._status,
        )
        self._dilated.when_dilated().addCallbacks(
            lambda _: self._report("dilated", None),
            lambda failure: self._report("refused", described(failure.value)),
        )

    def _status(self, status):
        state = type(status.peer_connection).__name__
        if state != self._state:
            self._state = state
            hint = getattr(status.peer_connection, "hint_description", None)
            self._report("status", {"state": state, "hint": hint})

    def add(self, kind, name, announce):
        number = len(self._channels)

        def report(event, value):
            self._report(event, value, c=number)

        channel = kind(report)
        channel.number = number
        self._channels.append(channel)
        if announce:
            self._report("opened", {"name": name, "c": number})
        return channel

    @defer.inlineCallbacks
    def connect(self, name, kind):
        factory = Subchannels(self, kind, name, False)
        channel = yield self._dilated.connector_for(name).connect(factory)
        return channel.number

    @defer.inlineCallbacks
    def listen(self, name, kind):
        factory = Subchannels(self, kind, name, True)
        yield self._dilated.listener_for(name).listen(factory)

    def channel(self, number):
        return self._channels[number]

    @property
    def connection(self):
        """The TCP transport of the present connection, which has no public name."""
        return self._dilated._manager._connection.transport

    @property
    def role(self):
        return "leader" if self._dilated._manager._my_role is LEADER else "follower"


class DilationCommands(Commands):
    """The commands of the tests in this folder."""

    def __init__(self):
        super().__init__()
        self._sides = {}

    def do_create(self, w, **options):
        def report(event, value, **where):
            self.write(w=w, event=event, value=value, **where)

        self._sides[w] = Side(report, **options)

    def do_dilate(self, w, relay, no_listen, ping_interval):
        self._sides[w].dilate(relay, no_listen, float(ping_interval))

    def do_send(self, w, text):
        self._sides[w].wormhole.send_message(text.encode())

    def do_role(self, w):
        return self._sides[w].role

    def do_connect(self, w, name, kind):
        return self._sides[w].connect(name, kind)

    def do_listen(self, w, name, kind):
        return self._sides[w].listen(name, kind)

    def do_write(self, w, c, body):
        self._sides[w].channel(c).transport.write(bytes.fromhex(body))

    def do_finish(self, w, c):
        self._sides[w].channel(c).finish()

    def do_push(self, w, c, size, chunk):
        return Push(self._sides[w].channel(c), size, chunk).done

    def do_cut(self, w):
        """Drops the connection, as a failing network would."""
        self._sides[w].connection.abortConnection()

    def do_deafen(self, w):
        """Stops reading from this connection, while the process lives."""
        self._sides[w].connection.pauseProducing()

    def do_close(self, w):
        return self._sides[w].wormhole.close()


if __name__ == "__main__":
    main(DilationCommands())
