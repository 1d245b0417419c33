// What a real browser does with the pages and calls of the table in steps_test.go. The only argument is JSON: the Chromium,
// the pin of the server's key, and where the hosts are. Each step prints one line of JSON: its name and what the browser saw.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";

const { executable, pin, hosts } = JSON.parse(process.argv[2]);
const app = "https://app.example.test";
const api = "https://api.example.test";
const shop = "https://shop.example.test";
const jar = "https://jar.example.test";
const evil = "https://evil.test";

// A profile of its own that lets pages of other sites send cookies. Where a browser does not let them (Debian's Chromium, and any
// in private), it hides what Sallyport fails to refuse.
const profile = fs.mkdtempSync(path.join(os.tmpdir(), "browser-"));
fs.mkdirSync(path.join(profile, "Default"));
fs.writeFileSync(path.join(profile, "Default", "Preferences"),
  JSON.stringify({ profile: { cookie_controls_mode: 0, block_third_party_cookies: false } }));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: executable,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage", `--ignore-certificate-errors-spki-list=${pin}`,
    `--host-resolver-rules=${[...Object.entries(hosts).map(([host, address]) => `MAP ${host.includes(":") ? host : `${host}:443`} ${address}`), "MAP * ~NOTFOUND"].join(", ")}`,
  ],
});
context.setDefaultTimeout(10_000);
const [page] = context.pages();

// run does a step in a browser without cookies.
async function run(step, body) {
  try {
    await context.clearCookies();
    console.log(JSON.stringify({ step, saw: await body(step) }));
  } catch (error) {
    console.log(JSON.stringify({ step, failed: String(error.stack) }));
  }
}

// marked is an address whose request the upstream counts for the step.
const marked = (address, step) => `${address}?step=${encodeURIComponent(step)}`;

// call has a page send a request, and tells what its script could read. It runs in the page.
async function call([address, options]) {
  try {
    const response = await fetch(address, options);
    if (response.type === "opaque") return "opaque";
    const text = await response.text();
    const said = text.startsWith("{") ? JSON.parse(text).code : text;
    const headers = ["x-exposed", "x-hidden"].filter((name) => response.headers.has(name));
    return [response.status, said, ...headers].join(" ");
  } catch (error) {
    return error.name;
  }
}

// calls is a step in which a page of an origin asks an address, with the cookies of its user.
const calls = (origin, address, options = {}) => async (step) => {
  await context.addCookies([{ name: "user", value: "alice", url: address, secure: true, sameSite: "None" }]);
  await page.goto(`${origin}/page`);
  return page.evaluate(call, [marked(address, step), { credentials: "include", ...options }]);
};

// submits is a step in which a page posts a form, as any page may, and its user sees the answer.
const submits = (origin, address) => async (step) => {
  await page.goto(`${shop}/login`);
  await page.goto(`${origin}/page`);
  const [response] = await Promise.all([
    page.waitForNavigation(),
    page.evaluate((action) => {
      const form = document.body.appendChild(document.createElement("form"));
      form.method = "POST";
      form.action = action;
      form.submit();
    }, marked(address, step)),
  ]);
  const text = await response.text();
  const { cookie = "" } = await response.request().allHeaders();
  return `${response.status()} ${text.startsWith("{") ? JSON.parse(text).code : text}, ${cookie.includes("session=") ? "with" : "without"} the cookie`;
};

// token is that of the page's session. It runs in the page.
async function token() {
  const response = await fetch("/csrf-token");
  const text = await response.text();
  return text.startsWith("{") ? JSON.parse(text).token ?? "none" : "none";
}

// buys posts with a token. The answer is one of the shop at that address, where the browser has the cookies already.
async function buys(step, origin, sent) {
  await page.goto(`${origin}/page`);
  return page.evaluate(call, [marked(`${origin}/buy`, step), { method: "POST", headers: sent ? { "x-csrf-token": sent } : {} }]);
}

// pays is a step in which the own page takes a token and posts it, to the same shop or to one whose secret has changed.
const pays = (origin) => async (step) => {
  await page.goto(`${shop}/login`);
  return buys(step, origin, await page.evaluate(token));
};

// frames is a step in which a page frames another: what is in the frame then.
const frames = (origin, address) => async () => {
  await page.goto(`${origin}/page`);
  await page.evaluate((src) => new Promise((done) => {
    const made = document.body.appendChild(document.createElement("iframe"));
    made.onload = done;
    made.src = src;
  }), address);
  const [inner] = page.mainFrame().childFrames();
  const text = await (await inner.waitForFunction(() => document.body?.innerText)).jsonValue();
  return text.startsWith("arrived") ? text : "nothing"; // an error page of the browser
};

const put = { method: "PUT", headers: { "content-type": "application/json" }, body: "{}" };

await run("HTTP/2 is spoken", async () => {
  await page.goto(`${shop}/page`);
  return page.evaluate(() => performance.getEntriesByType("navigation")[0].nextHopProtocol);
});

