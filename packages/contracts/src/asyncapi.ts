import { catalogue } from "./events/catalogue.ts";
import { topics } from "./events/define-event.ts";
import type { Topic } from "./events/define-event.ts";
import { exampleEvent } from "./events/example-event.ts";
import { namedEvents, namedValues, schemasUnder } from "./json-schema.ts";
import type { JsonObject } from "./json-schema.ts";

const channelOf = (topic: Topic): string => topic.slice(topic.indexOf(".") + 1);
const ref = (path: string) => ({ $ref: `#/${path}` });

/** The event stream as AsyncAPI 3.0: a channel per topic, a message per event. */
export function renderAsyncApi(): JsonObject {
  const names = Object.keys(topics) as Topic[];
  const on = (topic: Topic) => catalogue.filter((contract) => contract.topic === topic);
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Sallyport events",
      version: "1.0.0",
      description:
        "Every fact as a CloudEvents 1.0 message in structured JSON. The key and the subject are the VM's canonical id, so the events of one VM are in one partition, in order. Delivery is at least once: an id that was seen before is the same event. Consumers must let unknown fields pass; an incompatible change is a new type.",
    },
    defaultContentType: "application/cloudevents+json",
    channels: Object.fromEntries(
      names.map((topic) => [
        channelOf(topic),
        {
          address: topic,
          title: topic,
          description: `Holds ${topics[topic].holds}. Clean-up: ${topics[topic].cleanup}.`,
          messages: Object.fromEntries(on(topic).map(({ name }) => [name, ref(`components/messages/${name}`)])),
        },
      ]),
    ),
    operations: Object.fromEntries(
      names.map((topic) => [
        `publish-${channelOf(topic)}`,
        {
          action: "send",
          channel: ref(`channels/${channelOf(topic)}`),
          messages: on(topic).map(({ name }) => ref(`channels/${channelOf(topic)}/messages/${name}`)),
        },
      ]),
    ),
    components: {
      messages: Object.fromEntries(
        catalogue.map(({ name, type, summary, example }) => [
          name,
          {
            name: type,
            title: name,
            summary,
            payload: {
              allOf: [
                ref("components/schemas/Envelope"),
                {
                  type: "object",
                  properties: { type: { const: type }, data: ref(`components/schemas/${name}`) },
                  required: ["type", "data"],
                },
              ],
            },
            examples: [{ name: "example", payload: exampleEvent(type, example) }],
          },
        ]),
      ),
      schemas: schemasUnder("#/components/schemas/", { ...namedValues, ...namedEvents }, "draft-7"),
    },
  };
}
