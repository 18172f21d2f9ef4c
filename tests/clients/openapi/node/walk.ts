// The README's five steps with types that openapi-typescript has written and openapi-fetch. BASE_URL, KEY and ACCOUNT in the environment.
import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const { BASE_URL: baseUrl, KEY: key, ACCOUNT: account } = process.env;
assert(baseUrl !== undefined && key !== undefined && account !== undefined);

const clientWith = (token: string) => createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });

function good<T>(answer: { data?: T; error?: components["schemas"]["Problem"] }): T {
  assert(answer.data !== undefined, JSON.stringify(answer.error));
  return answer.data;
}

const seconds = 20;
async function when<T>(ask: () => Promise<T>, holds: (found: T) => boolean): Promise<T> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const found = await ask();
    if (holds(found)) return found;
    assert(Date.now() < until, JSON.stringify(found));
    await setTimeout(50);
  }
}

const client = clientWith(key);

const catalog: components["schemas"]["CatalogDocument"] = {
  currency: "USD",
  meters: {
    api_calls: { event: "api.request", aggregation: "count", reset: "period", unit: "call", name: { en: "API calls", ja: "API呼び出し" } },
  },
  plans: [
    { id: "starter", rank: 1, price: { month: 49, year: 588 }, purchase: "self_serve", limits: { api_calls: 10 } },
    { id: "pro", rank: 2, price: { month: 500, year: 6000 }, purchase: "self_serve", limits: { api_calls: "100K" } },
  ],
};
const { version } = good(await client.PUT("/v1/catalog", { body: catalog }));

const path = { account };
good(
  await client.PUT("/v1/accounts/{account}", {
    params: { path },
    body: {
      name: "Acme",
      locale: "en-US",
      time_zone: "America/New_York",
      country: "US",
      contacts: [{ id: "c1", name: "Ada", role: "owner", email: "ada@example.com", locale: "en-US" }],
    },
  }),
);
const subscription = good(
  await client.PUT("/v1/accounts/{account}/subscription", {
    params: { path },
    body: { plan: "starter", started_at: "2026-01-01T00:00:00Z", interval: "month", quantity: 1 },
  }),
);
assert.equal(subscription.catalog_version, version);
assert.equal(good(await client.GET("/v1/accounts/{account}", { params: { path } })).contacts[0]?.name, "Ada");

const events: components["schemas"]["CloudEvent"][] = Array.from({ length: 9 }, (_, number) => ({
  specversion: "1.0",
  id: `call-${number}`,
  source: "/shop",
  type: "api.request",
  subject: account,
  time: new Date().toISOString(),
  data: {},
}));
const headers = { "Content-Type": "application/cloudevents-batch+json" };
assert.equal(good(await client.POST("/v1/events", { body: events, headers })).accepted, 9);

const usage = await when(
  async () => good(await client.GET("/v1/accounts/{account}/usage", { params: { path } })),
  (found) => found.meters[0]?.used === 9,
);
assert.deepEqual([usage.plan, usage.meters[0]?.percent], ["starter", 90]);
const asked = await client.GET("/v1/accounts/{account}/can", { params: { path, query: { meter: "api_calls", amount: 2 } } });
assert.equal(good(asked).allowed, false);
const refused = await client.GET("/v1/accounts/{account}/can", { params: { path, query: { meter: "nothing" } } });
assert.equal(refused.error?.errors[0]?.path, "query.meter");

await when(
  async () => good(await client.GET("/v1/alerts", { params: { query: { account } } })),
  (found) => found.data.some((alert) => alert.notified && alert.state === "open"),
);

const minted = good(await client.POST("/v1/inbox/tokens", { body: { account, contact: "c1", ttl: 3600 } }));
const reader = clientWith(minted.token);
const inbox = await when(async () => good(await reader.GET("/v1/inbox")), (found) => found.data.length > 0);
const [item] = inbox.data;
assert(item !== undefined);
assert.notEqual(good(await reader.POST("/v1/inbox/{id}/read", { params: { path: { id: item.id } } })).read_at, null);
assert.equal(good(await reader.GET("/v1/inbox/count")).unread, inbox.unread - 1);
console.log("walked");
