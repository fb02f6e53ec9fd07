/** Our library's end of a dilated wormhole. */
import {
  createWormhole,
  type Dilated,
  type DilateOptions,
  type DilationStatus,
  type Subchannel,
  type Wormhole,
} from "@wormhole-ts/wormhole";
import { platform } from "../../../packages/wormhole/src/platform/node.ts";
import { Changes } from "../reference/changes.ts";
import { type Arrivals, type End, Heard, Queue, type Role, type Stream } from "./end.ts";

/** Bytes of the side, the random name that decides which side leads. */
const SIDE_BYTES = 8;

export interface OursOptions {
  readonly url: string;
  readonly appId: string;
  readonly code: string;
  readonly role: Role;
  /** Whether it announces that it can dilate. */
  readonly dilation?: boolean;
}

/** Makes a wormhole with the highest or the lowest possible side, which fixes its role in a dilation. */
export function createOurs({ url, appId, code, role, dilation = true }: OursOptions): Wormhole {
  const digits = role === "leader" ? 0xff : 0x00;
  const random = (length: number) =>
    length === SIDE_BYTES ? new Uint8Array(length).fill(digits) : platform.random(length);
  const wormhole = createWormhole({ appId, relayUrl: url, dilation, platform: { random } });
  wormhole.setCode(code);
  return wormhole;
}

export class Ours implements End {
  readonly title = "ours";
  readonly wormhole: Wormhole;
  /** Every status that was reported. */
  readonly statuses: DilationStatus[] = [];
  readonly #changes = new Changes();
  #dilated: Dilated | undefined;

  constructor(wormhole: Wormhole) {
    this.wormhole = wormhole;
  }

  get dilated(): Dilated {
    if (!this.#dilated) throw new Error("our wormhole is not dilated yet");
    return this.#dilated;
  }

  async dilate(options: DilateOptions): Promise<void> {
    const onStatus = (status: DilationStatus) => {
      this.statuses.push(status);
      this.#changes.happened();
    };
    this.#dilated = await this.wormhole.dilate({ ...options, onStatus });
  }

  /** Number of connections so far. */
  get connections(): number {
    const names = this.statuses.map(({ peerConnection }) => peerConnection.state);
    return names.filter((name, index) => name === "connected" && names[index - 1] !== name).length;
  }

  /** Resolves when there have been this many connections. */
  async connected(times: number): Promise<void> {
    await this.#changes.until(
      () => this.connections >= times,
      () => `our connection number ${times}, but its statuses are ${JSON.stringify(this.statuses)}`,
    );
  }

  async connect(name: string): Promise<Stream> {
    return asStream(await this.dilated.connector(name).connect());
  }

  async listen(name: string): Promise<Arrivals> {
    const arrivals = new Queue<Stream>(`a subchannel ${name}`);
    const listen = async () => {
      for await (const subchannel of this.dilated.listener(name).listen()) arrivals.add(asStream(subchannel));
    };
    listen().catch(() => {}); // if the wormhole fails, its subchannels report the error
    return arrivals;
  }

  async close(): Promise<void> {
    await this.wormhole.close();
  }
}

function asStream(subchannel: Subchannel): Stream {
  const heard = new Heard();
  const writer = subchannel.writable.getWriter();
  void listenTo(subchannel, heard);
  return {
    heard,
    write: (text) => writer.write(new TextEncoder().encode(text)),
    finish: () => writer.close(),
  };
}

async function listenTo(subchannel: Subchannel, heard: Heard): Promise<void> {
  try {
    for await (const chunk of subchannel.readable) heard.add(new TextDecoder().decode(chunk));
    heard.end();
    await subchannel.closed;
    heard.close();
  } catch {
    // If a test waits for more data, its wait fails.
  }
}
