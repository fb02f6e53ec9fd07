/** Other clients of a mailbox server, which disturb a session. */
import type { Tap } from "./tap.ts";

/** Two other sides claim the nameplate of a code, and never release it. */
export async function occupy(url: string, appid: string, code: string): Promise<void> {
  const [nameplate = ""] = code.split("-");
  for (const side of ["aaaaaaaaaa", "bbbbbbbbbb"]) {
    await send(
      url,
      [
        { type: "bind", appid, side },
        { type: "claim", nameplate },
      ],
      "claimed",
    );
  }
}

/** A third side opens the mailbox of a tapped client. */
export async function openMailbox(url: string, { passed }: Tap): Promise<void> {
  const appid = passed.find(({ message }) => message.type === "bind")?.message.appid ?? "";
  const mailbox = passed.find(({ message }) => message.type === "open")?.message.mailbox ?? "";
  await send(
    url,
    [
      { type: "bind", appid, side: "cccccccccc" },
      { type: "open", mailbox },
    ],
    "error",
  );
}

/** Sends commands, and disconnects when an answer of this type has come. */
async function send(url: string, commands: readonly object[], answer: string): Promise<void> {
  const socket = new WebSocket(url);
  const answered = new Promise<void>((resolve, reject) => {
    socket.addEventListener("error", () => reject(new Error(`cannot connect to ${url}`)));
    socket.addEventListener("message", ({ data }: MessageEvent<string>) => {
      if (JSON.parse(data).type === answer) resolve();
    });
  });
  socket.addEventListener("open", () => {
    for (const command of commands) socket.send(JSON.stringify(command));
  });
  await answered;
  socket.close();
}
