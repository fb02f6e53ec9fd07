/** The examples below the help of each command. */

export const EXAMPLES = `
Examples:
  wormhole send photos.zip                 prints a code: 7-guitarist-revenge
  wormhole receive 7-guitarist-revenge     on the other computer
  wormhole help send                       all options of send`;

export const SEND_EXAMPLES = `
Examples:
  wormhole send photos.zip
  wormhole send holiday/
  wormhole send --text "see you at eight"
  git diff | wormhole send --text -
  wormhole send --code-file code.txt photos.zip
  wormhole send --verify --code-length 4 secrets.kdbx`;

export const RECEIVE_EXAMPLES = `
Examples:
  wormhole receive                           asks for the code
  wormhole receive 7-guitarist-revenge
  wormhole receive -o ~/Downloads 7-guitarist-revenge
  wormhole receive 7-guitarist-revenge > notes.txt
  wormhole receive --allocate                makes the code for the sender

Other users of this computer may see a code on the command line for a moment.
They cannot see a code that you type when asked, nor with --code-file.`;

export const SERVE_EXAMPLES = `
Examples:
  wormhole serve
  wormhole serve --listen 0.0.0.0 --data /var/lib/wormhole
  wormhole send --relay-url ws://127.0.0.1:4000/v1 \\
    --transit-helper tcp:127.0.0.1:4001 FILE`;

export const TIMING_EXAMPLES = `
Examples:
  wormhole send --dump-timing sent.json photos.zip
  wormhole timing sent.json -o sent.html
  wormhole timing sent.json received.json > both.html`;
