/** One transfer between two programs, from their start to their end. */
import { mkdirSync } from "node:fs";
import { type Ended, launch, now } from "../support/processes.ts";
import type { Content, Program, Way } from "../support/programs.ts";
import type { Servers } from "../support/servers.ts";

/** A transfer to run. */
export interface Transfer {
  readonly sender: Program;
  readonly receiver: Program;
  readonly servers: Servers;
  readonly content: Content;
  /** Default: direct. */
  readonly way?: Way;
  /** The folder to receive into. It is made if it does not exist. */
  readonly into: string;
  /** The answer of the receiving person. Default: yes. */
  readonly answer?: "yes" | "no";
  /** With a code, both programs start at once. Default: the sender has a code allocated, then the receiver starts. */
  readonly code?: string;
  /** Whether the receiving person mistypes the last word of the code. */
  readonly mistyped?: boolean;
}

/** The result of a transfer. */
export interface Outcome {
  readonly sender: Ended;
  readonly receiver: Ended;
  /** Seconds from the start of the receiver to the end of both programs. */
  readonly seconds: number;
  /** Bytes that went through the relay. */
  readonly relayed: number;
}

/** Another word than the last one of a code. It is a word that programs draw: our program asks about every other word. */
const wrongWord = (last: string): string => (last === "aardvark" ? "absurd" : "aardvark");

/** Runs a transfer. Resolves when both programs have ended, by themselves or killed at their deadline. */
export async function runTransfer(transfer: Transfer): Promise<Outcome> {
  const { sender, receiver, servers, content, into, way = "direct", answer = "yes" } = transfer;
  mkdirSync(into, { recursive: true });
  servers.relayed();
  const conditions = { mailbox: servers.mailbox, relay: servers.relay, way };
  const sending = launch(sender.send(transfer.code ? { ...conditions, code: transfer.code } : conditions, content));
  const shown = transfer.code ?? (await sending.says(/code is: (\S+)\s/));
  const code = transfer.mistyped ? shown.replace(/\w+$/, wrongWord) : shown;
  const start = now();
  const command = receiver.receive({ ...conditions, code }, answer === "yes");
  const receiving = launch(command, { cwd: into, input: answer === "yes" ? "y\n" : "n\n" });
  const [sent, received] = await Promise.all([sending.ended, receiving.ended]);
  const seconds = (Math.max(sent.at, received.at) - start) / 1000;
  return { sender: sent, receiver: received, seconds, relayed: servers.relayed() };
}
