"use strict";
// The page is whole without this: it sorts tables and filters the sheets of mistakes. Nothing is loaded.
(() => {
  const make = (name, text, how = {}) => Object.assign(document.createElement(name), { textContent: text }, how);
  const number = (text) => {
    const found = text.replace(/,(?=\d{3})/g, "").replace("−", "-").match(/[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?/i);
    return found && text.search(/[-+.\d<]/) === 0 ? parseFloat(found[0]) : NaN;
  };

  // Sort a table by a column: down, up, as it was.
  function sortable(table) {
    const heads = [...table.querySelectorAll("thead tr:only-child th")];
    const body = table.tBodies.length === 1 ? table.tBodies[0] : null;
    if (!body || body.rows.length < 3) return;
    const before = [...body.rows];
    heads.forEach((head, column) => {
      const button = make("button", head.textContent, { type: "button", className: "sort" });
      button.title = "sort by " + head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const next = { descending: "ascending", ascending: null }[head.getAttribute("aria-sort")];
        const order = next === undefined ? "descending" : next;
        heads.forEach((each) => each.removeAttribute("aria-sort"));
        if (order) head.setAttribute("aria-sort", order);
        const text = (row) => row.cells[column].textContent.trim();
        const compare = (a, b) => {
          const [x, y] = [number(text(a)), number(text(b))];
          if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
          const sign = order === "descending" ? -1 : 1;
          return sign * (Number.isNaN(x) ? -text(a).localeCompare(text(b)) : x - y);
        };
        body.append(...(order ? [...before].sort(compare) : before));
      });
    });
  }

  // Above a sheet of mistakes, a choice of two classes; a click on a square of the confusion table chooses.
  function filtered(sheet) {
    const rows = [...sheet.querySelectorAll("[data-reference]")];
    const pair = (each) => each.dataset.reference + " given " + each.dataset.given;
    const counts = new Map();
    rows.filter((each) => each.tagName === "TR").forEach((each) => counts.set(pair(each), 1 + (counts.get(pair(each)) || 0)));
    const choice = make("select", "");
    choice.append(make("option", "all classes", { value: "" }));
    [...counts].sort((a, b) => b[1] - a[1]).forEach(([name, n]) => choice.append(make("option", name + " (" + n + ")", { value: name })));
    const said = make("span", "", { className: "soft", role: "status" });
    const label = make("label", "show ", { className: "choose" });
    label.append(choice);
    const show = (wanted) => rows.forEach((each) => { each.hidden = wanted !== "" && pair(each) !== wanted; });
    choice.addEventListener("change", () => { said.textContent = ""; show(choice.value); });
    sheet.querySelector("summary").after(label, said);
    return (wanted) => {
      const known = counts.has(wanted);
      choice.value = known ? wanted : "";
      show(choice.value);
      said.textContent = known ? "" : " None of the mistakes of this sheet, which has the surest, is " + wanted + ".";
      sheet.open = true;
      sheet.scrollIntoView({ block: "start" });
      choice.focus({ preventScroll: true });
    };
  }

  document.querySelectorAll(".wide:not(.fixed) table").forEach(sortable);
  document.querySelectorAll("[data-sheet]").forEach((sheet) => {
    const choose = filtered(sheet);
    const cells = [...document.querySelectorAll("[data-of]")].filter((cell) => cell.dataset.of === sheet.dataset.sheet);
    cells.forEach((cell) => {
      cell.classList.add("leads");
      cell.addEventListener("click", () => choose(cell.dataset.row + " given " + cell.dataset.column));
    });
  });
})();
