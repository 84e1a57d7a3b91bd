import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dnsNamesIn } from "./alternative-names.ts";

describe("dnsNamesIn", () => {
  it.each([
    ["", []],
    ["DNS:a.example", ["a.example"]],
    ["DNS:A.Example, IP Address:127.0.0.1, DNS:b.example", ["a.example", "b.example"]],
    ["DNS:*.example", ["*.example"]],
    ["URI:http://a.example/x, email:me@a.example, DNS:b", ["b"]],
    // One name each that holds another: only what is escaped may have commas and quotes (CVE-2021-44532).
    ['DNS:"x.example, DNS:a.example"', []],
    ['URI:"http://x/, DNS:a.example", DNS:b.example', ["b.example"]],
    ['DirName:"/CN=\\", DNS:a.example"', []],
    ['othername:XMPP:"x\\\\", DNS:b.example', ["b.example"]],
    ['DNS:"a.example\\u0000.evil.example"', []],
    ['DNS:"a.example"', []],
    ["DNS:a.example\u0000.evil.example", []],
    ["DNS:a.example ", []],
    ["dns:a.example", []],
    ["XDNS:a.example", []],
    ["URI:DNS:a.example", []],
  ])("finds in %j %j", (altNames, names) => {
    expect(dnsNamesIn(altNames)).toEqual(names);
  });

  it.each([
    'DNS:a.example, URI:"x',
    'DNS:a.example, URI:"x\\"',
    "DNS:a.example,DNS:b.example",
    "DNS:a.example, ",
    ", DNS:a.example",
    "DNS:a.example, , DNS:b.example",
    'DNS:a.example, "',
  ])("believes nothing of %j", (altNames) => {
    expect(dnsNamesIn(altNames)).toEqual([]);
  });

  it("finds what is written as Node writes it, and nothing of what stands in quotes", () => {
    const plain = fc.stringMatching(/^[a-z0-9_*.-]{1,12}$/);
    const other = fc.constantFrom("URI:", "email:", "DNS:", "DirName:", "othername:SRVName:");
    const name = fc.oneof(
      plain.map((text) => ({ written: `DNS:${text}`, names: [text] })),
      fc.tuple(other, fc.string()).map(([kind, text]) => ({
        written: `${kind}${JSON.stringify(`${text}, DNS:evil`)}`,
        names: [] as string[],
      })),
      plain.map((text) => ({ written: `URI:${text}`, names: [] as string[] })),
    );
    fc.assert(
      fc.property(fc.array(name), (entries) => {
        const written = entries.map((entry) => entry.written).join(", ");
        expect(dnsNamesIn(written)).toEqual(entries.flatMap(({ names }) => names));
      }),
    );
  });

  it("neither hangs nor throws for whatever it is given", () => {
    const piece = fc.constantFrom('"', "\\", ", ", "DNS:", "a", "\n");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
        expect(Array.isArray(dnsNamesIn(pieces.join("")))).toBe(true);
      }),
    );
    expect(dnsNamesIn(`DNS:a, URI:${'"\\"'.repeat(20_000)}`)).toEqual([]);
  });
});
