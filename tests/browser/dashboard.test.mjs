// The dashboard in a real Chromium, over a daemon that migrates a small fleet.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, test } from "node:test";
import { accessible, fits, looks } from "./accessible.mjs";
import { api, browser, operator, picture, shot, until, url, visitor } from "./daemon.mjs";

after(() => browser.close());

/** A plan that moves. */
const moving = async () =>
  until("a plan that moves", async () => (await api("/plans")).items.find((p) => p.health === "Progressing"));

/** A plan with much on its page, whether it moves or not. */
const some = async () => {
  const { items } = await api("/plans");
  return items.find((p) => p.verdict !== null) ?? items[0];
};

/** A plan whose release was bad on IPv6. */
const rolledBack = async () =>
  until(
    "a plan that was rolled back",
    async () => (await api("/plans")).items.find((p) => p.phase === "RolledBack" && p.health === "Bad"),
    240,
  );

/** A plan that waits for an approval. */
const asking = async () =>
  until(
    "a plan that asks for an approval",
    async () => (await api("/fleet")).needsYou.find((n) => n.waitingOn.toLowerCase() === "approval"),
    240,
  );

// As the pages spell numbers.
const number = (value) => (value === null ? "–" : String(Math.round(value * 100) / 100));
const four = ({ desired, applied, observed, effective }) =>
  `${[desired, applied, observed, effective].map(number).join(" · ")} %`;

