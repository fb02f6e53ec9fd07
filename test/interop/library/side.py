"""
The reference library's end of wormholes, for tests. Any number of wormholes is controlled by the lines of `commands.py`.
"""

import wormhole
from autobahn.websocket.protocol import WebSocketProtocol
from commands import Commands, described, main, plain
from twisted.internet import defer, reactor, task

GETTERS = {
    "welcome": "get_welcome",
    "code": "get_code",
    "key": "get_unverified_key",
    "verifier": "get_verifier",
    "versions": "get_versions",
    "message": "get_message",
}


@defer.inlineCallbacks
def settled(side):
    """Waits while the connection is closing and the library has not noticed: every call would raise an error then."""
    rendezvous = side.wormhole._boss._RC
    while rendezvous._ws and rendezvous._ws.state != WebSocketProtocol.STATE_OPEN:
        yield task.deferLater(reactor, 0.01)


class Delegate:
    """Reports every event of a wormhole of the delegated flavour."""

    def __init__(self, report):
        self._report = report

    def wormhole_got_welcome(self, welcome):
        self._report("welcome", welcome)

    def wormhole_got_code(self, code):
        self._report("code", code)

    def wormhole_got_unverified_key(self, key):
        self._report("key", plain(key))

    def wormhole_got_verifier(self, verifier):
        self._report("verifier", plain(verifier))

    def wormhole_got_versions(self, versions):
        self._report("versions", versions)

    def wormhole_got_message(self, message):
        self._report("message", plain(message))

    def wormhole_closed(self, result):
        self._report("closed", "happy" if result == "happy" else described(result))


class Delegated:
    """A wormhole of the delegated flavour."""

    def __init__(self, report, **options):
        self.wormhole = wormhole.create(delegate=Delegate(report), **options)

    def close(self):
        self.wormhole.close()


class Deferred:
    """A wormhole of the deferred flavour. Calls every getter at once, and reports every result."""

    def __init__(self, report, **options):
        self._report = report
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
        self._report(name, plain(value))
        if name == "message":
            self._wait_for(name)

    def _refused(self, failure, name):
        self._report("refused", {"of": name, **described(failure.value)})
        self.close()

    def close(self):
        """Closes as an application does after an error, because only `close` reports how the wormhole ended."""
        if not self._closing:
            self._closing = True
            self.wormhole.close().addCallbacks(
                lambda result: self._report("closed", result),
                lambda failure: self._report("closed", described(failure.value)),
            )


class LibraryCommands(Commands):
    """The commands of the tests in this folder."""

    def __init__(self):
        super().__init__()
        self._sides = {}
        self._turn = defer.DeferredLock()  # keeps the commands in order

    @defer.inlineCallbacks
    def run(self, method, command):
        if command["w"] in self._sides:
            yield self._turn.run(settled, self._sides[command["w"]])
        return (yield method(**command))

    def do_create(self, w, flavour, appid, url, **options):
        def report(event, value):
            self.write(w=w, event=event, value=value)

        kind = {"deferred": Deferred, "delegated": Delegated}[flavour]
        self._sides[w] = kind(report, appid=appid, relay_url=url, reactor=reactor, **options)

    def do_allocate(self, w):
        self._sides[w].wormhole.allocate_code()

    def do_set(self, w, code):
        self._sides[w].wormhole.set_code(code)

    @defer.inlineCallbacks
    def do_type(self, w, code):
        """Enters a code as a person types it: a number, then words, of which the last one is completed."""
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
    main(LibraryCommands())
