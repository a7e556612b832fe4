// Pages with alarms: they fit, nobody is kept from reading them, and they come and go by themselves.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { accessible, fits, looks } from "./accessible.mjs";
import { api, browser, lacking, operator, order, shot, until, visitor } from "./daemon.mjs";

after(() => browser.close());

const said = ["Frozen.", "Standby.", "The journal is lost.", "The journal cannot be written.", "The clock is wrong.", "Stale."];

for (const { name: look, ...options } of looks) {
  test(`every alarm at once is read on every page, and axe finds nothing serious, ${look}`, async () => {
    const { context, page } = await visitor({ ...options, baseURL: lacking, bypassCSP: true });
    const paths = { fleet: "/", plan: "/plans/checkout", events: "/events", "plan-events": "/plans/search/events", nowhere: "/nowhere" };
    for (const [name, path] of Object.entries(paths)) {
      await page.goto(path);
      const alarms = await page.locator("#alarms .banner").allInnerTexts();
      for (const head of said) assert.ok(alarms.some((alarm) => alarm.startsWith(head)), `${path}: ${head}: ${alarms}`);
      assert.match(await page.title(), /^Frozen · /);
      const all = page.locator(".all-alarms");
      assert.match(await all.innerText(), /^6 alarms: Frozen, .*, Clock wrong, Stale$/);
      await fits(page, options.viewport, path);
      await shot(page, `lacking-${name}-${look.replace(", ", "-")}`);
      await accessible(page, path);
      // What the alarms leave of the window is enough to read the page by.
      const left = await page.evaluate(() => {
        document.querySelector("main").scrollIntoView();
        const alarms = document.getElementById("alarms");
        const sticks = getComputedStyle(alarms).position === "sticky";
        return sticks ? innerHeight - alarms.getBoundingClientRect().height : innerHeight;
      });
      assert.ok(left > 300, `${path}: ${left} pixels are left`);
      // However far down the alarms themselves are scrolled, all of them are named.
      await page.locator("#alarms .banner").last().evaluate((banner) => banner.scrollIntoView());
      const inSight = await all.evaluate((line) => {
        const { top, bottom } = line.getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight;
      });
      assert.ok(inSight, `${path}: the line that names all alarms is in sight`);
    }
    await context.close();
  });

  test(`a freeze is on every page at once and goes with its end, ${look}`, async () => {
    const { context, page } = await operator({ ...options, bypassCSP: true });
    const { items } = await api("/plans");
    await page.goto(`/plans/${items[0].name}`);
    await page.waitForFunction(() => document.getElementById("live").textContent === "Live");
    await order("/fleet/freeze", "incident 42");
    try {
      await page.locator("#alarms .banner", { hasText: "incident 42" }).waitFor();
      for (const path of ["/", `/plans/${items[0].name}`, "/events"]) {
        await page.goto(path);
        await fits(page, options.viewport, path);
        await accessible(page, path);
      }
      await page.waitForFunction(() => document.getElementById("live").textContent === "Live");
    } finally {
      await order("/fleet/unfreeze", "it is over");
    }
    await until("the alarm is gone", async () => (await page.locator("#alarms .banner").count()) === 0);
    await context.close();
  });
}
