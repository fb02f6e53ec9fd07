/** Questions about a session, for code that must not depend on its machines. */
import type { Ending } from "./ending.ts";
import type { Session } from "./session.ts";

/** Whether the session has neither ended nor begun to close. */
export function isOpen({ outcome }: Session): boolean {
  return outcome.at === "lonely" || outcome.at === "happy";
}

/** Whether the session has ended. */
export function isClosed({ outcome }: Session): boolean {
  return outcome.at === "closed";
}

/** How the session has ended, or is about to; `undefined` while it is open. */
export function endingOf({ outcome }: Session): Ending | undefined {
  return "ending" in outcome ? outcome.ending : undefined;
}

/** The bytes of the application's messages so far, as a mailbox server counts them. */
export function mailboxBytes({ send }: Session): number {
  return send.bytes ?? 0;
}

/** Whether the session has its code, or is about to get it. */
export function hasCode({ code }: Session): boolean {
  return code.at !== "none";
}

/** How far a person has come with typing the code. */
export function typingStage({ code }: Session): "nameplate" | "words" | "done" {
  if (code.at === "choosingNameplate") return "nameplate";
  return code.at === "choosingWords" ? "words" : "done";
}

/** The nameplates in the server's latest answer. */
export function waitingNameplates({ lister }: Session): readonly string[] {
  return lister.nameplates;
}

/** The shared key, 32 bytes; `undefined` before the key exchange is done, and after a wrong code. */
export function sharedKey({ receive }: Session): Uint8Array | undefined {
  return "key" in receive ? receive.key : undefined;
}

/** The side of this session. It never changes, and no other session has the same one. */
export function sideOf({ send }: Session): string {
  return send.side;
}
