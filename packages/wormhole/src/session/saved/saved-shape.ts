/** What a saved wormhole looks like, field by field: nothing else is brought to life. */
import { KEY_LENGTH } from "../../crypto/keys.ts";
import type { Spake2 } from "../../crypto/spake2.ts";
import type { ConnectionFailure } from "../../errors.ts";
import { MAX_WORDS } from "../code-words.ts";
import type { Ending } from "../ending.ts";
import type * as allocator from "../machines/allocator.ts";
import type * as boss from "../machines/boss.ts";
import type * as code from "../machines/code.ts";
import type * as key from "../machines/key.ts";
import type * as link from "../machines/link.ts";
import type * as lister from "../machines/lister.ts";
import type * as mailbox from "../machines/mailbox.ts";
import type * as nameplate from "../machines/nameplate.ts";
import type * as order from "../machines/order.ts";
import type * as receive from "../machines/receive.ts";
import type * as send from "../machines/send.ts";
import type { Series } from "../machines/series.ts";
import type * as terminator from "../machines/terminator.ts";
import type { Mood } from "../messages.ts";
import type { Session } from "../session.ts";
import type { Saved } from "./serialize.ts";
import {
  anyBytes,
  bytes,
  count,
  fields,
  flag,
  json,
  list,
  oneOf,
  optional,
  record,
  text,
  truth,
  variants,
  whole,
} from "./shape.ts";

const sharedKey = { key: bytes(KEY_LENGTH) };

const ending = variants<Ending, "kind">("kind", {
  happy: {},
  abandoned: {},
  lonely: {},
  wrongPassword: {},
  welcome: { reason: text },
  server: { reason: text },
  unreachable: {
    failure: oneOf<ConnectionFailure>({
      "bad-url": true,
      "unknown-host": true,
      refused: true,
      unreachable: true,
      timeout: true,
      "not-a-mailbox-server": true,
      tls: true,
      closed: true,
      "too-large": true,
      other: true,
    }),
    detail: text,
  },
});

const event = variants<boss.WormholeEvent, "type">("type", {
  welcome: { welcome: json },
  code: { code: text },
  key: sharedKey,
  verifier: { verifier: bytes(KEY_LENGTH) },
  versions: { versions: json, canDilate: optional(list(text)) },
  message: { message: anyBytes },
  dilation: { message: anyBytes },
  closed: { ending },
});

const series = { nextSend: count, nextReceive: count, held: record(anyBytes) };
const progress = {
  welcomed: flag,
  heldCode: optional(text),
  introduced: flag,
  ...series,
  // Earlier versions of this program had none.
  dilation: optional(fields<Series>(series)),
};

const identity = { appId: text, side: text, version: json };
const exchange = fields<Spake2>({ scalar: bytes(32), password: anyBytes, message: bytes(33) });

const client = (value: unknown): value is [string, string] => list(text)(value) && value.length === 2;
const connection = { appId: text, side: text, client, first: flag, attempts: count };

const outbox = list(fields<mailbox.Outgoing>({ phase: text, body: anyBytes }));
const mood = oneOf<Mood>({ happy: true, lonely: true, scary: true, errory: true, unwelcome: true });
const ours = { side: text, outbox, mood };

const held = list(fields<order.Incoming>({ side: text, phase: text, body: anyBytes }));
const outbound = list(fields<send.Outbound>({ phase: text, plaintext: anyBytes }));

const session = fields<Session>({
  allocator: variants<allocator.State, "at">("at", {
    idle: {},
    allocating: { words: whole(1, MAX_WORDS) },
    leaving: {},
    done: {},
  }),
  boss: variants<boss.State, "at">("at", {
    lonely: progress,
    happy: progress,
    closing: { ending },
    closed: { ending },
  }),
  code: variants<code.State, "at">("at", {
    none: {},
    allocating: {},
    choosingNameplate: {},
    choosingWords: { nameplate: text },
    known: { code: text },
  }),
  key: variants<key.State, "at">("at", {
    nothing: identity,
    asked: { ...identity, exchange },
    agreed: {},
    failed: {},
  }),
  link: variants<link.State, "at">("at", {
    fresh: connection,
    connecting: connection,
    greeting: connection,
    minting: connection,
    submitting: {
      ...connection,
      stamp: text,
      names: list(oneOf<link.Spelling>({ "submit-permissions": true, "submit-permission": true })),
    },
    up: connection,
    waiting: connection,
    stopped: {},
  }),
  lister: variants<lister.State, "at">("at", { idle: { nameplates: list(text) }, asking: { nameplates: list(text) } }),
  mailbox: variants<mailbox.State, "at">("at", {
    unknown: ours,
    // Earlier versions kept each name in `heard`.
    open: { ...ours, mailbox: text, heard: list(text), complete: optional(record(count)) },
    closing: { ...ours, mailbox: text },
    closed: {},
  }),
  nameplate: variants<nameplate.State, "at">("at", {
    none: {},
    claiming: { nameplate: text },
    claimed: { nameplate: text },
    leaving: { nameplate: text },
    releasing: { nameplate: text },
    released: {},
  }),
  order: variants<order.State, "at">("at", { waiting: { held }, exchanging: { held }, open: {} }),
  receive: variants<receive.State, "at">("at", {
    keyless: {},
    unverified: sharedKey,
    verified: sharedKey,
    scared: {},
  }),
  send: variants<send.State, "at">("at", {
    holding: { side: text, held: outbound },
    verified: { side: text, ...sharedKey },
  }),
  terminator: variants<terminator.State, "at">("at", {
    open: {},
    closing: { nameplate: flag, mailbox: flag },
    closed: {},
  }),
});

/** Whether this is a whole wormhole, all of whose parts speak for the same side. */
export function isSaved(value: unknown): value is Saved {
  return shape(value) && sides(value.session).size === 1;
}

const shape = fields<Saved>({ relayUrl: text, session, untold: list(event), tor: optional(truth) });

function sides({ key, link, mailbox, send }: Session): Set<string> {
  return new Set([key, link, mailbox, send].flatMap((state) => ("side" in state ? [state.side] : [])));
}
