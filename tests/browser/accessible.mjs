// What axe finds on a page, and the looks and sizes that every page is looked at in.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Every pair of a colour scheme and a width. */
export const looks = ["light", "dark"].flatMap((colorScheme) => [
  { name: `${colorScheme}, wide`, colorScheme, viewport: { width: 1440, height: 900 } },
  { name: `${colorScheme}, phone`, colorScheme, viewport: { width: 390, height: 844 } },
]);

/** Asserts that axe finds nothing serious on a page that is open, folded parts included. */
export async function accessible(page, name) {
  // All that is folded is looked at, too.
  await page.evaluate(() => document.querySelectorAll("details:not([name])").forEach((d) => (d.open = true)));
  const order = page.locator("details.order summary").first();
  if (await order.count()) await order.click();
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const grave = found.violations
    .filter((v) => ["serious", "critical"].includes(v.impact))
    .map((v) => `${name}: ${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
  assert.deepEqual(grave, []);
  assert.ok(found.passes.length > 5, "axe looked at the page");
}

/** Asserts that nothing of a page lies beyond its width. */
export async function fits(page, { width }, name) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= width, `${name} is ${wide} pixels wide`);
}
