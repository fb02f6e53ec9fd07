/** The command line: the names of sub-commands, their options and their help. The sub-commands are passed in. */
import { existsSync } from "node:fs";
import { printable } from "@wormhole-ts/wormhole";
import { Command, InvalidArgumentError, Option } from "commander";
import { EXAMPLES, RECEIVE_EXAMPLES, SEND_EXAMPLES, SERVE_EXAMPLES, TIMING_EXAMPLES } from "./examples.ts";
import {
  type Commands,
  type GlobalFlags,
  type ReceiveFlags,
  type SendFlags,
  type ServeFlags,
  type TimingFlags,
  wantsTor,
} from "./flags.ts";
import { PUBLIC_MAILBOX, PUBLIC_RELAY } from "./public-servers.ts";
import { reworded, unknownCommand } from "./suggest.ts";
import { VERSION } from "./version.ts";

/** The outputs for the texts of the command line. */
export interface Writers {
  /** Takes help and version, for stdout. */
  readonly out: (text: string) => void;
  /** Takes errors, for stderr. */
  readonly error: (text: string) => void;
}

/** Columns of an error: its end is what helps. */
const LONGEST_ERROR = 2_000;
const VERSION_LINE = `wormhole-ts ${VERSION}`;

/** Most words of a new code. People read codes aloud. */
const MOST_WORDS = 32;

