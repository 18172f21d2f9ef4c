// oidc-provider as it comes: addresses and roles at userinfo alone, its own pages for log-in,
// consent and log-out. $PROVIDER: {"issuer", "console"}.
import http from "node:http";
import { Provider } from "oidc-provider";

const { issuer, console: base } = JSON.parse(process.env.PROVIDER);
const client = {
  client_id: "plimsoll",
  client_secret: "hush-hush:%+",
  grant_types: ["authorization_code"],
  response_types: ["code"],
  redirect_uris: [`${base}/console/callback`],
  post_logout_redirect_uris: [`${base}/console/logged-out`],
  backchannel_logout_uri: `${base}/console/backchannel-logout`,
  backchannel_logout_session_required: true,
};
const claimsOf = (id) => ({
  sub: id,
  name: id,
  email: `${id}@example.com`,
  email_verified: true,
  roles: ["csm"],
});
const provider = new Provider(issuer, {
  clients: [client],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "roles"] },
  features: { backchannelLogout: { enabled: true } },
  // It calls nobody on its own machine otherwise; here everybody is.
  fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
  findAccount: (_, id) => ({ accountId: id, claims: () => claimsOf(id) }),
});
const { hostname, port } = new URL(issuer);
http.createServer(provider.callback()).listen(Number(port), hostname);
