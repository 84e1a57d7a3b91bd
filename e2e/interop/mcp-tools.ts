import { contract, type Implementation, type SignatureOf } from "@parley/rpc";
import { Type } from "typebox";

const Tool = Type.Object({ name: Type.String(), inputSchema: Type.Object({ type: Type.Literal("object") }) });
const Content = Type.Object({ type: Type.Literal("text"), text: Type.String() });
const Party = Type.Object({ name: Type.String(), version: Type.String() });

/** As much of the Model Context Protocol as its SDK's client asks of a server with one tool. */
export const tools = contract("tools", {
  methods: {
    initialize: {
      params: Type.Object({ protocolVersion: Type.String(), clientInfo: Party }),
      result: Type.Object({
        protocolVersion: Type.String(),
        capabilities: Type.Object({ tools: Type.Object({}) }),
        serverInfo: Party,
      }),
    },
    ping: { result: Type.Object({}) },
    "tools/list": { result: Type.Object({ tools: Type.Array(Tool) }) },
    "tools/call": {
      params: Type.Object({
        name: Type.String(),
        arguments: Type.Object({ a: Type.Number(), b: Type.Number() }),
      }),
      result: Type.Object({ content: Type.Array(Content) }),
    },
  },
  notifications: { "notifications/initialized": Type.Unknown() },
});

/** A server with the tool `add`. */
export const offerTools: Implementation<SignatureOf<typeof tools>> = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: "calculator", version: "1.0.0" },
  }),
  ping: () => ({}),
  "tools/list": () => ({ tools: [{ name: "add", inputSchema: { type: "object" } }] }),
  "tools/call": ({ arguments: { a, b } }) => ({ content: [{ type: "text", text: String(a + b) }] }),
  "notifications/initialized": () => {},
};
