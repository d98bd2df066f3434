import { createHttpHeaders } from "@azure/core-rest-pipeline";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { SallyportError } from "@sallyport/contracts";
import { createVirtualClock } from "@sallyport/testkit";
import { createArm } from "./arm.ts";
import { bodyOf, changed } from "./firewall-document.ts";
import { faultOfOperation } from "./translate.ts";

interface Recorded {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}
/** Answers of real Azure (test/data/README.md). */
const recorded: readonly Recorded[] = gunzipSync(
  readFileSync(join(__dirname, "../../../test/data/azure-arm-recordings.jsonl.gz")),
)
  .toString("utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line));

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const firewalls = recorded.flatMap(({ url, status, body }) =>
  status < 300 && /\/azureFirewalls\/[^/?]+\?/i.test(url) && isObject(body) && isObject(body["properties"])
    ? [body]
    : [],
);

/** Every value in a body, by its path. */
function leavesOf(value: unknown, path = ""): readonly (readonly [string, string | undefined])[] {
  if (Array.isArray(value) && value.length > 0) return value.flatMap((one, at) => leavesOf(one, `${path}[${at}]`));
  if (isObject(value) && Object.keys(value).length > 0)
    return Object.entries(value).flatMap(([key, one]) => leavesOf(one, `${path}/${key}`));
  return [[path, JSON.stringify(value)]];
}

/** One of real Azure's answers, to whatever our client asks. */
function answering({ status, headers, body }: Recorded) {
  const text = body === null ? "" : typeof body === "string" ? body : JSON.stringify(body);
  const clock = createVirtualClock();
  return createArm({
    credential: { getToken: async () => ({ token: "t", expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) },
    subscriptionId: "00000000-0000-0000-0000-000000000000",
    clock,
    httpClient: {
      sendRequest: async (request) => ({ request, status, headers: createHttpHeaders(headers), bodyAsText: text }),
    },
  });
}
const ask = (answer: Recorded) => {
  const arm = answering(answer);
  return arm
    .get("it", (options) => arm.network.networkSecurityGroups.get("group", "name", options))
    .catch((error: unknown) => error);
};

describe("what real Azure was recorded to answer", () => {
  it("comes out of the SDK as it went in, whatever its models do not know (P28)", async () => {
    const bodies = recorded.filter(
      ({ method, url, status }) => method === "GET" && status === 200 && /\/networkSecurityGroups\/[^/?]+\?/i.test(url),
    );
    expect(bodies.length).toBeGreaterThan(10);
    for (const answer of bodies) expect(await ask(answer)).toEqual(answer.body);
  });

  it("is, where it is a refusal, a fault of ours with its code, also where it is a page of HTML (P36)", async () => {
    const refusals = recorded.filter(({ status }) => status >= 400);
    expect(new Set(refusals.map(({ status }) => status))).toEqual(new Set([400, 404, 503]));
    // What is not there is no fault of a read.
    const expected = { 400: "azure.refused", 404: undefined, 503: "azure.unavailable" } as const;
    const seen = await Promise.all(
      refusals.map(async (answer) => {
        const found = await ask(answer);
        const said =
          isObject(answer.body) && isObject(answer.body["error"]) ? String(answer.body["error"]["code"]) : "";
        const { code, message } = found instanceof SallyportError ? found : { code: found, message: said };
        return [answer.status, code, message.includes(said)];
      }),
    );
    expect(seen).toEqual(
      refusals.map(({ status }) => [status, Object.entries(expected).find(([key]) => key === `${status}`)?.[1], true]),
    );
  });

  it("is superseded where a write was cancelled by another, and may be tried again (P4)", () => {
    const cancelled = recorded.filter(({ body }) => isObject(body) && body["status"] === "Canceled");
    expect(cancelled).toHaveLength(6);
    for (const { body } of cancelled)
      expect(faultOfOperation("writing", body)).toMatchObject({ code: "azure.superseded", retryable: true });
  });

  it("is written back whole, where it is a firewall, but for what Azure sets itself (P14, P28)", () => {
    expect(firewalls.length).toBeGreaterThan(50);
    const readOnly =
      /^\/(?:etag|name|type)$|\/(?:etag|type)$|^\/properties\/(?:provisioningState|ipGroups)|\/(?:privateIPAddress|privateIPAllocationMethod|provisioningState)$/;
    for (const document of firewalls) {
      expect(changed(document, [])).toBe(document);
      const written = new Map(leavesOf(bodyOf(document)));
      const lost = leavesOf(document).filter(([path, value]) => !written.has(path) || written.get(path) !== value);
      expect(lost.map(([path]) => path).filter((path) => !readOnly.test(path))).toEqual([]);
      expect(written.size).toBeGreaterThan(3);
    }
  });
});
