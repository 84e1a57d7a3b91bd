import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

/**
 * To be imported before `@jazzer.js/core` (`node --import`): its binary is built for glibc 2.38 and GCC 13, and Debian 12 has older ones.
 * Of what is new there it uses three functions, which have older ones that do: a copy is loaded that asks for those. Where the
 * binary loads as it is, nothing is changed.
 */
const replacements: ReadonlyMap<string, string> = new Map([
  ["__isoc23_strtol", "strtol"],
  ["__isoc23_strtoul", "strtoul"],
  // It does nothing but exist: whoever has it has initialised its streams. It is called without arguments, as this is.
  ["_ZSt21ios_base_library_initv", "getpid"],
]);
const versions: ReadonlySet<string> = new Set(["GLIBC_2.38", "GLIBCXX_3.4.32"]);

const dlopen = process.dlopen;
process.dlopen = (module: object, file: string, ...flags: []): void => {
  try {
    dlopen(module, file, ...flags);
  } catch (error) {
    if (![...versions].some((version) => String(error).includes(version))) throw error;
    const folder = mkdtempSync(join(tmpdir(), "parley-fuzz-"));
    try {
      const copy = join(folder, basename(file));
      writeFileSync(copy, forOlderLibraries(readFileSync(file)));
      dlopen(module, copy, ...flags);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
};

/** The sections of an ELF64 file that name what it needs (System V ABI, chapter 4; LSB, symbol versioning). */
function forOlderLibraries(elf: Buffer): Buffer {
  const sections = Array.from({ length: elf.readUInt16LE(60) }, (_, index) => {
    const at = Number(elf.readBigUInt64LE(40)) + 64 * index;
    return {
      type: elf.readUInt32LE(at + 4),
      start: Number(elf.readBigUInt64LE(at + 24)),
      size: Number(elf.readBigUInt64LE(at + 32)),
      link: elf.readUInt32LE(at + 40),
      info: elf.readUInt32LE(at + 44),
    };
  });
  const ofType = (type: number) =>
    sections.find((section) => section.type === type) ?? { ...sections[0], size: 0 };
  const symbols = ofType(dynamicSymbols) as (typeof sections)[number];
  const symbolVersions = ofType(gnuVersions) as (typeof sections)[number];
  const needs = ofType(gnuNeeds) as (typeof sections)[number];
  const texts = sections[symbols.link] as (typeof sections)[number];
  const text = (offset: number): string =>
    elf.toString("latin1", texts.start + offset, elf.indexOf(0, texts.start + offset));
  /** Where a name stands, or the end of a longer one. */
  const offsetOf = (name: string): number => elf.indexOf(`${name}\0`, texts.start, "latin1") - texts.start;

  for (let index = 0; index * symbolBytes < symbols.size; index++) {
    const at = symbols.start + index * symbolBytes;
    const replacement = replacements.get(text(elf.readUInt32LE(at)));
    if (replacement === undefined) continue;
    elf.writeUInt32LE(offsetOf(replacement), at);
    elf.writeUInt16LE(anyVersion, symbolVersions.start + 2 * index);
  }
  for (let need = needs.start, left = needs.info; left > 0; left--) {
    let version = need + elf.readUInt32LE(need + 8);
    for (let more = elf.readUInt16LE(need + 2); more > 0; more--) {
      if (versions.has(text(elf.readUInt32LE(version + 8))))
        elf.writeUInt16LE(elf.readUInt16LE(version + 4) | weak, version + 4);
      version += elf.readUInt32LE(version + 12);
    }
    need += elf.readUInt32LE(need + 12);
  }
  return elf;
}

const dynamicSymbols = 11;
const gnuVersions = 0x6fff_ffff;
const gnuNeeds = 0x6fff_fffe;
const symbolBytes = 24;
const anyVersion = 1;
/** A version that may be missing. */
const weak = 2;
