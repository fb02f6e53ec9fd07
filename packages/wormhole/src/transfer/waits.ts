/**
 * The waits of a transfer: while it waits for something that is not the person here, the application is informed at
 * growing intervals, and some waits end.
 */
import type { Clock, Timer } from "../net/clock.ts";
import type { WaitingFor } from "./api.ts";
import type { Meeting, TransferContext } from "./context.ts";
import { LocalError } from "./local-error.ts";

/**
 * Seconds between two checks. Time in which this process or computer was suspended counts as one interval, because its
 * timers stood still.
 */
const CHECK_SECONDS = 1;
/** The first seconds at which a wait is reported. Most waits are shorter. */
const FIRST_REPORT = 5;
const SECOND_REPORT = 15;
/** Seconds between the later reports. */
const REPORT_SECONDS = 60;
/**
 * Bytes that must move for a wait to begin anew. A peer that sends one byte now and then would otherwise hold this side for
 * ever, and unreported.
 */
const SIGN_OF_LIFE_BYTES = 1024;

/** The end of a wait that has lasted too long. */
interface Deadline {
  readonly seconds: number;
  readonly message: string;
}

/**
 * The waits that end by themselves. A person may take any time, the session and the race of connections have deadlines of
 * their own, and the disk of this computer is watched by the person in front of it.
 */
export const DEADLINES: { readonly [W in WaitingFor]?: Deadline } = {
  // A program answers within a second. It may have been suspended together with its computer.
  proof: {
    seconds: 300,
    message:
      "Another program has joined with this code, but has not answered for five minutes. It has probably ended. " +
      "Start again with a new code.",
  },
  // The last resort. TCP itself ends a connection whose far end no longer answers, usually within a quarter of an hour.
  bytes: { seconds: 3600, message: "Almost no data has moved for an hour. The transfer was given up." },
  // Enough to unpack a terabyte.
  confirmation: {
    seconds: 3600,
    message: "Everything was sent, but the other side has not confirmed within an hour that it is stored.",
  },
};

/** What is being waited for at this moment. */
export type Leg = WaitingFor | (() => WaitingFor);

/** One wait, from its beginning to {@link Wait.stop}. It uses one timer, so that {@link Wait.moved} costs nothing. */
export class Wait {
  readonly #context: Pick<TransferContext, "emit" | "fail">;
  readonly #clock: Clock;
  #leg: Leg;
  #waitingFor: WaitingFor;
  #seconds = 0;
  #since = Date.now();
  #bytes = 0;
  #timer: Timer;

  constructor({ platform, emit, fail }: Pick<TransferContext, "platform" | "emit" | "fail">, leg: Leg) {
    this.#context = { emit, fail };
    this.#clock = platform.clock;
    this.#leg = leg;
    this.#waitingFor = now(leg);
    this.#timer = this.#nextCheck();
  }

  /** Notes that bytes have moved. */
  moved(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Waits for something else until `work` has settled. */
  async during<T>(leg: Leg, work: Promise<T>): Promise<T> {
    const before = this.#leg;
    this.#leg = leg;
    try {
      return await work;
    } finally {
      this.#leg = before;
    }
  }

  /** Ends the wait. */
  stop(): void {
    this.#timer.cancel();
  }

  #nextCheck(): Timer {
    return this.#clock.after(CHECK_SECONDS * 1000, () => this.#check());
  }

  #check(): void {
    const waitingFor = now(this.#leg);
    const isServerBack = this.#waitingFor === "server" && waitingFor !== "server" && this.#seconds >= FIRST_REPORT;
    if (waitingFor !== this.#waitingFor || this.#bytes >= SIGN_OF_LIFE_BYTES) this.#begin(waitingFor);
    else this.#seconds += CHECK_SECONDS;
    this.#timer = this.#nextCheck();
    if (isServerBack || isReported(this.#seconds)) this.#report();
    const deadline = DEADLINES[waitingFor];
    if (deadline && this.#seconds >= deadline.seconds) {
      this.stop();
      this.#context.fail(new LocalError(deadline.message, "stalled"));
    }
  }

  #begin(waitingFor: WaitingFor): void {
    this.#waitingFor = waitingFor;
    this.#seconds = 0;
    this.#since = Date.now();
    this.#bytes = 0;
  }

  #report(): void {
    this.#context.emit({
      type: "stalled",
      waitingFor: this.#waitingFor,
      seconds: this.#seconds,
      since: this.#since,
    });
  }
}

/** Waits for `work`, and watches the wait. */
export async function waitFor<T>(
  context: Pick<TransferContext, "platform" | "emit" | "fail">,
  leg: Leg,
  work: Promise<T>,
): Promise<T> {
  const wait = new Wait(context, leg);
  try {
    return await work;
  } finally {
    wait.stop();
  }
}

/** A leg for which the peer's messages come through the mailbox. If the server is away, it is the server that is waited for. */
export function throughMailbox({ status }: Pick<Meeting, "status">, leg: WaitingFor): Leg {
  return () => (status().connection === "connected" ? leg : "server");
}

/** A leg that needs the mailbox only until this side's messages have left. */
export function untilSent({ status }: Pick<Meeting, "status">, leg: WaitingFor): Leg {
  return () => (status().unsent > 0 && status().connection !== "connected" ? "server" : leg);
}

const now = (leg: Leg): WaitingFor => (typeof leg === "string" ? leg : leg());

const isReported = (seconds: number): boolean =>
  seconds === FIRST_REPORT || seconds === SECOND_REPORT || (seconds > 0 && seconds % REPORT_SECONDS === 0);
