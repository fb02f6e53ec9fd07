/** The public status of a dilation, computed from its parts. */
import { attempt } from "../base/report.ts";
import type { DilationStatus, PeerConnection } from "./api.ts";
import type { ManagerState } from "./manager.ts";

/** How the present connection reaches the peer, for display. */
export interface Way {
  readonly description: string;
  readonly relayed: boolean;
}

/** The status to report. `way` is null while there is no connection; `hints` are the ways that may be tried. */
export function dilationStatus(manager: ManagerState, way: Way | null, hints: readonly string[]): DilationStatus {
  const generation = "generation" in manager ? manager.generation : 0;
  return { generation, peerConnection: peerConnection(manager, way), hints };
}

/** Reports each change of the status once. */
export class StatusReporter {
  readonly #onStatus: ((status: DilationStatus) => void) | undefined;
  #last = "";

  constructor(onStatus: ((status: DilationStatus) => void) | undefined) {
    this.#onStatus = onStatus;
  }

  /** Reports the status if it has changed. An exception of the callback is ignored. */
  report(status: DilationStatus): void {
    const text = JSON.stringify(status);
    if (text === this.#last) return;
    this.#last = text;
    attempt(() => this.#onStatus?.(status));
  }
}

function peerConnection(manager: ManagerState, way: Way | null): PeerConnection {
  switch (manager.at) {
    case "idle":
    case "wanting":
      return { state: "waiting" };
    case "connected":
      return way === null ? { state: "reconnecting" } : { state: "connected", ...way };
    case "connecting":
      return { state: manager.generation === 1 ? "connecting" : "reconnecting" };
    case "flushing":
    case "lonely":
      return { state: "reconnecting" };
    case "stopped":
      return { state: "stopped" };
  }
}
