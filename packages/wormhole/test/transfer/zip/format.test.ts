/** The records of archives that are sent. */
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import {
  centralHeader,
  dataDescriptor,
  endRecords,
  localHeader,
  type ZipMember,
  zipSize,
} from "../../../src/transfer/zip/format.ts";

const member = (fields: Partial<ZipMember>): ZipMember => ({
  path: "a.txt",
  size: 0,
  mode: 0o100644,
  modified: new Date(2024, 0, 2, 3, 4, 6),
  ...fields,
});

/** Adds up the bytes of an archive from its records. */
function written(members: ZipMember[]): number {
  let offset = 0;
  let directory = 0;
  for (const each of members) {
    directory += centralHeader(each, 0, offset).length;
    offset += localHeader(each).length + each.size + dataDescriptor(each, 0).length;
  }
  return offset + directory + endRecords(members.length, directory, offset).length;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("the size of an archive that is announced", () => {
  const GIB = 2 ** 30;
  // proves: transfer/announced-size
  it.each<[string, ZipMember[]]>([
    ["of nothing", []],
    ["of a file and a folder", [member({ size: 5 }), member({ path: "d/", mode: 0o040755 })]],
    ["of times that no field holds", [member({ modified: new Date(-1) }), member({ modified: new Date(2200, 0, 1) })]],
    ["of names that are not UTF-8", [member({ path: "Gro\udcdf.txt", size: 1 }), member({ path: "\udc80/" })]],
    ["of names beyond ASCII", [member({ path: "é/日本/😀.txt", size: 1 })]],
    ["around 4 GiB in a file", [4 * GIB - 2, 4 * GIB - 1, 4 * GIB].map((size) => member({ size }))],
    ["around 4 GiB in all", [member({ size: 4 * GIB - 100 }), member({ size: 20 }), member({ size: 1 })]],
    ["of 65534 members", Array.from({ length: 65534 }, () => member({}))],
    ["of 65535 members", Array.from({ length: 65535 }, () => member({}))],
  ])("is that of its records, for one %s", (_, members) => expect(zipSize(members)).toBe(written(members)));
});

describe("records", () => {
  it("of a file have checksum and sizes in the descriptor, not in the local header", () => {
    const seconds = Buffer.alloc(4);
    seconds.writeUInt32LE(new Date(2024, 0, 2, 3, 4, 6).getTime() / 1000);
    expect(hex(localHeader(member({ size: 5 })))).toBe(
      `504b030414000808000083182258000000000000000000000000${"05000900"}612e747874${"5554050001"}${hex(seconds)}`,
    );
    expect(hex(dataDescriptor(member({ size: 5 }), 0x3610a686))).toBe("504b070886a610360500000005000000");
  });

  it("of a name that is not UTF-8 have its bytes, and no flag of UTF-8", () => {
    const header = Buffer.from(localHeader(member({ path: "Gro\udcdf" })));
    expect(header.readUInt16LE(6) & 0x800).toBe(0);
    expect(hex(header.subarray(30, 34))).toBe("47726fdf");
    expect(Buffer.from(localHeader(member({ path: "Größe" }))).readUInt16LE(6) & 0x800).toBe(0x800);
  });

  it("of a folder include no descriptor", () => {
    expect(dataDescriptor(member({ path: "d/" }), 0)).toHaveLength(0);
    expect(hex(localHeader(member({ path: "d/" }))).slice(0, 20)).toBe("504b0304140000080000");
  });

  it.each([
    ["before 1980", new Date(1970, 0, 1), "00002100"],
    ["after 2107", new Date(2200, 0, 1), "7dbf9fff"],
    ["that are invalid", new Date(Number.NaN), "00002100"],
    ["in between", new Date(2024, 1, 29, 23, 59, 59), "7dbf5d58"],
  ])("have a valid date for dates %s", (_, modified, expected) => {
    expect(hex(localHeader(member({ modified })).subarray(10, 14))).toBe(expected);
  });
});

const python = (() => {
  try {
    return execFileSync("python3", ["--version"]).toString();
  } catch {
    return "";
  }
})();

describe.skipIf(python === "")("Python's zipfile", () => {
  it("reads the ZIP64 records of a sparse archive of 5 GiB", () => {
    const large = member({ path: "large", size: 5 * 2 ** 30 });
    const after = member({ path: "after", size: 3 });
    const first = localHeader(large);
    const second = localHeader(after);
    const secondAt = first.length + large.size + 24;
    const directoryAt = secondAt + second.length + after.size + 16;
    const directory = [centralHeader(large, 7, 0), centralHeader(after, 8, secondAt)];
    const size = directory.reduce((sum, record) => sum + record.length, 0);
    // Python reads only the end, so an object that simulates the first 5 GiB is enough.
    const tail = Buffer.concat([...directory, endRecords(2, size, directoryAt)]);
    const script = `
import io, sys, zipfile
tail = sys.stdin.buffer.read(); start = ${directoryAt}
class Sparse(io.RawIOBase):
    at = 0
    def seekable(self): return True
    def readable(self): return True
    def tell(self): return self.at
    def seek(self, n, whence=0):
        self.at = n if whence == 0 else self.at + n if whence == 1 else start + len(tail) + n
        return self.at
    def read(self, n=-1):
        assert self.at >= start
        data = tail[self.at - start:] if n < 0 else tail[self.at - start:self.at - start + n]
        self.at += len(data)
        return data
for info in zipfile.ZipFile(Sparse()).infolist(): print(info.filename, info.file_size, info.header_offset, info.CRC)
`;
    const listing = execFileSync("python3", ["-c", script], { input: tail }).toString();
    expect(listing).toBe(`large ${large.size} 0 7\nafter 3 ${secondAt} 8\n`);
  });
});
