extension LivePage {
  /// Draws what comes as events; whatever comes is text, never markup.
  static let script = #"""
    "use strict";
    const byId = id => document.getElementById(id);
    const count = n => Math.round(n).toLocaleString("en-US");
    const ms = v => v == null ? "–" : !v ? "0" : v < 1 ? v.toFixed(3) : v < 10 ? v.toFixed(2) : v < 100 ? v.toFixed(1) : count(v);
    const percent = v => (100 * v).toFixed(1) + "%";
    const clock = s => {
      const t = Math.floor(s), pad = n => String(n).padStart(2, "0"), h = Math.floor(t / 3600);
      return (h ? h + ":" + pad(Math.floor(t / 60) % 60) : Math.floor(t / 60)) + ":" + pad(t % 60);
    };
    const element = (name, text, kind) => {
      const made = document.createElement(name);
      if (text != null) made.textContent = text;
      if (kind) made.className = kind;
      return made;
    };
    const drawn = (parent, name, attributes, text) => {
      const made = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      if (text != null) made.textContent = text;
      parent.append(made);
    };

    /// Titles that begin with # are of figures.
    const table = (id, titles, rows) => {
      const head = element("thead"), body = element("tbody"), top = element("tr");
      const isFigure = titles.map(title => title.startsWith("#"));
      titles.forEach((title, i) => {
        const cell = element("th", title.replace("#", ""), isFigure[i] ? "figure" : "");
        cell.scope = "col";
        top.append(cell);
      });
      head.append(top);
      for (const row of rows) {
        const line = element("tr");
        row.forEach((cell, i) => {
          const [text, kind, name] = Array.isArray(cell) ? cell : [cell, isFigure[i] ? "figure" : ""];
          const made = element(i ? "td" : "th", text, kind);
          if (name) made.append(element("code", name, "identifier"));
          if (!i) made.scope = "row";
          line.append(made);
        });
        body.append(line);
      }
      byId(id).replaceChildren(head, body);
    };

    const points = [];
    let last = null;

    /// A chart of lines over the seconds so far, from zero.
    const chart = (id, height, lines, bars, unit) => {
      const svg = byId(id), width = Math.max(280, svg.clientWidth || 600), left = 52, right = 8, top = 20, bottom = 20;
      svg.replaceChildren();
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      const to = Math.max(10, points.length ? points[points.length - 1].at : 0);
      const from = points.length ? Math.min(points[0].at, to - 10) : 0;
      const values = lines.flatMap(line => points.map(line.of)).filter(v => v != null);
      const most = Math.max(1e-9, ...values) * 1.1;
      const x = at => left + (width - left - right) * (at - from) / (to - from);
      const y = v => height - bottom - (height - top - bottom) * v / most;
      for (const part of [0, 0.5, 1]) {
        const v = most * part / 1.1;
        drawn(svg, "line", {class: "grid", x1: left, x2: width - right, y1: y(v), y2: y(v)});
        drawn(svg, "text", {x: left - 6, y: y(v) + 4, "text-anchor": "end"}, unit === "ms" ? ms(v) : count(v));
      }
      drawn(svg, "text", {x: left, y: height - 4}, clock(Math.max(0, from)));
      drawn(svg, "text", {x: width - right, y: height - 4, "text-anchor": "end"}, clock(to));
      let at = left;
      for (const line of lines) {
        let path = "", pen = "M";
        for (const point of points) {
          const v = line.of(point);
          if (v == null) { pen = "M"; continue; }
          path += `${pen}${x(point.at).toFixed(1)} ${y(v).toFixed(1)}`;
          pen = "L";
        }
        drawn(svg, "path", {class: "line " + line.kind, d: path || "M0 0"});
        drawn(svg, "text", {class: line.kind, x: at, y: 13}, line.name);
        at += 8 * line.name.length + 14;
      }
      if (!bars) return;
      const worst = Math.max(0, ...points.map(bars.of));
      if (worst > 0) drawn(svg, "text", {class: bars.kind, x: at, y: 13}, `${bars.name} (up to ${count(worst)}/s)`);
      for (const point of points) {
        const v = bars.of(point);
        if (!v) continue;
        const tall = Math.max(3, (height - top - bottom) * 0.4 * v / worst);
        drawn(svg, "rect", {class: bars.kind, x: x(point.at) - 1.5, y: height - bottom - tall, width: 3, height: tall});
      }
    };

    /// A lane for each backend, with its generations in it and where phases began.
    const lives = frame => {
      const svg = byId("lives"), names = [...new Set(frame.lives.map(life => life.backend))];
      byId("lives-section").hidden = !frame.lives.length;
      svg.replaceChildren();
      const width = Math.max(280, svg.clientWidth || 600), lane = 34, top = 6, height = top + lane * names.length + 20;
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      const to = Math.max(1, frame.elapsed), x = at => 4 + (width - 8) * at / to;
      for (const stage of frame.stages) {
        drawn(svg, "line", {class: "mark", x1: x(stage.at), x2: x(stage.at), y1: top, y2: height - 18});
      }
      names.forEach((name, i) => {
        drawn(svg, "text", {x: 4, y: top + lane * i + 12}, name);
        frame.lives.filter(life => life.backend === name).forEach((life, number) => {
          const from = x(life.first), wide = Math.max(3, x(life.last) - from), at = top + lane * i + 17;
          const kind = "life" + (number % 2 ? " other" : "");
          drawn(svg, "rect", {class: kind, x: from, y: at, width: wide, height: 13, rx: 3});
          if (wide > 7 * life.generation.length + 8) drawn(svg, "text", {class: "in", x: from + 5, y: at + 11}, life.generation);
        });
      });
      drawn(svg, "text", {x: 4, y: height - 4}, "0:00");
      drawn(svg, "text", {x: width - 4, y: height - 4, "text-anchor": "end"}, clock(to));
      table("lives-table", ["backend", "generation", "#first", "#last", "#answers"], frame.lives.map(
        life => [life.backend, life.generation, clock(life.first), clock(life.last), count(life.answers)]));
    };

