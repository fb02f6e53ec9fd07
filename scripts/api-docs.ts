/** Writes docs/api.md from the declarations of the built library: `npm run docs`. The words are those of the docstrings. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Declared, declaredBy, LIBRARY, root } from "./declarations.ts";

/** A chapter of the page: what a reader wants to do, and the names for it, the most important first. */
interface Chapter {
  readonly title: string;
  readonly about: string;
  readonly names: readonly string[];
}

const CHAPTERS: readonly Chapter[] = [
  {
    title: "Make a wormhole",
    about: "A wormhole connects two programs that were given the same code.",
    names: [
      ...["createWormhole", "Wormhole", "WormholeOptions", "WormholeControls", "DelegatedWormhole", "WormholeDelegate"],
      ...["WormholeStatus", "Welcome", "WaitOptions", "Bytes"],
    ],
  },
  {
    title: "Codes",
    about: "A code is what people say to each other: a nameplate and words, such as `7-guitarist-revenge`.",
    names: ["CodeInput", "inputWithCompletion", "CodePromptOptions", "codeWordsAt", "isCodeWord", "ZERO_CODE"],
  },
  {
    title: "Messages",
    about:
      "Messages are sent and received by methods of `Wormhole`: `sendMessage`, `getMessage` and `messages`. Text from a peer is untrusted: `printable` makes it safe to show.",
    names: ["printable", "Printable", "PrintableOptions", "JsonObject", "JsonValue"],
  },
  {
    title: "Files",
    about: "Texts, files and folders, compatible with every Magic Wormhole program.",
    names: [
      ...["sendPath", "sendText", "receive", "Transfer", "TransferEvent", "TransferOptions", "SendPathOptions"],
      ...["ReceiveOptions", "Offer", "OfferQuestion", "OfferChoice", "NameWarning", "Notice", "WaitingFor"],
      ...["SendResult", "ReceiveResult", "sendFile", "SendFileOptions", "FileSource", "receiveFile"],
      ...["ReceiveFileOptions", "ReceiveFileResult", "ByteStream", "safeName", "SafeName", "storableName"],
      ...["StorableName", "NamePlatform", "warningsOf", "FILE_TRANSFER_APP_ID"],
    ],
  },
  {
    title: "Dilation",
    about:
      "Many streams over one connection, which is replaced when it is lost. `Wormhole.dilate` starts it; see [Dilation](dilation.md).",
    names: [
      ...["Dilated", "DilateOptions", "DilationStatus", "Subchannel", "SubchannelConnector", "SubchannelListener"],
      "PeerConnection",
    ],
  },
  {
    title: "Transit",
    about: "One encrypted connection for bulk data, direct or through a relay.",
    names: [
      ...["TransitSender", "TransitReceiver", "AbstractTransit", "Transit", "TransitOptions", "TransitRole"],
      ...["RecordPipe", "parseRelay", "Endpoint"],
    ],
  },
  {
    title: "Errors",
    about:
      "Every error of the library is a `WormholeError` with a code. [Errors](errors.md) has the table of all codes.",
    names: [
      ...["WormholeError", "isWormholeError", "WormholeErrorCode", "ERROR_FACTS", "ErrorFacts", "ErrorFault"],
      ...["ConnectionFailure", "ServerErrorCode", "TransferErrorCode"],
    ],
  },
  {
    title: "Saving and restoring",
    about: "A wormhole that outlives its process; see [Saving and restoring](serialization.md).",
    names: [
      ...["restoreWormhole", "RestoreOptions", "ControlsOptions", "SerializedWormhole", "Journal", "CheckpointJournal"],
      ...["encryptState", "decryptState"],
    ],
  },
  {
    title: "Tor",
    about: "Wormholes that hide where a computer is; see [Tor](tor.md).",
    names: ["getTor", "TorOptions", "RunningTor", "Tor", "TorStreams", "TorProgress"],
  },
  {
    title: "Testing",
    about: "Tests of your own program, without sockets; see [Testing](testing.md).",
    names: [
      ...[
        "connectedWormholes",
        "ConnectedWormholes",
        "MemoryMailboxServer",
        "MemoryMailboxServerOptions",
        "MemoryClient",
      ],
      ...["MemoryNetwork", "MemoryNetworkOptions", "Passage", "startMemoryRelay", "MemoryRelayOptions", "VirtualClock"],
    ],
  },
  { title: "Timing", about: "Records what happened when; see [Timing](timing.md).", names: ["Timing", "TimedEvent"] },
  {
    title: "Platform",
    about: "What the library needs of its runtime. Give parts of your own in place of the built-in ones.",
    names: [
      ...["Platform", "Clock", "Timer", "Random", "StreamNetwork", "Connection", "DialOptions", "Listener", "Receiver"],
      ...["OpenMessageSocket", "MessageSocket", "MessageSocketEvents", "SocketEnd"],
      ...["BulkCrypto", "BulkCipher", "Hasher", "cipherProviders", "CipherProviders"],
    ],
  },
];

