"use strict";
const {sets, words} = JSON.parse(document.getElementById("data").textContent);
const STEP = 200;
const WEAK = new Set(["RECALLED", "UNCERTAIN", "DEMO"]);
const search = document.getElementById("search");
const chosen = document.getElementById("set");
const found = document.getElementById("found");
const index = document.getElementById("index");
const count = document.getElementById("count");
const STYLES = {keys: "words", value: "number", source: "code", page: "words", note: "words"};
let limit = STEP;

const said = (name, n) => words[name].replace("{n}", n.toLocaleString("en"));

const element = (name, text, attributes = {}) => {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};

// What a row can be found by: its codes and their names, year, marks, source and set.
const haystack = (set, row) => {
  const [codes, year, value, , day, , confidence, source, page, caveat] = row;
  const named = codes.map((c) => set.codes[c].join(" ")).join(" ");
  const from = set.sources[source];
  const limits = caveat < 0 ? "" : set.caveats[caveat][0];
  return [named, year, value, day, set.confidences[confidence], from.id, from.find, from.licence,
    page, limits, set.id, set.find].join(" ").toLowerCase();
};

// Latin letters and digits match from the start of a word: cement is no announcement.
const test = (part) => {
  const plain = part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const whole = new RegExp((/^[a-z0-9]/.test(part) ? "(?<![a-z0-9])" : "") + plain);
  return (text) => whole.test(text);
};

const matching = (set, tests) => {
  if (!tests.length) return set.rows;
  set.hay = set.hay || set.rows.map((row) => haystack(set, row));
  return set.rows.filter((_, at) => tests.every((fits) => fits(set.hay[at])));
};

const head = (set, rows) => {
  const limits = new Set(rows.map((row) => row[9]));
  const box = element("div", "", {class: "set"});
  box.append(element("h2", set.title));
  const facts = element("dl");
  const never = set.stale === null ? words.never : set.stale;
  const prices = set.money ? (set.price_year || words.of_row) : "";
  for (const [label, value] of [["", set.id], [words.kind, set.called],
    [words.unit, [set.unit, set.gases].filter(Boolean).join(" · ")], [words.years, set.years],
    [words.stale, never], [words.price_year, prices], [words.rows, said("shown", rows.length)]]) {
    if (value === "") continue;
    const pair = element("div");
    if (label) pair.append(element("dt", label));
    pair.append(element("dd", String(value)));
    facts.append(pair);
  }
  box.append(facts);
  for (const source of set.sources) {
    const line = element("p", `${source.id}: ${source.said} `, {class: "source"});
    line.append(element("span", source.licence, {class: "licence"}));
    if (/^https?:\/\//.test(source.url)) {
      line.append(" ", element("a", source.url, {href: source.url, rel: "noreferrer"}));
    }
    box.append(line);
  }
  set.caveats.forEach(([name, text], at) => {
    if (limits.has(at)) box.append(element("p", `${name}: ${text}`, {class: "note caveat"}));
  });
  if (set.note) box.append(element("p", set.note, {class: "note"}));
  return box;
};

const table = (set, rows) => {
  const names = ["keys", "year", "value", "unit", "published", "confidence", "source", "page",
    "caveat", "note"];
  const shown = names.filter((name) => !["page", "caveat", "note"].includes(name)
    || rows.some((row) => (name === "page" ? row[8] : name === "note" ? row[10] : row[9] >= 0)));
  const made = element("table");
  const top = element("tr");
  for (const name of shown) {
    top.append(element("th", words[name], {class: STYLES[name] || "plain", scope: "col"}));
  }
  made.append(element("thead"), element("tbody"));
  made.tHead.append(top);
  for (const row of rows) {
    const [codes, year, value, unit, day, first, confidence, source, page, caveat, note] = row;
    const cells = {
      keys: codes.map((c) => set.codes[c][0]).join(", "), year: String(year), value,
      unit: set.units[unit], published: day + (first ? " *" : ""),
      confidence: set.confidences[confidence], source: set.sources[source].id, page,
      caveat: caveat < 0 ? "" : set.caveats[caveat][0], note,
    };
    const line = element("tr");
    for (const name of shown) {
      const weak = name === "confidence" && WEAK.has(cells.confidence) ? " weak" : "";
      const style = (STYLES[name] || "plain") + weak;
      line.append(element("td", cells[name], {class: style, "data-name": words[name]}));
    }
    made.tBodies[0].append(line);
  }
  return made;
};

const show = () => {
  const parts = search.value.toLowerCase().split(/\s+/).filter(Boolean).map(test);
  const some = chosen.value === "" ? sets : [sets[Number(chosen.value)]];
  const idle = !parts.length && chosen.value === "";
  index.hidden = !idle;
  found.replaceChildren();
  const hits = idle ? [] : some.map((set) => [set, matching(set, parts)]).filter((h) => h[1].length);
  const total = idle ? sets.reduce((sum, set) => sum + set.rows.length, 0)
    : hits.reduce((sum, hit) => sum + hit[1].length, 0);
  count.value = said("shown", total);
  let left = limit;
  for (const [set, rows] of hits) {
    if (left <= 0) break;
    found.append(head(set, rows), table(set, rows.slice(0, left)));
    left -= rows.length;
  }
  if (!idle && !total) found.append(element("p", words.none, {class: "notice"}));
  if (!idle && total > limit) {
    const more = element("button", words.more, {type: "button"});
    more.addEventListener("click", () => { limit += STEP; show(); });
    found.append(more);
  }
};

const anew = () => { limit = STEP; show(); };

const follow = () => {
  const id = decodeURIComponent(location.hash.slice(1));
  const at = sets.findIndex((set) => set.id === id);
  if (at >= 0) { chosen.value = String(at); scrollTo(0, 0); }
  anew();
};

search.addEventListener("input", anew);
chosen.addEventListener("change", anew);
addEventListener("hashchange", follow);
follow();
