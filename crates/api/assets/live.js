// Updates without reload: the stream says that something is new, the page is fetched again and put in place, part by
// part. Numbers are spelled by the server alone. Without this script the pages work the same, one reload at a time.
"use strict";

(() => {
  const pill = document.getElementById("live");
  const source = document.body.dataset.stream;
  // Which news change this page.
  const heeds = (document.body.dataset.heeds ?? "plan gone fleet event snapshot").split(" ");
  // At most one fetch in this time, however much happens.
  const PAUSE = 1000;
  // Distances such as "4 m ago" grow old by themselves.
  const STALE = 30000;
  // A restart of the daemon is shorter.
  const PATIENCE = 8000;
  let wanted = false;
  let busy = false;
  let last = 0;
  let timer = 0;

  // A page that nobody keeps fresh says so where nobody overlooks it, once that has lasted.
  const lost = document.getElementById("lost");
  let losing = 0;

  function tell(isLost) {
    if (!lost || isLost === Boolean(losing)) return;
    clearTimeout(losing);
    losing = 0;
    if (!isLost) return void (lost.hidden = true);
    losing = setTimeout(() => {
      const at = document.querySelector("footer time");
      lost.lastElementChild.textContent = `Stale. The daemon cannot be reached; this page is of ${at ? at.textContent : "before"}.`;
      lost.hidden = false;
    }, PATIENCE);
  }

  function say(state, word) {
    if (!pill || pill.dataset.state === state) return;
    pill.dataset.state = state;
    pill.textContent = word;
  }

  // An element's own name among its siblings; the rest is matched by place.
  const key = (node) => (node.nodeType === 1 && node.id ? node.id : null);

  // What a person has in hands stays: an order being written, what they folded, what they typed.
  function isHeld(node) {
    if (node.hasAttribute("data-keep")) return true;
    if (!node.classList.contains("order") || !node.open) return false;
    // The one that is open by itself is held from the first letter on.
    return !node.hasAttribute("data-first") || node.querySelector("[name=reason]").value !== "";
  }

  function attributes(from, to) {
    for (const { name } of [...from.attributes]) {
      if (!to.hasAttribute(name) && name !== "open" && name !== "data-state") from.removeAttribute(name);
    }
    for (const { name, value } of to.attributes) {
      if (name !== "open" && from.getAttribute(name) !== value) from.setAttribute(name, value);
    }
  }

  function morph(from, to) {
    if (from.nodeType === 3) {
      if (from.data !== to.data) from.data = to.data;
      return;
    }
    if (from.nodeType !== 1 || isHeld(from)) return;
    attributes(from, to);
    children(from, to);
  }

  const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && key(a) === key(b);

  function children(from, to) {
    const keyed = new Map();
    for (const child of from.childNodes) if (key(child)) keyed.set(key(child), child);
    let at = from.firstChild;
    for (const next of [...to.childNodes]) {
      const named = key(next) && keyed.get(key(next));
      if (named && named !== at && alike(named, next)) {
        from.insertBefore(named, at);
        morph(named, next);
      } else if (at && alike(at, next)) {
        const old = at;
        at = at.nextSibling;
        morph(old, next);
      } else {
        from.insertBefore(document.importNode(next, true), at);
      }
    }
    while (at) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
  }

  async function refresh() {
    if (busy || document.hidden) return;
    busy = true;
    wanted = false;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" }, cache: "no-store" });
      if (answer.redirected && new URL(answer.url).pathname === "/login") return location.reload();
      if (answer.status === 404) return say("gone", "Gone");
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      document.title = page.title;
      for (const part of ["alarms", "banners", "main"]) {
        const [from, to] = [document.getElementById(part), page.getElementById(part)];
        if (from && to) morph(from, to);
      }
      const [from, to] = [document.querySelector("footer"), page.querySelector("footer")];
      if (from && to) children(from, to);
      document.dispatchEvent(new CustomEvent("fresh"));
      last = Date.now();
    } catch {
      // The stream's own state says that the daemon cannot be reached; the next event tries again.
      wanted = true;
    } finally {
      busy = false;
      if (wanted) soon();
    }
  }

  function soon() {
    wanted = true;
    clearTimeout(timer);
    timer = setTimeout(refresh, Math.max(0, last + PAUSE - Date.now()));
  }

  function listen() {
    const stream = new EventSource(source);
    stream.onopen = () => {
      tell(false);
      say("live", "Live");
    };
    stream.onerror = () => {
      tell(true);
      say("lost", "Reconnecting");
      // The browser gives up where the answer was no stream; we do not.
      if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
    };
    for (const kind of heeds) stream.addEventListener(kind, soon);
  }

  // The filter is a plain form; here it filters while one types.
  function filter(form) {
    let typing = 0;
    const apply = () => {
      const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
      history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
      last = 0;
      soon();
    };
    form.addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(apply, 120);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      apply();
    });
    form.classList.add("instant");
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) soon();
  });
  setInterval(() => {
    if (Date.now() - last > STALE) soon();
  }, STALE);

  const form = document.getElementById("filter");
  if (form) filter(form);
  if (source) listen();
})();
