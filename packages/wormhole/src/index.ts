/** The main entry of the package, for every platform. The entry `/node` adds what needs files, Tor or a terminal. */
export type {
  CodeInput,
  DelegatedWormhole,
  RestoreOptions,
  SerializedWormhole,
  Welcome,
  Wormhole,
  WormholeControls,
  WormholeDelegate,
  WormholeOptions,
  WormholeStatus,
} from "./api.ts";
export type { WaitOptions } from "./base/abort.ts";
export type { Bytes } from "./base/bytes.ts";
export { CheckpointJournal, type Journal } from "./base/journal.ts";
export type { JsonObject, JsonValue } from "./base/json.ts";
export { type Printable, type PrintableOptions, printable } from "./base/printable.ts";
export type { Random } from "./base/random.ts";
export { type TimedEvent, Timing } from "./base/timing.ts";
export type { BulkCipher, BulkCrypto, Hasher } from "./crypto/bulk.ts";
export type {
  Dilated,
  DilateOptions,
  DilationStatus,
  PeerConnection,
  Subchannel,
  SubchannelConnector,
  SubchannelListener,
} from "./dilation/api.ts";
export * from "./errors.ts";
export type { Clock, Timer } from "./net/clock.ts";
export type { Connection, DialOptions, Listener, Receiver, StreamNetwork } from "./net/connection.ts";
export type { MessageSocket, MessageSocketEvents, OpenMessageSocket, SocketEnd } from "./net/message-socket.ts";
export { type CipherProviders, cipherProviders } from "./platform/ciphers.ts";
export type { Platform } from "./platform/platform.ts";
export type { Tor, TorStreams } from "./platform/tor.ts";
export { codeWordsAt, isCodeWord, ZERO_CODE } from "./session/code-words.ts";
export { decryptState, encryptState } from "./session/saved/at-rest.ts";
export type { RecordPipe, Transit, TransitOptions } from "./transit/api.ts";
export type { Endpoint } from "./transit/hints.ts";
export type { TransitRole } from "./transit/keys.ts";
export { parseRelay } from "./transit/relay-address.ts";
export { type AbstractTransit, TransitReceiver, TransitSender } from "./transit/transit.ts";
export { createWormhole, restoreWormhole } from "./wormhole/create.ts";
