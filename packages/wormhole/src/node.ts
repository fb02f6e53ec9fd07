/** The entry `/node`: file transfer, Tor and the prompt for a code, for runtimes that have the modules of Node. */

export type { TorProgress } from "./tor/bootstrap.ts";
export { getTor, type RunningTor, type TorOptions } from "./tor/tor.node.ts";
export {
  FILE_TRANSFER_APP_ID,
  type Offer,
  type ReceiveOptions,
  type ReceiveResult,
  type SendPathOptions,
  type SendResult,
  type Transfer,
  type TransferEvent,
  type TransferOptions,
} from "./transfer/api.ts";
export { type SafeName, safeName } from "./transfer/files/safe-name.ts";
export { receive } from "./transfer/receive.node.ts";
export { sendPath } from "./transfer/send.node.ts";
export { sendText } from "./transfer/send-text.ts";
export type { Endpoint } from "./transit/hints.ts";
export { parseRelay } from "./transit/relay-address.ts";
export { type CodePromptOptions, inputWithCompletion } from "./wormhole/code-prompt.node.ts";