    const figures = frame => {
      const second = frame.point.latency, all = frame.latency, mean = frame.elapsed > 0 ? frame.requests / frame.elapsed : 0;
      const rows = [["requests", count(frame.requests)], ["failed", count(frame.failed)]].concat(frame.ending
        ? [["mean rate", count(mean) + "/s"], ...["p50", "p90", "p99"].map(name => [name, ms(all[name]) + " ms"])]
        : [["rate", count(frame.point.rate) + "/s", `mean ${count(mean)}/s`],
          ...["p50", "p90", "p99"].map(name => [name, ms(second[name]) + " ms", `in all ${ms(all[name])} ms`])]);
      byId("figures").replaceChildren(...rows.map(([name, value, more]) => {
        const box = element("div"), figure = element("dd", value);
        if (more) figure.append(element("br"), element("small", more));
        box.append(element("dt", name), figure);
        return box;
      }));
    };

    const redraw = () => {
      chart("rate", 170, [{kind: "rate", name: "requests a second", of: p => p.rate}],
        {kind: "failed", name: "failed", of: p => p.failed}, "");
      chart("latency", 170, [{kind: "p50", name: "p50 ms", of: p => p.latency.p50},
        {kind: "p99", name: "p99 ms", of: p => p.latency.p99}], null, "ms");
      if (last) lives(last);
    };

    const show = frame => {
      last = frame;
      byId("check").textContent = frame.check || "lbcheck";
      byId("target").textContent = frame.target;
      document.title = (frame.ending ? frame.ending.verdict || "ended" : clock(frame.elapsed)) + " – lbcheck " + frame.check;
      const left = frame.left != null ? `, ${clock(frame.left)} left`
        : frame.leftAtMost != null ? `, at most ${clock(frame.leftAtMost)} left` : "";
      byId("status").textContent = frame.ending ? `ended after ${clock(frame.elapsed)}`
        : (frame.stage || "looking at the target") + " – " + clock(frame.elapsed) + left;
      const bar = byId("progress");
      if (frame.share != null) bar.value = frame.share; else bar.removeAttribute("value");
      figures(frame);
      table("backends", ["backend", "#requests", "#share", "#failed", "#p50 ms", "#p99 ms"], frame.backends.map(
        b => [b.name, count(b.requests), percent(b.share), count(b.failed), ms(b.latency.p50), ms(b.latency.p99)]));
      table("stages", ["phase", "#began", "#requests", "#failed"], frame.stages.map(s => [
        s.name + (s.isOver || frame.ending ? "" : " – under way"), clock(s.at), count(s.requests), count(s.failed)]));
      byId("failures-section").hidden = !frame.failed;
      table("failures", ["kind", "#requests"], Object.entries(frame.failures).map(([kind, n]) => [kind, count(n)]));
      const states = {"already failed": "fail", "holds so far": "quiet", "decided at the end": "quiet"};
      table("so-far", ["assertion", "so far", "why"], frame.soFar.map(
        a => [[a.sentence, "sentence", a.name], [a.state, states[a.state]], a.why || ""]));
      byId("so-far").hidden = !frame.soFar.length;
      table("judged", ["what", "verdict", "why"], frame.judged.map(j => [j.name, [j.verdict, j.verdict], j.detail || ""]));
      byId("judged").hidden = !frame.judged.length;
      byId("judged-section").hidden = frame.ending != null && !frame.judged.length;
      byId("open").hidden = frame.ending != null;
      byId("events-section").hidden = !frame.events.length;
      table("events", ["time", "event"], frame.events.map(e => [e.at, e.text]));
      redraw();
      if (!frame.ending || !byId("ending").hidden) return;
      byId("ending").hidden = false;
      byId("result").textContent = frame.ending.summary;
      byId("result").className = frame.ending.verdict || "";
      if (!frame.ending.hasReport) return;
      byId("report").hidden = false;
      byId("report").src = "/report.html" + location.search;
    };

    const source = new EventSource("/events" + location.search);
    let isOver = false;
    source.addEventListener("history", event => points.splice(0, points.length, ...JSON.parse(event.data)));
    source.addEventListener("now", event => show(JSON.parse(event.data)));
    source.addEventListener("frame", event => {
      const frame = JSON.parse(event.data);
      if (frame.elapsed > 0) points.push(frame.point);
      if (points.length > 900) points.shift();
      show(frame);
    });
    source.addEventListener("end", event => {
      isOver = true;
      source.close();
      show(JSON.parse(event.data));
    });
    source.onerror = () => {
      if (isOver) return;
      byId("status").textContent = "lbcheck does not answer; trying again …";
    };
    addEventListener("resize", redraw);
    """#
}
