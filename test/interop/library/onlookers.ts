/** Others at a mailbox server. */

/** Two strangers claim the nameplate of a code, and keep it for as long as the server runs. */
export async function occupy(url: string, appid: string, code: string): Promise<void> {
  const [nameplate] = code.split("-");
  await Promise.all(
    ["aaaaaaaaaa", "bbbbbbbbbb"].map(async (side) => {
      const socket = new WebSocket(url);
      const claimed = new Promise<void>((resolve, reject) => {
        socket.addEventListener("error", () => reject(new Error(`${url} cannot be reached`)));
        socket.addEventListener("message", ({ data }: MessageEvent<string>) => {
          if (JSON.parse(data).type === "claimed") resolve();
        });
      });
      socket.addEventListener("open", () => {
        for (const command of [
          { type: "bind", appid, side },
          { type: "claim", nameplate },
        ]) {
          socket.send(JSON.stringify(command));
        }
      });
      await claimed;
      socket.close();
    }),
  );
}
