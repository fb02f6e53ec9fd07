/** Plays worlds in several processes, so that a simulation uses all processors. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** The message that ends a process. */
export const END = "end";
/** Worlds that a process is asked for at a time. */
const PORTION = 100;

/** Distributes `count` seeds, beginning with `from`, among processes that run `script`. `done` receives each answer. */
export async function share(
  script: string,
  { from, count, hands }: { from: number; count: number; hands: number },
  done: (answer: unknown, child: object) => void,
): Promise<void> {
  let next = from;
  const feed = (child: ChildProcess): void => {
    if (next >= from + count) return void child.send(END);
    const portion = Math.min(PORTION, from + count - next);
    child.send({ from: next, count: portion });
    next += portion;
  };
  const work = async () => {
    const child = fork(script);
    child.on("message", (answer) => {
      done(answer, child);
      feed(child);
    });
    feed(child);
    const [code] = await once(child, "exit");
    if (code !== 0) throw new Error(`a process that plays worlds has ended with ${code}`);
  };
  await Promise.all(Array.from({ length: hands }, work));
}
