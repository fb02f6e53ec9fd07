/** One side of a world: a machine, its dilation, and the application. */
import type { BulkCipher } from "../../../packages/wormhole/src/crypto/bulk.ts";
import type { Dilated, DilateOptions, DilationStatus } from "../../../packages/wormhole/src/dilation/api.ts";
import { Dilation } from "../../../packages/wormhole/src/dilation/dilation.ts";
import type { Platform } from "../../../packages/wormhole/src/platform/platform.ts";
import type { Chance } from "../chance.ts";
import { Application, type ApplicationOptions } from "./application.ts";
import type { Machine } from "./machine.ts";
import type { MailboxSession } from "./mailbox.ts";
import type { Side } from "./script.ts";
import type { Tally } from "./tally.ts";
import { tampered } from "./tampering.ts";
import type { Timeline } from "./timeline.ts";
import { StatusWatch } from "./watch.ts";

/** The key that both sides share after the key exchange. */
const KEY = new Uint8Array(32).fill(7);
/** The longest time between `dilate()` and the peer's versions. */
const MAX_VERSIONS_DELAY_MS = 500;

export interface PartyOptions {
  readonly side: Side;
  readonly machine: Machine;
  readonly session: MailboxSession;
  readonly time: Timeline;
  readonly chance: Chance;
  readonly cipher: BulkCipher;
  readonly dilation: DilateOptions;
  readonly application: Omit<ApplicationOptions, "side" | "chance">;
  readonly log: (line: string) => void;
  readonly tally: Tally;
  /** Called when the side is dilated. */
  readonly dilated: () => void;
}

export class Party {
  readonly side: Side;
  readonly machine: Machine;
  readonly session: MailboxSession;
  readonly watch: StatusWatch;
  /** Whether it has begun to leave, and whether it has left. */
  leaving = false;
  left = false;
  /** Whether it had received the peer's `please` when it left, so that it could send a goodbye. */
  saidGoodbye = false;
  readonly #options: PartyOptions;
  #dilation: Dilation | null = null;
  #dilated: Dilated | null = null;

  constructor(options: PartyOptions) {
    this.side = options.side;
    this.machine = options.machine;
    this.session = options.session;
    this.watch = new StatusWatch(options.machine, options.tally, options.application.complain);
    this.#options = options;
  }

  get isDilated(): boolean {
    return this.#dilated !== null;
  }

  get state(): string {
    return this.watch.last.peerConnection.state;
  }

  /** Starts the program. A little later, it learns that the peer can dilate. */
  appear(): void {
    if (this.leaving) return;
    const { time, chance, machine, session, application, log } = this.#options;
    const dilation = new Dilation(session, {
      ...this.#options.dilation,
      onStatus: this.#onStatus,
      platform: this.#platform,
    });
    this.#dilation = dilation;
    session.read((message) => dilation.received(message));
    time.after(chance.number(MAX_VERSIONS_DELAY_MS), () => dilation.start(KEY), machine);
    dilation.dilated.then(
      (dilated) => {
        log(`${machine.name} is dilated`);
        this.#dilated = dilated;
        new Application({ ...application, side: this.side, chance }).start(dilated);
        this.#options.dilated();
      },
      (error) => application.failed(`${machine.name}, dilating`, error),
    );
  }

  /** Ends politely. */
  leave(): void {
    if (this.leaving) return;
    this.leaving = true;
    this.saidGoodbye = this.state !== "waiting";
    const { machine, application, log } = this.#options;
    log(`*** ${machine.name} leaves`);
    if (this.#dilation === null) {
      this.left = true;
      return;
    }
    this.#dilation.leave().then(
      () => {
        this.left = true;
        log(`${machine.name} has left`);
      },
      (error) => application.complain(`${machine.name} cannot leave: ${error}`),
    );
  }

  /** Returns the code of the error that has ended it; undefined before its end. */
  async reason(): Promise<string | undefined> {
    try {
      await this.#dilated?.client.connect();
      return undefined;
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    }
  }

  readonly #onStatus = (status: DilationStatus): void => {
    this.#options.log(`${this.machine.name} is ${JSON.stringify(status)}`);
    this.watch.changed(status);
  };

  get #platform(): Platform {
    const { machine, chance, cipher } = this.#options;
    return {
      clock: machine.clock,
      random: chance.bytes,
      network: machine.streams,
      openMessageSocket: needless,
      loadBulkCrypto: needless,
      loadChaCha: async () => tampered(cipher),
    };
  }
}

function needless(): never {
  throw new Error("a dilation does not use this");
}
