/** What an end of a dilated wormhole is told, and what it says: one line of JSON each. Times are milliseconds of the clock on the wall. */

export interface EndOptions {
  /** Who writes into the one subchannel, and who reads from it. */
  readonly role: "push" | "pull";
  /** `ws://HOST:PORT/v1`. */
  readonly mailbox: string;
  readonly code: string;
  readonly relays?: string[];
  readonly listen?: boolean;
  /** Seconds. */
  readonly pingInterval?: number;
  /** Seconds. */
  readonly patience?: number;
  /** How much is pushed. Default: until the standard input ends. */
  readonly mebibytes?: number;
  /** At most so much in a second. Default: as fast as it goes. */
  readonly mebibytesPerSecond?: number;
  /** The control port of a Tor that everything goes through. */
  readonly tor?: string;
}

export type Line =
  | {
      readonly say: "status";
      readonly at: number;
      readonly generation: number;
      readonly state: "waiting" | "connecting" | "connected" | "reconnecting" | "stopped";
      readonly relayed: boolean;
      readonly description: string;
      readonly hints: readonly string[];
    }
  /** Another mebibyte has gone through this end. */
  | { readonly say: "progress"; readonly at: number; readonly bytes: number }
  /** Nothing has come for a while. */
  | { readonly say: "gap"; readonly from: number; readonly to: number }
  | { readonly say: "done"; readonly bytes: number; readonly sha256: string; readonly seconds: number }
  | { readonly say: "failed"; readonly at: number; readonly code: string; readonly message: string };

export type Status = Extract<Line, { say: "status" }>;
export type Progress = Extract<Line, { say: "progress" }>;
