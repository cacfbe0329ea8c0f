"use strict";
// The selected images: how many, their scores beside all others', their names.

const MOST_SHOWN = 200;

// on: {pick(index), over(index), like(indices), clear()}.
function makeSelection(root, data, on) {
  const count = data.about.count;
  let chosen = new Uint8Array(count), indices = [], drawn = 0;

  function set(found, adds) {
    if (!adds) { chosen = new Uint8Array(count); }
    found.forEach(function (index) { chosen[index] = 1; });
    renew();
  }

  function toggle(index) {
    chosen[index] = 1 - chosen[index];
    renew();
  }

  function renew() {
    indices = [];
    for (let i = 0; i < count; i++) { if (chosen[i]) { indices.push(i); } }
  }

  // Gives the lines of ids.txt: names; of several splits, a comment says of which they are.
  async function lines() {
    const made = indices.map(function (index) { return data.about.names[index]; });
    if (data.about.splits.length) {
      made.unshift("# " + (await groups()).map(function (group) {
        return group.name + " " + group.own.filter(function (i) { return chosen[i]; }).length;
      }).join(", "));
    }
    return made.join("\n") + "\n";
  }

  // Gives a promise of what a selection is compared with: all images, or those of each split.
  async function groups() {
    const all = Array.from(chosen.keys()), place = data.placeOf("split");
    if (!data.about.splits.length) { return [{name: "all", own: all}]; }
    const codes = await data.column(place, 0), categories = data.about.columns[place].categories;
    return data.about.splits.map(function (name) {
      return {name, own: all.filter(function (i) { return categories[codes[i]][0] === name; })};
    });
  }

  function meanOf(values, own) {
    let total = 0, known = 0;
    for (let at = 0; at < own.length; at++) {
      const value = values[own[at]];
      if (value === value) { total += value; known++; }
    }
    return known ? total / known : NaN;
  }

  // Gives a promise of the table of mean loss and IoU, of the selection and of all images.
  async function tableOf(seed) {
    const beside = [{name: "selected", own: indices}].concat(await groups()), rows = [];
    for (const name of ["loss", "IoU"]) {
      const place = data.placeOf(name);
      if (place < 0) { continue; }
      const values = await data.column(place, seed);
      rows.push(element("tr", {}, element("td", {}, "mean " + name),
        ...beside.map(function (group) {
          return element("td", {class: "number"}, asText(meanOf(values, group.own)));
        })));
    }
    return element("table", {}, element("thead", {}, element("tr", {},
      ...[""].concat(beside.map(function (group) { return group.name; })).map(function (text) {
        return element("th", {scope: "col", class: text ? "number" : "short"}, text);
      }))), element("tbody", {}, ...rows));
  }

  // Draws the panel; the images with the greatest loss come first.
  async function show(seed) {
    const now = ++drawn;
    if (!indices.length) {
      root.replaceChildren(element("p", {class: "note"},
        "No image is selected: draw a lasso around some."));
      return;
    }
    const place = Math.max(0, data.placeOf("loss")), values = await data.column(place, seed);
    const order = indices.slice().sort(function (a, b) {
      return (values[b] === values[b] ? values[b] : -Infinity) -
        (values[a] === values[a] ? values[a] : -Infinity) || a - b;
    }).slice(0, MOST_SHOWN);
    const table = await tableOf(seed);
    if (now !== drawn) { return; }
    const grid = makeGrid(data, order, order.map(function (index) {
      return data.about.columns[place].categories ? "" : asText(values[index]);
    }), on, null);
    root.replaceChildren(headPart(), table, buttons(), grid, note(order.length, place));
  }

  function headPart() {
    return element("div", {class: "head"}, element("h3", {}, indices.length.toLocaleString("en") +
      (indices.length === 1 ? " image" : " images") + " selected"),
    element("button", {type: "button", class: "quiet", onclick: on.clear}, "clear"));
  }

  function note(shown, place) {
    return element("p", {class: "note"}, "Sorted by " + data.about.columns[place].name +
      (shown < indices.length ? ", the first " + shown : "") +
      ". Train on them: ", element("code", {}, "fcn_train.py --subset=ids.txt"),
    data.about.splits.length ? " (names of training images alone)" : "");
  }

  function buttons() {
    function button(id, text, act) {
      return element("button", {type: "button", id, onclick: act}, text);
    }
    return element("div", {class: "buttons"}, button("copy", "Copy ids", copy),
      button("save", "Save ids", save), button("like", "Similar to these", function () {
        on.like(indices);
      }));
  }

  // Copies the names; where a browser refuses, they stand in a field, selected.
  async function copy(event) {
    const button = event.currentTarget, text = await lines();
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch (error) {
      const field = element("textarea", {class: "ids", readonly: "", "aria-label": "ids"});
      field.value = text;
      button.parentNode.after(field);
      field.select();
      button.textContent = "Press Ctrl+C";
    }
  }

  // Saves ids.txt, a name a line.
  async function save() {
    const link = element("a", {download: "ids.txt"});
    link.href = URL.createObjectURL(new Blob([await lines()], {type: "text/plain"}));
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 10000);
  }

  return {set, toggle, show, clear: function () { set([], false); },
    chosen: function () { return indices.length ? chosen : null; },
    indices: function () { return indices; }};
}
