/**
 * The client's half of SOCKS 5, RFC 1928, with the user names of RFC 1929: ask a proxy for a connection. Names are
 * never resolved here: the proxy gets them as they are.
 */
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { machine, type Step, stay, type Unexpected, unexpected } from "../base/machine.ts";

/** Who asks. Tor takes any pair, and keeps the connections of different pairs on different circuits. */
export interface SocksAccount {
  readonly user: string;
  readonly password: string;
}

/** What a connection through a proxy is made from. */
export interface SocksRequest {
  readonly account: SocksAccount;
  /** A name, or an address. */
  readonly host: string;
  readonly port: number;
}

interface Asking {
  readonly request: SocksRequest;
  /** The beginning of an answer whose rest is still to come. */
  readonly unread: Uint8Array;
}

export type SocksState =
  /** Nothing was sent yet. */
  | { readonly at: "closed"; readonly request: SocksRequest }
  /** The proxy chooses how we are to say who we are. */
  | ({ readonly at: "greeting" } & Asking)
  /** It looks at our name. */
  | ({ readonly at: "authenticating" } & Asking)
  /** It connects. */
  | ({ readonly at: "connecting" } & Asking)
  | { readonly at: "over" };

export type SocksEvent = { readonly on: "open" } | { readonly on: "bytes"; readonly bytes: Uint8Array };

export type SocksEffect =
  | { readonly do: "write"; readonly bytes: Uint8Array }
  /** From here on it is the connection that was asked for. `rest` is what has come of it. */
  | { readonly do: "connected"; readonly rest: Uint8Array }
  /** `code` as the system would call it, `reason` for people. */
  | { readonly do: "refused"; readonly code: string; readonly reason: string };

type SocksStep = Step<SocksState, SocksEffect>;
type Talking = Extract<SocksState, Asking>;

const VERSION = 5;
const NO_ACCOUNT = 0;
const ACCOUNT = 2;
const ACCOUNT_VERSION = 1;
const CONNECT = 1;
const GRANTED = 0;
const IPV4 = 1;
const NAME = 3;
const IPV6 = 4;
/** A name is preceded by one byte that says how long it is. */
const MAX_NAME = 255;
const IPV4_ADDRESS = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
/** The first words, by which a proxy can be told from other servers. We go without an account where it knows none. */
export const GREETING = Uint8Array.of(VERSION, 2, ACCOUNT, NO_ACCOUNT);
const NOTHING = new Uint8Array(0);

/** The answers of section 6, and what they would be called if we had dialled ourselves. */
const REFUSALS: Readonly<Record<number, readonly [code: string, reason: string]>> = {
  1: ["EPROXY", "the proxy could not connect"],
  2: ["EPROXY", "the proxy does not allow it"],
  3: ["ENETUNREACH", "the proxy cannot reach that network"],
  // Tor says this of names that do not exist, too.
  4: ["EPROXY", "the proxy cannot find or reach that host"],
  5: ["ECONNREFUSED", "nothing listens there"],
  6: ["ETIMEDOUT", "the proxy got no answer"],
  7: ["EPROXY", "the proxy cannot connect at all"],
  8: ["EPROXY", "the proxy does not take such addresses"],
};

export const socks = machine<SocksState, SocksEvent, SocksEffect, Unexpected>({
  closed: { open: ({ request }) => greet(request), ...unexpected("bytes") },
  greeting: { bytes: received, ...unexpected("open") },
  authenticating: { bytes: received, ...unexpected("open") },
  connecting: { bytes: received, ...unexpected("open") },
  over: stay("open", "bytes"),
});

function greet(request: SocksRequest): SocksStep {
  if (!isAskable(request.host)) return refuse("EPROXY", "no proxy takes such an address");
  return [{ at: "greeting", request, unread: NOTHING }, write(...GREETING)];
}

