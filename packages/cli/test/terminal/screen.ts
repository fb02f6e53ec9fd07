/** An output without a terminal, for tests. */
import type { Stream } from "../../src/host.ts";
import { Output } from "../../src/terminal/output.ts";

/** An output, and all that was written to it. */
export function screen(
  options: {
    isTerminal?: boolean;
    columns?: number;
    environment?: Record<string, string>;
    onWrite?: (text: string) => void;
  } = {},
) {
  const written = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof written): Stream => ({
    isTTY: options.isTerminal === true,
    ...(options.columns === undefined ? {} : { columns: options.columns }),
    write(chunk, done) {
      written[name] += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
      done?.();
      options.onWrite?.(String(chunk));
      return true;
    },
    on: () => {},
  });
  return { output: new Output(stream("stdout"), stream("stderr"), options.environment ?? {}), written };
}
