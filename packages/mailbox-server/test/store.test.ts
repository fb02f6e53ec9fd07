/** The behaviour of every store, and that of a store in a file alone. */
import { writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Mailbox, type Nameplate, openStore, type Store, type StoredMessage } from "../src/index.ts";
import { database, type Kind, kinds, temporaryFile } from "./started.ts";

const plate = (mailbox: string, holders: Record<string, "held" | "released"> = { a: "held" }): Nameplate => ({
  mailbox,
  holders: Object.entries(holders).map(([side, how]) => ({ side, released: how === "released" })),
});
const mailbox = (changes: Partial<Mailbox> = {}): Mailbox => ({
  nameplate: null,
  members: [{ side: "a", open: true }],
  messages: 0,
  bytes: 0,
  touched: 0,
  ...changes,
});
const message = (number: number, changes: Partial<StoredMessage> = {}): StoredMessage => ({
  number,
  side: "a",
  phase: String(number),
  body: "00",
  id: null,
  receivedAt: 1_700_000_000.125,
  ...changes,
});

/** A new store, which is closed after the test. */
async function opened(kind: Kind): Promise<Store> {
  const store = await openStore(database(kind));
  onTestFinished(() => store.close());
  return store;
}

describe.each(kinds)("a store in %s", (kind) => {
  it("returns the last saved form of a nameplate", async () => {
    const store = await opened(kind);
    expect(store.nameplate("app", "7")).toBeUndefined();
    store.saveNameplate("app", "7", plate("m", { a: "held" }));
    expect(store.nameplate("app", "7")).toEqual(plate("m", { a: "held" }));
    store.saveNameplate("app", "7", plate("m", { a: "released", b: "held" }));
    expect(store.nameplate("app", "7")).toEqual(plate("m", { a: "released", b: "held" }));
    store.removeNameplate("app", "7");
    expect(store.nameplate("app", "7")).toBeUndefined();
  });

  it("lists the nameplates of an app, sorted as strings, up to a limit", async () => {
    const store = await opened(kind);
    for (const name of ["9", "10", "1", "007"]) store.saveNameplate("app", name, plate("m"));
    store.saveNameplate("other", "5", plate("m"));
    expect(store.listNameplates("app", 100)).toEqual(["007", "1", "10", "9"]);
    expect(store.listNameplates("app", 2)).toEqual(["007", "1"]);
    expect(store.listNameplates("unused", 100)).toEqual([]);
  });

  it("counts nameplates by length, up to a limit", async () => {
    const store = await opened(kind);
    for (const name of ["1", "2", "10", "11", "007", "2"]) store.saveNameplate("app", name, plate("m"));
    store.saveNameplate("other", "9", plate("m"));
    expect([1, 2, 3, 4].map((digits) => store.countNameplates("app", digits, 100))).toEqual([2, 2, 1, 0]);
    expect(store.countNameplates("app", 2, 0.5)).toBeGreaterThanOrEqual(1);
    store.removeNameplate("app", "10");
    store.removeNameplate("app", "10");
    expect(store.countNameplates("app", 2, 100)).toBe(1);
  });

  it("finds the nameplate that a side was the first to claim, until it is released", async () => {
    const store = await opened(kind);
    store.saveNameplate("app", "7", plate("m", { a: "held", b: "held" }));
    expect(store.nameplateOf("app", "a")).toBe("7");
    expect(store.nameplateOf("app", "b")).toBeUndefined();
    expect(store.nameplateOf("other", "a")).toBeUndefined();
    store.saveNameplate("app", "7", plate("m", { a: "released", b: "held" }));
    expect(store.nameplateOf("app", "a")).toBeUndefined();
    store.saveNameplate("app", "8", plate("m"));
    store.saveNameplate("app", "9", plate("m"));
    store.removeNameplate("app", "9");
    expect(store.nameplateOf("app", "a")).toBe("8");
    store.removeNameplate("app", "8");
    expect(store.nameplateOf("app", "a")).toBeUndefined();
  });

  it("returns the last saved form of a mailbox", async () => {
    const store = await opened(kind);
    const both = [
      { side: "a", open: false },
      { side: "b", open: true },
    ];
    const latest = mailbox({ nameplate: "7", members: both, messages: 3, bytes: 99, touched: 12.5 });
    expect(store.mailbox("app", "m")).toBeUndefined();
    store.saveMailbox("app", "m", mailbox());
    expect(store.mailbox("app", "m")).toEqual(mailbox());
    store.saveMailbox("app", "m", latest);
    expect(store.mailbox("app", "m")).toEqual(latest);
  });

  it("keeps apps apart, even if app and id are equal when joined", async () => {
    const store = await opened(kind);
    const names = [
      ["a", "bc"],
      ["ab", "c"],
      ["1:a", "b"],
      ["a\0", "b"],
      ["a", "\0b"],
    ] as const;
    for (const [app, id] of names) {
      store.saveMailbox(app, id, mailbox({ nameplate: app + id }));
      store.addMessage(app, id, message(1, { body: `${app}|${id}` }));
    }
    for (const [app, id] of names) {
      expect(store.mailbox(app, id)?.nameplate).toBe(app + id);
      expect([...store.messages(app, id, 0)].map(({ body }) => body)).toEqual([`${app}|${id}`]);
    }
  });

  it("returns messages in the order of their numbers, after a given one", async () => {
    const store = await opened(kind);
    for (const number of [1, 2, 3, 10, 11]) store.addMessage("app", "m", message(number));
    const numbers = (after: number) => [...store.messages("app", "m", after)].map(({ number }) => number);
    expect(numbers(0)).toEqual([1, 2, 3, 10, 11]);
    expect(numbers(3)).toEqual([10, 11]);
    expect(numbers(11)).toEqual([]);
  });

  it("can be written to and read while messages are being read", async () => {
    const store = await opened(kind);
    for (const number of [1, 2, 3]) store.addMessage("app", "m", message(number));
    const seen: number[] = [];
    for (const { number } of store.messages("app", "m", 0)) {
      if (number === 1) store.addMessage("app", "m", message(4));
      if (number === 2) seen.push(...[...store.messages("app", "m", 2)].map((other) => -other.number));
      seen.push(number);
      store.commit();
    }
    expect(seen).toEqual([1, -3, -4, 2, 3, 4]);
  });

  it.each([
    ["text of every kind", { side: "ä", phase: "\u0000 \u{1f573}", body: "line\r\n\u2028'\"\\", id: "日本" }],
    ["an id that is a number", { id: 4.5 }],
    ["no id", { id: null }],
    ["empty text", { side: "", phase: "", body: "", id: "" }],
    ["a body of a megabyte", { body: "ab".repeat(524_288) }],
  ])("returns %s unchanged", async (_, changes) => {
    const store = await opened(kind);
    store.addMessage("app", "m", message(1, changes));
    expect([...store.messages("app", "m", 0)]).toEqual([message(1, changes)]);
  });

  it("removes a mailbox together with its messages, and nothing else", async () => {
    const store = await opened(kind);
    for (const id of ["m", "n"]) {
      store.saveMailbox("app", id, mailbox());
      store.addMessage("app", id, message(1));
    }
    store.removeMailbox("app", "m");
    expect(store.mailbox("app", "m")).toBeUndefined();
    expect([...store.messages("app", "m", 0)]).toEqual([]);
    expect([...store.messages("app", "n", 0)]).toHaveLength(1);
  });

  it("finds mailboxes by the time of their last use", async () => {
    const store = await opened(kind);
    for (const touched of [10, 20, 30]) store.saveMailbox("app", `at ${touched}`, mailbox({ touched }));
    expect(
      store
        .idleMailboxes(30, 100)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(["at 10", "at 20"]);
    expect(store.idleMailboxes(30, 1)).toHaveLength(1);
    store.touchMailbox("app", "at 10", 40);
    expect(store.idleMailboxes(30, 100)).toEqual([{ app: "app", id: "at 20" }]);
    store.touchMailbox("app", "nowhere", 40);
    expect(store.mailbox("app", "nowhere")).toBeUndefined();
  });

  it("undoes everything since the last commit, and nothing before it", async () => {
    const store = await opened(kind);
    store.saveNameplate("app", "7", plate("m"));
    store.saveMailbox("app", "m", mailbox());
    store.addMessage("app", "m", message(1));
    store.saveUpTime(5);
    store.commit();

    store.saveNameplate("app", "7", plate("m", { a: "released", b: "held" }));
    store.saveNameplate("app", "8", plate("n", { b: "held" }));
    store.removeNameplate("app", "7");
    store.addMessage("app", "m", message(2));
    store.touchMailbox("app", "m", 99);
    store.removeMailbox("app", "m");
    store.addMessage("app", "m", message(1, { body: "new" }));
    store.saveUpTime(6);
    store.rollback();

    expect(store.listNameplates("app", 10)).toEqual(["7"]);
    expect(store.nameplate("app", "7")).toEqual(plate("m"));
    expect(store.countNameplates("app", 1, 10)).toBe(1);
    expect([store.nameplateOf("app", "a"), store.nameplateOf("app", "b")]).toEqual(["7", undefined]);
    expect(store.mailbox("app", "m")).toEqual(mailbox());
    expect([...store.messages("app", "m", 0)]).toEqual([message(1)]);
    expect(store.upTime()).toBe(5);
    store.rollback();
    expect(store.upTime()).toBe(5);
  });

  it("starts the up time at zero", async () => {
    const store = await opened(kind);
    expect(store.upTime()).toBe(0);
    store.saveUpTime(12.5);
    expect(store.upTime()).toBe(12.5);
  });
});

describe("a store in a file", () => {
  it("has everything that was committed when it is opened again, and nothing else", async () => {
    const path = temporaryFile("mailbox.sqlite");
    const before = await openStore(path);
    before.saveNameplate("app", "7", plate("m"));
    before.saveMailbox("app", "m", mailbox({ messages: 1 }));
    before.addMessage("app", "m", message(1));
    before.saveUpTime(77);
    before.commit();
    before.addMessage("app", "m", message(2));
    before.close();

    const after = await openStore(path);
    expect(after.nameplate("app", "7")).toEqual(plate("m"));
    expect(after.mailbox("app", "m")).toEqual(mailbox({ messages: 1 }));
    expect([...after.messages("app", "m", 0)]).toEqual([message(1)]);
    expect(after.upTime()).toBe(77);
    after.close();
  });

  it("belongs to one server at a time", async () => {
    const path = temporaryFile("mailbox.sqlite");
    const first = await openStore(path);
    await expect(openStore(path)).rejects.toThrow(`Cannot use the database ${path}: another program uses it.`);
    first.close();
    (await openStore(path)).close();
  });

  it("is not made in a directory that does not exist", async () => {
    await expect(openStore("/nowhere/at/all.sqlite")).rejects.toMatchObject({ code: "database" });
  });

  it("does not change files of other programs", async () => {
    const text = temporaryFile("notes.txt");
    writeFileSync(text, "These are not the tables you are looking for. ".repeat(30));
    await expect(openStore(text)).rejects.toThrow("file is not a database");

    const foreign = temporaryFile("relay.sqlite");
    const other = new DatabaseSync(foreign);
    other.exec("CREATE TABLE version (version INTEGER)");
    other.close();
    await expect(openStore(foreign)).rejects.toMatchObject({
      name: "MailboxServerError",
      code: "database",
      message: `Cannot use the database ${foreign}: it is not a database of this version of the mailbox server.`,
    });
  });
});
