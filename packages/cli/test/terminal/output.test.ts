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

describe("output that cannot be written", () => {
  const failing = (code: string) => {
    const listeners: ((error: Error) => void)[] = [];
    const error = Object.assign(new Error(`${code}: failed`), { code, errno: -1 });
    const stream: Stream = {
      isTTY: true,
      columns: 80,
      write(_, done) {
        done?.(error);
        for (const listener of listeners) listener(error);
        return false;
      },
      on: (_, listener) => listeners.push(listener),
    };
    return new Output(stream, stream, {});
  };

  it.each(["EPIPE", "EIO", "ENOSPC", "EBADF"])("is dropped if it is a message or a status: %s", (code) => {
    const output = failing(code);
    expect(() => {
      output.say("hello");
      output.status("50%");
      output.clearStatus();
    }).not.toThrow();
  });

  it.each(["EIO", "ENOSPC"])("is an error if it is data: %s", async (code) => {
    const output = failing(code);
    await expect(output.data("text")).rejects.toMatchObject({ code, path: "standard output" });
    expect(output.lostData).toMatchObject({ code });
  });

  it("is no error if the reader of the data wants no more", async () => {
    const output = failing("EPIPE");
    await output.data("text");
    expect(output.lostData).toBeUndefined();
  });
});

describe("a status line in a terminal that has become narrower", () => {
  const narrowed = (environment: Record<string, string>) => {
    let shown = "";
    const stream = {
      isTTY: true,
      columns: 80,
      write: (text: string | Uint8Array) => {
        shown += String(text);
        return true;
      },
      on: () => {},
    };
    const output = new Output(stream, stream, environment);
    output.status("x".repeat(79));
    stream.columns = 30;
    shown = "";
    output.status("y");
    return shown;
  };

  it("is removed with all the lines that it has become", () => {
    expect(narrowed({})).toBe("\u001b[2A\r\u001b[Jy");
  });

  it("is removed as one line in xterm, which cuts it instead", () => {
    expect(narrowed({ XTERM_VERSION: "XTerm(390)" })).toBe("\r\u001b[Ky");
  });
});

it("sentences are broken between words on a terminal, and nowhere else", () => {
  const sentence = "one two three four five six seven";
  const at = screen({ isTerminal: true, columns: 20 });
  at.output.say(sentence);
  expect(at.written.stderr).toBe("one two three four\nfive six seven\n");
  const elsewhere = screen({ columns: 20 });
  elsewhere.output.say(sentence);
  expect(elsewhere.written.stderr).toBe(`${sentence}\n`);
});