/** Whether two bytes answer a greeting, and let us go on. */
export function isGreeting([version, method]: readonly number[]): boolean {
  return version === VERSION && (method === ACCOUNT || method === NO_ACCOUNT);
}

function isAskable(host: string): boolean {
  return host.includes(":") ? URL.canParse(ipv6Url(host)) : utf8ToBytes(host).length <= MAX_NAME;
}

/** Every answer begins with two bytes, and the last one says how long it is. */
function received(state: Talking, { bytes }: { bytes: Uint8Array }): SocksStep {
  const unread = concatBytes(state.unread, bytes);
  const length = state.at === "connecting" ? grantLength(unread) : 2;
  if (unread.length < length) return [{ ...state, unread }];
  const [version = 0, answer = 0] = unread;
  const rest = unread.slice(length);
  if (version !== (state.at === "authenticating" ? ACCOUNT_VERSION : VERSION)) return noProxy();
  switch (state.at) {
    case "greeting":
      return rest.length > 0 ? noProxy() : introduce(state, answer);
    case "authenticating":
      if (rest.length > 0) return noProxy();
      return answer === GRANTED ? ask(state) : refuse("EPROXY", "the proxy does not let us in");
    case "connecting":
      return conclude(answer, rest);
  }
}

/** The bytes of the answer to our request, as far as its first five can tell. */
function grantLength(unread: Uint8Array): number {
  const [, , , kind = NAME, first = 0] = unread;
  return 4 + addressLength(kind, first) + 2;
}

/** An address of an unknown kind has no length. */
function addressLength(kind: number, first: number): number {
  if (kind === IPV4) return 4;
  if (kind === IPV6) return 16;
  return kind === NAME ? 1 + first : 0;
}

function introduce(state: Talking, method: number): SocksStep {
  if (method === NO_ACCOUNT) return ask(state);
  if (method !== ACCOUNT) return refuse("EPROXY", "the proxy wants to know us in a way that we do not know");
  const { user, password } = state.request.account;
  return [
    { ...state, at: "authenticating", unread: NOTHING },
    write(ACCOUNT_VERSION, ...counted(user), ...counted(password)),
  ];
}

function ask(state: Talking): SocksStep {
  const { host, port } = state.request;
  return [
    { ...state, at: "connecting", unread: NOTHING },
    write(VERSION, CONNECT, 0, ...destination(host), port >> 8, port & 0xff),
  ];
}

function conclude(answer: number, rest: Uint8Array): SocksStep {
  if (answer === GRANTED) return [{ at: "over" }, { do: "connected", rest }];
  const [code, reason] = REFUSALS[answer] ?? ["EPROXY", `the proxy could not connect (${answer})`];
  return refuse(code, reason);
}

/** A proxy looks up what is no address: also what only resembles one. */
function destination(host: string): number[] {
  if (IPV4_ADDRESS.test(host)) return [IPV4, ...host.split(".").map(Number)];
  return host.includes(":") ? [IPV6, ...ipv6Bytes(host)] : [NAME, ...counted(host)];
}

/** The 16 bytes of an address. The URL parser knows all ways to write one, and gives the shortest. */
function ipv6Bytes(host: string): number[] {
  const [before = [], after = []] = new URL(ipv6Url(host)).hostname.slice(1, -1).split("::").map(groups);
  const zeros = Array<number>(8 - before.length - after.length).fill(0);
  return [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]);
}

function groups(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}

function ipv6Url(host: string): string {
  return `http://[${host}]`;
}

function counted(text: string): number[] {
  const bytes = utf8ToBytes(text);
  return [bytes.length, ...bytes];
}

function write(...bytes: number[]): SocksEffect {
  return { do: "write", bytes: Uint8Array.from(bytes) };
}

function refuse(code: string, reason: string): SocksStep {
  return [{ at: "over" }, { do: "refused", code, reason }];
}

function noProxy(): SocksStep {
  return refuse("EPROXY", "what answers there is no SOCKS proxy");
}