test("the fleet page says of every plan what the API says", async () => {
  const { context, page, complaints } = await visitor();
  // The fleet moves on between the two questions: they are asked until both answers are of the same moment.
  await until("page and API agree", async () => {
    const { items } = await api("/plans");
    assert.ok(items.length > 0);
    await page.goto("/");
    const rows = await page.locator("#plans tbody tr").evaluateAll((trs) =>
      trs.map((tr) => ({
        name: tr.querySelector("th a").textContent,
        health: tr.querySelector(".mark").textContent,
        shares: tr.querySelector(".four").textContent,
        sentence: tr.querySelector(".sentence").firstChild.textContent,
      })),
    );
    const told = items.map((p) => ({
      name: p.name,
      health: p.health === "NeedsPerson" ? "Needs a person" : p.health,
      shares: four(p.shares),
      sentence: p.sentence,
    }));
    return JSON.stringify(rows) === JSON.stringify(told);
  });
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the filter narrows the table while one types, and is in the address", async () => {
  const { context, page, complaints } = await visitor();
  const { items } = await api("/plans");
  await page.goto("/");
  await page.getByRole("searchbox").fill(items[0].name);
  await page.waitForFunction((n) => document.querySelectorAll("#plans tbody tr").length === n, 1);
  assert.match(page.url(), new RegExp(`\\?q=${items[0].name}$`));
  assert.match(await page.locator("#filtered").innerText(), new RegExp(`^1 of ${items.length}`));
  assert.equal(await page.getByRole("searchbox").inputValue(), items[0].name);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("without a script the pages are whole: filter, sentence, drawings and figures", async () => {
  const { context, page } = await visitor({ javaScriptEnabled: false });
  const plan = await moving();
  await page.goto("/");
  await page.getByRole("searchbox").fill(plan.name);
  await page.getByRole("button", { name: "Filter" }).click();
  assert.equal(await page.locator("#plans tbody tr").count(), 1);
  await page.locator("#plans tbody th a").first().click();
  assert.equal(await page.getByRole("heading", { level: 1 }).innerText(), plan.name);
  assert.notEqual((await page.locator("#sentence").innerText()).trim(), "");
  const drawings = page.locator("#chart svg.still[role=img]");
  assert.equal(await drawings.count(), 2);
  assert.ok(await drawings.first().isVisible());
  await page.locator("#figures summary").click();
  assert.ok((await page.locator("#figures tbody tr").count()) > 0);
  await context.close();
});

test("a plan's page changes by itself, without a reload, and leaves alone what one folded", async () => {
  const { context, page, complaints } = await visitor();
  const plan = await moving();
  await page.goto(`/plans/${plan.name}`);
  await page.waitForFunction(() => document.getElementById("live").textContent === "Live");
  await page.evaluate(() => {
    globalThis.neverReloaded = true;
  });
  await page.locator("#yaml summary").click();
  const asOf = () => page.locator("footer time").innerText();
  const looked = () => page.locator(".plan-head").innerText();
  const [first, before] = [await asOf(), await looked()];
  await until("another moment on the page", async () => (await asOf()) !== first);
  await until("other words on the page", async () => (await looked()) !== before, 120);
  assert.equal(await page.evaluate(() => globalThis.neverReloaded), true);
  assert.equal(await page.locator("#yaml").evaluate((d) => d.open), true);
  assert.equal(await page.locator("#chart canvas").count(), 2);
  assert.ok(await page.locator("#chart svg.still").first().isHidden());
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a gate is opened through the page, with a reason, and the order is in the history", async () => {
  const { context, page, complaints } = await operator();
  const waits = await asking();
  await page.goto("/");
  await page.locator(`#needs-${waits.plan} a`).click();
  const sentence = await page.locator("#sentence").innerText();
  // What to do is a page of ours, and the one that the API names.
  const runbook = await page.locator(".plan-head .runbook a").getAttribute("href");
  assert.equal(runbook, (await api(`/plans/${waits.plan}`)).runbook);
  assert.ok(existsSync(new URL(`../../docs/runbooks/${runbook.split("/").pop()}`, import.meta.url)), runbook);
  // With the keyboard alone: what the wait asks for is open, and the reason has the focus.
  await page.waitForFunction(() => document.activeElement === document.querySelector("#order-approve [name=reason]"));
  const reason = `seen in the browser at ${new Date().toISOString()}`;
  await page.keyboard.type(reason);
  await shot(page, "order");
  await page.keyboard.press("Tab");
  // What deletes asks twice.
  if (await page.locator("#order-approve [name=sure]").count()) {
    await page.keyboard.press("Space");
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await page.waitForURL(`${url}/plans/${waits.plan}`);
  await page.locator(".events .who-why", { hasText: reason }).first().waitFor();
  assert.match(await page.locator(".events .who-why", { hasText: reason }).first().innerText(), /^visitor/);
  await until("the plan goes on", async () => (await page.locator("#sentence").innerText()) !== sentence);
  const events = await api(`/plans/${waits.plan}/events`);
  assert.ok(events.items.some((e) => e.kind === "command" && e.reason === reason && e.actor === "visitor"));
  assert.deepEqual(complaints, []);
  await context.close();
});

test("an order on what is no longer so is refused, says why, and keeps what was written", async () => {
  const { context, page } = await operator();
  const plan = await moving();
  await page.goto(`/plans/${plan.name}`);
  await page.locator("#order-pause summary").click();
  await page.locator("#order-pause [name=reason]").fill("look at the errors first");
  await page.locator("#order-pause [name=revision]").evaluate((field) => {
    field.value = "of-yesterday";
  });
  await page.locator("#order-pause form button").click();
  assert.match(await page.getByRole("alert").innerText(), /Pause was not taken/);
  assert.equal(await page.locator("#order-pause [name=reason]").inputValue(), "look at the errors first");
  await context.close();
});

test("a form without the page's token is refused", async () => {
  const { context, page } = await operator();
  const plan = await moving();
  await page.goto(`/plans/${plan.name}`);
  await page.locator("#order-pause summary").click();
  await page.locator("#order-pause [name=reason]").fill("forged");
  await page.locator("#order-pause [name=csrf]").evaluate((field) => {
    field.value = "forged";
  });
  const answered = page.waitForResponse((r) => r.url().endsWith("/pause"));
  await page.locator("#order-pause form button").click();
  assert.equal((await answered).status(), 403);
  const events = await api(`/plans/${plan.name}/events`);
  assert.ok(!events.items.some((e) => e.reason === "forged"));
  await context.close();
});

test("who is not signed in has no button to give an order with, and reads why", async () => {
  const { context, page, complaints } = await visitor();
  const plan = await some();
  for (const path of ["/", `/plans/${plan.name}`]) {
    await page.goto(path);
    assert.equal(await page.locator("form[method=post]").count(), 0);
    assert.equal(await page.locator("button:visible").count(), 0);
    assert.match(await page.locator("#banners").innerText(), /Read only: you are not signed in/);
  }
  const answer = await page.request.post(`/plans/${plan.name}/abort`, { form: { reason: "no" } });
  assert.equal(answer.status(), 401);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("a wrong token does not sign in, and signing out ends the orders", async () => {
  const wrong = await visitor();
  await wrong.page.goto("/login");
  await wrong.page.getByLabel("Token").fill("not-the-token");
  await wrong.page.getByRole("button", { name: "Sign in" }).click();
  assert.match(await wrong.page.getByRole("alert").innerText(), /not known/);
  await wrong.context.close();
  const { context, page } = await operator();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.goto("/");
  assert.equal(await page.locator("#orders .order").count(), 0);
  await context.close();
});

for (const { name: look, ...options } of looks) {
  test(`axe finds nothing serious, and every page fits: ${look}`, async () => {
    // The policy forbids axe's own styles, not the pages'.
    const { context, page } = await operator({ ...options, bypassCSP: true });
    const plan = await some();
    const paths = {
      fleet: "/",
      plan: `/plans/${plan.name}`,
      window: `/plans/${plan.name}?window=3h`,
      "plan-events": `/plans/${plan.name}/events`,
      events: "/events",
      orders: "/events?kind=command",
      login: "/login",
      nowhere: "/plans/nowhere",
    };
    for (const [name, path] of Object.entries(paths)) {
      await page.goto(path);
      await fits(page, options.viewport, path);
      await shot(page, `${name}-${look.replace(", ", "-")}`);
      await accessible(page, path);
    }
    await context.close();
  });
}

test("each page has its picture in the documentation", async () => {
  const { context, page } = await operator({ viewport: { width: 1200, height: 640 } });
  const plan = await some();
  const waits = (await api("/fleet")).needsYou.find((n) => n.waitingOn === "Approval");
  const back = await rolledBack();
  const asked = `/plans/${waits ? waits.plan : plan.name}`;
  const paths = {
    fleet: ["/", "body"],
    plan: [asked, "body"],
    chart: [`${asked}?window=3h`, "#chart"],
    rollback: [`/plans/${back.name}`, "#ladder"],
    events: ["/events", "body"],
    login: ["/login", "body"],
  };
  for (const [name, [path, part]] of Object.entries(paths)) {
    await page.goto(path);
    await page.waitForLoadState("load");
    await page.locator(part).evaluate((first) => first.scrollIntoView());
    await picture(page, name);
    assert.ok(existsSync(new URL(`../../docs/pictures/${name}.png`, import.meta.url)), name);
  }
  await context.close();
});

test("a page and all its files are under 150 KB on the wire", async () => {
  for (const path of ["/", `/plans/${(await some()).name}`]) {
    const { context, page } = await visitor();
    const wire = await context.newCDPSession(page);
    await wire.send("Network.enable");
    let bytes = 0;
    wire.on("Network.loadingFinished", (done) => (bytes += done.encodedDataLength));
    await page.goto(path, { waitUntil: "load" });
    await until("the bytes were counted", () => bytes > 0);
    assert.ok(bytes < 150_000, `${path} takes ${bytes} bytes`);
    console.log(`${path}: ${bytes} bytes on the wire`);
    await context.close();
  }
});

test("the policy allows no script and no style that is not a file of ours", async () => {
  const { context, page } = await visitor();
  const answer = await page.goto("/");
  const policy = answer.headers()["content-security-policy"];
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe/);
  assert.equal(await page.locator("script:not([src]), style, [style]").count(), 0);
  await context.close();
});
