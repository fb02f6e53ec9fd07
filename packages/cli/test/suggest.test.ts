/** What the program proposes for command lines that it does not understand. */
import { describe, expect, it } from "vitest";
import { createProgram } from "../src/program.ts";
import { forShell, reworded, unknownCommand } from "../src/suggest.ts";

/** Returns the error that the program shows for these arguments. */
async function errorOf(...args: string[]): Promise<string> {
  const texts: string[] = [];
  const nothing = async () => {};
  const commands = { send: nothing, receive: nothing, serve: nothing, timing: nothing };
  const program = createProgram(commands, { out: () => {}, error: (text) => void texts.push(text) });
  await program.parseAsync(args, { from: "user" }).catch(() => {});
  return texts.join("");
}

describe("a word in the place of a command", () => {
  const surroundings = {
    commands: ["send", "tx", "receive", "rx", "serve", "timing", "help", "version"],
    exists: (path: string) => ["photos", "my file", "sen"].includes(path),
  };

  it.each([
    ["snd", "There is no command 'snd'. Did you mean send?"],
    ["sedn", "There is no command 'sedn'. Did you mean send?"],
    ["SEND", "There is no command 'SEND'. Did you mean send?"],
    ["recieved", "There is no command 'recieved'. Did you mean receive?"],
    ["verison", "There is no command 'verison'. Did you mean version?"],
    [
      "7-guitarist-revenge",
      "'7-guitarist-revenge' is a code, not a command. To receive with it, run: wormhole receive 7-guitarist-revenge",
    ],
    ["12-a", /wormhole receive 12-a$/],
    ["wormhole-transfer:7-a-b", /is a code, .* wormhole receive wormhole-transfer:7-a-b$/],
    ["photo.zip", "'photo.zip' is not a command. To send this file or folder, run: wormhole send photo.zip"],
    ["../x", /wormhole send \.\.\/x$/],
    ["photos", /wormhole send photos$/],
    ["my file", /wormhole send 'my file'$/],
    ["fetch", "There is no command 'fetch'."],
    ["x", "There is no command 'x'."],
  ])("%s: %s", (word, words) => {
    const said = unknownCommand(word, surroundings);
    if (typeof words === "string") expect(said).toBe(words);
    else expect(said).toMatch(words);
  });
});

describe("an error of the command line is a sentence of this program", () => {
  it.each([
    [["help", "sedn"], /^ERROR: There is no command 'sedn'\. Did you mean send\?\nTry 'wormhole --help'\.\n$/],
    [["help", "nosuch"], /^ERROR: There is no command 'nosuch'\.\n/],
    [["7-guitarist-revenge"], /^ERROR: '7-guitarist-revenge' is a code/],
    [["photo.zip"], /wormhole send photo\.zip\n/],
    [["a\u001b[2J"], /'a\\x1b\[2J'/],
    [["send", "--cod", "7-a-b"], /^ERROR: There is no option --cod\. Did you mean --code\?\n/],
    [["send", "--nonsense"], /^ERROR: There is no option --nonsense\.\n/],
    [["send", "--code"], /^ERROR: The option --code <code> needs a value\.\n/],
    [["send", "-c", "two"], /^ERROR: The value 'two' of the option -c, --code-length <n> is invalid\. It must be/],
    [["send", "-0", "--code", "7-a-b"], /^ERROR: The options .* cannot be used together\.\n/],
    [["send", "a", "b"], /^ERROR: send takes 1 argument.* in quotes\.\n/],
    [["timing"], /^ERROR: The argument <file> is missing\.\n/],
    [["receive", "--tor", "--listen"], /^ERROR: --listen cannot be used with Tor\.\n/],
  ])("%j", async (args, words) => {
    expect(await errorOf(...args)).toMatch(words);
  });

  it("one that has no wording of its own begins with a capital and ends with a full stop", () => {
    expect(reworded("error: something else\n")).toBe("Something else.");
  });
});

it.each([
  ["a-b.c", "a-b.c"],
  ["a b", "'a b'"],
  ["it's", "'it'\\''s'"],
  ["$(x)", "'$(x)'"],
])("%s is written for a shell as %s", (word, shown) => {
  expect(forShell(word)).toBe(shown);
});
