// The daemon under test and a browser in front of it: what every test needs.
import assert from "node:assert/strict";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const needed = (name) => {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: run these tests with cargo test -p sixshift-tests --test browser`);
  return value;
};

export const url = needed("SIXSHIFT_SERVER");
/** A fleet that lacks everything at once. */
export const lacking = needed("SIXSHIFT_LACKING");
export const token = needed("SIXSHIFT_TOKEN");
const shots = needed("SIXSHIFT_SCREENSHOTS");
mkdirSync(shots, { recursive: true });

// No sandbox: CI runs in a container, as root. The rest keeps Chromium from calling home.
const flags = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

export const browser = await chromium.launch({
  executablePath: process.env.SIXSHIFT_CHROMIUM ?? "/usr/bin/chromium",
  args: flags,
});

/** A visitor with a browser profile of their own; `complaints` collects whatever the browser complains about. */
export async function visitor(options = {}) {
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1440, height: 900 }, ...options });
  const complaints = [];
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  context.on("weberror", (error) => complaints.push(String(error.error())));
  const page = await context.newPage();
  return { context, page, complaints };
}

/** The same, signed in with the operator's token through the page. */
export async function operator(options = {}) {
  const who = await visitor(options);
  await who.page.goto("/login");
  await who.page.getByLabel("Token").fill(token);
  await who.page.getByRole("button", { name: "Sign in" }).click();
  await who.page.waitForURL(`${url}/`);
  return who;
}

/** An order, given as another person would. */
export async function order(path, reason) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(`${url}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify({ reason }) });
  assert.equal(answer.status, 200, `${path}: ${answer.status} ${await answer.text()}`);
}

export async function api(path) {
  const answer = await fetch(`${url}/api/v1${path}`);
  assert.equal(answer.status, 200, `${path}: ${answer.status}`);
  return answer.json();
}

/** Asks until the answer is there. */
export async function until(what, ask, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    assert.ok(Date.now() < end, `not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

// The pictures of the documentation, where somebody wants them anew.
const pictures = process.env.SIXSHIFT_PICTURES ?? join(shots, "pictures");
mkdirSync(pictures, { recursive: true });

/** What a reader of the documentation sees of a page: its top, small enough for git. */
export async function picture(page, name) {
  const path = join(pictures, `${name}.png`);
  await page.screenshot({ path, animations: "disabled" });
  assert.ok(statSync(path).size < 200_000, `${name}: ${statSync(path).size} bytes`);
}

export const shot = (page, name) => page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
