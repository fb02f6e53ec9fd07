/** The options of an end of a dilated wormhole, and the lines of JSON that it prints. Times are wall-clock milliseconds. */

export interface EndOptions {
  /** Whether this end writes into the only subchannel, or reads from it. */
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
  /** Mebibytes to push. Default: until the standard input ends. */
  readonly mebibytes?: number;
  /** Mebibytes per second at most. Default: unlimited. */
  readonly mebibytesPerSecond?: number;
  /** The control port of a Tor process that carries everything. */
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
  /** Another mebibyte has passed this end. */
  | { readonly say: "progress"; readonly at: number; readonly bytes: number }
  /** No data has passed for a while. */
  | { readonly say: "gap"; readonly from: number; readonly to: number }
  | { readonly say: "done"; readonly bytes: number; readonly sha256: string; readonly seconds: number }
  | { readonly say: "failed"; readonly at: number; readonly code: string; readonly message: string };

export type Status = Extract<Line, { say: "status" }>;
export type Progress = Extract<Line, { say: "progress" }>;
