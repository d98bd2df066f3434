import { catalogue, contractOf } from "./catalogue.ts";
import { topicOf } from "./envelope.ts";
import { topics } from "./define-event.ts";

/** Facts that say that there is nothing under the key any more: that is the whole state. */
const endings = new Set(["PolicyRemoved", "VmGone"]);
/** Parts of an event's data that are the whole state of a VM, of a scope, or of a key, in that topic. */
const wholes = ["policy", "lockdown", "profile", "scan", "apiKey", "enrolment"];

describe("the catalogue", () => {
  it("names every event and every type once", () => {
    expect(new Set(catalogue.map(({ name }) => name)).size).toBe(catalogue.length);
    expect(new Set(catalogue.map(({ type }) => type)).size).toBe(catalogue.length);
  });

  it("compacts no topic unless each of its messages holds the whole state of its key", () => {
    const partial = catalogue.filter(
      ({ name, topic, example }) =>
        topics[topic].cleanup === "compact" && !endings.has(name) && !wholes.some((part) => part in example),
    );
    expect(partial.map(({ name }) => name)).toEqual([]);
  });

  it("puts every event on a topic that is created, and leaves no topic empty", () => {
    expect(new Set(catalogue.map(({ topic }) => topic))).toEqual(new Set(Object.keys(topics)));
  });

  it("knows nothing else", () => {
    expect(contractOf("sallyport.access.requested")).toBeUndefined();
    expect(() => topicOf("toString")).toThrow("not in the catalogue");
  });
});
