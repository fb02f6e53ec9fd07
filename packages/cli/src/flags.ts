/**
 * The flags of the command line, as `program.ts` passes them to the sub-commands. A new flag also needs an option in
 * `program.ts`, a row in `settings.ts`, and a row in `test/flags.test.ts`.
 */

/** Flags that stand before or after the sub-command. */
export interface GlobalFlags {
  readonly relayUrl?: string;
  readonly transitHelper?: string;
  readonly appid?: string;
  /** The path of the file to write. */
  readonly dumpTiming?: string;
}

/** Flags of `send` and `receive` alike. */
export interface TransferFlags extends GlobalFlags {
  /** The code, or - to read it from standard input. */
  readonly code?: string;
  /** The path of a file with the code. */
  readonly codeFile?: string;
  /** Use the code as it is, although it looks mistyped. */
  readonly exactCode?: boolean;
  readonly codeLength?: number;
  readonly zero?: boolean;
  readonly verify?: boolean;
  readonly hideProgress?: boolean;
  readonly listen: boolean;
  readonly tor?: boolean;
  readonly torControlPort?: string;
  readonly launchTor?: boolean;
}

/** Flags of `send`. */
export interface SendFlags extends TransferFlags {
  /** The text, or - for standard input. */
  readonly text?: string;
  readonly ignoreUnsendableFiles?: boolean;
  readonly followLinks?: boolean;
}

/** Flags of `receive`. */
export interface ReceiveFlags extends TransferFlags {
  readonly allocate?: boolean;
  readonly onlyText?: boolean;
  readonly acceptFile?: boolean;
  readonly outputFile?: string;
  readonly overwrite?: boolean;
  readonly allowHidden?: boolean;
  readonly ignoreSpace?: boolean;
}

/** Flags of `serve`. */
export interface ServeFlags {
  readonly listen: string;
  readonly mailboxPort: number;
  readonly relayPort: number;
  readonly data?: string;
  readonly memory?: boolean;
}

/** Flags of `timing`. */
export interface TimingFlags {
  /** The path of the page to write, or - for standard output. */
  readonly output?: string;
}

/** The sub-commands. Each rejects with the error that ends the program. */
export interface Commands {
  send(path: string | undefined, flags: SendFlags): Promise<void>;
  /** Several words are one code that was typed with blanks, or a mistake. */
  receive(words: readonly string[], flags: ReceiveFlags): Promise<void>;
  serve(flags: ServeFlags): Promise<void>;
  /** Takes one file or two. */
  timing(files: readonly string[], flags: TimingFlags): Promise<void>;
}

/** Whether to use Tor. Each of the three flags is enough: a forgotten `--tor` must not reveal the user's address. */
export function wantsTor({ tor, launchTor, torControlPort }: TransferFlags): boolean {
  return tor === true || launchTor === true || torControlPort !== undefined;
}
