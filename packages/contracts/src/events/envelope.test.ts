import { SallyportError } from "../errors.ts";
import { EventId } from "../values/ids.ts";
import { instantOf } from "../values/instant.ts";
import { catalogue, contractOf } from "./catalogue.ts";
import type { Fact } from "./catalogue.ts";
import { isApiKeyEvent, isEnrolmentEvent, isScanEvent, open, seal, topicOf } from "./envelope.ts";

const sealing = {
  id: EventId.parse("0193a5e4-7c00-5000-8000-0000000000aa"),
  source: "/sallyport/authz",
  time: instantOf(1_769_853_600_000),
  correlationId: "0193a5e4-7c00-7000-8000-000000000001",
  causationId: "0193a5e4-7c00-7000-8000-000000000002",
};
const exampleOf = (contract: (typeof catalogue)[number]) =>
  seal({ type: contract.type, data: contract.data.parse(contract.example) } as Fact, sealing);
const anEvent = exampleOf(catalogue[0]);

const codeOf = (bytes: string): string | undefined => {
  try {
    open(bytes);
    return undefined;
  } catch (error) {
    return error instanceof SallyportError ? `${error.code}${error.retryable ? " (retryable)" : ""}` : String(error);
  }
};

describe.each(catalogue.map((contract) => [contract.name, contract] as const))("%s", (_name, contract) => {
  it("comes out of its envelope as it went in", () => {
    const event = exampleOf(contract);
    expect(open(JSON.stringify(event))).toEqual(event);
  });

  it("carries as its subject what it is about: its VM, its scope, or its key", () => {
    const event = exampleOf(contract);
    const subject = isApiKeyEvent(event)
      ? /^key:[0-9a-f]{32}$/
      : isScanEvent(event) || isEnrolmentEvent(event)
        ? /^6f1c9f0e-7d3a-4c11-9a57-1d2f60e1a001$/
        : /\/virtualmachines\/vm-web-01$/;
    expect(event.subject).toMatch(subject);
  });

  it("lets fields pass that a later version added", () => {
    const event = exampleOf(contract);
    const later = { ...event, newattribute: "x", data: { ...event.data, addedLater: [1] } };
    expect(open(JSON.stringify(later))).toMatchObject({ type: contract.type, subject: event.subject });
  });

  it("is unreadable when any part of its data is missing", () => {
    const event = exampleOf(contract);
    expect(codeOf(JSON.stringify({ ...event, data: {} }))).toBe("event.unreadable");
  });

  it("is told apart by a type that ends in its version", () => {
    expect(contract.type).toMatch(/^sallyport\.[a-z]+\.[a-z-]+\.v\d+$/);
    expect(contractOf(contract.type)).toBe(contract);
    expect(topicOf(contract.type)).toBe(contract.topic);
  });
});

describe("opening a message", () => {
  const bytes = JSON.stringify(anEvent);

  it("calls every truncation of it unreadable, which no retry cures", () => {
    for (let length = 0; length < bytes.length; length += 7)
      expect(codeOf(bytes.slice(0, length))).toBe("event.unreadable");
  });

  it.each([
    ["a type that is not ours", { type: "com.example.order.v1" }, "event.unknown-type"],
    ["a version that is unknown here", { type: "sallyport.access.requested.v2" }, "event.unknown-type"],
    ["another version of CloudEvents", { specversion: "0.3" }, "event.unreadable"],
    ["another content type", { datacontenttype: "text/xml" }, "event.unreadable"],
    ["an id that is none", { id: "1" }, "event.unreadable"],
    ["a time without milliseconds", { time: "2026-01-31T10:00:00Z" }, "event.unreadable"],
    ["no correlation", { correlationid: "" }, "event.unreadable"],
    ["no data", { data: null }, "event.unreadable"],
    [
      "the subject of another VM",
      { subject: "arn:aws:ec2:eu-west-1:123456789012:instance/i-0abc1234def567890" },
      "event.unreadable",
    ],
  ])("refuses %s", (_what, change, code) => {
    expect(codeOf(JSON.stringify({ ...anEvent, ...change }))).toBe(code);
  });

  it.each([["null"], ["[]"], ['"sallyport"'], ["42"], [""]])("refuses %j", (text) => {
    expect(codeOf(text)).toBe("event.unreadable");
  });

  it("never lets the subject's case tell two VMs apart (P23)", () => {
    expect(open(JSON.stringify({ ...anEvent, subject: anEvent.subject.toUpperCase() })).subject).toBe(anEvent.subject);
  });
});
