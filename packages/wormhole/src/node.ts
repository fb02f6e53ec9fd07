/** The entry `/node`: everything that needs files, a terminal or processes, for Node and runtimes that have its modules. */

export type { TorProgress } from "./tor/bootstrap.ts";
export { getTor, type RunningTor, type TorOptions } from "./tor/tor.node.ts";
export {
  type ByteStream,
  FILE_TRANSFER_APP_ID,
  type FileSource,
  type NameWarning,
  type Notice,
  type Offer,
  type OfferChoice,
  type OfferQuestion,
  type ReceiveFileOptions,
  type ReceiveFileResult,
  type ReceiveOptions,
  type ReceiveResult,
  type SendFileOptions,
  type SendPathOptions,
  type SendResult,
  type Transfer,
  type TransferEvent,
  type TransferOptions,
  type WaitingFor,
} from "./transfer/api.ts";
export type { NamePlatform } from "./transfer/names/name-rules.ts";
export { warningsOf } from "./transfer/names/name-warnings.ts";
export { type SafeName, type StorableName, safeName, storableName } from "./transfer/names/safe-name.ts";
export { receive } from "./transfer/receive.node.ts";
export { receiveFile } from "./transfer/receive-file.ts";
export { sendPath } from "./transfer/send.node.ts";
export { sendFile } from "./transfer/send-file.ts";
export { sendText } from "./transfer/send-text.ts";
export type { Endpoint } from "./transit/hints.ts";
export { parseRelay } from "./transit/relay-address.ts";
export { type CodePromptOptions, inputWithCompletion } from "./wormhole/code-prompt.node.ts";
