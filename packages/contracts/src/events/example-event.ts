import { EventId } from "../values/ids.ts";
import { Instant } from "../values/instant.ts";
import { exampleAccess } from "../values/examples.ts";
import { contractOf } from "./catalogue.ts";
import type { EventType, Fact } from "./catalogue.ts";
import { seal } from "./envelope.ts";
import type { SallyportEvent } from "./envelope.ts";

/** An event as documents show it: the contract's example in an envelope that belongs to the same story. */
export function exampleEvent(type: EventType, example: unknown): SallyportEvent {
  const contract = contractOf(type);
  if (contract === undefined) throw new Error(`${type} is not in the catalogue`);
  // The schema of `type` parses the data; TypeScript cannot see that the two belong together.
  const fact = { type, data: contract.data.parse(example) } as Fact;
  return seal(fact, {
    id: EventId.parse("4b1f5a0e-26f3-5d0a-9c55-0c8f7f3c2a10"),
    source: "/sallyport/example",
    time: Instant.parse("2026-01-31T08:00:00.000Z"),
    correlationId: exampleAccess.requestId,
    causationId: exampleAccess.requestId,
  });
}
