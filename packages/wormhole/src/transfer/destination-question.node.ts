/** The question where an offer is stored. It is asked again until the answer can be carried out. */
import type { OfferChoice, OfferQuestion, ReceiveOptions } from "./api.ts";
import type { Meeting } from "./context.ts";
import { LocalError } from "./local-error.ts";
import { warningsOf } from "./names/name-warnings.ts";
import { ask } from "./question.ts";
import {
  type ByteOffer,
  type Decision,
  type Destination,
  decide,
  type Permissions,
} from "./storing/destination.node.ts";
import { closePlace, firstPlace, openPlace, type Place } from "./storing/place.node.ts";

/** Questions about one offer. A function that gives the same useless answer again and again must not go on for ever. */
const MOST_QUESTIONS = 100;

/** The options that concern the destination. */
export type DestinationOptions = Pick<
  ReceiveOptions,
  "accept" | "allowHidden" | "directory" | "ignoreSpace" | "output" | "overwrite"
>;

/** The place of a transfer. It is opened when the transfer starts, and another one if the answer chooses one. */
export class DestinationDesk {
  readonly #options: DestinationOptions;
  #place: Place;
  #permissions: Permissions;

  private constructor(options: DestinationOptions, place: Place) {
    this.#options = options;
    this.#place = place;
    this.#permissions = { overwrite: options.overwrite ?? false, ignoreSpace: options.ignoreSpace ?? false };
  }

  /** Opens the place that the options name, or the current folder. @throws {LocalError} if nothing can be stored where they say */
  static async open(options: DestinationOptions): Promise<DestinationDesk> {
    return new DestinationDesk(options, await firstPlace(options));
  }

  /** The place where an offer would be stored now. */
  get place(): Place {
    return this.#place;
  }

  /**
   * Asks about an offer, and returns where it is to be stored.
   * @throws {LocalError} if it is rejected, or a plain yes cannot be carried out
   */
  async ask(meeting: Meeting, offer: ByteOffer): Promise<Destination> {
    let decision = await this.#decide(offer);
    for (let questions = 1; ; questions++) {
      const choice = await ask(meeting, this.#options, questionFor(offer, decision));
      if (decision.problem !== undefined && (choice === undefined || questions === MOST_QUESTIONS))
        throw decision.problem;
      const problem = choice && (await this.#choose(choice));
      // Much may have happened while the person thought about it.
      decision = problem
        ? { ...decision, destination: undefined, problem }
        : await this.#decide(offer, choice?.output === undefined ? decision : undefined);
      if (decision.destination !== undefined) return decision.destination;
    }
  }

  /** Closes the place. Never throws. */
  async close(): Promise<void> {
    await closePlace(this.#place);
  }

  #decide(offer: ByteOffer, shown?: Decision): Promise<Decision> {
    return decide(offer, this.#place, this.#permissions, shown);
  }

  /** Takes over a choice. Permission to overwrite belongs to the path for which it was given. Returns what is wrong with it. */
  async #choose({ output, overwrite, ignoreSpace }: OfferChoice): Promise<LocalError | undefined> {
    const before = this.#permissions;
    this.#permissions = {
      overwrite: overwrite ?? (output === undefined ? before.overwrite : false),
      ignoreSpace: ignoreSpace ?? before.ignoreSpace,
    };
    if (output === undefined) return undefined;
    try {
      const place = await openPlace({ directory: this.#options.directory, output });
      await closePlace(this.#place);
      this.#place = place;
      return undefined;
    } catch (error) {
      if (error instanceof LocalError) return error;
      throw error;
    }
  }
}

function questionFor(offer: ByteOffer, { named, name, path, existing, problem }: Decision): OfferQuestion {
  return {
    // If the name is impossible here, the problem says so, and the offer cannot be accepted without another one.
    offer: { ...offer, name: name ?? (offer.kind === "file" ? "file" : "folder") },
    offeredName: offer.name,
    warnings: name !== undefined && named === "sender" ? warningsOf(name, offer.kind) : [],
    ...(path !== undefined && { path, replaces: problem === undefined && existing !== undefined }),
    ...(problem && { problem }),
  };
}
