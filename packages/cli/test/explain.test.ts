import * as library from "@wormhole-ts/wormhole";
import { describe, expect, it } from "vitest";
import { verdict } from "../src/explain.ts";
import { Interrupted } from "../src/terminal/signals.ts";
import { UsageError } from "../src/usage-error.ts";

const { WormholeError } = library;

function system(code: string, path?: string): Error {
  return Object.assign(new Error(`${code}: failed`), { errno: -1, code, ...(path === undefined ? {} : { path }) });
}

describe("what is said of an error", () => {
  /** Every class of the library, as its own constructor makes it. */
  const errors: Record<string, library.WormholeError> = {
    ServerConnectionError: new library.ServerConnectionError("ws://x/v1", "refused", "Nothing listens there."),
    ServerError: new library.ServerError("crowded", "Two others use this code."),
    WelcomeError: new library.WelcomeError("no", "The mailbox server turned us away: no"),
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

  it.each(Object.entries(errors))("%s ends with its own sentence and exit code 1", (_, error) => {
    expect(verdict(error)).toEqual({ exitCode: 1, sentence: error.message });
    expect(error.message).toMatch(/^[A-Z][^\n]*$/);
  });

  it("no class of the library is forgotten above", () => {
    const classes = Object.entries(library).filter(
      ([, value]) => typeof value === "function" && value.prototype instanceof WormholeError,
    );
    expect(classes.map(([name]) => name).filter((name) => !(name in errors))).toEqual([]);
  });

  it.each([
    ["ENOSPC", "no space left"],
    ["EDQUOT", "quota"],
    ["EACCES", "no permission"],
    ["EPERM", "no permission"],
    ["ENOENT", "does not exist"],
    ["ENOTDIR", "not a folder"],
    ["EISDIR", "is a folder"],
    ["EEXIST", "exists already"],
    ["EROFS", "read-only"],
    ["EFBIG", "file of this size"],
    ["EMFILE", "too many files"],
    ["ENFILE", "too many files"],
    ["EIO", "fault"],
    ["ENAMETOOLONG", "too long"],
    ["ELOOP", "circle"],
    ["EWHATEVER", "EWHATEVER: failed"],
  ])("%s of the system says: %s", (code, words) => {
    const { exitCode, sentence } = verdict(system(code, "a\u001bb"));
    expect(exitCode).toBe(1);
    expect(sentence).toContain(words);
    expect(sentence).toMatch(/^a\\x1bb: [^\n]*\.$/);
  });

  it("the servers' errors are sentences already", () => {
    for (const name of ["MailboxServerError", "ListenError"]) {
      const error = Object.assign(new Error("Port 4000 is taken."), { name });
      expect(verdict(error)).toEqual({ exitCode: 1, sentence: "Port 4000 is taken." });
    }
  });

  it("a contradiction on the command line is exit code 2", () => {
    expect(verdict(new UsageError("Leave one out."))).toEqual({ exitCode: 2, sentence: "Leave one out." });
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("%s needs no sentence, and is exit code %i", (signal, exitCode) => {
    const interrupted = new Interrupted(signal);
    expect(verdict(interrupted)).toEqual({ exitCode });
    expect(verdict(new Error("aborted", { cause: interrupted }))).toEqual({ exitCode });
  });

  it("a fault of the program comes with what helps to find it, and harmless to look at", () => {
    const { exitCode, sentence } = verdict(new TypeError("x is not \u001b[31ma function"));
    expect(exitCode).toBe(1);
    expect(sentence).toMatch(/fault of the program.*x is not \\x1b\[31ma function.*explain\.test\.ts/s);
    expect(verdict("what").sentence).toContain("what");
  });
});
