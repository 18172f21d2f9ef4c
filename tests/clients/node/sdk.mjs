// The official JavaScript SDK with its defaults: each event twice in every mode. Prints the answers by mode.
import { CloudEvent, HTTP, Kafka as Binding, Mode, emitterFor, httpTransport } from "cloudevents";
import { Kafka, logLevel } from "kafkajs";

const { USAGE_URL, USAGE_KEY, KAFKA, TOPIC, ACCOUNT } = process.env;
const address = `${USAGE_URL}/v1/events`;
const authorized = { Authorization: `Bearer ${USAGE_KEY}` };

// Node refuses header values beyond Latin-1, and the SDK does not encode them: such ids need structured mode or percent-encoding.
const event = (mode, bytes, subject = `${ACCOUNT}-${mode}`) =>
  new CloudEvent({ source: "/shop", type: "traffic", subject, data: { bytes } });
const twice = async (send, found) => [await send(found), await send(found)];
const accepted = async (answer) => JSON.parse((await answer).body).accepted;

const emitter = (mode) => {
  const emit = emitterFor(httpTransport(address), { mode });
  return (found) => accepted(emit(found, { headers: authorized }));
};
const posted = async (body, type) => {
  const answer = await fetch(address, { method: "POST", headers: { "Content-Type": type, ...authorized }, body });
  return (await answer.json()).accepted;
};
const fetched = async (found) => {
  const { headers, body } = HTTP.structured(found);
  return posted(body, headers["content-type"]);
};

const kafka = new Kafka({ brokers: [KAFKA], clientId: "shop", logLevel: logLevel.ERROR });
const producer = kafka.producer();
await producer.connect();
const record = async (key, message) => {
  const [{ errorCode }] = await producer.send({ topic: TOPIC, messages: [{ ...message, key }] });
  return errorCode;
};
const json = (value) => (typeof value === "string" ? value : JSON.stringify(value));
// kafkajs refuses headers without a value, and the SDK creates one for each missing attribute.
const given = (headers) => Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
const recorded = (mode) => (found) => {
  const { headers, value, timestamp } = Binding[mode](found);
  return record(found.subject, { headers: given(headers), value: json(value), timestamp });
};
const recordedBatch = (events) =>
  record(events[0].subject, { headers: { "content-type": "application/cloudevents-batch+json" }, value: JSON.stringify(events) });
const both = (mode) => [event(mode, 5), event(mode, 2)];

const answers = {
  structured: await twice(emitter(Mode.STRUCTURED), event("structured", 5)),
  binary: await twice(emitter(Mode.BINARY), event("binary", 5, encodeURIComponent(`${ACCOUNT}-binary`))),
  fetch: await twice(fetched, event("fetch", 5)),
  batch: await twice((events) => posted(JSON.stringify(events), "application/cloudevents-batch+json"), both("batch")),
  "kafka-structured": await twice(recorded("structured"), event("kafka-structured", 5)),
  "kafka-binary": await twice(recorded("binary"), event("kafka-binary", 5)),
  "kafka-batch": await twice(recordedBatch, both("kafka-batch")),
};
await producer.disconnect();
console.log(JSON.stringify(answers));
