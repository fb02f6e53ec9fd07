/** The application on one side: it opens and takes subchannels, writes, reads and closes, following its script (script.ts). */
import type { Dilated, Subchannel } from "../../../packages/wormhole/src/dilation/api.ts";
import { WormholeClosedError } from "../../../packages/wormhole/src/errors.ts";
import type { Chance } from "../chance.ts";
import type { Flow } from "./flow.ts";
import { CLIENT, CONTROL, NAMES, type Part, type Side, type Talk, UNWANTED } from "./script.ts";

/** A talk and its two flows, one for each writing side. */
export interface Course extends Talk {
  readonly flows: readonly [Flow, Flow];
}

export interface ApplicationOptions {
  readonly side: Side;
  readonly courses: readonly Course[];
  /** The talks that one side has opened under a name, in order. Both applications see them. */
  readonly opened: Map<string, Course[]>;
  readonly chance: Chance;
  /** Waits this long, or until the trouble is over. */
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Reports a failed operation. Whether this is a fault depends on the state of the world. */
  readonly failed: (where: string, error: unknown) => void;
  readonly complain: (fault: string) => void;
  /** Changes the number of unfinished tasks. Flows are not counted. */
  readonly busy: (change: 1 | -1) => void;
  readonly listensAfter: number;
}

export class Application {
  readonly #options: ApplicationOptions;
  readonly #other: Side;

  constructor(options: ApplicationOptions) {
    this.#options = options;
    this.#other = options.side === 0 ? 1 : 0;
  }

  start(dilated: Dilated): void {
    const { courses, side } = this.#options;
    for (const course of courses)
      if (course.opener !== this.#other) this.#task(`open ${course.name}`, () => this.#open(dilated, course));
    for (const name of NAMES)
      if (courses.some((course) => course.name === name && course.opener !== side)) void this.#listen(dilated, name);
  }

  /** Runs a task. If `ends` is false, it may last as long as the wormhole. */
  #task(where: string, run: () => Promise<unknown>, ends = true): void {
    const { busy, failed, side } = this.#options;
    if (ends) busy(1);
    run()
      .catch((error) => failed(`side ${side}, ${where}`, error))
      .finally(() => ends && busy(-1));
  }

  async #open(dilated: Dilated, course: Course): Promise<void> {
    const { pause, opened, side } = this.#options;
    await pause(course.opens);
    const connector =
      course.name === CONTROL
        ? dilated.control
        : course.name === CLIENT
          ? dilated.client
          : dilated.connector(course.name);
    const channel = await connector.connect();
    if (course.opener !== "both") listOf(opened, `${side} ${course.name}`).push(course);
    this.#use(course, channel);
  }

  /** Takes subchannels until the wormhole ends. */
  async #listen(dilated: Dilated, name: string): Promise<void> {
    const { pause, opened, listensAfter, complain, failed, side } = this.#options;
    await pause(listensAfter);
    let taken = 0;
    try {
      const listener = name === CLIENT ? dilated.server : dilated.listener(name);
      for await (const channel of listener.listen()) {
        const course = opened.get(`${this.#other} ${name}`)?.[taken++];
        if (course) this.#use(course, channel);
        else complain(`side ${side} got a subchannel ${name} that was not opened`);
      }
      failed(`side ${side}, listening for ${name}`, new WormholeClosedError("it ended"));
    } catch (error) {
      failed(`side ${side}, listening for ${name}`, error);
    }
  }

  #use(course: Course, channel: Subchannel): void {
    const { side, complain } = this.#options;
    const name = course.name === CLIENT ? "subchannel" : course.name;
    if (channel.subprotocol !== name) complain(`a subchannel for ${name} came as ${channel.subprotocol}`);
    const part = course.parts[side];
    const [ours, theirs] = [course.flows[side], course.flows[this.#other]];
    if (course.name === UNWANTED) {
      // The other side closes it at once, and drops the data.
      theirs.close();
      theirs.finish();
      ours.ignore();
    }
    this.#task(`writing ${ours.name}`, () => this.#write(channel, part, ours, theirs));
    this.#task(`reading ${theirs.name}`, () => this.#read(channel, part, theirs), theirs.hasEnd);
    const ends = part.ending !== "open" && course.parts[this.#other].ending !== "open";
    if (ends || (course.name === UNWANTED && part.ending !== "open"))
      this.#task(`waiting for the end of ${course.name}`, () => channel.closed);
  }

  async #write(channel: Subchannel, part: Part, ours: Flow, theirs: Flow): Promise<void> {
    const { chance, pause } = this.#options;
    const writer = channel.writable.getWriter();
    const writes: Promise<void>[] = [];
    for (const length of part.writes) {
      if (part.gap > 0) await pause(part.gap);
      const chunk = ours.chunk(length, chance);
      const written = writer.write(chunk).then(() => {
        chunk.fill(0xee);
        ours.accepted += length;
      });
      written.catch(() => {});
      if (part.patient) await written;
      writes.push(written);
    }
    if (part.ending !== "abort" && part.ending !== "early close") await Promise.all(writes);
    if (part.ending !== "open") ours.close();
    if (part.ending === "abort") ours.cutOff = true;
    if (part.ending === "close" || part.ending === "early close") theirs.ignore();
    ours.finish();
    await this.#end(channel, part, writer);
    // A write that was aborted has no promised outcome.
    if (part.ending === "abort") return;
    await Promise.all(writes);
    if (part.ending !== "open") ours.confirm();
  }

  #end(channel: Subchannel, { ending }: Part, writer: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
    switch (ending) {
      case "writable":
        return writer.close();
      case "abort":
        return writer.abort(new Error("given up"));
      case "close":
        writer.releaseLock();
        return channel.close();
      case "early close":
        return channel.close();
      case "open":
        return Promise.resolve();
    }
  }

  async #read(channel: Subchannel, part: Part, theirs: Flow): Promise<void> {
    const { pause } = this.#options;
    if (part.late > 0) await pause(part.late);
    const reader = channel.readable.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return theirs.end();
      theirs.take(value);
      // The reader owns the memory, so the application may overwrite it.
      value.fill(0xaa);
      if (theirs.got >= part.enough) {
        theirs.ignore();
        return reader.cancel();
      }
      if (part.pace > 0) await pause(part.pace);
    }
  }
}

function listOf<T>(map: Map<string, T[]>, key: string): T[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}
