/** A wormhole that is neither flavour. It exposes the events of its session and the controls that dilation uses. */
import { immediateJournal } from "../../src/base/journal.ts";
import type { JsonObject, WormholeError, WormholeOptions } from "../../src/index.ts";
import type { WormholeEvent } from "../../src/session/events.ts";
import { Controls } from "../../src/wormhole/controls.ts";
import { initialState } from "../../src/wormhole/initial-state.ts";

/** Records its events in `seen` and its result in `end`. */
export class Bare extends Controls {
  readonly seen: WormholeEvent[] = [];
  end: "happy" | WormholeError | undefined;

  constructor(options: WormholeOptions, dilation = true) {
    super(initialState(options, dilation), options, immediateJournal);
  }

  override sendDilation(message: JsonObject): void {
    super.sendDilation(message);
  }

  override hurry(): void {
    super.hurry();
  }

  override moved(): void {
    super.moved();
  }

  close(): void {
    this.leave();
  }

  override get isOpen(): boolean {
    return super.isOpen;
  }

  /** The messages of both kinds, in order. */
  get messages(): string[] {
    const told = this.seen.filter((event) => event.type === "message" || event.type === "dilation");
    return told.map(({ type, message }) => `${type} ${new TextDecoder().decode(message)}`);
  }

  protected override tell(event: WormholeEvent): void {
    this.seen.push(event);
  }

  protected override ended(result: "happy" | WormholeError): void {
    this.end = result;
  }
}
