/** The exit code and the message for every kind of error. */
import { readFileSync } from "node:fs";
import * as library from "@wormhole-ts/wormhole";
import { describe, expect, it } from "vitest";
import { Declined, Refusal } from "../src/commands/declined.ts";
import { EXIT, failureOf } from "../src/failure.ts";
import { STOP_SIGNALS } from "../src/host.ts";
import { Interrupted } from "../src/terminal/signals.ts";
import { UsageError } from "../src/usage-error.ts";
import { Run } from "./world.ts";

const { WormholeError } = library;

function system(code: string, path?: string): Error {
  return Object.assign(new Error(`${code}: failed`), { errno: -1, code, ...(path === undefined ? {} : { path }) });
}

describe("the message for an error", () => {
  /** One error of each class of the library. */
  const errors: Record<string, library.WormholeError> = {
    ServerConnectionError: new library.ServerConnectionError("ws://x/v1", "refused", "Nothing listens there."),
    ServerError: new library.ServerError("crowded", "Two others use this code."),
    WelcomeError: new library.WelcomeError("no", "The mailbox server refused this client: no"),
    LonelyError: new library.LonelyError(),
    WrongPasswordError: new library.WrongPasswordError(),
    KeyFormatError: new library.KeyFormatError("A code begins with its number."),
    OnlyOneCodeError: new library.OnlyOneCodeError(),
    AlreadyChoseNameplateError: new library.AlreadyChoseNameplateError(),
    AlreadyChoseWordsError: new library.AlreadyChoseWordsError(),
    MustChooseNameplateFirstError: new library.MustChooseNameplateFirstError(),
    NoKeyError: new library.NoKeyError(),
    WormholeClosedError: new library.WormholeClosedError(),
    TransitError: new library.TransitError("No connection came about."),
    TransferError: new library.TransferError("The other side rejected the transfer."),
    UnsendableFileError: new library.UnsendableFileError("x", "There is no x."),
    NoTorError: new library.NoTorError("Tor is not there."),
    PeerCannotDilateError: new library.PeerCannotDilateError(),
    EndpointUsedError: new library.EndpointUsedError(),
  };

  it.each(Object.entries(errors))(
    "%s has its own message, and exit code 1 unless something was typed wrongly",
    (name, error) => {
      expect(failureOf(error)).toEqual({ exitCode: name === "KeyFormatError" ? 2 : 1, message: error.message });
      expect(error.message).toMatch(/^[A-Z][^\n]*$/);
    },
  );

  it("the list above contains every error class of the library", () => {
    const classes = Object.entries(library).filter(
      ([, value]) => typeof value === "function" && value.prototype instanceof WormholeError,
    );
    expect(classes.map(([name]) => name).filter((name) => !(name in errors))).toEqual([]);
  });

  it.each([
    ["ENOSPC", "no space left"],
    ["EDQUOT", "quota"],
    ["EACCES", "permission denied"],
    ["EPERM", "permission denied"],
    ["ENOENT", "does not exist"],
    ["ENOTDIR", "not a folder"],
    ["EISDIR", "is a folder"],
    ["EEXIST", "already exists"],
    ["EROFS", "read-only"],
    ["EFBIG", "a file of this size"],
    ["EMFILE", "too many files"],
    ["ENFILE", "too many files"],
    ["EIO", "the disk reported an error"],
    ["ENAMETOOLONG", "too long"],
    ["ELOOP", "loop of links"],
    ["EWHATEVER", "EWHATEVER: failed"],
  ])("the system error %s becomes: %s", (code, words) => {
    const { exitCode, message } = failureOf(system(code, "a\u001bb"));
    expect(exitCode).toBe(1);
    expect(message).toContain(words);
    expect(message).toMatch(/^a\\x1bb: [^\n]*\.$/);
  });

  it("the servers' errors keep their messages", () => {
    for (const name of ["MailboxServerError", "ListenError"]) {
      const error = Object.assign(new Error("Port 4000 is taken."), { name });
      expect(failureOf(error)).toEqual({ exitCode: 1, message: "Port 4000 is taken." });
    }
  });

  it("the address of a server that has another form is a mistake on the command line", () => {
    expect(failureOf(new library.ServerConnectionError("x", "bad-url", "x is no address."))).toMatchObject({
      exitCode: 2,
    });
  });

  it("a person's own no is no error", () => {
    expect(failureOf(new Declined("You said no."))).toEqual({ exitCode: 1, message: "You said no.", isCalm: true });
    expect(failureOf(new Refusal("It is refused."))).toEqual({ exitCode: 1, message: "It is refused." });
  });

  it("the connections that failed are named without the library's arrows", () => {
    const error = new library.TransitError("No connection: ->relay:tcp:127.0.0.1:9: nothing listens there.");
    expect(failureOf(error).message).toBe("No connection: relay 127.0.0.1:9: nothing listens there.");
  });

  it("a contradiction on the command line has exit code 2", () => {
    expect(failureOf(new UsageError("Leave one out."))).toEqual({ exitCode: 2, message: "Leave one out." });
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("%s has no message, and exit code %i", (signal, exitCode) => {
    const interrupted = new Interrupted(signal);
    expect(failureOf(interrupted)).toEqual({ exitCode });
    expect(failureOf(new Error("aborted", { cause: interrupted }))).toEqual({ exitCode });
  });

  it("a bug is reported with its stack, which contains nothing that a terminal obeys", () => {
    const { exitCode, message } = failureOf(new TypeError("x is not \u001b[31ma function"));
    expect(exitCode).toBe(1);
    expect(message).toMatch(
      /This is a bug in wormhole-ts\. Please report it:.*x is not \\x1b\[31ma function.*failure\.test\.ts/s,
    );
    expect(failureOf("what").message).toContain("what");
  });
});

it("docs/command.md lists the exit codes", () => {
  const page = readFileSync(new URL("../../../docs/command.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, codes = ""]) => codes.split(",").map(Number));
  const signals = STOP_SIGNALS.map((signal) => new Interrupted(signal).exitCode);
  expect(rows.toSorted((a, b) => a - b)).toEqual([0, ...Object.values(EXIT), ...signals].toSorted((a, b) => a - b));
});

/** Faults of one kind, which all end with one code. */
describe("faults of one kind have one exit code", () => {
  it.each([
    ["what was typed is invalid", ["receive", "guitarist"], 2],
    ["an empty code", ["receive", ""], 2],
    ["an invalid code of one's own", ["send", "--text", "x", "--code", "guitarist"], 2],
    ["no code", ["receive"], 2],
    ["no text", ["send"], 2],
    ["an invalid relay", ["send", "--text", "x", "--transit-helper", "x"], 2],
    ["an invalid server", ["send", "--text", "x", "--relay-url", "http://x"], 2],
    ["an invalid option", ["send", "--nonsense"], 2],
    ["an unknown command", ["fetch"], 2],
    ["help about an unknown command", ["help", "fetch"], 2],
    ["a missing folder for -o", ["receive", "-o", "no/such/x", "7-a-b"], 2],
    ["a file that is missing", ["send", "no-such-file"], 1],
    ["a server that is away", ["send", "--text", "x", "--relay-url", "ws://127.0.0.1:9/v1"], 1],
  ])("%s: %j ends with %i", async (_, args, exitCode) => {
    expect((await new Run(args, {}).outcome).status).toBe(exitCode);
  });
});
