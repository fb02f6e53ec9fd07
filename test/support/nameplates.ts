/** Returns the nameplates in use at a mailbox server, as completion gets them. */
import { FILE_TRANSFER_APP_ID } from "../../packages/wormhole/src/transfer/api.ts";

export async function nameplates(url: string): Promise<string[]> {
  const socket = new WebSocket(url);
  await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
  const listed = new Promise<string[]>((resolve) => {
    socket.addEventListener("message", ({ data }: MessageEvent<string>) => {
      const message = JSON.parse(data) as { type: string; nameplates?: { id: string }[] };
      if (message.type === "nameplates") resolve((message.nameplates ?? []).map(({ id }) => id));
    });
  });
  socket.send(JSON.stringify({ type: "bind", appid: FILE_TRANSFER_APP_ID, side: "0123456789" }));
  socket.send(JSON.stringify({ type: "list" }));
  const ids = await listed;
  socket.close();
  return ids;
}
