/** One transfer between two programs, from launch to both ends. */
import { mkdirSync } from "node:fs";
import { type Ended, launch, now } from "../support/processes.ts";
import type { Cargo, Program, Way } from "../support/programs.ts";
import type { Servers } from "../support/servers.ts";

export interface Crossing {
  readonly sender: Program;
  readonly receiver: Program;
  readonly servers: Servers;
  readonly cargo: Cargo;
  /** Default: direct. */
  readonly way?: Way;
  /** The folder to receive into; it is made. */
  readonly into: string;
  /** The receiving person's answer. Default: yes. */
  readonly answer?: "yes" | "no";
  /** With a code of their own, both sides start at once. Default: the sender has one allocated, the receiver follows. */
  readonly code?: string;
  /** The receiving person gets the last word wrong. */
  readonly mistyped?: boolean;
}

export interface Outcome {
  readonly sender: Ended;
  readonly receiver: Ended;
  /** Seconds from the launch of the receiver to the end of both. */
  readonly seconds: number;
  /** Bytes that went through the relay. */
  readonly relayed: number;
}

/** A word that no list of code words has. */
const WRONG_WORD = "wormwood";

/** Carries it out. Both programs have ended afterwards, by themselves or killed at their deadline. */
export async function cross(crossing: Crossing): Promise<Outcome> {
  const { sender, receiver, servers, cargo, into, way = "direct", answer = "yes" } = crossing;
  mkdirSync(into, { recursive: true });
  servers.relayed();
  const errand = { mailbox: servers.mailbox, relay: servers.relay, way };
  const sending = launch(sender.send(crossing.code ? { ...errand, code: crossing.code } : errand, cargo));
  const heard = crossing.code ?? (await sending.says(/code is: (\S+)\s/));
  const code = crossing.mistyped ? heard.replace(/\w+$/, WRONG_WORD) : heard;
  const start = now();
  const command = receiver.receive({ ...errand, code }, answer === "yes");
  const receiving = launch(command, { cwd: into, input: answer === "yes" ? "y\n" : "n\n" });
  const [sent, received] = await Promise.all([sending.ended, receiving.ended]);
  const seconds = (Math.max(sent.at, received.at) - start) / 1000;
  return { sender: sent, receiver: received, seconds, relayed: servers.relayed() };
}
