/** Data on stdout, messages on stderr, the status line and colours. */
import { printable } from "@wormhole-ts/wormhole";
import { describe, expect, it } from "vitest";
import type { Stream } from "../../src/host.ts";
import { Output } from "../../src/terminal/output.ts";
import { screen } from "./screen.ts";

describe("the output", () => {
  it("is data on stdout, unchanged, and messages on stderr", async () => {
    const { output, written } = screen();
    output.say("hello");
    await output.data("a\u001bb");
    await output.show(printable("a\u001bb"));
    expect(written).toEqual({ stdout: "a\u001bba\\x1bb\n", stderr: "hello\n" });
  });

  it("has no status line without a terminal, or on a dumb one", () => {
    for (const at of [screen(), screen({ isTerminal: true, environment: { TERM: "dumb" } })]) {
      at.output.status("50%");
      at.output.say("done");
      expect(at.output.canRedraw).toBe(false);
      expect(at.written.stderr).toBe("done\n");
    }
  });

  it("replaces the status line, and clears it before anything else", () => {
    const { output, written } = screen({ isTerminal: true });
    output.status("1%");
    output.status("2%");
    output.say("done");
    output.say("really");
    expect(written.stderr).toBe("\r\u001b[K1%\r\u001b[K2%\r\u001b[Kdone\nreally\n");
  });

  it("has colours only on a terminal, and not if NO_COLOR is set", () => {
    expect(screen({ isTerminal: true }).output.red("x")).toContain("\u001b[31m");
    expect(screen({ isTerminal: true, environment: { NO_COLOR: "1" } }).output.red("x")).toBe("x");
    expect(screen({ isTerminal: true, environment: { TERM: "dumb" } }).output.bold("x")).toBe("x");
    expect(screen().output.bold("x")).toBe("x");
  });

  it("has the width of the terminal, or 80 columns", () => {
    expect(screen({ columns: 33 }).output.columns).toBe(33);
    expect(screen({ columns: 0 }).output.columns).toBe(80);
  });
});

describe("an error of stdout", () => {
  const failing = (code: string) => {
    const listeners: ((error: Error) => void)[] = [];
    const stream: Stream = { write: () => true, on: (_, listener) => listeners.push(listener) };
    new Output(stream, stream, {});
    return () => listeners[0]?.(Object.assign(new Error("failed"), { code }));
  };

  it("is ignored if its reader has gone", () => {
    expect(failing("EPIPE")).not.toThrow();
  });

  it("is reported where data is delivered, and ends nothing else", async () => {
    expect(failing("ENOSPC")).not.toThrow();
    const writing = (code: string): Stream => ({
      write(_, done) {
        done?.(Object.assign(new Error("failed"), { code }));
        return true;
      },
      on: () => {},
    });
    await expect(new Output(writing("ENOSPC"), writing("ENOSPC"), {}).deliver("x")).rejects.toThrow("failed");
    await new Output(writing("EPIPE"), writing("EPIPE"), {}).deliver("x");
  });
});
