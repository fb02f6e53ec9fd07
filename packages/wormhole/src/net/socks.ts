/**
 * The client's half of SOCKS 5 (RFC 1928), with the user names of RFC 1929, as a machine: it asks a proxy for a
 * connection. Host names are never resolved here: the proxy gets them as they are.
 */
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { machine, type Step, stay, type Unexpected, unexpected } from "../base/machine.ts";

/**
 * A user name and a password. Tor accepts any pair, and uses different circuits for different pairs.
 */
export interface SocksAccount {
  readonly user: string;
  readonly password: string;
}

/** A request for one connection through a proxy. */
export interface SocksRequest {
  readonly account: SocksAccount;
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
}

interface Asking {
  readonly request: SocksRequest;
  /** The bytes of an answer that has not arrived completely. */
  readonly unread: Uint8Array;
}

/** The states of the dialogue with a proxy. */
export type SocksState =
  /** Nothing has been sent yet. */
  | { readonly at: "closed"; readonly request: SocksRequest }
  /** The greeting is sent. The proxy chooses a method of authentication. */
  | ({ readonly at: "greeting" } & Asking)
  /** The account is sent. The proxy accepts or rejects it. */
  | ({ readonly at: "authenticating" } & Asking)
  /** The request is sent. The proxy connects. */
  | ({ readonly at: "connecting" } & Asking)
  /** The connection is made or refused. */
  | { readonly at: "over" };

/** The events of the dialogue with a proxy. */
export type SocksEvent =
  /** The connection to the proxy is open. */
  | { readonly on: "open" }
  /** Bytes from the proxy arrived. */
  | { readonly on: "bytes"; readonly bytes: Uint8Array };

/** The effects of the dialogue with a proxy. */
export type SocksEffect =
  /** Send these bytes. */
  | { readonly do: "write"; readonly bytes: Uint8Array }
  /** The proxy has made the connection. `rest` holds its first bytes, if any arrived with the answer. */
  | { readonly do: "connected"; readonly rest: Uint8Array }
  /** The proxy made no connection. `code` is the system's code for such a failure; `reason` is for people. */
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
/** The longest name: its length is sent in one byte. */
const MAX_NAME_BYTES = 255;
const IPV4_ADDRESS = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
/** The first message. It offers authentication by an account, or none, for proxies that have no accounts. */
export const GREETING = Uint8Array.of(VERSION, 2, ACCOUNT, NO_ACCOUNT);
const NOTHING = new Uint8Array(0);

/** The refusals of RFC 1928, section 6, with the system's codes for the same failures of a direct connection. */
const REFUSALS: Readonly<Record<number, readonly [code: string, reason: string]>> = {
  1: ["EPROXY", "the proxy could not connect"],
  2: ["EPROXY", "the proxy does not allow this connection"],
  3: ["ENETUNREACH", "the proxy cannot reach that network"],
  // Tor also uses this for names that do not exist.
  4: ["EPROXY", "the proxy cannot find or reach that host"],
  5: ["ECONNREFUSED", "nothing listens there"],
  6: ["ETIMEDOUT", "the proxy got no answer"],
  7: ["EPROXY", "the proxy cannot connect at all"],
  8: ["EPROXY", "the proxy does not accept such addresses"],
};

/** Decides what to send to a proxy, and whether it has made the connection. */
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

/** Whether two bytes are an answer to the greeting that allows the client to continue. */
export function isGreeting([version, method]: readonly number[]): boolean {
  return version === VERSION && (method === ACCOUNT || method === NO_ACCOUNT);
}

function isAskable(host: string): boolean {
  return host.includes(":") ? URL.canParse(ipv6Url(host)) : utf8ToBytes(host).length <= MAX_NAME_BYTES;
}

/** Handles incoming bytes. Each answer has two bytes, except the last: its first five bytes determine its length. */
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
      return answer === GRANTED ? ask(state) : refuse("EPROXY", "the proxy rejected the account");
    case "connecting":
      return conclude(answer, rest);
  }
}

/** The length of the answer to the request, as far as the present bytes determine it. */
function grantLength(unread: Uint8Array): number {
  const [, , , kind = NAME, first = 0] = unread;
  return 4 + addressLength(kind, first) + 2;
}

/** The length of an address. An unknown kind counts as 0. */
function addressLength(kind: number, first: number): number {
  if (kind === IPV4) return 4;
  if (kind === IPV6) return 16;
  return kind === NAME ? 1 + first : 0;
}

function introduce(state: Talking, method: number): SocksStep {
  if (method === NO_ACCOUNT) return ask(state);
  if (method !== ACCOUNT) return refuse("EPROXY", "the proxy demands a method of authentication that is not supported");
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

/**
 * The destination in a request. Text that only resembles an IPv4 address is sent as a name, for the proxy to resolve.
 */
function destination(host: string): number[] {
  if (IPV4_ADDRESS.test(host)) return [IPV4, ...host.split(".").map(Number)];
  return host.includes(":") ? [IPV6, ...ipv6Bytes(host)] : [NAME, ...counted(host)];
}

/** The 16 bytes of an IPv6 address. The URL parser reads every notation and returns the shortest one. */
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

/** A text with its length in front, as SOCKS sends names. */
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
  return refuse("EPROXY", "there is no SOCKS proxy at that address");
}