// CORS. /plain has no CORS headers of its own; /careless lets every page of the world read.
await run("an allowed origin reads with cookies", calls(app, `${api}/plain`));
await run("an allowed origin sends JSON", calls(app, `${api}/plain`, put));
await run("a subdomain of the wildcard reads", calls("https://one.partner.test", `${api}/plain`));
await run("a refusal is readable on an allowed origin", calls(app, `${api}/closed`));
await run("an allowed origin sends a header that is not allowed", calls(app, `${api}/careless`, { headers: { "x-other": "1" } }));
await run("an allowed origin uses a method that is not allowed", calls(app, `${api}/careless`, { method: "DELETE" }));
await run("headers that are not exposed stay hidden", calls(app, `${api}/careless`));
await run("a foreign origin cannot read", calls(evil, `${api}/careless`));
await run("a foreign origin cannot read without cookies", calls(evil, `${api}/careless`, { credentials: "omit" }));
await run("a foreign origin cannot send JSON", calls(evil, `${api}/careless`, put));
await run("the apex of the wildcard cannot read", calls("https://partner.test", `${api}/careless`));
await run("a name that ends like the wildcard cannot read", calls("https://evilpartner.test", `${api}/careless`));
await run("a name that begins like the wildcard cannot read", calls("https://one.partner.test.evil.test", `${api}/careless`));
await run("a sandboxed frame cannot read", async (step) => {
  await page.goto(`${app}/page`);
  return page.evaluate(([source, address]) => new Promise((done) => {
    addEventListener("message", (event) => done(event.data));
    const frame = document.createElement("iframe");
    frame.sandbox = "allow-scripts";
    frame.srcdoc = `<script>(${source})([${JSON.stringify(address)}, {credentials: "include"}]).then((saw) => parent.postMessage(self.origin + " " + saw, "*"))<\/script>`;
    document.body.append(frame);
  }), [call.toString(), marked(`${api}/careless`, step)]);
});
await run("a foreign page cannot load without CORS", calls(evil, `${api}/plain`, { mode: "no-cors" }));

// CSRF. The session's cookie is SameSite=None, so that the browser really sends it with what other sites' pages send.
await run("a form of another site is refused", submits(evil, `${shop}/buy`));
await run("a form of a neighbouring host is refused", submits(app, `${shop}/buy`));
await run("a script of another site is refused", async (step) => {
  await page.goto(`${shop}/login`);
  await page.goto(`${evil}/page`);
  const reads = await page.evaluate(call, [`${shop}/careless`, { credentials: "include" }]); // the cookie is really sent
  const posts = await page.evaluate(call, [marked(`${shop}/buy`, step), { method: "POST", credentials: "include", mode: "no-cors", body: "a=b" }]);
  return `reads ${reads}; posts ${posts}`;
});
await run("a page of another site gets no token", async (step) => {
  await page.goto(`${shop}/login`);
  await page.goto(`${evil}/page`);
  return page.evaluate(call, [marked(`${shop}/csrf-token`, step), { credentials: "include" }]);
});
await run("the own page without a token is refused", async (step) => {
  await page.goto(`${shop}/login`);
  return buys(step, shop, "");
});
await run("the own page with a token passes", pays(shop));
await run("another session's token is refused", async (step) => {
  await page.goto(`${shop}/login`);
  const stolen = await page.evaluate(token);
  await context.clearCookies();
  await page.goto(`${shop}/login`);
  await page.evaluate(token);
  return buys(step, shop, stolen);
});
await run("a token of the secret before passes", pays(`${shop}:8443`));
await run("a token of a forgotten secret is refused", pays(`${shop}:9443`));

// Content Security Policy.
await run("only scripts with the nonce run", async () => {
  await page.goto(`${shop}/script`);
  await page.waitForFunction(() => window.loaded);
  return page.evaluate(() => `ran: ${ran.sort().join(", ")}; blocked: ${blocked.sort().join(", ")}`);
});
await run("each response has a nonce of its own", async () => {
  const nonces = [];
  for (let i = 0; i < 3; i++) {
    const response = await page.goto(`${shop}/script`);
    nonces.push(/'nonce-([^']{22,})'/.exec((await response.allHeaders())["content-security-policy"])?.[1] ?? "none");
  }
  return `${new Set(nonces).size} of ${nonces.length}`;
});
await run("a page cannot call where its policy does not let it", calls(shop, `${evil}/careless`));
await run("text is not run as a script", async () => {
  await page.goto(`${jar}/page`);
  return page.evaluate(() => new Promise((done) => {
    const script = document.createElement("script");
    script.onload = () => done("ran");
    script.onerror = () => done("blocked");
    script.src = "/text";
    document.body.append(script);
  }));
});

// Cookies.
await run("cookies carry what was promised", async () => {
  await page.goto(`${jar}/cookies`);
  const words = (c) => [`${c.name}=${c.value}`, c.domain, c.path, c.secure && "Secure", c.httpOnly && "HttpOnly", c.sameSite];
  return (await context.cookies()).map((c) => words(c).filter(Boolean).join(" ")).sort().join("; ");
});
await run("scripts read the cookies that they may", async () => {
  await page.goto(`${jar}/cookies`);
  return page.evaluate(() => document.cookie.split("; ").sort().join("; "));
});
await run("the cookie of the token is out of reach", async () => {
  await page.goto(`${shop}/login`);
  const got = await page.evaluate(token);
  const words = (c) => [c.name, c.value === got ? "the token" : "another value", c.path, c.secure && "Secure", c.httpOnly && "HttpOnly", c.sameSite];
  const has = (await context.cookies()).filter((c) => c.name === "__Host-csrf").map((c) => words(c).filter(Boolean).join(" "));
  return [...has, (await page.evaluate(() => document.cookie)).includes("csrf") ? "visible" : "hidden"].join("; ");
});
await run("a strict cookie stays away from other sites' links", async (step) => {
  await page.goto(`${jar}/cookies`);
  await page.goto(`${evil}/page`);
  await Promise.all([page.waitForURL(`${jar}/**`), page.evaluate((to) => { location = to; }, marked(`${jar}/page`, step))]);
  return page.locator("body").innerText();
});

// Frames.
await run("a foreign page cannot frame a page", frames(evil, `${shop}/page`));
await run("a neighbouring host cannot frame a page", frames(app, `${shop}/page`));
await run("the own page frames a page", frames(jar, `${jar}/page`));
await run("no page frames an answer of the API", frames(app, `${api}/page`));

await context.close();
fs.rmSync(profile, { recursive: true });
