import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seconds } from "@sallyport/contracts";
import { createVirtualClock } from "@sallyport/testkit";
import { createDevelopmentIssuer } from "./development-issuer.ts";
import { createTokenVerifier } from "./token-verifier.ts";

const tenantId = "9d1e0000-0000-4000-8000-0000000000f1";
const alice = { oid: "00000000-0000-4000-8000-000000000002", displayName: "Alice" };
const clock = createVirtualClock();
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "issuer-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const anIssuer = (listenHost = "127.0.0.1") => createDevelopmentIssuer({ dir, tenantId, listenHost, clock });

describe("the development issuer", () => {
  it("signs tokens that name the principal its role assignments know", async () => {
    const issuer = await anIssuer();
    const verify = createTokenVerifier({ issuers: [issuer.trusted], clock });
    const verified = await verify(await issuer.tokenFor(alice, seconds(60)));
    expect(verified).toEqual({
      kind: "accepted",
      principal: { id: issuer.principalIdOf(alice.oid), displayName: "Alice" },
    });
  });

  it("keeps its key, so that tokens survive a restart, readable by its owner alone", async () => {
    const token = await (await anIssuer()).tokenFor(alice, seconds(60));
    const verify = createTokenVerifier({ issuers: [(await anIssuer()).trusted], clock });
    expect((await verify(token)).kind).toBe("accepted");
    expect(statSync(join(dir, "development-issuer.json")).mode & 0o077).toBe(0);
  });

  it("publishes no private key", async () => {
    expect(JSON.stringify((await anIssuer()).trusted)).not.toContain('"d":');
  });

  it.each([["0.0.0.0"], ["::"], ["192.168.1.10"], ["sallyport.example.com"], ["127.0.0.1.evil.example"]])(
    "is refused when the service listens on %s",
    async (host) => {
      await expect(anIssuer(host)).rejects.toMatchObject({ code: "configuration.invalid" });
    },
  );
});
