/** The mailbox server in memory against what was recorded of the reference server. */
import { expect, it } from "vitest";
import type { JsonObject } from "../../src/base/json.ts";
import { MemoryMailboxServer } from "../../src/testing.ts";
import { vectors } from "../vectors.ts";
import { Client } from "./client.ts";

interface RecordedStep {
  connect?: string;
  headers?: object;
  disconnect?: string;
  on?: string;
  send?: JsonObject;
  replies?: Record<string, JsonObject[]>;
}
interface RecordedCase {
  name: string;
  steps: RecordedStep[];
}

const { cases } = vectors<{ cases: RecordedCase[] }>("mailbox_server_cases");

const CRASHES = "the reference drops the connection; here the fault is answered";

/** Cases that are answered differently here, with the first step that differs, and why. */
const differs: Readonly<Record<string, { step: number; why: string }>> = {
  "claim errors": { step: 3, why: CRASHES },
  "claim with a too long nameplate (41 digits)": { step: 2, why: CRASHES },
  "claim with a number instead of a string": { step: 2, why: CRASHES },
  "claim with Arabic-Indic digit and with a trailing newline (regexp accepts both)": {
    step: 2,
    why: "a nameplate is ASCII digits",
  },
  "three sides: claim is crowded for the third, and the mailbox stays crowded for everyone who re-opens": {
    step: 15,
    why: "a third side leaves no trace",
  },
  "the same mailbox id in another app": { step: 5, why: "applications share nothing" },
  "open with a non-string mailbox": { step: 2, why: CRASHES },
  "add rules": { step: 8, why: "a phase is a string" },
  "both sides close while both still hold the nameplate": { step: 9, why: CRASHES },
  "not JSON": { step: 1, why: CRASHES },
  "JSON but not an object": { step: 1, why: CRASHES },
  "bind with client_version of one element": { step: 1, why: CRASHES },
  "bind with client_version null": { step: 1, why: CRASHES },
};

it("every case that differs is a recorded one", () => {
  expect(cases.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(differs)));
});

it.each(cases)("$name", async ({ name, steps }) => {
  const recording = new Recording();
  const end = differs[name]?.step ?? steps.length;
  for (const [number, step] of steps.slice(0, end).entries()) {
    expect(await recording.take(step), `step ${number}: ${JSON.stringify(step)}`).toEqual(recording.replies(step));
  }
  const step = steps[end];
  if (step) expect(await recording.take(step)).not.toEqual(recording.replies(step));
});

/** One case: its connections, and the names of the recording for what is random in it. */
class Recording {
  readonly #server = new MemoryMailboxServer();
  readonly #clients = new Map<string, Client>();
  readonly #mailboxes = new Map<string, string>();
  #mailbox = "";
  #nameplates = { ours: "", recorded: "" };

  /** Takes a step, and returns what each connection received. */
  async take({ connect, disconnect, on = "", send, replies }: RecordedStep): Promise<Record<string, JsonObject[]>> {
    if (connect !== undefined) this.#clients.set(connect, new Client(this.#server));
    if (disconnect !== undefined) this.#clients.get(disconnect)?.close();
    if (send !== undefined) this.#clients.get(on)?.send(this.#filled(send));
    await new Promise(setImmediate);
    const received: Record<string, JsonObject[]> = {};
    for (const [name, client] of this.#clients) {
      const messages = client.take();
      if (messages.length === 0) continue;
      received[name] = messages.map((message, at) => this.#named(message, replies?.[name]?.[at]));
    }
    return received;
  }

  /** What the recording has, without times, addresses and the end of a connection that the client closes itself. */
  replies({ replies = {}, disconnect }: RecordedStep): Record<string, JsonObject[]> {
    const kept = Object.entries(replies).filter(([client]) => client !== disconnect);
    return Object.fromEntries(kept.map(([client, messages]) => [client, messages.map(timeless)]));
  }

  #filled({ raw_text: raw, ...command }: JsonObject): string {
    const text = typeof raw === "string" ? raw : JSON.stringify(command);
    return text.replace("$nameplate", this.#nameplates.ours).replace("$mailbox", this.#mailbox);
  }

  #named(message: JsonObject, recorded: JsonObject | undefined): JsonObject {
    if (message.type === "claimed") this.#note(String(message.mailbox));
    if (message.type === "allocated") {
      this.#nameplates = { ours: String(message.nameplate), recorded: String(recorded?.nameplate) };
    }
    let text = JSON.stringify(message);
    for (const [ours, theirs] of this.#mailboxes) text = text.replaceAll(`"${ours}"`, `"${theirs}"`);
    const { ours, recorded: theirs } = this.#nameplates;
    return JSON.parse(
      text.replaceAll(new RegExp(`"(id|nameplate)":"${ours || "-"}"`, "g"), `"$1":"${theirs}"`),
    ) as JsonObject;
  }

  #note(mailbox: string): void {
    this.#mailbox = mailbox;
    if (!this.#mailboxes.has(mailbox)) this.#mailboxes.set(mailbox, `<mailbox-${this.#mailboxes.size + 1}>`);
  }
}

/** A recorded message without what only a real server has. */
function timeless(message: JsonObject): JsonObject {
  const kept = Object.entries(message).filter(([name]) => name !== "server_tx" && name !== "server_rx");
  return Object.fromEntries(kept.map(([name, value]) => [name, name === "welcome" ? {} : value]));
}