/** The functions and classes with which a task begins: each needs an example. */
export const ENTRY_POINTS = [
  ...["createWormhole", "restoreWormhole", "sendPath", "sendText", "receive", "sendFile", "receiveFile"],
  ...["inputWithCompletion", "printable", "storableName", "connectedWormholes"],
  ...["TransitSender", "parseRelay", "isWormholeError", "CheckpointJournal", "encryptState"],
  ...["decryptState", "safeName", "getTor", "MemoryMailboxServer", "MemoryNetwork", "startMemoryRelay", "VirtualClock"],
];

/** All public names of the library. */
export function publicNames(): Declared[] {
  return LIBRARY.flatMap(declaredBy);
}

/** Public names that no chapter lists. Errors need no listing. */
export function homeless(): string[] {
  const listed = new Set(CHAPTERS.flatMap(({ names }) => names));
  return publicNames().flatMap(({ name, declaration }) => (listed.has(name) || isError(declaration) ? [] : [name]));
}

const isError = (declaration: string) => /^class \w+Error extends WormholeError/.test(declaration);

function namesOf(chapter: Chapter, all: readonly Declared[]): Declared[] {
  const listed = chapter.names.flatMap((name) => all.find((one) => one.name === name) ?? []);
  if (chapter.title !== "Errors") return listed;
  return [...listed, ...all.filter(({ declaration }) => isError(declaration))];
}

/** The anchors that GitHub gives to headings: if two differ only in case, the second one gets a number. */
function anchors(headings: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return headings.map((heading) => {
    const base = heading.toLowerCase().replaceAll(" ", "-");
    const count = seen.get(base) ?? 0;
    seen.set(base, count + 1);
    return count === 0 ? base : `${base}-${count}`;
  });
}

/** A list of the chapters and their names, each of them a link. */
function contents(chapters: readonly { title: string; found: readonly Declared[] }[]): string {
  const headings = chapters.map(({ title, found }) => [title, ...found.map(({ name }) => name)]);
  const links = anchors(headings.flat()).values();
  const link = (heading: string) => `[${heading}](#${links.next().value})`;
  return headings.map(([title = "", ...names]) => `- ${link(title)}: ${names.map(link).join(", ")}`).join("\n");
}

const block = (code: string) => `\`\`\`ts\n${code}\n\`\`\`\n`;

function described({ name, specifier, doc, examples, declaration }: Declared): string {
  const shown = examples.map((example) => `Example:\n\n${block(example)}`);
  const parts = [`### ${name}\n`, `From \`${specifier}\`.\n`, `${doc}\n`, block(declaration), ...shown];
  return parts.join("\n");
}

/** The whole page. */
export function apiPage(): string {
  const all = publicNames();
  const chapters = CHAPTERS.map((chapter) => ({ ...chapter, found: namesOf(chapter, all) }));
  const parts = chapters.map(
    ({ title, about, found }) => `## ${title}\n\n${about}\n\n${found.map(described).join("\n")}`,
  );
  const preface =
    "For programmers who use the library: every public name, by task. Made from the sources by `npm run docs`; a test compares them.";
  return `# API reference\n\n${preface}\n\n${contents(chapters)}\n\n${parts.join("\n")}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(join(root, "docs/api.md"), apiPage());
