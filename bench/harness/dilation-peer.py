"""One end of a dilated wormhole of the Python library. dilation-peer.ts does the same with this library.

    dilation-peer.py push|sink URL CODE BYTES CHUNK SUBCHANNELS hash|compare [RELAY]

Bytes are those of one subchannel. With a relay, neither side listens. The last line is JSON.
"""
import hashlib, json, os, resource, sys, time

import wormhole
from twisted.internet import defer, protocol, task
from twisted.internet.interfaces import IPullProducer
from zope.interface import implementer

ROLE, URL, CODE, BYTES, CHUNK, COUNT, CHECK = sys.argv[1:8]
RELAY = sys.argv[8] if len(sys.argv) > 8 else None
BYTES, CHUNK, COUNT = int(BYTES), int(CHUNK), int(COUNT)


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Check:
    """The hash of all bytes, or of the first chunk, with which the reader compares the others: they are all equal."""
    def __init__(self): self.hash, self.first = hashlib.sha256(), None

    def take(self, chunk, compare=False):
        if CHECK == "hash" or self.first is None: self.hash.update(chunk)
        elif compare and self.first[:len(chunk)] != chunk: raise SystemExit("the received bytes differ from those sent")
        self.first = self.first or chunk

    def sum(self): return self.hash.hexdigest()


@implementer(IPullProducer)
class Push(protocol.Protocol):
    def __init__(self):
        self.done, self.left, self.check, self.chunk = defer.Deferred(), BYTES, Check(), os.urandom(CHUNK)

    def connectionMade(self):
        self.transport.registerProducer(self, False)

    def resumeProducing(self):
        if self.left == 0: return self.transport.unregisterProducer()
        chunk = self.chunk[:min(self.left, CHUNK)]
        self.check.take(chunk)
        self.left -= len(chunk)
        self.transport.write(chunk)

    def stopProducing(self): pass

    def dataReceived(self, data):
        if data.decode() != self.check.sum(): raise SystemExit("the received bytes differ from those sent")
        self.done.callback(None)


class Sink(protocol.Protocol):
    def __init__(self): self.done, self.got, self.check = defer.Deferred(), 0, Check()

    def dataReceived(self, data):
        self.check.take(data, compare=True)
        self.got += len(data)
        if self.got == BYTES:
            self.transport.write(self.check.sum().encode())
            self.done.callback(None)


class Echo(protocol.Protocol):
    def dataReceived(self, data): self.transport.write(data)


class Asker(protocol.Protocol):
    def __init__(self): self.done, self.times = defer.Deferred(), []
    def connectionMade(self): self.ask()
    def ask(self): self.asked = time.monotonic(); self.transport.write(b"x")
    def dataReceived(self, data):
        self.times.append((time.monotonic() - self.asked) * 1000)
        self.done.callback(None) if len(self.times) == 500 else self.ask()


class Factory(protocol.Factory):
    def __init__(self, make): self.make = make
    def buildProtocol(self, address): return self.make()


async def main(reactor):
    w = wormhole.create("bench/dilation", URL, reactor, dilation=True)
    w.set_code(CODE)
    d = w.dilate(transit_relay_location=RELAY, no_listen=RELAY is not None)
    first_there, all_there, sinks = defer.Deferred(), defer.Deferred(), []

    def sink():
        sinks.append(Sink())
        if len(sinks) == 1: first_there.callback((time.monotonic(), cpu()))
        if len(sinks) == COUNT: all_there.callback(None)
        return sinks[-1]

    if ROLE == "sink":
        await d.listener_for("echo").listen(Factory(Echo))
        await d.listener_for("bench").listen(Factory(sink))
        start, used = await first_there
        await all_there
        await defer.gatherResults([each.done for each in sinks])
    else:
        await d.when_dilated()
        asker = await d.connector_for("echo").connect(Factory(Asker))
        await asker.done
        start, used = time.monotonic(), cpu()
        pushers = [await d.connector_for("bench").connect(Factory(Push)) for _ in range(COUNT)]
        await defer.gatherResults([each.done for each in pushers])
    seconds, used = time.monotonic() - start, cpu() - used
    await task.deferLater(reactor, 0.3, lambda: None)
    facts = dict(seconds=seconds, cpu=used, memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6)
    if ROLE == "push":
        times = sorted(asker.times)
        facts.update(p50=times[250], p99=times[495])
    print(json.dumps(facts), flush=True)
    os._exit(0)     # the time to close is not measured


task.react(lambda reactor: defer.ensureDeferred(main(reactor)))
