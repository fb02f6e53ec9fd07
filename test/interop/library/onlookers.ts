/** Others at a mailbox server. */
import type { Tap } from "./tap.ts";

/** Two strangers claim the nameplate of a code, and keep it for as long as the server runs. */
export async function occupy(url: string, appid: string, code: string): Promise<void> {
  const [nameplate = ""] = code.split("-");
  for (const side of ["aaaaaaaaaa", "bbbbbbbbbb"]) {
    await say(
      url,
      [
        { type: "bind", appid, side },
        { type: "claim", nameplate },
      ],
      "claimed",
    );
  }
}

/** A stranger opens the mailbox of somebody whose line is tapped. */
export async function openMailbox(url: string, { passed }: Tap): Promise<void> {
  const appid = passed.find(({ message }) => message.type === "bind")?.message.appid ?? "";
  const mailbox = passed.find(({ message }) => message.type === "open")?.message.mailbox ?? "";
  await say(
    url,
    [
      { type: "bind", appid, side: "cccccccccc" },
      { type: "open", mailbox },
    ],
    "error",
  );
}

/** Says something to the server, and leaves when it has given this kind of answer. */
async function say(url: string, commands: readonly object[], answer: string): Promise<void> {
  const socket = new WebSocket(url);
  const answered = new Promise<void>((resolve, reject) => {
    socket.addEventListener("error", () => reject(new Error(`${url} cannot be reached`)));
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
