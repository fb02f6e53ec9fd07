"""
The reference library's end of a wormhole, for tests: any number of wormholes, steered by lines of JSON.

Each line of standard input is a command, such as {"ask": 7, "w": "1", "do": "send", "body": "00ff"}, and is answered by
{"re": 7, "value": ...} or {"re": 7, "error": CLASS, "words": TEXT}. What a wormhole tells by itself comes as
{"w": "1", "event": "message", "value": "00ff"}, and what the library logs as an error as {"trouble": TEXT}. Bytes are
written in hex.
"""

import json
import sys

import wormhole
from autobahn.websocket.protocol import WebSocketProtocol
from twisted.internet import defer, reactor, stdio, task
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python import log

GETTERS = {
    "welcome": "get_welcome",
    "code": "get_code",
    "key": "get_unverified_key",
    "verifier": "get_verifier",
    "versions": "get_versions",
    "message": "get_message",
}


def plain(value):
    return value.hex() if isinstance(value, bytes) else value


def told(error):
    return {"error": type(error).__name__, "words": str(error)}


@defer.inlineCallbacks
def settled(side):
    """Waits while the line is being closed and the library does not know it: it throws at what it is asked then."""
    rendezvous = side.wormhole._boss._RC
    while rendezvous._ws and rendezvous._ws.state != WebSocketProtocol.STATE_OPEN:
        yield task.deferLater(reactor, 0.01)


class Delegate:
    """Writes down every event of a wormhole of the delegated flavour."""

    def __init__(self, tell):
        self._tell = tell

    def wormhole_got_welcome(self, welcome):
        self._tell("welcome", welcome)

    def wormhole_got_code(self, code):
        self._tell("code", code)

    def wormhole_got_unverified_key(self, key):
        self._tell("key", plain(key))

    def wormhole_got_verifier(self, verifier):
        self._tell("verifier", plain(verifier))

    def wormhole_got_versions(self, versions):
        self._tell("versions", versions)

    def wormhole_got_message(self, message):
        self._tell("message", plain(message))

    def wormhole_closed(self, result):
        self._tell("closed", "happy" if result == "happy" else told(result))


class Delegated:
    def __init__(self, tell, **options):
        self.wormhole = wormhole.create(delegate=Delegate(tell), **options)

    def close(self):
        self.wormhole.close()


class Deferred:
    """Asks for everything at once, and writes down every answer."""

    def __init__(self, tell, **options):
        self._tell = tell
        self._closing = False
        self.wormhole = wormhole.create(**options)
        for name in GETTERS:
            self._wait_for(name)

    def get(self, name):
        return getattr(self.wormhole, GETTERS[name])()

    def _wait_for(self, name):
        self.get(name).addCallbacks(
            self._got, self._refused, callbackArgs=(name,), errbackArgs=(name,)
        )

    def _got(self, value, name):
        self._tell(name, plain(value))
        if name == "message":
            self._wait_for(name)

    def _refused(self, failure, name):
        self._tell("refused", {"of": name, **told(failure.value)})
        self.close()

    def close(self):
        """As an application does that is told of an error: only this says how it ended."""
        if not self._closing:
            self._closing = True
            self.wormhole.close().addCallbacks(
                lambda result: self._tell("closed", result),
                lambda failure: self._tell("closed", told(failure.value)),
            )


class Commands(LineOnlyReceiver):
    delimiter = b"\n"
    MAX_LENGTH = 1 << 24

    def __init__(self):
        self._sides = {}
        self._turn = defer.DeferredLock()  # commands keep their order

    def connectionMade(self):
        log.addObserver(self._logged)

    def connectionLost(self, reason):
        reactor.stop()

    def _logged(self, event):
        if event.get("isError"):
            self._say(trouble=log.textFromEventDict(event))

    def _say(self, **line):
        self.sendLine(json.dumps(line).encode())

    def lineReceived(self, line):
        command = json.loads(line)
        ask = command.pop("ask")
        done = self._do(getattr(self, "do_" + command.pop("do")), command)
        done.addCallbacks(
            lambda value: self._say(re=ask, value=plain(value)),
            lambda failure: self._say(re=ask, **told(failure.value)),
        )

    @defer.inlineCallbacks
    def _do(self, method, command):
        if command["w"] in self._sides:
            yield self._turn.run(settled, self._sides[command["w"]])
        return (yield method(**command))

    def do_create(self, w, flavour, appid, url, **options):
        def tell(event, value):
            self._say(w=w, event=event, value=value)

        kind = {"deferred": Deferred, "delegated": Delegated}[flavour]
        self._sides[w] = kind(tell, appid=appid, relay_url=url, reactor=reactor, **options)

    def do_allocate(self, w):
        self._sides[w].wormhole.allocate_code()

    def do_set(self, w, code):
        self._sides[w].wormhole.set_code(code)

    @defer.inlineCallbacks
    def do_type(self, w, code):
        """As a person types it: a number, then words of which a part is enough to know the rest."""
        nameplate, words = code.split("-", 1)
        helper = self._sides[w].wormhole.input_code()
        helper.choose_nameplate(nameplate)
        yield helper.when_wordlist_is_available()
        completions = helper.get_word_completions(words[:-1])
        if words not in completions:
            raise ValueError(f"{words} is not among {completions}")
        helper.choose_words(words)

    def do_send(self, w, body):
        self._sides[w].wormhole.send_message(bytes.fromhex(body))

    def do_derive(self, w, purpose, length):
        return self._sides[w].wormhole.derive_key(purpose, length)

    def do_get(self, w, what):
        return self._sides[w].get(what)

    def do_close(self, w):
        self._sides[w].close()


if __name__ == "__main__":
    commands = Commands()
    stdio.StandardIO(commands)
    reactor.run()
    sys.exit(0)
