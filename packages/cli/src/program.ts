/** The command line as people see it: names, options and help. What is done with them is loaded only when it is asked for. */
import { Command, InvalidArgumentError, Option } from "commander";
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
import { VERSION } from "./version.ts";

export interface Writers {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

/** More words than anybody wants to say aloud. */
const MOST_WORDS = 32;

/**
 * The program, ready to parse; it throws commander's errors instead of ending the process.
 * @param write where help (stdout) and complaints (stderr) go
 */
export function createProgram(commands: Commands, write: Writers): Command {
  const program = new Command("wormhole")
    .configureOutput({
      writeOut: write.out,
      writeErr: write.error,
      outputError: (text, output) => output(text.replace(/^error:/, "ERROR:")),
    })
    .showHelpAfterError("Add --help to see what is possible.")
    .description("Get files, folders and text from one computer to another, safely, with a short code.")
    .version(`wormhole-ts ${VERSION}`, "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .enablePositionalOptions()
    .addHelpText("after", EXAMPLES)
    .exitOverride();
  addGlobalOptions(program);
  addSend(program, commands);
  addReceive(program, commands);
  addServe(program, commands);
  addTiming(program, commands);
  return program;
}

function addGlobalOptions(command: Command): Command {
  return command
    .option("--relay-url <url>", `mailbox server (default: $WORMHOLE_RELAY_URL, or ${PUBLIC_MAILBOX})`)
    .option(
      "--transit-helper <tcp:host:port>",
      `transit relay, "" for none (default: $WORMHOLE_TRANSIT_HELPER, or ${PUBLIC_RELAY})`,
    )
    .option("--appid <id>", "application id, for both sides alike")
    .option("--dump-timing <file>", "write down what happened when: see wormhole timing");
}

function addTransferOptions(command: Command): Command {
  return addGlobalOptions(command)
    .addOption(new Option("-0, --zero", "use the code 0-, without any secret: for tests only").conflicts(OTHER_CODES))
    .option("-v, --verify", "compare a verifier with the other side first")
    .option("--hide-progress", "show no progress bar")
    .option("--no-listen", "open no port and tell no addresses of this computer")
    .addOption(new Option("--listen").hideHelp())
    .option("--tor", "reach everything through Tor, and hide where this computer is")
    .option("--tor-control-port <place>", "use the Tor whose control port is tcp:HOST:PORT or unix:PATH")
    .addOption(new Option("--launch-tor", "start a Tor for this transfer alone").conflicts("torControlPort"))
    .hook("preAction", (_, command) => refuseListening(command));
}

/** A port that listens can be reached past Tor. */
function refuseListening(command: Command): void {
  const listens = command.getOptionValue("listen") === true && command.getOptionValueSource("listen") === "cli";
  if (listens && wantsTor(command.opts())) command.error("error: with Tor nothing can listen: leave --listen out.");
}

function addSend(program: Command, commands: Commands): void {
  const command = program
    .command("send")
    .alias("tx")
    .summary("send a file, a folder or text")
    .description("Send a file, a folder or text. Prints the code that the other side needs.")
    .argument("[path]", "what to send; without it and without --text you are asked for text")
    .addOption(new Option("--text <text>", "text to send; - takes it from standard input"))
    .addOption(new Option("--code <code>", "your own code, instead of a new one").conflicts("codeLength"))
    .addOption(codeLength())
    .option("--ignore-unsendable-files", "leave out what cannot be read in a folder")
    .addHelpText("after", SEND_EXAMPLES);
  addTransferOptions(command).action((path: string | undefined, flags: SendFlags) =>
    commands.send(path, withGlobals(program, flags)),
  );
}

function addReceive(program: Command, commands: Commands): void {
  const command = program
    .command("receive")
    .aliases(["rx", "recv", "recieve"])
    .summary("receive what somebody sends")
    .description("Receive what somebody sends. Text goes to standard output.")
    .argument("[code...]", "the code; without it you are asked for it, with completion by Tab")
    .addOption(new Option("--code <code>", "the same as the argument").conflicts("allocate"))
    .option("-a, --allocate", "make the code here: the other side sends with --code")
    .addOption(codeLength())
    .option("-o, --output-file <path>", "where to put it; an existing folder means: into it")
    .option("--overwrite", "replace a file that exists")
    .option("--accept-file", "do not ask (also: $WORMHOLE_ACCEPT_FILE=1)")
    .option("-t, --only-text", "refuse files and folders")
    .addHelpText("after", RECEIVE_EXAMPLES);
  addTransferOptions(command).action((words: string[], flags: ReceiveFlags) =>
    commands.receive(words, withGlobals(program, flags)),
  );
}

function addServe(program: Command, commands: Commands): void {
  program
    .command("serve")
    .summary("run a mailbox server and a transit relay")
    .description("Run a mailbox server and a transit relay. Prints both addresses when they are ready.")
    .option("--listen <host>", "address to listen on", "127.0.0.1")
    .option("--mailbox-port <port>", "port of the mailbox server, 0 for any", port, 4000)
    .option("--relay-port <port>", "port of the transit relay, 0 for any", port, 4001)
    .addOption(new Option("--data <dir>", "folder in which waiting codes survive a restart").conflicts("memory"))
    .option("--memory", "keep nothing on disk (default)")
    .addHelpText("after", SERVE_EXAMPLES)
    .action((flags: ServeFlags) => commands.serve(flags));
}

function addTiming(program: Command, commands: Commands): void {
  program
    .command("timing")
    .summary("draw a file of --dump-timing")
    .description("Draw what --dump-timing has written, as a page for a browser.")
    .argument("<file>", "the file; - for standard input")
    .argument("[other]", "that of the other side, to be drawn over the same time axis")
    .option("-o, --output <page>", "where to put it (default: standard output, or FILE.html on a terminal)")
    .addHelpText("after", TIMING_EXAMPLES)
    .action((file: string, other: string | undefined, flags: TimingFlags) =>
      commands.timing(other === undefined ? [file] : [file, other], flags),
    );
}

const OTHER_CODES = ["code", "codeLength", "allocate"];

function codeLength(): Option {
  return new Option("-c, --code-length <n>", "words in a new code (default: 2)").argParser((text) =>
    integer(text, 1, MOST_WORDS),
  );
}

function port(text: string): number {
  return integer(text, 0, 65_535);
}

function integer(text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
}

/** What stands after the sub-command counts more than what stands before it. */
function withGlobals<F extends GlobalFlags>(program: Command, flags: F): F {
  return { ...program.opts<GlobalFlags>(), ...flags };
}

const EXAMPLES = `
Examples:
  wormhole send photos.zip                   prints a code such as 7-guitarist-revenge
  wormhole receive 7-guitarist-revenge       on the other computer
  wormhole help send                         all that send can do`;

const SEND_EXAMPLES = `
Examples:
  wormhole send photos.zip
  wormhole send holiday/
  wormhole send --text "see you at eight"
  git diff | wormhole send --text -
  wormhole send --verify --code-length 4 secrets.kdbx`;

const RECEIVE_EXAMPLES = `
Examples:
  wormhole receive                           asks for the code
  wormhole receive 7-guitarist-revenge
  wormhole receive -o ~/Downloads 7-guitarist-revenge
  wormhole receive 7-guitarist-revenge > notes.txt
  wormhole receive --allocate                makes the code for the sender

A code on the command line can be seen by other users of this computer for a
moment; a code that you are asked for cannot.`;

const SERVE_EXAMPLES = `
Examples:
  wormhole serve
  wormhole serve --listen 0.0.0.0 --data /var/lib/wormhole
  wormhole send --relay-url ws://127.0.0.1:4000/v1 --transit-helper tcp:127.0.0.1:4001 FILE`;

const TIMING_EXAMPLES = `
Examples:
  wormhole send --dump-timing sent.json photos.zip
  wormhole timing sent.json -o sent.html
  wormhole timing sent.json received.json > both.html`;
