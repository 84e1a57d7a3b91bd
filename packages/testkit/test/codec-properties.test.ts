import { bytes, type Codec, codec, lines, ParleyError } from "@parley/core";
import { describe, expect, it } from "vitest";
import { codecProperties } from "../src/codec/codec-properties.ts";
import { testCodec } from "../src/codec/test-codec.ts";
import {
  bounded,
  broken,
  ForgettingDecoder,
  faults,
  reading,
  samples,
  sound,
  splits,
} from "./broken-codecs.ts";

const subject = (name: string, of: Codec<Uint8Array>) => {
  const property = codecProperties(of, samples, { runs: 300, seed: 1 }).find((one) => one.name === name);
  if (property === undefined) throw new Error(`there is no property "${name}"`);
  return property;
};

/** What a check that fails says, and what caused that; empty if it does not fail. */
function reasonOf(check: () => void): string {
  const said: string[] = [];
  try {
    check();
  } catch (error) {
    for (let at: unknown = error; at instanceof Error; at = at.cause) said.push(at.message);
  }
  return said.join("\n");
}

describe.each(faults)("a codec that %s", (_, properties, because, culprit) => {
  it.each(properties)("is caught: %s", (name) => {
    expect(reasonOf(subject(name, culprit).check)).toMatch(because);
  });

  it("does not pass the suite", () => {
    expect(() => testCodec(culprit, samples, { runs: 300, seed: 1 })).toThrow();
  });
});

it("the codec that they are made of has every property, and every property catches somebody", () => {
  for (const { check } of codecProperties(codec(sound, bytes()), samples, { runs: 300 })) {
    expect(check).not.toThrow();
  }
  const caught = new Set(faults.flatMap(([, properties]) => properties));
  expect([...caught].sort()).toEqual(
    codecProperties(codec(sound, bytes()), samples)
      .map(({ name }) => name)
      .sort(),
  );
});

it("the message codec's own faults are no failure of the suite", () => {
  const picky = reading((chunk, start, end) => {
    if (end - start > 20) throw new ParleyError("malformed", "too many", { blame: "remote" });
    return bytes().decode(chunk, start, end);
  });
  expect(() => subject(bounded, picky).check()).not.toThrow();
});

it("testCodec names the codec and the property, and the seed that replays it", () => {
  const culprit = broken({ decoder: () => new ForgettingDecoder() });
  expect(() => testCodec(culprit, samples, { seed: 42 })).toThrow(
    new RegExp(`^${sound.id}\\+bytes: it does not hold that ${splits}`),
  );
  const noisy = faults.find(([name]) => name.startsWith("reports every frame twice"))?.[3];
  expect(() => testCodec(noisy as Codec<Uint8Array>, samples, { seed: 42 })).toThrow(/seed: 42/);
});

it("a sample that the codec cannot express is said to be so", () => {
  const oneLine = codec(lines(), bytes());
  expect(() => testCodec(oneLine, [Uint8Array.of(10)], { runs: 10 })).toThrow(/line feed/);
});
