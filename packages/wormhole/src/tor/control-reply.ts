/** The replies of a Tor's control port, parsed from its text: control-spec of the Tor specifications, section 2.3. */

/**
 * The reason why a Tor cannot be used. The message is the end of a sentence. `find.node.ts` and `launch.node.ts` turn this
 * error into a NoTorError, so it never leaves the library.
 */
export class ControlPortError extends Error {}

/** One reply to a command, or one event. */
export interface ControlReply {
  /** 250: done. 650: an event. Other numbers refuse the command. */
  readonly status: number;
  /** The text after the status, line by line. */
  readonly lines: readonly string[];
}

/** The most characters of one reply. The replies that are asked for here are far shorter. */
const MAX_REPLY = 64 * 1024;
const LINE = /^(\d{3})([ +-])(.*)$/s;

/** Takes text as it arrives, and yields each reply as soon as it is complete. */
export class ControlReplies {
  #unread = "";
  #lines: string[] = [];
  /** True inside a value of several lines, which ends with a line that consists of a dot. */
  #inData = false;

  /** @throws {ControlPortError} if the text is not a reply of a Tor */
  *take(text: string): Generator<ControlReply> {
    this.#unread += text;
    for (;;) {
      const end = this.#unread.indexOf("\n");
      if (end < 0) break;
      const line = this.#unread.slice(0, end).replace(/\r$/, "");
      this.#unread = this.#unread.slice(end + 1);
      const reply = this.#line(line);
      if (reply) yield reply;
    }
    if (this.#unread.length + this.#lines.join("").length > MAX_REPLY) {
      throw new ControlPortError("its answer is too long");
    }
  }

  #line(line: string): ControlReply | undefined {
    if (this.#inData) {
      this.#inData = line !== ".";
      return undefined;
    }
    const [, status, kind, rest = ""] = LINE.exec(line) ?? [];
    if (status === undefined) throw new ControlPortError("it does not answer as Tor does");
    this.#lines.push(rest);
    this.#inData = kind === "+";
    if (kind !== " ") return undefined;
    return { status: Number(status), lines: this.#lines.splice(0) };
  }
}

/** Returns the value of a keyword in a line such as `AUTH METHODS=COOKIE,SAFECOOKIE COOKIEFILE="/a \"b\""`. */
export function keyword(line: string, name: string): string | undefined {
  const [, quoted, bare] = new RegExp(`(?:^|\\s)${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|(\\S*))`).exec(line) ?? [];
  return quoted === undefined ? bare : unquoted(quoted);
}

/** Returns all quoted values of a line such as `net/listeners/socks="127.0.0.1:9050" "unix:/run/tor/socks"`. */
export function quotedValues(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, quoted = ""]) => unquoted(quoted));
}

/** Decodes a quoted value. Bytes that are not ASCII are written as octal numbers, one for each byte of UTF-8. */
function unquoted(text: string): string {
  const bytes = text.replace(/\\([0-7]{1,3}|.)/gs, (_, code: string) => {
    return /^[0-7]/.test(code) ? String.fromCharCode(Number.parseInt(code, 8) & 0xff) : (CONTROLS[code] ?? code);
  });
  return new TextDecoder().decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
}

const CONTROLS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
