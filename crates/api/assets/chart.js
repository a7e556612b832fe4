// Draws the recent past with uPlot: errors and p99 of both sides, their limits, the share behind them, one time axis.
// The data is in the page; without this script the page has still drawings and a table.
"use strict";

(() => {
  const HEIGHT = 170;
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const two = (n) => String(n).padStart(2, "0");
  const clock = (s) => {
    const d = new Date(s * 1000);
    return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
  };
  // As the server spells numbers.
  const figure = (v, unit) => (v == null ? "–" : `${unit === "ms" ? Math.round(v) : Math.round(v * 100) / 100} ${unit}`);

  // Each kind of mark has a line of its own.
  const MARKS = {
    step: { colour: "--text", dash: [] },
    order: { colour: "--person", dash: [4, 3] },
    rollback: { colour: "--bad", dash: [] },
  };

  const sync = "plan";
  let plots = [];
  let drawn = "";

  function times(chart) {
    const start = Date.parse(chart.start) / 1000;
    return chart.share.map((_, i) => start + i * chart.periodSeconds);
  }

  // The newest minutes may still change: they are shaded.
  function shade(incomplete) {
    return (u) => {
      if (!incomplete || u.data[0].length < 2) return;
      const xs = u.data[0];
      const from = u.valToPos(xs[Math.max(0, xs.length - 1 - incomplete)], "x", true);
      u.ctx.save();
      u.ctx.fillStyle = css("--incomplete");
      u.ctx.fillRect(from, u.bbox.top, u.bbox.left + u.bbox.width - from, u.bbox.height);
      u.ctx.restore();
    };
  }

  // Steps and orders: numbered as in the list below the drawings; numbers that would lie on each other are left out.
  function marks(all) {
    return (u) => {
      const { ctx, bbox } = u;
      const dpr = devicePixelRatio || 1;
      const [first, last] = [u.scales.x.min, u.scales.x.max];
      let free = -Infinity;
      ctx.save();
      ctx.font = `${11 * dpr}px system-ui`;
      ctx.textAlign = "center";
      ctx.textBaseline = "bottom";
      all.forEach((mark, i) => {
        const at = Date.parse(mark.at) / 1000;
        if (at < first || at > last) return;
        const { colour, dash } = MARKS[mark.kind] ?? MARKS.step;
        const x = Math.floor(u.valToPos(at, "x", true)) + 0.5;
        ctx.strokeStyle = ctx.fillStyle = css(colour);
        ctx.lineWidth = (mark.kind === "rollback" ? 2 : 1) * dpr;
        ctx.setLineDash(dash.map((n) => n * dpr));
        ctx.beginPath();
        ctx.moveTo(x, bbox.top);
        ctx.lineTo(x, bbox.top + bbox.height);
        ctx.stroke();
        if (x < free) return;
        free = x + 15 * dpr;
        ctx.fillText(String(i + 1), x, bbox.top - 2 * dpr);
      });
      ctx.restore();
    };
  }

  // While nobody points at a minute, the newest whole one is told.
  function rest(chart) {
    return (u) => {
      const newest = Math.max(0, u.data[0].length - 1 - chart.incomplete);
      if (!(u.cursor.left >= 0)) u.setLegend({ idx: newest }, false);
    };
  }

  function plot(box, chart, panel) {
    const axis = { stroke: css("--muted"), grid: { stroke: css("--line"), width: 1 }, ticks: { show: false }, font: "11px system-ui" };
    const series = [
      { label: "UTC", value: (_, v) => (v == null ? "–" : clock(v)) },
      {
        label: "Share on IPv6", scale: "share", stroke: css("--share-edge"), fill: css("--share"), width: 1,
        points: { show: false }, paths: uPlot.paths.stepped({ align: 1 }), value: (_, v) => figure(v, "%"),
      },
      { label: `${panel.name} IPv4`, scale: "y", stroke: css("--ipv4"), width: 1.5, dash: [5, 4], points: { show: false }, value: (_, v) => figure(v, panel.unit) },
      { label: `${panel.name} IPv6`, scale: "y", stroke: css("--ipv6"), width: 2, points: { show: false }, value: (_, v) => figure(v, panel.unit) },
      { label: "Limit", scale: "y", stroke: css("--bad"), width: 1.5, dash: [2, 3], points: { show: false }, value: (_, v) => figure(v, panel.unit) },
    ];
    const limit = panel.limit == null ? 0 : panel.limit;
    const options = {
      width: box.clientWidth,
      height: HEIGHT,
      padding: [16, null, null, null],
      tzDate: (s) => uPlot.tzDate(new Date(s * 1000), "Etc/UTC"),
      cursor: { sync: { key: sync }, drag: { x: false, y: false }, y: false },
      select: { show: false },
      scales: { x: { time: true }, y: { range: (_, __, max) => [0, Math.max(max || 0, limit, 0.01) * 1.15] }, share: { range: [0, 100] } },
      axes: [
        { ...axis, values: (_, vs) => vs.map((v, i) => (i === 1 ? `${clock(v)} UTC` : clock(v))), size: 26, space: 60 },
        { ...axis, scale: "y", size: 58, values: (_, vs) => vs.map((v) => `${v} ${panel.unit}`) },
        { ...axis, scale: "share", side: 1, size: 46, grid: { show: false }, splits: () => [0, 50, 100], values: (_, vs) => vs.map((v) => `${v} %`) },
      ],
      series,
      hooks: { drawClear: [shade(chart.incomplete)], draw: [marks(chart.marks ?? [])], setCursor: [rest(chart)], ready: [rest(chart)] },
    };
    const data = [times(chart), chart.share, panel.ipv4, panel.ipv6, chart.share.map(() => panel.limit)];
    return new uPlot(options, data, box);
  }

  function draw(again) {
    const host = document.getElementById("plots");
    if (!host || typeof uPlot !== "function") return;
    const text = host.dataset.chart;
    if (!text || (text === drawn && !again && document.querySelector("#chart canvas"))) return;
    drawn = text;
    const chart = JSON.parse(text);
    // A reader who points at a minute keeps it.
    const pointed = plots[0] && plots[0].cursor.left >= 0 ? plots[0].cursor.left : null;
    plots.forEach((p) => p.destroy());
    const panels = [
      { id: "errors", name: "Errors", unit: "%", ipv4: chart.errorsIpv4, ipv6: chart.errorsIpv6, limit: chart.limitErrors ?? null },
      { id: "p99", name: "p99", unit: "ms", ipv4: chart.p99Ipv4, ipv6: chart.p99Ipv6, limit: chart.limitP99 ?? null },
    ];
    plots = panels.flatMap((panel) => {
      const box = document.getElementById(`plot-${panel.id}`);
      return box ? [plot(box, chart, panel)] : [];
    });
    document.documentElement.classList.toggle("drawn", plots.length > 0);
    if (pointed != null) plots.forEach((p) => p.setCursor({ left: pointed, top: 10 }));
  }

  let width = 0;
  const watch = new ResizeObserver(([entry]) => {
    if (entry.contentRect.width === width) return;
    width = entry.contentRect.width;
    plots.forEach((p) => p.setSize({ width: p.root.parentNode.clientWidth, height: HEIGHT }));
  });

  const section = document.getElementById("chart");
  if (section) {
    draw(false);
    watch.observe(section);
    document.addEventListener("fresh", () => draw(false));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw(true));
  }
})();
