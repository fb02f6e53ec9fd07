import type { DilationStatus, PeerConnection } from "./api.ts";
import type { ManagerState } from "./manager.ts";

/** The present connection, for people. */
export interface Way {
  readonly description: string;
  readonly relayed: boolean;
}

/** What may be shown of a dilation. */
export function statusOf(manager: ManagerState, way: Way | null, hints: readonly string[]): DilationStatus {
  const generation = "generation" in manager ? manager.generation : 0;
  return { generation, peerConnection: peerConnection(manager, way), hints };
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