/** Returns the program, ready to parse. Instead of ending the process, it throws errors. */
export function createProgram(commands: Commands, write: Writers): Command {
  const program = new Command("wormhole")
    .configureOutput({
      writeOut: write.out,
      writeErr: write.error,
      outputError: (text, output) => output(`ERROR: ${printable(reworded(text), { width: LONGEST_ERROR })}\n`),
    })
    .showHelpAfterError("Try 'wormhole --help'.")
    .description("Send files, folders and text to another computer, safely, with a short code.")
    .version(VERSION_LINE, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .enablePositionalOptions()
    .addHelpText("after", EXAMPLES)
    .exitOverride();
  addGlobalOptions(program);
  addSend(program, commands);
  addReceive(program, commands);
  addServe(program, commands);
  addTiming(program, commands);
  addHelp(program);
  program.command("version", { hidden: true }).action(() => write.out(`${VERSION_LINE}\n`));
  program.on("command:*", ([word = ""]: string[]) => refuseCommand(program, word));
  return program;
}

/** `wormhole help`, which knows the names of all commands. */
function addHelp(program: Command): void {
  program
    .command("help")
    .summary("print the help of a command")
    .argument("[command]", "the name of a command")
    .action((name: string | undefined) => {
      const found = program.commands.find(
        (command) => command.name() === name || command.aliases().includes(name ?? ""),
      );
      if (name !== undefined && found === undefined) return refuseCommand(program, name);
      (found ?? program).help();
    });
}

function refuseCommand(program: Command, word: string): never {
  const commands = program.commands.flatMap((command) => [command.name(), ...command.aliases()]);
  return program.error(`error: ${unknownCommand(word, { commands, exists: existsSync })}`);
}

function addGlobalOptions(command: Command): Command {
  return command
    .option("--relay-url <url>", `mailbox server (default: $WORMHOLE_RELAY_URL, or ${PUBLIC_MAILBOX})`)
    .option(
      "--transit-helper <tcp:host:port>",
      `transit relay, or "" for no relay (default: $WORMHOLE_TRANSIT_HELPER, or ${PUBLIC_RELAY})`,
    )
    .option("--appid <id>", "application id; both sides need the same one")
    .option("--dump-timing <file>", "record a timing file, see 'wormhole timing --help'");
}

function addTransferOptions(command: Command): Command {
  return addGlobalOptions(command)
    .addOption(new Option("-0, --zero", "use the code 0-, without any secret, for tests only").conflicts(OTHER_CODES))
    .option("-v, --verify", "compare a verifier with the other person first")
    .option("--hide-progress", "do not show a progress bar")
    .option("--no-listen", "do not open a port, do not reveal this computer's addresses")
    .addOption(new Option("--listen").hideHelp())
    .option("--tor", "connect through Tor only, to hide this computer's address")
    .option("--tor-control-port <address>", "use the Tor with this control port: tcp:HOST:PORT or unix:PATH")
    .addOption(new Option("--launch-tor", "start a private Tor for this transfer").conflicts("torControlPort"))
    .hook("preAction", (_, command) => refuseListening(command));
}

/** Refuses `--listen` with Tor: an open port would reveal the address that Tor hides. */
function refuseListening(command: Command): void {
  const listens = command.getOptionValue("listen") === true && command.getOptionValueSource("listen") === "cli";
  if (listens && wantsTor(command.opts())) command.error("error: --listen cannot be used with Tor");
}

function addSend(program: Command, commands: Commands): void {
  const command = program
    .command("send")
    .showHelpAfterError("Try 'wormhole send --help'.")
    .alias("tx")
    .summary("send a file, a folder or text")
    .description("Send a file, a folder or text. Prints the code for the other person.")
    .argument("[path]", "file or folder to send; without it, and without --text, you are asked for text")
    .addOption(new Option("--text <text>", "text to send, or - to read it from standard input"))
    .addOption(
      new Option("--code <code>", "a code of your own, or - to read it from standard input").conflicts(NEW_CODES),
    )
    .addOption(codeFile().conflicts(["code", ...NEW_CODES]))
    .option("--exact-code", EXACT_CODE)
    .addOption(codeLength())
    .option("--ignore-unsendable-files", "skip files in a folder that cannot be read")
    .option("--follow-links", "send what the links in a folder lead to, even outside of it")
    .addHelpText("after", SEND_EXAMPLES);
  addTransferOptions(command).action((path: string | undefined, flags: SendFlags) =>
    commands.send(path, withGlobals(program, flags)),
  );
}

function addReceive(program: Command, commands: Commands): void {
  const command = program
    .command("receive")
    .showHelpAfterError("Try 'wormhole receive --help'.")
    .aliases(["rx", "recv", "recieve"])
    .summary("receive a file, a folder or text")
    .description("Receive a file, a folder or text. Text is written to standard output.")
    .argument("[code...]", "the code; without it you are asked, and Tab completes the words")
    .addOption(
      new Option("--code <code>", "another way to give the code, or - for standard input").conflicts("allocate"),
    )
    .addOption(codeFile().conflicts(["code", "allocate"]))
    .option("--exact-code", EXACT_CODE)
    .option("-a, --allocate", "make the code here; the other side sends with --code")
    .addOption(codeLength())
    .option("-o, --output-file <path>", "file to write, folder to receive into, or - for standard output")
    .option("--overwrite", "replace an existing file")
    .option("--accept-file", "accept without asking (also: $WORMHOLE_ACCEPT_FILE=1)")
    .option("--allow-hidden", "take names that begin with a dot, start programs or mislead")
    .option("--ignore-space", "try it although too little space is free")
    .option("-t, --only-text", "refuse files and folders")
    .addHelpText("after", RECEIVE_EXAMPLES);
  addTransferOptions(command).action((words: string[], flags: ReceiveFlags) =>
    commands.receive(words, withGlobals(program, flags)),
  );
}

function addServe(program: Command, commands: Commands): void {
  program
    .command("serve")
    .showHelpAfterError("Try 'wormhole serve --help'.")
    .summary("run a mailbox server and a transit relay")
    .description("Run a mailbox server and a transit relay. Prints both addresses once they accept connections.")
    .option("--listen <host>", "address to listen on, or 0.0.0.0 for all", listenHost, "127.0.0.1")
    .option("--mailbox-port <port>", "port of the mailbox server, or 0 for any free port", port, 4000)
    .option("--relay-port <port>", "port of the transit relay, or 0 for any free port", port, 4001)
    .addOption(
      new Option("--data <dir>", "folder to keep waiting codes in, so that they survive a restart").conflicts("memory"),
    )
    .option("--memory", "keep everything in memory (default)")
    .addHelpText("after", SERVE_EXAMPLES)
    .action((flags: ServeFlags) => commands.serve(flags));
}

function addTiming(program: Command, commands: Commands): void {
  program
    .command("timing")
    .showHelpAfterError("Try 'wormhole timing --help'.")
    .summary("draw a timing file")
    .description("Draw a timing file, as recorded by --dump-timing, as a page for a browser.")
    .argument("<file>", "the timing file, or - for standard input")
    .argument("[other]", "the other side's timing file, drawn over the same time axis")
    .option("-o, --output <page>", "file to write (default: standard output, or FILE.html on a terminal)")
    .addHelpText("after", TIMING_EXAMPLES)
    .action((file: string, other: string | undefined, flags: TimingFlags) =>
      commands.timing(other === undefined ? [file] : [file, other], flags),
    );
}

const OTHER_CODES = ["code", "codeFile", "codeLength", "allocate"];
const NEW_CODES = ["codeLength"];
const EXACT_CODE = "use the code as it is, although it looks mistyped";

function codeFile(): Option {
  return new Option("--code-file <file>", "read the code from a file, so that no list of processes shows it");
}

function codeLength(): Option {
  return new Option("-c, --code-length <n>", "words in a new code (default: 2)").argParser((text) =>
    integer(text, 1, MOST_WORDS),
  );
}

/** A host to listen on. An IPv6 address may stand in brackets, as in a URL. */
function listenHost(text: string): string {
  if (/^[^\s[\]/]+$/.test(text)) return text;
  const [, bracketed] = /^\[([0-9a-fA-F:.]+)\]$/.exec(text) ?? [];
  if (bracketed !== undefined) return bracketed;
  throw new InvalidArgumentError("It must be an address or a name of this computer, such as 0.0.0.0 or ::1.");
}

function port(text: string): number {
  return integer(text, 0, 65_535);
}

function integer(text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
}

/** Adds the flags that stand before the sub-command. The same flag after it takes precedence. */
function withGlobals<F extends GlobalFlags>(program: Command, flags: F): F {
  return { ...program.opts<GlobalFlags>(), ...flags };
}
