import { Parser } from "@asyncapi/parser";
import { renderAsyncApi } from "./asyncapi.ts";
import { catalogue } from "./events/catalogue.ts";
import { topics } from "./events/define-event.ts";

describe("the AsyncAPI document", () => {
  const parsed = new Parser().parse(JSON.stringify(renderAsyncApi()));

  it("is valid for the official parser, its examples included", async () => {
    const { document, diagnostics } = await parsed;
    expect(diagnostics.filter(({ severity }) => severity <= 1)).toEqual([]);
    expect(document?.version()).toBe("3.0.0");
  });

  it("has a channel for each topic, and a message for each event", async () => {
    const { document } = await parsed;
    expect(document?.allChannels().map((channel) => channel.address())).toEqual(Object.keys(topics));
    expect(document?.allMessages().map((message) => message.name())).toEqual(
      expect.arrayContaining(catalogue.map(({ type }) => type)),
    );
  });

  it("lets consumers tolerate new fields", () => {
    expect(JSON.stringify(renderAsyncApi())).not.toContain('"additionalProperties":false');
  });
});
