// What happened: a rollback with the evidence of that time, the chart's windows and marks, the history as it goes on.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { accessible, fits, looks } from "./accessible.mjs";
import { api, browser, order, shot, until, url, visitor } from "./daemon.mjs";

after(() => browser.close());

const rolledBack = async () =>
  until(
    "a plan that was rolled back",
    async () => (await api("/plans")).items.find((p) => p.phase === "RolledBack" && p.health === "Bad"),
    240,
  );

test("a rolled-back plan shows the step that failed and what was judged bad then, as the API says", async () => {
  const { context, page, complaints } = await visitor();
  const { name } = await rolledBack();
  const { rolledBack: back, steps } = await api(`/plans/${name}`);
  await page.goto(`/plans/${name}`);
  const failed = page.locator("#ladder .rung.failed");
  assert.equal(await failed.count(), 1);
  assert.match(await failed.innerText(), new RegExp(`${steps[back.step - 1].weight} %[^]*judged bad here`));
  const told = await page.locator("#rollback").innerText();
  assert.match(told, new RegExp(`at step ${back.step} of ${steps.length}, with ${back.share} % on IPv6`));
  assert.ok(back.evidence.length > 0);
  for (const line of [back.reason, ...back.evidence]) assert.ok(told.includes(line), `${line}: ${told}`);
  assert.deepEqual(complaints, []);
  await context.close();
});

for (const { name: look, ...options } of looks) {
  test(`axe finds nothing serious on the page of a rolled-back plan, ${look}`, async () => {
    const { context, page } = await visitor({ ...options, bypassCSP: true });
    const { name } = await rolledBack();
    await page.goto(`/plans/${name}?window=3h`);
    await fits(page, options.viewport, name);
    await shot(page, `rollback-${look.replace(", ", "-")}`);
    await accessible(page, name);
    await context.close();
  });
}

test("a chart's window is chosen by a link, without a script, and every mark of it is in words too", async () => {
  const { context, page } = await visitor({ javaScriptEnabled: false });
  const { items } = await api("/plans");
  const { name } = items.find((p) => p.shares.observed > 0) ?? items[0];
  await page.goto(`/plans/${name}`);
  await page.getByRole("navigation", { name: "How much of the past" }).getByRole("link", { name: "3 h" }).click();
  assert.equal(new URL(page.url()).search, "?window=3h");
  assert.equal(await page.locator(".windows [aria-current]").innerText(), "3 h");
  const { chart } = await api(`/plans/${name}?window=3h`);
  for (const panel of ["errors", "p99"]) {
    const drawn = page.locator(`#panel-${panel} svg.still[role=img]`);
    assert.ok(await drawn.isVisible());
    const unit = panel === "p99" ? "ms" : "%";
    const ticks = await drawn.locator("text.tick").allTextContents();
    assert.ok(ticks.filter((tick) => tick.endsWith(` ${unit}`)).length >= 2, ticks.join());
    assert.ok(ticks.includes("UTC") && ticks.some((tick) => /^\d\d:\d\d$/.test(tick)), ticks.join());
    assert.equal(await drawn.locator(".mark-line").count(), chart.marks.length);
  }
  assert.equal(await page.locator(".chart-marks li").count(), chart.marks.length);
  assert.ok(chart.marks.length > 0);
  const answer = await page.goto(`/plans/${name}?window=2h`);
  assert.equal(answer.status(), 400);
  assert.match(await page.getByRole("alert").innerText(), /2h/);
  await context.close();
});

test("the script draws the window that the address says, and goes on in it", async () => {
  const { context, page, complaints } = await visitor();
  const { items } = await api("/plans");
  await page.goto(`/plans/${items[0].name}?window=30m`);
  await page.waitForFunction(() => document.querySelectorAll("#chart canvas").length === 2);
  const points = () => page.locator("#plots").evaluate((plots) => JSON.parse(plots.dataset.chart).share.length);
  assert.equal(await points(), 30);
  const asOf = () => page.locator("footer time").innerText();
  const first = await asOf();
  await until("another moment on the page", async () => (await asOf()) !== first, 120);
  assert.equal(await points(), 30);
  assert.equal(await page.locator("#chart canvas").count(), 2);
  assert.deepEqual(complaints, []);
  await context.close();
});

test("an event comes onto the page by itself, where the filter takes it", async () => {
  const [all, orders] = [await visitor(), await visitor()];
  const { items } = await api("/plans");
  const [ours, other] = [items[0].name, items[1].name];
  await all.page.goto("/events");
  await orders.page.goto(`/events?kind=command&plan=${ours}`);
  for (const { page } of [all, orders]) {
    await page.waitForFunction(() => document.getElementById("live").textContent === "Live");
    await page.evaluate(() => {
      globalThis.neverReloaded = true;
    });
  }
  const reasons = [`for ${other} at ${Date.now()}`, `for ${ours} at ${Date.now()}`];
  for (const [name, reason] of [[other, reasons[0]], [ours, reasons[1]]]) {
    await order(`/plans/${name}/pause`, reason);
    await order(`/plans/${name}/resume`, reason);
  }
  const said = (page, reason) => page.locator(".events .who-why", { hasText: reason });
  await said(all.page, reasons[0]).first().waitFor();
  await said(all.page, reasons[1]).first().waitFor();
  await said(orders.page, reasons[1]).first().waitFor();
  assert.equal(await said(orders.page, reasons[0]).count(), 0);
  // Who widens the filter hears of the others from then on.
  await orders.page.getByLabel("Plan").selectOption("");
  await said(orders.page, reasons[0]).first().waitFor();
  await order(`/plans/${other}/pause`, "heard by all");
  await order(`/plans/${other}/resume`, "heard by all");
  await said(orders.page, "heard by all").first().waitFor();
  for (const { context, page, complaints } of [all, orders]) {
    assert.equal(await page.evaluate(() => globalThis.neverReloaded), true);
    assert.deepEqual(complaints, []);
    await context.close();
  }
});

test("the history is narrowed at once with a script, and with a button without one", async () => {
  const { items } = await api("/plans");
  const plan = items[0].name;
  const { context, page } = await visitor();
  await page.goto("/events");
  await page.getByLabel("Plan").selectOption(plan);
  await page.getByLabel("Kind").selectOption("acted");
  await page.waitForFunction(() => [...document.querySelectorAll(".events > li")].every((li) => li.className === "event-acted"));
  assert.equal(page.url(), `${url}/events?plan=${plan}&kind=acted`);
  await context.close();
  const still = await visitor({ javaScriptEnabled: false });
  await still.page.goto("/events");
  await still.page.getByLabel("Kind").selectOption("acted");
  await still.page.getByRole("button", { name: "Filter" }).click();
  const kinds = await still.page.locator(".events > li").evaluateAll((all) => all.map((li) => li.className));
  assert.ok(kinds.length > 0 && kinds.every((kind) => kind === "event-acted"), kinds.join());
  const answer = await still.page.goto("/events?kind=orders");
  assert.equal(answer.status(), 400);
  await still.context.close();
});
