/** The nameplates of a mailbox server, by the request that completes codes. */
import { FILE_TRANSFER_APP_ID } from "../../packages/wormhole/src/transfer/api.ts";

/** Resolves with the nameplates of file transfers that are in use at a mailbox server. */
export async function listedNameplates(mailbox: string): Promise<string[]> {
  const socket = new WebSocket(mailbox);
  const listed = new Promise<string[]>((resolve, reject) => {
    socket.addEventListener("error", () => reject(new Error(`cannot connect to ${mailbox}`)));
    socket.addEventListener("message", ({ data }: MessageEvent<string>) => {
      const message: { type: string; nameplates?: { id: string }[] } = JSON.parse(data);
      if (message.type === "nameplates") resolve((message.nameplates ?? []).map(({ id }) => id));
    });
  });
  socket.addEventListener("open", () => {
    socket.send(JSON.stringify({ type: "bind", appid: FILE_TRANSFER_APP_ID, side: "0123456789" }));
    socket.send(JSON.stringify({ type: "list" }));
  });
  try {
    return await listed;
  } finally {
    socket.close();
  }
}
