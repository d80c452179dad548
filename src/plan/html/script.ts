import { idPattern } from "./ids.tsx"

/**
 * The page's own script: it filters the tables and lists the steps that match. Text reaches the page as text alone
 * (`textContent`), never as markup.
 */
export const script = `
"use strict";
(() => {
  const { changes, steps, schools, sections, whole, complete } = JSON.parse(document.getElementById("payload").textContent);
  const form = document.getElementById("filter");
  const status = document.getElementById("status");
  const totals = document.getElementById("totals");
  const body = document.getElementById("steps-body");
  const more = document.getElementById("more");
  const page = 100;
  const removals = new Set(["delete", "unenroll", "deactivate"]);
  const format = (count) => count.toLocaleString("en-US");
  const named = (names, id) => names[id] ?? id;
  const searched = steps.map((step) =>
    [step[0], step[1], step[2], step[3], named(schools, step[4]), step[4], named(sections, step[5]), step[5], step[6],
      step[9], ...step[8].flat()].join("\\n").toLowerCase());
  const options = (select, values, name) => {
    for (const value of [...new Set(values)].sort((a, b) => name(a).localeCompare(name(b)))) {
      if (value === "") continue;
      const option = document.createElement("option");
      option.value = value;
      option.textContent = name(value);
      select.append(option);
    }
  };
  const known = whole ? changes : steps.map((step) => [step[4], step[1], step[0]]);
  options(form.elements.school, known.map((one) => one[0]), (id) => named(schools, id));
  options(form.elements.entity, known.map((one) => one[1]), (name) => name);
  options(form.elements.action, known.map((one) => one[2]), (name) => name);

  const cell = (row, text, className) => {
    const td = document.createElement("td");
    td.textContent = text;
    if (className) td.className = className;
    row.append(td);
    return td;
  };
  const fieldLine = (given, before, after, standing) => {
    const line = document.createElement("div");
    line.append(given + ": ");
    const mark = (name, value) => {
      const element = document.createElement(name);
      element.textContent = value === "" ? "(empty)" : value;
      line.append(element);
    };
    if (before !== null) mark("del", before);
    if (before !== null && after !== null) line.append(" → ");
    if (after !== null) mark("ins", after);
    if (standing !== undefined) {
      line.append(", where it stands there as ");
      mark("strong", standing ?? "(none)");
    }
    return line;
  };
  const rowOf = ([action, entity, key, label, school, section, why, , fields, standing]) => {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = action;
    if (removals.has(action)) head.className = "action-removed";
    row.append(head);
    cell(row, entity);
    cell(row, label === "" ? key : key + " (" + label + ")", "key-of");
    cell(row, named(schools, school));
    cell(row, named(sections, section));
    cell(row, why, "sentence");
    const list = cell(row, "", "fields");
    for (const field of fields) list.append(fieldLine(...field));
    const held = cell(row, "");
    standing.split(${String(idPattern)}).forEach((part, index) => {
      const piece = document.createElement("span");
      piece.textContent = part;
      if (index % 2 === 1) piece.className = "id";
      held.append(piece);
    });
    return row;
  };

  let matching = [];
  let shown = 0;
  const showMore = () => {
    const rows = document.createDocumentFragment();
    for (const index of matching.slice(shown, shown + page)) rows.append(rowOf(steps[index]));
    const first = rows.firstElementChild;
    body.append(rows);
    const asked = shown > 0;
    shown = Math.min(matching.length, shown + page);
    more.hidden = shown === matching.length;
    more.textContent = "Show " + format(Math.min(page, matching.length - shown)) + " more";
    if (asked && first) {
      first.tabIndex = -1;
      first.focus();
    }
  };

  const sayInTable = (words) => {
    const row = document.createElement("tr");
    cell(row, words).colSpan = body.parentElement.tHead.rows[0].cells.length;
    body.append(row);
  };

  const kinds = { removals: (action) => removals.has(action), others: (action) => !removals.has(action) };
  const filter = () => {
    const { action, entity, school, section, held, search } = Object.fromEntries(new FormData(form));
    const words = search.trim().toLowerCase();
    const place = section.trim().toLowerCase();
    const acts = kinds[action] ?? ((one) => action === "" || one === action);
    const isHeld = (hold) => held === "" || (held === "yes") === hold;
    const isSection = (id) =>
      place === "" || id.toLowerCase() === place || named(sections, id).toLowerCase().includes(place);
    matching = [];
    for (let index = 0; index < steps.length; index++) {
      const step = steps[index];
      if (acts(step[0]) && (entity === "" || step[1] === entity) && (school === "" || step[4] === school) &&
        isHeld(step[7] !== "") && isSection(step[5]) && (words === "" || searched[index].includes(words)))
        matching.push(index);
    }
    body.replaceChildren();
    shown = 0;
    showMore();
    const counted = whole && place === "" && words === "";
    const kindsFound = new Map();
    let sum = 0;
    if (counted) {
      for (const [of, name, act, all, withheld] of changes) {
        const count = held === "" ? all : held === "yes" ? withheld : all - withheld;
        if (count === 0 || !acts(act) || (entity !== "" && name !== entity) || (school !== "" && of !== school)) continue;
        sum += count;
        kindsFound.set(act + " " + name, (kindsFound.get(act + " " + name) ?? 0) + count);
      }
    }
    const none = complete || (counted && sum === 0) ? "No step matches." : "No step in this page matches.";
    if (matching.length === 0) sayInTable(none);
    const ofThem = matching.length === 0 ? "none" : format(matching.length);
    status.textContent = counted && sum > 0
      ? format(sum) + (sum === 1 ? " step matches" : " steps match") + ", " + ofThem + " of them in this page."
      : matching.length === 0 ? none
      : format(matching.length) + " of the " + format(steps.length) + " steps in this page match.";
    totals.textContent = [...kindsFound].sort((a, b) => b[1] - a[1]).map(([kind, count]) => format(count) + " " + kind).join(" · ");
    for (const table of document.querySelectorAll("table[data-filtered]")) {
      const listed = [...table.tBodies[0].rows];
      for (const row of listed) {
        row.hidden = (school !== "" && row.dataset.school !== undefined && row.dataset.school !== school) ||
          (place !== "" && row.dataset.section !== undefined && !isSection(row.dataset.section));
      }
      table.tFoot.hidden = listed.some((row) => !row.hidden);
    }
  };

  let waiting;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 80);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  more.addEventListener("click", showMore);
  for (const element of document.querySelectorAll(".with-script")) element.hidden = false;
  filter();
})();
`
