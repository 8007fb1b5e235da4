// A real OpenID Connect provider for tests: node provider.mjs PORT CALLBACK... ; accounts are any login name.
// The account "unverified" has an address nobody checked; "moved" one in another domain.
import { Provider } from "oidc-provider";

const [port, ...callbacks] = process.argv.slice(2);
const issuer = `http://localhost:${port}`;
const domain = `org${port}.example`;

const provider = new Provider(issuer, {
  clients: [{ client_id: "assent", client_secret: "a-test-secret-of-some-length", redirect_uris: callbacks, token_endpoint_auth_method: "client_secret_basic" }],
  pkce: { required: () => true },
  claims: { openid: ["sub"], email: ["email", "email_verified"] },
  conformIdTokenClaims: false,
  cookies: { keys: ["test"] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: id === "moved" ? "ada@elsewhere.example" : `${id}@${domain}`, email_verified: id !== "unverified" }),
  }),
});
provider.listen(Number(port), "localhost", () => console.log("ready"));
