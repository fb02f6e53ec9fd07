/**
 * Makes the connections of a dilation: runs one connector for each generation, and puts the connections that it makes into
 * use. The manager decides when a generation begins, and the connector decides which ways are tried.
 */
import type { BulkCipher } from "../../crypto/bulk.ts";
import type { Hints } from "../../transit/hints.ts";
import type { Won } from "../../transit/race/handshake-protocol.ts";
import type { DilationHandshakeState } from "../wire/handshake.ts";
import type { DilationRole } from "../wire/role.ts";
import { ConnectorDriver, type ConnectorOptions } from "./connector-driver.ts";
import { DialBudget } from "./dial-budget.ts";
import type { PresentConnection } from "./present.ts";
import { type RaceHandshake, raceHandshakes } from "./race-handshake.ts";

/** Options of every connector, as far as they are the same in each generation. */
type Constant = "platform" | "relays" | "listen" | "publish" | "stuck" | "changed" | "failed";

export interface GenerationsOptions extends Pick<ConnectorOptions, Constant> {
  /** This side's name in the dilation, which also distinguishes the two sides at a relay. */
  readonly side: string;
  /** Takes each connection that is made. */
  readonly present: PresentConnection;
}

/** The agreement of both sides, as far as a generation needs it. */
interface Agreement {
  readonly role: DilationRole;
  /** The peer's extensions of the protocol. */
  readonly extensions: readonly string[];
}

export class Generations {
  readonly #options: GenerationsOptions;
  /** One budget for all generations. */
  readonly #budget: DialBudget;
  #prepared: { readonly cipher: BulkCipher; readonly handshakes: (role: DilationRole) => RaceHandshake } | null = null;
  #connector: ConnectorDriver | null = null;

  constructor(options: GenerationsOptions) {
    this.#options = options;
    this.#budget = new DialBudget(options.platform.clock);
  }

  /**
   * Loads the cipher, which must happen before the first generation. `key` is the key of the dilation, 32 bytes.
   * @throws {Error} if the platform cannot load the cipher
   */
  async prepare(key: Uint8Array): Promise<void> {
    const { platform, side } = this.#options;
    this.#prepared = { cipher: await platform.loadChaCha(), handshakes: raceHandshakes(key, side) };
  }

  /** Begins a generation: looks for a connection. */
  begin(agreement: Agreement): void {
    if (this.#prepared === null) return;
    const { role, extensions } = agreement;
    const { cipher, handshakes } = this.#prepared;
    this.#connector = new ConnectorDriver({
      ...this.#options,
      role,
      handshake: handshakes(role),
      peerRetries: extensions.includes("ask-reconnect"),
      mayDial: (endpoint) => this.#budget.mayDial(endpoint),
      won: (won) => this.#use(won, cipher, agreement),
    });
  }

  /** Ends the present generation, and every attempt to make a connection. */
  end(): void {
    this.#connector?.close();
    this.#connector = null;
  }

  /** The ways to the peer, for display. */
  get ways(): readonly string[] {
    return this.#connector?.ways ?? [];
  }

  /** Takes hints of the peer. */
  hinted(hints: Hints): void {
    this.#connector?.hinted(hints);
  }

  /** Tries all ways again. If `publish`, our hints are sent again as well. */
  retry(publish: boolean): void {
    if (publish) this.#connector?.publish();
    this.#connector?.retry();
  }

  /** The addresses of this machine have changed. */
  moved(): void {
    this.#connector?.moved();
  }

  /** The connection is lost. */
  lost(): void {
    this.#connector?.lost();
  }

  #use(won: Won<DilationHandshakeState>, cipher: BulkCipher, { role, extensions }: Agreement): void {
    const { candidate, connection, state, rest } = won;
    if (state.at !== "chosen") return;
    const tor = this.#options.platform.network?.isTor ? "tor" : "";
    this.#options.present.use({
      connection,
      keys: state.keys,
      cipher,
      rest,
      whole: extensions.includes("parts"),
      way: { description: `${tor}${candidate.description}`, relayed: candidate.relayed },
      // The follower learns of the new connection later, and would treat an earlier end of the old one as a loss.
      keepReplaced: role === "leader",
    });
  }
}
